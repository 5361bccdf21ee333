#!/usr/bin/env bats
# The main job on one real builder, $BUILDER; to be run by tests/e2e/run. A claim of a hit is shown on
# an engine that has forgotten everything, by the absence of what the step itself prints.
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own
# shellcheck disable=SC2154 # app, status and log: set in helper.bash
bats_require_minimum_version 1.5.0

load helper

@test "unchanged on a fresh engine: no step of any stage runs" {
	dbrc
	ended 0 "deps compile runtime"
	right
	stored 1 latest main -- builder main-builder
	fresh
	dbrc
	ended 0 ""
	right
	[[ $log == *":: builder: 5 of 5 steps from the cache"* ]]
}

@test "a changed source: the dependencies are not run again" {
	dbrc
	fresh
	echo m2 >main
	dbrc
	ended 0 "compile runtime"
	right
}

@test "a new branch hits the default branch's cache, and gets its own" {
	dbrc
	fresh
	dbrc --cache-branch feature/x --cache-default-branch main
	ended 0 ""
	right
	stored 1 feature-x latest main -- builder feature-x-builder main-builder
}

@test "a failed runtime stage: docker's status, no image, and the builder is not run again" {
	two_stages 'RUN echo "$(echo runtime)-ran" && exit 42'
	dbrc
	case $BUILDER in legacy*) ended 42 "deps compile runtime" ;; *) ended 1 "deps compile runtime" ;; esac
	stored -- builder main-builder
	fresh
	two_stages 'RUN echo "$(echo runtime)-ran" && test -s /app'
	dbrc
	ended 0 "runtime"
	right
}

@test "SIGTERM in the runtime stage: the builder is not run again" {
	two_stages 'RUN echo "$(echo runtime)-ran" && tail -f /dev/null'
	mkfifo ../pipe
	docker-build-remote-cache "$image:1" --cache-branch main --checkpoint 0 >../pipe 2>&1 3>&- &
	pid=$!
	# what it prints is read to its end, so that it is never blocked by us
	while IFS= read -r line; do
		echo "$line"
		case $line in *runtime-ran*) kill -TERM "$pid" ;; esac
	done <../pipe >../log
	status=0
	wait "$pid" || status=$?
	log=$(cat ../log)
	ended 143 "deps compile runtime"
	stored -- builder main-builder
	fresh
	two_stages 'RUN echo "$(echo runtime)-ran" && test -s /app'
	dbrc
	ended 0 "runtime"
	right
}

@test "an unreachable registry: everything is built, and only the push of the image fails" {
	image=localhost:4999/$app
	dbrc
	ended 1 "deps compile runtime"
	right
	[[ $log == *"warning: "*"registry unreachable"* ]]
}

# bats test_tags=long
@test "three stages in a chain: unchanged, then a changed source" {
	three_stages
	dbrc
	ended 0 "deps compile runtime"
	fresh
	dbrc
	ended 0 ""
	right
	fresh
	echo m2 >main
	dbrc
	ended 0 "compile runtime"
	right
	fresh
	echo "d2 $BUILDER" >deps
	dbrc
	ended 0 "deps compile runtime"
	right
}

@test "the helpers move an image" {
	docker pull -q "$REGISTRY/base:1"
	docker-tag-push "$REGISTRY/base:1" "$image:copy"
	fresh
	docker-pull-tag "$image:copy" local:copy
	docker image inspect local:copy >/dev/null
	run docker-pull-tag "$image:nothing"
	[ "$status" -eq 1 ]
}

@test "on a terminal docker draws itself, and the rest is shown" {
	command -v script >/dev/null || skip "no program 'script' here"
	TERM=xterm script -qec "docker-build-remote-cache $image:1 --cache-branch main" /dev/null >../log </dev/null
	log=$(cat ../log)
	case $BUILDER in legacy*) ;; *) [[ $log == *"[+] Building"* ]] ;; esac
	case $(mode) in # only the legacy builder builds stages first where there is nothing in the registry
	pull) [[ $log == *":: Building builder image"*":: Pushing cached images for main"* ]] ;;
	inline) [[ $log == *":: Building image"*":: Pushing cached images for main"* ]] ;;
	registry) [[ $log == *":: Building image"*":: Pushing final image"* ]] ;;
	esac
	right
	stored 1 latest main -- builder main-builder
}

@test "docker cachebuild: as a plugin of a real client" {
	mkdir -p "$DOCKER_CONFIG/cli-plugins"
	ln -sf "$(command -v docker-build-remote-cache)" "$DOCKER_CONFIG/cli-plugins/docker-cachebuild"
	[[ $(docker --help) == *"cachebuild"*"Build an image with a layer cache kept in a registry"* ]]
	[[ $(docker cachebuild --version) == "docker-build-remote-cache "* ]]
	docker cachebuild "$image:1" --cache-branch main --checkpoint 0 --report ../report >/dev/null 2>&1
	grep -q "\"pushed\":\[\"$image:1\"\]" ../report
	grep -qE '"digest":"sha256:[0-9a-f]{64}"' ../report
	right
}

@test "docker cachebuild is cancelled: what is finished is stored all the same" {
	case $BUILDER in *20) skip 'docker before 25.0 does not tell its plugins' ;; esac
	mkdir -p "$DOCKER_CONFIG/cli-plugins"
	ln -sf "$(command -v docker-build-remote-cache)" "$DOCKER_CONFIG/cli-plugins/docker-cachebuild"
	two_stages 'RUN echo "$(echo runtime)-ran" && tail -f /dev/null'
	mkfifo ../pipe
	docker cachebuild "$image:1" --cache-branch main --checkpoint 0 >../pipe 2>&1 3>&- &
	pid=$!
	while IFS= read -r line; do
		echo "$line"
		case $line in *runtime-ran*) kill -TERM "$pid" ;; esac # docker alone
	done <../pipe >../log
	wait "$pid" || true
	rm ../pipe
	stored -- builder main-builder
	fresh
	two_stages 'RUN echo "$(echo runtime)-ran" && test -s /app'
	dbrc
	ended 0 "runtime"
}
