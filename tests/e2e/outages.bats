#!/usr/bin/env bats
# A registry that is away, an engine that dies, and two runs at once, on one real builder, $BUILDER; to be run by
# tests/e2e/run.
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own
# shellcheck disable=SC2154 # app, status and log: set in helper.bash
bats_require_minimum_version 1.5.0

load helper

# Two stages, each longer than it is worth to store it. The dependencies cannot be packed into less than 1 MB.
slow_stages() { # COMPILE: a command
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1 AS builder
		WORKDIR /src
		COPY deps .
		RUN echo "\$(echo deps)-ran" && sleep 2 && cp deps deps.out && head -c 1000000 /dev/urandom >random
		COPY main .
		RUN echo "\$(echo compile)-ran" && $1
		FROM $REGISTRY/base:1
		COPY --from=builder /src/app /app
		RUN echo "\$(echo runtime)-ran" && sleep 2 && test -s /app
		CMD ["cat", "/app"]
	END
}

good='sleep 2 && cat deps.out main >app'

# Runs the tool, in a session of its own, and does something as soon as it prints what is waited for.
dbrc_while() { # TEXT COMMAND...
	local line text=$1
	shift
	mkfifo ../pipe
	setsid docker-build-remote-cache "$image:1" --cache-branch main --checkpoint 1 >../pipe 2>&1 3>&- &
	pid=$!
	while IFS= read -r line; do
		echo "$line"
		case $line in *"$text"*) [ -e ../done ] || { : >../done && "$@" >&2; } ;; esac
	done <../pipe >../log
	status=0
	wait "$pid" || status=$?
	log=$(cat ../log)
	[ -e ../done ]
	rm -f ../pipe ../done
}

@test "the registry is away: the image is built all the same, and it is said once" {
	behind
	slow_stages "$good"
	faulty down
	build .
	ended 0 "deps compile runtime"
	[[ $log == *unreachable* ]]
	[ "$(warnings)" -le 2 ] # of look-ups, and of pushes
	right
	dbrc
	ended 1 ""
	[ "$(warnings)" -le 2 ]
	faulty up
	dbrc
	ended 0 ""
	all_hit
}

@test "the registry is away at first: what ends when it is back is stored" {
	behind
	slow_stages "$good"
	faulty down
	dbrc_while compile-ran faulty up
	ended 0 "deps compile runtime"
	[ "$(warnings)" -le 2 ]
	all_hit
}

@test "the registry goes away after a checkpoint: what that has stored is not run again" {
	behind
	slow_stages "$good"
	dbrc_while ' stored' faulty down
	[ "$status" -ne 0 ]
	[[ $(ran) == *runtime* ]]
	faulty up
	fresh
	dbrc
	[ "$status" -eq 0 ]
	[[ $(ran) != *deps* ]]
	right
}

@test "two runs at once: both succeed, and everything is stored" {
	local n pids=()
	for n in 1 2; do
		docker-build-remote-cache "$image:$n" --cache-branch main >"../log$n" 2>&1 3>&- &
		pids+=($!)
	done
	for n in "${pids[@]}"; do wait "$n"; done
	right
	same "$(in_image "$image:2" /app)" "$(cat deps main)"
	all_hit
}

@test "the engine is killed in a step: what a checkpoint has stored is not run again" {
	! given || skip "the given engine is not ours to kill"
	slow_stages 'tail -f /dev/null'
	dbrc_while ' stored' engine_kill "$ENGINE"
	[ "$status" -ne 0 ]
	fresh
	slow_stages "$good"
	dbrc
	ended 0 "compile runtime"
	right
}
