/*
 * plan_rescue: the fourth plan: what is left to store when the builds are over; pure.
 *
 * Whole stages are stored by cleanup steps of the build plan, as soon as they are built. Here are
 * those of the legacy builder that have no name and so no build of their own: the final build tells
 * the image of each stage, and that is tagged and pushed. Here is also the place of the stage that
 * was cut short: its finished instructions, built from the local cache up to where it was cut, and
 * pushed; of that there is nothing so far.
 */
#ifndef PLAN_RESCUE_H
#define PLAN_RESCUE_H

#include "cache_refs.h"
#include "plan.h"
#include "progress.h"

/* images[i] is the ID of the image that stage i has become; "": that is not known, or it has not
 * been finished. */
void plan_rescue(struct plan *plan, const struct cache_refs *refs, const char *docker,
	const struct stage_image *images);

#endif
