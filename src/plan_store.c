#include "plan_store.h"

/* Stores under one reference; returns the step, or after where there is nothing to do. */
static size_t
store(struct plan *plan, size_t entry, const struct store_source *source, const char *ref,
	const char *under, size_t after)
{
	struct step *step;

	if (!ref)
		return after;
	step = plan_tag_push(
		plan, STEP_OPTIONAL | STEP_CLEANUP, source->docker, source->local, ref);
	step->heading = under ? xasprintf("Pushing cached images for %s", under)
			      : xstrdup("Pushing unprefixed cached images");
	step->entry = entry;
	plan_needs(plan, source->needs);
	plan_after(plan, after);
	return plan_last(plan);
}

void
plan_store(struct plan *plan, const struct cache_refs *refs, size_t entry,
	const struct store_source *source)
{
	const struct cache_entry *it = &refs->entries[entry];
	size_t after = source->after;

	after = store(plan, entry, source, it->store_branch, refs->branch, after);
	store(plan, entry, source, it->store_shared, NULL, after);
}
