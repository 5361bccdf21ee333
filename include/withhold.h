/*
 * withhold: takes out of a `docker build` what would push an image or store a cache, for runs that
 * must not, whatever their options say; pure. It knows docker's flags by the words that they are.
 */
#ifndef WITHHOLD_H
#define WITHHOLD_H

#include "plan.h"

/*
 * Of every build of the plan: with push, --push goes, and an --output that pushes makes the same
 * and keeps it; with store, a --cache-to that leaves the machine goes.
 */
void withhold(struct plan *plan, bool push, bool store);

#endif
