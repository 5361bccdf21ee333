# shellcheck shell=bash
# engine.sh - real docker engines and registries for tests, sourced by bash inside tests/engine/sandbox
#
#	. tests/engine/engine.sh
#	registry_start				# exports REGISTRY=localhost:5000
#	base_image				# $REGISTRY/base:1, a busybox to build FROM
#	engine_start trixie			# an engine: bookworm, trixie, sid, trixie-containerd or sid-containerd
#	engine_use buildkit26			# docker on PATH now is that engine's client
#	docker build ...
#	engine_fresh trixie			# forget everything, like a new CI runner
#	registry_shape 200mbit			# before registry_start: a slow network, whose bytes are counted
#	faulty_start				# exports FAULTY=localhost:6000: the same registry, but
#	faulty fail 500 3 PUT /manifests/	# it fails as it is told to
#
# Builders, and the engine each one needs (packages come from tests/engine/fetch, run beforehand):
#	legacy20 buildkit20   bookworm   Docker 20.10, graph-driver store
#	legacy26 buildkit26   trixie     Docker 26.1, graph-driver store
#	containerd26          trixie-containerd   the same, containerd image store
#	buildkit28            sid        Docker 28 or later, graph-driver store
#	containerd28          sid-containerd   the same, containerd image store
#
# Everything lives in $DBRC_RUN/engine/NAME and $DBRC_RUN/registry/NAME, with a log each. Nothing
# but processes started here is ever stopped. A failing function returns 1, says why in one line.
#
# A given engine. With DBRC_TEST_REGISTRY=HOST:PORT and DOCKER_HOST set by the user, the sandbox
# runs without namespaces and these functions use that engine and that registry:
#	*** engine_fresh THEN REMOVES THAT REGISTRY'S IMAGES, DANGLING IMAGES AND ALL BUILD CACHE OF THE ENGINE ***
# registry_stop and registry_wipe then return 77 (cannot). The number in a builder's name means
# there: 20 before Docker 23, 26 for Docker 23 to 27 (legacy26: and later), 28 from Docker 28 on.

: "${DBRC_RUN:?is not set: engine.sh works inside tests/engine/sandbox}"
: "${DBRC_ENGINES:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/engines}"
: "${DBRC_FAULTY:=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/faulty-registry}"
: "${DBRC_HOST_PATH:=$PATH}" # engine_use may be called again and again
export DBRC_ENGINES DBRC_FAULTY DBRC_HOST_PATH

engine_error() { # MESSAGE
	printf '%s: %s\n' "${FUNCNAME[1]}" "$1" >&2
	return 1
}

# ---- daemons: a folder DIR each, with pid, log and lock -------------------------------------------
# A daemon and all its children inherit an open, locked DIR/lock as fd 8. So the lock tells without
# polling when the last of them is gone, and a pid that has it open is no recycled one.

daemon_running() { # DIR: status 0 while the daemon or a child of it lives
	[ -e "$1/lock" ] && ! flock -n "$1/lock" true
}

daemon_start() { # DIR CMD ARG...: fds 3 to 7 are closed because bats waits for whoever has them
	local dir=$1
	{
		flock -n 8 || engine_error "cannot start ${dir##*/}: it runs already" || return
		# shellcheck disable=SC2016 # expanded by the inner shell
		setsid sh -c 'echo $$ >"$0/pid"; exec "$@"' "$@" \
			</dev/null >>"$dir/log" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- &
	} 8>>"$dir/lock"
}

daemon_wait() { # DIR CMD ARG...: until CMD succeeds, at most 30 s; only asking tells that a server answers
	local dir=$1 try
	shift
	for ((try = 0; try < 600; try++)); do
		"$@" >/dev/null 2>&1 && return
		daemon_running "$dir" || break
		sleep 0.05
	done
	engine_error "${dir##*/} does not answer: $(tail -n 1 "$dir/log")"
}

daemon_stop() { # DIR
	local dir=$1 pid
	daemon_running "$dir" || return 0
	pid=$(cat "$dir/pid")
	[ ! "/proc/$pid/fd/8" -ef "$dir/lock" ] || kill "$pid"
	flock -w 30 "$dir/lock" true || engine_error "${dir##*/} does not stop"
}

# ---- registries -----------------------------------------------------------------------------------

given() { # status 0 when engine and registry are the user's
	[ -n "${DBRC_GIVEN-}" ]
}

registry_config() { # DIR
	cat <<-END
		version: 0.1
		log: {level: warn, accesslog: {disabled: false}}
		storage: {filesystem: {rootdirectory: $1/data}, delete: {enabled: true}}
		http: {addr: "${DBRC_WIRE:-127.0.0.1}:$(cat "$1/port")"}
	END
}

# registry_start [NAME]: starts the registry NAME (default main, port 5000; others 5001, 5002...) if it
# is not running, with the data it had. Exports REGISTRY=localhost:PORT.
registry_start() {
	local dir=$DBRC_RUN/registry/${1-main} program=$DBRC_ENGINES/registry/usr/bin/docker-registry
	if given; then
		export REGISTRY=$DBRC_TEST_REGISTRY
		return
	fi
	[ -x "$program" ] || engine_error 'no registry: run tests/engine/fetch registry' || return
	mkdir -p "$DBRC_RUN/registry/main" "$dir/data"
	[ -e "$dir/port" ] || registry_port "${1-main}" >"$dir/port"
	REGISTRY=localhost:$(cat "$dir/port")
	export REGISTRY
	daemon_running "$dir" && return
	registry_config "$dir" >"$dir/config.yml"
	registry_forward "$dir" || return
	daemon_start "$dir" ${DBRC_WIRE:+nsenter --net=/run/netns/far} "$program" serve "$dir/config.yml" || return
	daemon_wait "$dir" curl -fsS "http://$REGISTRY/v2/"
}

registry_port() { # NAME: main has 5000, the others come after it in the order of their first start
	local all=("$DBRC_RUN"/registry/*/)
	if [ "$1" = main ]; then echo 5000; else echo $((4999 + ${#all[@]})); fi
}

# registry_stop [NAME]: stops it; a later registry_start has the same data and port
registry_stop() {
	if given; then return 77; fi
	daemon_stop "$DBRC_RUN/registry/${1-main}"
}

# registry_wipe [NAME]: an empty registry, started
registry_wipe() {
	registry_stop "$@" || return
	rm -rf "$DBRC_RUN/registry/${1-main}/data"
	registry_start "$@"
}

# registry_tags REPOSITORY: prints its tags, sorted, one a line; nothing when it has none
registry_tags() {
	curl -sS "http://$REGISTRY/v2/$1/tags/list" | sed -n 's/.*"tags":\[\([^]]*\)\].*/\1/p' | tr -d '"' | tr ',' '\n' | sort
}

# ---- a registry behind a wire ---------------------------------------------------------------------
# DBRC_WIRE is the registries' address in the network namespace "far", once there is one. Engines speak
# plain http to localhost only, so each registry has a forwarder at the port it would have without a wire.

# registry_shape RATE: registries started from now on are in a network namespace of their own, behind a
# wire of RATE (200mbit, as tc writes it) each way. 77 (cannot) for the given one.
registry_shape() {
	if given; then return 77; fi
	mkdir -p /run/netns
	ip netns add far && ip link add wire type veth peer name wire netns far &&
		ip addr add 10.98.0.1/30 dev wire && ip link set wire up &&
		ip -n far addr add 10.98.0.2/30 dev wire && ip -n far link set wire up && ip -n far link set lo up &&
		tc qdisc add dev wire root tbf rate "$1" burst 256kb latency 50ms &&
		tc -n far qdisc add dev wire root tbf rate "$1" burst 256kb latency 50ms ||
		engine_error 'cannot make a wire' || return
	export DBRC_WIRE=10.98.0.2
}

# registry_traffic: prints how many bytes came over the wire from the registries, and how many went there
registry_traffic() {
	awk '$1 == "wire:" { print $2, $10 }' /proc/self/net/dev	# /sys shows the host's
}

registry_forward() { # DIR: docker-proxy, which any engine brings, says on fd 3 that it listens
	local proxy=("$DBRC_ENGINES"/*/usr/sbin/docker-proxy) port
	[ -n "${DBRC_WIRE-}" ] || return 0
	[ -x "${proxy[0]}" ] || engine_error 'no docker-proxy: run tests/engine/fetch bookworm' || return
	mkdir -p "$1/forward"
	daemon_running "$1/forward" && return
	port=$(cat "$1/port")
	# shellcheck disable=SC2016 # expanded by the inner shell
	daemon_start "$1/forward" sh -c 'exec "$@" 3>/dev/null' sh "${proxy[0]}" -proto tcp \
		-host-ip 127.0.0.1 -host-port "$port" -container-ip "$DBRC_WIRE" -container-port "$port"
}

# ---- a registry that fails ------------------------------------------------------------------------

# faulty_start: starts a proxy to the main registry that has no faults yet; exports FAULTY=localhost:6000.
# 77 (cannot) for the given one: its engine may be on another machine.
faulty_start() {
	local dir=$DBRC_RUN/registry-faulty
	if given; then return 77; fi
	export FAULTY=localhost:6000
	daemon_running "$dir" && return
	mkdir -p "$dir"
	daemon_start "$dir" "$DBRC_FAULTY" 6000 "${REGISTRY#*:}" "$dir/control" || return
	daemon_wait "$dir" faulty clear
}

# faulty ORDER...: see faulty-registry
faulty() {
	"$DBRC_FAULTY" --tell "$DBRC_RUN/registry-faulty/control" "$@"
}

faulty_stop() { daemon_stop "$DBRC_RUN/registry-faulty"; }

# ---- the base image, written to the registry without any engine -----------------------------------

blob_put() { # REPOSITORY FILE: uploads it, prints its digest
	local digest url
	digest=sha256:$(sha256sum <"$2" | cut -d' ' -f1)
	url=$(curl -fsS -X POST -D - -o /dev/null "http://$REGISTRY/v2/$1/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
	case $url in /*) url=http://$REGISTRY$url ;; esac
	case $url in *\?*) url=$url\& ;; *) url=$url\? ;; esac
	curl -fsS -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$2" "${url}digest=$digest" || return
	echo "$digest"
}

base_layer() { # DIR: makes DIR/layer.tar, the same bytes every time
	local busybox=$DBRC_ENGINES/busybox/bin/busybox
	[ -x "$busybox" ] || engine_error 'no busybox: run tests/engine/fetch busybox' || return
	[ -e "$1/layer.tar" ] && return
	mkdir -p "$1/root/bin" "$1/root/tmp"
	cp "$busybox" "$1/root/bin/busybox"
	"$1/root/bin/busybox" --install "$1/root/bin"	# hard links
	tar -C "$1/root" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=a+rX --format=ustar -cf "$1/layer.tar" bin tmp
}

base_config() { # DIR
	cat <<-END
		{"architecture":"$(dpkg --print-architecture)","os":"linux","created":"1970-01-01T00:00:00Z",
		"config":{"Env":["PATH=/bin"],"Cmd":["/bin/sh"]},
		"history":[{"created":"1970-01-01T00:00:00Z","created_by":"busybox"}],
		"rootfs":{"type":"layers","diff_ids":["sha256:$(sha256sum <"$1/layer.tar" | cut -d' ' -f1)"]}}
	END
}

# base_image: makes sure that $REGISTRY/base:1 exists, a static busybox with all its commands in /bin
base_image() {
	local type=application/vnd.docker.distribution.manifest.v2+json
	curl -fs -o /dev/null -H "Accept: $type" "http://$REGISTRY/v2/base/manifests/1" || base_write
}

# base_write: writes it, also where there is one
base_write() {
	local dir=$DBRC_RUN/base type=application/vnd.docker url=http://$REGISTRY/v2/base/manifests/1 config layer
	base_layer "$dir" || return
	gzip -nf <"$dir/layer.tar" >"$dir/layer"
	base_config "$dir" >"$dir/config"
	config=$(blob_put base "$dir/config") && layer=$(blob_put base "$dir/layer") ||
		engine_error "cannot write to the registry at $REGISTRY" || return
	curl -fsS -o /dev/null -X PUT -H "Content-Type: $type.distribution.manifest.v2+json" --data-binary @- "$url" <<-END
		{"schemaVersion":2,"mediaType":"$type.distribution.manifest.v2+json",
		"config":{"mediaType":"$type.container.image.v1+json","size":$(wc -c <"$dir/config"),"digest":"$config"},
		"layers":[{"mediaType":"$type.image.rootfs.diff.tar.gzip","size":$(wc -c <"$dir/layer"),"digest":"$layer"}]}
	END
}

# ---- engines --------------------------------------------------------------------------------------

# engine_of BUILDER: prints the NAME of the engine that has it
engine_of() {
	case $1 in
	legacy20 | buildkit20 | legacy26 | buildkit26 | containerd26 | buildkit28 | containerd28) ;;
	*) engine_error "no such builder: '$1'" || return ;;
	esac
	if given; then set -- given; fi
	case $1 in
	given) echo given ;;
	*20) echo bookworm ;;
	containerd26) echo trixie-containerd ;;
	*26) echo trixie ;;
	buildkit28) echo sid ;;
	containerd28) echo sid-containerd ;;
	esac
}

given_builders() { # prints the builders of the given engine
	local major
	major=$(docker version --format '{{.Server.Version}}') || return
	major=${major%%.*}
	if [ "$major" -lt 23 ]; then
		echo legacy20 buildkit20
	elif docker info --format '{{.DriverStatus}}' | grep -q io.containerd.snapshotter; then
		if [ "$major" -lt 28 ]; then echo containerd26; else echo containerd28; fi
	else
		echo legacy26
		! docker buildx version >/dev/null 2>&1 || if [ "$major" -lt 28 ]; then echo buildkit26; else echo buildkit28; fi
	fi
}

# engine_offers BUILDER: status 0 when it can be had: its packages are fetched, or the given engine has it
engine_offers() {
	local name
	name=$(engine_of "$1") || return
	case $name in
	given) given_builders | grep -qw "$1" ;;
	*) [ -x "$DBRC_ENGINES/${name%-containerd}/usr/sbin/dockerd" ] ;;
	esac
}

# The cgroups get a parent of their own so that they can be removed, and are made without systemd,
# which knows nothing of this sandbox.
engine_config() { # NAME
	local store='"storage-driver":"overlay2","features":{"containerd-snapshotter":false}'
	[[ $1 != *-containerd ]] || store='"features":{"containerd-snapshotter":true}'
	[ "$1" != bookworm ] || store="$store,\"deprecated-key-path\":\"$DBRC_RUN/engine/$1/key.json\"" # not in /etc/docker
	echo "{\"bridge\":\"dbr0\",\"iptables\":false,\"ip6tables\":false,\"cgroup-parent\":\"$DBRC_CGROUP\","
	echo "\"exec-opts\":[\"native.cgroupdriver=cgroupfs\"],$store}"
}

# engine_start NAME: starts the engine if it is not running, with the data it had
engine_start() {
	local dir=$DBRC_RUN/engine/$1 root=$DBRC_ENGINES/${1%-containerd}
	if given; then
		docker version >/dev/null || engine_error "no engine answers at $DOCKER_HOST"
		return
	fi
	[ -x "$root/usr/sbin/dockerd" ] || engine_error "no engine '$1': run tests/engine/fetch ${1%-containerd}" || return
	daemon_running "$dir" && return
	rm -rf "$dir/exec" "$dir/dockerd.pid"	# a killed engine's
	mkdir -p "$dir"
	engine_config "$1" >"$dir/daemon.json"
	# container=: as in a container, keep off the host's AppArmor profiles
	daemon_start "$dir" env container=sandbox PATH="$root/usr/bin:$root/usr/sbin:$DBRC_HOST_PATH" \
		LD_LIBRARY_PATH="$(echo "$root"/usr/lib/*-linux-gnu):$(echo "$root"/lib/*-linux-gnu)" \
		"$root/usr/sbin/dockerd" --config-file "$dir/daemon.json" --data-root "$dir/data" \
		--exec-root "$dir/exec" --pidfile "$dir/dockerd.pid" -H "unix://$dir/sock" || return
	daemon_wait "$dir" curl -fsS --unix-socket "$dir/sock" http://docker/_ping
}

# in_image IMAGE FILE...: prints files of an image. It is not run: an engine may lose what a container prints that
# ends at once (26.1 on a loaded machine: of 2 in 240, from its logs).
in_image() {
	local id file
	id=$(docker create "$1" x) || return
	for file in "${@:2}"; do docker cp "$id:$file" - | tar -xO; done
	docker rm "$id" >/dev/null
}

# engine_stop NAME: stops the engine and all it runs; its data stays
engine_stop() {
	if given; then return 0; fi
	daemon_stop "$DBRC_RUN/engine/$1" || return
	# a killed build may leave mounts
	awk -v dir="$DBRC_RUN/engine/$1/" 'index($2, dir) == 1 { print $2 }' /proc/self/mounts | sort -r | xargs -r umount -l
}

# engine_kill NAME: as when its machine is lost: the engine and all it runs are killed; its data stays. 77
# (cannot) for the given one.
engine_kill() {
	local dir=$DBRC_RUN/engine/$1 fd pid
	if given; then return 77; fi
	for fd in /proc/[0-9]*/fd/8; do
		# one may end before it is killed: its parent was
		[ ! "$fd" -ef "$dir/lock" ] || kill -KILL "$(cut -d/ -f3 <<<"$fd")" 2>/dev/null || true
	done
	# what runs in containers does not have the lock
	find /sys/fs/cgroup -path "*$DBRC_CGROUP/*" -name cgroup.procs -exec cat {} + 2>/dev/null |
		while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done
	engine_stop "$1"
}

# engine_fresh NAME: the engine knows nothing any more, like a new CI runner. The given one: SEE ABOVE.
engine_fresh() {
	if given; then
		docker image ls --format '{{.Repository}}:{{.Tag}}' | grep "^$REGISTRY/" | grep -v ':<none>$' |
			xargs -r docker image rm -f >/dev/null
		docker image prune -f >/dev/null
		docker builder prune -af >/dev/null
		return
	fi
	engine_stop "$1" || return
	rm -rf "$DBRC_RUN/engine/$1/data"
	engine_start "$1"
}

# engine_use BUILDER: from now on `docker build` is that builder. Exports PATH, DOCKER_HOST, DOCKER_CONFIG
# and DOCKER_BUILDKIT; does not start the engine.
engine_use() {
	local name dir root
	name=$(engine_of "$1") || return
	engine_offers "$1" || engine_error "builder '$1' cannot be had: no engine for it" || return
	case $1 in legacy*) DOCKER_BUILDKIT=0 ;; *) DOCKER_BUILDKIT=1 ;; esac
	export DOCKER_BUILDKIT
	if given; then return; fi
	dir=$DBRC_RUN/engine/$name root=$DBRC_ENGINES/${name%-containerd}
	export PATH=$root/usr/bin:$DBRC_HOST_PATH DOCKER_HOST=unix://$dir/sock DOCKER_CONFIG=$dir/client
	unset DOCKER_CONTEXT DOCKER_DEFAULT_PLATFORM BUILDX_BUILDER BUILDX_CONFIG
	mkdir -p "$DOCKER_CONFIG"
	echo "{\"cliPluginsExtraDirs\":[\"$root/usr/libexec/docker/cli-plugins\"]}" >"$DOCKER_CONFIG/config.json"
}
