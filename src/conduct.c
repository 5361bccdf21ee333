#include "conduct.h"

#include <stdlib.h>
#include <string.h>

#include "docker_flags.h"
#include "plan_ask.h"
#include "plan_build.h"
#include "plan_load.h"
#include "plan_print.h"
#include "plan_rescue.h"
#include "progress.h"

/* What is remembered of one step while it runs, and of its answer. */
struct note {
	enum reason reason;
	char detail[DETAIL_MAX]; /* the line that gave it */
	struct look_up look_up;
	bool is_list; /* its first line opened a list: no digest of its own is in it */
	bool begun;   /* a line has been read */
	struct progress progress;
};

/* A plan being carried out. */
struct phase {
	struct plan plan;
	struct note *notes; /* one for each step */
};

enum { ASK, ASK_MORE, LOAD, BUILD, RESCUE, NR_PHASES };

struct conduct {
	const struct options *o;
	const struct facts *f;
	struct listener listener;
	struct executor *x;
	struct phase phases[NR_PHASES]; /* by number of the executor's walk */
	size_t nr_phases;
	struct engine engine;
	struct dockerfile df;
	struct cache_refs refs;
	bool has_refs;
	struct cache_source *sources;
	enum cache_mode mode;
	char **env;   /* of the commands, once the builder is chosen */
	int no_start; /* docker could not be started: the status for it */
};

static void
tell(const struct conduct *c, const struct event *event)
{
	c->listener.event(c->listener.ctx, event);
}

/* Remembers the last line that gave a reason, else the last line. */
static void
read_reason(struct note *note, const struct step *step, const char *line, size_t len)
{
	enum reason reason = reason_of_line(line, len, step->subject);

	/* without one that is known, the last line is what there is to say */
	if (!reason && note->reason)
		return;
	if (reason)
		note->reason = reason;
	if (len >= DETAIL_MAX)
		len = DETAIL_MAX - 1;
	memcpy(note->detail, line, len);
	note->detail[len] = '\0';
}

static void
read_digest(struct note *note, const char *line, size_t len)
{
	if (!note->begun)
		note->is_list = line[0] == '[';
	note->begun = true;
	if (!note->is_list && !note->look_up.digest[0])
		engine_line_digest(line, len, note->look_up.digest);
}

static void
on_line(void *ctx, size_t walk, size_t step, const char *line, size_t len)
{
	struct conduct *c = ctx;
	const struct step *it = &c->phases[walk].plan.steps[step];
	struct note *note = &c->phases[walk].notes[step];

	if (it->kind == STEP_BUILD_STAGE) {
		progress_line(&note->progress, line, len);
		return;
	}
	read_reason(note, it, line, len);
	read_digest(note, line, len);
}

static void
say_heading(const struct conduct *c, size_t walk, size_t step)
{
	tell(c, &(struct event){.kind = EVENT_HEADING, .step = &c->phases[walk].plan.steps[step]});
}

/* That a reference is not there is no news: EVENT_SOURCE says what was looked for. */
static bool
on_showing(void *ctx, size_t walk, size_t step)
{
	const struct conduct *c = ctx;

	if (walk == LOAD && (c->phases[walk].notes[step].reason == REASON_ABSENT ||
				    c->phases[walk].notes[step].reason == REASON_NO_DAEMON))
		return false;
	say_heading(c, walk, step);
	return true;
}

/* What is not live has its heading when it is shown; but one says what is waited for before. */
static void
on_starting(void *ctx, size_t walk, size_t step, bool live)
{
	struct conduct *c = ctx;

	if (live || walk == LOAD)
		say_heading(c, walk, step);
	c->phases[walk].notes[step].reason = REASON_NONE;
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
		tell(c, &(struct event){.kind = EVENT_NO_START, .error = outcome->spawn_error});
	c->no_start = outcome->status;
	executor_stop(c->x, outcome->walk);
	return true;
}

/* An answer to the ask plan, or that there is none. */
static void
take_answer(struct conduct *c, const struct outcome *outcome, const struct note *note)
{
	const char *start = outcome->text, *end = start + outcome->len;

	if (outcome->status) {
		c->engine.dead |= note->reason == REASON_NO_DAEMON;
		return;
	}
	if (outcome->walk == ASK_MORE) {
		engine_read_build_help(&c->engine, outcome->text, outcome->len);
		return;
	}
	/* the answer is one line; warnings may stand around it */
	while (start < end && *start != '{') {
		start = memchr(start, '\n', (size_t)(end - start));
		start = start ? start + 1 : end;
	}
	engine_read_info(&c->engine, start, (size_t)(end - start));
}

/* What a failed look-up says of the reference. */
static enum found
found_after(enum reason reason)
{
	switch (reason) {
	case REASON_PLAIN_HTTP:
	case REASON_CERTIFICATE:
	case REASON_NONE:
		return FOUND_UNSURE; /* docker may fare better than the client that asked */
	default:
		return FOUND_NO;
	}
}

static void
take_look_up(struct conduct *c, const struct outcome *outcome, struct note *note)
{
	bool pulled = c->phases[LOAD].plan.steps[outcome->step].kind == STEP_PULL_TAG;

	if (!outcome->status)
		note->look_up.found = FOUND_YES;
	else
		note->look_up.found = pulled ? FOUND_NO : found_after(note->reason);
	if (pulled)
		note->look_up.digest[0] = '\0';
	/* the other references are in the same place: do not wait for each of them */
	if (outcome->status &&
		(note->reason == REASON_UNREACHABLE || note->reason == REASON_NO_DAEMON))
		executor_stop(c->x, outcome->walk);
}

static void
report_build(const struct conduct *c, const struct outcome *outcome, const struct step *step)
{
	const struct progress *progress = &c->phases[outcome->walk].notes[outcome->step].progress;

	if (outcome->status || !c->has_refs || !progress->steps)
		return;
	tell(c, &(struct event){.kind = EVENT_BUILT,
			.step = step,
			.entry = &c->refs.entries[step->entry],
			.cached = progress->cached,
			.steps = progress->steps});
}

/*
 * A failure that is not the run's: one warning. But that a reference is not there is what
 * EVENT_SOURCE is about, and that there is no engine will be said by the build.
 */
static void
report_failure(const struct conduct *c, const struct outcome *outcome, const struct step *step,
	const struct note *note)
{
	const char *detail = note->detail[0] ? note->detail : NULL;
	enum reason reason = note->reason;

	if (!outcome->status || outcome->stopped || is_asking(outcome))
		return;
	if (outcome->walk == LOAD && (reason == REASON_ABSENT || reason == REASON_NO_DAEMON))
		return;
	if (outcome->spawn_error) {
		reason = REASON_SPAWN;
		detail = NULL;
	}
	if (step->flags & STEP_OPTIONAL)
		tell(c, &(struct event){.kind = EVENT_FAILED,
				.step = step,
				.reason = reason,
				.detail = detail,
				.error = outcome->spawn_error});
}

static long
on_ended(void *ctx, const struct outcome *outcome)
{
	struct conduct *c = ctx;
	struct phase *phase = &c->phases[outcome->walk];
	const struct step *step = &phase->plan.steps[outcome->step];
	struct note *note = &phase->notes[outcome->step];
	long delay = -1;

	if (is_hopeless(c, outcome, step))
		return -1;
	if (is_asking(outcome))
		take_answer(c, outcome, note);
	if (outcome->status && !outcome->stopped && step->kind != STEP_BUILD_STAGE &&
		reason_may_pass(note->reason) && outcome->tries <= c->o->retries) {
		delay = back_off(outcome->tries);
		tell(c, &(struct event){.kind = EVENT_RETRY,
				.step = step,
				.reason = note->reason,
				.detail = note->detail,
				.delay = delay});
		return delay;
	}
	if (outcome->walk == LOAD)
		take_look_up(c, outcome, note);
	if (step->kind == STEP_BUILD_STAGE)
		report_build(c, outcome, step);
	report_failure(c, outcome, step, note);
	return -1;
}

static void
on_signalled(void *ctx, int signal)
{
	const struct conduct *c = ctx;
	bool stores = false;
	size_t i;

	for (i = 0; c->has_refs && i < c->refs.nr; i++)
		stores |= c->refs.entries[i].store_branch || c->refs.entries[i].store_shared;
	tell(c, &(struct event){.kind = EVENT_SIGNAL, .error = signal, .stores = stores});
}

/* Gives each build its counter of steps. */
static void
init_notes(const struct conduct *c, struct phase *phase)
{
	size_t i;

	phase->notes = xcalloc(phase->plan.nr, sizeof(*phase->notes));
	for (i = 0; i < phase->plan.nr; i++) {
		size_t entry = phase->plan.steps[i].entry;
		int stage = c->has_refs && entry != STEP_NONE ? c->refs.entries[entry].stage : -1;

		progress_init(&phase->notes[i].progress,
			stage < 0 ? NULL : c->df.stages[stage].name, stage);
	}
}

/* Carries out a plan that has been filled, and waits for its end. Those left out before are empty.
 */
static void
carry_out(struct conduct *c, size_t number)
{
	while (c->nr_phases <= number) {
		init_notes(c, &c->phases[c->nr_phases]);
		executor_add(c->x, &c->phases[c->nr_phases++].plan);
	}
	executor_run(c->x);
}

static bool
goes_on(const struct conduct *c)
{
	return !c->no_start && !executor_signal(c->x);
}

/* Asks docker what it is, as far as that is not settled; sets mode. */
static void
ask(struct conduct *c)
{
	const char *wanted = c->f->docker_buildkit;

	c->mode = engine_mode(&c->engine, c->o->mode, wanted);
	if (c->mode == MODE_PULL)
		return; /* nothing that this mode does depends on the answer */
	plan_ask_info(&c->phases[ASK].plan, c->o->docker);
	carry_out(c, ASK);
	c->mode = engine_mode(&c->engine, c->o->mode, wanted);
	if (c->mode == MODE_AUTO && !c->engine.dead && goes_on(c)) {
		plan_ask_build_help(&c->phases[ASK_MORE].plan, c->o->docker);
		carry_out(c, ASK_MORE);
		c->mode = engine_mode(&c->engine, c->o->mode, wanted);
	}
	if (c->mode == MODE_AUTO)
		c->mode = MODE_INLINE;
}

/* What makes docker use one builder for all builds; NULL: leave it to what is set. */
static char *
assignment(enum cache_mode mode)
{
	static char legacy[] = "DOCKER_BUILDKIT=0", buildkit[] = "DOCKER_BUILDKIT=1";

	return mode == MODE_PULL ? legacy : buildkit;
}

/* A value that is no boolean is left for docker to refuse. */
static void
choose_builder(struct conduct *c)
{
	const char *value = c->f->docker_buildkit;
	bool on;

	if (c->engine.dead || (value && !docker_flag_bool(value, &on)))
		return;
	free(c->env);
	c->env = facts_child_env(assignment(c->mode));
	executor_set_env(c->x, c->env);
}

static void
load(struct conduct *c)
{
	struct phase *phase = &c->phases[LOAD];
	struct look_up *look_ups;
	size_t i;

	plan_load(&phase->plan, &c->refs, c->o, &c->engine, c->mode);
	carry_out(c, LOAD);
	look_ups = xcalloc(phase->plan.nr, sizeof(*look_ups));
	for (i = 0; i < phase->plan.nr; i++)
		look_ups[i] = phase->notes[i].look_up;
	load_choose(c->sources, &phase->plan, look_ups, &c->refs);
	free(look_ups);
	for (i = 0; goes_on(c) && i < c->refs.nr; i++)
		tell(c, &(struct event){.kind = EVENT_SOURCE,
				.refs = &c->refs,
				.entry = &c->refs.entries[i],
				.ref = c->sources[i].ref});
}

/* The whole run, once everything is named. */
static void
run_cached(struct conduct *c)
{
	ask(c);
	if (!goes_on(c))
		return;
	choose_builder(c);
	tell(c, &(struct event){.kind = EVENT_SETUP, .refs = &c->refs, .mode = c->mode});
	if (!c->o->no_cache && !c->engine.dead)
		load(c);
	if (!goes_on(c))
		return;
	plan_build(&c->phases[BUILD].plan, &c->refs, &c->df, c->o, c->mode, c->sources);
	carry_out(c, BUILD);
	plan_rescue(&c->phases[RESCUE].plan);
	carry_out(c, RESCUE);
}

static void
start_conduct(struct conduct *c, const struct conduct_config *config)
{
	const struct executor_events events = {
		.starting = on_starting,
		.showing = on_showing,
		.line = on_line,
		.signalled = on_signalled,
		.ended = on_ended,
		.ctx = c,
	};
	struct executor_config x_config = {
		.system = &executor_real_system,
		.pump = config->pump,
		.jobs = config->o->jobs,
		.terminal = config->f->terminal,
		.in_group = config->f->terminal_group,
		.null_fd = config->null_fd,
	};
	size_t i;

	*c = (struct conduct){.o = config->o, .f = config->f, .listener = config->listener};
	for (i = 0; i < NR_PHASES; i++)
		plan_init(&c->phases[i].plan);
	engine_init(&c->engine);
	c->env = facts_child_env(NULL);
	x_config.env = c->env;
	c->x = executor_new(&x_config, &events);
}

static struct verdict
end_conduct(struct conduct *c)
{
	struct verdict verdict = {.status = executor_status(c->x), .signal = executor_signal(c->x)};
	size_t i;

	if (c->no_start && !verdict.status)
		verdict.status = c->no_start;
	executor_flush(c->x);
	if (!verdict.signal)
		verdict.signal = executor_signal(c->x);
	executor_release(c->x);
	for (i = 0; i < NR_PHASES; i++) {
		plan_release(&c->phases[i].plan);
		free(c->phases[i].notes);
	}
	if (c->sources)
		load_release(c->sources, c->refs.nr);
	if (c->has_refs)
		cache_refs_release(&c->refs);
	dockerfile_release(&c->df);
	engine_release(&c->engine);
	free(c->env);
	return verdict;
}

/* Whether IMAGE can have a cache: it cannot where docker has to refuse it. */
static bool
is_cacheable(const struct options *o)
{
	struct image_ref ref;
	bool legal = !o->plain && image_ref_parse(&ref, o->image, NULL);

	if (!o->plain)
		image_ref_release(&ref);
	return legal;
}

/* Reads the Dockerfile that facts found. Without one, or with one we cannot read, there are no
 * stages, and the image is built in one go. */
static void
read_stages(struct dockerfile *df, const struct facts *f)
{
	*df = (struct dockerfile){.nr_stages = 0};
	if (f->dockerfile_path)
		dockerfile_parse(df, f->dockerfile.buf, f->dockerfile.len, NULL);
}

struct verdict
conduct_build(const struct conduct_config *config, struct strbuf *err)
{
	struct conduct c;
	bool good = true;

	start_conduct(&c, config);
	read_stages(&c.df, c.f);
	if (is_cacheable(c.o)) {
		good = cache_refs_make(&c.refs, c.o, c.f, &c.df, err);
		c.has_refs = true;
		c.sources = xcalloc(c.refs.nr + 1, sizeof(*c.sources));
	} else {
		plan_plain(&c.phases[BUILD].plan, c.o);
	}
	if (good && c.has_refs)
		run_cached(&c);
	else if (good)
		carry_out(&c, BUILD);
	if (good)
		return end_conduct(&c);
	end_conduct(&c);
	return (struct verdict){.status = STATUS_USAGE};
}

struct verdict
conduct_helper(const struct conduct_config *config)
{
	const struct options *o = config->o;
	const char *first = o->references.v[0];
	const char *second = o->references.nr > 1 ? o->references.v[1] : first;
	struct conduct c;

	start_conduct(&c, config);
	if (o->program == PROGRAM_PULL_TAG)
		plan_pull_tag(&c.phases[BUILD].plan, STEP_LIVE, o->docker, first, second);
	else
		plan_tag_push(&c.phases[BUILD].plan, STEP_LIVE, o->docker, first, second);
	carry_out(&c, BUILD);
	return end_conduct(&c);
}

static void
print_outline(const struct outline *outline, struct strbuf *out)
{
	if (outline->o->dry_run == DRY_RUN_JSON)
		plan_print_json(outline, out);
	else
		plan_print_shell(outline, out);
}

/* Plans a dry run of what is cached: a modern client, and each first look-up found. */
static void
plan_dry_run(struct outline *outline, struct plan plans[2], struct dockerfile *df)
{
	const struct cache_refs *refs = outline->refs;
	struct cache_source *sources = xcalloc(refs->nr, sizeof(*sources));
	struct engine engine;

	engine_init(&engine);
	engine.has_buildx = true;
	if (!outline->o->no_cache) {
		load_assume(sources, refs);
		plan_load(&plans[0], refs, outline->o, &engine, outline->mode);
	}
	plan_build(&plans[1], refs, df, outline->o, outline->mode, sources);
	load_release(sources, refs->nr);
	engine_release(&engine);
}

struct verdict
conduct_dry_run(
	const struct options *o, const struct facts *f, struct strbuf *out, struct strbuf *err)
{
	struct dockerfile df;
	struct cache_refs refs;
	struct plan plans[2];
	struct outline outline = {.o = o,
		.df = &df,
		.mode = o->mode == MODE_AUTO ? MODE_INLINE : o->mode,
		.plans = {&plans[0], &plans[1]},
		.nr_plans = 2};
	bool cacheable = is_cacheable(o), good = true;

	plan_init(&plans[0]);
	plan_init(&plans[1]);
	read_stages(&df, f);
	if (cacheable) {
		good = cache_refs_make(&refs, o, f, &df, err);
		outline.refs = &refs;
		outline.assignment = assignment(outline.mode);
	} else {
		plan_plain(&plans[1], o);
	}
	if (good && cacheable)
		plan_dry_run(&outline, plans, &df);
	if (good)
		print_outline(&outline, out);
	if (cacheable)
		cache_refs_release(&refs);
	dockerfile_release(&df);
	plan_release(&plans[0]);
	plan_release(&plans[1]);
	return (struct verdict){.status = good ? 0 : STATUS_USAGE};
}
