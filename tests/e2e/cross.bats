#!/usr/bin/env bats
# Caches written by one BuildKit and read by another, with one registry and an engine for each; to be run
# by tests/e2e/run. Steps that a reader's fresh engine does not run came from the writer's cache.
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own
# shellcheck disable=SC2154 # app, status and log: set in helper.bash
bats_require_minimum_version 1.5.0

load helper

builders=(buildkit20 buildkit26 buildkit28 containerd28)

setup_file() {
	# shellcheck source=../engine/engine.sh
	. "$BATS_TEST_DIRNAME/../engine/engine.sh"
	! given || skip "one engine is given, and several are needed"
	local builder
	for builder in "${builders[@]}"; do engine_offers "$builder" || skip "no engine for $builder"; done
	registry_start
	base_image
}

teardown_file() {
	local builder
	for builder in "${builders[@]}"; do engine_stop "$(engine_of "$builder")"; done
}

setup() {
	# shellcheck source=../engine/engine.sh
	. "$BATS_TEST_DIRNAME/../engine/engine.sh"
	export BUILDER=${builders[0]} ENGINE=bookworm
	setup_project
}

with() { # BUILDER: from now on it is that one, on a fresh engine
	BUILDER=$1
	ENGINE=$(engine_of "$BUILDER")
	engine_use "$BUILDER"
	PATH=$BATS_TEST_DIRNAME/../../build:$PATH
	fresh
}

# Docker 20.10's BuildKit calls a RUN by another digest than later ones do (its COPY by the same), so its
# cache says nothing to them, nor theirs to it; that hurts nobody.
hits() { # WRITER READER
	[ "$1" != buildkit20 ] && [ "$2" != buildkit20 ]
}

# The others, one after the other, from what the writer left; none leaves anything itself.
read_by_others() { # WRITER
	local reader
	with "$1"
	dbrc
	ended 0 "deps compile runtime"
	for reader in "${builders[@]}"; do
		[ "$reader" != "$1" ] || continue
		with "$reader"
		dbrc --cache-read-only
		echo "read by $reader"
		if hits "$1" "$reader"; then ended 0 ""; else ended 0 "deps compile runtime"; fi
		right
	done
}

@test "written by buildkit20" { read_by_others buildkit20; }

@test "written by buildkit26" { read_by_others buildkit26; }

@test "written by buildkit28" { read_by_others buildkit28; }

@test "written by containerd28" { read_by_others containerd28; }
