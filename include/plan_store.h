/*
 * plan_store: the steps that store what has been built, for the plans that have any; pure.
 */
#ifndef PLAN_STORE_H
#define PLAN_STORE_H

#include "cache_refs.h"
#include "engine.h"
#include "plan.h"

struct store_source {
	const char *docker; /* the command */
	const char *local;  /* what the image is called in the engine: a tag or an ID */
	size_t needs;       /* the step that makes it; STEP_NONE: it is there */
	size_t after;       /* a step that shall have ended before; STEP_NONE: none */
};

/* Stores an entry under its branch's reference and then, when the layers are there, under the
 * un-prefixed one; adds nothing where it is stored under none. */
void plan_store(struct plan *plan, const struct cache_refs *refs, size_t entry,
	const struct store_source *source);

/* A copy in the registry, from one reference to another: an optional cleanup step. */
struct step *plan_copy(struct plan *plan, const char *docker, const struct engine *e,
	const char *from, const char *to);

#endif
