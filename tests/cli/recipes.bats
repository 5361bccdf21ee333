#!/usr/bin/env bats
# What the README and the actions say to type: the YAML is YAML, and the command lines are ones that we take.
# shellcheck disable=SC2154 # here, bin, status, output: set in helper.bash and by run
load helper

blocks() { # LANGUAGE: prints the fenced blocks of the README, with a line of NUL behind each
	awk -v fence='```'"$1" '$0 == fence { inside = 1; next } /^```$/ && inside { inside = 0; printf "%c", 0; next } inside' \
		"$here/../../README.md"
}

# Each command of ours in the text, as a shell would run it but dry; CI systems set the variables.
commands_are_good() { # TEXT
	local line nr=0
	while IFS= read -r line; do
		line=docker-build-remote-cache${line#*docker-build-remote-cache}
		line=${line%\'}
		run env CI_REGISTRY_IMAGE=reg.io/app CI_COMMIT_SHA=1 CIRCLE_SHA1=1 BUILDKITE_COMMIT=1 BITBUCKET_COMMIT=1 COMMIT=1 \
			BUILD_SOURCEVERSION=1 GIT_COMMIT=1 PYTHON=3 sh -c "${line//\$\$/\$} --dry-run"
		[ "$status" -eq 0 ]
		has "$output" 'docker build'
		nr=$((nr + 1))
	done < <(grep -E '(^|exec |^    )docker-build-remote-cache ' <<<"$1" | grep -v -- '--explain\|--dry-run')
	[ "$nr" -gt 0 ]
}

@test "the recipes of the README: command lines" {
	mkdir web worker
	cp Dockerfile web
	cp Dockerfile worker
	local language
	for language in yaml groovy sh; do
		commands_are_good "$(blocks "$language" | tr '\0' '\n')"
	done
	commands_are_good "$(grep '^    docker-build-remote-cache' "$here/../../README.md")"
}

@test "the recipes of the README, and the action: YAML" {
	python3 -c 'import yaml' || skip 'no yaml module of python3'
	local nr=0 block
	while IFS= read -r -d '' block; do
		python3 -c 'import sys, yaml; assert isinstance(yaml.safe_load(sys.stdin), dict)' <<<"$block"
		nr=$((nr + 1))
	done < <(blocks yaml)
	[ "$nr" -ge 7 ]
	python3 - "$here/../../.github/actions/build/action.yml" <<-'END'
		import sys, yaml
		action = yaml.safe_load(open(sys.argv[1]))
		assert action["runs"]["using"] == "composite"
		assert all("shell" in step for step in action["runs"]["steps"])
	END
}

@test "what the README says that is said, the program says" {
	local text
	while IFS= read -r text; do
		text=${text#*...: }
		grep -rqF -- "${text%% (*}" "$here/../../src" || { echo "not said: $text"; return 1; }
	done < <(sed -n '/^## When it does not hit/,/^## Compared/p' "$here/../../README.md" | grep -oE '^\| (a warning )?`[^`-]+`' | cut -d'`' -f2 |
		sed 's/^not all of .*: build argument X changed/ changed/; s/^Cache of builder: none/Cache of /; s/^no cache is stored/no cache is stored/; s/^COPY . .//' | grep .)
}

@test "the action: its last step, as GitHub runs it" {
	python3 -c 'import yaml' || skip 'no yaml module of python3'
	python3 -c 'import sys, yaml; print(yaml.safe_load(open(sys.argv[1]))["runs"]["steps"][-1]["run"])' \
		"$here/../../.github/actions/build/action.yml" >../step
	mkdir -p ../checkout/.github/actions/build ../checkout/build
	ln -s "$bin/docker-build-remote-cache" ../checkout/build
	GITHUB_ACTION_PATH=$PWD/../checkout/.github/actions/build DBRC_ACTION_IMAGE=reg.io/app:1 DBRC_ACTION_CONTEXT=. \
		DBRC_ACTION_ARGS='--build-arg "TITLE=my app" --cache-read-only' bash -e ../step
	called "build *--build-arg 'TITLE=my app' *-t reg.io/app:1 *."
	GITHUB_ACTION_PATH=$PWD/../checkout/.github/actions/build DBRC_ACTION_IMAGE=reg.io/app:1 DBRC_ACTION_CONTEXT=. \
		DBRC_ACTION_ARGS='' bash -e ../step
	pushed reg.io/app:1 reg.io/app:1 reg.io/app:main reg.io/app:latest
}
