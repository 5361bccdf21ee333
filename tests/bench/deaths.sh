# shellcheck shell=bash
# deaths.sh - ways to die, and what the next run has to do again; sourced by run
# shellcheck disable=SC2034,SC2154 # set, or read, in run

# The first run: it dies, or is killed some time after its step "compile" has begun. ENGINE dies of SIGKILL too.
die_so() { # DEATH ENGINE
	local line pid daemon
	mkfifo "$DBRC_RUN/pipe"
	setsid "$DBRC_RUN/${binary##*/}" "$image:1" --cache-branch main <&- >"$DBRC_RUN/pipe" 2>&1 &
	pid=$!
	daemon=$(cat "$DBRC_RUN/engine/$2/pid")
	while IFS= read -r line; do
		echo "$line"
		case $1/$line in
		*-at-once/*compile-ran*) (kill_so "$1" 0 "$pid" "$daemon") & ;;
		*-later/*compile-ran*) (kill_so "$1" 6 "$pid" "$daemon") & ;;
		esac
	done <"$DBRC_RUN/pipe"
	wait "$pid" || true
	rm "$DBRC_RUN/pipe"
}

kill_so() { # DEATH SECONDS SESSION DAEMON
	sleep "$2"
	case $1 in
	term-*) kill -TERM "$3" ;;
	kill-*) pkill -KILL -s "$3" ;;
	engine-*) kill -KILL "$4" ;;
	esac
}

seconds_of() { # NAME: how long that step takes
	case $1 in deps) echo 12 ;; compile) echo 3 ;; runtime) echo 2 ;; esac
}

death() { # BUILDER DEATH FINISHED COMPILE RUNTIME: prints its row
	local builder=$1 death=$2 finished=$3 engine log status=0 done=0 again=0 name
	local image=$REGISTRY/$builder-$death
	engine=$(engine_of "$builder")
	log=$logs/$builder-$death
	project_new
	mortal_stages "$4" "$5" >Dockerfile
	engine_fresh "$engine"
	die_so "$death" "$engine" >"$log-1.log"
	engine_fresh "$engine"
	mortal_stages true true >Dockerfile
	# a step whose text is another by now has to be run again, of course
	"$DBRC_RUN/${binary##*/}" "$image:1" --cache-branch main >"$log-2.log" 2>&1 || status=$?
	[ "$status" = 0 ] || failed=1
	for name in $finished; do
		done=$((done + $(seconds_of "$name")))
		! grep -qE "(^|[^a-z])$name-ran" "$log-2.log" || again=$((again + $(seconds_of "$name")))
	done
	[ "$status" = 0 ] || again="FAILED with status $status"
	say "$builder, $death: ran $(steps_run "$log-1.log"), then $(steps_run "$log-2.log"), status $status"
	printf '| %s | %s | %s | %s |\n' "$builder" "$death" "$done" "$again"
}

deaths() { # BUILDER
	base_image
	death "$1" step-fails deps 'exit 1' true
	death "$1" last-stage-fails 'deps compile' true 'exit 1'
	death "$1" term-at-once deps 'sleep 60' true
	death "$1" term-later deps 'sleep 60' true
	death "$1" kill-at-once deps 'sleep 60' true
	death "$1" kill-later deps 'sleep 60' true
	death "$1" engine-at-once deps 'sleep 60' true
	death "$1" engine-later deps 'sleep 60' true
	engine_stop "$(engine_of "$1")"
}
