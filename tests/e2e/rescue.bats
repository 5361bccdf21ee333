#!/usr/bin/env bats
# What is finished when a build fails, or is stopped, is never run again, on one real builder, $BUILDER; to be run
# by tests/e2e/run.
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own
# shellcheck disable=SC2154 # app, status and log: set in helper.bash
bats_require_minimum_version 1.5.0

load helper

# Dependencies that take longer than it is worth to store them, and a compiler that does as told.
slow_stages() { # COMPILE RUNTIME: commands
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1 AS builder
		WORKDIR /src
		COPY deps .
		RUN echo "\$(echo deps)-ran" && sleep 2 && cp deps deps.out
		COPY main .
		RUN echo "\$(echo compile)-ran" && $1
		FROM $REGISTRY/base:1
		COPY --from=builder /src/app /app
		RUN sleep 2 && test -s /app && echo "\$(echo runtime)-ran"
		RUN $2
		CMD ["cat", "/app"]
	END
}

good='cat deps.out main >app'

# The tag of what was rescued of a stage; "" is the image.
rescued() { # TAG
	case $(mode) in registry) echo "$1.rescued.cache" ;; *) echo "$1.rescued" ;; esac
}

stop() { kill -TERM "$pid"; }

# Runs the tool, in a session of its own, and does something as soon as it prints what is waited for.
dbrc_while() { # TEXT COMMAND...
	local line text=$1
	shift
	mkfifo ../pipe
	setsid docker-build-remote-cache "$image:1" --cache-branch main --checkpoint 2 >../pipe 2>&1 3>&- &
	pid=$!
	while IFS= read -r line; do
		echo "$line"
		case $line in *"$text"*) [ -e ../done ] || { : >../done && "$@"; } ;; esac
	done <../pipe >../log
	status=0
	wait "$pid" || status=$?
	log=$(cat ../log)
	rm -f ../pipe ../done
}

@test "a step fails: the ones before it are stored" {
	slow_stages 'exit 42' true
	dbrc
	[ "$status" -ne 0 ]
	same "$(ran)" "deps compile"
	same "$(tags)" "$(rescued main-builder)"
	[[ $log == *"builder: "*" stored"* ]]
	[[ $(mode) == pull || $log == *"builder: 5 of 6 steps stored"*"step 6, line 6 of the Dockerfile"* ]]
	fresh
	slow_stages "$good" true
	dbrc
	ended 0 "compile runtime"
	right
	fresh
	dbrc
	ended 0 ""
}

# bats test_tags=long
@test "a step of the last stage fails: the ones before it are stored, and no image" {
	slow_stages "sleep 3 && $good" 'exit 42'
	dbrc --checkpoint 1 # of the builder, which is stored whole later
	[ "$status" -ne 0 ]
	same "$(ran)" "deps compile runtime"
	[[ " $(tags) " != *' 1 '* && " $(tags) " != *' main '* && " $(tags) " != *' latest '* ]]
	fresh
	slow_stages "sleep 3 && $good" true
	dbrc
	ended 0 ""
	right
}

@test "beside a cache of the whole: what was rescued is taken up, and hides nothing" {
	local slow="sleep 1 && $good" # longer than the build takes that is stopped when it comes to it
	slow_stages "$slow" true
	dbrc
	ended 0 "deps compile runtime"
	fresh
	cp deps deps.first
	echo d2 >>deps
	slow_stages 'exit 42' true
	dbrc
	[ "$status" -ne 0 ]
	same "$(ran)" "deps compile"
	[[ " $(tags) " == *" $(rescued main-builder) "* ]]
	# what stood there before is still all there
	fresh
	cp deps deps.second
	cp deps.first deps
	slow_stages "$slow" true
	dbrc --cache-read-only
	ended 0 ""
	# and so is what is new
	fresh
	cp deps.second deps
	dbrc
	ended 0 "compile runtime"
	right
	fresh
	dbrc
	ended 0 ""
}

# bats test_tags=long
@test "beside a cache of the whole, in the last stage too" {
	slow_stages "$good" true
	dbrc
	ended 0 "deps compile runtime"
	fresh
	sed -i 's/sleep 2 && test/sleep 3 \&\& test/; s/RUN true/RUN exit 42/' Dockerfile
	dbrc
	[ "$status" -ne 0 ]
	same "$(ran)" runtime
	fresh
	sed -i 's/RUN exit 42/RUN sleep 1/' Dockerfile
	dbrc
	ended 0 ""
	right
}

@test "beside a cache of the whole that has all of it: as when a run is killed before it tidies up" {
	local cut=(-f part.file --target builder)
	slow_stages "$good" true
	dbrc
	ended 0 "deps compile runtime"
	# what a checkpoint stores when the dependencies are finished
	head -n 4 Dockerfile >part.file
	case $(mode) in
	registry)
		docker build "${cut[@]}" --output type=cacheonly --cache-from "type=registry,ref=$image:main.cache" \
			--cache-to "type=registry,ref=$image:main-builder.rescued.cache,mode=max,image-manifest=true,oci-mediatypes=true" . >../cut.log 2>&1
		;;
	inline) docker build "${cut[@]}" --build-arg BUILDKIT_INLINE_CACHE=1 -t "$image:main-builder.rescued" . >../cut.log 2>&1 ;;
	pull) docker build "${cut[@]}" -t "$image:main-builder.rescued" . >../cut.log 2>&1 ;;
	esac
	run ! grep -q '[^(]deps-ran' ../cut.log
	rm part.file
	[ "$(mode)" = registry ] || docker push "$image:main-builder.rescued"
	fresh
	dbrc
	ended 0 ""
	right
}

# bats test_tags=long
@test "a stage on another one that comes from the cache: its steps are rescued all the same" {
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1 AS deps
		COPY deps .
		RUN echo "\$(echo deps)-ran" && sleep 2 && cp deps deps.out
		FROM deps AS middle
		COPY main .
		RUN echo "\$(echo compile)-ran" && sleep 2 && cat deps.out main >app
		RUN sleep 1 && true
		FROM $REGISTRY/base:1
		COPY --from=middle /app /app
		CMD ["cat", "/app"]
	END
	dbrc
	ended 0 "deps compile"
	fresh
	echo m2 >>main
	sed -i 's/&& true/\&\& exit 42/' Dockerfile
	dbrc
	[ "$status" -ne 0 ]
	same "$(ran)" compile
	fresh
	sed -i 's/&& exit 42/\&\& true/' Dockerfile
	dbrc
	ended 0 ""
	right
	# and it has given way: nothing is taken up any more
	fresh
	echo m3 >>main
	dbrc --cache-read-only
	ended 0 compile
	[[ $log != *"taken up"* ]]
}

@test "stages side by side: each is stored up to its last finished step" {
	[ "$(mode)" != pull ] || skip 'the legacy builder has one stage at a time'
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1 AS one
		COPY deps .
		RUN echo "\$(echo deps)-ran" && sleep 2 && cp deps deps.out
		RUN echo "\$(echo compile)-ran" && sleep 4 && exit 42
		FROM $REGISTRY/base:1 AS two
		COPY main .
		RUN echo "\$(echo runtime)-ran" && sleep 2 && cp main main.out
		RUN tail -f /dev/null
		FROM $REGISTRY/base:1
		COPY --from=one deps.out /
		COPY --from=two main.out /
		CMD ["cat", "/deps.out", "/main.out"]
	END
	dbrc
	[ "$status" -ne 0 ]
	same "$(ran)" "deps compile runtime"
	[[ $log == *"one: 3 of 4 steps stored"*"line 4 of"* && $log == *"two: 3 of 4 steps stored"*"line 8 of"* ]]
	fresh
	sed -i '/exit 42/d; /tail -f/d' Dockerfile
	dbrc
	ended 0 ""
	right /deps.out /main.out
}

# All that could make the builds that store what is rescued differ from the one that has built it: options that
# forbid a cache, a Dockerfile outside the context with an ignore file of its own, a mounted cache.
# bats test_tags=long
@test "the builds that store what is rescued run nothing, whatever the options are" {
	local options=() once=(--no-cache --pull)
	slow_stages 'exit 42' true
	echo 'deps.log' >.dockerignore
	echo o >deps.log
	if [ "$(mode)" != pull ]; then
		mkdir ../elsewhere
		sed 's/^COPY deps/COPY deps*/; s/RUN echo/RUN --mount=type=cache,target=\/c test ! -e deps.log \&\& echo/' \
			Dockerfile >../elsewhere/other.file
		mv .dockerignore ../elsewhere/other.file.dockerignore
		options+=(--progress=plain -f ../elsewhere/other.file) # which the legacy builder of 23.0 and later refuses
	fi
	dbrc "${options[@]}" "${once[@]}"
	[ "$status" -ne 0 ]
	same "$(times deps)" 1
	[[ $log == *"builder: "*" stored as"* ]]
	fresh
	sed -i "s/exit 42/${good//\//\\/}/" Dockerfile ../elsewhere/other.file 2>/dev/null || true
	dbrc "${options[@]}"
	ended 0 "compile runtime"
}

@test "SIGTERM in a step: the ones before it are stored" {
	slow_stages 'tail -f /dev/null' true
	dbrc_while compile-ran stop
	ended 143 "deps compile"
	same "$(tags)" "$(rescued main-builder)"
	fresh
	slow_stages "$good" true
	dbrc
	ended 0 "compile runtime"
	right
}

@test "what was copied changes meanwhile: nothing is run to store what is before that" {
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1
		COPY deps .
		RUN echo "\$(echo deps)-ran" && sleep 2 && cp deps deps.out
		COPY main .
		RUN echo "\$(echo compile)-ran" && cat deps.out main >app
		RUN echo "\$(echo runtime)-ran" && tail -f /dev/null
		CMD ["cat", "/app"]
	END
	changes() { echo 'a log' >>main && sync && kill -TERM "$pid"; }
	dbrc_while runtime-ran changes
	[ "$status" -eq 143 ]
	same "$(times compile)" 1
	fresh
	sed -i '/tail -f/d' Dockerfile
	dbrc
	case $(mode) in
	pull) ended 0 compile ;; # of it all is stored, by its image
	*) ended 0 compile ;;
	esac
	right
}

die() { pkill -KILL -s "$pid"; } # all of them: docker is in a group of its own

@test "kill -9 in a step: what took longer than a checkpoint is stored already" {
	slow_stages 'tail -f /dev/null' true
	dbrc_while ' stored' die
	[ "$status" -eq 137 ]
	[[ $(ran) != *runtime* ]]
	same "$(tags)" "$(rescued main-builder)"
	fresh
	slow_stages "$good" true
	dbrc
	ended 0 "compile runtime"
	right
}

# bats test_tags=long
@test "checkpoints change nothing of the build beside them" {
	slow_stages "sleep 3 && $good" 'sleep 2'
	dbrc --checkpoint 1
	ended 0 "deps compile runtime"
	[[ $log != *warning* ]]
	same "$(times deps) $(times compile) $(times runtime)" "1 1 1"
	right
	fresh
	dbrc
	ended 0 ""
}

@test "a log that is written into what is copied: the steps before that are stored all the same" {
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1 AS builder
		COPY deps .
		RUN echo "\$(echo deps)-ran" && sleep 2 && cp deps deps.out
		COPY . /src
		RUN echo "\$(echo compile)-ran" && cat deps.out /src/main >app
		FROM $REGISTRY/base:1
		COPY --from=builder /app /app
		CMD ["cat", "/app"]
	END
	docker-build-remote-cache "$image:1" --cache-branch main --checkpoint 0 >build.log 2>&1
	mv build.log ../log
	[ "$(ran)" = 'deps compile' ]
	fresh
	dbrc
	ended 0 compile
	right
}

# bats test_tags=long
@test "a base that went ahead of a first run that died is no cache, and harms none" {
	[ "$(mode)" = registry ] || skip 'docker pushes what it pulls by itself'
	slow_stages "$good" true
	sed -i 's/sleep 2 && cp/tail -f \/dev\/null \&\& cp/' Dockerfile
	mkfifo ../pipe
	setsid docker-build-remote-cache "$image:1" --cache-branch main >../pipe 2>&1 3>&- &
	pid=$!
	cat ../pipe >../log &
	until registry_tags "$app" | grep -qx main.base.cache; do kill -0 "$pid"; done # nobody else can tell
	die
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 137 ]
	same "$(tags)" ""
	fresh
	slow_stages "$good" true
	dbrc
	ended 0 "deps compile runtime"
	right
	fresh
	dbrc
	ended 0 ""
}
