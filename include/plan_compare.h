/*
 * plan_compare: what was rescued of an entry, compared with the source that it has beside that;
 * pure functions before and after the questions.
 *
 * What is a part of the source is of no use, and does harm: the legacy builder would keep to it, as
 * to the first cache that fits (build_choose), and two exported caches of which one is the start of
 * the other spoil each other (measured with 28.5: 2 of 6 runs missed). A run that is killed when it
 * has stored a stage leaves such a one. A build on a graph driver has one source after the other,
 * and takes no harm: nothing is asked in mode inline.
 *
 * In mode pull it is told by the layers and the steps of both images, which the engine has; in mode
 * registry by the layers of both manifests. A step that changes no file has the layer of any other
 * such.
 */
#ifndef PLAN_COMPARE_H
#define PLAN_COMPARE_H

#include "plan_load.h"

/* The questions; none where nothing is to be compared. sources is as load_choose has left it. */
void plan_compare(struct plan *plan, const struct load_setup *setup,
	const struct cache_source *sources, enum cache_mode mode);

/* Takes up the answers to an entry's questions, which stand in the order of that plan; returns how
 * many there are. Forgets what was rescued where it is such a part. */
size_t compare_take(
	struct cache_source *source, const struct strbuf answers[], enum cache_mode mode);

#endif
