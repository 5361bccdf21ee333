#!/usr/bin/env bats
# Commands that stand in for docker's: podman, which keeps each step in a registry by itself, and nerdctl.
# shellcheck disable=SC2154 # here, bin, status, stderr: set in helper.bash and by run
load helper

# The scripted docker is that command: it does not understand what docker is asked.
stands_in() { # NAME VERSION
	mkdir -p ../bin
	ln -s "$here/docker" "../bin/$1"
	export DBRC_DOCKER=$1 PATH=$BATS_TEST_TMPDIR/bin:$PATH
	rule 'info *' 'warn Error: template: info:1: function .ClientInfo not defined; exit 125'
	rule '--version' "say $1 version $2"
}

not_put='warn Error: failed pushing cache to "reg.io/app": copying system image: denied: requested access to the resource is denied'

@test "podman: one build with the cache of all steps, and the image's push" {
	stands_in podman 5.4.2
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	same "$(calls)" <<-'END'
		--version
		build --layers --cache-from reg.io/app --cache-to reg.io/app -t reg.io/app:1 .
		push reg.io/app:1
	END
	has "$stderr" ':: podman keeps the cache of all steps in reg.io/app'
	[ "$(warnings)" -eq 0 ]
}

@test "podman: it is found out where it is called docker too" {
	stands_in podman 4.2.0
	unset DBRC_DOCKER
	dbrc reg.io/app:1
	called 'build --layers --cache-from reg.io/app --cache-to reg.io/app -t reg.io/app:1 .'
}

@test "podman: --cache-repo, docker's form, all of its options" {
	stands_in podman 5.4.2
	dbrc -t reg.io/app:1 -t reg.io/app:2 --cache-repo reg.io/cache --build-arg A=b --label x=y -f Dockerfile --target builder .
	same "$(builds)" <<-'END'
		build --layers --cache-from reg.io/cache --cache-to reg.io/cache --build-arg A=b -f Dockerfile --target builder -t reg.io/app:1 -t reg.io/app:2 --label x=y .
	END
	never_called 'push *'
	: >"$FAKE/log"
	dbrc -t reg.io/app:1 -t reg.io/app:2 --push .
	pushed reg.io/app:1 reg.io/app:2
}

@test "podman: read-only, and a fork, put nothing" {
	stands_in podman 5.4.2
	dbrc reg.io/app:1 --cache-read-only
	same "$(builds)" <<<'build --layers --cache-from reg.io/app -t reg.io/app:1 .'
	pushed reg.io/app:1
	: >"$FAKE/log"
	env CIRCLECI=true CIRCLE_BRANCH=pull/7 CIRCLE_PR_NUMBER=7 CIRCLE_PULL_REQUEST=x docker-build-remote-cache reg.io/app:1
	same "$(builds)" <<<'build --layers --cache-from reg.io/app -t reg.io/app:1 .'
	never_called 'push *'
}

@test "podman: a fork stores nothing with a --cache-to of its own either" {
	stands_in podman 5.4.2
	env CIRCLECI=true CIRCLE_BRANCH=pull/7 CIRCLE_PR_NUMBER=7 CIRCLE_PULL_REQUEST=x \
		docker-build-remote-cache reg.io/app:1 --cache-to reg.io/cache --output type=registry
	same "$(builds)" <<<'build --layers --cache-from reg.io/app -t reg.io/app:1 --output type=image .'
}

@test "podman: --no-cache takes nothing and puts nothing" {
	stands_in podman 5.4.2
	dbrc reg.io/app:1 --no-cache
	same "$(builds)" <<<'build --layers --no-cache -t reg.io/app:1 .'
}

@test "podman: a step that cannot be put: built again without, one warning, status 0" {
	stands_in podman 5.4.2
	rule 'build *--cache-to*' "$not_put; exit 125"
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	same "$(calls)" <<-'END'
		--version
		build --layers --cache-from reg.io/app --cache-to reg.io/app -t reg.io/app:1 .
		build --layers --cache-from reg.io/app -t reg.io/app:1 .
		push reg.io/app:1
	END
	[ "$(warnings)" -eq 1 ]
	has "$stderr" "warning: the cache of 'image' could not be stored" 'denied: requested access'
}

@test "podman: the build without fails too: its status" {
	stands_in podman 5.4.2
	rule 'build *--cache-to*' "$not_put; exit 125"
	rule 'build *' 'exit 7'
	run -7 --separate-stderr dbrc reg.io/app:1
	[ "$(nr_builds)" -eq 2 ]
	[ "$(warnings)" -eq 1 ]
	never_called 'push *'
}

@test "podman: any other failure keeps its status, and is not built again" {
	stands_in podman 5.4.2
	local failure
	for failure in 'exit 7' 'warn Error: building at STEP "RUN make": while running runtime: exit status 125; exit 125' \
		"say failed pushing cache to my own server; exit 7" \
		"say failed pushing cache to my own server; warn Error: building at STEP \"RUN make\": exit status 125; exit 125" \
		"$not_put; exit 7"; do
		: >"$FAKE/log"
		rule 'build *' "$failure"
		run "-${failure##*exit }" --separate-stderr dbrc reg.io/app:1
		[ "$(nr_builds)" -eq 1 ]
		[ "$(warnings)" -eq 0 ]
		never_called 'push *'
		sed -i '/^build/d' "$FAKE/rules"
	done
}

@test "podman: killed: its status" {
	stands_in podman 5.4.2
	rule 'build *' 'kill KILL'
	run -137 dbrc reg.io/app:1
	[ "$(nr_builds)" -eq 1 ]
	never_called 'push *'
}

@test "podman: a signal ends it, and nothing is built again" {
	stands_in podman 5.4.2
	rule 'build *' "$not_put; ready; wait"
	start docker-build-remote-cache reg.io/app:1
	kill -TERM "$pid"
	ended 143
	[ "$(nr_builds)" -eq 1 ]
	never_called 'push *'
}

@test "podman: the push of the image fails: its status" {
	stands_in podman 5.4.2
	rule 'push *' 'exit 9'
	run -9 dbrc reg.io/app:1
}

@test "podman before 4.2: built without cache, and one warning says so" {
	stands_in podman 4.0.3
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	same "$(builds)" <<<'build --layers -t reg.io/app:1 .'
	pushed reg.io/app:1
	[ "$(warnings)" -eq 1 ]
	has "$stderr" 'warning: podman keeps no cache in a registry before 4.2: built without cache'
}

@test "podman: what is read on standard input is read by both builds" {
	stands_in podman 5.4.2
	rule 'build *--cache-to*' "stdin; $not_put; exit 125"
	rule 'build *' stdin
	dbrc reg.io/app:1 -f - . <Dockerfile
	same "$(cat "$FAKE/stdin")" < <(cat Dockerfile Dockerfile)
}

@test "nerdctl: exported caches, all that there may be are tried" {
	stands_in nerdctl 2.3.5
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	never_called '*inspect*'
	never_called 'pull *'
	called 'build *-t reg.io/app:1 --cache-from type=registry,ref=reg.io/app:main.cache --cache-from type=registry,ref=reg.io/app:latest.cache *--cache-to type=registry,ref=reg.io/app:main.cache,* .'
	called 'build *--cache-from type=registry,ref=reg.io/app:main-builder.cache --cache-from type=registry,ref=reg.io/app:builder.cache *'
	called 'push reg.io/app:1'
	has "$stderr" 'nerdctl cannot tell which caches there are'
	[ "$(warnings)" -eq 0 ]
}

@test "what says neither is asked no more, and is a docker of which nothing is known" {
	stands_in other 1.0
	dbrc reg.io/app:1
	called '--version'
	called 'build *BUILDKIT_INLINE_CACHE=1 *-t reg.io/app:1 *'
	never_called 'build --layers *'
	called 'push reg.io/app:main'
}
