#!/usr/bin/env bats
# What docker is called with.
# shellcheck disable=SC2154 # here, bin: set in helper.bash; stderr: by run
load helper

@test "BuildKit: looks up, builds each stage with its own cache, stores, pushes" {
	stages_first
	dbrc reg.io/app:1
	same_set "$(calls | sed 's/sha256:0*7/DIGEST/')" <<-'END'
		buildx imagetools inspect reg.io/app:main-builder
		buildx imagetools inspect reg.io/app:main
		buildx imagetools inspect reg.io/app:main-builder.rescued
		buildx imagetools inspect reg.io/app:main.rescued
		build --build-arg BUILDKIT_INLINE_CACHE=1 --progress=plain -t reg.io/app:1 -t reg.io/app:main --cache-from reg.io/app@DIGEST .
		build --build-arg BUILDKIT_INLINE_CACHE=1 --target builder -t reg.io/app:main-builder --cache-from reg.io/app@DIGEST .
		build --build-arg BUILDKIT_INLINE_CACHE=1 --target builder --progress=plain -t reg.io/app:main-builder .
		build --build-arg BUILDKIT_INLINE_CACHE=1 -t reg.io/app:1 --cache-from reg.io/app@DIGEST .
		build --build-arg BUILDKIT_INLINE_CACHE=1 --progress=plain -t reg.io/app:main .
		push reg.io/app:main-builder
		tag reg.io/app:main-builder reg.io/app:builder
		push reg.io/app:builder
		push reg.io/app:1
		push reg.io/app:main
		tag reg.io/app:main reg.io/app:latest
		push reg.io/app:latest
	END
	# what is stored is the image that was built once more, from the builder's own cache
	in_order "$attempt" 'build *--target builder -t *' 'build *--target builder --progress=plain -t *' \
		'push reg.io/app:main-builder' 'push reg.io/app:builder'
	in_order 'build *--target builder --progress=plain -t *' 'build *=1 -t reg.io/app:1 --cache-from *' \
		'build *--progress=plain -t reg.io/app:main .' 'push reg.io/app:main'
}

@test "nothing is built once more where nothing was found, nor where nothing is stored" {
	rule '*inspect *reg.io/app:*builder' 'warn ERROR: x: not found; exit 1'
	rule "$attempt" 'exit 1'
	dbrc reg.io/app:1 --cache-read-only
	never_called 'build *--progress=plain -t reg.io/app:main*'
	: >"$FAKE/log"
	: >"$FAKE/rules"
	rule '*inspect *' 'warn ERROR: x: not found; exit 1'
	dbrc reg.io/app:1
	same "$(builds | grep -v -- '--target builder')" <<<'build --build-arg BUILDKIT_INLINE_CACHE=1 -t reg.io/app:1 .'
	called 'tag reg.io/app:1 reg.io/app:main'
}

@test "legacy builder: pulls, builds with what was pulled and built, stores, pushes" {
	legacy
	dbrc reg.io/app:1
	same_set "$(calls)" <<-END
		pull reg.io/app:main-builder
		pull reg.io/app:main
		pull reg.io/app:main-builder.rescued
		pull reg.io/app:main.rescued
		build --target builder -t reg.io/app:main-builder --cache-from reg.io/app:main-builder .
		build -t reg.io/app:1 --cache-from reg.io/app:main-builder --cache-from reg.io/app:main .
		$(stores)
	END
}

@test "docker is told which builder to use" {
	rule 'build *' 'env DOCKER_BUILDKIT'
	run dbrc reg.io/app
	has "$output" DOCKER_BUILDKIT=1
	DOCKER_BUILDKIT=0 run dbrc reg.io/app
	has "$output" DOCKER_BUILDKIT=0
	run dbrc reg.io/app --cache-mode pull
	has "$output" DOCKER_BUILDKIT=0
	DOCKER_BUILDKIT=perhaps run dbrc reg.io/app
	has "$output" DOCKER_BUILDKIT=perhaps # docker's to refuse
}

@test "a client before 23 is asked by its help" {
	rule 'info *' 'say {"client":{},"server":"20.10.24"}'
	rule 'build --help' 'say Usage: docker build --secret'
	dbrc reg.io/app
	called 'manifest inspect -v reg.io/app:main-builder'
	: >"$FAKE/log"
	sed -i 's/ --secret//' "$FAKE/rules"
	dbrc reg.io/app
	called 'pull reg.io/app:main-builder'
}

@test "a new branch falls back to the default branch's cache" {
	stages_first
	branch feature/x
	rule '*inspect *reg.io/app:feature-x*' 'warn ERROR: reg.io/app: not found; exit 1'
	run dbrc reg.io/app:1
	has "$output" "Cache of builder: reg.io/app:main-builder"
	called 'build *--target builder -t reg.io/app:feature-x-builder --cache-from reg.io/app@sha256:*'
	called 'push reg.io/app:feature-x-builder'
	never_called 'push reg.io/app:main*'
	never_called 'push reg.io/app:builder'
	never_called 'push reg.io/app:latest'
}

@test "legacy: a fallback is pulled only where the better one is not there" {
	legacy
	branch feature/x
	rule 'pull reg.io/app:feature-x-builder' 'warn manifest unknown: manifest unknown; exit 1'
	run dbrc reg.io/app:1
	lacks "$output" "manifest unknown" warning
	called 'pull reg.io/app:main-builder'
	never_called 'pull reg.io/app:builder'
	never_called 'pull reg.io/app:main'
	called 'build *-t reg.io/app:1 --cache-from reg.io/app:feature-x-builder --cache-from reg.io/app:feature-x .'
}

@test "no cache at all: no --cache-from, and one line for each stage says what was looked for" {
	for b in buildkit legacy; do
		echo "$b" >"$FAKE/builder"
		: >"$FAKE/log"
		rule '*inspect*' 'warn ERROR: x: not found; exit 1'
		rule 'pull *' 'warn manifest unknown; exit 1'
		run dbrc reg.io/app:1
		[ "$status" -eq 0 ]
		has "$output" ":: Cache of builder: none (looked for reg.io/app:main-builder reg.io/app:builder)"
		never_called 'build *--cache-from*'
	done
}

@test "docker's options go to every build, those about the result to the last one only" {
	stages_first
	dbrc reg.io/app:1 --build-arg A=b --network=host -f Dockerfile --label x=y --iidfile id -m 1g .
	called 'build --build-arg A=b --network=host -m 1g *--target builder *'
	called 'build --build-arg A=b --network=host -m 1g *-t reg.io/app:1 *--label x=y --iidfile id .'
	never_called 'build *--target builder *--label*'
	never_called 'build *--target builder *--iidfile*'
}

@test "a port is not a tag" {
	stages_first
	dbrc localhost:5000/app
	called 'build *-t localhost:5000/app *'
	called 'push localhost:5000/app:latest'
	called 'push localhost:5000/app:main-builder'
}

@test "further -t are tags of the final image and pushed with it" {
	dbrc reg.io/app:1 -t reg.io/app:2 .
	called 'build *-t reg.io/app:1 -t reg.io/app:2 *'
	called 'push reg.io/app:2'
}

@test "the drop-in form stores the cache, and pushes the image only when asked" {
	stages_first
	dbrc -t reg.io/app:1 .
	called 'push reg.io/app:main-builder'
	called 'push reg.io/app:main'
	never_called 'push reg.io/app:1'
	: >"$FAKE/log"
	dbrc -t reg.io/app:1 --push .
	called 'push reg.io/app:1'
	: >"$FAKE/log"
	dbrc reg.io/app:1 --push=false
	never_called 'push reg.io/app:1'
	called 'push reg.io/app:main'
}

@test "read-only loads and stores nothing; the image is pushed" {
	dbrc reg.io/app:1 --cache-read-only
	called '*inspect *reg.io/app:main-builder'
	pushed reg.io/app:1
}

@test "three stages in a chain, and one that is not needed" {
	stages_first
	printf '%s\n' 'FROM base:1 AS deps' 'RUN a' 'FROM deps AS Build' 'RUN b' 'FROM base:1 AS extra' \
		'FROM base:1' 'COPY --from=build /x /' >Dockerfile
	dbrc reg.io/app:1
	called 'build *--target deps -t reg.io/app:main-deps *'
	called 'build *--target build -t reg.io/app:main-build *'
	never_called '*extra*'
	# a stage is built after the one it is made from, and after that has been built once more
	in_order 'build *--target deps -t *' 'build *--target deps --progress=plain -t *' 'build *--target build -t *'
}

@test "--cache-stage chooses, in any case" {
	stages_first
	printf '%s\n' 'FROM base:1 AS one' 'FROM base:1 AS two' 'FROM base:1' \
		'COPY --from=one /x /' 'COPY --from=two /y /' >Dockerfile
	dbrc reg.io/app:1 --cache-stage TWO
	called 'build *--target two *'
	never_called 'build *--target one *'
}

@test "what is no Dockerfile to us is built in one cached build" {
	echo 'this is for another frontend' >Dockerfile
	dbrc reg.io/app:1
	called 'build --build-arg BUILDKIT_INLINE_CACHE=1 -t reg.io/app:1 --cache-from *'
	never_called 'build *--target*'
	: >"$FAKE/log"
	dbrc reg.io/app:1 https://example.org/x.git
	called 'build *-t reg.io/app:1 *https://example.org/x.git'
	never_called 'build *--target*'
}

@test "a question to docker goes to docker alone" {
	dbrc reg.io/app:1 --check --build-arg A=b .
	same "$(calls)" <<<'build -t reg.io/app:1 . --check --build-arg A=b'
}

@test "--no-cache builds everything anew, once" {
	dbrc reg.io/app:1 --no-cache
	never_called '*inspect*'
	same "$(builds)" <<-'END'
		build --build-arg BUILDKIT_INLINE_CACHE=1 --no-cache -t reg.io/app:1 .
		build --build-arg BUILDKIT_INLINE_CACHE=1 --target builder --progress=plain -t reg.io/app:main-builder .
	END
	legacy
	: >"$FAKE/log"
	dbrc reg.io/app:1 --no-cache
	never_called 'pull *'
	same "$(builds)" <<-'END'
		build --target builder --no-cache -t reg.io/app:main-builder .
		build -t reg.io/app:1 --cache-from reg.io/app:main-builder .
	END
}

@test "branches of CI systems: a pull request is its own branch, then its target" {
	branch other
	rule '*inspect*' 'warn ERROR: x: not found; exit 1'
	GITHUB_ACTIONS=true GITHUB_HEAD_REF=fix GITHUB_BASE_REF=dev GITHUB_REF_NAME=1/merge dbrc reg.io/app:1
	same_set "$(calls | grep 'inspect.*builder')" <<-'END'
		buildx imagetools inspect reg.io/app:fix-builder
		buildx imagetools inspect reg.io/app:dev-builder
		buildx imagetools inspect reg.io/app:main-builder
		buildx imagetools inspect reg.io/app:master-builder
		buildx imagetools inspect reg.io/app:builder
		buildx imagetools inspect reg.io/app:fix-builder.rescued
	END
	: >"$FAKE/log"
	GITLAB_CI=true CI_COMMIT_BRANCH=dev CI_DEFAULT_BRANCH=dev dbrc reg.io/app:1
	called 'push reg.io/app:dev-builder'
	called 'push reg.io/app:builder'
	: >"$FAKE/log"
	CIRCLECI=true CIRCLE_BRANCH=feature/y dbrc reg.io/app:1
	called 'push reg.io/app:feature-y-builder'
}

@test "no branch: unprefixed tags only, and it says so" {
	stages_first
	echo 0123456789012345678901234567890123456789 >.git/HEAD
	run dbrc reg.io/app:1
	has "$output" "No branch known"
	pushed reg.io/app:1 reg.io/app:builder reg.io/app:latest
}

@test "the helpers are one step: pull-tag and tag-push" {
	docker-pull-tag reg.io/app:x app:y
	docker-pull-tag reg.io/app:x
	docker-tag-push app:y reg.io/app:z
	docker-tag-push reg.io/app:z
	same "$(calls)" <<-'END'
		pull reg.io/app:x
		tag reg.io/app:x app:y
		pull reg.io/app:x
		tag app:y reg.io/app:z
		push reg.io/app:z
		push reg.io/app:z
	END
	rule 'pull *' 'warn denied: x; exit 1'
	rule 'tag *' 'exit 3'
	run docker-pull-tag reg.io/app:x app:y
	[ "$status" -eq 1 ]
	run docker-tag-push app:y reg.io/app:z
	[ "$status" -eq 3 ]
	: >"$FAKE/log"
	run -0 docker-tag-push --dry-run app:y reg.io/app:z
	same "$output" <<<'docker tag app:y reg.io/app:z && docker push reg.io/app:z'
	[ ! -s "$FAKE/log" ]
}

@test "a dry run starts nothing, and needs no docker" {
	mkdir ../empty
	run --separate-stderr env PATH=../empty "$bin/docker-build-remote-cache" reg.io/app:1 --dry-run
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	has "$output" 'docker push reg.io/app:1'
	run --separate-stderr env PATH=../empty "$bin/docker-build-remote-cache" reg.io/app:1 --dry-run=json
	[ "$status" -eq 0 ]
	has "$output" '{"image":"reg.io/app:1",' '"mode":"inline"' '"kind":"build-stage"'
	[ ! -s "$FAKE/log" ]
}

@test "the commands of a dry run are those of the run" {
	dbrc reg.io/app:1 --dry-run >../plan
	sh ../plan
	calls | sed 's/ --cache-from [^ ]*//' | sort -u >../pasted
	: >"$FAKE/log"
	rule '*inspect*[!d]' 'exit 0' # but for what was rescued
	dbrc reg.io/app:1
	calls | sed 's/ --cache-from [^ ]*//' | sort -u | diff - ../pasted >&2
}

@test "so they are where the image's own cache has not all of it" {
	stages_first
	dbrc reg.io/app:1 --dry-run >../plan
	sh ../plan
	calls | sed 's/ --cache-from [^ ]*//' | sort -u >../pasted
	: >"$FAKE/log"
	dbrc reg.io/app:1
	calls | sed 's/ --cache-from [^ ]*//' | sort -u | diff - ../pasted >&2
}

@test "a stage that fails in a dry run's commands: the image is not built, whatever shell it is" {
	stages_first
	rule 'build *--target builder*' 'exit 3'
	dbrc reg.io/app:1 --dry-run >../plan
	for sh in 'sh -e' 'bash -e' sh bash; do
		: >"$FAKE/log"
		run $sh ../plan
		[ "$(nr_builds)" -eq 2 ]
		never_called 'push reg.io/app:*builder'
		[[ $sh != *-e ]] || {
			[ "$status" -eq 3 ]
			never_called 'push *'
		}
	done
}

@test "a Dockerfile in a dry run's commands is read by the build that it stands behind" {
	printf '%s\n' 'FROM base:1' 'RUN make' 'FROM base:2' 'COPY --from=0 /x /x' >Dockerfile
	rule 'build *--target stage-0*' stdin
	stages_first
	dbrc reg.io/app:1 --dry-run | sh -e
	# its build, and that once more
	[ "$(grep -c 'FROM base:1 AS stage-0' "$FAKE/stdin")" -eq 2 ]
	: >"$FAKE/stdin"
	dbrc reg.io/app:1 --dry-run --no-cache | sh -e
	[ "$(grep -c 'FROM base:1 AS stage-0' "$FAKE/stdin")" -eq 1 ]
}
