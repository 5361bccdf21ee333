#!/usr/bin/env bats
# In place of docker build: contexts, flags and Dockerfiles of every kind on one real builder, $BUILDER; to
# be run by tests/e2e/run.
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own
# shellcheck disable=SC2154 # app, status and log: set in helper.bash
bats_require_minimum_version 1.5.0

load helper

legacy() {
	[[ $BUILDER == legacy* ]]
}

unnamed_stages() {
	sed -i -e 's/ AS builder$//' -e 's/--from=builder/--from=0/' Dockerfile
}

# The builder does not know what this asks for: docker says so, with its own status, and nothing is stored.
refused() { # TEXT
	[ "$status" != 0 ]
	[[ $log == *"$1"* ]]
	stored
	same "$(ran)" ""
}

serve() { # FOLDER: over http; sets url
	local port=8000
	"$DBRC_ENGINES/busybox/bin/busybox" httpd -f -p "127.0.0.1:$port" -h "$1" 3>&- &
	server=$!
	until curl -sS -o /dev/null "http://127.0.0.1:$port/"; do kill -0 "$server"; done 2>/dev/null
	url=http://127.0.0.1:$port
}

teardown() {
	[ -z "${server-}" ] || kill "$server"
}

@test "an unnamed stage is not run again, and the user's file is not touched" {
	unnamed_stages
	sum=$(sha256sum Dockerfile)
	build .
	ended 0 "deps compile runtime"
	stored latest main -- main-stage-0 stage-0
	same "$(sha256sum Dockerfile)" "$sum"
	fresh
	echo m2 >main
	build .
	ended 0 "compile runtime"
	right
	same "$(times compile)" "$(times runtime)"
}

# bats test_tags=long
@test "an unnamed stage keeps the ignore files" {
	unnamed_stages
	printf '%s' '*.log' >.dockerignore
	sed -i 's/^COPY main .$/COPY . ./' Dockerfile
	echo x >x.log
	build .
	ended 0 "deps compile runtime"
	fresh
	echo y >x.log
	build .
	ended 0 ""
	legacy && return
	# the Dockerfile's own takes the other one's place
	echo main2 >main2
	printf '%s\n' main2 x.log >Dockerfile.dockerignore
	build .
	fresh
	echo other >main2
	build .
	ended 0 ""
}

@test "a failed stage behind an unnamed one: that is not run again" {
	unnamed_stages
	good=$(cat Dockerfile)
	sed -i 's/test -s/exit 3; test -s/' Dockerfile
	build .
	[ "$status" != 0 ]
	stored -- main-stage-0 stage-0
	fresh
	echo "$good" >Dockerfile
	build .
	ended 0 "runtime"
}

@test "-q: standard output is the image's ID alone, and nothing but warnings is said" {
	build -q .
	same "$(cat ../out)" "$(docker image inspect --format '{{.Id}}' "$image:1")"
	same "$(wc -l <../out)" 1
	[[ $log != *"::"* ]]
	stored latest main -- builder main-builder
	right
}

# bats test_tags=long
@test "--iidfile has the image's ID, --label is on the image alone" {
	build --iidfile ../id --label "a=b c" .
	ended 0 "deps compile runtime"
	same "$(cat ../id)" "$(docker image inspect --format '{{.Id}}' "$image:1")"
	same "$(docker image inspect --format '{{.Config.Labels.a}}' "$image:1")" "b c"
	[[ $(docker image inspect --format '{{.Config.Labels}}' "$image:main-builder") != *a:b* ]]
}

@test "--no-cache: each step runs once, and what it made is stored" {
	build .
	fresh
	build --no-cache .
	ended 0 "deps compile runtime"
	same "$(times deps) $(times compile) $(times runtime)" "$(times deps) $(times deps) $(times deps)"
	# every step's output is there once, or twice where the step itself is shown with it
	[ "$(times deps)" -le 2 ]
	fresh
	build .
	ended 0 ""
}

@test "--target: that stage alone, in any case" {
	build --target BUILDER .
	ended 0 "deps compile"
	stored -- builder main-builder
	fresh
	build --target builder .
	ended 0 ""
}

@test "--output type=local: the files, no image, and the caches" {
	build --output type=local,dest=../files .
	if [[ $BUILDER == legacy26 ]]; then # docker 26.1 does not know the flag there
		ended 125 "deps compile"
		[[ $log == *"unknown flag: --output"* ]]
		stored -- builder main-builder
		return
	fi
	if legacy; then # docker 20.10 leaves the flag out of account there
		ended 0 "deps compile runtime"
		right
		[ ! -e ../files ]
		return
	fi
	ended 0 "deps compile runtime"
	same "$(cat ../files/app)" "$(cat deps main)"
	stored latest main -- builder main-builder
	run -1 docker image inspect "$image:1"
	fresh
	build -o ../files2 .
	ended 0 ""
	same "$(cat ../files2/app)" "$(cat deps main)"
}

@test "a Dockerfile on standard input, with and without a context" {

	build -f - . <Dockerfile
	ended 0 "deps compile runtime"
	right
	fresh
	build -f - . <Dockerfile
	ended 0 ""
	{
		echo "FROM $REGISTRY/base:1"
		echo "RUN echo \"\$(echo deps)-ran\" >/x && cat /x"
		echo "FROM $REGISTRY/base:1 AS second"
		echo "COPY --from=0 /x /y"
		echo "FROM second"
		echo "RUN echo \"\$(echo runtime)-ran\""
	} >../Second
	build - <../Second
	ended 0 "deps runtime"
	fresh
	build - <../Second
	ended 0 ""
}

# bats test_tags=long
@test "an archive on standard input" {
	tar -cf ../context.tar .
	build - <../context.tar
	ended 0 "deps compile runtime"
	right
	fresh
	gzip ../context.tar
	build - <../context.tar.gz
	# the stages in there are not known, so what is cached is the image alone, and that is all of it
	# that the legacy builder can use
	if legacy; then ended 0 "deps compile"; else ended 0 ""; fi
}

# bats test_tags=long
@test "a Dockerfile outside the context" {
	mkdir ../elsewhere
	mv Dockerfile ../elsewhere/Other
	build -f ../elsewhere/Other .
	ended 0 "deps compile runtime"
	right
	fresh
	build -f ../elsewhere/Other .
	ended 0 ""
}

# bats test_tags=long
@test "an archive over http, and a git repository" {
	mkdir ../www
	tar -czf ../www/context.tar.gz .
	serve "$PWD/../www"
	build "$url/context.tar.gz"
	ended 0 "deps compile runtime"
	right
	fresh
	build "$url/context.tar.gz"
	if legacy; then ended 0 "deps compile"; else ended 0 ""; fi
	command -v git >/dev/null || return 0
	git init -q ../work
	cp Dockerfile deps main ../work
	git -C ../work add -A
	git -C ../work -c user.name=x -c user.email=x@x commit -qm x
	git clone -q --bare ../work ../www/work.git
	git -C ../www/work.git update-server-info
	fresh
	build "$url/work.git"
	if legacy; then ended 0 "deps compile"; else ended 0 ""; fi
}

# bats test_tags=long
@test "a stage called like IMAGE's tag leaves the image alone" {
	sed -i -e 's/AS builder/AS prod/' -e 's/--from=builder/--from=prod/' Dockerfile
	image=$image:prod
	status=0
	docker-build-remote-cache "$image" --cache-branch main >../log 2>&1 || status=$?
	ended 0 "deps compile runtime"
	fresh
	same "$(in_image "$image" /app)" "$(cat deps main)"
	fresh
	status=0
	docker-build-remote-cache "$image" --cache-branch main >../log 2>&1 || status=$?
	ended 0 ""
}

@test "a fork's pull request reads the cache, and leaves nothing" {
	build .
	before=$(tags)
	fresh
	export CIRCLECI=true CIRCLE_BRANCH=pull/7 CIRCLE_PR_NUMBER=7 CIRCLE_PULL_REQUEST=x
	status=0
	docker-build-remote-cache "$image:2" --cache-default-branch main >../log 2>&1 || status=$?
	ended 0 ""
	same "$(tags)" "$before"
}

# bats test_tags=long
@test "an image without a registry is built, and that is said" {
	status=0
	docker-build-remote-cache -t "$app-local:1" . >../log 2>&1 || status=$?
	ended 0 "deps compile runtime"
	same "$(grep -c '^::' ../log)" 1
	same "$(in_image "$app-local:1" /app)" "$(cat deps main)"
}

@test "--no-cache-filter: that stage once, and what comes of it" {
	if legacy || [[ $BUILDER == buildkit20 ]]; then
		build --no-cache-filter builder .
		refused "unknown flag: --no-cache-filter"
		return
	fi
	build .
	fresh
	build --no-cache-filter builder .
	[ "$status" = 0 ]
	same "$(ran)" "deps compile"
	[ "$(times deps)" -le 2 ]
}

@test "--build-context in place of a stage" {
	mkdir -p ../ready/src
	echo ready >../ready/src/app
	build --build-context builder=../ready .
	if legacy || [[ $BUILDER == buildkit20 ]]; then
		refused "unknown flag: --build-context"
		return
	fi
	ended 0 "runtime"
	same "$(in_image "$image:1" /app)" ready
	stored latest main
}

# bats test_tags=long
@test "heredocs, directives and variables" {
	# shellcheck disable=SC2016,SC1003 # for the shell of the steps
	printf '%s\n' '# escape=`' 'ARG BASE=builder' "FROM $REGISTRY/base:1 AS builder" 'RUN <<EOF' \
		'echo "$(echo deps)-ran"' ': \' 'FROM nothing AS fake' 'EOF' 'FROM $BASE' \
		'RUN echo "$(echo runtime)-ran" `' '  && true' >Dockerfile
	build .
	if [[ $BUILDER == legacy26 ]]; then # reads the heredoc, and runs what is on the line: nothing
		ended 0 "runtime"
		stored latest main -- builder main-builder
		return
	fi
	if legacy || [[ $BUILDER == buildkit20 ]]; then # 20.10 has no heredocs
		refused "unknown instruction"
		return
	fi
	ended 0 "deps runtime"
	stored latest main -- builder main-builder
	fresh
	build .
	ended 0 ""
}
