#include "conducting.h"

#include "plan_rescue.h"

/* The reference that an entry has been pushed under by now, whole; NULL: it has not. */
static const char *
pushed_whole(const struct conduct *c, size_t entry)
{
	const struct cache_entry *it = &c->project.refs.entries[entry];
	const char *const names[] = {it->store_branch, it->store_shared};
	const struct plan *plan = &c->phases[BUILD].plan;
	size_t i, j;

	for (i = 0; i < plan->nr; i++) {
		for (j = 0; j < ARRAY_SIZE(names); j++) {
			if (names[j] && str_eq(plan->steps[i].subject, names[j]) &&
				executor_state(c->x, BUILD, i) == STATE_DONE)
				return names[j];
		}
	}
	return NULL;
}

/* The same of exported caches: that of all stages, once that has been exported; else the entry's
 * own, which there is when that build has failed. */
static const char *
exported_whole(const struct conduct *c, size_t entry)
{
	const struct cache_entry *all = cache_refs_final(&c->project.refs);
	const struct cache_entry *own = &c->project.refs.entries[entry], *found = NULL;
	const struct plan *plan = &c->phases[BUILD].plan;
	size_t i;

	for (i = 0; i < plan->nr; i++) {
		const struct step *step = &plan->steps[i];

		if (!c->phases[BUILD].notes[i].exported)
			continue;
		if (step->flags & STEP_EXPORTS)
			found = all;
		else if (!found && step->entry == entry && own->name &&
			 (step->flags & STEP_CLEANUP))
			found = own;
	}
	if (!found)
		return NULL;
	return found->export_branch ? found->export_branch : found->export_shared;
}

/* Whether the entry's image is in the engine: a build has ended that was of all of it. */
static bool
is_built(const struct conduct *c, size_t entry)
{
	const struct plan *plan = &c->phases[BUILD].plan;
	size_t i;

	for (i = 0; i < plan->nr; i++) {
		if (plan->steps[i].kind == STEP_BUILD_STAGE && plan->steps[i].entry == entry &&
			!(plan->steps[i].flags & STEP_TAKES) &&
			executor_state(c->x, BUILD, i) == STATE_DONE)
			return true;
	}
	return false;
}

bool
whole_is_stored(const struct conduct *c, size_t entry)
{
	return c->mode == MODE_REGISTRY ? exported_whole(c, entry) != NULL
					: pushed_whole(c, entry) != NULL;
}

/* Whether what was rescued was the whole already, by its digest, and the build of the image has
 * exported the same once more. */
static bool
is_whole_still(const struct conduct *c, size_t entry)
{
	const struct cache_source *source = &c->sources[entry];
	const struct plan *plan = &c->phases[BUILD].plan;
	bool same = c->mode == MODE_REGISTRY && !source->rescued && source->rescued_digest[0];
	size_t i;

	for (i = 0; same && i < plan->nr; i++) {
		if ((plan->steps[i].flags & STEP_EXPORTS) && c->phases[BUILD].notes[i].exported)
			same = !gates_has_changed(c, i);
	}
	return same;
}

void
whole_plan_over(struct conduct *c, size_t number)
{
	const struct build_setup setup = conducting_setup(c);
	size_t i;

	for (i = 0; i < c->project.refs.nr; i++) {
		struct saved *saved = &c->saved[i];
		const char *whole = NULL;

		if (c->mode != MODE_REGISTRY && is_built(c, i))
			whole = pushed_whole(c, i);
		else if (c->mode == MODE_REGISTRY && planner_copies_all(&setup))
			whole = exported_whole(c, i);
		if (!whole || saved->over ||
			!(saved->reach || (c->sources[i].was_rescued && !is_whole_still(c, i))))
			continue;
		saved->over = true;
		plan_rescue_over(&c->phases[number].plan, &setup, i, whole);
	}
}
