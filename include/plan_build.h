/*
 * plan_build: the third plan: the builds, and what is stored and pushed of them; pure.
 *
 * A stage is pushed as soon as it is built, beside the next build, and whatever happens to that.
 */
#ifndef PLAN_BUILD_H
#define PLAN_BUILD_H

#include "plan_load.h"

/*
 * Stages without a name are built by one that a copy of the Dockerfile gives them. The legacy
 * builder would send that copy as a part of the context, which a COPY would then see; there they
 * are left to the final build, and stored when that is over: see plan_rescue.
 *
 * Mode pull: stages one after the other, as the legacy builder builds all stages above the target
 * too; each build may use the stages built before.
 *
 * Mode inline: each build has one cache source, its own, for two may spoil each other. Where there
 * is none for any stage there is one build of all, and each stage is stored out of it as soon as it
 * is finished there (STEP_WHOLE, gates). Where there is one for the image too, the first build is
 * an attempt with that alone, which pulls no other layer, and stands for all if it has to run
 * nothing. Else stages come first, and wait only for the stages they are made of.
 *
 * Where something was rescued of a stage that has another cache too, it is taken up before the
 * stage is built, by a build that is stopped when it has to run something (STEP_TAKES).
 *
 * Mode registry: one build of all, with all exported caches that were found; stages out of it as
 * above, as images with inline cache for other builders, and as exports of their own, for the next
 * run if this one fails; if it does not they become the same as the image's. Where only images were
 * found stages come first. What a stage's own export has is taken up first, as above.
 *
 * The cache of all is exported (STEP_EXPORTS) by a build of its own, out of what the first one has
 * built, at a time at which no other export sends the same layers, see gates.c; or by that first
 * one, where its output is not read, or its builder may not have at hand what it built, or
 * would not export what it took from a cache.
 *
 * Where the builder can, the first build pushes the image under all its names (STEP_PUSHES); if it
 * only could not push, BuildKit has exported no cache either, so it is done once more without that
 * (STEP_UNPUSHED), and each name is pushed by itself.
 */
struct build_setup {
	const struct cache_refs *refs;
	const struct dockerfile *df;
	const struct options *o;
	enum cache_mode mode;
	const struct cache_source *sources; /* one for each of refs' entries */
	const struct engine *engine;        /* NULL: not known */
	const char *named; /* a file with names for the stages that have none; NULL: they read it on
			      their standard input */
	bool one_build;    /* what builds read can be read only once: nothing is built again */
	bool reads;        /* what the build of the image prints is read, whatever comes of it */
};

void plan_build(struct plan *plan, const struct build_setup *setup);

#endif
