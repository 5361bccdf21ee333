#include "conducting.h"

/* What has been started early must be stopped when it has to run something. */
bool
gates_is_early(const struct conduct *c, const struct step *step)
{
	return step->gate != STEP_NONE && executor_state(c->x, BUILD, step->gate) != STATE_DONE;
}

/* When an attempt is stopped for what its output shows: in so many milliseconds; -1: not. */
static long
stop_in(const struct conduct *c, enum attempt_state state)
{
	if (state == ATTEMPT_GOES_ON)
		return -1;
	if (engine_misses_stops(&c->engine))
		return ATTEMPT_BEGIN;
	return state == ATTEMPT_OVER ? 0 : ATTEMPT_DOUBT;
}

/* Stops an attempt that has to run something. */
static void
guard(struct conduct *c, size_t walk, size_t number)
{
	const struct step *step = &c->phases[walk].plan.steps[number];
	struct note *note = &c->phases[walk].notes[number];
	enum attempt_state before = note->acted;

	if (step->gate != STEP_NONE && !gates_is_early(c, step) && !step_is_export(step))
		return;
	if (note->state == note->acted)
		return;
	note->acted = note->state;
	/* what is to begin first has been waited for since there was doubt */
	if (before != ATTEMPT_IN_DOUBT || note->state != ATTEMPT_OVER ||
		!engine_misses_stops(&c->engine))
		executor_halt(c->x, walk, number, stop_in(c, note->state));
}

/*
 * Whether stages are stored beside the build of all. Where the cache of all is exported in the end
 * that would send layers twice; and where it has a cache, steps that are shared meanwhile lose
 * theirs, see plan_build.c.
 */
static bool
stores_early(const struct conduct *c)
{
	return c->mode != MODE_REGISTRY && !c->sources[c->project.refs.nr - 1].ref;
}

/* The build of all has finished a stage, which can be stored now. */
static void
open_stage(struct conduct *c, size_t all, int stage)
{
	const struct plan *plan = &c->phases[BUILD].plan;
	size_t i;

	for (i = all + 1; i < plan->nr; i++) {
		const struct step *step = &plan->steps[i];

		if (step->gate == all && step->kind == STEP_BUILD_STAGE &&
			c->project.refs.entries[step->entry].stage == stage)
			executor_open(c->x, BUILD, i);
	}
}

/* Whether a build had something to run; what could not be seen may have been. */
static bool
has_run(const struct conduct *c, const struct watch *watch)
{
	bool run = !watch || !watch->seen;
	size_t i;

	for (i = 0; !run && i < c->project.df.nr_stages; i++)
		run = watch->stages[i].cached < watch->stages[i].steps;
	return run;
}

/*
 * The image is built: its cache can be exported. Where all of it was cached there is nothing to
 * send, so beside the rest of that build, which may have layers to fetch yet. Else both would send
 * the same layers at once, so then that waits until those of the image have been pushed.
 */
static void
open_export(struct conduct *c, size_t build)
{
	const struct phase *phase = &c->phases[BUILD];
	struct note *note = &phase->notes[build];
	size_t i;

	if (note->opened || !note->is_built || (!note->is_pushed && has_run(c, note->watch)))
		return;
	note->opened = true;
	for (i = build + 1; i < phase->plan.nr; i++) {
		if (phase->plan.steps[i].gate == build && step_is_export(&phase->plan.steps[i]))
			executor_open(c->x, BUILD, i);
	}
}

/* The build whose steps a build exports: its own, or those of the build that it waits for. */
static size_t
exported_build(const struct conduct *c, size_t build)
{
	const struct step *step = &c->phases[BUILD].plan.steps[build];

	return step_is_export(step) ? step->gate : build;
}

bool
gates_has_changed(const struct conduct *c, size_t build)
{
	const struct watch *watch = c->phases[BUILD].notes[exported_build(c, build)].watch;
	const struct cache_refs *refs = &c->project.refs;
	const struct cache_source *image = &c->sources[refs->nr - 1];

	return has_run(c, watch) || !cache_refs_own_first(refs) ||
	       image->ref != refs->entries[refs->nr - 1].exports.v[0];
}

/* Whether a stage has an exported cache of its own that is another than the image's by now. */
static bool
has_own_export(const struct conduct *c, const struct watch *watch, size_t entry)
{
	const struct cache_source *source = &c->sources[entry];
	const struct cache_source *image = &c->sources[c->project.refs.nr - 1];

	return source->ref && source->exported &&
	       (has_run(c, watch) || !image->ref || !str_eq(source->from.v[0], image->from.v[0]));
}

/* Whether a stage is to be stored out of a build that failed: it is finished, and some of it is
 * new. Where nothing could be seen, a try tells. */
static bool
is_left(const struct conduct *c, const struct watch *watch, const struct step *step)
{
	int stage = c->project.refs.entries[step->entry].stage;
	const struct watched *it = &watch->stages[stage];

	if (watch->seen)
		return it->finished && (c->mode == MODE_INLINE || it->cached < it->steps);
	return !(step->flags & STEP_CAREFUL) && !c->engine.dead;
}

/* Whether a copy in the registry that waits for a build may be made: of what it has exported, under
 * another name, where that is not there with the same in it; or, of another entry, over an export
 * of its own. */
static bool
is_copied(const struct conduct *c, size_t build, const struct step *copy)
{
	const struct note *note = &c->phases[BUILD].notes[build];
	size_t entry = c->phases[BUILD].plan.steps[build].entry;

	if (note->export_failed)
		return false; /* what is there is an old one */
	if (copy->entry != entry)
		return note->exported &&
		       has_own_export(c, c->phases[BUILD].notes[exported_build(c, build)].watch,
			       copy->entry);
	return gates_has_changed(c, build) || sift_found(&c->known, copy->subject) != FOUND_YES;
}

/* A build has ended: well, then every stage in it is finished, and stored unless it is in what that
 * build has exported. */
static void
open_rest(struct conduct *c, size_t build, bool well)
{
	const struct phase *phase = &c->phases[BUILD];
	size_t i;

	for (i = build + 1; i < phase->plan.nr; i++) {
		const struct step *step = &phase->plan.steps[i];
		bool open;

		if (step->gate != build)
			continue;
		if (step->flags & STEP_UNPUSHED)
			open = well && phase->notes[build].push_failed;
		else if (step_is_export(step))
			open = well || phase->notes[build].is_built;
		else if (step->kind != STEP_BUILD_STAGE)
			open = well && is_copied(c, build, step);
		else if (well)
			open = c->mode != MODE_REGISTRY;
		else
			open = is_left(c, phase->notes[build].watch, step);
		if (open)
			executor_open(c->x, BUILD, i);
		if (well && !step_is_export(step))
			executor_halt(c->x, BUILD, i, -1); /* it is safe to go on now */
	}
}

long
gates_again(const struct conduct *c, const struct step *step, unsigned tries)
{
	if (executor_state(c->x, BUILD, step->gate) == STATE_RUNNING)
		return EXECUTOR_CLOSED;
	/* it has ended meanwhile, and what was too early is not any more */
	return tries < 3 ? 0 : EXECUTOR_NOT_AGAIN;
}

void
gates_line(struct conduct *c, size_t walk, size_t number)
{
	const struct phase *phase = &c->phases[walk];

	if (phase->plan.steps[number].flags & STEP_ATTEMPT)
		guard(c, walk, number);
	if (walk == BUILD && phase->notes[number].finished >= 0 && stores_early(c))
		open_stage(c, number, phase->notes[number].finished);
	if (walk == BUILD && c->mode == MODE_REGISTRY)
		open_export(c, number);
}

void
gates_ended(struct conduct *c, size_t number, bool well)
{
	open_rest(c, number, well);
}
