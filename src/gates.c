#include "conducting.h"

/* What has been started early must be stopped when it has to run something. */
bool
gates_is_early(const struct conduct *c, const struct step *step)
{
	return step->gate != STEP_NONE && executor_state(c->x, BUILD, step->gate) != STATE_DONE;
}

/* Stops an attempt that has to run something. */
static void
guard(struct conduct *c, size_t number)
{
	const struct step *step = &c->phases[BUILD].plan.steps[number];
	struct note *note = &c->phases[BUILD].notes[number];

	if (step->gate != STEP_NONE && !gates_is_early(c, step))
		return;
	if (note->state == note->acted)
		return;
	note->acted = note->state;
	if (note->state == ATTEMPT_GOES_ON)
		executor_halt(c->x, BUILD, number, -1);
	else
		executor_halt(c->x, BUILD, number, note->state == ATTEMPT_OVER ? 0 : ATTEMPT_DOUBT);
}

/* Whether the build of all has done anything for the stage that is not stored yet. */
static bool
is_new(const struct conduct *c, const struct watch *watch, const struct cache_entry *entry)
{
	const struct watched *stage = &watch->stages[entry->stage];

	return c->mode != MODE_REGISTRY || !load_found_export(c->sources, &c->project.refs) ||
	       stage->cached < stage->steps;
}

/* The build of all has finished a stage, which can be stored now; stage -1: it has ended, and what
 * counts is how. */
static void
open_stage(struct conduct *c, size_t all, int stage)
{
	const struct plan *plan = &c->phases[BUILD].plan;
	size_t i;

	for (i = all + 1; i < plan->nr; i++) {
		const struct step *step = &plan->steps[i];

		if (step->gate == all && step->kind == STEP_BUILD_STAGE &&
			!(step->flags & STEP_CAREFUL) &&
			c->project.refs.entries[step->entry].stage == stage &&
			is_new(c, c->phases[BUILD].notes[all].watch,
				&c->project.refs.entries[step->entry]))
			executor_open(c->x, BUILD, i);
	}
}

/*
 * Whether a stage has an exported cache of its own that is, or will be, another than the image's:
 * one that this run stores, or one that was there and the image's has changed since.
 */
static bool
has_own_export(const struct conduct *c, const struct watch *watch, size_t store)
{
	const struct step *step = &c->phases[BUILD].plan.steps[store];
	const struct cache_source *source = &c->sources[step->entry];
	const struct cache_source *image = &c->sources[c->project.refs.nr - 1];
	bool changed = !watch->seen;
	size_t i;

	if (executor_is_open(c->x, BUILD, store))
		return true;
	for (i = 0; i < c->project.df.nr_stages; i++)
		changed |= watch->stages[i].cached < watch->stages[i].steps;
	return source->ref && source->exported &&
	       (changed || !image->ref || !str_eq(source->from.v[0], image->from.v[0]));
}

/*
 * The build of all has ended: well, then every stage is finished. Else only those are that have
 * been seen to be; where nothing could be seen, a try tells.
 */
static void
open_rest(struct conduct *c, size_t all, bool well)
{
	const struct phase *phase = &c->phases[BUILD];
	const struct watch *watch = phase->notes[all].watch;
	size_t store = all, i;

	for (i = all + 1; i < phase->plan.nr; i++) {
		const struct step *step = &phase->plan.steps[i];
		bool open;

		if (step->gate != all)
			continue;
		if (step->kind == STEP_BUILD_STAGE)
			store = i;
		if (step->kind != STEP_BUILD_STAGE)
			open = well && has_own_export(c, watch, store);
		else if (well)
			open = is_new(c, watch, &c->project.refs.entries[step->entry]);
		else
			open = !watch->seen && !(step->flags & STEP_CAREFUL) && !c->engine.dead;
		if (open)
			executor_open(c->x, BUILD, i);
	}
}

void
gates_line(struct conduct *c, size_t number)
{
	const struct phase *phase = &c->phases[BUILD];

	if (phase->plan.steps[number].flags & STEP_ATTEMPT)
		guard(c, number);
	if (phase->notes[number].finished >= 0)
		open_stage(c, number, phase->notes[number].finished);
}

void
gates_ended(struct conduct *c, size_t number, bool well)
{
	if (c->phases[BUILD].plan.steps[number].flags & STEP_WHOLE)
		open_rest(c, number, well);
}
