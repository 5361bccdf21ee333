#!/usr/bin/env bats
# What is moved, and what waits for what, on one real builder of BuildKit's, $BUILDER; to be run by
# tests/e2e/run.
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own
# shellcheck disable=SC2154 # app, status and log: set in helper.bash
bats_require_minimum_version 1.5.0

load helper

# The builder's dependency layer cannot be packed into less than 3 MB.
big_stages() {
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1 AS builder
		WORKDIR /src
		COPY deps .
		RUN echo "\$(echo deps)-ran" && sleep 1 && head -c 3000000 /dev/urandom >random
		COPY main .
		RUN echo "\$(echo compile)-ran" && cat deps main >app
		FROM $REGISTRY/base:1
		COPY --from=builder /src/app /app
		RUN echo "\$(echo runtime)-ran" && test -s /app
		CMD ["cat", "/app"]
	END
}

# Four stages that do not depend on each other, each longer than it takes to start them all.
four_stages() {
	local stage
	{
		for stage in s1 s2 s3 s4; do
			echo "FROM $REGISTRY/base:1 AS $stage"
			# each tells when it ran, in seconds since the machine was started
			echo "RUN echo \"\$(echo $stage)-starts\" && cut -d' ' -f1 /proc/uptime >/$stage && sleep 2 && cut -d' ' -f1 /proc/uptime >>/$stage"
		done
		echo "FROM $REGISTRY/base:1"
		for stage in s1 s2 s3 s4; do echo "COPY --from=$stage /$stage /"; done
		echo 'CMD ["cat", "/s1", "/s2", "/s3", "/s4"]'
	} >Dockerfile
}

# A quick stage, and beside it one that does as told.
two_beside() { # INSTRUCTION
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1 AS quick
		COPY deps .
		RUN echo "\$(echo deps)-ran" && cp deps /deps.out
		FROM $REGISTRY/base:1 AS slow
		COPY main .
		$1
		FROM $REGISTRY/base:1
		COPY --from=quick /deps.out /deps
		COPY --from=slow /main /main
		RUN echo "\$(echo runtime)-ran" && cat /deps /main >/app
		CMD ["cat", "/app"]
	END
}

mark() { # what the registry says from here on counts
	! given || skip "only our registry's log tells what is pulled"
	marked=$(wc -c <"$DBRC_RUN/registry/main/log")
}

fetched() { # prints how many bytes of this test's layers and configurations came from the registry since mark
	tail -c "+$((marked + 1))" "$DBRC_RUN/registry/main/log" |
		sed -nE "s|.*\"GET /v2/$app/blobs/[^\"]*\" 20[06] ([0-9]+) .*|\1|p" | awk '{ n += $1 } END { print n + 0 }'
}

@test "unchanged: no layer of the builder stage is pulled" {
	big_stages
	dbrc
	ended 0 "deps compile runtime"
	fresh
	mark
	dbrc
	ended 0 ""
	right
	[ "$(fetched)" -gt 0 ]
	[ "$(fetched)" -lt 3000000 ]
	# and when its last step has to run, it is: what is counted is right
	fresh
	mark
	echo m2 >main
	dbrc
	ended 0 "compile runtime"
	right
	[ "$(fetched)" -gt 3000000 ]
}

# bats test_tags=long
@test "a changed source: nothing is seen of the attempt, and dependencies never run" {
	local i runs=3 builds=2 # the stage, the image
	[ "$(mode)" = inline ] || builds=1
	[ -z "${DBRC_TEST_ALL-}" ] || runs=20
	export BATS_TEST_TIMEOUT=3600
	dbrc
	for ((i = 1; i <= runs; i++)); do
		fresh
		echo "m$i m" >main
		dbrc
		ended 0 "compile runtime"
		[[ $log != *[Cc]ancel* ]]
		[ "$(grep -cE '^#[0-9]+ transferring dockerfile:.*done$' ../log)" -eq "$builds" ]
	done
	right
}

# bats test_tags=long
@test "stale local images do not hide the registry's caches" {
	local tag cached='main main-builder'
	[ "$(mode)" != registry ] || cached=main # stages have no images there
	dbrc
	for tag in $cached; do docker pull -q "$image:$tag" && docker-tag-push "$image:$tag" "$image:old-$tag"; done
	fresh
	echo "d2 $BUILDER" >deps
	dbrc
	ended 0 "deps compile runtime"
	fresh
	stale
	dbrc
	ended 0 ""
	right
	fresh
	stale
	echo m2 >main
	dbrc
	ended 0 "compile runtime"
	right
}

stale() { # the local images are those of before
	local tag
	for tag in $cached; do docker-pull-tag "$image:old-$tag" "$image:$tag"; done
	docker tag "$image:main" "$image:latest"
	[ "$(mode)" = registry ] || docker tag "$image:main-builder" "$image:builder"
	docker tag "$image:main" "$image:1"
}

@test "nothing in the registry: stages are built side by side, and all stored" {
	four_stages
	dbrc
	[ "$status" -eq 0 ]
	# all have started before the first one ends
	docker run --rm "$image:1" | awk 'NR % 2 { if ($1 > start) start = $1; next }
		!end || $1 < end { end = $1 } END { exit !(NR == 8 && start < end) }'
	stored 1 latest main -- main-s1 main-s2 main-s3 main-s4 s1 s2 s3 s4
	fresh
	dbrc
	[ "$status" -eq 0 ]
	[[ $log != *s[1-4]-starts* ]]
}

@test "nothing in the registry, and a stage fails: the one beside it is stored" {
	two_beside 'RUN echo "$(echo compile)-ran" && sleep 3 && exit 42'
	dbrc
	ended 1 "deps compile"
	stored -- main-quick quick
	fresh
	two_beside 'RUN echo "$(echo compile)-ran"'
	dbrc
	ended 0 "compile runtime"
	right
}

@test "nothing in the registry, and SIGTERM: the stage that is finished is stored" {
	two_beside 'RUN sleep 3 && echo "$(echo compile)-ran" && tail -f /dev/null'
	mkfifo ../pipe
	docker-build-remote-cache "$image:1" --cache-branch main --checkpoint 0 >../pipe 2>&1 3>&- &
	pid=$!
	while IFS= read -r line; do
		echo "$line"
		case $line in *compile-ran*) kill -TERM "$pid" ;; esac
	done <../pipe >../log
	status=0
	wait "$pid" || status=$?
	log=$(cat ../log)
	ended 143 "deps compile"
	stored -- main-quick quick
	fresh
	two_beside 'RUN echo "$(echo compile)-ran"'
	dbrc
	ended 0 "compile runtime"
	right
}

@test "several platforms: an index, and its second build hits" {
	[ "$(mode)" = registry ] || skip "this builder builds for one platform"
	printf '%s\n' 'FROM scratch AS files' 'COPY deps /' 'FROM scratch' 'COPY --from=files /deps /' 'COPY main /' >Dockerfile
	dbrc --platform linux/amd64,linux/arm64
	ended 0 ""
	run -0 docker buildx imagetools inspect "$image:1"
	[[ $output == *linux/amd64*linux/arm64* ]]
	stored 1 latest-amd64-arm64 main-amd64-arm64 -- amd64-arm64-files main-amd64-arm64-files
	fresh
	dbrc --platform linux/amd64,linux/arm64
	ended 0 ""
	grep -E '^:: [a-z]+: [0-9]+ of [0-9]+ steps' ../log
	same "$(awk '/^:: [a-z]+: [0-9]+ of [0-9]+ steps/ && $3 != $5' ../log)" ""
}

base_of_ours() { # CONTENT: pushes it, and makes it what the project is made from
	printf 'FROM %s/base:1\nRUN echo %s >/version\n' "$REGISTRY" "$1" | docker build -q -t "$image-base:1" - >../log 2>&1
	docker push -q "$image-base:1" >>../log
	sed -i "s|FROM $REGISTRY/base:1|FROM $image-base:1|" Dockerfile
	fresh
}

@test "a base that has moved: everything runs once, while that is sent ahead, and then nothing does" {
	base_of_ours 1
	dbrc
	ended 0 "deps compile runtime"
	base_of_ours 2
	dbrc --checkpoint 60
	ended 0 "deps compile runtime"
	fresh
	dbrc --checkpoint 60
	ended 0 ""
	right
}

# What is exported out of what came from a cache, over and over.
# bats test_tags=long
@test "exported again and again where nothing ran: it still has all, when something has to run" {
	local i runs=2
	[ -z "${DBRC_TEST_ALL-}" ] || runs=8
	export BATS_TEST_TIMEOUT=3600
	big_stages
	dbrc
	for ((i = 1; i <= runs; i++)); do
		fresh
		dbrc
		ended 0 ""
		fresh
		dbrc
		ended 0 ""
		echo "m$i again" >main
		fresh
		dbrc
		ended 0 "compile runtime"
	done
	right
}

@test "a base that is sent ahead of one stage takes no cache from another" {
	local i
	export BATS_TEST_TIMEOUT=600
	# the last step's cache is looked for when the compile step has ended, whose result is the same each time
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1 AS compile
		COPY main .
		RUN echo "\$(echo compile)-ran" && sleep 2 && echo same >/same
		FROM $REGISTRY/base:1
		COPY --from=compile /same /same
		RUN echo "\$(echo runtime)-ran" && test -s /same
	END
	dbrc
	ended 0 "compile runtime"
	for i in 1 2 3; do
		echo "m$i ahead" >main
		fresh
		dbrc --checkpoint 60
		ended 0 compile
	done
}

@test "another build has the same base in hand: what is in the cache is not run again" {
	local line other
	case $BUILDER in
	buildkit28 | containerd28) ;;
	*) skip 'there is a source policy from Docker 28 on' ;;
	esac
	dbrc
	ended 0 "deps compile runtime"
	fresh
	mkdir ../other
	printf 'FROM %s/base:1\nRUN echo "$(echo it)-runs" && tail -f /dev/null\n' "$REGISTRY" >../other/Dockerfile
	mkfifo ../pipe
	setsid docker build --progress=plain ../other >../pipe 2>&1 3>&- &
	other=$!
	exec 5<../pipe
	while read -r line <&5 && [[ $line != *it-runs ]]; do :; done
	dbrc
	pkill -KILL -s "$other"
	exec 5<&-
	ended 0 ""
	right
}
