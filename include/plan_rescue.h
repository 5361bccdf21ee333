/*
 * plan_rescue: the fourth plan: what is left to store when a build did not end well; pure.
 *
 * Whole stages are stored by cleanup steps of the build plan, as soon as they are built. Here is
 * the place of the stage that was cut short: its finished instructions, built from the local cache
 * up to where it was cut, and pushed. The plan is empty so far.
 */
#ifndef PLAN_RESCUE_H
#define PLAN_RESCUE_H

#include "plan.h"

void plan_rescue(struct plan *plan);

#endif
