/*
 * plan_build: the third plan: the builds, and what is stored and pushed of them; pure.
 *
 * A stage is pushed as soon as it is built, beside the next build, and whatever happens to that.
 */
#ifndef PLAN_BUILD_H
#define PLAN_BUILD_H

#include "plan_load.h"

/*
 * Mode inline: each build has one cache source, its own; stages wait only for the stages they are
 * made of, so independent ones are built side by side. Mode pull: stages one after the other, as
 * the legacy builder builds all stages above the target too; each build may use the stages built
 * before.
 */
void plan_build(struct plan *plan, const struct cache_refs *refs, const struct dockerfile *df,
	const struct options *o, enum cache_mode mode, const struct cache_source *sources);

/* One `docker build` with the user's own words: for what docker has to answer or to refuse. */
void plan_plain(struct plan *plan, const struct options *o);

#endif
