/*
 * scene: a command line, what is known of branch and checkout, and a Dockerfile, as one row of a
 * table; made into what the planners take.
 */
#ifndef SCENE_H
#define SCENE_H

#include "cache_refs.h"
#include "expect.h"
#include "plan.h"

struct setting {
	const char *args;       /* words with one blank between, without the program's name */
	const char *dockerfile; /* its text; NULL: it is not known */
	/* what the CI system says; a pull request has a target */
	const char *branch, *target, *tag, *default_branch;
	/* what .git says */
	const char *git_branch, *git_default;
	/* the rest of what the CI system says; a merge queue has a target too */
	enum fork fork;
	bool privileged, merge_queue;
};

struct scene {
	struct options o;
	struct facts f;
	struct dockerfile df;
	struct cache_refs refs;
	struct strbuf err; /* why refs could not be made */
	bool good;
};

static inline const char *
scene_no_variable(const void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return NULL;
}

static inline void
scene_options(struct options *o, const char *args, struct strbuf *err)
{
	const struct lookup env = {scene_no_variable, NULL};
	struct strvec argv;

	strvec_init(&argv);
	strvec_push(&argv, "docker-build-remote-cache");
	while (*args) {
		size_t n = strcspn(args, " ");

		strvec_take(&argv, xstrndup(args, n));
		args += n + (args[n] == ' ');
	}
	if (!options_parse(o, argv.v, &env, NULL, err))
		fail_msg("options: %s", err->buf);
	strvec_release(&argv);
}

static inline void
scene_facts(struct facts *f, const struct setting *setting)
{
	bool in_ci = setting->branch || setting->target || setting->tag ||
		     setting->default_branch || setting->fork;

	*f = (struct facts){.ci = {.name = in_ci ? "some CI" : NULL}, .context_is_directory = true};
	strbuf_init(&f->dockerfile);
	f->ci.branch = xstrdup(setting->branch);
	f->ci.target = xstrdup(setting->target);
	f->ci.tag = xstrdup(setting->tag);
	f->ci.default_branch = xstrdup(setting->default_branch);
	f->ci.pull_request = setting->target && !setting->merge_queue;
	f->ci.merge_queue = setting->merge_queue;
	f->ci.fork = setting->fork;
	f->ci.privileged = setting->privileged;
	f->git_branch = xstrdup(setting->git_branch);
	f->git_default_branch = xstrdup(setting->git_default);
	f->in_git = setting->git_branch != NULL;
}

static inline void
scene_open(struct scene *s, const struct setting *setting)
{
	strbuf_init(&s->err);
	scene_options(&s->o, setting->args, &s->err);
	scene_facts(&s->f, setting);
	s->df = (struct dockerfile){.nr_stages = 0};
	if (setting->dockerfile &&
		!dockerfile_parse(&s->df, setting->dockerfile, strlen(setting->dockerfile), NULL))
		fail_msg("Dockerfile: %s", s->df.problem);
	s->good = cache_refs_make(&s->refs, &s->o, &s->f, &s->df, NULL, &s->err);
}

static inline void
scene_close(struct scene *s)
{
	cache_refs_release(&s->refs);
	dockerfile_release(&s->df);
	facts_release(&s->f);
	options_release(&s->o);
	strbuf_release(&s->err);
}

static inline void
scene_add_edges(struct strbuf *out, const char *name, const struct step_list *list, size_t self)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (list->v[i] >= self)
			fail_msg("step %zu %s step %zu: edges point backwards", self, name,
				list->v[i]);
		strbuf_addf(out, "%s%zu", i ? "," : name, list->v[i]);
	}
}

/*
 * A plan as text, a step to a line:
 *
 *	3 tag-push optional cleanup needs 2 after 1: docker tag a b && docker push b
 *	4 build-stage optional cleanup attempt careful gate 0: docker build --target x .
 *
 * with its heading in a line of its own where that changes.
 */
static inline void
scene_plan(struct strbuf *out, const struct plan *plan)
{
	static const struct {
		unsigned flag;
		const char *name;
	} flags[] = {
		{STEP_OPTIONAL, " optional"},
		{STEP_CLEANUP, " cleanup"},
		{STEP_ATTEMPT, " attempt"},
		{STEP_LIVE, " live"},
		{STEP_WHOLE, " whole"},
		{STEP_CAREFUL, " careful"},
		{STEP_TAKES, " takes"},
		{STEP_STDOUT, " stdout"},
		{STEP_PUSHES, " pushes"},
		{STEP_UNPUSHED, " unpushed"},
		{STEP_EXPORTS, " exports"},
	};
	const char *heading = NULL;
	size_t i, j;

	for (i = 0; i < plan->nr; i++) {
		const struct step *step = &plan->steps[i];

		if (step->heading && !str_eq(step->heading, heading))
			strbuf_addf(out, "# %s\n", step->heading);
		heading = step->heading;
		strbuf_addf(out, "%zu %s", i, step_kind_name(step->kind));
		for (j = 0; j < ARRAY_SIZE(flags); j++)
			strbuf_addstr(out, step->flags & flags[j].flag ? flags[j].name : "");
		scene_add_edges(out, " needs ", &step->needs, i);
		scene_add_edges(out, " after ", &step->after, i);
		if (step->gate != STEP_NONE)
			strbuf_addf(out, " gate %zu", step->gate);
		if (step->gate != STEP_NONE && step->gate >= i)
			fail_msg("step %zu gate step %zu: edges point backwards", i, step->gate);
		if (step->instead_of != STEP_NONE)
			strbuf_addf(out, " else %zu", step->instead_of);
		if (step->instead_of != STEP_NONE && step->instead_of >= i)
			fail_msg("step %zu else step %zu: edges point backwards", i,
				step->instead_of);
		strbuf_addstr(out, ": ");
		strbuf_add_command(out, step->argv[0].v);
		if (step->argv[1].nr) {
			strbuf_addstr(out, " && ");
			strbuf_add_command(out, step->argv[1].v);
		}
		strbuf_addch(out, '\n');
	}
}

/* Whether the plan is that text; says how it differs. */
static inline bool
scene_expect(const char *name, const struct plan *plan, const char *want)
{
	struct strbuf got;
	bool same;

	strbuf_init(&got);
	scene_plan(&got, plan);
	same = expect_same(name, got.buf, want);
	strbuf_release(&got);
	return same;
}

#endif
