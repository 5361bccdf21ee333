#!/usr/bin/env bats
# The main job on one real builder, $BUILDER; to be run by tests/e2e/run. A claim of a hit is shown on
# an engine that has forgotten everything, by the absence of what the step itself prints.
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own
bats_require_minimum_version 1.5.0

setup_file() {
	# shellcheck source=../engine/engine.sh
	. "$BATS_TEST_DIRNAME/../engine/engine.sh"
	registry_start
	base_image
	ENGINE=$(engine_of "$BUILDER")
	export ENGINE
	engine_start "$ENGINE"
}

teardown_file() { engine_stop "$ENGINE"; }

setup() {
	# shellcheck source=../engine/engine.sh
	. "$BATS_TEST_DIRNAME/../engine/engine.sh"
	engine_offers "$BUILDER" || skip "no engine for $BUILDER"
	registry_start
	engine_use "$BUILDER"
	PATH=$BATS_TEST_DIRNAME/../../build:$PATH
	local name
	for name in $(compgen -e | grep -E '^(CI|CI_.*|CIRCLE.*|GITHUB_.*|GITLAB_.*)$'); do unset "$name"; done
	app=app-$BUILDER-$BATS_TEST_NUMBER
	image=$REGISTRY/$app
	mkdir "$BATS_TEST_TMPDIR/project"
	cd "$BATS_TEST_TMPDIR/project" || return
	# no test finds what another one built
	echo "d1 $BUILDER $BATS_TEST_NUMBER" >deps
	echo m1 >main
	two_stages 'RUN echo "$(echo runtime)-ran" && test -s /app'
	engine_fresh "$ENGINE"
}

# What a step prints cannot be seen in how the step is written.
two_stages() { # RUNTIME: an instruction of the last stage
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1 AS builder
		WORKDIR /src
		COPY deps .
		RUN echo "\$(echo deps)-ran" && cp deps deps.out
		COPY main .
		RUN echo "\$(echo compile)-ran" && cat deps.out main >app
		FROM $REGISTRY/base:1
		COPY --from=builder /src/app /app
		$1
		CMD ["cat", "/app"]
	END
}

three_stages() {
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1 AS deps
		WORKDIR /src
		COPY deps .
		RUN echo "\$(echo deps)-ran" && cp deps deps.out
		FROM deps AS compile
		COPY main .
		RUN echo "\$(echo compile)-ran" && cat deps.out main >app
		FROM $REGISTRY/base:1
		COPY --from=deps /src/deps.out /deps
		COPY --from=compile /src/app /app
		RUN echo "\$(echo runtime)-ran" && test -s /app
		CMD ["cat", "/app"]
	END
}

# Runs the tool on an image of this test's; sets status and log.
dbrc() { # [ARGUMENT...]
	status=0
	docker-build-remote-cache "$image:1" --cache-branch main "$@" >../log 2>&1 || status=$?
	log=$(cat ../log)
}

ran() { # prints which steps ran, each once
	grep -oE '(deps|compile|runtime)-ran' ../log | awk '!seen[$0]++' | sed 's/-ran//' | paste -sd ' '
}

ended() { # STATUS STEPS: the last run did so, and ran these steps
	if [ "$status" -ne "$1" ] || [ "$(ran)" != "$2" ]; then
		echo "status $status, ran: $(ran)"
		echo "$log"
		return 1
	fi
}

# The image is right: it says what its sources say.
right() {
	same "$(docker run --rm "$image:1")" "$(cat deps main)"
}

same() { # TEXT EXPECTED
	diff <(echo "$1") <(echo "$2") >&2
}

fresh() { engine_fresh "$ENGINE"; }

@test "unchanged on a fresh engine: no step of any stage runs" {
	dbrc
	ended 0 "deps compile runtime"
	right
	same "$(registry_tags "$app" | paste -sd ' ')" "1 builder latest main main-builder"
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
	same "$(registry_tags "$app" | paste -sd ' ')" "1 builder feature-x feature-x-builder latest main main-builder"
}

@test "a failed runtime stage: docker's status, no image, and the builder is not run again" {
	two_stages 'RUN echo "$(echo runtime)-ran" && exit 42'
	dbrc
	case $BUILDER in legacy*) ended 42 "deps compile runtime" ;; *) ended 1 "deps compile runtime" ;; esac
	same "$(registry_tags "$app" | paste -sd ' ')" "builder main-builder"
	fresh
	two_stages 'RUN echo "$(echo runtime)-ran" && test -s /app'
	dbrc
	ended 0 "runtime"
	right
}

@test "SIGTERM in the runtime stage: the builder is not run again" {
	two_stages 'RUN echo "$(echo runtime)-ran" && tail -f /dev/null'
	mkfifo ../pipe
	docker-build-remote-cache "$image:1" --cache-branch main >../pipe 2>&1 3>&- &
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
	same "$(registry_tags "$app" | paste -sd ' ')" "builder main-builder"
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
	case $BUILDER in buildkit*) [[ $log == *"[+] Building"* ]] ;; esac
	[[ $log == *":: Building builder image"*":: Pushing cached images for main"* ]]
	right
	same "$(registry_tags "$app" | paste -sd ' ')" "1 builder latest main main-builder"
}
