#!/usr/bin/env bats
# How it is run must not matter: signals, process groups, descriptors, readers.
# shellcheck disable=SC2154 # here, bin: set in helper.bash; stderr: by run
load helper

gone() { # PID
	[ ! -d "/proc/$1" ] || grep -q 'State:.Z' "/proc/$1/status"
}

# A signal during the final build: docker gets it, the finished stage is stored, the image is not.
dies_of() { # SIGNAL STATUS
	stages_first
	rule 'build *-t reg.io/app:1*' 'ready; wait'
	start docker-build-remote-cache reg.io/app:1
	kill "-$1" "$pid"
	ended "$2"
	gone "$docker_pid"
	called 'push reg.io/app:main-builder'
	called 'push reg.io/app:builder'
	never_called 'push reg.io/app:1'
	never_called 'push reg.io/app:main'
}

@test "SIGTERM stops the build, stores the finished stage, and is died of" { dies_of TERM 143; }

# The signals that a process ignores or has blocked; but for those that a shell does for itself, and
# what C libraries have for themselves.
kept_signals() { # PID
	grep -E '^Sig(Blk|Ign):' "/proc/$1/status" | while read -r name mask; do
		echo "$name $((0x$mask & 0x7ffefff9))"
	done
}

@test "a question about a flag changes nothing of signals for what comes after it" {
	stages_first
	rule 'build --help' 'say Usage:  docker build;say       --future string   Text'
	rule 'build *-t reg.io/app:1*' 'ready; wait'
	start docker-build-remote-cache reg.io/app:1 --future x
	same "$(kept_signals "$docker_pid")" <<<"$(kept_signals self)" # of grep: bash blocks some while it forks
	kill -TERM "$pid"
	ended 143
	gone "$docker_pid"
}

start_reading() { # what comes on descriptor 6
	docker-build-remote-cache reg.io/app:1 --future x - <&6 >../out 2>&1 3>&- &
	pid=$!
}

@test "nor while standard input is read" {
	rule 'build --help' 'say Usage:  docker build;say       --future string   Text'
	mkfifo ../input
	exec 6<>../input # it never ends
	start_reading
	head -c 300000 /dev/zero >&6 # more than a pipe holds, so it is being read by now
	kill -TERM "$pid"
	ended 143
	exec 6<&-
}

# The tool, whose parent is a shell that is killed; all of it holds a pipe until it ends.
orphaned() { # THEN WORD NAME=VALUE...: what is done then; the word goes before the command
	local reader then=$1
	shift
	stages_first
	rule 'build *-t reg.io/app:1 *' 'ready;wait'
	mkfifo ../held
	cat ../held &
	reader=$!
	start env "${@:2}" sh -c "$1 docker-build-remote-cache reg.io/app:1; :" 9>../held
	kill -KILL "$pid"
	wait "$pid" || true
	"$then"
	wait "$reader"
}

@test "in CI the death of the parent counts as SIGTERM" {
	orphaned true '' BUILDKITE=true BUILDKITE_BRANCH=main # nothing but we ends the build
	grep -q 'stopped by a signal' ../out
	pushed reg.io/app:{builder,main-builder}
}

# Docker's part: it listens, and when it gets a signal itself it ends the connection, and no more.
plugin_server() { # COMMAND...: runs it as docker runs a plugin; a line on the pipe "end" ends the connection
	python3 - "$@" <<-'END'
		import os, socket, subprocess, sys
		server = socket.socket(socket.AF_UNIX)
		server.bind("\0docker_cli_test_%d" % os.getpid())
		server.listen(1)
		plugin = subprocess.Popen(sys.argv[1:], env=dict(os.environ, DOCKER_CLI_PLUGIN_SOCKET="@docker_cli_test_%d" % os.getpid()))
		connection, _ = server.accept()
		open(os.environ["FAKE"] + "/end").readline()
		connection.close()
		server.close()
		status = plugin.wait()
		sys.exit(128 - status if status < 0 else status)
	END
}

@test "as a plugin: that docker ends the connection counts as SIGTERM" {
	ln -s "$bin/docker-build-remote-cache" ../docker-cachebuild
	mkfifo "$FAKE/end"
	exec 9<>"$FAKE/end"
	rule 'build *' 'tells;ready;wait'
	start plugin_server ../docker-cachebuild cachebuild reg.io/app:1
	echo >&9
	wait_ready # the build says of what it was ended
	[ "$docker_pid" = TERM ]
	ended 143
	has "$(cat ../out)" 'stopped by a signal'
	exec 9>&-
}

@test "elsewhere what was started goes on without its parent" {
	orphaned go_on '' X=
	[ "$(grep -c 'stopped by a signal' ../out)" -eq 0 ]
	called 'push reg.io/app:1'
}

@test "nor does it count under nohup" {
	orphaned go_on nohup BUILDKITE=true BUILDKITE_BRANCH=main
	[ "$(grep -c 'stopped by a signal' ../out)" -eq 0 ]
	called 'push reg.io/app:1'
}

@test "SIGHUP does the same" { dies_of HUP 129; }

@test "SIGINT does the same, where it is not ignored" {
	stages_first
	rule 'build *-t reg.io/app:1*' 'ready; wait'
	# a shell starts what it puts in the background with SIGINT ignored
	start perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' docker-build-remote-cache reg.io/app:1
	kill -INT "$pid"
	ended 130
	gone "$docker_pid"
	called 'push reg.io/app:main-builder'
}

@test "a signal while the cache is looked up ends the run: nothing is built" {
	rule '*inspect *reg.io/app:main-builder' 'ready; wait'
	start docker-build-remote-cache reg.io/app:1
	kill -TERM "$pid"
	ended 143
	never_called 'build *'
	never_called 'push *'
}

@test "a signal while a stage is pushed lets the push go on" {
	stages_first
	rule 'push reg.io/app:main-builder' 'ready; wait; say pushed-whole'
	rule 'build *-t reg.io/app:1*' 'exit 0'
	start docker-build-remote-cache reg.io/app:1 --jobs 2
	kill -TERM "$pid"
	go_on
	ended 143
	has "$(cat ../out)" pushed-whole
}

# Sends SIGTERM, and waits until the final build says that it has been passed on to it.
term_and_wait() {
	local was=$docker_pid
	kill -TERM "$pid"
	wait_ready
	[ "$docker_pid" = TERM ]
	docker_pid=$was
}

# A stage's push that acts so, beside a final build that tells of SIGTERM; docker_pid is the push.
start_push_and_build() { # ACTIONS
	stages_first
	rule 'push reg.io/app:main-builder' "$1; ready; wait; say pushed-whole"
	rule 'build *-t reg.io/app:1*' 'tells; ready; wait'
	start docker-build-remote-cache reg.io/app:1
	wait_ready
	docker_pid=$(pgrep -f "$here/docker push")
}

# The same signal from somebody else: what one process sends twice at once is one signal.
term_again() { env kill -TERM "$pid"; }

@test "the same signal again ends what is still running" {
	start_push_and_build 'say pushing'
	term_and_wait
	term_again
	ended 143
	gone "$docker_pid"
	lacks "$(cat ../out)" pushed-whole
}

@test "what does not end by the second signal is killed" {
	start_push_and_build deaf
	term_and_wait
	term_again
	ended 143
	gone "$docker_pid"
}

@test "what is stored after a signal has so long as it is given, then it is ended" {
	stages_first
	rule 'push reg.io/app:main-builder' 'ready; wait'
	rule 'build *-t reg.io/app:1*' 'tells; ready; wait'
	start docker-build-remote-cache reg.io/app:1 --grace 1
	wait_ready
	term_and_wait
	ended 143
	[ -z "$(pgrep -f "$here/docker push")" ]
}

@test "no grace: a signal ends all" {
	stages_first
	rule 'push reg.io/app:main-builder' 'ready; wait'
	rule 'build *-t reg.io/app:1*' 'ready; wait'
	DBRC_GRACE=0 start docker-build-remote-cache reg.io/app:1
	wait_ready
	kill -TERM "$pid"
	ended 143
	never_called 'push reg.io/app:builder'
}

@test "under nohup a hang-up changes nothing" {
	rule 'build *-t reg.io/app:1*' 'ready; wait'
	start nohup docker-build-remote-cache reg.io/app:1
	kill -HUP "$pid"
	go_on
	ended 0
	called 'push reg.io/app:1'
}

@test "under timeout: the limit stops the build and the stage is stored" {
	stages_first
	rule 'build *-t reg.io/app:1*' 'ready; wait'
	start timeout 600 docker-build-remote-cache reg.io/app:1
	kill -TERM "$pid" # timeout passes it on, as it does its own
	ended 143
	gone "$docker_pid"
	called 'push reg.io/app:main-builder'
}

@test "under sh -e: its status decides" {
	run sh -e -c 'docker-build-remote-cache reg.io/app:1; echo after'
	[ "$status" -eq 0 ]
	has "$output" after
	rule 'build *-t reg.io/app:1*' 'exit 5'
	run sh -e -c 'docker-build-remote-cache reg.io/app:1; echo after'
	[ "$status" -eq 5 ]
	lacks "$output" after
}

@test "with descriptors 0 and 1 closed, and with all three" {
	rule 'build *' 'say to-stdout; warn to-stderr'
	docker-build-remote-cache reg.io/app:1 <&- >&- 2>../err
	has "$(cat ../err)" to-stderr
	docker-build-remote-cache reg.io/app:1 <&- >&- 2>&-
	[ "$(calls | grep -c 'push reg.io/app:1$')" -eq 2 ]
}

@test "as process 1 of a namespace: orphans are reaped, signals end it" {
	unshare -pf --mount-proc true 2>/dev/null || skip "unshare is not allowed here"
	unshare -pf --mount-proc docker-build-remote-cache reg.io/app:1
	called 'push reg.io/app:1'
	# a docker that leaves a child behind, which ends later and is then ours to reap
	rule 'build *-t reg.io/app:1*' 'exit 7'
	run unshare -pf --mount-proc docker-build-remote-cache reg.io/app:1
	[ "$status" -eq 7 ]
	: >"$FAKE/rules"
	rule 'build *-t reg.io/app:1*' 'ready; wait'
	start unshare -pf --mount-proc docker-build-remote-cache reg.io/app:1
	kill -TERM "$(pgrep -P "$pid")"
	ended 143
	called 'push reg.io/app:main-builder'
}

@test "a reader that goes away: the build and the pushes go on" {
	rule 'build *' 'flood 300'
	rule 'push *' 'flood 20'
	docker-build-remote-cache reg.io/app:1 2>&1 | head -n 1
	[ "${PIPESTATUS[0]}" -eq 0 ]
	called 'push reg.io/app:latest'
}

@test "a full disk on our output changes nothing" {
	rule 'build *' 'flood 10'
	docker-build-remote-cache reg.io/app:1 >/dev/full 2>&1
	called 'push reg.io/app:latest'
}

@test "a reader that stops reading: a signal is still heard" {
	mkfifo ../pipe
	exec 6<>../pipe # holds the pipe open and reads nothing
	rule 'build *-t reg.io/app:1*' 'tells; ready_flood 1000; wait'
	docker-build-remote-cache reg.io/app:1 >&6 2>&1 3>&- &
	pid=$!
	wait_ready
	term_and_wait
	# nobody will ever take what is left to say, where that is more than a pipe holds; the same signal
	# again ends that
	term_again || true
	ended 143
	gone "$docker_pid"
	exec 6<&-
}

@test "docker's output arrives whole, in order, and on the stream it was meant for" {
	stages_first
	rule 'build *-t reg.io/app:1*' 'flood 100; warn last-words'
	docker-build-remote-cache reg.io/app:1 >../stdout 2>../stderr
	[ "$(wc -c <../stdout)" -eq 102400 ]
	sort -rc ../stdout
	has "$(cat ../stderr)" last-words ":: Building image"
	# everything but the image's own build is not what standard output is for
	rule 'push *' 'say pushing'
	[ "$(docker-build-remote-cache reg.io/app:1 2>/dev/null | grep -c pushing)" -eq 0 ]
}

@test "standard input reaches the build of the image, once more what is stored" {
	rule 'build *' 'stdin'
	echo 'FROM base' | dbrc reg.io/app:1 -
	same "$(cat "$FAKE/stdin")" <<<$'FROM base\nFROM base'
	: >"$FAKE/stdin"
	echo 'FROM base' | dbrc reg.io/app:1 - --cache-read-only
	same "$(cat "$FAKE/stdin")" <<<'FROM base'
}

@test "a step's output is shown whole when it ends, under its heading" {
	stages_first
	rule 'build *-t reg.io/app:1*' 'say live-1; wait; say live-2'
	mkfifo "$FAKE/live"
	exec 9<>"$FAKE/live"
	rule 'push reg.io/app:main-builder' 'wait live; say push-1; say push-2'
	# without a second push, which would come in between or not
	exec 5< <(docker-build-remote-cache reg.io/app:1 --cache-shared never 2>&1 3>&-)
	while IFS= read -r line <&5; do
		echo "$line" >>../out
		case $line in
		live-1) echo >&9 ;; # now the push may end
		push-2) go_on ;;    # and now the build
		esac
	done
	exec 5<&- 9<&-
	grep -A4 'live-1' ../out >../part
	same "$(cat ../part)" <<-'END'
		live-1
		:: Pushing cached images for main
		push-1
		push-2
		:: Building image
	END
	grep -B1 'live-2' ../out >../part
	same "$(cat ../part)" <<-'END'
		:: Building image
		live-2
	END
}

@test "on a terminal a line says what is waited for, and goes" {
	rule '*inspect *reg.io/app:main' 'wait;warn ERROR: x: not found; exit 1'
	mkfifo ../told
	TERM=xterm script -qec 'stty cols 90; docker-build-remote-cache reg.io/app:1' /dev/null >../told 2>&1 3>&- </dev/null &
	pid=$!
	exec 5<../told
	while IFS= read -r -d ')' told <&5 && [[ $told != *' s' ]]; do :; done
	[[ $told == *$'\r\e[K:: Looking up cached images for main reg.io/app:main ('[0-9]*' s' ]]
	go_on
	has "$(cat <&5)" $'\r\e[K:: Looking up unprefixed' # where it was
	wait "$pid"
	exec 5<&-
}
