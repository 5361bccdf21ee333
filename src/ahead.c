#include "conducting.h"

#include <stdlib.h>
#include <string.h>

#include "plan_rescue.h"

/*
 * Where no cache was found the registry has nothing of what stages are made from either; nor may it
 * where a base had to be fetched, for then something runs right on it: it may be a new one. All of
 * that goes there with what is made from it, when the build is over, and with a checkpoint beside,
 * twice. Meanwhile, while the first steps run, there is nothing to be sent at all. So a base goes
 * ahead, out of the builder that has fetched it, for as long as the build goes on; of layers that
 * are there BuildKit sends none. (Measured with 28.5 at 200 Mbit/s, a base of 44 MB:
 * tests/bench/results.md, "nothing stored", "base moved" and "cancelled".)
 *
 * BuildKit exports no cache that is a base alone, and docker's own driver pushes nothing without a
 * tag; so there is a step behind it which makes next to nothing, and it goes where nobody looks for
 * a cache. An attempt it is for the triggers that a base may have (ONBUILD).
 */
#define STEP_OF_OURS "\nWORKDIR /docker-build-remote-cache\n"

/* Whether this builder has at hand what it fetched, and may build something beside. */
static bool
can_send(const struct conduct *c)
{
	return c->mode == MODE_REGISTRY && c->engine.kind == ENGINE_DOCKER &&
	       engine_loads(&c->engine) && c->project.refs.ahead && c->o->jobs > 1 &&
	       !c->unreachable && !executor_signal(c->x) && !rescue_is_hopeless(c);
}

static bool
is_same_base(const struct stage *a, const struct stage *b)
{
	return str_eq(a->base, b->base) && str_eq(a->platform, b->platform);
}

/* Whether the base of a stage is there, has not been sent, and will not be by what is stored; cold:
 * nothing of it can be in the registry. */
static bool
is_to_send(const struct conduct *c, const struct watch *watch, size_t entry, bool cold)
{
	int stage = c->project.refs.entries[entry].stage;
	const struct stage *stages = c->project.df.stages, *it;
	bool sent = c->saved[entry].reach > 0;
	size_t i;

	if (stage < 0 || !(cold ? watch->stages[stage].based : watch->stages[stage].came))
		return false;
	it = &stages[stage];
	for (i = 0; i < c->project.df.nr_stages; i++)
		sent |= c->sent[i] && is_same_base(&stages[i], it);
	return !sent && it->base_stage < 0 && !str_eq_nocase(it->base, "scratch");
}

/* Keeps what the build of a stage's base reads. */
static bool
keep_base(struct conduct *c, size_t stage)
{
	const struct dockerfile *df = &c->project.df;
	struct strbuf text;
	bool good;

	strbuf_init(&text);
	strbuf_add(&text, c->f->dockerfile.buf, dockerfile_cut(df, df->stages[stage].first + 1));
	strbuf_addstr(&text, STEP_OF_OURS);
	good = rescue_keep(c, text.buf, text.len);
	strbuf_release(&text);
	return good;
}

/* Has a base sent. */
static bool
plan_base(struct conduct *c, size_t number, size_t entry)
{
	const struct build_setup setup = conducting_setup(c);
	struct cut_build base = {.entry = entry};
	size_t stage = (size_t)c->project.refs.entries[entry].stage;

	c->sent[stage] = true;
	if (!keep_base(c, stage))
		return false;
	base.cut = c->nr_cuts - 1;
	base.path = c->cuts[base.cut].path;
	plan_rescue_base(&c->phases[number].plan, &setup, &base);
	return true;
}

bool
ahead_is_due(const struct conduct *c, const struct watch *watch)
{
	return watch && watch->bases > c->bases;
}

void
ahead_plan(struct conduct *c, size_t number, const struct watch *watch)
{
	bool cold = !c->o->no_cache && !load_found_any(c->sources, &c->project.refs); /* known so */
	bool sends = can_send(c), sent = false;
	size_t i;

	if (!c->sent)
		c->sent = xcalloc(c->project.df.nr_stages + 1, sizeof(*c->sent));
	for (i = 0; sends && !sent && i < c->project.refs.nr; i++)
		sent = is_to_send(c, watch, i, cold) && plan_base(c, number, i);
	if (!sent)
		c->bases = watch->bases;
}

void
ahead_end(struct conduct *c)
{
	size_t walk = c->checkpoint.storing;
	const struct plan *plan = &c->phases[walk].plan;

	if (walk && plan->nr && (plan->steps[0].flags & STEP_AHEAD))
		executor_end(c->x, walk);
}
