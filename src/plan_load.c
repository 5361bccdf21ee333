#include "plan_load.h"

#include <stdlib.h>
#include <string.h>

/*
 * The heading under which a reference is looked up: ":: Pulling cached images for BRANCH", or for
 * the last reference of an entry, the un-prefixed one, that of those.
 */
static char *
heading(const struct cache_refs *refs, size_t candidate, enum cache_mode mode)
{
	const char *verb = mode == MODE_PULL ? "Pulling" : "Looking up";

	if (candidate >= refs->branches.nr)
		return xasprintf("%s unprefixed cached images", verb);
	return xasprintf("%s cached images for %s", verb, refs->branches.v[candidate]);
}

/*
 * Clients with buildx ask by it: it gives reasons, and the digest of an index too. Without it, and
 * for registries that only the engine's configuration calls insecure, docker's own command does; it
 * says "no such manifest" of an image behind plain http unless told --insecure.
 */
static void
add_probe_command(struct step *step, const char *docker, const char *ref, const struct engine *e,
	const char *domain)
{
	bool insecure = engine_is_insecure(e, domain);

	if (e->has_buildx && (!insecure || engine_is_loopback(domain))) {
		strvec_pushl(&step->argv[0], docker, "buildx", "imagetools", "inspect", ref);
		return;
	}
	strvec_pushl(&step->argv[0], docker, "manifest", "inspect");
	if (insecure)
		strvec_push(&step->argv[0], "--insecure");
	strvec_pushl(&step->argv[0], "-v", ref);
}

/* Probes of one entry: the branch's first, the others only where that failed. */
static void
add_probes(struct plan *plan, const struct cache_refs *refs, size_t entry, const struct options *o,
	const struct engine *e, const char *domain)
{
	const struct cache_entry *it = &refs->entries[entry];
	size_t first = STEP_NONE, i;

	for (i = 0; i < it->lookup.nr; i++) {
		struct step *step = plan_add(plan, STEP_PROBE, STEP_OPTIONAL);

		add_probe_command(step, o->docker, it->lookup.v[i], e, domain);
		step->subject = xstrdup(it->lookup.v[i]);
		step->heading = heading(refs, i, MODE_INLINE);
		step->instead_of = first;
		step->entry = entry;
		step->candidate = i;
		if (i == 0 && cache_refs_own_first(refs))
			first = plan_last(plan);
	}
}

static void
add_pulls(struct plan *plan, const struct cache_refs *refs, size_t entry, const struct options *o)
{
	const struct cache_entry *it = &refs->entries[entry];
	size_t i, last = STEP_NONE;

	for (i = 0; i < it->lookup.nr; i++) {
		struct step *step = plan_pull_tag(
			plan, STEP_OPTIONAL, o->docker, it->lookup.v[i], it->lookup.v[i]);

		step->heading = heading(refs, i, MODE_PULL);
		step->instead_of = last;
		step->entry = entry;
		step->candidate = i;
		last = plan_last(plan);
	}
}

void
plan_load(struct plan *plan, const struct cache_refs *refs, const struct options *o,
	const struct engine *e, enum cache_mode mode)
{
	struct image_ref base;
	size_t i;

	image_ref_parse(&base, o->cache_repo ? o->cache_repo : o->image, NULL);
	for (i = 0; i < refs->nr; i++) {
		if (mode == MODE_PULL)
			add_pulls(plan, refs, i, o);
		else
			add_probes(plan, refs, i, o, e, base.domain ? base.domain : "");
	}
	image_ref_release(&base);
}

/* The reference by its digest: NAME@DIGEST for NAME:TAG. A local image of the same tag would hide
 * the registry's from BuildKit on a graph driver (adapters/localinlinecache); a digest does not. */
static char *
by_digest(const char *ref, const char *digest)
{
	const char *colon = strrchr(ref, ':');

	return *digest ? xasprintf("%.*s@%s", (int)(colon - ref), ref, digest) : xstrdup(ref);
}

void
load_choose(struct cache_source *sources, const struct plan *plan, const struct look_up *look_ups,
	const struct cache_refs *refs)
{
	size_t *chosen = xcalloc(refs->nr, sizeof(*chosen)), i;

	for (i = 0; i < refs->nr; i++) {
		sources[i] = (struct cache_source){NULL, NULL};
		chosen[i] = STEP_NONE;
	}
	/* an entry's steps stand in the order of its references */
	for (i = plan->nr; i-- > 0;) {
		if (look_ups[i].found == FOUND_YES || look_ups[i].found == FOUND_UNSURE)
			chosen[plan->steps[i].entry] = i;
	}
	for (i = 0; i < refs->nr; i++) {
		const struct step *step;

		if (chosen[i] == STEP_NONE)
			continue;
		step = &plan->steps[chosen[i]];
		sources[i].ref = refs->entries[i].lookup.v[step->candidate];
		sources[i].from = by_digest(sources[i].ref, look_ups[chosen[i]].digest);
	}
	free(chosen);
}

void
load_assume(struct cache_source *sources, const struct cache_refs *refs)
{
	size_t i;

	for (i = 0; i < refs->nr; i++) {
		sources[i].ref = refs->entries[i].lookup.v[0];
		sources[i].from = xstrdup(sources[i].ref);
	}
}

void
load_release(struct cache_source *sources, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		free(sources[i].from);
	free(sources);
}
