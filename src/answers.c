#include "conducting.h"

#include <stdlib.h>
#include <string.h>

void
conducting_tell(const struct conduct *c, const struct event *event)
{
	c->listener.event(c->listener.ctx, event);
}

static void
on_line(void *ctx, size_t walk, size_t step, const char *line, size_t len)
{
	struct conduct *c = ctx;
	struct phase *phase = &c->phases[walk];

	note_line(&phase->notes[step], &phase->plan.steps[step], line, len);
	if (phase->plan.steps[step].kind == STEP_BUILD_STAGE)
		gates_line(c, walk, step);
	if (walk == BUILD)
		rescue_line(c, step);
	phase->notes[step].was_built = phase->notes[step].is_built;
}

static bool
is_load(size_t walk)
{
	return walk == LOAD || walk == LOAD_MORE;
}

static bool
is_sift(size_t walk)
{
	return walk == SIFT || walk == SIFT_MORE;
}

static bool
is_question(size_t walk)
{
	return walk == COMPARE || (walk >= WHY && walk <= WHY_CONFIG);
}

/* Whether it builds what has been built, to store it. */
static bool
is_again(const struct step *step)
{
	return step->kind == STEP_BUILD_STAGE && (step->flags & STEP_CLEANUP);
}

/* A step may be run again. */
static void
start_note(struct note *note)
{
	note->reason = REASON_NONE;
	note->attempt.doubt = 0;
	note->state = note->acted = ATTEMPT_GOES_ON;
	if (note->watch)
		watch_reset(note->watch);
	note->worked = note->kept = 0;
	note->exporting = 0;
	note->is_built = note->was_built = note->is_pushed = note->opened = false;
	note->export_failed = note->push_failed = false;
}

static void
say_heading(const struct conduct *c, size_t walk, size_t step)
{
	conducting_tell(c,
		&(struct event){.kind = EVENT_HEADING, .step = &c->phases[walk].plan.steps[step]});
}

/* That a reference is not there is no news: EVENT_SOURCE says what was looked for. */
static bool
on_showing(void *ctx, size_t walk, size_t step)
{
	const struct conduct *c = ctx;

	if (is_load(walk) && (c->phases[walk].notes[step].reason == REASON_ABSENT ||
				     c->phases[walk].notes[step].reason == REASON_NO_DAEMON))
		return false;
	/* what is stored out of another build has nothing to show, nor what goes before one */
	if ((is_again(&c->phases[walk].plan.steps[step]) &&
		    !(c->phases[walk].plan.steps[step].flags & STEP_UNPUSHED)) ||
		rescue_is(walk) || (c->phases[walk].plan.steps[step].flags & STEP_TAKES))
		return false;
	say_heading(c, walk, step);
	return true;
}

/* What is not live has its heading when it is shown; but one says what is waited for before. */
static void
on_starting(void *ctx, size_t walk, size_t step, bool live)
{
	struct conduct *c = ctx;

	if (live || is_load(walk) || is_sift(walk) || walk == INSPECT)
		say_heading(c, walk, step);
	start_note(&c->phases[walk].notes[step]);
	if (!c->phases[walk].notes[step].began)
		c->phases[walk].notes[step].began = executor_now(c->x);
}

static long
back_off(unsigned tries)
{
	return tries < 6 ? 500L << (tries - 1) : 16000;
}

static bool
is_asking(const struct outcome *outcome)
{
	return outcome->walk == ASK || outcome->walk == ASK_MORE;
}

/* Whether docker cannot be started where there is no going on without: for the first question, or
 * for what is not optional. */
static bool
is_hopeless(struct conduct *c, const struct outcome *outcome, const struct step *step)
{
	if (!outcome->spawn_error)
		return false;
	if (!is_asking(outcome) && (step->flags & STEP_OPTIONAL))
		return false;
	if (!c->no_start)
		conducting_tell(
			c, &(struct event){.kind = EVENT_NO_START, .error = outcome->spawn_error});
	c->no_start = outcome->status;
	executor_stop(c->x, outcome->walk);
	return true;
}

/* The answer is one line; warnings may stand around it. */
static void
read_info(struct conduct *c, const struct outcome *outcome)
{
	const char *start = outcome->text, *end = start + outcome->len;

	while (start < end && *start != '{') {
		start = memchr(start, '\n', (size_t)(end - start));
		start = start ? start + 1 : end;
	}
	engine_read_info(&c->engine, start, (size_t)(end - start));
}

/* An answer to the ask plan, or that there is none. */
static void
take_answer(struct conduct *c, const struct outcome *outcome, const struct note *note)
{
	if (outcome->status && outcome->walk == ASK && !outcome->step)
		read_info(c, outcome); /* without an engine it tells of the client all the same */
	if (outcome->status) {
		c->engine.dead |= !outcome->step && note->reason == REASON_NO_DAEMON;
		c->info_failed |= outcome->walk == ASK && !outcome->step;
		return;
	}
	if (c->help)
		strbuf_add(c->help, outcome->text, outcome->len);
	if (outcome->walk == ASK && outcome->step) {
		engine_read_builder(&c->engine, outcome->text, outcome->len);
		return;
	}
	if (outcome->walk == ASK_MORE) {
		engine_read_build_help(&c->engine, outcome->text, outcome->len);
		engine_read_version(&c->engine, outcome->text, outcome->len);
		return;
	}
	read_info(c, outcome);
}

/* The ID of an image, which is all of the last line, but for its algorithm. */
static void
read_id(const struct outcome *outcome, char id[16])
{
	static const char algorithm[] = "sha256:";
	size_t len = outcome->len, start;

	while (len && outcome->text[len - 1] == '\n')
		len--;
	for (start = len; start && outcome->text[start - 1] != '\n';)
		start--;
	if (len - start == sizeof(algorithm) - 1 + 64 &&
		memcmp(outcome->text + start, algorithm, sizeof(algorithm) - 1) == 0)
		memcpy(id, outcome->text + start + sizeof(algorithm) - 1, 12);
}

static void
take_look_up(struct conduct *c, const struct outcome *outcome, struct note *note)
{
	bool pulled = c->phases[outcome->walk].plan.steps[outcome->step].kind == STEP_PULL_TAG;

	if (!outcome->status)
		note->look_up.found = FOUND_YES;
	else
		note->look_up.found = pulled ? FOUND_NO : note_found(note);
	if (pulled && !outcome->status)
		read_id(outcome, note->look_up.id);
	/* the other references are in the same place: do not wait for each of them */
	if (outcome->status &&
		(note->reason == REASON_UNREACHABLE || note->reason == REASON_NO_DAEMON)) {
		c->unreachable = true;
		executor_stop(c->x, outcome->walk);
	}
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

static void
report_build(const struct conduct *c, const struct outcome *outcome, const struct step *step)
{
	const struct note *note = &c->phases[outcome->walk].notes[outcome->step];
	const struct progress *progress = &note->progress;

	if (step->flags & STEP_TAKES) {
		report_taken(c, step, note);
		return;
	}
	if ((outcome->status && !note->push_failed) || !c->project.cached || c->o->quiet ||
		is_again(step))
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
static void
report_retry(struct conduct *c, const struct outcome *outcome, const struct step *step,
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
static void
report_failure(struct conduct *c, const struct outcome *outcome, const struct step *step,
	const struct note *note)
{
	const char *detail = note->detail[0] ? note->detail : NULL;
	enum reason reason = note->reason;

	if (!outcome->status || outcome->stopped || is_asking(outcome))
		return;
	if (outcome->walk == LAYERS)
		return; /* it is the run's, and docker has said it */
	if (is_load(outcome->walk) && (reason == REASON_ABSENT || reason == REASON_NO_DAEMON))
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

static void
report_export(struct conduct *c, const struct outcome *outcome, const struct step *step,
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

/* The build has built the image, but could not push it: others do that now. */
static long
take_unpushed(struct conduct *c, const struct outcome *outcome, const struct step *step,
	struct note *note)
{
	note->export_failed = true; /* BuildKit comes to that only behind the push */
	report_build(c, outcome, step);
	conducting_tell(c, &(struct event){.kind = EVENT_UNPUSHED,
				   .step = step,
				   .reason = note->reason,
				   .detail = note->detail});
	gates_ended(c, outcome->step, true);
	return EXECUTOR_ACCEPTED;
}

/* Whether the step tries to store a stage of a build that has failed without a sign of it: that
 * there is nothing to store is no news. */
static bool
is_try(const struct conduct *c, const struct step *step)
{
	const struct watch *watch;

	if (step->gate == STEP_NONE || executor_state(c->x, BUILD, step->gate) != STATE_FAILED)
		return false;
	if (c->project.refs.entries[step->entry].stage < 0)
		return false;
	watch = c->phases[BUILD].notes[step->gate].watch;
	return !watch->stages[c->project.refs.entries[step->entry].stage].finished;
}

/* A build is tried again only where it is there to store what has been built, or where BuildKit has
 * failed, no step. */
static bool
is_worth_retry(const struct step *step, const struct note *note)
{
	return step->kind != STEP_BUILD_STAGE || is_again(step) || note->reason == REASON_BUILDER ||
	       note->reason == REASON_SAME_NAME;
}

static long
take_end(struct conduct *c, const struct outcome *outcome)
{
	struct phase *phase = &c->phases[outcome->walk];
	const struct step *step = &phase->plan.steps[outcome->step];
	struct note *note = &phase->notes[outcome->step];
	long delay = -1;

	if (is_hopeless(c, outcome, step))
		return -1;
	if (is_question(outcome->walk)) {
		if (!outcome->status)
			strbuf_add(&note->answer, outcome->text, outcome->len);
		return -1; /* without an answer there is nothing to say */
	}
	if (is_sift(outcome->walk))
		return -1; /* what it has not told is asked for */
	if (outcome->walk == INSPECT) {
		take_look_up(c, outcome, note);
		return -1; /* nor what none of it has */
	}
	if (is_asking(outcome))
		take_answer(c, outcome, note);
	if (outcome->status && outcome->stopped && is_again(step) && step->gate != STEP_NONE)
		return gates_again(c, step, outcome->tries);
	if (outcome->status && is_try(c, step))
		return -1;
	if (outcome->status && !outcome->stopped && note->push_failed)
		return take_unpushed(c, outcome, step, note);
	if (outcome->status && !outcome->stopped && is_worth_retry(step, note) &&
		reason_may_pass(note->reason) && outcome->tries <= c->o->retries) {
		delay = back_off(outcome->tries);
		report_retry(c, outcome, step, note, delay);
		return delay;
	}
	if (is_load(outcome->walk))
		take_look_up(c, outcome, note);
	if (step->kind == STEP_BUILD_STAGE) {
		report_build(c, outcome, step);
		report_export(c, outcome, step, note);
	}
	if (outcome->walk == LAYERS)
		c->layers_status = outcome->status;
	if (outcome->walk == BUILD)
		gates_ended(c, outcome->step, !outcome->status);
	report_failure(c, outcome, step, note);
	if (rescue_is(outcome->walk) && note->state != ATTEMPT_GOES_ON)
		return EXECUTOR_REJECTED;
	if ((step->flags & STEP_TAKES) && c->mode == MODE_PULL)
		return note->attempt.reached ? EXECUTOR_ACCEPTED : EXECUTOR_REJECTED;
	if (!outcome->status && (step->flags & STEP_STORES) && !note->export_failed)
		rescue_stored(c, outcome->walk, step);
	return -1;
}

/* Whether a build that stores pushes the image itself: see push_registry_output. */
static bool
pushes_itself(const struct step *step)
{
	bool pushes = false;
	size_t i;

	for (i = 0; is_again(step) && i < step->argv[0].nr; i++)
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
	bool exports = (step->flags & STEP_EXPORTS) || (is_again(step) && it->name);

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

static void
tell_step(const struct conduct *c, const struct outcome *outcome)
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
		 step->entry != STEP_NONE && !(step->flags & (STEP_STORES | STEP_TAKES)))
		list_made(c, step, note, &stored, &pushed);
	event.stored = &stored;
	event.pushed = &pushed;
	if (pushed.nr && note->pushed[0])
		event.detail = note->pushed;
	conducting_tell(c, &event);
	strvec_release(&stored);
	strvec_release(&pushed);
}

static long
on_ended(void *ctx, const struct outcome *outcome)
{
	struct conduct *c = ctx;
	long again = take_end(c, outcome);

	if (again < 0 && again != EXECUTOR_CLOSED)
		tell_step(c, outcome);
	return again;
}

/* Tells once a second what has been running for the longest. */
static long
on_waiting(void *ctx)
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

static void
on_signalled(void *ctx, int signal)
{
	const struct conduct *c = ctx;
	bool stores = false;
	size_t i;

	for (i = 0; c->project.cached && i < c->project.refs.nr; i++)
		stores |= c->project.refs.entries[i].store_branch ||
			  c->project.refs.entries[i].store_shared;
	conducting_tell(
		c, &(struct event){.kind = EVENT_SIGNAL, .error = signal, .stores = stores});
}

struct executor_events
answers_events(struct conduct *c)
{
	return (struct executor_events){
		.starting = on_starting,
		.showing = on_showing,
		.line = on_line,
		.waiting = on_waiting,
		.signalled = on_signalled,
		.ended = on_ended,
		.ctx = c,
	};
}
