#include "conducting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "docker_flags.h"
#include "plan_ask.h"
#include "plan_build.h"
#include "plan_whole.h"
#include "secrets.h"
#include "withhold.h"

#define PODMAN_FAILED 125 /* what podman exits with where it is not a RUN that failed */

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
init_notes(struct conduct *c, struct phase *phase)
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
		if (it && phase->plan.steps[i].kind == STEP_BUILD_STAGE && c->mode != MODE_PULL)
			phase->notes[i].watch = new_watch(project);
		if (phase->plan.steps[i].input == INPUT_SIFT)
			phase->notes[i].sift = &c->known;
		phase->notes[i].finished = -1;
		if (it && c->sources)
			memcpy(phase->notes[i].attempt.goal, c->sources[entry].rescued_id,
				sizeof(phase->notes[i].attempt.goal));
		strbuf_init(&phase->notes[i].answer);
		if (it && c->images && !(phase->plan.steps[i].flags & STEP_TAKES))
			progress_keep_images(progress, c->images, project->df.nr_stages);
	}
}

void
conducting_add(struct conduct *c, size_t number)
{
	while (c->nr_phases <= number) {
		init_notes(c, &c->phases[c->nr_phases]);
		executor_add(c->x, &c->phases[c->nr_phases++].plan);
	}
}

void
conducting_carry_out(struct conduct *c, size_t number)
{
	conducting_add(c, number);
	executor_run(c->x);
}

bool
conducting_is_asking(size_t walk)
{
	return walk == ASK || walk == ASK_MORE;
}

bool
conducting_is_load(size_t walk)
{
	return walk == LOAD || walk == LOAD_MORE;
}

bool
conducting_goes_on(const struct conduct *c)
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
	conducting_carry_out(c, ASK);
	/* a builder with another driver needs no engine */
	if (!engine_loads(&c->engine))
		c->engine.dead = c->info_failed = false;
	c->mode = engine_mode(&c->engine, c->o->mode, wanted);
	if (!c->engine.dead && conducting_goes_on(c) && (c->mode == MODE_AUTO || c->info_failed)) {
		if (c->info_failed)
			plan_ask_version(&c->phases[ASK_MORE].plan, c->o->docker);
		else
			plan_ask_build_help(&c->phases[ASK_MORE].plan, c->o->docker);
		conducting_carry_out(c, ASK_MORE);
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
	c->assignment = conduct_assignment(c->mode);
	c->env = facts_child_env(c->assignment, NULL);
	executor_set_env(c->x, c->env);
}

/* Once the engine's platform is known: where it is not this machine's, names may be others. */
static bool
take_platform(struct conduct *c, struct strbuf *err)
{
	char *ours, *theirs;
	bool same, good = true;

	if (!engine_platform(&c->engine))
		return true;
	theirs = platform_normal(engine_platform(&c->engine));
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
		conducting_tell(c, &(struct event){.kind = EVENT_NO_FILE, .error = error});
	return !error;
}

/* The same; but without that copy stages are forgotten, and the image is built in one go. */
static bool
keep_named_or_forget(struct conduct *c, struct strbuf *err)
{
	struct facts bare = *c->f;
	const char *platform = engine_platform(&c->engine) ? engine_platform(&c->engine)
							   : c->f->machine;

	if (keep_named(c))
		return true;
	bare.has_dockerfile = false;
	project_release(&c->project);
	return project_make(&c->project, c->o, &bare, platform, err);
}

/* Whether the output of the image's build can be read. */
static bool
is_read(const struct conduct *c)
{
	const char *progress = c->o->progress.nr ? options_last(&c->o->progress) : c->f->progress;

	return !c->f->terminal && !c->o->quiet &&
	       (!progress || str_eq(progress, "auto") || str_eq(progress, "plain"));
}

struct build_setup
conducting_setup(const struct conduct *c)
{
	return (struct build_setup){.refs = &c->project.refs,
		.df = &c->project.df,
		.o = c->o,
		.mode = c->mode,
		.sources = c->sources,
		.engine = &c->engine,
		.named = c->named_path,
		.reads = is_read(c),
		.one_build = c->f->secret_once};
}

static void
plan_builds(struct conduct *c)
{
	const struct build_setup setup = conducting_setup(c);

	c->saved = xcalloc(c->project.refs.nr, sizeof(*c->saved));
	plan_build(&c->phases[BUILD].plan, &setup);
	if (c->mode == MODE_PULL && c->project.df.nr_stages)
		c->images = xcalloc(c->project.df.nr_stages, sizeof(*c->images));
}

/* Whether podman's build failed because a step could not be put into its cache: by its own last
 * word and status, for a RUN may print and exit with what it likes. */
static bool
is_put_failure(const struct conduct *c)
{
	const struct note *note = &c->phases[LAYERS].notes[0];

	return c->layers_status == PODMAN_FAILED && note->reason == REASON_CACHE_PUT &&
	       str_skip_prefix(note->detail, "Error: ");
}

static void
withhold_layers(struct conduct *c, size_t number)
{
	bool push = c->project.refs.not_pushed != NULL;

	withhold(&c->phases[number].plan, push, push || c->o->read_only);
}

/* podman has a way of its own. Where a step cannot be put into its cache it builds once more,
 * without storing, and takes up what it has. */
static void
run_layers(struct conduct *c)
{
	char *repo = c->o->cache_repo ? xstrdup(c->o->cache_repo)
				      : xstrdup(c->project.refs.image.name);
	bool keeps = engine_keeps_layers(&c->engine);
	struct event event = {.kind = EVENT_LAYERS, .ref = repo};
	const struct note *note;

	if (!keeps)
		event.detail = "podman keeps no cache in a registry before 4.2";
	conducting_tell(c, &event);
	plan_layers(
		&c->phases[LAYERS].plan, c->o, keeps ? repo : NULL, !c->project.refs.not_stored);
	withhold_layers(c, LAYERS);
	conducting_carry_out(c, LAYERS);
	note = &c->phases[LAYERS].notes[0];
	if (is_put_failure(c) && conducting_goes_on(c)) {
		conducting_tell(c, &(struct event){.kind = EVENT_NOT_EXPORTED,
					   .entry = cache_refs_final(&c->project.refs),
					   .reason = note->reason,
					   .detail = note->detail});
		c->layers_status = 0;
		plan_layers(&c->phases[BUILD].plan, c->o, repo, false);
		withhold_layers(c, BUILD);
		c->phases[BUILD].plan.steps[0].flags &= ~(unsigned)STEP_OPTIONAL;
	}
	if (!c->layers_status && conducting_goes_on(c))
		plan_layers_push(&c->phases[BUILD].plan, c->o, &c->project.refs);
	conducting_carry_out(c, BUILD);
	free(repo);
}

/* The values of build arguments are in the history of an image that uses them, and so in caches
 * that others can pull. */
static void
warn_of_secrets(struct conduct *c, bool stored)
{
	struct strbuf names;

	strbuf_init(&names);
	secrets_list(c->o, &names);
	if (names.len && (stored || options_push(c->o)))
		conducting_tell(c, &(struct event){.kind = EVENT_SECRET, .detail = names.buf});
	strbuf_release(&names);
}

/* The whole run, once everything is named. False: a usage error. */
static bool
run_cached(struct conduct *c, struct strbuf *err)
{
	ask(c);
	if (!conducting_goes_on(c))
		return true;
	choose_builder(c);
	if (!take_platform(c, err) || !keep_named_or_forget(c, err))
		return false;
	warn_of_secrets(c, !c->project.refs.not_stored);
	if (c->engine.kind == ENGINE_PODMAN) {
		run_layers(c);
		return true;
	}
	conducting_tell(
		c, &(struct event){.kind = EVENT_SETUP, .refs = &c->project.refs, .mode = c->mode});
	if (c->project.df.problem)
		conducting_tell(c, &(struct event){.kind = EVENT_NOT_UNDERSTOOD,
					   .detail = c->project.df.problem});
	c->sources = load_new(&c->project.refs);
	if (!c->o->no_cache && !c->engine.dead)
		conducting_load(c);
	if (!conducting_goes_on(c))
		return true;
	policy_begin(c);
	plan_builds(c);
	conducting_carry_out(c, BUILD);
	conducting_rescue(c);
	if (conducting_goes_on(c))
		explain_misses(c);
	return true;
}

/* An image that can have no cache, or words that docker has to answer or to refuse. */
static void
run_plain(struct conduct *c)
{
	if (c->project.uncached) {
		conducting_tell(
			c, &(struct event){.kind = EVENT_UNCACHED, .detail = c->project.uncached});
		warn_of_secrets(c, false);
	}
	plan_plain(&c->phases[BUILD].plan, c->o, ci_not_trusted(&c->f->ci) != NULL);
	conducting_carry_out(c, BUILD);
}

static int
open_input(void *ctx, const struct step *step)
{
	const struct conduct *c = ctx;

	switch (step->input) {
	case INPUT_NAMED:
		return replay_open(&c->named, c->f->tmpdir);
	case INPUT_SIFT:
		return replay_open(&c->sift, c->f->tmpdir);
	case INPUT_CUT:
		return replay_open(&c->cuts[step->cut].text, c->f->tmpdir);
	default:
		return replay_open(&c->f->input, c->f->tmpdir);
	}
}

static void
start_conduct(struct conduct *c, const struct conduct_config *config)
{
	const struct executor_events events = answers_events(c);
	struct executor_config x_config = {
		.system = &executor_real_system,
		.pump = config->pump,
		.jobs = config->o->jobs,
		.grace = config->o->grace ? config->o->grace * 1000L : 1,
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
	replay_init(&c->sift);
	replay_init(&c->policy);
	strvec_init(&c->known.refs);
	c->env = facts_child_env(NULL, NULL);
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
		strbuf_release(&phase->notes[i].answer);
	}
	free(phase->notes);
	plan_release(&phase->plan);
}

/* good: it did not come to a usage error. */
static struct verdict
end_conduct(struct conduct *c, bool good)
{
	struct verdict verdict = {.status = executor_status(c->x), .signal = executor_signal(c->x)};
	size_t i;

	if (!verdict.status)
		verdict.status = c->layers_status;
	if (c->no_start && !verdict.status)
		verdict.status = c->no_start;
	conducting_tell(c, &(struct event){.kind = EVENT_END,
				   .to = executor_now(c->x),
				   .error = good ? verdict.status : STATUS_USAGE,
				   .signal = verdict.signal});
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
	free(c->told_detail);
	replay_release(&c->named);
	replay_release(&c->sift);
	sift_release(&c->known);
	facts_remove_named(c->named_path);
	rescue_end(c);
	policy_release(c);
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
	verdict = end_conduct(&c, good);
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
	conducting_carry_out(&c, ASK_MORE);
	return end_conduct(&c, true);
}

struct verdict
conduct_helper(const struct conduct_config *config)
{
	struct conduct c;

	start_conduct(&c, config);
	plan_helper(&c.phases[BUILD].plan, config->o);
	conducting_carry_out(&c, BUILD);
	return end_conduct(&c, true);
}
