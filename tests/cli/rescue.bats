#!/usr/bin/env bats
# What is stored of a stage whose build fails, or is stopped.
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own
# shellcheck disable=SC2154 # here, bin: set in helper.bash; stderr: by run
load helper

nothing_found() { rule '*inspect *reg.io/*' 'warn ERROR: x: not found; exit 1'; }

three_steps() {
	printf '%s\n' 'FROM base:1 AS builder' 'COPY deps .' 'RUN make deps' 'COPY main .' 'RUN make' \
		'FROM base:1' 'COPY --from=builder /x /x' >Dockerfile
}

# On the containerd store, with a buildx that copies caches as they are.
copies_caches() {
	rule 'info *' 'say {"client":{"Version":"28.5.2","Plugins":[{"Name":"buildx","Version":"v0.29.1"}]},"server":"28.5.2","store":[["driver-type","io.containerd.snapshotter.v1"]]}'
}

# The build of all, which fails at the builder's last step, after so long.
fails_after() { # SECONDS [ENDS]
	rule 'build *-t reg.io/app:1 .' "lines #5 [builder 2/5] COPY deps .\n#5 DONE 0.1s\n#6 [builder 3/5] RUN make deps\n#6 DONE $1s\n#7 [builder 4/5] COPY main .\n#7 DONE 0.0s\n#8 [builder 5/5] RUN make\n#8 ERROR: exit code 9;${2-exit 9}"
}

@test "the steps before the one that failed are built from the builder's cache, and stored" {
	three_steps
	nothing_found
	fails_after 1.5
	rule 'build *-f - *' 'stdin'
	run --separate-stderr dbrc reg.io/app:1 --pull --no-cache
	[ "$status" -eq 9 ]
	same "$(builds | grep -e ' -f - ')" <<-'END'
		build --build-arg BUILDKIT_INLINE_CACHE=1 -f - --progress=plain --output type=cacheonly .
		build --build-arg BUILDKIT_INLINE_CACHE=1 -f - --progress=plain -t reg.io/app:main-builder.rescued .
	END
	same "$(cat "$FAKE/stdin")" <<-'END'
		FROM base:1 AS builder
		COPY deps .
		FROM base:1 AS builder
		COPY deps .
		RUN make deps
		COPY main .
	END
	pushed reg.io/app:main-builder.rescued
	has "$stderr" ':: builder: 4 of 5 steps stored as reg.io/app:main-builder.rescued, the next build starts at step 5, line 5 of the Dockerfile'
	[ "$(warnings)" -eq 0 ]
}

@test "what took less than a second is not stored" {
	three_steps
	nothing_found
	fails_after 0.8
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 9 ]
	pushed
}

@test "nor is it where nothing is" {
	three_steps
	nothing_found
	fails_after 5.0
	run --separate-stderr dbrc reg.io/app:1 --cache-read-only
	[ "$status" -eq 9 ]
	pushed
	[ "$(nr_builds)" -eq 1 ]
}

@test "it is stored beside a cache of the whole stage, which stays as it is" {
	three_steps
	stages_first
	rule 'build *--target builder -t *' 'lines #5 [builder 2/5] COPY deps .\n#5 CACHED\n#6 [builder 3/5] RUN make deps\n#6 DONE 5.0s;exit 9'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 9 ]
	same "$(builds | tail -n 2)" <<-'END'
		build --build-arg BUILDKIT_INLINE_CACHE=1 -f - --progress=plain --output type=cacheonly .
		build --build-arg BUILDKIT_INLINE_CACHE=1 -f - --progress=plain -t reg.io/app:main-builder.rescued .
	END
	pushed reg.io/app:main-builder.rescued
}

# The rescued reference is there, and is another image than the cache of the whole.
rescued() { # REFERENCE
	rule "*inspect $1" 'say Digest: sha256:0000000000000000000000000000000000000000000000000000000000000009'
}

@test "what was rescued is taken up first, by a build of its own; then it gives way" {
	three_steps
	rescued reg.io/app:main-builder.rescued
	rule 'build *--output type=cacheonly --cache-from *' 'tells;lines #5 [builder 2/5] COPY deps .\n#5 CACHED\n#6 [builder 3/5] RUN make deps\n#6 CACHED\n#7 [builder 4/5] COPY main .\n#7 DONE 0.0s;wait'
	stages_first
	start docker-build-remote-cache reg.io/app:1
	[ "$docker_pid" = TERM ]
	ended 0
	same "$(builds | sed -n 2,3p)" <<-'END'
		build --build-arg BUILDKIT_INLINE_CACHE=1 --target builder --progress=plain --output type=cacheonly --cache-from reg.io/app@sha256:0000000000000000000000000000000000000000000000000000000000000009 .
		build --build-arg BUILDKIT_INLINE_CACHE=1 --target builder -t reg.io/app:main-builder --cache-from reg.io/app@DIGEST .
	END
	has "$(cat ../out)" ':: Cache of builder: reg.io/app:main-builder, and reg.io/app:main-builder.rescued' \
		':: builder: 2 finished steps taken up from reg.io/app:main-builder.rescued'
	lacks "$(cat ../out)" '#6 CACHED'
	called 'tag reg.io/app:main-builder reg.io/app:main-builder.rescued'
	pushed reg.io/app:{1,main,latest,builder,main-builder,main-builder.rescued}
}

@test "not where the whole is the same, nor where all is in the image's own cache" {
	rule '*inspect *.rescued' 'say Digest: sha256:0000000000000000000000000000000000000000000000000000000000000007'
	dbrc reg.io/app:1 --cache-read-only
	[ "$(nr_builds)" -eq 1 ]
	stages_first
	: >"$FAKE/log"
	dbrc reg.io/app:1 --cache-read-only
	never_called 'build *cacheonly*'
	never_called 'push *.rescued'
}

# The legacy builder keeps to one cache.
legacy_takes() { # LAST-IMAGE: the build that takes it up gets so far, then it has to run something
	local id=0123456789ab0000000000000000000000000000000000000000000000000000
	legacy
	three_steps
	rule 'pull *main-builder.rescued' 'say Digest: sha256:0'
	rule 'image inspect *' "say sha256:$id"
	rule 'build *--target builder --cache-from *' "tells;lines Step 1/5 : FROM base:1 AS builder\n ---> 000000000000\nStep 2/5 : COPY deps .\n ---> Using cache\n ---> $1\nStep 3/5 : RUN make\n ---> Running in 56789abcdef0;wait"
	start docker-build-remote-cache reg.io/app:1
	[ "$docker_pid" = TERM ]
	ended 0
	called 'build --target builder -t reg.io/app:main-builder --cache-from reg.io/app:main-builder.rescued .'
}

@test "legacy: what was rescued is the cache where all of it is found" {
	legacy_takes 0123456789ab
	never_called 'tag reg.io/app:main-builder reg.io/app:main-builder.rescued' || # but for the end
		in_order 'build --target builder -t *' 'tag reg.io/app:main-builder reg.io/app:main-builder.rescued'
	has "$(cat ../out)" ':: builder: 1 finished step taken up'
}

@test "legacy: else it is the one of the whole stage" {
	legacy_takes 56789abcdef0
	in_order 'tag reg.io/app:main-builder reg.io/app:main-builder.rescued' 'build --target builder -t *'
	lacks "$(cat ../out)" 'taken up'
}

@test "legacy: nor is it where it is a part of the whole stage" {
	legacy
	rule 'pull *main-builder.rescued' 'say Digest: sha256:0'
	rule 'image inspect *.Id*' "say sha256:$(printf '%064d' 1)"
	rule 'image inspect *Layers*' 'say ["sha256:a","sha256:b"];say ["sha256:a","sha256:b","sha256:c"]'
	rule 'history *main-builder.rescued' 'say "COPY deps";say "FROM"'
	rule 'history *main-builder' 'say "RUN make";say "COPY deps";say "FROM"'
	dbrc reg.io/app:1
	called "image inspect --format '{{json .RootFS.Layers}}' reg.io/app:main-builder.rescued reg.io/app:main-builder"
	never_called 'build *--cache-from reg.io/app:main-builder.rescued *'
	# and then it gives way
	in_order 'push reg.io/app:main-builder' 'push reg.io/app:main-builder.rescued'
}

@test "a step that is not in the builder's cache is not run: what stands before it is stored" {
	three_steps
	nothing_found
	fails_after 1.5
	rule 'build *-f - *cacheonly .' 'exit 0'
	rule 'build *-f - *' 'once again;lines #5 [builder 2/4] COPY deps .\n#5 CACHED\n#6 [builder 3/4] RUN make deps\n#6 CACHED\n#7 [builder 4/4] COPY main .\n#7 DONE 0.0s'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 9 ]
	[ "$(builds | grep -c ' -f - ')" -eq 4 ]
	has "$stderr" ':: builder: 3 of 5 steps stored' 'starts at step 4, line 4'
}

@test "a step that has to run is stopped" {
	three_steps
	nothing_found
	fails_after 1.5
	rule 'build *-f - *cacheonly .' "tells;lines #5 [builder 2/2] COPY deps .;wait"
	start docker-build-remote-cache reg.io/app:1
	[ "$docker_pid" = TERM ]
	ended 9
	lacks "$(cat ../out)" warning stored
	never_called 'push *'
}

@test "SIGTERM: the signal's status, and the finished steps are stored" {
	three_steps
	nothing_found
	fails_after 1.5 'ready;wait'
	start docker-build-remote-cache reg.io/app:1
	kill -TERM "$pid"
	ended 143
	called 'push reg.io/app:main-builder.rescued'
	has "$(cat ../out)" ':: builder: 4 of 5 steps stored'
}

@test "what comes of it changes nothing: not its push, nor a build that fails" {
	three_steps
	nothing_found
	fails_after 1.5
	rule 'push *' 'warn denied: x; exit 7'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 9 ]
	has "$stderr" "push of 'reg.io/app:main-builder.rescued' failed"
	lacks "$stderr" ' stored'
	rule 'build *-f - *cacheonly .' 'exit 8'
	sed -i '/^push/d' "$FAKE/rules"
	: >"$FAKE/log"
	sed -i '1h; 1d; $G' "$FAKE/rules"
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 9 ]
}

@test "an ignore file of the Dockerfile alone stays beside it" {
	three_steps
	echo '*.o' >Dockerfile.dockerignore
	nothing_found
	fails_after 1.5
	rule 'build *--output type=cacheonly*' copies
	dbrc reg.io/app:1 || [ $? -eq 9 ]
	same "$(cat "$FAKE/copy/Dockerfile.dockerignore")" <<<'*.o'
	same "$(cat "$FAKE/copy/Dockerfile")" <<-'END'
		FROM base:1 AS builder
		COPY deps .
	END
	pushed reg.io/app:main-builder.rescued
}

@test "what was rescued is found last, by this branch" {
	branch feature/x
	rule '*inspect *app:feature-x-builder.rescued' 'say Name: x;lines Digest: sha256:0000000000000000000000000000000000000000000000000000000000000009'
	nothing_found
	dbrc reg.io/app:1 --cache-default-branch main
	in_order '*inspect *reg.io/app:main-builder' 'build *--target builder *'
	called 'build *--target builder -t reg.io/app:feature-x-builder --cache-from reg.io/app@sha256:*9 .'
	called 'push reg.io/app:feature-x-builder'
}

@test "containerd: the finished steps are exported" {
	echo containerd >"$FAKE/builder"
	three_steps
	nothing_found
	rule 'build *-t reg.io/app:1 *' "lines #6 [builder 3/5] RUN make deps\n#6 DONE 2.0s\n#7 [builder 4/5] COPY main .\n#7 DONE 0.0s;exit 9"
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 9 ]
	called 'build *-f - --progress=plain --output type=cacheonly --cache-to type=registry,ref=reg.io/app:main-builder.rescued.cache,*'
	never_called 'push *'
	has "$stderr" ':: builder: 4 of 5 steps stored as reg.io/app:main-builder.rescued.cache, the next build starts at step 5'
}

@test "containerd: what a checkpoint has stored gives way to the whole stage, though the image fails" {
	local told='#6 [builder 3/5] RUN make deps\n#6 DONE 12.0s\n#7 [builder 4/5] COPY main .\n#7 DONE 0.0s\n'
	told+='#8 [builder 5/5] RUN make\n#8 DONE 1.0s\n#9 [stage-1 2/2] RUN test\n#9 ERROR: exit code: 9'
	three_steps
	copies_caches
	nothing_found
	rule 'build *-t reg.io/app:1 *' "lines $told;exit 9"
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 9 ]
	called 'build *--cache-to type=registry,ref=reg.io/app:main-builder.cache,*'
	called '*imagetools create *reg.io/app:main-builder.rescued.cache reg.io/app:main-builder.cache'
	[[ $stderr != *'the next build starts'* ]]
}

@test "legacy: the image of the last step that has ended is stored" {
	legacy
	rule 'pull *' 'warn not found: manifest unknown; exit 1'
	rule 'build *--target builder *' "lines Step 1/4 : FROM base:1 AS builder\n ---> 0123456789ab\nStep 2/4 : RUN make deps\n ---> Running in 111111111111\n ---> aaaaaaaaaaaa\nStep 3/4 : RUN make\n ---> Running in 222222222222;exit 9"
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 9 ]
	in_order 'tag aaaaaaaaaaaa reg.io/app:main-builder.rescued' 'push reg.io/app:main-builder.rescued'
	has "$stderr" ':: builder: the finished steps stored as reg.io/app:main-builder.rescued'
	pushed reg.io/app:main-builder.rescued
}

@test "legacy: nothing was run, nothing is stored" {
	legacy
	rule 'pull *' 'warn not found: manifest unknown; exit 1'
	rule 'build *--target builder *' "lines Step 1/4 : FROM base:1 AS builder\n ---> 0123456789ab\nStep 2/4 : RUN make deps\n ---> Using cache\n ---> aaaaaaaaaaaa\nStep 3/4 : RUN make\n ---> Running in 222222222222;exit 9"
	dbrc reg.io/app:1 || [ $? -eq 9 ]
	pushed
}

@test "a checkpoint: finished steps are stored while the build goes on, once" {
	three_steps
	nothing_found
	rule 'build *-f - *cacheonly .' 'lines #5 [builder 2/2] COPY deps .\n#5 DONE 0.1s'
	rule 'build *-f - *' 'lines #6 [builder 3/3] RUN make deps\n#6 DONE 12.0s'
	rule 'push reg.io/app:main-builder.rescued' 'ready'
	rule 'build *-t reg.io/app:1 .' 'lines #5 [builder 2/5] COPY deps .\n#5 DONE 0.1s\n#6 [builder 3/5] RUN make deps\n#6 DONE 12.0s\n#7 [builder 4/5] COPY main .;wait;lines #7 DONE 3.0s\n#8 [builder 5/5] RUN make\n#8 DONE 2.0s'
	start docker-build-remote-cache reg.io/app:1
	go_on # that has been stored while the build waits
	ended 0
	[ "$(grep -c '^:: builder: 3 of 5 steps stored as reg.io/app:main-builder.rescued$' ../out)" -eq 1 ]
	# and give way to the whole stage when that is stored
	pushed reg.io/app:{1,main,latest,builder,main-builder,main-builder.rescued,main-builder.rescued}
	in_order 'push reg.io/app:main-builder.rescued' 'push reg.io/app:latest' 'push reg.io/app:main-builder.rescued'
}

# A checkpoint that is still being stored when the build of all has built all.
still_stored() { # ACTIONS: of the checkpoint
	echo containerd >"$FAKE/builder"
	three_steps
	nothing_found
	rule 'build *-f - *ref=reg.io/app:main-builder.rescued.cache*' "$1"
	mkfifo "$FAKE/forever"
	exec 9<>"$FAKE/forever"
	rule 'build *-f - *cacheonly .' 'lines #5 [builder 2/2] COPY deps .\n#5 DONE 0.1s'
	rule 'build *-t reg.io/app:1 *' 'lines #6 [builder 3/5] RUN make deps\n#6 DONE 12.0s\n#7 [builder 4/5] COPY main .;ready;wait;lines #7 DONE 3.0s\n#8 [builder 5/5] RUN make\n#8 DONE 2.0s\n#9 exporting to image;wait'
}

@test "containerd: a checkpoint that is still being stored gives way to the export of all" {
	still_stored 'tells;ready;wait forever'
	start docker-build-remote-cache reg.io/app:1 --builder r --load # whose build exports that itself
	wait_ready # both builds
	go_on
	read -r -t 20 docker_pid <&7 # what the one says that is ended
	[ "$docker_pid" = TERM ]
	go_on
	ended 0
	[ "$(grep -c warning ../out)" -eq 0 ]
	lacks "$(cat ../out)" 'steps stored'
	exec 9<&-
}

@test "containerd: where a build of its own exports that, it waits for the checkpoint" {
	still_stored 'lines #6 [builder 3/3] RUN make deps\n#6 DONE 12.0s;ready;wait forever'
	mkfifo ../told
	docker-build-remote-cache reg.io/app:1 >../told 2>&1 3>&- 9>&- &
	pid=$!
	exec 5<../told
	wait_ready
	wait_ready # both builds
	go_on
	go_on
	while read -r line <&5 && [[ $line != ':: builder: 0 of 3 steps'* ]]; do :; done
	never_called 'build *ref=reg.io/app:main.cache,*' # though the image's build has ended
	echo >&9
	has "$(cat <&5)" ':: builder: 3 of 5 steps stored'
	wait "$pid"
	in_order 'build *main-builder.rescued.cache,*' 'build *ref=reg.io/app:main.cache,*'
	exec 5<&- 9<&-
}

@test "no checkpoint where none is wanted, or too little was run" {
	three_steps
	nothing_found
	rule 'build *-t reg.io/app:1 .' 'lines #6 [builder 3/5] RUN make deps\n#6 DONE 12.0s\n#7 [builder 4/5] COPY main .\n#7 DONE 0.0s'
	dbrc reg.io/app:1 --checkpoint 0
	never_called 'build *-f - *'
	dbrc reg.io/app:1 --checkpoint 13
	never_called 'build *-f - *'
}

# The build of all on the containerd store: it fetches its base, then runs its first step.
fetches_base() { # ACTIONS: after that
	copies_caches
	rule 'build *-t reg.io/app:1 *' "lines #5 [builder 1/5] FROM base:1\n#5 sha256:11 9MB / 9MB 0.1s done\n#5 DONE 0.3s;$1"
}

@test "containerd: where nothing is stored a base goes ahead while the first step runs" {
	three_steps
	nothing_found
	rule 'build *-f - *ref=reg.io/app:main.base.cache,*' 'stdin;ready'
	fetches_base 'wait;lines #6 [builder 2/5] COPY deps .\n#6 DONE 0.0s\n#7 exporting to image\n#7 DONE 0.1s'
	start docker-build-remote-cache reg.io/app:1 --report ../report # it goes while the build waits
	go_on
	ended 0
	same "$(builds | grep -e ' -f - ')" <<-'END'
		build --build-arg BUILDKIT_INLINE_CACHE=1 -f - --progress=plain --output type=cacheonly --cache-to type=registry,ref=reg.io/app:main.base.cache,mode=max,ignore-error=true,image-manifest=true,oci-mediatypes=true .
	END
	# both stages are made from it; and the step behind it is for BuildKit, which exports no base alone
	same "$(cat "$FAKE/stdin")" <<-'END'
		FROM base:1 AS builder

		WORKDIR /docker-build-remote-cache
	END
	# nothing was rescued, and nothing says so
	lacks "$(cat ../out)" 'steps stored'
	never_called '*imagetools create *rescued*'
	has "$(cat ../report)" 'Sending base:1 ahead'
	[ "$(grep -c warning ../out)" -eq 0 ]
}

@test "containerd: each base goes ahead, one after the other" {
	printf '%s\n' 'FROM scratch AS empty' 'COPY a .' 'FROM base:1 AS builder' 'RUN make' 'FROM other:1' \
		'COPY --from=empty /a /a' 'COPY --from=builder /x /x' >Dockerfile
	nothing_found
	rule 'build *-f - *' 'stdin;ready'
	fetches_base 'lines #6 [empty 1/1] COPY a .\n#6 DONE 0.0s\n#8 [stage-2 1/3] FROM other:1\n#8 DONE 0.3s;wait'
	start docker-build-remote-cache reg.io/app:1
	wait_ready # the second follows though the build says nothing
	go_on
	ended 0
	[ "$(grep -c '^WORKDIR /docker-build-remote-cache$' "$FAKE/stdin")" -eq 2 ]
	[ "$(grep -cx 'FROM other:1' "$FAKE/stdin")" -eq 1 ]
}

@test "containerd: so it does where there is a cache, if it had to be fetched for what runs on it" {
	three_steps
	rule 'build *-f - *ref=reg.io/app:main.base.cache,*' 'ready'
	fetches_base 'wait;lines #6 [builder 2/5] COPY deps .\n#6 DONE 0.0s\n#7 exporting to image\n#7 DONE 0.1s'
	start docker-build-remote-cache reg.io/app:1
	go_on
	ended 0
	: >"$FAKE/log"
	: >"$FAKE/rules"
	copies_caches
	rule 'build *-t reg.io/app:1 *' 'lines #5 [builder 1/5] FROM base:1\n#5 DONE 0.0s\n#6 [builder 2/5] COPY deps .\n#6 sha256:22 1MB / 1MB 0.1s done\n#6 DONE 0.1s'
	dbrc reg.io/app:1
	never_called 'build *-f - *'
}

@test "containerd: no base goes ahead where nothing is stored, nor from another mode" {
	three_steps
	nothing_found
	fetches_base 'lines #6 [builder 2/5] COPY deps .\n#6 DONE 0.0s'
	dbrc reg.io/app:1 --checkpoint 0
	dbrc reg.io/app:1 --cache-read-only
	dbrc reg.io/app:1 --jobs 1
	dbrc reg.io/app:1 --builder remote
	rm -r .git
	dbrc reg.io/app:1 --cache-shared never # nor for a branch, which is not known
	branch main
	dbrc reg.io/app:1 --cache-mode inline
	never_called 'build *-f - *'
}

# A base that is on its way, and stays so; what the build of all does is told by "main".
stays_on_its_way() { # ACTIONS: of the build of all
	three_steps
	nothing_found
	rule 'build *-f - *ref=reg.io/app:main.base.cache,*' 'tells;ready;wait forever'
	mkfifo "$FAKE/forever"
	exec 9<>"$FAKE/forever"
	fetches_base "$1"
}

is_let_go() {
	read -r -t 20 docker_pid <&7
	[ "$docker_pid" = TERM ]
	exec 9<&-
}

@test "containerd: a base that is on its way when a step fails is let go, though something took long" {
	stays_on_its_way 'lines #6 [builder 2/5] COPY deps .\n#6 DONE 3.0s\n#7 [builder 3/5] RUN make deps;ready;wait;lines #7 ERROR: exit code 9;exit 9'
	start docker-build-remote-cache reg.io/app:1
	wait_ready
	go_on
	is_let_go
	ended 9
	lacks "$(cat ../out)" warning
}

@test "containerd: so is one when a signal comes, and what is finished is stored" {
	stays_on_its_way 'lines #7 [builder 3/5] RUN make deps\n#7 DONE 9.0s\n#8 [builder 5/5] RUN make;ready;wait'
	start docker-build-remote-cache reg.io/app:1
	wait_ready
	kill -TERM "$pid"
	is_let_go
	ended 143
	called 'build *-f - *ref=reg.io/app:main-builder.rescued.cache,*'
}

@test "containerd: so is one when the image is built" {
	stays_on_its_way 'ready;wait;lines #7 exporting to image;wait'
	start docker-build-remote-cache reg.io/app:1
	wait_ready
	go_on
	is_let_go
	go_on
	ended 0
	lacks "$(cat ../out)" warning
}

@test "containerd: a base that cannot be sent is no news" {
	three_steps
	nothing_found
	rule 'build *-f - *' 'lines #9 exporting cache to registry\n#9 ERROR: denied;ready'
	fetches_base 'wait;lines #6 [builder 2/5] COPY deps .\n#6 DONE 0.0s'
	start docker-build-remote-cache reg.io/app:1
	go_on
	ended 0
	lacks "$(cat ../out)" warning
	never_called '*imagetools create *rescued*'
}

@test "containerd: what is put over what was rescued is not taken for a checkpoint" {
	printf '%s\n' 'FROM base:1 AS builder' 'RUN make' 'FROM base:1' 'COPY --from=builder /x /x' >Dockerfile
	copies_caches
	rule '*inspect *main-builder.rescued.cache' 'say {"Descriptor":{\n"digest": "sha256:1111111111111111111111111111111111111111111111111111111111111111"'
	rule '*inspect *.cache' 'warn ERROR: x: not found; exit 1'
	rule '*imagetools create *main-builder.rescued.cache *' 'tells;ready;wait forever'
	mkfifo "$FAKE/forever"
	exec 9<>"$FAKE/forever"
	rule 'build *-t reg.io/app:1 *' 'ready;wait;lines #7 exporting to image\n#7 DONE 0.1s;ready;wait'
	start docker-build-remote-cache reg.io/app:1 --report ../report
	wait_ready # the copy, and the build of the image, which now has built it
	go_on
	wait_ready
	echo >&9
	go_on
	ended 0
	lacks "$(cat ../report)" '"stopped":true'
	called '*imagetools create *main-builder.rescued.cache *'
	exec 9<&-
}

@test "containerd: what a build that was tried again has run since is stored, however long the first try took" {
	printf '%s\n' 'FROM base:1 AS builder' 'RUN make deps' 'RUN make' 'RUN check' 'FROM base:1' \
		'COPY --from=builder /x /x' >Dockerfile
	copies_caches
	nothing_found
	rule 'build *-f - *' 'stdin'
	rule 'build *-t reg.io/app:1 *' 'lines #6 [builder 2/4] RUN make deps\n#6 DONE 30.0s;ready;wait;warn ERROR: failed to solve: failed to get state for index 0 on [builder 3/4] RUN make;exit 1'
	start docker-build-remote-cache reg.io/app:1
	: >"$FAKE/rules"
	copies_caches
	nothing_found
	rule 'build *-f - *' 'stdin'
	rule 'build *-t reg.io/app:1 *' 'lines #6 [builder 2/4] RUN make deps\n#6 CACHED\n#7 [builder 3/4] RUN make\n#7 DONE 25.0s\n#8 [builder 4/4] RUN check\n#8 ERROR: exit code 9;exit 9'
	go_on
	ended 9
	has "$(cat ../out)" ':: builder: 3 of 4 steps stored as reg.io/app:main-builder.rescued.cache, the next build starts at step 4'
}

@test "a checkpoint that finds nothing to store harms nothing, whatever the builder is" {
	local last='lines #6 [builder 2/2] RUN make\n#6 DONE 12.0s\n#7 exporting to image'
	# a stage that is whole is stored as such
	printf '%s\n' 'FROM base:1 AS builder' 'RUN make' >Dockerfile
	nothing_found
	rule 'build *-t reg.io/app:1*' "$last"
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	pushed reg.io/app:1 reg.io/app:main reg.io/app:latest
	# what mounts the context cannot be cut; nor is what is built for several platforms
	: >"$FAKE/rules"
	copies_caches
	nothing_found
	rule 'build *-t reg.io/app:1*' "${last/RUN make/RUN --mount=type=bind,target=\/src make}"
	printf '%s\n' 'FROM base:1 AS builder' 'RUN --mount=type=bind,target=/src make' >Dockerfile
	dbrc reg.io/app:1
	dbrc reg.io/app:1 --platform linux/amd64,linux/arm64
	# and then a signal comes
	rule 'build *-t reg.io/app:1*' "lines #6 [builder 2/2] RUN make\n#6 DONE 12.0s;ready;wait"
	sed -i '$!d' "$FAKE/rules"
	copies_caches
	nothing_found
	start docker-build-remote-cache reg.io/app:1
	kill -TERM "$pid"
	ended 143
}

@test "containerd: a base that is on its way is let go when it does not come to the image" {
	three_steps
	copies_caches
	# of another builder, so that stages come first
	rule '*inspect *.cache' 'warn no such manifest: x; exit 1'
	rule 'build *-f - *ref=reg.io/app:main.base.cache,*' 'tells;ready;wait forever'
	mkfifo "$FAKE/forever"
	exec 9<>"$FAKE/forever"
	rule 'build *--target builder *' 'lines #5 [builder 1/5] FROM base:1\n#5 sha256:11 9MB / 9MB 0.1s done\n#5 DONE 0.3s\n#6 [builder 2/5] COPY deps .\n#6 DONE 0.0s;ready;wait;exit 9'
	start docker-build-remote-cache reg.io/app:1
	wait_ready
	go_on
	is_let_go
	ended 9
}

@test "containerd: what was rescued is written over only where the export that has it was seen" {
	copies_caches
	rule '*inspect *rescued.cache' "say \"digest\": \"sha256:$(printf '%064d' 8)\""
	rule 'build *-t reg.io/app:1*' 'lines #7 [builder 2/2] RUN make\n#7 DONE 1.0s\n#8 exporting to image'
	dbrc reg.io/app:1
	called '*imagetools create *-t reg.io/app:main-builder.rescued.cache reg.io/app:main.cache'
	: >"$FAKE/log"
	dbrc reg.io/app:1 -q # docker's status does not tell of a cache that it could not export
	called 'build -q *--cache-to *'
	never_called '*imagetools create *rescued*'
}
