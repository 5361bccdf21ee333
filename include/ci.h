/*
 * ci: which CI system this is, and what it says of branch and pull request; pure.
 *
 * A system is a row of the table in ci.c. On many systems the variable one would take first names a
 * pull request's target, so a pull request has columns of its own: storing its layers under the
 * target's tags would spoil everybody's cache.
 *
 * All of it is said by others, branch names by anybody who can open a pull request: the texts are
 * passed on as they are, and whoever shows them or makes tags of them looks after that.
 */
#ifndef CI_H
#define CI_H

#include "json.h"
#include "util.h"

/* Whether a pull request comes from another repository: what it builds is a stranger's. */
enum fork {
	FORK_NO,
	FORK_YES,
	FORK_UNKNOWN, /* the system builds those too, and does not say */
};

struct ci {
	const char *name; /* of the system; NULL: none recognised, and all below NULL */
	char *branch; /* built; of a pull request its own branch, not the target; NULL: unknown */
	char *target; /* the branch a pull request or a merge queue goes into; NULL: unknown */
	char *tag;    /* a tag is built, no branch; NULL: not so */
	char *default_branch; /* NULL: the system does not say */
	bool pull_request;
	bool merge_queue; /* a merge that is only tried, on a branch made for that; branch is NULL
			   */
	bool privileged;  /* the pull request is run with the rights of its target */

	/*
	 * Without a pull request FORK_NO, or FORK_UNKNOWN where the system does not even say
	 * whether one is built.
	 */
	enum fork fork;
};

/* event is what the file holds that GITHUB_EVENT_PATH names, or empty. */
void ci_detect(struct ci *ci, const struct lookup *env, struct json event);
void ci_release(struct ci *ci);

/*
 * Why this run may leave nothing that others use, whatever the options say; NULL: it may. With its
 * target's rights a fork's pull request could push where it must not, so there a fork is assumed.
 */
const char *ci_not_trusted(const struct ci *ci);

#endif
