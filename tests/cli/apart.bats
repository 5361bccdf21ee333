#!/usr/bin/env bats
# What keeps a run's builds apart from others on the engine: a source policy.
# shellcheck disable=SC2154 # pid: set in helper.bash
load helper

policy=EXPERIMENTAL_BUILDKIT_SOURCE_POLICY

the_policy() { # prints what the build of the image was given, from what is in the log ../out
	sed -n "s/^$policy=//p" ../out | tail -n 1
}

@test "where a cache was found builds are kept apart by a source policy, which is gone afterwards" {
	local file
	echo containerd >"$FAKE/builder"
	rule 'build *-t reg.io/app:1 *' "env $policy;ready;wait"
	start docker-build-remote-cache reg.io/app:1
	until grep -q "^$policy=" ../out; do kill -0 "$pid"; done # we pass on what it has said before it tells
	file=$(the_policy)
	grep -qxE '\{"version":1,"rules":\[\{"action":"CONVERT","selector":\{"identifier":"docker-image://\*"\},"updates":\{"identifier":"docker-image://\$\{1\}","attrs":\{"docker-build-remote-cache":"[0-9a-f]{16}"\}\}\}\]\}' "$file"
	go_on
	ended 0
	[ ! -e "$file" ]
}

@test "the same caches, the same policy; other caches, another one" {
	local policies=()
	echo containerd >"$FAKE/builder"
	rule 'build *-t reg.io/app:1 *' "env $policy;ready;wait"
	for branch in main main other; do
		: >../out
		start docker-build-remote-cache reg.io/app:1 --cache-branch "$branch"
		until grep -q "^$policy=" ../out; do kill -0 "$pid"; done
		policies+=("$(cat "$(the_policy)")")
		go_on
		ended 0
		# there is another digest for each branch
		printf '%s\t%s\n' '*inspect *other*' 'say {"Descriptor":{\n"digest": "sha256:1111111111111111111111111111111111111111111111111111111111111111"' >"$FAKE/rules"
		printf '%s\t%s\n' '*inspect *' 'say Digest:    sha256:0000000000000000000000000000000000000000000000000000000000000007' >>"$FAKE/rules"
		rule 'build *-t reg.io/app:1 *' "env $policy;ready;wait"
	done
	[ "${policies[0]}" = "${policies[1]}" ]
	[ "${policies[0]}" != "${policies[2]}" ]
}

@test "none where no cache was found, nor from before Docker 28, nor where the user has one" {
	rule 'build *-t reg.io/app:1 *' "env $policy"
	has "$(EXPERIMENTAL_BUILDKIT_SOURCE_POLICY=mine dbrc reg.io/app:1 2>&1)" "$policy=mine"
	has "$(dbrc reg.io/app:1 --no-cache 2>&1)" "$policy=unset"
	has "$(dbrc reg.io/app:1 --progress rawjson 2>&1)" "$policy=unset"
	has "$(dbrc reg.io/app:1 --builder remote 2>&1)" "$policy=unset"
	: >"$FAKE/rules"
	rule 'info *' 'say {"client":{"Version":"28.5.2","Plugins":[{"Name":"buildx","Version":"v0.29.1"}]},"server":"27.5.1","store":[]}'
	rule 'build *-t reg.io/app:1 *' "env $policy"
	has "$(dbrc reg.io/app:1 2>&1)" "$policy=unset"
	: >"$FAKE/rules"
	rule '*inspect *reg.io/*' 'warn ERROR: x: not found; exit 1'
	rule 'build *-t reg.io/app:1 *' "env $policy"
	has "$(dbrc reg.io/app:1 2>&1)" "$policy=unset"
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
	echo containerd >"$FAKE/builder"
	rule 'build *-t reg.io/app:1 *' "warn ERROR: failed to solve: error evaluating the source policy: x;exit 1"
	run dbrc reg.io/app:1
	[ "$status" -eq 1 ]
	[ "$(grep -c -- '-t reg.io/app:1' "$FAKE/log")" -eq 2 ] # once with ours, once without
}

@test "that of the user is not tried without" {
	rule 'build *-t reg.io/app:1 *' "warn ERROR: failed to read policy file: open x: no such file or directory;exit 1"
	echo containerd >"$FAKE/builder"
	EXPERIMENTAL_BUILDKIT_SOURCE_POLICY=x run dbrc reg.io/app:1
	[ "$status" -eq 1 ]
	[ "$(grep -c -- '-t reg.io/app:1' "$FAKE/log")" -eq 1 ]
}
