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

enum { ASK, ASK_MORE, LOAD, LOAD_MORE, BUILD, RESCUE, NR_PHASES };

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

/* Whether the step, which is behind a gate, may be started before that has ended well, and must be
 * stopped then when it has to run something. */
static bool
is_early(const struct conduct *c, const struct step *step)
{
	return step->gate != STEP_NONE && executor_state(c->x, BUILD, step->gate) != STATE_DONE;
}

/* Stops an attempt that has to run something. */
static void
guard(struct conduct *c, size_t number)
{
	const struct step *step = &c->phases[BUILD].plan.steps[number];
	struct note *note = &c->phases[BUILD].notes[number];

	if (step->gate != STEP_NONE && !is_early(c, step))
		return;
	if (note->state == note->acted)
		return;
	note->acted = note->state;
	if (note->state == ATTEMPT_GOES_ON)
		executor_halt(c->x, BUILD, number, -1);
	else
		executor_halt(c->x, BUILD, number, note->state == ATTEMPT_OVER ? 0 : ATTEMPT_DOUBT);
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

		if (step->gate == all && !(step->flags & STEP_CAREFUL) &&
			c->project.refs.entries[step->entry].stage == stage)
			executor_open(c->x, BUILD, i);
	}
}

/* Whether the build of all has done anything for the stage that is not stored yet. */
static bool
is_new(const struct conduct *c, const struct watch *watch, const struct cache_entry *entry)
{
	const struct watched *stage = &watch->stages[entry->stage];

	return c->mode != MODE_REGISTRY || !load_found_export(c->sources, &c->project.refs) ||
	       stage->cached < stage->steps;
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
	size_t i;

	for (i = all + 1; i < phase->plan.nr; i++) {
		const struct step *step = &phase->plan.steps[i];

		if (step->gate != all)
			continue;
		if (well ? is_new(c, watch, &c->project.refs.entries[step->entry])
			 : !watch->seen && !(step->flags & STEP_CAREFUL) && !c->engine.dead)
			executor_open(c->x, BUILD, i);
	}
}

static void
on_line(void *ctx, size_t walk, size_t step, const char *line, size_t len)
{
	struct conduct *c = ctx;
	struct phase *phase = &c->phases[walk];

	note_line(&phase->notes[step], &phase->plan.steps[step], line, len);
	if (walk != BUILD)
		return;
	if (phase->plan.steps[step].flags & STEP_ATTEMPT)
		guard(c, step);
	if (phase->notes[step].finished >= 0)
		open_stage(c, step, phase->notes[step].finished);
}

static bool
is_load(size_t walk)
{
	return walk == LOAD || walk == LOAD_MORE;
}

/* A step may be run again. */
static void
start_note(struct note *note)
{
	note->reason = REASON_NONE;
	note->attempt.doubt = 0;
	note->state = note->acted = ATTEMPT_GOES_ON;
	note->exporting = 0;
	note->export_failed = false;
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

	if (is_load(walk) && (c->phases[walk].notes[step].reason == REASON_ABSENT ||
				     c->phases[walk].notes[step].reason == REASON_NO_DAEMON))
		return false;
	/* what is stored out of another build has nothing to show */
	if (walk == BUILD && c->phases[walk].plan.steps[step].gate != STEP_NONE)
		return false;
	say_heading(c, walk, step);
	return true;
}

/* What is not live has its heading when it is shown; but one says what is waited for before. */
static void
on_starting(void *ctx, size_t walk, size_t step, bool live)
{
	struct conduct *c = ctx;

	if (live || is_load(walk))
		say_heading(c, walk, step);
	start_note(&c->phases[walk].notes[step]);
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
		c->engine.dead |= !outcome->step && note->reason == REASON_NO_DAEMON;
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
	bool pulled = c->phases[outcome->walk].plan.steps[outcome->step].kind == STEP_PULL_TAG;

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
			tell(c, &(struct event){.kind = EVENT_BUILT,
					.step = step,
					.entry = entry,
					.cached = stage->cached,
					.steps = stage->steps});
	}
}

static void
report_build(const struct conduct *c, const struct outcome *outcome, const struct step *step)
{
	const struct note *note = &c->phases[outcome->walk].notes[outcome->step];
	const struct progress *progress = &note->progress;

	if (outcome->status || !c->project.cached || c->o->quiet || step->gate != STEP_NONE)
		return;
	if (note->watch)
		report_stages(c, step, note->watch);
	else if (progress->steps)
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
	if (is_load(outcome->walk) && (reason == REASON_ABSENT || reason == REASON_NO_DAEMON))
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

static void
report_export(const struct conduct *c, const struct outcome *outcome, const struct step *step,
	const struct note *note)
{
	if (outcome->status || !note->export_failed || !c->project.cached)
		return;
	tell(c, &(struct event){.kind = EVENT_NOT_EXPORTED,
			.step = step,
			.entry = &c->project.refs.entries[step->entry],
			.reason = note->reason,
			.detail = note->detail});
}

/* Whether the step tries to store a stage of a build that has failed without a sign of it: that
 * there is nothing to store is no news. */
static bool
is_try(const struct conduct *c, const struct step *step)
{
	const struct watch *watch;

	if (step->gate == STEP_NONE || executor_state(c->x, BUILD, step->gate) != STATE_FAILED)
		return false;
	watch = c->phases[BUILD].notes[step->gate].watch;
	return !watch->stages[c->project.refs.entries[step->entry].stage].finished;
}

/* A build is tried again only where it is there to store what has been built. */
static bool
is_worth_retry(const struct step *step)
{
	return step->kind != STEP_BUILD_STAGE ||
	       ((step->flags & STEP_OPTIONAL) && step->gate != STEP_NONE);
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
	if (outcome->stopped && step->gate != STEP_NONE && is_early(c, step))
		return EXECUTOR_CLOSED;
	if (outcome->status && is_try(c, step))
		return -1;
	if (outcome->status && !outcome->stopped && is_worth_retry(step) &&
		reason_may_pass(note->reason) && outcome->tries <= c->o->retries) {
		delay = back_off(outcome->tries);
		tell(c, &(struct event){.kind = EVENT_RETRY,
				.step = step,
				.reason = note->reason,
				.detail = note->detail,
				.delay = delay});
		return delay;
	}
	if (is_load(outcome->walk))
		take_look_up(c, outcome, note);
	if (step->kind == STEP_BUILD_STAGE) {
		report_build(c, outcome, step);
		report_export(c, outcome, step, note);
	}
	if (outcome->walk == BUILD && (step->flags & STEP_WHOLE))
		open_rest(c, outcome->step, !outcome->status);
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

static struct watch *
new_watch(const struct project *project)
{
	struct watch *watch = xcalloc(1, sizeof(*watch));
	const char *platform = project->args.target;
	unsigned platforms = 1;

	while (platform && (platform = strchr(platform, ',')) != NULL) {
		platforms++;
		platform++;
	}
	watch_init(watch, &project->df, platforms);
	return watch;
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
		if (it && (phase->plan.steps[i].flags & STEP_WHOLE))
			phase->notes[i].watch = new_watch(project);
		phase->notes[i].finished = -1;
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

/* The builder that was named; NULL: docker takes the engine's own, whatever `docker buildx use`
 * says (docker/cli cmd/docker/builder.go). */
static const char *
named_builder(const struct conduct *c)
{
	const char *named = options_last(&c->o->builders);

	return named && *named ? named : c->f->buildx_builder;
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
	if (named_builder(c))
		plan_ask_builder(&c->phases[ASK].plan, c->o->docker, named_builder(c));
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

/* Carries out a plan of look-ups and takes up what they found. */
static void
look_up(struct conduct *c, size_t number)
{
	struct phase *phase = &c->phases[number];
	struct look_up *look_ups;
	size_t i;

	carry_out(c, number);
	look_ups = xcalloc(phase->plan.nr, sizeof(*look_ups));
	for (i = 0; i < phase->plan.nr; i++)
		look_ups[i] = phase->notes[i].look_up;
	load_choose(c->sources, &phase->plan, look_ups, &c->project.refs);
	free(look_ups);
}

static void
report_sources(const struct conduct *c)
{
	bool all = load_found_export(c->sources, &c->project.refs);
	size_t i;

	for (i = 0; i < c->project.refs.nr; i++) {
		/* the exported cache of the image is that of all stages */
		if (all && !c->sources[i].ref)
			continue;
		tell(c, &(struct event){.kind = EVENT_SOURCE,
				.refs = &c->project.refs,
				.mode = c->mode,
				.entry = &c->project.refs.entries[i],
				.ref = c->sources[i].ref});
	}
}

static void
load(struct conduct *c)
{
	plan_load(&c->phases[LOAD].plan, &c->project.refs, c->o, &c->engine, c->mode);
	look_up(c, LOAD);
	if (goes_on(c) && c->mode == MODE_REGISTRY &&
		!load_found_export(c->sources, &c->project.refs)) {
		plan_load_images(&c->phases[LOAD_MORE].plan, &c->project.refs, c->o, &c->engine);
		look_up(c, LOAD_MORE);
	}
	if (goes_on(c))
		report_sources(c);
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
		.engine = &c->engine,
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
	c->sources = load_new(&c->project.refs);
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

static void
release_phase(struct phase *phase)
{
	size_t i;

	for (i = 0; phase->notes && i < phase->plan.nr; i++) {
		if (phase->notes[i].watch)
			watch_release(phase->notes[i].watch);
		free(phase->notes[i].watch);
	}
	free(phase->notes);
	plan_release(&phase->plan);
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
		release_phase(&c->phases[i]);
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
