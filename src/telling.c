#include "conducting.h"

#include <stdlib.h>
#include <string.h>

void
conducting_tell(const struct conduct *c, const struct event *event)
{
	c->listener.event(c->listener.ctx, event);
}

/* How much of each stage came from the cache in a build of all. */
static void
report_stages(const struct conduct *c, const struct step *step, const struct watch *watch)
{
	size_t i;

	for (i = 0; i < c->project.refs.nr; i++) {
		const struct cache_entry *entry = &c->project.refs.entries[i];
		const struct watched *stage = entry->stage >= 0 ? &watch->stages[entry->stage]
								: NULL;

		if (stage && stage->steps)
			conducting_tell(c, &(struct event){.kind = EVENT_BUILT,
						   .step = step,
						   .entry = entry,
						   .cached = stage->cached,
						   .steps = stage->steps,
						   .tenths = stage->tenths,
						   .kilobytes = stage->kilobytes});
	}
}

/* How much of what was rescued is of use for the build that comes next. */
static void
report_taken(const struct conduct *c, const struct step *step, const struct note *note)
{
	if (note->progress.cached && (c->mode != MODE_PULL || note->attempt.reached))
		conducting_tell(c, &(struct event){.kind = EVENT_TAKEN,
					   .entry = &c->project.refs.entries[step->entry],
					   .ref = step->subject,
					   .cached = note->progress.cached});
}

static void
report_stage(const struct conduct *c, const struct step *step, const struct note *note)
{
	const struct cache_entry *entry = &c->project.refs.entries[step->entry];
	struct event event = {.kind = EVENT_BUILT,
		.step = step,
		.entry = entry,
		.cached = note->progress.cached,
		.steps = note->progress.steps};

	if (note->watch && entry->stage >= 0) {
		event.tenths = note->watch->stages[entry->stage].tenths;
		event.kilobytes = note->watch->stages[entry->stage].kilobytes;
	}
	conducting_tell(c, &event);
}

void
telling_build(const struct conduct *c, const struct outcome *outcome, const struct step *step)
{
	const struct note *note = &c->phases[outcome->walk].notes[outcome->step];
	const struct progress *progress = &note->progress;

	if (step->flags & STEP_TAKES) {
		report_taken(c, step, note);
		return;
	}
	if ((outcome->status && !note->push_failed) || !c->project.cached || c->o->quiet ||
		step_is_again(step))
		return;
	if (step->flags & STEP_WHOLE)
		report_stages(c, step, note->watch);
	else if (progress->steps)
		report_stage(c, step, note);
}

/* What was said by now. A build that pushes what it stores itself fails as a push does. */
static struct told *
told_of(struct conduct *c, enum step_kind kind, enum reason reason)
{
	return &c->told[kind == STEP_BUILD_STAGE ? STEP_TAG_PUSH : kind][reason];
}

/*
 * Whether the reason is news for steps of the kind: the other tags are in the same place, so one
 * says it of all. Where no row knows it docker's line is the reason.
 */
static bool
is_news(struct conduct *c, enum step_kind kind, enum reason reason, const char *detail)
{
	struct told *told = told_of(c, kind, reason);
	bool news = !told->failed;

	if (reason == REASON_NONE) {
		news |= !str_eq(c->told_detail, detail);
		free(c->told_detail);
		c->told_detail = detail ? xstrdup(detail) : NULL;
	}
	told->failed = true;
	return news;
}

/* Tells that a step is tried again: of all such steps, the first for the first time, the first for
 * the second time, and so on. */
void
telling_retry(struct conduct *c, const struct outcome *outcome, const struct step *step,
	const struct note *note, long delay)
{
	struct told *told = told_of(c, step->kind, note->reason);

	if (outcome->tries <= told->tries)
		return;
	told->tries = outcome->tries;
	conducting_tell(c, &(struct event){.kind = EVENT_RETRY,
				   .step = step,
				   .reason = note->reason,
				   .detail = note->detail,
				   .delay = delay});
}

/*
 * A failure that is not the run's: one warning. But that a reference is not there is what
 * EVENT_SOURCE is about, and that there is no engine will be said by the build.
 */
void
telling_failure(struct conduct *c, const struct outcome *outcome, const struct step *step,
	const struct note *note)
{
	const char *detail = note->detail[0] ? note->detail : NULL;
	enum reason reason = note->reason;

	if (!outcome->status || outcome->stopped || conducting_is_asking(outcome->walk))
		return;
	if (outcome->walk == LAYERS)
		return; /* it is the run's, and docker has said it */
	if (conducting_is_load(outcome->walk) &&
		(reason == REASON_ABSENT || reason == REASON_NO_DAEMON))
		return;
	if (outcome->spawn_error) {
		reason = REASON_SPAWN;
		detail = NULL;
	}
	if (!(step->flags & STEP_OPTIONAL) || !is_news(c, step->kind, reason, detail))
		return;
	conducting_tell(c, &(struct event){.kind = EVENT_FAILED,
				   .step = step,
				   .reason = reason,
				   .detail = detail,
				   .error = outcome->spawn_error});
}

void
telling_export(struct conduct *c, const struct outcome *outcome, const struct step *step,
	const struct note *note)
{
	if (outcome->status || !note->export_failed || !c->project.cached ||
		!is_news(c, STEP_TAG_PUSH, note->reason, note->detail))
		return;
	conducting_tell(c, &(struct event){.kind = EVENT_NOT_EXPORTED,
				   .step = step,
				   .entry = &c->project.refs.entries[step->entry],
				   .reason = note->reason,
				   .detail = note->detail});
}

/* Whether a build that stores pushes the image itself: see push_registry_output. */
static bool
pushes_itself(const struct step *step)
{
	bool pushes = false;
	size_t i;

	for (i = 0; step_is_again(step) && i < step->argv[0].nr; i++)
		pushes |= str_skip_prefix(step->argv[0].v[i], "type=image,") != NULL;
	return pushes;
}

static void
list_names(struct strvec *names, const struct options *o)
{
	struct strvec tags;

	options_list_tags(&tags, o);
	strvec_push_all(names, &tags);
	strvec_release(&tags);
}

/* Whether it is the build of the image, and docker pushes that by it. */
static bool
pushes_image(const struct step *step)
{
	return (step->flags & STEP_STDOUT) && strvec_has(&step->argv[0], "--push");
}

/* Under which references a build that has ended well has stored what it built, and pushed it. */
static void
list_made(const struct conduct *c, const struct step *step, const struct note *note,
	struct strvec *stored, struct strvec *pushed)
{
	const struct cache_entry *it = &c->project.refs.entries[step->entry];
	bool stores = pushes_itself(step) || (step->flags & STEP_PUSHES);
	/* the user may have the image's build export what he likes */
	bool exports = (step->flags & STEP_EXPORTS) || (step_is_again(step) && it->name);

	if (stores && it->store_branch)
		strvec_push(stored, it->store_branch);
	if (stores && it->store_shared)
		strvec_push(stored, it->store_shared);
	if (c->mode == MODE_REGISTRY && exports && note->exporting && !note->export_failed &&
		it->export_branch)
		strvec_push(stored, it->export_branch);
	if (pushes_image(step))
		list_names(pushed, c->o);
}

void
telling_step(const struct conduct *c, const struct outcome *outcome)
{
	const struct step *step = &c->phases[outcome->walk].plan.steps[outcome->step];
	const struct note *note = &c->phases[outcome->walk].notes[outcome->step];
	struct event event = {.kind = EVENT_STEP,
		.step = step,
		.from = note->began,
		.to = executor_now(c->x),
		.error = outcome->status,
		.tries = outcome->tries,
		.stopped = outcome->stopped};
	struct strvec stored, pushed;

	strvec_init(&stored);
	strvec_init(&pushed);
	if (!outcome->status && step->kind == STEP_TAG_PUSH)
		strvec_push(step->flags & STEP_CLEANUP ? &stored : &pushed, step->subject);
	else if (!outcome->status && step->kind == STEP_BUILD_STAGE && c->project.cached &&
		 step->entry != STEP_NONE &&
		 !(step->flags & (STEP_STORES | STEP_TAKES | STEP_AHEAD)))
		list_made(c, step, note, &stored, &pushed);
	event.stored = &stored;
	event.pushed = &pushed;
	if (pushed.nr && note->pushed[0])
		event.detail = note->pushed;
	conducting_tell(c, &event);
	strvec_release(&stored);
	strvec_release(&pushed);
}

/* Tells once a second what has been running for the longest. */
long
telling_waiting(void *ctx)
{
	struct conduct *c = ctx;
	struct event event = {.kind = EVENT_WORKING, .to = executor_now(c->x)};
	size_t walk, i;

	if (event.to < c->tell_at)
		return (long)(c->tell_at - event.to);
	for (walk = 0; walk < c->nr_phases; walk++) {
		for (i = 0; i < c->phases[walk].plan.nr; i++) {
			const struct note *note = &c->phases[walk].notes[i];

			if (executor_state(c->x, walk, i) != STATE_RUNNING)
				continue;
			if (!event.steps++ || note->began < event.from) {
				event.step = &c->phases[walk].plan.steps[i];
				event.from = note->began;
			}
		}
	}
	if (!event.steps)
		return -1;
	if (event.to - event.from >= 1000)
		conducting_tell(c, &event);
	c->tell_at = event.to + 1000 - (event.to - event.from) % 1000;
	return (long)(c->tell_at - event.to);
}

void
telling_signal(const struct conduct *c, int signal)
{
	bool stores = false;
	size_t i;

	for (i = 0; c->project.cached && i < c->project.refs.nr; i++)
		stores |= c->project.refs.entries[i].store_branch ||
			  c->project.refs.entries[i].store_shared;
	conducting_tell(
		c, &(struct event){.kind = EVENT_SIGNAL, .error = signal, .stores = stores});
}
