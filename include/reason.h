/*
 * reason: a line that docker printed -> why the command failed, whether trying again can help, and
 * what the user can do; pure, a table.
 *
 * docker exits with 1 for every error of daemon and registry, so that only its text tells them
 * apart (moby distribution/errors.go, containerd remotes/docker, docker/cli). A text that no row
 * knows costs a better message and a second try, nothing else.
 */
#ifndef REASON_H
#define REASON_H

#include "util.h"

enum reason {
	REASON_NONE,   /* nothing that a row knows */
	REASON_ABSENT, /* no such tag or repository */
	REASON_DENIED, /* no access; some registries say so of what is not there */
	REASON_UNREACHABLE,
	REASON_TIMEOUT,
	REASON_RESET,
	REASON_BUSY,   /* 429 */
	REASON_SERVER, /* 5xx */
	REASON_PLAIN_HTTP,
	REASON_CERTIFICATE,
	REASON_NO_SPACE,
	REASON_QUOTA,
	REASON_IMMUTABLE,
	REASON_NO_IMAGE, /* what was to be pushed is not there */
	REASON_NO_DAEMON,
	REASON_CACHE_PUT, /* podman could not put a step into its cache, and stopped at that */
	REASON_BUILDER,   /* BuildKit lost its way among builds that share steps */
	REASON_SAME_NAME, /* another build was naming the same image */
	REASON_POLICY,    /* docker cannot have our source policy, see policy.c */
	REASON_SPAWN      /* docker could not be started; no line says this */
};
#define NR_REASONS (REASON_SPAWN + 1)

/*
 * The reason a line gives, by its first 4096 bytes. ref is what the command was about (NULL:
 * nothing): its parts do not count where they stand in the line, for a branch may be called
 * "fix-timeout".
 */
enum reason reason_of_line(const char *line, size_t len, const char *ref);

bool reason_may_pass(enum reason reason);      /* trying again can help */
const char *reason_text(enum reason reason);   /* in a few words, for a message */
const char *reason_advice(enum reason reason); /* what to do about it, or NULL */

#endif
