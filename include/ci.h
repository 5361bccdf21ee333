/*
 * ci: which CI system this is, and what its variables say of branch and pull request; pure.
 *
 * A system is a row of the table in ci.c. On many systems the variable one would take first names a
 * pull request's target, so a pull request has columns of its own: storing its layers under the
 * target's tags would spoil everybody's cache.
 */
#ifndef CI_H
#define CI_H

#include "util.h"

struct ci {
	const char *name; /* of the system; NULL: none recognised, and all below NULL */
	char *branch; /* built; of a pull request its own branch, not the target; NULL: unknown */
	char *target; /* the branch a pull request goes into; NULL: none or unknown */
	char *tag;    /* a tag is built, no branch; NULL: not so */
	char *default_branch; /* NULL: the system does not say */
	bool pull_request;
};

void ci_detect(struct ci *ci, const struct lookup *env);
void ci_release(struct ci *ci);

#endif
