#!/usr/bin/env bats
# In place of docker build: what docker is called with, and what it reads, for flags, contexts and
# Dockerfiles of every kind.
# shellcheck disable=SC2154 # here, bin, stderr: set in helper.bash and by run
load helper

# A pull request from a fork, as CircleCI tells it.
fork=(env CIRCLECI=true CIRCLE_BRANCH=pull/7 CIRCLE_PR_NUMBER=7 CIRCLE_PULL_REQUEST=x)

help_says() { # LINE...
	local lines=
	printf -v lines '; say %s' "$@"
	rule 'build --help' "say Usage:  docker build [OPTIONS] PATH | URL | -$lines"
}

@test "a flag that no table has is asked of docker, once" {
	stages_first
	help_says '      --future string   Text' '      --flag   Text'
	dbrc -t reg.io/app:1 --future X --flag . --cache-stage builder
	[ "$(builds | grep -c -- --help)" -eq 1 ]
	called 'build --future X --flag --build-arg BUILDKIT_INLINE_CACHE=1 -t reg.io/app:1 *.'
}

@test "a flag that docker does not know is left for it to refuse" {
	help_says '      --other   Text'
	rule 'build *' 'warn unknown flag: --future; exit 125'
	run -125 --separate-stderr dbrc -t reg.io/app:1 --future=X .
	[[ $stderr == *"unknown flag: --future"* ]]
	same "$(builds)" <<-END
		build --help
		build . -t reg.io/app:1 --future=X
	END
}

@test "no docker to ask of a flag: status 127" {
	DBRC_DOCKER=$BATS_TEST_TMPDIR/nothing run -127 dbrc -t reg.io/app:1 --future=X .
	[[ $output == *"cannot run docker"* ]]
}

# The stage and the image are built, and once more to be stored: what each reads is there four times.
four() { cat "$1" "$1" "$1" "$1"; }

# No stage has a build of its own; the image is built, and once more to be stored.
in_one_go() {
	[ "$(nr_builds)" -eq 2 ]
	in_order 'build * -t reg.io/app:1 --cache-from *' 'build * --progress=plain -t reg.io/app:main *'
}

@test "a Dockerfile on standard input is read by every build" {
	stages_first
	rule 'build *' stdin
	dbrc -t reg.io/app:1 -f - . <Dockerfile
	called 'build * -f - --target builder -t *.'
	called 'build * -f - --target builder --progress=plain -t *.'
	called 'build * -f - -t reg.io/app:1 *.'
	called 'build * -f - --progress=plain -t reg.io/app:main .'
	same "$(cat "$FAKE/stdin")" < <(four Dockerfile)
}

@test "a Dockerfile in place of the context, and one larger than a pipe" {
	stages_first
	rule 'build *' stdin
	for ((i = 0; i < 3000; i++)); do echo "# a line that makes the file larger than a pipe, number $i"; done >>Dockerfile
	dbrc -t reg.io/app:1 - <Dockerfile
	called 'build * --target builder *-'
	same "$(cat "$FAKE/stdin")" < <(four Dockerfile)
}

@test "a secret on standard input reaches every build, and no file" {
	stages_first
	rule 'build *' stdin
	echo sesame >../secret
	dbrc -t reg.io/app:1 --secret id=x,src=/dev/stdin . <../secret
	same "$(cat "$FAKE/stdin")" < <(four ../secret)
	run ! grep -q sesame "$FAKE/log"
}

@test "a secret on standard input and a copy of the Dockerfile do not get into each other's way" {
	stages_first
	printf '%s\n' 'FROM base:1' 'RUN make' 'FROM base:2' 'COPY --from=0 /x /x' >Dockerfile
	rule 'build * --target stage-0 *' 'stdin; copies'
	echo sesame | dbrc -t reg.io/app:1 --secret id=x,src=/dev/stdin .
	same "$(cat "$FAKE/stdin")" <<<$'sesame\nsesame' # its build, and that once more
	grep -qx 'FROM base:1 AS stage-0' "$FAKE/copy/Dockerfile"
}

@test "a secret that can be read only once: there is one build" {
	dbrc -t reg.io/app:1 --secret id=x,src=<(echo sesame) .
	[ "$(nr_builds)" -eq 1 ]
	called 'build * -t reg.io/app:1 *.'
	called 'tag reg.io/app:1 reg.io/app:main'
	# so it has in a dry run
	dbrc -t reg.io/app:1 --secret id=x,src=<(echo sesame) . --dry-run >../plan
	[ "$(grep -c '^docker build ' ../plan)" -eq 1 ]
}

@test "an archive on standard input is built in one go" {
	rule 'build *' stdin
	tar -cf ../context.tar .
	run --separate-stderr dbrc -t reg.io/app:1 - <../context.tar
	in_one_go
	cmp <(cat ../context.tar ../context.tar) "$FAKE/stdin"
	[[ $stderr == *"stages of the Dockerfile are not cached one by one"* ]]
}

@test "standard input that cannot be kept ends the run" {
	head -c 200000 /dev/zero >../big
	TMPDIR=/nowhere run -1 --separate-stderr dbrc -t reg.io/app:1 - <../big
	[[ $stderr == *"cannot keep standard input: No such file or directory"* ]]
	[ ! -s "$FAKE/log" ]
}

@test "an unnamed stage is built by a name that a copy of the Dockerfile gives it" {
	stages_first
	printf '%s\n' 'FROM base:1' 'RUN make' 'FROM base:2' 'COPY --from=0 /x /x' >Dockerfile
	rule 'build * --target stage-0 *' stdin
	dbrc -t reg.io/app:1 .
	# by its build, and by that once more
	same "$(cat "$FAKE/stdin")" <<-END
		FROM base:1 AS stage-0
		RUN make
		FROM base:2 AS stage-1
		COPY --from=0 /x /x
		FROM base:1 AS stage-0
		RUN make
		FROM base:2 AS stage-1
		COPY --from=0 /x /x
	END
	called 'build * -f - --target stage-0 -t reg.io/app:main-stage-0 *.'
	called 'build * -f - --target stage-0 --progress=plain -t reg.io/app:main-stage-0 .'
	called 'build --build-arg BUILDKIT_INLINE_CACHE=1 -t reg.io/app:1 *.'
	called 'push reg.io/app:main-stage-0'
}

@test "an ignore file of the Dockerfile's own is beside the copy" {
	stages_first
	printf '%s\n' 'FROM base:1' 'RUN make' 'FROM base:2' 'COPY --from=0 /x /x' >Dockerfile
	echo secret >Dockerfile.dockerignore
	rule 'build * --target stage-0 *' 'copies'
	dbrc -t reg.io/app:1 .
	grep -qx 'FROM base:1 AS stage-0' "$FAKE/copy/Dockerfile"
	same "$(cat "$FAKE/copy/Dockerfile.dockerignore")" <<<secret
}

@test "a copy that cannot be written: the image is built in one go, and a fork pushes none" {
	printf '%s\n' 'FROM base:1' 'RUN make' 'FROM base:2' 'COPY --from=0 /x /x' >Dockerfile
	echo secret >Dockerfile.dockerignore
	TMPDIR=/nowhere run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	in_one_go
	[[ $stderr == *"warning: stages are not cached one by one, for no temporary file can be written: No such"* ]]
	called 'push reg.io/app:1'
	called 'push reg.io/app:main'
	: >"$FAKE/log"
	TMPDIR=/nowhere "${fork[@]}" docker-build-remote-cache reg.io/app:1
	never_called 'push *'
}

@test "a signal leaves no copy" {
	stages_first
	printf '%s\n' 'FROM base:1' 'RUN make' 'FROM base:2' 'COPY --from=0 /x /x' >Dockerfile
	echo secret >Dockerfile.dockerignore
	rule 'build * --target stage-0 *' 'ready; wait'
	start docker-build-remote-cache -t reg.io/app:1 .
	kill -TERM "$pid"
	ended 143
}

@test "the legacy builder's unnamed stages are stored by the IDs it tells" {
	legacy
	printf '%s\n' 'FROM base:1' 'RUN make' 'FROM base:2' 'COPY --from=0 /x /x' >Dockerfile
	rule 'build *' 'say Step 1/4 : FROM base:1;say  ---> 000000000001;say Step 2/4 : RUN make;say  ---> 000000000002;say Step 3/4 : FROM base:2;say  ---> 000000000003;exit 3'
	run -3 dbrc -t reg.io/app:1 .
	[ "$(nr_builds)" -eq 1 ]
	called 'pull reg.io/app:main-stage-0'
	called 'tag 000000000002 reg.io/app:main-stage-0'
	called 'push reg.io/app:main-stage-0'
	called 'push reg.io/app:stage-0'
	never_called 'push reg.io/app:main'
}

@test "so they are when a later stage's own build fails" {
	legacy
	printf '%s\n' 'FROM base:1' 'RUN make' 'FROM base:2 AS tools' 'RUN x' 'FROM base:3' 'COPY --from=0 /x /x' \
		'COPY --from=tools /y /y' >Dockerfile
	rule 'build *--target tools *' 'say Step 1/4 : FROM base:1;say  ---> 000000000001;say Step 2/4 : RUN make;say  ---> 000000000002;say Step 3/4 : FROM base:2;say  ---> 000000000003;exit 3'
	run -3 dbrc -t reg.io/app:1 .
	called 'tag 000000000002 reg.io/app:main-stage-0'
	called 'push reg.io/app:main-stage-0'
	never_called 'push reg.io/app:main-tools'
}

@test "a step that prints what docker does is no harm" {
	legacy
	printf '%s\n' 'FROM base:1' 'RUN make' 'FROM base:2' 'COPY --from=0 /x /x' >Dockerfile
	local babble='say Step 1/1 : FROM x;say  ---> 00000000000f;' i
	for ((i = 0; i < 6; i++)); do babble+=$babble; done
	rule 'build *' "${babble}exit 3"
	run -3 dbrc -t reg.io/app:1 .
	[[ $output != *Sanitizer* ]]
}

@test "one that was cut short is not stored" {
	legacy
	printf '%s\n' 'FROM base:1' 'RUN make' 'FROM base:2' 'COPY --from=0 /x /x' >Dockerfile
	rule 'build *' 'say Step 1/4 : FROM base:1;say  ---> 000000000001;say Step 2/4 : RUN make;exit 3'
	run -3 dbrc -t reg.io/app:1 .
	never_called 'push *'
}

@test "-q: standard output is the image's build's alone, and nothing is said" {
	rule 'build *-t reg.io/app:1*' 'say sha256:1'
	rule 'build *' 'say sha256:2'
	run --separate-stderr dbrc -q -t reg.io/app:1 .
	same "$output" <<<sha256:1
	[[ $stderr != *::* ]]
}

@test "an image without a registry is built as docker does, and that is said in one line" {
	stages_first
	rule 'build *' 'env DOCKER_BUILDKIT'
	run --separate-stderr dbrc -t app:1 --pull .
	same "$output" <<<DOCKER_BUILDKIT=unset
	same "$stderr" <<<":: Nothing is cached: the image's name has no registry (see --cache-repo)"
	same "$(cat "$FAKE/log")" <<<'build . -t app:1 --pull'
	: >"$FAKE/log"
	dbrc -t app:1 --cache-repo reg.io/cache .
	called 'push reg.io/cache:main-builder'
}

@test "the published form pushes such an image all the same" {
	dbrc app:1
	called 'push app:1'
}

@test "a registry that is gone is said of once" {
	rule 'push *' 'warn Get "https://reg.io/v2/": dial tcp 192.0.2.1:443: connect: connection refused; exit 1'
	run --separate-stderr dbrc -t reg.io/app:1 .
	[ "$(grep -c 'registry unreachable' <<<"$stderr")" -eq 1 ]
}

@test "a fork's pull request pushes nothing" {
	run --separate-stderr "${fork[@]}" docker-build-remote-cache reg.io/app:1
	[ "$status" -eq 0 ]
	never_called 'push *'
	[[ $stderr == *"fork"* ]]
}

@test "a file for another frontend is built in one go" {
	sed -i '1i # syntax=example/other' Dockerfile
	run --separate-stderr dbrc -t reg.io/app:1 .
	in_one_go
	[[ $stderr == *"it is for the frontend example/other"* ]]
}

@test "an engine of another platform has tags of its own" {
	stages_first
	rule 'info *' 'say {"client":{"Version":"28.5.2","Plugins":[{"Name":"buildx"}]},"server":"28.5.2","os":"linux","arch":"riscv64","store":[],"registry":{}}'
	unset DOCKER_DEFAULT_PLATFORM
	dbrc -t reg.io/app:1 .
	called 'push reg.io/app:main-riscv64-builder'
	never_called 'push reg.io/app:main'
	never_called 'push reg.io/app:latest'
}
