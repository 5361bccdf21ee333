#!/usr/bin/env bats
# A registry that answers with errors, or loses connections, on one real builder, $BUILDER; to be run by
# tests/e2e/run.
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own
# shellcheck disable=SC2154 # app, status and log: set in helper.bash
bats_require_minimum_version 1.5.0

load helper

# Where caches are stored, but not the image.
caches='/manifests/(main|latest|builder)'

@test "no access to where caches are stored: that is said, and the image is pushed" {
	behind
	faulty fail 401 all PUT "$caches"
	dbrc
	met
	ended 0 "deps compile runtime"
	right
	same "$(tags)" 1
	[[ $log == *"no access"* || $log == *"could not be stored"* ]]
	[ "$(warnings)" -eq 1 ] # for all tags
}

@test "no access to store anything: the image is built, and docker's status is ours" {
	behind
	faulty fail 401 all 'POST|PUT|PATCH' .
	dbrc
	met
	ended 1 "deps compile runtime"
	same "$(tags)" ""
	right
	build .
	ended 0 ""
}

@test "an error and a rate limit that pass: everything is stored" {
	behind
	faulty fail 500 1 PUT /manifests/
	faulty fail 429 1 PUT /manifests/
	dbrc
	met
	ended 0 "deps compile runtime"
	[ "$(warnings)" -eq 0 ]
	all_hit
}

@test "errors that do not pass, where caches are stored: the image is pushed" {
	behind
	faulty fail 500 all PUT "$caches"
	dbrc --retries 1
	met
	ended 0 "deps compile runtime"
	same "$(tags)" 1
	right
	case $(mode) in # an export says why, a push only "unknown"
	registry) [ "$(warnings)" -eq 2 ] ;;
	*) [ "$(warnings)" -eq 1 ] ;;
	esac
}

@test "a rate limit that does not pass, where caches are stored: the image is pushed" {
	behind
	faulty fail 429 all PUT "$caches"
	dbrc --retries 1
	met
	ended 0 "deps compile runtime"
	same "$(tags)" 1
	right
	[ "$(warnings)" -eq 1 ]
}

@test "errors as uploads begin: everything is stored" {
	behind
	faulty fail 500 2 POST /blobs/uploads/
	dbrc
	met
	ended 0 "deps compile runtime"
	all_hit
}

@test "connections that are reset in the middle of an upload: everything is stored" {
	behind
	# what is uploaded cannot be packed into less than 1 MB
	sed -i 's/cp deps deps.out/& \&\& head -c 1000000 \/dev\/urandom >random/' Dockerfile
	faulty cut 100000 2 'PUT|PATCH' /blobs/uploads/
	dbrc
	met
	ended 0 "deps compile runtime"
	all_hit
}
