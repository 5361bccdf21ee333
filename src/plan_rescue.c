#include "plan_rescue.h"

#include "plan_store.h"

/* Pushes what is left of an entry, which is called local in the engine. */
static struct step *
push_rescued(struct plan *plan, const struct cache_refs *refs, size_t entry, const char *docker,
	const char *local)
{
	const struct cache_entry *it = &refs->entries[entry];
	struct step *step = plan_tag_push(
		plan, STEP_OPTIONAL | STEP_CLEANUP | STEP_STORES, docker, local, it->rescued);

	step->heading = xasprintf("Pushing rescued %s", it->name ? it->name : "image");
	step->entry = entry;
	return step;
}

void
plan_rescue_image(struct plan *plan, const struct cache_refs *refs, const char *docker,
	size_t entry, const char *id)
{
	push_rescued(plan, refs, entry, docker, id);
}

void
plan_rescue_images(struct plan *plan, const struct cache_refs *refs, const char *docker,
	const struct stage_image *images, int cut)
{
	size_t i;

	for (i = 0; i < refs->nr; i++) {
		const struct cache_entry *entry = &refs->entries[i];

		if (entry->stage < 0 || !images[entry->stage].id[0])
			continue;
		if (entry->stage == cut)
			push_rescued(plan, refs, i, docker, images[entry->stage].id);
		else if (entry->unnamed)
			plan_store(plan, refs, i,
				&(struct store_source){
					docker, images[entry->stage].id, STEP_NONE, STEP_NONE});
	}
}

void
plan_rescue_over(
	struct plan *plan, const struct build_setup *setup, size_t entry, const char *whole)
{
	const struct cache_entry *it = &setup->refs->entries[entry];
	bool exported = setup->mode == MODE_REGISTRY;
	struct step *step;

	if (exported)
		step = plan_copy(plan, setup->o->docker, setup->engine, whole, it->export_rescued);
	else
		step = plan_tag_push(
			plan, STEP_OPTIONAL | STEP_CLEANUP, setup->o->docker, whole, it->rescued);
	step->heading = xstrdup("Storing over what was rescued");
	step->entry = entry;
}

void
plan_rescue_cuts(
	struct plan *plan, const struct build_setup *setup, const struct cut_build *cuts, size_t nr)
{
	struct planner p;
	struct step *step;
	size_t before = STEP_NONE, i;

	planner_begin(&p, plan, setup);
	for (i = 0; i < nr; i++) {
		build_cut(&p, &cuts[i]);
		plan_needs(plan, before);
		before = cuts[i].last ? STEP_NONE : plan_last(plan);
		if (cuts[i].last && planner_stores_itself(&p))
			plan->steps[plan_last(plan)].flags |= STEP_STORES;
		if (!cuts[i].last || planner_stores_itself(&p))
			continue;
		step = push_rescued(plan, setup->refs, cuts[i].entry, setup->o->docker,
			setup->refs->entries[cuts[i].entry].rescued);
		step->reach = cuts[i].reach;
		step->of = cuts[i].of;
		plan_needs(plan, plan_last(plan) - 1);
	}
	planner_end(&p);
}

void
plan_rescue_base(struct plan *plan, const struct build_setup *setup, const struct cut_build *base)
{
	struct planner p;

	planner_begin(&p, plan, setup);
	build_base(&p, base);
	planner_end(&p);
}
