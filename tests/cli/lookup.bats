#!/usr/bin/env bats
# How caches are looked for: one by one, or all in one build that names them.
# shellcheck disable=SC2154 # here, bin, status, stderr: set in helper.bash and by run
load helper

sifted() { # REFERENCE ANSWER
	printf '%s\t%s\n' "$1" "$2" >>"$FAKE/sift"
}

absent() { # TAG...
	local tag
	for tag; do
		sifted "reg.io/app:$tag" "ERROR: failed to configure registry cache importer: reg.io/app:$tag: not found"
	done
}

three_stages() {
	printf '%s\n' 'FROM base:1 AS one' 'RUN 1' 'FROM one AS two' 'RUN 2' 'FROM base:1' 'COPY --from=two /x /x' >Dockerfile
}

# What the quickest command finds none of is asked in other ways.
asked_again() {
	echo containerd >"$FAKE/builder"
	rule 'manifest inspect *' 'warn no such manifest: x; exit 1'
}

@test "containerd: few exported caches are asked for one by one, of each further branch only without that before" {
	echo containerd >"$FAKE/builder"
	branch topic
	rule 'manifest inspect -v reg.io/app:topic*.rescued.cache' 'warn no such manifest: x; exit 1'
	rule 'manifest inspect -v reg.io/app:topic-builder.cache' 'warn no such manifest: x; exit 1'
	run --separate-stderr dbrc reg.io/app:1 --cache-default-branch main
	[ "$status" -eq 0 ]
	same_set "$(grep inspect "$FAKE/log")" < <(printf 'manifest inspect -v reg.io/app:%s.cache\n' \
		topic topic.rescued topic-builder topic-builder.rescued)
	[ ! -e "$FAKE/sifts" ]
	called 'build *--cache-from type=registry,ref=reg.io/app@sha256:*07 *'
	has "$stderr" ':: Looking up caches' ':: Cache of image: reg.io/app:topic.cache'
	[ "$(warnings)" -eq 0 ]
	rule 'manifest inspect -v reg.io/app:topic.cache' 'warn no such manifest: x; exit 1'
	: >"$FAKE/log"
	run --separate-stderr dbrc reg.io/app:1 --cache-default-branch main
	same_set "$(grep inspect "$FAKE/log")" < <(printf 'manifest inspect -v reg.io/app:%s.cache\n' \
		topic{,.rescued,-builder,-builder.rescued} main main-builder)
	has "$stderr" ':: Cache of image: reg.io/app:main.cache'
	rule 'manifest inspect -v reg.io/app:main.cache' 'warn no such manifest: x; exit 1'
	: >"$FAKE/log"
	run --separate-stderr dbrc reg.io/app:1 --cache-default-branch main
	same_set "$(grep inspect "$FAKE/log")" < <(printf 'manifest inspect -v reg.io/app:%s.cache\n' \
		topic{,.rescued,-builder,-builder.rescued} {main,latest,main-builder,builder})
	has "$stderr" ':: Cache of image: reg.io/app:latest.cache'
}

@test "containerd: where one of them is not answered they are asked for in another way" {
	echo containerd >"$FAKE/builder"
	rule 'manifest inspect -v reg.io/app:main.cache' 'warn toomanyrequests: rate exceeded; exit 1'
	rule 'manifest inspect -v reg.io/app:main*.rescued.cache' 'warn no such manifest: x; exit 1'
	absent {main-,}builder.cache {main,latest}{,-builder} builder
	sifted reg.io/app:main.cache 'DONE 0.1s'
	sifted reg.io/app:latest.cache 'DONE 0.1s'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	[ "$(wc -l <"$FAKE/sifts")" -eq 1 ]
	has "$stderr" ':: Cache of image: reg.io/app:main.cache'
	[ "$(warnings)" -eq 0 ]
}

@test "containerd: on the default branch the un-prefixed cache is asked for too, for it may be there already" {
	echo containerd >"$FAKE/builder"
	rule 'manifest inspect -v reg.io/app:main*.rescued.cache' 'warn no such manifest: x; exit 1'
	rule 'manifest inspect -v reg.io/app:main-builder.cache' 'warn no such manifest: x; exit 1'
	dbrc reg.io/app:1
	same_set "$(grep inspect "$FAKE/log")" < <(printf 'manifest inspect -v reg.io/app:%s.cache\n' \
		main latest main.rescued main-builder main-builder.rescued)
}

@test "containerd: all caches are asked for in one build of nothing" {
	asked_again
	branch topic
	sifted reg.io/app:topic.cache 'DONE 0.1s'
	run --separate-stderr dbrc reg.io/app:1 --cache-default-branch main
	[ "$status" -eq 0 ]
	same "$(cat "$FAKE/sifts")" <<<"build --progress=plain --output type=cacheonly$(printf -- ' --cache-from reg.io/app:%s' \
		{topic,main,latest,topic.rescued}.cache topic main latest \
		{{topic-,main-,}builder,topic-builder.rescued}.cache {topic-,main-,}builder) -"
	same "$(cat "$FAKE/sift.stdin")" <<<$'FROM scratch\nWORKDIR /x'
	has "$stderr" ':: Looking up caches' ':: Cache of image: reg.io/app:topic.cache'
	called 'build *--cache-from type=registry,ref=reg.io/app:topic.cache *'
	[ "$(warnings)" -eq 0 ]
}

@test "containerd: so they are at once where they are many" {
	echo containerd >"$FAKE/builder"
	printf 'FROM %s AS %s\nRUN x\n' base:1 a a b b c c d >Dockerfile
	absent {main-,}{a,b,c}.cache latest.cache
	sifted reg.io/app:main.cache 'DONE 0.1s'
	dbrc reg.io/app:1
	never_called '*inspect*'
	has "$(cat "$FAKE/sifts")" ' reg.io/app:main-a.cache ' ' reg.io/app:a.cache ' ' reg.io/app:main-a '
	[ "$(wc -l <"$FAKE/sifts")" -eq 1 ]
	called 'build *--cache-from type=registry,ref=reg.io/app:main.cache *'
}

@test "containerd: images are taken only without an exported cache; what is told is not asked again" {
	asked_again
	absent main-builder.cache builder.cache main.cache latest.cache main-builder
	sifted reg.io/app:builder 'DONE 0.0s'
	sifted reg.io/app:main 'DONE 0.0s'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	never_called '*imagetools*'
	[ "$(wc -l <"$FAKE/sifts")" -eq 1 ]
	has "$stderr" ':: Cache of builder: reg.io/app:builder' ':: Cache of image: reg.io/app:main'
}

@test "containerd: what the build has not told is" {
	asked_again
	absent builder.cache latest.cache
	sifted reg.io/app:main-builder.cache 'CANCELED'
	sifted reg.io/app:main.cache 'ERROR: failed to authorize: 401 Unauthorized'
	rule '*inspect *builder.cache' 'warn ERROR: x: not found; exit 1'
	dbrc reg.io/app:1
	same_set "$(grep imagetools "$FAKE/log")" <<-'END'
		buildx imagetools inspect reg.io/app:main-builder.cache
		buildx imagetools inspect reg.io/app:main.cache
	END
	called 'build *--cache-from type=registry,ref=reg.io/app@sha256:*'
}

@test "containerd: what is known to be there stands behind what may be" {
	asked_again
	absent main-builder.cache builder.cache
	sifted reg.io/app:main.cache 'ERROR: unexpected status: 400 Bad Request'
	sifted reg.io/app:latest.cache 'DONE 0.1s'
	rule '*inspect *' 'warn ERROR: unexpected status: 400 Bad Request; exit 1'
	dbrc reg.io/app:1
	called 'build *--cache-from type=registry,ref=reg.io/app:main.cache *--cache-from type=registry,ref=reg.io/app:latest.cache *'
}

@test "containerd: a look-up that timed out is tried again" {
	local tag
	asked_again
	for tag in {main-,}builder{.cache,} {main,latest}{.cache,}; do
		sifted "reg.io/app:$tag" 'ERROR: failed to do request: net/http: TLS handshake timeout'
	done
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	called '*inspect *reg.io/app:main.cache'
	has "$stderr" ':: Cache of image: reg.io/app:main.cache'
}

@test "inline: what is not there is not asked for; what is, for its digest" {
	three_stages
	absent main-one one main-two main latest main.cache latest.cache {main,main-one,main-two}.rescued
	sifted reg.io/app:two 'DONE 0.0s'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	same "$(grep inspect "$FAKE/log")" <<<'buildx imagetools inspect reg.io/app:two'
	has "$stderr" ':: Cache of one: none' ':: Cache of two: reg.io/app:two' ':: Cache of image: none'
	has "$(builds)" '--target two -t reg.io/app:main-two --cache-from reg.io/app@DIGEST'
}

@test "inline: an image that only the engine has does not hide the registry's" {
	three_stages
	absent main-one one main main.cache latest.cache
	sifted reg.io/app:main-two 'DONE 0.0s'
	sifted reg.io/app:two 'DONE 0.0s'
	rule '*inspect *reg.io/app:main-two' 'warn ERROR: reg.io/app:main-two: not found; exit 1'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	in_order '*inspect *reg.io/app:main-two' '*inspect *reg.io/app:two'
	has "$stderr" ':: Cache of two: reg.io/app:two'
}

@test "inline: the exported cache of the image, for stages without one" {
	three_stages
	absent main-one one main-two two main.cache main-{one,two}.rescued
	sifted reg.io/app:main 'DONE 0.0s'
	sifted reg.io/app:latest.cache 'DONE 0.0s'
	run --separate-stderr dbrc reg.io/app:1
	[ "$status" -eq 0 ]
	never_called '*inspect *.cache'
	has "$stderr" ':: Cache of one: reg.io/app:latest.cache' ':: Cache of two: reg.io/app:latest.cache'
}

@test "two images are asked for at once, without that build" {
	dbrc reg.io/app:1
	[ ! -e "$FAKE/sifts" ]
	called '*inspect *reg.io/app:main'
}

@test "a builder that cannot reach the registry: one warning, nothing is asked again" {
	local tag
	asked_again
	for tag in {main-,}builder{.cache,} {main,latest}{.cache,} main{,-builder}.rescued.cache; do
		sifted "reg.io/app:$tag" 'ERROR: failed to do request: dial tcp: connect: connection refused'
	done
	run --separate-stderr dbrc -t reg.io/app:1 .
	[ "$status" -eq 0 ]
	never_called '*imagetools*'
	[ "$(warnings)" -eq 1 ]
	has "$stderr" "failed: registry unreachable: failed to do request: dial tcp: connect: connection refused"
	called 'build *'
}

@test "--builder is asked, --no-cache asks nobody" {
	asked_again
	sifted reg.io/app:main.cache 'DONE 0.0s'
	dbrc reg.io/app:1 --builder farm
	has "$(cat "$FAKE/sifts")" 'build --builder farm --progress=plain --output type=cacheonly '
	rm "$FAKE/sifts"
	dbrc reg.io/app:1 --no-cache
	[ ! -e "$FAKE/sifts" ]
}

@test "legacy, podman and nerdctl are not asked so" {
	legacy
	dbrc reg.io/app:1
	mkdir -p ../bin
	for name in podman nerdctl; do
		ln -s "$here/docker" "../bin/$name"
		PATH=$BATS_TEST_TMPDIR/bin:$PATH DBRC_DOCKER=$name dbrc reg.io/app:1 --cache-mode auto
	done
	[ ! -e "$FAKE/sifts" ]
}
