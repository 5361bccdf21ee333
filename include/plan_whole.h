/*
 * plan_whole: plans of one command, which is all there is to it: pure.
 */
#ifndef PLAN_WHOLE_H
#define PLAN_WHOLE_H

#include "cache_refs.h"
#include "plan.h"

/*
 * podman's build, which takes each step from a repository and puts it there as soon as it is done,
 * by what goes into it: branches and stages make no difference. A put that fails fails the build
 * (buildah imagebuildah/stage_executor.go), so it can be built again without, from its own layers.
 */
void plan_layers(struct plan *plan, const struct options *o, const char *repo, bool stores);

/* What is pushed after it. */
void plan_layers_push(struct plan *plan, const struct options *o, const struct cache_refs *refs);

/*
 * One `docker build` with the user's own words, for what docker has to answer or to refuse, and for
 * images that have no registry to keep a cache in. Those are pushed all the same, where IMAGE is,
 * unless all pushing is withheld.
 */
void plan_plain(struct plan *plan, const struct options *o, bool withheld);

/* What docker-pull-tag or docker-tag-push does. */
void plan_helper(struct plan *plan, const struct options *o);

#endif
