#!/usr/bin/env bats
# What is refused, and what is only printed.
# shellcheck disable=SC2154 # here, bin: set in helper.bash; stderr: by run
load helper

refused() { # TEXT ARGUMENT...: status 64, one line with the text, and docker was not run
	local text=$1
	shift
	run --separate-stderr "$@"
	[ "$status" -eq 64 ]
	[ -z "$output" ]
	has "$stderr" "$text" "--help"
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	[ ! -s "$FAKE/log" ]
}

@test "no image, or an empty one, is a usage error" {
	refused "docker-build-remote-cache: no image given" dbrc
	refused "no image given" dbrc ""
	refused "no image given: '.' is a path" dbrc .
	refused "no image given" dbrc --build-arg A=b
}

@test "own options: bad values name the option, what was given and what is wanted" {
	refused "--cache-mode: 'x' is not one of auto, pull, inline" dbrc reg.io/app --cache-mode x
	refused "--cache-mode: needs a value" dbrc reg.io/app --cache-mode
	refused "--jobs: '0' is not a number from 1 to 32" dbrc reg.io/app --jobs=0
	refused "--retries: '-1' is not a number" dbrc reg.io/app --retries -1
	refused "--cache-repo: 'reg.io/x:1' is not a repository without tag" dbrc a --cache-repo reg.io/x:1
	refused "--cache-prefix: '-x' is not the start of a tag" dbrc a --cache-prefix -x
	refused "--cache-read-only: 'maybe' is not true or false" dbrc a --cache-read-only=maybe
	refused "--dry-run: 'yaml' is not one of" dbrc a --dry-run=yaml
}

@test "a variable is refused like its option, unless the option is given" {
	DBRC_CACHE_MODE=x refused "DBRC_CACHE_MODE: 'x' is not one of" dbrc reg.io/app
	DBRC_CACHE_MODE=x dbrc reg.io/app --cache-mode inline
}

@test "a hostile value is shown harmless" {
	refused '\033[31m' dbrc reg.io/app --cache-mode $'\033[31m'
}

@test "--cache-stage of no stage names those there are" {
	refused "no stage is called 'nope'; there are: builder" dbrc reg.io/app --cache-stage nope
}

@test "the helpers are refused under their own names" {
	refused "docker-pull-tag: no image given" docker-pull-tag
	refused "docker-tag-push: too many arguments" docker-tag-push a b c
	refused "docker-tag-push: unknown option '--all-tags'" docker-tag-push --all-tags a
	refused "docker-pull-tag: '' is not an image" docker-pull-tag ""
	refused "docker-pull-tag: --explain is for builds" docker-pull-tag --explain a
}

@test "--help and --version print to standard output and run nothing" {
	run --separate-stderr dbrc --help
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	has "$output" "Usage: docker-build-remote-cache IMAGE" "--cache-stage NAME (repeatable)" "--dry-run"
	run --separate-stderr dbrc reg.io/app -h
	[ "$status" -eq 0 ]
	run --separate-stderr docker-pull-tag --help
	has "$output" "Usage: docker-pull-tag [OPTION]... REMOTE [LOCAL]"
	run --separate-stderr dbrc --version
	[ "$status" -eq 0 ]
	[[ $output =~ ^docker-build-remote-cache\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	[ ! -s "$FAKE/log" ]
}

@test "what cannot be printed is an error" {
	run dbrc --help >/dev/null
	[ "$status" -eq 0 ]
	run bash -c 'docker-build-remote-cache --help >/dev/full'
	[ "$status" -eq 1 ]
	has "$output" "cannot write to standard output"
}

@test "docker that is not there is 127, that cannot be run 126" {
	DBRC_DOCKER=no-such-docker run -127 dbrc reg.io/app
	has "$output" "cannot run docker: No such file or directory"
	: >not-a-program
	DBRC_DOCKER=./not-a-program run -126 dbrc reg.io/app
	has "$output" "cannot run docker: Permission denied"
	DBRC_DOCKER=no-such-docker run -127 docker-tag-push a
}

@test "what docker would refuse is docker's to refuse" {
	rule 'build -t FOO *' 'warn invalid reference format; exit 125'
	run --separate-stderr dbrc FOO
	[ "$status" -eq 125 ]
	same "$stderr" <<<'invalid reference format'
	rule 'build *--no-cache=maybe*' 'exit 125'
	run dbrc reg.io/app --no-cache=maybe
	[ "$status" -eq 125 ]
	never_called 'push *'
}

@test "an option that lacks its value does not swallow the context" {
	run dbrc reg.io/app . --file
	called 'build -t reg.io/app . --file'
	never_called '*inspect*'
}

@test "a plugin of docker's: docker cachebuild" {
	ln -s "$bin/docker-build-remote-cache" ../docker-cachebuild
	run --separate-stderr ../docker-cachebuild docker-cli-plugin-metadata
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	has "$output" '"SchemaVersion":"0.1.0"' '"Vendor":"docker-build-remote-cache"' '"ShortDescription":"Build an image'
	../docker-cachebuild cachebuild reg.io/app:1 --cache-read-only
	pushed reg.io/app:1
	run --separate-stderr ../docker-cachebuild --context x cachebuild reg.io/app:1
	[ "$status" -eq 64 ]
	has "$stderr" "options of docker's own stand behind 'cachebuild'"
}

@test "a build argument that looks like a secret: one warning, and its value is shown nowhere" {
	run --separate-stderr dbrc reg.io/app:1 --build-arg NPM_TOKEN=hidden-1 --build-arg=DB_PASSWORD=hidden-2 --build-arg V=shown \
		--report ../report --summary ../summary
	[ "$status" -eq 0 ]
	[ "$(warnings)" -eq 1 ]
	has "$stderr" 'NPM_TOKEN, DB_PASSWORD looks like a secret' --secret
	lacks "$output$stderr$(cat ../report ../summary)" hidden
	called 'build *NPM_TOKEN=hidden-1*' # docker gets it
	for how in --dry-run --dry-run=json; do
		run dbrc reg.io/app:1 --build-arg NPM_TOKEN=hidden-1 --build-arg=DB_PASSWORD=hidden-2 --build-arg V=shown "$how"
		has "$output" NPM_TOKEN DB_PASSWORD V=shown
		lacks "$output" hidden
	done
}

@test "report files: whole ones, in the place of others; GitHub's are added to" {
	export GITHUB_ACTIONS=true GITHUB_REF=refs/heads/main GITHUB_OUTPUT=$PWD/../output GITHUB_STEP_SUMMARY=$PWD/../page
	echo 'before=1' >../output
	echo '# before' >../page
	echo older >../report
	rule 'push reg.io/app:1' "say 1: digest: sha256:$(printf '%064d' 3) size: 1573"
	run --separate-stderr dbrc reg.io/app:1 --report ../report --summary ../summary --dotenv ../dotenv
	[ "$status" -eq 0 ]
	same "$(cat ../output)" <<-END
		before=1
		image=reg.io/app:1
		digest=sha256:$(printf '%064d' 3)
		cache-hit=false
	END
	same "$(cat ../dotenv)" <<-END
		DBRC_IMAGE=reg.io/app:1
		DBRC_DIGEST=sha256:$(printf '%064d' 3)
		DBRC_CACHE_HIT=false
	END
	has "$(cat ../page)" '# before' '### Image build: `reg.io/app:1`'
	has "$(cat ../summary)" '### Image build: `reg.io/app:1`'
	python3 -c 'import json, sys; r = json.load(open("../report")); assert r["version"] == 1 and r["pushed"] == ["reg.io/app:1"], r'
	[ "$(find .. -maxdepth 1 -name 'report*' | wc -l)" -eq 1 ]
	has "$stderr" '::group:::: Building' '::endgroup::' ':: Summary: '
}

@test "a report that cannot be written is a warning, and a failed run has one too" {
	rule 'build *' 'exit 7'
	run --separate-stderr dbrc reg.io/app:1 --report /nowhere/report --summary ../summary
	[ "$status" -eq 7 ]
	has "$stderr" "warning: cannot write '/nowhere/report'"
	has "$(cat ../summary)" 'Failed with status 7'
	dbrc reg.io/app:1 --report /dev/full || [ $? -eq 7 ]
}

@test "--explain: where the cache is looked for and stored, and why; nothing is run" {
	branch feature/x
	run --separate-stderr dbrc reg.io/app:1 --cache-default-branch main --explain
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same "$output" <<-'END'
		Image: reg.io/app:1
		Branch: feature/x (.git)
		Mode: registry where the builder exports caches, else inline; pull for the legacy builder (docker is asked; see --cache-mode)
		Caches, of each the first that exists (an exported one has .cache behind its name):
		  stage builder
		    reg.io/app:feature-x-builder: this branch, feature/x
		    reg.io/app:main-builder: to fall back on, main
		    reg.io/app:builder: un-prefixed, the default branch's last
		    stored: reg.io/app:feature-x-builder
		    what is finished of it if the build fails: reg.io/app:feature-x-builder.rescued
		  the image
		    reg.io/app:feature-x: this branch, feature/x
		    reg.io/app:main: to fall back on, main
		    reg.io/app:latest: un-prefixed, the default branch's last
		    stored: reg.io/app:feature-x
		    what is finished of it if the build fails: reg.io/app:feature-x.rescued
		Pushed: the image
	END
	[ ! -s "$FAKE/log" ]
	# of a stranger's pull request, with what makes it one
	run env CIRCLECI=true CIRCLE_BRANCH=pull/7 CIRCLE_PR_NUMBER=7 CIRCLE_PULL_REQUEST=x docker-build-remote-cache reg.io/app:1 --explain
	has "$output" 'stored: no, ' 'Pushed: nothing ('
	lacks "$output" 'stored: reg.io'
	run dbrc -t reg.io/app:1 . --explain --cache-mode pull --no-cache
	has "$output" 'Mode: pull (--cache-mode)' 'Loaded: nothing (--no-cache)' 'pushes the image only with --push'
	run dbrc app --explain
	has "$output" "Cache: none (the image's name has no registry)" 'Pushed: the image'
	run dbrc -t app . --explain
	has "$output" 'Pushed: nothing (a build with -t pushes the image only with --push)'
	DOCKER_BUILDKIT=0 run dbrc reg.io/app:1 --explain
	has "$output" 'Mode: pull (DOCKER_BUILDKIT asks for the legacy builder)'
	run --separate-stderr dbrc reg.io/app:1 --explain --cache-stage nope
	[ "$status" -eq 64 ]
	[ ! -s "$FAKE/log" ]
}

@test "completion: scripts that the shells take, with all options of ours and docker's" {
	local shell name
	for shell in bash zsh fish; do
		dbrc --completion "$shell" >../"$shell"
		for name in cache-stage report build-arg platform explain; do
			grep -qE -- "(--|-l )$name" ../"$shell"
		done
		! command -v "$shell" >/dev/null || "$shell" -n ../"$shell"
	done
	completes() { # LINE WORDS
		bash -c '. ../bash; COMP_WORDS=($1); [[ $1 != *" " ]] || COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
			_docker_build_remote_cache; echo "${COMPREPLY[*]}"' bash "$1"
	}
	same "$(completes 'docker-build-remote-cache img --cache-de')" <<<--cache-default-branch
	same "$(completes 'docker-build-remote-cache img --cache-mode in')" <<<inline
	same "$(completes 'docker-build-remote-cache img --no-c')" <<<'--no-cache --no-cache-filter'
	mkdir folder
	same "$(completes 'docker-build-remote-cache img fol')" <<<folder
	same "$(completes 'docker-build-remote-cache img -f Dockerf')" <<<Dockerfile
	if command -v fish >/dev/null; then
		completes() { HOME=.. fish -N -c 'source ../fish; complete -C $argv[1]' "$1"; }
		has "$(completes 'docker-build-remote-cache img --cache-de')" \
			$'--cache-default-branch\tthe default branch, instead of the one detected'
		has "$(completes 'docker-build-remote-cache img --cache-repo')" "instead of IMAGE's"
		has "$(completes 'docker-build-remote-cache img --cache-mode in')" $'inline\t'
	fi
	refused "--completion: 'csh' is not one of bash, zsh, fish" dbrc --completion csh
}

@test "the manual has every option of ours, and no other" {
	local man=$here/../../man/docker-build-remote-cache.1
	same "$(sed -n 's/^\.It //p' "$man" | grep -oE 'Fl -[a-z-]+' | sed 's/Fl -//; /^push$/d' | sort -u)" \
		< <(dbrc --help | grep -oE '^  --[a-z-]+(, --[a-z-]+)*' | grep -oE '[a-z][a-z-]+' | sort -u)
	# and every file and variable that the program looks at
	local name
	while read -r name; do
		grep -qE "Ev .*$name" "$man" || { echo "not in the manual: $name"; return 1; }
	done < <(grep -oE 'lookup_text\(&facts_env, "[A-Z_]+"\)' "$here/../../src/facts.c" | grep -oE '[A-Z_]{4,}' | sort -u)
}

# In a real zsh, which completes only on a terminal: what it makes of a line once TAB is pressed.
@test "completion: in zsh" {
	command -v zsh >/dev/null || skip 'there is no zsh'
	mkdir ../fpath
	dbrc --completion zsh >../fpath/_docker-build-remote-cache
	cat >../complete.zsh <<-'END'
		zmodload zsh/zpty
		zpty z zsh -f -i
		zpty -w z 'PS1=; fpath=($PWD/../fpath $fpath); autoload -U compinit; compinit -u -D; echo re""ady'
		zpty -r z text '*ready*'
		for line expected in '--cache-de' '*--cache-default-branch*' '--cache-mode=in' '*--cache-mode=inline*' \
			'--cache-rep' "*--cache-repo*"; do
			zpty -w -n z "docker-build-remote-cache img $line"$'\t'
			zpty -r z text $expected
			zpty -w -n z $'\025' # the line is emptied
		done
		zpty -w -n z $'docker-build-remote-cache img --cache-s\t\t'
		zpty -r z text '*cache this stage; default: every stage*' # its help, in a list
		echo all
	END
	same "$(HOME=.. timeout 60 zsh -f ../complete.zsh)" <<<all
}
