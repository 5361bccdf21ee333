# shellcheck shell=bash
# helper.bash: for the bats files here: the tool on one real builder, $BUILDER. Each test has a folder of
# its own with a two-stage project in it, a repository of its own in the registry, and an engine that has
# forgotten everything.

setup_file() {
	# shellcheck source=../engine/engine.sh
	. "$BATS_TEST_DIRNAME/../engine/engine.sh"
	registry_start
	base_image
	ENGINE=$(engine_of "$BUILDER")
	export ENGINE
	engine_start "$ENGINE"
}

teardown_file() { engine_stop "$ENGINE"; }

setup() {
	# shellcheck source=../engine/engine.sh
	. "$BATS_TEST_DIRNAME/../engine/engine.sh"
	engine_offers "$BUILDER" || skip "no engine for $BUILDER"
	registry_start
	engine_use "$BUILDER"
	PATH=$BATS_TEST_DIRNAME/../../build:$PATH
	setup_project
	engine_fresh "$ENGINE"
}

setup_project() {
	local name
	# as on a machine without CI
	local ci='CI|CI_.*|CIRCLE.*|GITHUB_.*|GITLAB_.*|FORGEJO_.*|GITEA_.*|TRAVIS|BUILDKITE|DRONE|TF_BUILD'
	ci+='|BITBUCKET_.*|APPVEYOR|SEMAPHORE|CIRRUS_CI|CF_BUILD_ID|CODEBUILD_.*|bamboo_.*|TEAMCITY_VERSION'
	ci+='|JENKINS_URL|BUILD_TAG|BUILDER_OUTPUT|GIT_DIR'
	for name in $(compgen -e | grep -E "^($ci)\$"); do unset "$name"; done
	app=$(basename "$BATS_TEST_FILENAME" .bats)-$BUILDER-$BATS_TEST_NUMBER
	image=$REGISTRY/$app
	mkdir "$BATS_TEST_TMPDIR/project"
	cd "$BATS_TEST_TMPDIR/project" || return
	# no test finds what another one built
	echo "d1 $BUILDER $app" >deps
	echo m1 >main
	two_stages 'RUN echo "$(echo runtime)-ran" && test -s /app'
}

# What a step prints cannot be seen in how the step is written. The dependencies take a while: an attempt,
# of which nothing is shown, may start their step, but is stopped before that has ended. So when they are
# not run later either, they come from the registry.
two_stages() { # RUNTIME: an instruction of the last stage
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1 AS builder
		WORKDIR /src
		COPY deps .
		RUN echo "\$(echo deps)-ran" && sleep 1 && cp deps deps.out
		COPY main .
		RUN echo "\$(echo compile)-ran" && cat deps.out main >app
		FROM $REGISTRY/base:1
		COPY --from=builder /src/app /app
		$1
		CMD ["cat", "/app"]
	END
}

three_stages() {
	cat >Dockerfile <<-END
		FROM $REGISTRY/base:1 AS deps
		WORKDIR /src
		COPY deps .
		RUN echo "\$(echo deps)-ran" && sleep 1 && cp deps deps.out
		FROM deps AS compile
		COPY main .
		RUN echo "\$(echo compile)-ran" && cat deps.out main >app
		FROM $REGISTRY/base:1
		COPY --from=deps /src/deps.out /deps
		COPY --from=compile /src/app /app
		RUN echo "\$(echo runtime)-ran" && test -s /app
		CMD ["cat", "/app"]
	END
}

# Runs the tool on an image of this test's; sets status and log. Without checkpoints, unless they are asked for:
# whether there is one is a question of how fast the machine is.
# shellcheck disable=SC2120 # the arguments are the tests'
dbrc() { # [ARGUMENT...]
	status=0
	docker-build-remote-cache "$image:1" --cache-branch main --checkpoint 0 "$@" >../log 2>&1 || status=$?
	log=$(cat ../log)
}

# As docker build is called: -t, no push.
build() { # [ARGUMENT...]
	status=0
	docker-build-remote-cache -t "$image:1" --cache-branch main --checkpoint 0 "$@" >../out 2>../log || status=$?
	cat ../out >>../log
	log=$(cat ../log)
}

ran() { # prints which steps ran, each once, in the order of the Dockerfile
	local step
	for step in deps compile runtime; do ! grep -q "$step-ran" ../log || echo "$step"; done | paste -sd ' '
}

ended() { # STATUS STEPS: the last run did so, and ran these steps
	if [ "$status" -ne "$1" ] || [ "$(ran)" != "$2" ]; then
		echo "status $status, ran: $(ran)"
		echo "$log"
		return 1
	fi
}

# The image is right: its files say what its sources say.
right() { # [FILE...]
	[ $# -gt 0 ] || set -- /app
	same "$(in_image "$image:1" "$@")" "$(cat deps main)"
}

same() { # TEXT EXPECTED
	diff <(echo "$1") <(echo "$2") >&2
}

fresh() { engine_fresh "$ENGINE"; }

tags() { # prints the tags the registry has of this test's image, but for bases, in a line
	registry_tags "$app" | sed '/\.base\.cache$/d' | paste -sd ' '
}

mode() { # prints the cache mode of $BUILDER
	case $BUILDER in legacy*) echo pull ;; containerd*) echo registry ;; *) echo inline ;; esac
}

# The registry has these tags of this test's image, those of the final image first. Where caches are exported
# there is one beside each (a number is a tag of IMAGE's own, which has none); and that of the final image is
# that of all stages, so they have none of their own.
stored() { # [TAG...] [-- STAGE...]
	local tag all=() finals=
	for tag; do
		[ "$tag" != -- ] || {
			if [ "$(mode)" = registry ] && [ -n "$finals" ]; then break; fi
			continue
		}
		all+=("$tag")
		finals=yes
		case $(mode)/$tag in registry/[0-9]*) ;; registry/*) all+=("$tag.cache") ;; esac
	done
	same "$(tags)" "$(printf '%s\n' "${all[@]}" | sort | paste -sd ' ')"
}

times() { # STEP: prints how often it ran, as far as its output tells
	grep -oE "(^|[^a-z])$1-ran" ../log | wc -l
}

# ---- a registry that fails ------------------------------------------------------------------------

# Puts the image of this test in a registry that fails from here on as it is told to. What is built FROM is not
# in it. Nothing that then happens may hang.
behind() {
	export BATS_TEST_TIMEOUT=300
	faulty_start || skip "the given engine may not reach a registry of ours"
	faulty clear
	image=$FAULTY/$app
}

met() { # what is tested has happened; nothing fails any more
	[ "$(faulty met)" -gt 0 ]
	faulty clear
}

warnings() { # prints how many there were
	grep -c 'warning: ' ../log || true
}

# The last run has stored everything: the next one, on a new machine, runs nothing.
all_hit() {
	fresh
	# shellcheck disable=SC2119
	dbrc
	ended 0 ""
	right
}
