#include "conduct.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "docker_flags.h"
#include "note.h"
#include "plan_ask.h"
#include "plan_build.h"
#include "plan_load.h"
#include "plan_rescue.h"

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
	struct project project;
	struct cache_source *sources; /* one for each of the project's cache entries */
	struct stage_image *images;   /* what the legacy builder makes of each stage */
	enum cache_mode mode;
	struct replay named;   /* the Dockerfile with names for all stages */
	char *named_path;      /* the same as a file; NULL: it need not be one */
	char **env;            /* of the commands, once the builder is chosen */
	bool push_unreachable; /* that has been said of the registry */
	int no_start;          /* docker could not be started: the status for it */
	struct strbuf *help;   /* what `docker build --help` prints goes there; NULL: nowhere */
};

static void
tell(const struct conduct *c, const struct event *event)
{
	c->listener.event(c->listener.ctx, event);
}

static void
on_line(void *ctx, size_t walk, size_t step, const char *line, size_t len)
{
	struct conduct *c = ctx;
	struct phase *phase = &c->phases[walk];

	note_line(&phase->notes[step], &phase->plan.steps[step], line, len);
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
	if (c->help)
		strbuf_add(c->help, outcome->text, outcome->len);
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

static void
take_look_up(struct conduct *c, const struct outcome *outcome, struct note *note)
{
	bool pulled = c->phases[LOAD].plan.steps[outcome->step].kind == STEP_PULL_TAG;

	if (!outcome->status)
		note->look_up.found = FOUND_YES;
	else
		note->look_up.found = pulled ? FOUND_NO : note_found(note);
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

	if (outcome->status || !c->project.cached || !progress->steps || c->o->quiet)
		return;
	tell(c, &(struct event){.kind = EVENT_BUILT,
			.step = step,
			.entry = &c->project.refs.entries[step->entry],
			.cached = progress->cached,
			.steps = progress->steps});
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
	if (outcome->walk == LOAD && (reason == REASON_ABSENT || reason == REASON_NO_DAEMON))
		return;
	if (outcome->spawn_error) {
		reason = REASON_SPAWN;
		detail = NULL;
	}
	/* of a registry that is not there one push says all */
	if (!(step->flags & STEP_OPTIONAL) ||
		(step->kind == STEP_TAG_PUSH && reason == REASON_UNREACHABLE &&
			c->push_unreachable))
		return;
	c->push_unreachable |= step->kind == STEP_TAG_PUSH && reason == REASON_UNREACHABLE;
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

	for (i = 0; c->project.cached && i < c->project.refs.nr; i++)
		stores |= c->project.refs.entries[i].store_branch ||
			  c->project.refs.entries[i].store_shared;
	tell(c, &(struct event){.kind = EVENT_SIGNAL, .error = signal, .stores = stores});
}

/* Gives each build its counter of steps. */
static void
init_notes(const struct conduct *c, struct phase *phase)
{
	const struct project *project = &c->project;
	size_t i;

	phase->notes = xcalloc(phase->plan.nr, sizeof(*phase->notes));
	for (i = 0; i < phase->plan.nr; i++) {
		size_t entry = phase->plan.steps[i].entry;
		const struct cache_entry *it = project->cached && entry != STEP_NONE
						       ? &project->refs.entries[entry]
						       : NULL;
		struct progress *progress = &phase->notes[i].progress;
		const char *name = it ? it->name : NULL;

		if (it && !name && it->stage >= 0)
			name = project->df.stages[it->stage].name;
		progress_init(progress, name, it ? it->stage : -1);
		if (it && c->images)
			progress_keep_images(progress, c->images, project->df.nr_stages);
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

char *
conduct_assignment(enum cache_mode mode)
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
	c->env = facts_child_env(conduct_assignment(c->mode));
	executor_set_env(c->x, c->env);
}

static void
load(struct conduct *c)
{
	struct phase *phase = &c->phases[LOAD];
	struct look_up *look_ups;
	size_t i;

	plan_load(&phase->plan, &c->project.refs, c->o, &c->engine, c->mode);
	carry_out(c, LOAD);
	look_ups = xcalloc(phase->plan.nr, sizeof(*look_ups));
	for (i = 0; i < phase->plan.nr; i++)
		look_ups[i] = phase->notes[i].look_up;
	load_choose(c->sources, &phase->plan, look_ups, &c->project.refs);
	free(look_ups);
	for (i = 0; goes_on(c) && i < c->project.refs.nr; i++)
		tell(c, &(struct event){.kind = EVENT_SOURCE,
				.refs = &c->project.refs,
				.entry = &c->project.refs.entries[i],
				.ref = c->sources[i].ref});
}

/* Once the engine's platform is known: where it is not this machine's, names may be others. */
static bool
take_platform(struct conduct *c, struct strbuf *err)
{
	char *ours, *theirs;
	bool same, good = true;

	if (!c->engine.platform)
		return true;
	theirs = platform_normal(c->engine.platform);
	ours = platform_normal(c->f->machine ? c->f->machine : "");
	same = str_eq(ours, theirs);
	if (!same) {
		project_release(&c->project);
		good = project_make(&c->project, c->o, c->f, theirs, err);
	}
	free(ours);
	free(theirs);
	return good;
}

/* Puts the Dockerfile with names for all stages where builds can read it. False: it cannot be had.
 */
static bool
keep_named(struct conduct *c)
{
	const struct strbuf *named = &c->project.named;
	int error;

	if (!named->len || c->mode == MODE_PULL)
		return true;
	if (c->f->dockerignore_path || options_stdin_secret(c->o)) {
		c->named_path = facts_write_named(c->f, named->buf, named->len);
		error = c->named_path ? 0 : errno;
	} else {
		error = replay_take(&c->named, named->buf, named->len, c->f->tmpdir);
	}
	if (error)
		tell(c, &(struct event){.kind = EVENT_NO_FILE, .error = error});
	return !error;
}

/* The same; but without that copy stages are forgotten, and the image is built in one go. */
static bool
keep_named_or_forget(struct conduct *c, struct strbuf *err)
{
	struct facts bare = *c->f;
	const char *platform = c->engine.platform ? c->engine.platform : c->f->machine;

	if (keep_named(c))
		return true;
	bare.has_dockerfile = false;
	project_release(&c->project);
	return project_make(&c->project, c->o, &bare, platform, err);
}

static void
plan_builds(struct conduct *c)
{
	struct build_setup setup = {.refs = &c->project.refs,
		.df = &c->project.df,
		.o = c->o,
		.mode = c->mode,
		.sources = c->sources,
		.named = c->named_path};

	plan_build(&c->phases[BUILD].plan, &setup);
	if (c->mode == MODE_PULL && c->project.df.nr_stages)
		c->images = xcalloc(c->project.df.nr_stages, sizeof(*c->images));
}

/* Stores what the build of the image has left: stages that had no build of their own. */
static void
rescue(struct conduct *c)
{
	const struct phase *phase = &c->phases[BUILD];
	size_t i;

	for (i = 0; c->images && i < phase->plan.nr; i++) {
		struct progress *progress = &phase->notes[i].progress;

		/* the stage it was in when it ended is whole only if it ended well */
		if (executor_state(c->x, BUILD, i) != STATE_DONE)
			progress_drop_last(progress);
	}
	if (c->images)
		plan_rescue(&c->phases[RESCUE].plan, &c->project.refs, c->o->docker, c->images);
	carry_out(c, RESCUE);
}

/* The whole run, once everything is named. False: a usage error. */
static bool
run_cached(struct conduct *c, struct strbuf *err)
{
	ask(c);
	if (!goes_on(c))
		return true;
	choose_builder(c);
	if (!take_platform(c, err) || !keep_named_or_forget(c, err))
		return false;
	tell(c, &(struct event){.kind = EVENT_SETUP, .refs = &c->project.refs, .mode = c->mode});
	if (c->project.df.problem)
		tell(c, &(struct event){
				.kind = EVENT_NOT_UNDERSTOOD, .detail = c->project.df.problem});
	c->sources = xcalloc(c->project.refs.nr, sizeof(*c->sources));
	if (!c->o->no_cache && !c->engine.dead)
		load(c);
	if (!goes_on(c))
		return true;
	plan_builds(c);
	carry_out(c, BUILD);
	rescue(c);
	return true;
}

/* An image that can have no cache, or words that docker has to answer or to refuse. */
static void
run_plain(struct conduct *c)
{
	if (c->project.uncached)
		tell(c, &(struct event){.kind = EVENT_UNCACHED, .detail = c->project.uncached});
	plan_plain(&c->phases[BUILD].plan, c->o);
	carry_out(c, BUILD);
}

static int
open_input(void *ctx, enum step_input input)
{
	const struct conduct *c = ctx;

	return replay_open(input == INPUT_NAMED ? &c->named : &c->f->input);
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
		.open_input = open_input,
		.input_ctx = c,
	};
	size_t i;

	*c = (struct conduct){.o = config->o, .f = config->f, .listener = config->listener};
	for (i = 0; i < NR_PHASES; i++)
		plan_init(&c->phases[i].plan);
	engine_init(&c->engine);
	replay_init(&c->named);
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
		load_release(c->sources, c->project.refs.nr);
	free(c->images);
	replay_release(&c->named);
	facts_remove_named(c->named_path);
	engine_release(&c->engine);
	free(c->env);
	return verdict;
}

struct verdict
conduct_build(const struct conduct_config *config, struct strbuf *err)
{
	struct conduct c;
	struct verdict verdict;
	bool good;

	start_conduct(&c, config);
	good = project_make(&c.project, c.o, c.f, c.f->machine, err);
	if (good && c.project.cached)
		good = run_cached(&c, err);
	else if (good)
		run_plain(&c);
	verdict = end_conduct(&c);
	project_release(&c.project);
	return good ? verdict : (struct verdict){.status = STATUS_USAGE};
}

struct verdict
conduct_build_help(const struct conduct_config *config, struct strbuf *help)
{
	struct conduct c;

	start_conduct(&c, config);
	c.help = help;
	plan_ask_build_help(&c.phases[ASK_MORE].plan, c.o->docker);
	carry_out(&c, ASK_MORE);
	return end_conduct(&c);
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
