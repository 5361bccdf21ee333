#include "dry_run.h"

#include "plan_build.h"
#include "plan_load.h"
#include "plan_whole.h"
#include "plan_print.h"

/* Plans what is cached: a modern client, and each first look-up found. */
static void
plan_cached(const struct outline *outline, const struct facts *f, struct plan plans[2])
{
	const struct cache_refs *refs = outline->refs;
	struct cache_source *sources = load_new(refs);
	struct build_setup setup = {.refs = refs,
		.df = outline->df,
		.o = outline->o,
		.mode = outline->mode,
		.sources = sources,
		.one_build = f->secret_once};
	struct engine engine;

	engine_init(&engine);
	engine.has_buildx = true;
	setup.engine = &engine;
	if (!outline->o->no_cache) {
		load_assume(sources, refs, outline->mode);
		plan_load(&plans[0],
			&(struct load_setup){.refs = refs, .o = outline->o, .engine = &engine},
			outline->mode);
	}
	plan_build(&plans[1], &setup);
	load_release(sources, refs->nr);
	engine_release(&engine);
}

static void
print_outline(const struct outline *outline, struct strbuf *out)
{
	if (outline->o->dry_run == DRY_RUN_JSON)
		plan_print_json(outline, out);
	else
		plan_print_shell(outline, out);
}

struct verdict
dry_run(const struct options *o, const struct facts *f, struct strbuf *out, struct strbuf *err)
{
	struct project project;
	struct plan plans[2];
	struct outline outline = {.o = o,
		.df = &project.df,
		.mode = o->mode == MODE_AUTO ? MODE_INLINE : o->mode,
		.plans = {&plans[0], &plans[1]},
		.nr_plans = 2};
	bool good = project_make(&project, o, f, f->machine, err);

	plan_init(&plans[0]);
	plan_init(&plans[1]);
	if (good && project.cached) {
		outline.refs = &project.refs;
		outline.named = project.named.len ? project.named.buf : NULL;
		outline.assignment = conduct_assignment(outline.mode);
		plan_cached(&outline, f, plans);
	} else if (good) {
		plan_plain(&plans[1], o, ci_not_trusted(&f->ci) != NULL);
	}
	if (good)
		print_outline(&outline, out);
	project_release(&project);
	plan_release(&plans[0]);
	plan_release(&plans[1]);
	return (struct verdict){.status = good ? 0 : STATUS_USAGE};
}

void
dry_run_helper(const struct options *o, struct strbuf *out)
{
	struct plan plan;
	const struct outline outline = {.o = o, .plans = {&plan}, .nr_plans = 1};

	plan_init(&plan);
	plan_helper(&plan, o);
	plan_print_shell(&outline, out);
	plan_release(&plan);
}
