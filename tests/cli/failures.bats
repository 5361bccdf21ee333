#!/usr/bin/env bats
# docker fails or dies at each step: status, what still runs, what is said.
# shellcheck disable=SC2154 # here, bin: set in helper.bash; stderr: by run
load helper

each_of() { # PATTERNS FUNCTION: calls it with each
	local IFS=';' pattern
	[ "$1" != - ] || return 0
	for pattern in $1; do
		"$2" "$pattern" || return 1
	done
}

# Runs a row of failures.tsv, with the call failing by ACTION, which gives the status SAME.
row() { # BUILDER CALL STATUS STILL NEVER WARNING ACTION SAME
	echo "row: $1: $2: $7"
	echo "$1" >"$FAKE/builder"
	: >"$FAKE/log"
	: >"$FAKE/rules"
	[ "$1" = legacy ] || stages_first
	rule "$2" "$7"
	# without an answer from info the builder is known from the variable
	local buildkit=1
	[ "$1" = buildkit ] || buildkit=0
	DOCKER_BUILDKIT=$buildkit run --separate-stderr dbrc reg.io/app:1
	[ "$3" != same ] || set -- "$1" "$2" "$8" "$4" "$5" "$6" "$7" "$8"
	[ "$status" -eq "$3" ] || { echo "status $status"; return 1; }
	each_of "$4" called
	each_of "$5" never_called
	if [ "$6" = - ]; then
		[ "$(warnings)" -eq 0 ] || { echo "$stderr"; return 1; }
	else
		has "$stderr" "warning: $6"
		[ "$(warnings)" -eq 1 ]
	fi
}

rows() { # BUILDER ACTION SAME
	local builder call status still never warning
	while IFS=$'\t' read -r builder call status still never warning; do
		[ "$builder" = "$1" ] || continue
		row "$builder" "$call" "$status" "$still" "$never" "$warning" "$2" "$3"
	done <"$here/failures.tsv"
}

@test "BuildKit: docker fails at each step" { rows buildkit 'exit 9' 9; }
@test "BuildKit: docker is killed at each step" { rows buildkit 'kill KILL' 137; }
@test "legacy: docker fails at each step" { rows legacy 'exit 9' 9; }
@test "legacy: docker is killed at each step" { rows legacy 'kill KILL' 137; }

@test "what may pass is tried again, by the command that failed alone" {
	rule 'push reg.io/app:latest' 'warn Get "https://reg.io/v2/": net/http: TLS handshake timeout; exit 1'
	run --separate-stderr dbrc reg.io/app:1 --retries 1
	[ "$status" -eq 0 ]
	[ "$(calls | grep -c 'push reg.io/app:latest$')" -eq 2 ]
	[ "$(calls | grep -c 'tag reg.io/app:main reg.io/app:latest$')" -eq 1 ]
	has "$stderr" "timed out" "trying again in 0.5 s"
	[ "$(warnings)" -eq 1 ] # it gave up
}

@test "what succeeds when tried again is no failure, of the image's push too" {
	rule 'push reg.io/app:1' 'once tried; warn received unexpected HTTP status: 503 Service Unavailable; exit 1'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 1 ] || [ "$(calls | grep -c 'push reg.io/app:1$')" -eq 2 ]
	[ "$status" -eq 0 ]
	has "$stderr" "registry error"
}

@test "what keeps all tags from being stored is said once, and each try once" {
	rule 'push reg.io/app:1' 'exit 0'
	rule 'push reg.io/app:*' 'warn received unexpected HTTP status: 503 Service Unavailable; exit 1'
	run --separate-stderr dbrc reg.io/app:1 --retries 1
	[ "$status" -eq 0 ]
	[ "$(calls | grep -cE 'push reg.io/app:(main|latest)$')" -eq 4 ]
	[ "$(grep -c 'registry error.*trying again' <<<"$stderr")" -eq 1 ]
	[ "$(grep -c 'warning: push of .*registry error' <<<"$stderr")" -eq 1 ]
	[ "$(warnings)" -eq 1 ]
	run --separate-stderr dbrc -q reg.io/app:1 --retries 1
	[[ $stderr != *'trying again'* ]]
	[ "$(warnings)" -eq 1 ]
}

@test "what cannot pass is not tried again, and the way out is named" {
	stages_first
	rule 'push reg.io/app:main-builder' 'warn denied: requested access to the resource is denied; exit 1'
	rule 'push reg.io/app:main' "warn tag invalid: The image tag 'main' already exists and cannot be overwritten because the repository is immutable.; exit 1"
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	[ "$(calls | grep -c 'push reg.io/app:main$')" -eq 1 ]
	has "$stderr" "no access" "docker login" "tag cannot be overwritten" "--cache-repo"
}

@test "an unreachable registry is asked once, and the build goes on" {
	branch feature/x
	rule '*inspect*' 'warn ERROR: failed to do request: dial tcp 127.0.0.1:1: connect: connection refused; exit 1'
	rule 'push *' 'warn dial tcp 127.0.0.1:1: connect: connection refused; exit 1'
	run --separate-stderr dbrc reg.io/app:1 --jobs 1
	[ "$status" -eq 1 ]
	[ "$(calls | grep -c inspect)" -eq 1 ]
	[ "$(grep -c 'warning: look-up' <<<"$stderr")" -eq 1 ]
	never_called 'build *--cache-from*'
	called 'build *-t reg.io/app:1 *'
}

@test "no engine: docker says so, with its status, and nothing else is tried" {
	rule 'info *' 'warn Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?; exit 1'
	rule 'build *' 'warn Cannot connect to the Docker daemon; exit 1'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 1 ]
	never_called '*inspect*'
	never_called 'push*'
	[ "$(grep -c 'Cannot connect' <<<"$stderr")" -eq 1 ]
}

@test "a command line that is too long for the system is 126 and says why" {
	# the longest one that we can be started with: docker's is longer
	run -126 bash -c 'ulimit -s 256; exec perl -e "
		for (my \$n = 131000; \$n > 0; \$n -= 8) {
			no warnings;
			exec qw(docker-build-remote-cache reg.io/app:1 --build-arg), q(A=) . q(x) x \$n;
		}"'
	has "$output" "cannot run docker: Argument list too long"
	never_called 'push *'
}
