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

struct step *
plan_copy(struct plan *plan, const char *docker, const struct engine *e, const char *from,
	const char *to)
{
	struct step *step = plan_add(plan, STEP_TAG_PUSH, STEP_OPTIONAL | STEP_CLEANUP);

	strvec_pushl(&step->argv[0], docker, "buildx", "imagetools", "create");
	if (engine_prefers_index(e))
		strvec_push(&step->argv[0], "--prefer-index=false");
	strvec_pushl(&step->argv[0], "-t", to, from);
	step->subject = xstrdup(to);
	return step;
}
