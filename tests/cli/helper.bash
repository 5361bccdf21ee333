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

# The image's own cache has not all of it, so the build that tries that ends: stages are built first.
# To be called before other rules.
stages_first() {
	rule 'build *--progress=plain*--cache-from*' 'exit 1'
}

legacy() {
	echo legacy >"$FAKE/builder"
}

calls() { # prints what docker was called with, but for the questions about the engine
	grep -v '^info ' "$FAKE/log"
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

wait_ready() { read -r docker_pid <&7; } # until a scripted docker says so; sets docker_pid

go_on() { echo >&8; } # lets one that waits go on

dbrc() { docker-build-remote-cache "$@"; }
