/*
 * plan_rescue: the fourth plan: what is left to store when a build has failed, or was stopped;
 * pure.
 *
 * The legacy builder has an image of each step. With BuildKit the file is cut before the first step
 * that is not finished, and built from the builder's own cache; see cut.h. No build is begun before
 * the one before it has found all of its steps there.
 */
#ifndef PLAN_RESCUE_H
#define PLAN_RESCUE_H

#include "build_command.h"
#include "progress.h"

/*
 * The legacy builder's: stages that had no build of their own and are finished, under their names;
 * and the one that is not, stage `cut` of the Dockerfile (-1: there is none), under its other name.
 * images has one element for each stage, "" where there is none to store.
 */
void plan_rescue_images(struct plan *plan, const struct cache_refs *refs, const char *docker,
	const struct stage_image *images, int cut);

/* The same of one entry while its build goes on. */
void plan_rescue_image(struct plan *plan, const struct cache_refs *refs, const char *docker,
	size_t entry, const char *id);

/* What was rescued of an entry gives way to what is stored of it whole, under that reference. */
void plan_rescue_over(
	struct plan *plan, const struct build_setup *setup, size_t entry, const char *whole);

/* BuildKit's: those of one entry stand one behind the other, the last of them is stored. */
void plan_rescue_cuts(struct plan *plan, const struct build_setup *setup,
	const struct cut_build *cuts, size_t nr);

/* What an entry's stage is made from, to be there before the first of these. */
void plan_rescue_base(
	struct plan *plan, const struct build_setup *setup, const struct cut_build *base);

#endif
