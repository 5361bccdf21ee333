#!/usr/bin/env bats
# However a docker command dies, and whenever a signal comes: how the run ends, what is pushed, and that
# no process and no file is left. Each row of deaths.tsv is a command; below are the ways to die, and the
# moments of the signal.
#
# All of it is some thousands of runs, which DBRC_TEST_ALL=1 does. Else each command fails; every sixth
# dies in each of the other ways, other ones in each; and each gets a signal at one of the moments, while it
# dies in one of the ways, in turn.
# shellcheck disable=SC2154 # here, bin: set in helper.bash
load helper

all=${DBRC_TEST_ALL-} # which setup unsets
ways='fails fails_125 killed hangs lingers is_held lump garbage full_disk no_spools vanishes locked_out'

# ---- the ways: sets how the command begins, goes on and ends, and what its status then is ----

way() { # NAME
	first='' then='' last='' same='' out=out limit=
	case $1 in
	fails) last='exit 1' same=1 ;;
	fails_125) last='exit 125' same=125 ;;
	killed) last='kill KILL' same=137 ;;
	hangs) then='ready;wait' last='exit 3' same=3 ;;
	lingers) first='close' then='ready;wait' last='exit 4' same=4 ;;
	is_held) first='holds' last='exit 5' same=5 ;; # by a process of its own
	lump) first='lump 1024' last='exit 6' same=6 ;;
	garbage) last='garbage;exit 7' same=7 ;; # by which a build may be stopped, so nothing is behind it
	full_disk) first='flood 100' last='exit 8' same=8 out=/dev/full ;;
	no_spools) first='flood 200;lump 100' last='exit 10' same=10 limit=16 ;;
	vanishes) last='vanish;exit 0' same=127 ;;
	locked_out) last='lock_out;exit 0' same=126 ;;
	*) return 1 ;;
	esac
}

# ---- the states: what docker finds, and what of it does not end well in any case ----

# What the build that sifts says of all references.
sifted() { # ANSWER
	local lines='#1 x' n=1 tag
	for tag in {main-,}{a,b} main latest main{-a,-b,}.rescued {main-,}{a,b}.cache main.cache latest.cache; do
		n=$((n + 1))
		lines+="\n#$n importing cache manifest from reg.io/app:$tag\n#$n $1"
	done
	rule sift "lines $lines"
}

cold() { sifted 'ERROR: reg.io/app: not found'; }

asked() { rule '*inspect *reg.io/*' 'warn ERROR: x: not found; exit 1'; }

in_b='#5 [a 2/3] RUN a1\n#5 DONE 2.0s\n#6 [a 3/3] RUN a2\n#6 DONE 1.0s\n#7 [b 2/6] COPY --from=a /x /x\n#7 DONE 0.0s\n'
in_b+='#8 [b 3/6] COPY x .\n#8 DONE 0.0s\n#9 [b 4/6] RUN b1\n#9 DONE 4.0s\n#10 [b 5/6] COPY y .\n#10 DONE 0.0s\n'
in_b+='#11 [b 6/6] RUN b2\n#11 ERROR: exit code 9'

cold_fails() {
	cold
	rule 'build *-t reg.io/app:1 .' "lines $in_b;exit 9"
}

hit() { sifted 'DONE 0.0s'; }

stages() {
	hit
	rule "$attempt" 'exit 1'
}

why() {
	stages
	rule 'build *=1 -t reg.io/app:1 *' 'lines #7 [stage-2 2/3] COPY --from=b /x /x\n#7 CACHED\n#8 [stage-2 3/3] RUN c\n#8 DONE 1.0s'
}

exports() {
	builder=containerd
	hit
}

# The quick questions find nothing, and one build asks for all.
sifts() {
	exports
	rule 'manifest inspect *' 'warn no such manifest: x; exit 1'
}

# Nothing is there: the cache of all is exported by a build of its own.
exports_first() {
	builder=containerd
	cold
	rule 'manifest inspect *' 'warn no such manifest: x; exit 1'
}

exports_fails() {
	exports_first
	rule 'build *-t reg.io/app:1 *' "lines $in_b;exit 9"
}

unpushed() {
	exports
	rule 'build *--push *' 'warn ERROR: failed to solve: failed to push reg.io/app:1: denied; exit 1'
}

legacy() { builder=legacy; }

legacy_in_b='Step 1/8 : FROM base:1 AS a\n ---> 0123456789ab\nStep 2/8 : RUN a1\n ---> Using cache\n ---> bbbbbbbbbbbb\n'
legacy_in_b+='Step 3/8 : RUN a2\n ---> Using cache\n ---> cccccccccccc\nStep 4/8 : FROM base:1 AS b\n ---> 0123456789ab\n'
legacy_in_b+='Step 5/8 : COPY --from=a /x /x\n ---> dddddddddddd\nStep 6/8 : RUN b1\n ---> Running in 111111111111\n'
legacy_in_b+=' ---> eeeeeeeeeeee\nStep 7/8 : COPY y .\n ---> aaaaaaaaaaaa\nStep 8/8 : RUN b2\n ---> Running in 222222222222'

legacy_fails() {
	builder=legacy
	rule 'pull *' 'warn not found: manifest unknown; exit 1'
	rule 'build *--target b *' "lines $legacy_in_b;exit 9"
}

# ---- one run ----

# Writes what the command does: its own part of it, with the signal at its moment.
actions() { # MOMENT
	case $1 in
	before) set -- 'signal TERM' "$first" "$then" "$last" ;;
	during) set -- "$first" 'ready;wait' "$then" "$last" ;;
	after) set -- "$first" "$then" 'signal TERM' "$last" ;;
	*) set -- "$first" "$then" "$last" ;;
	esac
	local IFS=';'
	echo "$*" | sed 's/;;*/;/g; s/^;//'
}

# Plays the test's part in it: the signal from somewhere else, and that what waits may go on.
attend() { # MOMENT ENDS
	if [ "$1" = during ]; then
		read -r -t 10 _ <&7 || return
		kill -TERM "$pid"
		[ "$2" = stops ] || go_on
	fi
	case $1.$2 in
	before.stops | during.stops) ;; # the signal is to end it
	before.* | during.*) [ -z "$then" ] || go_on ;;
	*) [ -z "$then" ] || { read -r -t 10 _ <&7 && go_on; } ;;
	esac
}

run_it() { # to be ended after so many seconds, which is none of the statuses expected
	[ -z "$limit" ] || ulimit -S -f "$limit"
	cd "$BATS_TEST_TMPDIR/project" || return
	PATH=$FAKE/bin:${PATH#"$bin:$here:"} DBRC_DOCKER=$FAKE/bin/docker \
		exec setsid perl -e 'alarm shift; exec @ARGV' 30 "$bin/docker-build-remote-cache" reg.io/app:1 \
		>"$out" 2>&1 3>&- 6>&- 7>&- 8>&- </dev/null
}

# Sets which tags docker was told to push, or to build so that they are; but rescued ones.
find_pushes() {
	local words names
	pushes=' '
	while read -r -a words; do
		case ${words[0]}.${words[*]} in
		push.*.rescued) ;;
		push.*) pushes+="${words[1]#reg.io/app:} " ;;
		build.*' --push '*)
			names=$(grep -oE -- '-t reg.io/app:[^ ]+' <<<"${words[*]}")
			names=${names//-t reg.io\/app:/}
			pushes+="${names//$'\n'/ } "
			;;
		build.*,push=true*)
			[[ ${words[*]} =~ \"name=(.*)\",push=true ]]
			names=${BASH_REMATCH[1]//reg.io\/app:/}
			pushes+="${names//,/ } "
			;;
		esac
	done <"$FAKE/log"
}

expected_status() { # STATUS GONE MOMENT WAY
	local want=$1
	case $3.$4 in
	none.vanishes | none.locked_out) want=$2 ;;
	none.*) ;;
	*) want=143 ;;
	esac
	case $want in
	same | 127) [ "$status" -eq "$same" ] ;;
	# 2: of a shell that was started and does not find its script any more
	any) [[ " $1 $same 2 " == *" $status "* ]] ;;
	*) [ "$status" -eq "$want" ] ;;
	esac
}

# Whether they are those, "?" behind one that need not be there.
expected_pushes() { # TAGS
	local tag must='' may='' pushes
	for tag in $1; do
		may+=" ${tag%\?} "
		case $tag in -) ;; *\?) ;; *) must+=" $tag" ;; esac
	done
	# all that it does well may be seen in garbage; and without docker nothing has to be
	case $2 in
	garbage) must='' may+=' main-a  a  main-b  b ' ;;
	vanishes | locked_out) must='' may=' main-a  a  main-b  b  1  main  latest ' ;;
	esac
	find_pushes
	for tag in $pushes; do
		[[ $may == *" $tag "* ]] || { echo "pushed: $tag"; return 1; }
	done
	for tag in $must; do
		[[ $pushes == *" $tag "* ]] || { echo "not pushed: $tag"; return 1; }
	done
}

was_called() { # CALL
	if [ "$1" = sift ]; then
		[ -s "$FAKE/sifts" ]
	else
		called "$1"
	fi
}

nothing_left() {
	flock -w 20 "$FAKE/held" true # what the command has left behind itself has ended
	! pgrep -a -r R,S,D,T -s "$pid" || return
	[ -z "$(find "$TMPDIR" -mindepth 1)" ] || { find "$TMPDIR"; return 1; }
}

# One run of a row. In a subshell.
one() { # FOLDER WAY MOMENT STATE CALL ENDS STATUS PUSHED SIGNAL GONE
	export FAKE=$1/fake TMPDIR=$1/tmp
	local builder=buildkit pid status=0 way=$2 moment=$3 pushed=$8
	shift 3
	mkdir -p "$FAKE/bin" "$TMPDIR"
	ln -s "$here/docker" "$FAKE/bin/docker"
	mkfifo "$FAKE/ready" "$FAKE/go" "$FAKE/release"
	exec 6<>"$FAKE/release" 7<>"$FAKE/ready" 8<>"$FAKE/go"
	: >"$FAKE/log"
	: >"$FAKE/held"
	way "$way"
	[ "$out" != out ] || out=$FAKE/out
	rule "$2" "$(actions "$moment")"
	"$1"
	echo "$builder" >"$FAKE/builder"
	run_it &
	pid=$!
	attend "$moment" "$3" || echo "never ready"
	wait "$pid" || status=$?
	[ "$way" != is_held ] || echo >&6
	[ "$moment" = none ] || pushed=$6
	was_called "$2" || return
	expected_status "$4" "$7" "$moment" "$way" || { echo "status $status"; return 1; }
	expected_pushes "$pushed" "$way" || return
	nothing_left
}

# ---- all runs ----

# Notes a run that is to be done.
add() { # WAY MOMENT ROW...
	runs+=("$(printf '%s\t' "$@")")
}

do_one() { # NUMBER
	local dir=$BATS_TEST_TMPDIR/$1 fields
	IFS=$'\t' read -r -a fields <<<"${runs[$1]}"
	mkdir "$dir"
	trap - DEBUG # bats's, which takes longer than the run
	if (one "$dir" "${fields[@]}") >"$dir/said" 2>&1; then
		rm -r "$dir"
	else
		touch "$dir/failed"
	fi
}

# Does them, as many at once as there are processors. Shows those that failed.
do_all() {
	local i jobs bad=0 pids=()
	jobs=$(nproc)
	for i in "${!runs[@]}"; do
		[ "$i" -lt "$jobs" ] || wait "${pids[$((i - jobs))]}"
		do_one "$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for i in "${!runs[@]}"; do
		[ -e "$BATS_TEST_TMPDIR/$i/failed" ] || continue
		bad=$((bad + 1))
		echo "${runs[$i]}"
		cat "$BATS_TEST_TMPDIR/$i"/{said,fake/log,fake/out} 2>&1 || true
	done
	echo "$bad of ${#runs[@]} failed"
	[ "${#runs[@]}" -gt 0 ] && [ "$bad" -eq 0 ]
}

three_stages() {
	printf '%s\n' 'FROM base:1 AS a' 'RUN a1' 'RUN a2' 'FROM base:1 AS b' 'COPY --from=a /x /x' \
		'COPY x .' 'RUN b1' 'COPY y .' 'RUN b2' 'FROM base:1' 'COPY --from=b /x /x' 'RUN c' >Dockerfile
}

# Calls it with each row's fields.
each_row() { # COMMAND...
	local fields
	while IFS=$'\t' read -r -a fields; do
		[[ ${fields[0]} == '#'* ]] || "$@" "${fields[@]}"
	done <"$here/deaths.tsv"
}

# Adds a run of the row, where it is its turn.
add_sixth() { # WAY ROW...
	turn=$((turn + 1))
	if [ "$1" = fails ] || [ -n "$all" ] || [ $((turn % 6)) -eq 0 ]; then
		add "$1" none "${@:2}"
	fi
}

dies() { # WAY NUMBER
	three_stages
	runs=() turn=$2
	each_row add_sixth "$1"
	do_all
}

# Adds a run of the row in the way whose turn it is, where it is the row's turn; or in all.
add_in_turn() { # MOMENT ROW...
	local each way
	read -r -a each <<<"$ways"
	turn=$((turn + 1))
	if [ -z "$all" ]; then
		[ $((turn % 3)) -eq 0 ] || return 0
		each=("${each[$((turn / 3 % ${#each[@]}))]}")
	fi
	for way in "${each[@]}"; do
		add "$way" "$@"
	done
}

signal_comes() { # MOMENT
	three_stages
	runs=() turn=$2
	each_row add_in_turn "$1"
	do_all
}

@test "each command fails" { dies fails 0; }
@test "each command fails with docker's own 125" { dies fails_125 1; }
@test "each command is killed" { dies killed 2; }
@test "each command hangs, and then fails" { dies hangs 3; }
@test "each command closes its output and lingers" { dies lingers 4; }
@test "each command leaves a process that holds its output" { dies is_held 5; }
@test "each command prints a megabyte without a line's end" { dies lump 6; }
@test "each command prints garbage" { dies garbage 7; }
@test "each command's output meets a full disk" { dies full_disk 8; }
@test "each command's output cannot be kept" { dies no_spools 9; }
@test "behind each command docker is gone" { dies vanishes 10; }
@test "behind each command docker may not be run" { dies locked_out 11; }
@test "a signal comes before each command" { signal_comes before 0; }
@test "a signal comes during each command" { signal_comes during 13; }
@test "a signal comes after each command" { signal_comes after 26; }
