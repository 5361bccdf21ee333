# helper.bash: for the bats files here. Each test has a folder of its own with a two-stage project in
# it, and a scripted docker (see tests/cli/docker) whose log it reads.
bats_require_minimum_version 1.5.0

here=$BATS_TEST_DIRNAME
bin=$(cd "$here/../.." && pwd)/${DBRC_BIN:-build}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export FAKE=$BATS_TEST_TMPDIR/fake TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$FAKE" tmp project
	mkfifo "$FAKE/ready" "$FAKE/go"
	# held open, so that nobody waits for a partner and nothing said is lost
	exec 7<>"$FAKE/ready" 8<>"$FAKE/go"
	: >"$FAKE/rules"
	: >"$FAKE/log"
	echo buildkit >"$FAKE/builder"
	# as on a machine without CI, and with nothing of ours set
	local ci='CI|CI_.*|CIRCLE.*|GITHUB_.*|GITLAB_.*|FORGEJO_.*|GITEA_.*|TRAVIS|BUILDKITE|DRONE|TF_BUILD'
	ci+='|BITBUCKET_.*|APPVEYOR|SEMAPHORE|CIRRUS_CI|CF_BUILD_ID|CODEBUILD_.*|bamboo_.*|TEAMCITY_VERSION'
	ci+='|JENKINS_URL|BUILD_TAG|BUILDER_OUTPUT'
	for name in $(compgen -e | grep -E "^($ci|GIT_DIR|DBRC_.*|DOCKER_.*|BUILDKIT_.*)\$"); do
		[ "$name" = DBRC_BIN ] || unset "$name"
	done
	export PATH=$bin:$here:$PATH DOCKER_DEFAULT_PLATFORM=linux/amd64 # whatever machine this is
	cd project || return
	two_stages
	branch main
}

# What was started must be gone, and so must be its files.
teardown() {
	[ -z "$(find "$TMPDIR" -mindepth 1 ! -name 'bats*' 2>/dev/null)" ] || {
		find "$TMPDIR"
		return 1
	}
}

two_stages() {
	printf '%s\n' 'FROM base:1 AS builder' 'RUN make' 'FROM base:1' 'COPY --from=builder /x /x' >Dockerfile
}

branch() { # NAME: the checkout is on it
	mkdir -p .git
	echo "ref: refs/heads/$1" >.git/HEAD
}

rule() { # PATTERN ACTIONS: the first that matches counts
	printf '%s\t%s\n' "$1" "$2" >>"$FAKE/rules"
}

# The build that tries whether all of the image is in its own cache. Builds that are done once more, to be
# stored, are plain too, but have no --cache-from.
attempt='build *--progress=plain*--cache-from*'

# The image's own cache has not all of it, so the build that tries that ends: stages are built first.
# To be called before other rules.
stages_first() {
	rule "$attempt" 'exit 1'
}

legacy() {
	echo legacy >"$FAKE/builder"
}

calls() { # prints what docker was called with, but for the questions about the engine
	grep -v '^info ' "$FAKE/log"
}

builds() { # prints the builds, in order, without a digest
	grep '^build ' "$FAKE/log" | sed 's/@sha256:0*7/@DIGEST/'
}

nr_builds() { builds | wc -l; }

pushed() { # REFERENCE...: these were pushed, in whatever order, and nothing else
	printf '%s\n' "$@" | same_set "$(sed -n 's/^push //p' "$FAKE/log")"
}

# Prints how the stage and the image of two_stages on main are stored and pushed, where what is stored is
# what was built for it; in order, each by itself.
stores() {
	cat <<-'END'
		push reg.io/app:main-builder
		tag reg.io/app:main-builder reg.io/app:builder
		push reg.io/app:builder
		push reg.io/app:1
		tag reg.io/app:1 reg.io/app:main
		push reg.io/app:main
		tag reg.io/app:1 reg.io/app:latest
		push reg.io/app:latest
	END
}

called() { # PATTERN: docker was called with what matches
	local line
	while read -r line; do
		# shellcheck disable=SC2053 # a pattern, on purpose
		[[ $line == $1 ]] && return 0
	done <"$FAKE/log"
	echo "never called: $1; but:"
	cat "$FAKE/log"
	return 1
}

never_called() { # PATTERN
	! called "$1" >/dev/null || {
		echo "called: $1"
		return 1
	}
}

in_order() { # PATTERN...: there were calls that match them, one after the other
	local line
	while read -r line; do
		# shellcheck disable=SC2053 # a pattern, on purpose
		[[ $line != $1 ]] || shift
		[ $# -gt 0 ] || return 0
	done <"$FAKE/log"
	echo "not called in its turn: $1; but:"
	cat "$FAKE/log"
	return 1
}

# Whole text against what is expected, which comes on standard input; shows the difference.
same() { # TEXT
	diff <(echo "$1") - >&2
}

# The same for a set of lines, in whatever order they came.
same_set() { # TEXT
	diff <(sort <<<"$1") <(sort) >&2
}

has() { # TEXT PART...: the text has each of the parts
	local text=$1 part
	shift
	for part; do
		[[ $text == *"$part"* ]] || {
			printf 'not in the text: %s\nthe text: %s\n' "$part" "$text"
			return 1
		}
	done
}

lacks() { # TEXT PART...
	local text=$1 part
	shift
	for part; do
		[[ $text != *"$part"* ]] || {
			printf 'in the text: %s\nthe text: %s\n' "$part" "$text"
			return 1
		}
	done
}

# The lines that warn, of what `run --separate-stderr` ran.
# shellcheck disable=SC2154 # stderr: by run
warnings() { grep -c '^docker-build-remote-cache: warning:' <<<"$stderr"; }

# Starts a run in the background, its output in ../out, and waits until a scripted docker says that it is
# ready. Sets pid, and docker_pid.
start() { # COMMAND...
	"$@" >../out 2>&1 3>&- &
	pid=$!
	wait_ready
}

ended() { # STATUS: the run has ended so
	local status=0
	wait "$pid" || status=$?
	[ "$status" -eq "$1" ] || {
		echo "status $status; output:"
		cat ../out
		return 1
	}
}

wait_ready() { read -r docker_pid <&7; } # until a scripted docker says so; sets docker_pid

go_on() { echo >&8; } # lets one that waits go on

dbrc() { docker-build-remote-cache "$@"; }
