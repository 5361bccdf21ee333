# selftest.bats - the sandbox leaves nothing behind, and the engines do what engine.sh says
#
# usage: bats tests/engine/selftest.bats (as root; needs tests/engine/fetch bookworm trixie registry busybox)

setup_file() {
	local why
	here=$(cd "$BATS_TEST_DIRNAME" && pwd)
	export here
	why=$("$here/sandbox" true 2>&1) || skip "$why"
	why=$("$here/fetch" bookworm trixie registry busybox 2>&1) || skip "$why"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkfifo ready
	# a sandbox with everything in it that could outlive it; says so through a fifo, and never ends
	cat >busy <<-END
		. $here/engine.sh
		registry_start && base_image && engine_start bookworm && engine_use legacy20
		docker run -d "\$REGISTRY/base:1" tail -f /dev/null
		echo "\$DBRC_RUN" >ready
		tail -f /dev/null
	END
}

in_sandbox() { # [COMMAND]: what comes before the registry's start; reads a script on stdin
	"$here/sandbox" bash -eu -c ". $here/engine.sh && ${1-true} && registry_start && base_image; $(cat)"
}

start_busy() { # sets outer, the pid of a sandbox, and dir, its folder
	"$here/sandbox" bash -eu busy >log 2>&1 3>&- &
	outer=$!
	read -r dir <ready
}

processes() { # prints those that have the sandbox's mounts
	grep -ls " $dir " /proc/[0-9]*/mounts || true
}

nothing_left() {
	[ -z "$(processes)" ]
	[ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "${dir##*/}")" ]
	[ ! -e "$dir" ]
}

build_on() { # BUILDER: a two-stage build, its push, and its image run on a fresh engine
	BUILDER=$1 in_sandbox <<-'END'
		engine_start "$(engine_of "$BUILDER")"
		engine_use "$BUILDER"
		printf '%s\n' "FROM $REGISTRY/base:1 AS builder" 'RUN echo works >/out' \
			"FROM $REGISTRY/base:1" 'COPY --from=builder /out /out' | docker build -t "$REGISTRY/app:1" -
		docker push "$REGISTRY/app:1"
		engine_fresh "$(engine_of "$BUILDER")"
		[ "$(docker run --rm "$REGISTRY/app:1" cat /out)" = works ]
		[ "$(registry_tags app)" = 1 ]
		[ -z "$(registry_tags nothing)" ]
	END
}

@test "the sandbox passes on input, output and exit status" {
	run "$here/sandbox" sh -c 'cat; exit 7' <<<hello
	[ "$status" = 7 ]
	[ "$output" = hello ]
}

@test "a command in the sandbox is not process 1 and ignores no signal, whoever started it" {
	run bash -c 'trap "" HUP PIPE USR1; exec "$@"' bash "$here/sandbox" sh -c 'echo $$; grep SigIgn: /proc/self/status'
	[ "${lines[0]}" != 1 ]
	# the C library's own two, 32 and 33, are ignored in whatever glibc's posix_spawn starts, as make does
	[[ ${lines[1]} =~ ^SigIgn:[[:space:]]([0-9a-f]+)$ ]]
	[ $((16#${BASH_REMATCH[1]} & 0x7fffffff)) = 0 ]
}

@test "a sandbox that ends leaves nothing" {
	sed -i '$d' busy
	start_busy
	wait "$outer"
	nothing_left
}

@test "a sandbox that gets SIGTERM leaves nothing and says so in its status" {
	start_busy
	[ -n "$(processes)" ]
	kill "$outer"
	wait "$outer" || status=$?
	[ "$status" = 143 ]
	nothing_left
}

@test "a sandbox that gets SIGKILL leaves empty folders, and the next one sweeps them" {
	start_busy
	kill -KILL "$outer"
	# shellcheck disable=SC2031
	timeout 30 flock "$dir" true # every process of the sandbox holds this lock
	[ -z "$(processes)" ]
	[ -z "$(ls -A "$dir")" ]
	"$here/sandbox" true
	nothing_left
}

@test "a second daemon is not started, and a stopped registry keeps its data" {
	in_sandbox <<-'END'
		registry_start
		[ "$REGISTRY" = localhost:5000 ]
		registry_stop
		registry_stop
		registry_start
		[ "$(registry_tags base)" = 1 ]
		registry_start other
		[ "$REGISTRY $(registry_tags base)" = 'localhost:5001 ' ]
		registry_start
		registry_wipe
		[ -z "$(registry_tags base)" ]
	END
}

@test "a registry behind a wire is where others are, and its bytes are counted" {
	in_sandbox 'registry_shape 200mbit' <<-'END'
		[ "$REGISTRY" = localhost:5000 ]
		size=$(wc -c <"$DBRC_RUN/base/layer")
		read -r pulled pushed < <(registry_traffic)
		[ $((pushed > size && pushed < 2 * size && pulled < size)) = 1 ]
		curl -fsS -o /dev/null "http://$REGISTRY/v2/base/blobs/sha256:$(sha256sum <"$DBRC_RUN/base/layer" | cut -d' ' -f1)"
		read -r pulled pushed < <(registry_traffic)
		[ $((pulled > size && pushed < 2 * size)) = 1 ]
		registry_stop
		registry_start
		[ "$(registry_tags base)" = 1 ]
	END
}

@test "a registry that fails does so as it is told, and passes on all else" {
	in_sandbox <<-'END'
		faulty_start
		url=http://$FAULTY/v2/base/manifests/1
		status() { curl -sS -o /dev/null -w '%{http_code}' "$@" "$url"; }
		faulty fail 429 2 HEAD /manifests/
		[ "$(status) $(status -I) $(status -I) $(status -I) $(faulty met)" = '200 429 429 200 2' ]
		faulty cut 1 all PUT .
		reset=0
		curl -sS -X PUT --data-binary "@$DBRC_RUN/base/layer" "$url" || reset=$?
		[ "$reset" = 55 ] || [ "$reset" = 56 ]
		digest=$(sha256sum <"$DBRC_RUN/base/layer" | cut -d' ' -f1)
		[ "$(curl -sS "http://$FAULTY/v2/base/blobs/sha256:$digest" | sha256sum)" = "$digest  -" ]
		faulty down
		refused=0
		curl -sS "$url" || refused=$?
		[ "$refused" = 7 ]
		faulty clear
		[ "$(status) $(faulty met)" = '200 0' ]
		REGISTRY=$FAULTY blob_put app "$DBRC_RUN/base/layer"
		! faulty nonsense
		faulty_stop
	END
}

@test "an engine that is killed keeps its images" {
	in_sandbox <<-'END'
		engine_start bookworm
		engine_use legacy20
		docker run -d "$REGISTRY/base:1" tail -f /dev/null
		engine_kill bookworm
		! pgrep -x tail
		engine_start bookworm
		[ "$(docker image ls -q | wc -l)" = 1 ]
	END
}

@test "engine_stop keeps images, engine_fresh forgets them, even with a build under way" {
	in_sandbox <<-'END'
		engine_start bookworm
		engine_use buildkit20
		docker pull -q "$REGISTRY/base:1"
		mkfifo "$DBRC_RUN/log"
		printf '%s\n' "FROM $REGISTRY/base:1" 'RUN echo step runs; tail -f /dev/null' |
			docker build --progress plain - >"$DBRC_RUN/log" 2>&1 &
		exec 5<"$DBRC_RUN/log"
		grep -qx '#.* step runs' <&5
		engine_stop bookworm
		engine_start bookworm
		[ "$(docker image ls -q | wc -l)" = 1 ]
		engine_fresh bookworm
		[ -z "$(docker image ls -aq)" ]
		[ -z "$(docker builder prune -af | grep -v '^Total')" ]
	END
}

@test "builds work on legacy20" {
	build_on legacy20
}

@test "builds work on buildkit20" {
	build_on buildkit20
}

@test "builds work on buildkit26" {
	build_on buildkit26
}
