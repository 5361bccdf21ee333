#include "conducting.h"

#include <stdlib.h>
#include <string.h>

#include "cut.h"
#include "plan_rescue.h"

/* What has to have run since it was last stored, in tenths of seconds: to store less takes longer
 * than to run it again. */
#define WORTH_TENTHS 10

/* Of an entry: how much of its stage is finished and not stored. */
struct lost {
	size_t entry;
	unsigned reach, of, tenths; /* as in struct saved */
};

/* Whether what a build has finished of an entry is to be stored. A stage that is whole is stored as
 * such, but for exported caches, while the build goes on. */
static bool
is_lost(const struct conduct *c, size_t entry, const struct watch *watch, struct lost *lost)
{
	const struct cache_entry *it = &c->project.refs.entries[entry];
	const struct watched *stage;

	if (it->stage < 0)
		return false;
	stage = &watch->stages[it->stage];
	if ((stage->finished && c->mode != MODE_REGISTRY) ||
		stage->tenths < c->saved[entry].tenths + WORTH_TENTHS ||
		stage->reach <= c->saved[entry].reach)
		return false;
	*lost = (struct lost){
		.entry = entry, .reach = stage->reach, .of = stage->of, .tenths = stage->tenths};
	return true;
}

bool
rescue_is_hopeless(const struct conduct *c)
{
	const char *platform = c->project.args.target;

	return (platform && strchr(platform, ',')) || c->f->secret_once;
}

bool
rescue_keep(struct conduct *c, const char *text, size_t len)
{
	struct cut_file *kept;

	c->cuts = xreallocarray(c->cuts, c->nr_cuts + 1, sizeof(*c->cuts));
	kept = &c->cuts[c->nr_cuts++];
	kept->path = NULL;
	replay_init(&kept->text);
	if (c->f->dockerignore_path || options_stdin_secret(c->o)) {
		kept->path = facts_write_named(c->f, text, len);
		return kept->path != NULL;
	}
	return replay_take(&kept->text, text, len, c->f->tmpdir) == 0;
}

/* Keeps the file up to where it is cut. False: it cannot be. */
static bool
keep_cut(struct conduct *c, size_t at)
{
	return rescue_keep(c, c->f->dockerfile.buf, dockerfile_cut(&c->project.df, at));
}

/* The first instruction that is not finished; 0: it is not known. */
static size_t
cut_at(const struct dockerfile *df, size_t stage, unsigned reach, unsigned of)
{
	if (reach == of)
		return df->stages[stage].first + df->stages[stage].nr;
	return cut_instruction(df, stage, reach + 1, of);
}

/* Whether the stage has a RUN before the instruction: else it is not worth a reference. */
static bool
has_run(const struct dockerfile *df, size_t stage, size_t at)
{
	bool run = false;
	size_t i;

	for (i = df->stages[stage].first; i < at; i++)
		run |= str_eq(df->instructions[i].word, "RUN");
	return run;
}

/* Adds the builds that store one entry; none where they cannot be done. */
static size_t
add_cuts(struct conduct *c, const struct lost *lost, bool beside, struct cut_build **builds,
	size_t nr)
{
	const struct dockerfile *df = &c->project.df;
	size_t stage = (size_t)c->project.refs.entries[lost->entry].stage;
	size_t at = cut_at(df, stage, lost->reach, lost->of);
	size_t *cuts = NULL, nr_cuts = 0, i;

	if (has_run(df, stage, at))
		nr_cuts = cut_before(df, stage, at, &cuts);
	*builds = xreallocarray(*builds, nr + nr_cuts + 1, sizeof(**builds));
	for (i = 0; i < nr_cuts && keep_cut(c, cuts[i]); i++)
		(*builds)[nr + i] = (struct cut_build){.entry = lost->entry,
			.cut = c->nr_cuts - 1,
			.path = c->cuts[c->nr_cuts - 1].path,
			.last = i + 1 == nr_cuts,
			.beside = beside,
			.reach = lost->reach,
			.of = lost->of};
	free(cuts);
	return i == nr_cuts ? nr + nr_cuts : nr;
}

/* Plans to store what is lost. */
static void
plan_lost(struct conduct *c, size_t number, const struct lost *lost, size_t nr_lost)
{
	const struct build_setup setup = conducting_setup(c);
	struct cut_build *builds = NULL;
	size_t nr = 0, i;

	for (i = 0; i < nr_lost; i++) {
		c->saved[lost[i].entry].planned = lost[i].tenths;
		nr = add_cuts(c, &lost[i], number < RESCUE, &builds, nr);
	}
	plan_rescue_cuts(&c->phases[number].plan, &setup, builds, nr);
	free(builds);
}

/* ---- when builds are over ---- */

/* Whether all is built, but the export of its cache had something to run each time: what is copied
 * has changed since, say, or the base. Then what stands before that is left, see shorten. */
static bool
lacks_export(const struct conduct *c)
{
	const struct plan *plan = &c->phases[BUILD].plan;
	size_t i;

	for (i = 0; i < plan->nr; i++) {
		if (step_is_export(&plan->steps[i]) &&
			executor_state(c->x, BUILD, i) == STATE_FAILED)
			return c->phases[BUILD].notes[i].state != ATTEMPT_GOES_ON;
	}
	return false;
}

/* The build that got furthest in an entry's stage, of those that are to have all of it. */
static bool
find_lost(const struct conduct *c, size_t entry, struct lost *lost)
{
	const struct phase *phase = &c->phases[BUILD];
	bool whole = lacks_export(c);
	size_t i;

	*lost = (struct lost){.reach = 0};
	for (i = 0; i < phase->plan.nr; i++) {
		const struct watch *watch = phase->notes[i].watch;
		struct lost one;

		if (watch && !(phase->plan.steps[i].flags & (STEP_CLEANUP | STEP_ATTEMPT)) &&
			is_lost(c, entry, watch, &one) && (one.reach < one.of || whole) &&
			one.reach > lost->reach)
			*lost = one;
	}
	return lost->reach > 0;
}

/* Has a build had something to run, for what was copied has changed meanwhile, say, then what
 * stands before that is left. */
static bool
shorten(const struct conduct *c, struct lost *lost)
{
	const struct phase *phase = &c->phases[RESCUE];
	size_t stage = (size_t)c->project.refs.entries[lost->entry].stage, i;
	unsigned ran = 0;

	for (i = 0; i < phase->plan.nr; i++) {
		const struct note *note = &phase->notes[i];

		if (phase->plan.steps[i].entry == lost->entry && note->watch && !ran)
			ran = watch_ran(note->watch, stage, note->attempt.doubt);
	}
	if (!ran || ran > lost->reach || ran - 1 <= c->saved[lost->entry].reach)
		return false;
	lost->reach = ran - 1;
	return true;
}

/* Tells how much is stored of an entry's stage; and when builds are over, where the next one goes
 * on. */
static void
report_saved(const struct conduct *c, size_t entry, bool over)
{
	const struct cache_entry *it = &c->project.refs.entries[entry];
	const struct saved *saved = &c->saved[entry];
	const struct dockerfile *df = &c->project.df;
	size_t at = saved->of ? cut_at(df, (size_t)it->stage, saved->reach, saved->of) : 0;

	conducting_tell(c,
		&(struct event){.kind = EVENT_SAVED,
			.entry = it,
			.ref = c->mode == MODE_REGISTRY ? it->export_rescued : it->rescued,
			.cached = saved->reach,
			.steps = saved->of,
			.line = over && at && saved->reach < saved->of ? df->instructions[at].line
								       : 0});
}

static void
rescue_cuts(struct conduct *c)
{
	struct lost *lost = xcalloc(c->project.refs.nr, sizeof(*lost));
	size_t nr = 0, left = 0, i;

	for (i = 0; i < c->project.refs.nr && !rescue_is_hopeless(c); i++)
		nr += find_lost(c, i, &lost[nr]);
	plan_lost(c, RESCUE, lost, nr);
	conducting_carry_out(c, RESCUE);
	for (i = 0; i < nr; i++) {
		if (c->saved[lost[i].entry].reach < lost[i].reach && shorten(c, &lost[i]))
			lost[left++] = lost[i];
	}
	plan_lost(c, RESCUE_AGAIN, lost, left);
	conducting_carry_out(c, RESCUE_AGAIN);
	for (i = 0; i < c->project.refs.nr; i++) {
		if (c->saved[i].reach && !whole_is_stored(c, i) &&
			(c->saved[i].reach < c->saved[i].of || lacks_export(c)))
			report_saved(c, i, true);
	}
	free(lost);
}

/* The entry of a stage that the legacy builder has not finished; STEP_NONE: there is none. */
static size_t
entry_of_cut(const struct conduct *c, int stage)
{
	size_t i;

	for (i = 0; stage >= 0 && i < c->project.refs.nr; i++) {
		if (c->project.refs.entries[i].stage == stage)
			return i;
	}
	return STEP_NONE;
}

/* Stores what the legacy builder has left: an image of each step it has finished. */
static void
rescue_images(struct conduct *c)
{
	const struct phase *phase = &c->phases[BUILD];
	size_t entry = STEP_NONE, i;
	int cut = -1;

	for (i = 0; i < phase->plan.nr; i++) {
		/* the stage it was in when it ended is whole only if it ended well */
		if (executor_state(c->x, BUILD, i) != STATE_DONE &&
			phase->notes[i].progress.at >= 0)
			cut = progress_cut(&phase->notes[i].progress);
	}
	entry = entry_of_cut(c, cut);
	if (cut >= 0 && entry == STEP_NONE)
		c->images[cut].id[0] = '\0';
	if (!c->project.refs.not_stored)
		plan_rescue_images(
			&c->phases[RESCUE].plan, &c->project.refs, c->o->docker, c->images, cut);
	conducting_carry_out(c, RESCUE);
	if (entry != STEP_NONE && c->saved[entry].reach && !whole_is_stored(c, entry))
		report_saved(c, entry, true);
}

void
conducting_rescue(struct conduct *c)
{
	if (c->images)
		rescue_images(c);
	else if (c->mode != MODE_PULL && !c->project.refs.not_stored && !c->engine.dead &&
		 (executor_status(c->x) || executor_signal(c->x) || lacks_export(c)))
		rescue_cuts(c);
	if (!c->project.refs.not_stored && !c->engine.dead)
		whole_plan_over(c, RESCUE_OVER);
	conducting_carry_out(c, RESCUE_OVER);
}

/* ---- while a build goes on ---- */

bool
rescue_is_storing(const struct conduct *c)
{
	size_t number = c->checkpoint.storing, i;

	if (!number)
		return false;
	for (i = 0; i < c->phases[number].plan.nr; i++) {
		if (executor_state(c->x, number, i) < STATE_DONE)
			return true;
	}
	return false;
}

static void
checkpoint_cuts(struct conduct *c, size_t number, const struct watch *watch)
{
	struct lost *lost = xcalloc(c->project.refs.nr, sizeof(*lost));
	size_t nr = 0, i;

	for (i = 0; i < c->project.refs.nr && !rescue_is_hopeless(c); i++)
		nr += is_lost(c, i, watch, &lost[nr]);
	plan_lost(c, number, lost, nr);
	free(lost);
}

static void
checkpoint_image(struct conduct *c, size_t number, const struct progress *progress)
{
	size_t entry = entry_of_cut(c, progress->at);

	if (entry != STEP_NONE && progress->has_run)
		plan_rescue_image(&c->phases[number].plan, &c->project.refs, c->o->docker, entry,
			c->images[progress->at].id);
}

/* What was run by now, in milliseconds. The legacy builder does not tell. */
static long long
worked(struct conduct *c, const struct note *note)
{
	struct checkpoint *p = &c->checkpoint;

	if (note->watch)
		return note->watch->tenths * 100LL;
	if (c->images && note->progress.runs && !p->run_from) {
		p->run_from = executor_now(c->x);
	} else if (p->run_from && !note->progress.runs) {
		p->worked += executor_now(c->x) - p->run_from;
		p->run_from = 0;
	}
	return p->worked;
}

/*
 * Since when there is work that is not stored: the last checkpoint, or the start of a step that has
 * ended since, whichever was first. To be called for every line.
 */
static void
follow_clock(struct conduct *c, struct note *note, long long work)
{
	struct checkpoint *p = &c->checkpoint;
	long long began = executor_now(c->x) - (work - note->worked);

	if (work > note->worked && (!p->is_since || began < p->since)) {
		p->since = began;
		p->is_since = true;
	}
	note->worked = work;
}

/*
 * Whether so much work has been done, by the clock too, in milliseconds: what steps did side by
 * side is done again side by side. Of eight stages of 12 seconds in all, built in five, a
 * checkpoint sent the base's layers beside the push of the image that ended the build (measured
 * with 28.5).
 */
static bool
is_due(const struct conduct *c, long long work)
{
	const struct checkpoint *p = &c->checkpoint;
	long long due = c->o->checkpoint * 1000LL;

	return work >= due && executor_now(c->x) - p->since >= due;
}

/*
 * The image is built, and the cache of all comes next. Where its build exports that itself, a
 * checkpoint that is still being stored would send the same layers beside it, and take as long
 * (measured with 28.5: 150 MB twice). Else what is on its way is waited for, and no more is begun.
 */
static void
give_way(struct conduct *c, const struct step *step, const struct note *note)
{
	size_t walk = c->checkpoint.storing, i;

	if (!note->is_built || note->was_built || c->mode != MODE_REGISTRY ||
		!(step->flags & STEP_STDOUT) || !rescue_is_storing(c))
		return;
	if (step->flags & STEP_EXPORTS) {
		executor_end(c->x, walk);
		return;
	}
	executor_close(c->x, walk);
	for (i = 0; i < c->phases[walk].plan.nr; i++) {
		/* what it was to be good for does not come any more */
		if (!(c->phases[walk].plan.steps[i].flags & STEP_STORES))
			executor_halt(c->x, walk, i, 0);
	}
}

static void
plan_checkpoint(struct conduct *c, size_t phase, struct note *note)
{
	note->kept = note->worked;
	c->checkpoint.since = executor_now(c->x);
	if (note->watch)
		checkpoint_cuts(c, phase, note->watch);
	else
		checkpoint_image(c, phase, &note->progress);
}

/* Whether what a build has finished is stored while it goes on. */
static bool
is_stored_beside(const struct conduct *c, const struct step *step, const struct note *note)
{
	if (step->kind != STEP_BUILD_STAGE || (step->flags & (STEP_CLEANUP | STEP_ATTEMPT)) ||
		!c->o->checkpoint || c->project.refs.not_stored)
		return false;
	/* the cache of all comes next, see give_way */
	return !note->is_built || c->mode != MODE_REGISTRY;
}

/* Lets go of what builds have read that are over: a large Dockerfile is a file for each. */
static void
forget_cuts(struct conduct *c)
{
	for (; c->let_go < c->nr_cuts; c->let_go++) {
		struct cut_file *cut = &c->cuts[c->let_go];

		replay_release(&cut->text);
		facts_remove_named(cut->path);
		cut->path = NULL;
	}
}

/* Begins to store what there is by now, or to send a base; nothing else is being stored. There may
 * be nothing to store: a stage that is whole is stored by others, say. */
static void
store_next(struct conduct *c, struct note *note)
{
	size_t phase = CHECKPOINT + c->checkpoint.nr;

	if (c->checkpoint.nr == CHECKPOINTS_MAX)
		return;
	forget_cuts(c);
	if (is_due(c, note->worked - note->kept))
		plan_checkpoint(c, phase, note);
	else if (ahead_is_due(c, note->watch))
		ahead_plan(c, phase, note->watch);
	if (!c->phases[phase].plan.nr)
		return;
	c->checkpoint.storing = phase;
	c->checkpoint.nr++;
	conducting_add(c, phase);
}

void
rescue_line(struct conduct *c, size_t number)
{
	const struct step *step = &c->phases[BUILD].plan.steps[number];
	struct note *note = &c->phases[BUILD].notes[number];

	give_way(c, step, note);
	if (!is_stored_beside(c, step, note))
		return;
	follow_clock(c, note, worked(c, note));
	if ((is_due(c, note->worked - note->kept) || ahead_is_due(c, note->watch)) &&
		!rescue_is_storing(c))
		store_next(c, note);
}

void
rescue_sent(struct conduct *c)
{
	const struct phase *phase = &c->phases[BUILD];
	size_t i;

	for (i = 0; i < phase->plan.nr; i++) {
		if (executor_state(c->x, BUILD, i) == STATE_RUNNING &&
			is_stored_beside(c, &phase->plan.steps[i], &phase->notes[i])) {
			store_next(c, &phase->notes[i]);
			return;
		}
	}
}

/* It need not wait for all that is pushed and copied yet. */
void
rescue_exported(struct conduct *c)
{
	size_t phase = CHECKPOINT + c->checkpoint.nr;

	if (c->mode != MODE_REGISTRY || c->checkpoint.nr == CHECKPOINTS_MAX)
		return;
	whole_plan_over(c, phase);
	if (!c->phases[phase].plan.nr)
		return;
	c->checkpoint.nr++;
	conducting_add(c, phase);
}

/* ---- */

void
rescue_again(struct conduct *c)
{
	size_t i;

	for (i = 0; c->saved && i < c->project.refs.nr; i++)
		c->saved[i].tenths = 0;
	c->bases = 0;
}

bool
rescue_is(size_t walk)
{
	return walk >= CHECKPOINT && walk <= RESCUE_OVER;
}

void
rescue_stored(struct conduct *c, size_t walk, const struct step *step)
{
	struct saved *saved = &c->saved[step->entry];

	/* the legacy builder does not say how many there are */
	saved->reach = step->of ? step->reach : 1;
	saved->of = step->of;
	saved->tenths = saved->planned;
	saved->over = false;
	if (walk < RESCUE)
		report_saved(c, step->entry, false);
}

void
rescue_end(struct conduct *c)
{
	forget_cuts(c);
	free(c->cuts);
	free(c->saved);
	free(c->sent);
}
