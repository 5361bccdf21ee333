#!/usr/bin/env bats
# A builder that is not the engine's own, and an engine that a context names, on $BUILDER, whose BuildKit
# then is the remote builder too; to be run by tests/e2e/run.
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own
# shellcheck disable=SC2154 # app, status and log: set in helper.bash
bats_require_minimum_version 1.5.0

load helper

# A remote builder called farm.
farm() {
	command -v python3 >/dev/null || skip "no python3 here, which makes the engine a remote builder"
	! given || skip "the given engine may be anywhere"
	local socket=$BATS_TEST_TMPDIR/farm
	"$BATS_TEST_DIRNAME/remote-builder.py" "$socket" "${DOCKER_HOST#unix://}" 3>&- &
	proxy=$!
	until [ -S "$socket" ]; do kill -0 "$proxy" && sleep 0.1; done
	docker buildx create --name farm --driver remote "unix://$socket"
}

teardown() {
	if [ -n "${proxy-}" ]; then
		docker buildx rm farm
		kill "$proxy"
	fi
}

@test "a remote builder: unchanged, then a changed source" {
	farm
	dbrc --builder farm
	ended 0 "deps compile runtime"
	right
	stored 1 latest main -- builder main-builder
	fresh
	dbrc --builder farm
	ended 0 ""
	right
	fresh
	echo m2 >main
	dbrc --builder farm
	ended 0 "compile runtime"
	right
}

@test "a remote builder by BUILDX_BUILDER" {
	farm
	export BUILDX_BUILDER=farm
	dbrc
	ended 0 "deps compile runtime"
	stored 1 latest main -- builder main-builder
	fresh
	dbrc
	ended 0 ""
	right
}

@test "a remote builder, in place of docker build, with --load" {
	farm
	build --builder farm --load .
	ended 0 "deps compile runtime"
	docker image inspect "$image:1" >/dev/null
	right
	stored latest main -- builder main-builder
	fresh
	build --builder farm --load .
	ended 0 ""
	docker image inspect "$image:1" >/dev/null
	right
}

@test "a remote builder: a failed runtime stage" {
	farm
	two_stages 'RUN echo "$(echo runtime)-ran" && exit 42'
	dbrc --builder farm
	ended 1 "deps compile runtime"
	stored -- builder main-builder
	fresh
	two_stages 'RUN echo "$(echo runtime)-ran" && test -s /app'
	dbrc --builder farm
	ended 0 "runtime"
	right
}

@test "an engine by DOCKER_CONTEXT" {
	docker context create here --docker "host=$DOCKER_HOST"
	unset DOCKER_HOST
	export DOCKER_CONTEXT=here
	dbrc
	ended 0 "deps compile runtime"
	stored 1 latest main -- builder main-builder
	fresh
	dbrc
	ended 0 ""
	right
}
