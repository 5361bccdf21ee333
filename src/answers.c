#include "conducting.h"

#include <stdlib.h>
#include <string.h>

#include "plan_build.h"

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
is_sift(size_t walk)
{
	return walk == SIFT || walk == SIFT_MORE;
}

static bool
is_question(size_t walk)
{
	return walk == COMPARE || (walk >= WHY && walk <= WHY_CONFIG);
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
	note->export_failed = note->push_failed = note->exported = false;
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

	if (conducting_is_load(walk) &&
		(c->phases[walk].notes[step].reason == REASON_ABSENT ||
			c->phases[walk].notes[step].reason == REASON_NO_DAEMON))
		return false;
	/* what is stored out of another build has nothing to show, nor what goes before one */
	if ((step_is_again(&c->phases[walk].plan.steps[step]) &&
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

	if (live || conducting_is_load(walk) || is_sift(walk) || walk == INSPECT)
		say_heading(c, walk, step);
	start_note(&c->phases[walk].notes[step]);
	c->phases[walk].notes[step].policy = c->policy_env != NULL;
	if (walk == BUILD && c->phases[walk].notes[step].began && c->phases[walk].notes[step].watch)
		rescue_again(c);
	if (!c->phases[walk].notes[step].began)
		c->phases[walk].notes[step].began = executor_now(c->x);
}

static long
back_off(unsigned tries)
{
	return tries < 6 ? 500L << (tries - 1) : 16000;
}

/* Whether docker cannot be started where there is no going on without: for the first question, or
 * for what is not optional. */
static bool
is_hopeless(struct conduct *c, const struct outcome *outcome, const struct step *step)
{
	if (!outcome->spawn_error)
		return false;
	if (!conducting_is_asking(outcome->walk) && (step->flags & STEP_OPTIONAL))
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

/* The build has built the image, but could not push it: others do that now. */
static long
take_unpushed(struct conduct *c, const struct outcome *outcome, const struct step *step,
	struct note *note)
{
	note->export_failed = true; /* BuildKit comes to that only behind the push */
	telling_build(c, outcome, step);
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
	if (note->reason == REASON_POLICY)
		return note->policy;
	return step->kind != STEP_BUILD_STAGE || step_is_again(step) ||
	       note->reason == REASON_BUILDER || note->reason == REASON_SAME_NAME;
}

/* A step of the plan that builds has ended: what waited for it goes on. */
static void
take_build_end(struct conduct *c, const struct outcome *outcome, const struct step *step,
	struct note *note)
{
	/* with ignore-error docker's status does not tell, so the build's output must */
	note->exported = step->kind == STEP_BUILD_STAGE && !outcome->status &&
			 !note->export_failed &&
			 (!(step->flags & STEP_STDOUT) || conducting_setup(c).reads);
	gates_ended(c, outcome->step, !outcome->status);
	/* or it does not come to the image */
	if ((step->flags & STEP_STDOUT) || (outcome->status && !(step->flags & STEP_OPTIONAL)))
		ahead_end(c);
	if (note->exported)
		rescue_exported(c);
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
	if (outcome->status && note->reason == REASON_POLICY)
		policy_give_up(c);
	if (step->flags & STEP_AHEAD) {
		rescue_sent(c);
		return -1; /* what it has not sent is sent later */
	}
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
	if (conducting_is_asking(outcome->walk))
		take_answer(c, outcome, note);
	if (outcome->status && outcome->stopped && step_is_again(step) && step->gate != STEP_NONE)
		return gates_again(c, step, outcome->tries);
	if (outcome->status && is_try(c, step))
		return -1;
	if (outcome->status && !outcome->stopped && note->push_failed)
		return take_unpushed(c, outcome, step, note);
	if (outcome->status && !outcome->stopped && is_worth_retry(step, note) &&
		reason_may_pass(note->reason) &&
		(outcome->tries <= c->o->retries || note->reason == REASON_POLICY)) {
		delay = note->reason == REASON_POLICY ? 0 : back_off(outcome->tries);
		telling_retry(c, outcome, step, note, delay);
		return delay;
	}
	if (conducting_is_load(outcome->walk))
		take_look_up(c, outcome, note);
	if (step->kind == STEP_BUILD_STAGE) {
		telling_build(c, outcome, step);
		telling_export(c, outcome, step, note);
	}
	if (outcome->walk == LAYERS)
		c->layers_status = outcome->status;
	if (outcome->walk == BUILD)
		take_build_end(c, outcome, step, note);
	telling_failure(c, outcome, step, note);
	if (rescue_is(outcome->walk) && note->state != ATTEMPT_GOES_ON)
		return EXECUTOR_REJECTED;
	if ((step->flags & STEP_TAKES) && c->mode == MODE_PULL)
		return note->attempt.reached ? EXECUTOR_ACCEPTED : EXECUTOR_REJECTED;
	if (!outcome->status && (step->flags & STEP_STORES) && !note->export_failed)
		rescue_stored(c, outcome->walk, step);
	return -1;
}

static long
on_ended(void *ctx, const struct outcome *outcome)
{
	struct conduct *c = ctx;
	long again = take_end(c, outcome);

	if (again < 0 && again != EXECUTOR_CLOSED)
		telling_step(c, outcome);
	return again;
}

static void
on_signalled(void *ctx, int signal)
{
	telling_signal(ctx, signal);
	ahead_end(ctx);
}

struct executor_events
answers_events(struct conduct *c)
{
	return (struct executor_events){
		.starting = on_starting,
		.showing = on_showing,
		.line = on_line,
		.waiting = telling_waiting,
		.signalled = on_signalled,
		.ended = on_ended,
		.ctx = c,
	};
}
