#!/usr/bin/env bats
# What keeps a run's builds apart from others on the engine: a source policy.
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own
load helper

variable=EXPERIMENTAL_BUILDKIT_SOURCE_POLICY

# Runs the tool on the containerd store; sets policy to what the build of the image can read.
take_policy() { # ARG...
	local line
	echo containerd >"$FAKE/builder"
	rule 'build *-t reg.io/app:1 *' "env $variable;wait"
	docker-build-remote-cache reg.io/app:1 "$@" >../told 2>&1 3>&- &
	pid=$!
	exec 5<../told
	while read -r line <&5 && [[ $line != "$variable="* ]]; do :; done
	policy=$(cat "${line#*=}")
	[ -z "$(ls -A "$TMPDIR")" ] # there is nothing that would stay if we were killed
	go_on
	cat <&5 >../out
	exec 5<&-
	wait "$pid"
}

@test "where a cache was found builds are kept apart by a source policy: by the caches that they have" {
	local first
	mkfifo ../told
	rule '*inspect *other.cache' 'say {"Descriptor":{\n"digest": "sha256:1111111111111111111111111111111111111111111111111111111111111111"'
	take_policy --cache-branch main
	[[ $policy =~ ^'{"version":1,"rules":[{"action":"CONVERT","selector":{"identifier":"docker-image://*"},"updates":{"identifier":"docker-image://${1}","attrs":{"docker-build-remote-cache":"'[0-9a-f]{16}'"}}}]}'$ ]]
	first=$policy
	take_policy --cache-branch main
	[ "$policy" = "$first" ]
	take_policy --cache-branch other
	[ "$policy" != "$first" ]
	take_policy --cache-branch main --cache-from mine
	[ "$policy" != "$first" ]
}

@test "none where no cache was found, nor from before Docker 28, nor where the user has one" {
	rule 'build *-t reg.io/app:1 *' "env $variable"
	has "$(EXPERIMENTAL_BUILDKIT_SOURCE_POLICY=mine dbrc reg.io/app:1 2>&1)" "$variable=mine"
	has "$(dbrc reg.io/app:1 --no-cache 2>&1)" "$variable=unset"
	has "$(dbrc reg.io/app:1 --progress rawjson 2>&1)" "$variable=unset"
	has "$(dbrc reg.io/app:1 --builder remote 2>&1)" "$variable=unset"
	: >"$FAKE/rules"
	rule 'info *' 'say {"client":{"Version":"28.5.2","Plugins":[{"Name":"buildx","Version":"v0.29.1"}]},"server":"27.5.1","store":[]}'
	rule 'build *-t reg.io/app:1 *' "env $variable"
	has "$(dbrc reg.io/app:1 2>&1)" "$variable=unset"
	: >"$FAKE/rules"
	rule '*inspect *reg.io/*' 'warn ERROR: x: not found; exit 1'
	rule 'build *-t reg.io/app:1 *' "env $variable"
	has "$(dbrc reg.io/app:1 2>&1)" "$variable=unset"
}

# The build of the image says so each time; how often it is built then.
says() { # LINE TIMES
	echo containerd >"$FAKE/builder"
	rule 'build *-t reg.io/app:1 *' "warn $1;exit 1"
	run dbrc reg.io/app:1
	[ "$status" -eq 1 ]
	[ "$(grep -c -- '-t reg.io/app:1' "$FAKE/log")" -eq "$2" ]
}

@test "where docker cannot have it the build is done without, even with no retries" {
	echo containerd >"$FAKE/builder"
	rule 'build *-t reg.io/app:1 *' "once first;warn ERROR: failed to read policy file: open x: no such file or directory;exit 1"
	run dbrc reg.io/app:1 --retries 0
	[ "$status" -eq 0 ]
	[ "$(grep -c -- '-t reg.io/app:1' "$FAKE/log")" -eq 2 ]
	has "$output" 'docker could not take a source policy'
}

@test "a build that says so without one is not tried again" {
	says 'ERROR: failed to solve: error evaluating the source policy: x' 2
}

@test "nor is one that is denied by a policy, which is not ours" {
	says 'ERROR: failed to solve: a:b: could not resolve image due to policy: source denied by policy' 1
}

@test "that of the user is not tried without" {
	export EXPERIMENTAL_BUILDKIT_SOURCE_POLICY=x
	says 'ERROR: failed to read policy file: open x: no such file or directory' 1
}
