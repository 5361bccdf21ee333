#!/usr/bin/env bats
# Which builds there are: an attempt, stages first, one build of all; and what is stored while one runs.
# shellcheck disable=SC2154 # here, bin: set in helper.bash; stderr: by run
load helper

# What BuildKit prints of the stage builder: a step, and that it was found in a cache or was run.
step='say #7 [builder 2/2] RUN make'
cached='lines #7 [builder 2/2] RUN make\n#7 CACHED' # at once, for what is not counts as run
ran="$step;say #7 DONE 1.0s"

nothing_found() { rule '*inspect *reg.io/*' 'warn ERROR: x: not found; exit 1'; }

@test "all in the image's own cache: no stage is built, the image is pushed and stored" {
	rule 'build *' "$cached;lines #8 [stage-1 2/2] COPY --from=builder /x /x\n#8 CACHED;say #9 exporting to image"
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	# all of it is from the cache, so the image has that whole, and is stored as it is
	same "$(builds)" <<<'build --build-arg BUILDKIT_INLINE_CACHE=1 --progress=plain -t reg.io/app:1 -t reg.io/app:main --cache-from reg.io/app@DIGEST .'
	pushed reg.io/app:1 reg.io/app:main reg.io/app:latest
	has "$output$stderr" '#9 exporting to image'
	[ "$(warnings)" -eq 0 ]
}

@test "an attempt that has to run something is stopped, and its output is not shown" {
	rule "$attempt" "tells;$step;wait"
	start docker-build-remote-cache reg.io/app:1
	[ "$docker_pid" = TERM ]
	ended 0
	lacks "$(cat ../out)" '[builder 2/2]' warning
	called 'build *--target builder -t reg.io/app:main-builder --cache-from *'
	called 'build --build-arg BUILDKIT_INLINE_CACHE=1 -t reg.io/app:1 --cache-from *'
	called 'push reg.io/app:builder'
	called 'push reg.io/app:1'
}

@test "an engine that cannot stop what has not begun is given the time to begin" {
	local since plugins='[{"Name":"buildx","Version":"v0.13.1"}]'
	rule 'info *' 'say {"client":{"Version":"26.1.5","Plugins":'"$plugins"'},"server":"26.1.5","store":[],"registry":{}}'
	rule "$attempt" "tells;ready;wait;lines #7 [builder 2/2] RUN make\\n#7 0.1 cc -c x.c\\n#8 [other 2/2] RUN make;wait"
	start docker-build-remote-cache reg.io/app:1
	since=${EPOCHREALTIME/[.,]/}
	go_on
	wait_ready
	[ "$docker_pid" = TERM ]
	[ $((${EPOCHREALTIME/[.,]/} - since)) -ge 500000 ]
	ended 0
	called 'build *--target builder -t reg.io/app:main-builder --cache-from *'
}

@test "a build in which BuildKit itself lost a step is run again" {
	local lost='failed to compute cache key: failed to get state for index 0 on [builder 5/6] COPY main .'
	stages_first
	rule 'build *--target builder -t *' "once lost; warn ERROR: failed to solve: $lost; exit 1"
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	has "$stderr" 'trying again' "$lost"
	[ "$(builds | grep -c -- '--target builder -t ')" -eq 2 ]
	pushed reg.io/app:{1,main,latest,builder,main-builder}
}

@test "a step that prints the same is not run again" {
	stages_first
	rule 'build *--target builder -t *' "say #9 0.1 ERROR: failed to solve: failed to get state for index 0; exit 3"
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 3 ]
	[ "$(builds | grep -c -- '--target builder -t ')" -eq 1 ]
}

@test "a step that ran is the end of an attempt, whatever its build comes to" {
	rule "$attempt" "tells;$ran;wait"
	start docker-build-remote-cache reg.io/app:1
	[ "$docker_pid" = TERM ]
	ended 0
	called 'build *--target builder -t reg.io/app:main-builder *'
}

@test "a step that is cached right behind its name does not end an attempt" {
	rule "$attempt" "$cached;ready;wait;say to-the-end"
	start docker-build-remote-cache reg.io/app:1
	go_on
	ended 0
	has "$(cat ../out)" to-the-end
	never_called 'build *--target builder*'
}

@test "a signal during an attempt: nothing else is built, nothing pushed" {
	rule 'build *' "$cached;ready;wait"
	start docker-build-remote-cache reg.io/app:1
	kill -TERM "$pid"
	ended 143
	[ "$(nr_builds)" -eq 1 ]
	never_called 'push *'
}

@test "a signal while a stage is built once more lets that go on: it is stored" {
	stages_first
	rule 'build *--target builder --progress=plain *' 'ready; wait; say once-more'
	start docker-build-remote-cache reg.io/app:1
	kill -TERM "$pid"
	go_on
	ended 143
	called 'push reg.io/app:main-builder'
	called 'push reg.io/app:builder'
	never_called 'build *=1 -t reg.io/app:1 *'
	never_called 'push reg.io/app:1'
	lacks "$(cat ../out)" once-more # it has nothing to show
}

@test "a signal while the image is built once more lets that go on too" {
	stages_first
	rule 'build *--progress=plain -t reg.io/app:main .' 'ready; wait; say once-more'
	start docker-build-remote-cache reg.io/app:1
	kill -TERM "$pid"
	go_on
	ended 143
	called 'push reg.io/app:main'
	called 'push reg.io/app:latest'
	lacks "$(cat ../out)" once-more
}

@test "an attempt that gets to its end copies other branches' stages to this one's" {
	branch feature/x
	rule '*inspect *reg.io/app:feature-x*' 'warn ERROR: x: not found; exit 1'
	dbrc reg.io/app:1
	called 'buildx imagetools create -t reg.io/app:feature-x-builder reg.io/app@sha256:*'
	never_called 'build *--target*'
	# one that cannot be copied is a warning
	: >"$FAKE/log"
	rule '*imagetools create*' 'warn denied: x; exit 1'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	[ "$(warnings)" -eq 1 ]
}

@test "options of the result alone: the attempt is another build than the image's" {
	dbrc reg.io/app:1 --label a=b .
	same "$(builds)" <<-'END'
		build --build-arg BUILDKIT_INLINE_CACHE=1 --progress=plain -t reg.io/app:main --cache-from reg.io/app@DIGEST .
		build --build-arg BUILDKIT_INLINE_CACHE=1 -t reg.io/app:1 --cache-from reg.io/app@DIGEST --label a=b .
		build --build-arg BUILDKIT_INLINE_CACHE=1 --progress=plain -t reg.io/app:main .
	END
	in_order 'build *--progress=plain -t reg.io/app:main .' 'push reg.io/app:main'
}

@test "--progress=tty, -q, --no-cache-filter: no attempt" {
	local o
	for o in --progress=tty -q --no-cache-filter=builder; do
		: >"$FAKE/log"
		dbrc reg.io/app:1 $o
		# the stage and the image, and both once more
		same "$(builds | grep -o -- '-t .*')" <<-'END'
			-t reg.io/app:main-builder --cache-from reg.io/app@DIGEST .
			-t reg.io/app:main-builder .
			-t reg.io/app:1 --cache-from reg.io/app@DIGEST .
			-t reg.io/app:main .
		END
	done
}

# One build of all, which finishes its first stage, tells, and waits. Waits until that stage has been
# pushed under both its names.
one_build() { # ACTIONS of the build behind that
	nothing_found
	rule 'build *-t reg.io/app:1*' "$ran;wait;$1"
	rule 'push reg.io/app:builder' ready
	start docker-build-remote-cache reg.io/app:1
}

@test "nothing found: one build of all, and a stage is stored while that still runs" {
	one_build 'say to-the-end'
	called 'push reg.io/app:main-builder'
	never_called 'push reg.io/app:1'
	lacks "$(cat ../out)" to-the-end
	go_on
	ended 0
	same "$(builds)" <<-'END'
		build --build-arg BUILDKIT_INLINE_CACHE=1 -t reg.io/app:1 .
		build --build-arg BUILDKIT_INLINE_CACHE=1 --target builder --progress=plain -t reg.io/app:main-builder .
	END
	has "$(cat ../out)" to-the-end
	called 'push reg.io/app:1'
	called 'push reg.io/app:latest'
}

@test "that build fails afterwards: the stage is stored, the status is the build's" {
	one_build 'exit 7'
	go_on
	ended 7
	lacks "$(cat ../out)" warning
	never_called 'push reg.io/app:1'
	never_called 'push reg.io/app:main'
	[ "$(nr_builds)" -eq 2 ]
}

@test "a signal afterwards: the stage is stored, and the signal died of" {
	one_build 'exit 7'
	kill -TERM "$pid"
	ended 143
	never_called 'push reg.io/app:1'
	never_called 'push reg.io/app:main'
}

@test "a signal while a stage is stored out of a build lets that go on" {
	nothing_found
	rule 'build *-t reg.io/app:1*' "tells;$ran;wait"
	rule 'build *--target builder*' 'ready; wait'
	start docker-build-remote-cache reg.io/app:1
	kill -TERM "$pid"
	wait_ready
	[ "$docker_pid" = TERM ]
	go_on
	ended 143
	called 'push reg.io/app:main-builder'
	called 'push reg.io/app:builder'
	never_called 'push reg.io/app:1'
}

@test "a build that fails before the stage is finished: it is not stored" {
	nothing_found
	rule 'build *' "$step;exit 7"
	run -7 --separate-stderr dbrc reg.io/app:1
	[ "$(nr_builds)" -eq 1 ]
	never_called 'push *'
	[ "$(warnings)" -eq 0 ]
}

@test "a signal before the stage is finished: it is not stored" {
	nothing_found
	rule 'build *' "$step;ready;wait"
	start docker-build-remote-cache reg.io/app:1
	kill -TERM "$pid"
	ended 143
	[ "$(nr_builds)" -eq 1 ]
	never_called 'push *'
}

@test "a stage that would have to be run again is tried once more when the build has ended" {
	nothing_found
	rule 'build *-t reg.io/app:1*' "$ran;wait"
	# SIGTERM in the middle, then it is all there
	rule 'build *--target builder*' "once tried;tells;$step;wait"
	start docker-build-remote-cache reg.io/app:1
	[ "$docker_pid" = TERM ]
	never_called 'push *'
	go_on
	ended 0
	[ "$(grep -c 'target builder' "$FAKE/log")" -eq 2 ]
	called 'push reg.io/app:main-builder'
	lacks "$(cat ../out)" warning
}

@test "a build that fails and says nothing of stages: they are tried, and that is not said" {
	nothing_found
	rule 'build *' 'warn ERROR: failed to solve: base:1: not found; exit 7'
	run -7 --separate-stderr dbrc reg.io/app:1
	[ "$(grep -c 'failed to solve' <<<"$stderr")" -eq 1 ]
	[ "$(warnings)" -eq 0 ]
	never_called 'push *'
}

@test "a stage with a mount that stays is stored if it was seen to be finished, and else not tried" {
	sed -i 's/^RUN/RUN --mount=type=cache,target=\/c/' Dockerfile
	nothing_found
	rule 'build *-t reg.io/app:1*' "$ran;exit 7"
	run dbrc reg.io/app:1
	[ "$status" -eq 7 ]
	called 'push reg.io/app:main-builder'
	: >"$FAKE/log"
	: >"$FAKE/rules"
	nothing_found
	rule 'build *-t reg.io/app:1*' 'exit 7'
	run dbrc reg.io/app:1 -q
	[ "$status" -eq 7 ]
	[ "$(nr_builds)" -eq 1 ]
	: >"$FAKE/rules"
	nothing_found
	dbrc reg.io/app:1
	called 'push reg.io/app:main-builder'
}

@test "one job at a time: the same, one after the other" {
	nothing_found
	rule 'build *-t reg.io/app:1*' "$ran;ready;wait"
	start docker-build-remote-cache reg.io/app:1 --jobs 1
	[ "$(nr_builds)" -eq 1 ]
	go_on
	ended 0
	same "$(builds)" <<-'END'
		build --build-arg BUILDKIT_INLINE_CACHE=1 -t reg.io/app:1 .
		build --build-arg BUILDKIT_INLINE_CACHE=1 --target builder --progress=plain -t reg.io/app:main-builder .
	END
	same_set "$(calls | grep -vE '^build|inspect')" < <(stores)
}

# The words of an exported cache.
to() { # TAG
	echo "--cache-to type=registry,ref=reg.io/app:$1,mode=max,ignore-error=true,image-manifest=true,oci-mediatypes=true"
}

# The build that exports the cache of all.
export='build *--output type=cacheonly *--cache-to *'

@test "a containerd image store: one build, and one behind it that exports the cache of all" {
	echo containerd >"$FAKE/builder"
	rule '*inspect *reg.io/app:*builder.cache' 'warn ERROR: x: not found; exit 1'
	rule 'build *-t reg.io/app:1*' "$ran"
	dbrc reg.io/app:1
	called '*inspect *reg.io/app:main.cache'
	called "build --build-arg BUILDKIT_INLINE_CACHE=1 -t reg.io/app:1 -t reg.io/app:main -t reg.io/app:latest --cache-from type=registry,ref=reg.io/app@sha256:* --push ."
	called "build --build-arg BUILDKIT_INLINE_CACHE=1 --progress=plain --output type=cacheonly --cache-from type=registry,ref=reg.io/app@sha256:* $(to main.cache) $(to latest.cache) ."
	[ "$(nr_builds)" -eq 2 ] # which have all of the stage, and have pushed all there is to push
	never_called 'push *'
	never_called 'tag *'
}

# A containerd image store, and nothing in the registry.
empty_registry() {
	echo containerd >"$FAKE/builder"
	rule '*inspect *' 'warn no such manifest: x; exit 1'
}

# The same, but what is left of a run that failed: a stage's own cache.
only_stage() {
	rule '*inspect *:main-builder.cache' 'say x'
	empty_registry
}

@test "a containerd image store: so it is where there was no cache" {
	empty_registry
	rule 'build *-t reg.io/app:1*' "$ran"
	dbrc reg.io/app:1
	called "build --build-arg BUILDKIT_INLINE_CACHE=1 -t reg.io/app:1 -t reg.io/app:main -t reg.io/app:latest --push ."
	called "build --build-arg BUILDKIT_INLINE_CACHE=1 --progress=plain --output type=cacheonly $(to main.cache) $(to latest.cache) ."
	[ "$(nr_builds)" -eq 2 ]
	never_called 'push *'
}

@test "a containerd image store before Docker 28: by itself where there was a cache, which it would lose" {
	rule 'info *' 'say {"client":{"Version":"26.1.5","Plugins":[{"Name":"buildx"}]},"server":"26.1.5","store":[["driver-type","io.containerd.snapshotter.v1"]]}'
	rule 'build *-t reg.io/app:1*' "$ran"
	dbrc reg.io/app:1
	called "build *-t reg.io/app:1 --cache-from type=registry,ref=reg.io/app@sha256:* $(to main.cache) $(to latest.cache) ."
	[ "$(nr_builds)" -eq 1 ]
	: >"$FAKE/log"
	rule '*inspect *' 'warn no such manifest: x; exit 1'
	dbrc reg.io/app:1
	never_called 'build *-t reg.io/app:1 *--cache-to *'
	called "$export"
}

# All that was built was in the cache; "#9 exporting": all steps have ended.
hit='lines #7 [builder 2/2] RUN make\n#7 CACHED\n#8 [stage-1 2/2] COPY x y\n#8 CACHED\n#9 exporting to image'

@test "a containerd image store: beside the rest of the image's build, which may fetch layers yet, where nothing ran" {
	only_stage
	rule 'build *-t reg.io/app:1*' "$hit;wait"
	rule "$export" 'ready'
	start docker-build-remote-cache reg.io/app:1
	[ "$(nr_builds)" -eq 2 ]
	go_on
	ended 0
	[ "$(nr_builds)" -eq 2 ]
}

@test "a containerd image store: behind it where something did; by it where that cannot be seen" {
	echo containerd >"$FAKE/builder"
	rule 'build *-t reg.io/app:1*' "${hit/COPY x y\\n#8 CACHED/COPY x y\\n#8 DONE 0.1s};ready;wait"
	start docker-build-remote-cache reg.io/app:1
	[ "$(nr_builds)" -eq 1 ]
	go_on
	ended 0
	called "$export"
	[ "$(nr_builds)" -eq 2 ]
	: >"$FAKE/log"
	: >"$FAKE/rules"
	empty_registry
	dbrc reg.io/app:1 -q # by the image's build itself
	called "build -q *-t reg.io/app:1 *--cache-to *"
	[ "$(nr_builds)" -eq 1 ]
}

@test "a containerd image store: not before the layers have been pushed, though" {
	empty_registry
	rule 'build *-t reg.io/app:1*' "$ran;say #9 exporting to image;say #9 pushing manifest for reg.io/app:1@sha256:0;wait"
	rule "$export" 'ready'
	start docker-build-remote-cache reg.io/app:1
	go_on
	ended 0
}

@test "a containerd image store: an export that has something to run is ended, and tried again" {
	only_stage
	rule 'build *-t reg.io/app:1*' "$hit;wait"
	rule "$export" 'once first;tells;lines #7 [builder 2/2] RUN make\n#8 [internal] x;wait forever'
	mkfifo "$FAKE/forever"
	exec 9<>"$FAKE/forever"
	start docker-build-remote-cache reg.io/app:1
	[ "$docker_pid" = TERM ]
	[ "$(nr_builds)" -eq 2 ]
	go_on # what has built its steps ends
	ended 0
	[ "$(nr_builds)" -eq 3 ]
	[ "$(grep -c warning ../out)" -eq 0 ]
	exec 9<&-
}

@test "a containerd image store: what can be stored of a cache that cannot be exported without running anything" {
	empty_registry
	rule 'build *-t reg.io/app:1*' 'lines #7 [builder 2/2] RUN make\n#7 DONE 5.0s\n#8 [stage-1 2/2] COPY x y\n#8 DONE 0.1s\n#9 exporting to image'
	rule 'build *-f - *' 'lines #7 [builder 2/2] RUN make\n#7 CACHED'
	rule "$export" 'lines #6 [stage-1 2/2] COPY x y\n#8 [internal] x;wait'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	[ "$(grep -c 'ref=reg.io/app:main.cache,' "$FAKE/log")" -eq 3 ] # tries
	called 'build *-f - *ref=reg.io/app:main-builder.rescued.cache,*'
	has "$stderr" ':: builder: 2 of 2 steps stored as reg.io/app:main-builder.rescued.cache'
	has "$stderr" '::   stored: reg.io/app:main reg.io/app:latest reg.io/app:main-builder.rescued.cache'
}

@test "a containerd image store: an export of the user's is not taken for ours" {
	empty_registry
	rule 'build *-t reg.io/app:1*' "$ran;say #9 exporting cache to client directory;say #9 DONE 0.1s"
	rule "$export" 'say #9 exporting cache to registry;say #9 ERROR: denied: quota exceeded'
	dbrc reg.io/app:1 --cache-to type=local,dest=x --report ../report
	called 'build *-t reg.io/app:1* --cache-to type=local,dest=x *'
	[[ $(cat ../report) == *'"stored":["reg.io/app:main","reg.io/app:latest"]'* ]]
}

@test "a containerd image store: what is all built is exported, though it is cancelled then" {
	empty_registry
	rule 'build *-t reg.io/app:1*' "$ran;say #9 exporting to image;ready;wait"
	start docker-build-remote-cache reg.io/app:1
	kill -TERM "$pid"
	ended 143
	called "$export"
}

@test "a containerd image store: of a build that fails no cache of all is exported" {
	empty_registry
	rule 'build *-t reg.io/app:1*' "$ran;exit 9"
	run dbrc reg.io/app:1
	[ "$status" -eq 9 ]
	never_called 'build *ref=reg.io/app:main.cache,*'
}

unpushed='warn ERROR: failed to build: failed to solve: failed to push reg.io/app:latest: denied; exit 1'

@test "a containerd image store: what the build could not push is pushed name by name" {
	echo containerd >"$FAKE/builder"
	rule 'build *--push *' "$ran;$unpushed"
	rule 'push reg.io/app:latest' 'warn denied: requested access to the resource is denied; exit 1'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	has "$stderr" ":: The image is built; push of 'reg.io/app:1' failed: no access" 'pushing each of its names by itself'
	called "build *--progress=plain -t reg.io/app:1 --cache-from type=registry,ref=reg.io/app@sha256:* ."
	called "build *--output type=cacheonly *$(to main.cache) $(to latest.cache) ."
	pushed reg.io/app:1 reg.io/app:main reg.io/app:latest
	[ "$(warnings)" -eq 1 ]
}

@test "a containerd image store: the image that nobody can push has docker push's status" {
	echo containerd >"$FAKE/builder"
	rule 'build *--push *' "$ran;$unpushed"
	rule 'push reg.io/app:1' 'warn denied: requested access to the resource is denied; exit 5'
	run dbrc reg.io/app:1
	[ "$status" -eq 5 ]
	pushed reg.io/app:1 reg.io/app:main reg.io/app:latest
}

@test "a containerd image store: only docker's last word tells that it could not push" {
	echo containerd >"$FAKE/builder"
	rule 'build *--push *' "lines #8 [builder 2/2] RUN x\n#8 1.0 ERROR: failed to solve: failed to push reg.io/app:1: x\n#8 ERROR: exit code 7;exit 7"
	run dbrc reg.io/app:1
	[ "$status" -eq 7 ]
	never_called 'push *'
}

@test "a containerd image store: two builds give one name at once: no failure, and nothing is built anew" {
	echo containerd >"$FAKE/builder"
	local taken='warn ERROR: failed to build: failed to solve: image "reg.io/app:main": already exists;exit 1'
	rule 'build *--push *' "$ran;$taken"
	run --separate-stderr dbrc reg.io/app:1 --no-cache --retries 0
	[ "$status" -eq 0 ]
	has "$stderr" 'another build was naming the same image'
	[ "$(grep -c -- '^build .*--no-cache' "$FAKE/log")" -eq 1 ]
	pushed reg.io/app:1 reg.io/app:main reg.io/app:latest
	[ "$(warnings)" -eq 0 ]
	# one that does not push is tried again
	: >"$FAKE/log"
	rule 'build *' "once taken;$taken"
	run --separate-stderr dbrc -t reg.io/app:1 --cache-read-only .
	[ "$status" -eq 0 ]
	has "$stderr" 'trying again'
}

@test "a containerd image store: a build that stores nothing pushes the image alone" {
	echo containerd >"$FAKE/builder"
	dbrc reg.io/app:1 --cache-read-only
	called 'build --build-arg BUILDKIT_INLINE_CACHE=1 -t reg.io/app:1 --cache-from * --push .'
	never_called '*reg.io/app:main *'
}

@test "a containerd image store: what is not pushed, or not read, is not pushed by the build" {
	echo containerd >"$FAKE/builder"
	local args
	for args in 'reg.io/app:1 --push=false' '-t reg.io/app:1 .' 'reg.io/app:1 -q' 'reg.io/app:1 --progress=rawjson' \
		'reg.io/app:1 --load' 'reg.io/app:1 --output type=image' 'reg.io/app:1 --metadata-file ../meta'; do
		: >"$FAKE/log"
		# shellcheck disable=SC2086 # words
		dbrc $args
		never_called 'build *--push *'
	done
	BUILDKIT_PROGRESS=quiet dbrc reg.io/app:1
	never_called 'build *--push *'
	# before 28 it is not known to work
	rule 'info *' 'say {"client":{"Version":"27.5.1","Plugins":[{"Name":"buildx","Version":"v0.29.1"}]},"server":"27.5.1","store":[["driver-type","io.containerd.snapshotter.v1"]]}'
	dbrc reg.io/app:1
	never_called 'build *--push *'
}

@test "a containerd image store: of a build that fails each stage that it has finished is stored" {
	echo containerd >"$FAKE/builder"
	rule '*inspect *reg.io/app:*builder.cache' 'warn ERROR: x: not found; exit 1'
	rule 'build *-t reg.io/app:1*' "$ran;exit 7"
	run dbrc reg.io/app:1
	[ "$status" -eq 7 ]
	called "build *--target builder --progress=plain --provenance=false --output 'type=image,\"name=reg.io/app:main-builder,reg.io/app:builder\",push=true,store=false' $(to main-builder.cache) $(to builder.cache) ."
	[ "$(nr_builds)" -eq 2 ]
	never_called 'push *'
}

@test "exported caches of stages are sources too; images of another builder where there is none" {
	rule '*inspect *reg.io/app:main.cache' 'warn ERROR: x: not found; exit 1'
	rule '*inspect *reg.io/app:latest.cache' 'warn ERROR: x: not found; exit 1'
	dbrc reg.io/app:1 --cache-mode registry
	called '*inspect *reg.io/app:main'
	called 'build *-t reg.io/app:1 --cache-from reg.io/app@sha256:* --cache-from type=registry,ref=reg.io/app@sha256:* .'
	called 'build *cacheonly --cache-from reg.io/app@sha256:* --cache-from type=registry,ref=reg.io/app@sha256:* --cache-to *'
	: >"$FAKE/log"
	rule '*inspect *.cache' 'warn ERROR: x: not found; exit 1'
	dbrc reg.io/app:1 --cache-mode registry
	called 'build *--target builder *--output *--cache-from reg.io/app@sha256:*'
}

@test "an export that fails is one warning, and the build is well" {
	echo containerd >"$FAKE/builder"
	local fails='say #9 exporting cache to registry;say #9 ERROR: error writing layer blob: failed to authorize: unauthorized'
	rule 'build *-t reg.io/app:1 * --cache-to *' "$fails"
	rule "$export" "$fails" # where it is apart
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	[ "$(warnings)" -eq 1 ]
	has "$stderr" unauthorized
	called 'build *--push *'
	never_called 'push *'
	empty_registry
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	[ "$(warnings)" -eq 1 ]
	called "$export"
}

@test "a stage that is all in the exported cache already is not stored once more" {
	echo containerd >"$FAKE/builder"
	rule 'build *-t reg.io/app:1*' "lines #8 [stage-1 2/2] COPY --from=builder /x /x\n#8 CACHED;say #9 exporting to image"
	dbrc reg.io/app:1
	[ "$(nr_builds)" -eq 2 ]
	never_called 'build *--target *'
}

@test "a remote builder pushes the image itself" {
	dbrc reg.io/app:1 --builder r
	called 'buildx inspect r'
	called 'build --builder r *-t reg.io/app:1 *--cache-to * --push .'
	never_called 'push *'
	never_called 'tag *'
	# what is stored as an image is pushed by it too
	called "build *--output 'type=image,\"name=reg.io/app:main,reg.io/app:latest\",push=true,store=false' *"
}

@test "a remote builder needs no engine" {
	# docker tells of itself all the same
	rule 'info *' 'say {"client":{"Version":"28.5.2","Plugins":[{"Name":"buildx"}]}};warn Cannot connect to the Docker daemon at unix:///var/run/docker.sock.; exit 1'
	run --separate-stderr dbrc reg.io/app:1 --builder r
	[ "$status" -eq 0 ]
	called '*inspect *reg.io/app:main.cache'
	called 'build --builder r *-t reg.io/app:1 *--cache-from type=registry,* --push .'
	never_called --version
	[ "$(warnings)" -eq 0 ]
}

@test "so it does where the environment names it, and only if it is asked for in place of docker build" {
	export BUILDX_BUILDER=r
	dbrc reg.io/app:1
	called 'buildx inspect r'
	called 'build *-t reg.io/app:1 * --push .'
	: >"$FAKE/log"
	dbrc -t reg.io/app:1 .
	called 'buildx inspect r'
	never_called 'build * --push*'
	never_called 'push *'
}

@test "no builder is asked for where none is named" {
	dbrc reg.io/app:1
	never_called 'buildx inspect *'
}

@test "a client before 23.0 builds as it would, whatever BUILDX_BUILDER says" {
	rule 'info *' 'say {"client":{"Plugins":[{"Name":"buildx"}]},"server":"20.10.24"}'
	rule 'build --help' 'say Usage:  docker build;say --secret'
	BUILDX_BUILDER=r run dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	never_called 'build *--cache-to*'
	never_called 'build *--push*'
}

@test "an export that fails is copied nowhere" {
	echo containerd >"$FAKE/builder"
	rule 'info *' 'say {"client":{"Version":"28.5.2","Plugins":[{"Name":"buildx","Version":"v0.29.1"}]},"server":"28.5.2","store":[["driver-type","io.containerd.snapshotter.v1"]]}'
	rule 'build *-t reg.io/app:1*' "$ran"
	rule "$export" 'say #9 exporting cache to registry;say #9 ERROR: denied: quota exceeded'
	run dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	called "$export"
	never_called '*imagetools create*'
	: >"$FAKE/log"
	: >"$FAKE/rules"
	rule 'info *' 'say {"client":{"Version":"28.5.2","Plugins":[{"Name":"buildx","Version":"v0.29.1"}]},"server":"28.5.2","store":[["driver-type","io.containerd.snapshotter.v1"]]}'
	rule 'build *-t reg.io/app:1*' "$ran"
	run dbrc reg.io/app:1
	called '*imagetools create --prefer-index=false -t reg.io/app:latest.cache reg.io/app:main.cache'
	called '*imagetools create --prefer-index=false -t reg.io/app:main-builder.cache reg.io/app:main.cache'
}

@test "images of another builder, and a registry that takes nothing: the image is built all the same" {
	echo containerd >"$FAKE/builder"
	rule '*inspect *.cache' 'warn ERROR: x: not found; exit 1'
	rule 'build *push=true*' 'warn ERROR: denied: requested access to the resource is denied; exit 1'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	called 'build *--target builder --output type=cacheonly *'
	called 'build *-t reg.io/app:1 *'
	[ "$(warnings)" -ge 1 ]
}

@test "what is built once more never gets one of the image's own names" {
	stages_first
	dbrc -t reg.io/app:main -t reg.io/app:x --cache-branch main --push .
	[ "$(grep -cE '^build .*-t reg.io/app:main( |$)' "$FAKE/log")" -eq 2 ] # the attempt, and the image
	called 'build *--progress=plain -t reg.io/app:latest .'
}

@test "with -q nothing that has to run something is let run after a failure" {
	nothing_found
	rule 'build *--target builder*' "$step;wait"
	rule 'build *-t reg.io/app:1*' 'exit 7'
	run dbrc reg.io/app:1 -q
	[ "$status" -eq 7 ]
	never_called 'push *'
	called 'build *--target builder --progress=plain *'
	never_called 'build * -q *--target builder*'
}

@test "a fork's pull request pushes nothing, whatever the options say" {
	export CIRCLECI=true CIRCLE_BRANCH=pull/7 CIRCLE_PR_NUMBER=7 CIRCLE_PR_USERNAME=else
	nothing_found
	dbrc reg.io/app:1 --output type=registry --cache-to type=registry,ref=reg.io/app:c .
	called 'build *--output type=image *'
	never_called '*--cache-to*'
	never_called '*type=registry *'
	: >"$FAKE/log"
	dbrc -t app:1 -t reg.io/app:2 --push .
	never_called 'push *'
	never_called '*--push*'
	: >"$FAKE/log"
	dbrc app:1
	never_called 'push *'
}

@test "a --cache-to of one's own: a tag's build keeps it, --cache-read-only does not" {
	local mine='type=registry,ref=reg.io/app:mine'
	nothing_found
	env CIRCLECI=true CIRCLE_TAG=v1 docker-build-remote-cache reg.io/app:1 --cache-to "$mine"
	called "build *--cache-to $mine *"
	pushed reg.io/app:1
	: >"$FAKE/log"
	dbrc reg.io/app:1 --cache-read-only --cache-to "$mine"
	never_called '*--cache-to*'
	pushed reg.io/app:1
}
