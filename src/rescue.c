#include "conducting.h"

#include <stdlib.h>
#include <string.h>

#include "cut.h"
#include "plan_rescue.h"

/* What has to have run, in tenths of seconds: to store less takes longer than to run it again. */
#define WORTH_TENTHS 10

/* The build that got furthest in a stage, of those that are to have all of it; NULL: none is. */
static const struct watched *
furthest(const struct conduct *c, size_t stage)
{
	const struct phase *phase = &c->phases[BUILD];
	const struct watched *best = NULL;
	size_t i;

	for (i = 0; i < phase->plan.nr; i++) {
		const struct watch *watch = phase->notes[i].watch;

		if (!watch || (phase->plan.steps[i].flags & (STEP_CLEANUP | STEP_ATTEMPT)))
			continue;
		if (!best || watch->stages[stage].reach > best->reach)
			best = &watch->stages[stage];
	}
	return best;
}

/*
 * Whether what is left of the entry is to be stored, and then where its file is cut. Where there is
 * a cache of it already, which it would be looked for behind, it is not.
 */
static bool
is_lost(const struct conduct *c, size_t entry, struct lost *lost)
{
	const struct cache_entry *it = &c->project.refs.entries[entry];
	const struct watched *stage;

	if (it->stage < 0 || c->sources[entry].ref)
		return false;
	stage = furthest(c, (size_t)it->stage);
	if (!stage || stage->finished || !stage->reach || stage->tenths < WORTH_TENTHS)
		return false;
	*lost = (struct lost){.entry = entry, .reach = stage->reach, .of = stage->of};
	return true;
}

static bool
is_for_several_platforms(const struct conduct *c)
{
	return c->project.args.target && strchr(c->project.args.target, ',');
}

static void
find_lost(struct conduct *c)
{
	size_t i;

	c->lost = xcalloc(c->project.refs.nr, sizeof(*c->lost));
	/* each platform has steps of its own; and what is read only once has been read */
	if (is_for_several_platforms(c) || c->f->secret_once)
		return;
	for (i = 0; i < c->project.refs.nr; i++)
		c->nr_lost += is_lost(c, i, &c->lost[c->nr_lost]);
}

/* Keeps the file up to where it is cut. False: it cannot be. */
static bool
keep_cut(struct conduct *c, size_t at)
{
	const struct strbuf *file = &c->f->dockerfile;
	size_t len = dockerfile_cut(&c->project.df, at);
	struct cut_file *kept;

	c->cuts = xreallocarray(c->cuts, c->nr_cuts + 1, sizeof(*c->cuts));
	kept = &c->cuts[c->nr_cuts++];
	kept->path = NULL;
	replay_init(&kept->text);
	if (c->f->dockerignore_path || options_stdin_secret(c->o)) {
		kept->path = facts_write_named(c->f, file->buf, len);
		return kept->path != NULL;
	}
	return replay_take(&kept->text, file->buf, len, c->f->tmpdir) == 0;
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
add_cuts(struct conduct *c, const struct lost *lost, struct cut_build **builds, size_t nr)
{
	const struct dockerfile *df = &c->project.df;
	size_t stage = (size_t)c->project.refs.entries[lost->entry].stage;
	size_t at = cut_instruction(df, stage, lost->reach + 1, lost->of);
	size_t *cuts = NULL, nr_cuts = 0, i;

	if (has_run(df, stage, at))
		nr_cuts = cut_before(df, at, &cuts);
	*builds = xreallocarray(*builds, nr + nr_cuts + 1, sizeof(**builds));
	for (i = 0; i < nr_cuts && keep_cut(c, cuts[i]); i++)
		(*builds)[nr + i] = (struct cut_build){.entry = lost->entry,
			.cut = c->nr_cuts - 1,
			.path = c->cuts[c->nr_cuts - 1].path,
			.last = i + 1 == nr_cuts};
	free(cuts);
	return i == nr_cuts ? nr + nr_cuts : nr;
}

/* Stores what is lost and not saved yet. */
static void
save(struct conduct *c, size_t number)
{
	const struct build_setup setup = conducting_setup(c);
	const struct plan *plan = &c->phases[number].plan;
	struct cut_build *builds = NULL;
	size_t nr = 0, i, j;

	for (i = 0; i < c->nr_lost; i++) {
		if (!c->lost[i].saved && c->lost[i].reach)
			nr = add_cuts(c, &c->lost[i], &builds, nr);
	}
	plan_rescue_cuts(&c->phases[number].plan, &setup, builds, nr);
	free(builds);
	conducting_carry_out(c, number);
	for (i = 0; i < plan->nr; i++) {
		for (j = 0; j < c->nr_lost; j++)
			c->lost[j].saved |= (plan->steps[i].flags & STEP_STORES) &&
					    plan->steps[i].entry == c->lost[j].entry &&
					    executor_state(c->x, number, i) == STATE_DONE &&
					    !c->phases[number].notes[i].export_failed;
	}
}

/* Has a build had something to run, what was copied has changed meanwhile, say, then what stands
 * before that is left. */
static void
shorten(struct conduct *c, struct lost *lost)
{
	const struct phase *phase = &c->phases[RESCUE];
	size_t stage = (size_t)c->project.refs.entries[lost->entry].stage, i;
	unsigned ran = 0;

	for (i = 0; i < phase->plan.nr; i++) {
		const struct note *note = &phase->notes[i];

		if (phase->plan.steps[i].entry == lost->entry && note->watch && !ran)
			ran = watch_ran(note->watch, stage, note->attempt.doubt);
	}
	lost->reach = ran && ran <= lost->reach ? ran - 1 : 0;
}

/* Tells what was saved, and where the next build goes on. */
static void
report_saved(const struct conduct *c)
{
	size_t i;

	for (i = 0; i < c->nr_lost; i++) {
		const struct lost *lost = &c->lost[i];
		const struct cache_entry *entry = &c->project.refs.entries[lost->entry];
		size_t at = lost->saved ? cut_instruction(&c->project.df, (size_t)entry->stage,
						  lost->reach + 1, lost->of)
					: 0;

		if (lost->saved)
			conducting_tell(
				c, &(struct event){.kind = EVENT_SAVED,
					   .entry = entry,
					   .ref = c->mode == MODE_REGISTRY ? NULL : entry->rescued,
					   .cached = lost->reach,
					   .steps = lost->of,
					   .line = c->project.df.instructions[at].line});
	}
}

/* Stores what the legacy builder has left: an image of each step it has finished. */
static void
rescue_images(struct conduct *c)
{
	const struct phase *phase = &c->phases[BUILD];
	int cut = -1;
	size_t i;

	for (i = 0; i < phase->plan.nr; i++) {
		if (executor_state(c->x, BUILD, i) == STATE_DONE)
			continue;
		/* the stage it was in when it ended is whole only if it ended well */
		if (phase->notes[i].progress.at >= 0)
			cut = progress_cut(&phase->notes[i].progress);
	}
	for (i = 0; i < c->project.refs.nr; i++) {
		/* it would be looked for behind what there is */
		if (cut >= 0 && c->project.refs.entries[i].stage == cut && c->sources[i].ref) {
			c->images[cut].id[0] = '\0';
			cut = -1;
		}
	}
	if (!c->project.refs.not_stored)
		plan_rescue_images(
			&c->phases[RESCUE].plan, &c->project.refs, c->o->docker, c->images, cut);
	conducting_carry_out(c, RESCUE);
	for (i = 0; i < c->phases[RESCUE].plan.nr; i++) {
		const struct step *step = &c->phases[RESCUE].plan.steps[i];
		const struct cache_entry *entry = &c->project.refs.entries[step->entry];

		if (entry->stage == cut && executor_state(c->x, RESCUE, i) == STATE_DONE)
			conducting_tell(c, &(struct event){.kind = EVENT_SAVED,
						   .entry = entry,
						   .ref = entry->rescued});
	}
}

void
conducting_rescue(struct conduct *c)
{
	size_t i;

	if (c->images) {
		rescue_images(c);
		return;
	}
	if (c->mode == MODE_PULL || c->project.refs.not_stored || c->engine.dead ||
		!(executor_status(c->x) || executor_signal(c->x)))
		return;
	find_lost(c);
	save(c, RESCUE);
	for (i = 0; i < c->nr_lost; i++) {
		if (!c->lost[i].saved)
			shorten(c, &c->lost[i]);
	}
	save(c, RESCUE_AGAIN);
	report_saved(c);
}

void
conducting_rescue_end(struct conduct *c)
{
	size_t i;

	for (i = 0; i < c->nr_cuts; i++) {
		replay_release(&c->cuts[i].text);
		facts_remove_named(c->cuts[i].path);
	}
	free(c->cuts);
	free(c->lost);
}
