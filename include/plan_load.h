/*
 * plan_load: the second plan, which finds the cache: pure functions before and after it.
 *
 * Mode pull: each entry's references are pulled in order until one is there. Mode inline: nothing
 * is pulled; whether a reference exists is asked in two waves, the branch's own first, then all
 * fallbacks side by side, since registries count requests.
 */
#ifndef PLAN_LOAD_H
#define PLAN_LOAD_H

#include "cache_refs.h"
#include "engine.h"
#include "plan.h"

void plan_load(struct plan *plan, const struct cache_refs *refs, const struct options *o,
	const struct engine *e, enum cache_mode mode);

enum found { FOUND_UNKNOWN, FOUND_YES, FOUND_NO, FOUND_UNSURE };

/* What came of one step of the load plan. */
struct look_up {
	enum found found;
	char digest[DIGEST_MAX]; /* "": not told */
};

/* What one entry's build takes its cache from. */
struct cache_source {
	const char *ref; /* among the entry's references, not owned; NULL: nothing was found */
	char *from;      /* what to tell docker: ref, by its digest where that is known; owned */
};

/*
 * Chooses for each of refs' entries (sources has as many) the first reference that exists. One that
 * could not be asked for keeps its place: it may well exist, and to name one that does not is no
 * error for docker. look_ups has one element for each step of the plan.
 */
void load_choose(struct cache_source *sources, const struct plan *plan,
	const struct look_up *look_ups, const struct cache_refs *refs);

/* As if each entry's first reference had been found: for dry runs. */
void load_assume(struct cache_source *sources, const struct cache_refs *refs);

void load_release(struct cache_source *sources, size_t nr);

#endif
