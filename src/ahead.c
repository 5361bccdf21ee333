#include "conducting.h"

#include <stdlib.h>
#include <string.h>

#include "plan_rescue.h"

/*
 * Where no cache was found the registry has nothing of what stages are made from either, and all of
 * that goes there with what is made from it, when the build is over, and with a checkpoint beside,
 * twice. Meanwhile, while the first steps run, there is nothing to be sent at all. So a base goes
 * ahead, out of the builder that has fetched it. (Measured with 28.5 at 200 Mbit/s, a base of 44
 * MB: tests/bench/results.md, "nothing stored" and "cancelled".)
 *
 * BuildKit exports no cache that is a base alone, and docker's own driver pushes nothing without a
 * tag; so there is a step behind it which makes next to nothing, and it goes where what is rescued
 * would, which a checkpoint and the cache of all then replace; where that cannot be copied
 * over it, none goes.
 */
#define STEP_OF_OURS "\nWORKDIR /docker-build-remote-cache\n"

/* Whether there is no cache of anything, so no base in its repository. */
static bool
is_cold(const struct conduct *c)
{
	bool cold = true;
	size_t i;

	for (i = 0; i < c->project.refs.nr; i++)
		cold &= !c->sources[i].ref && !c->sources[i].was_rescued;
	return cold;
}

/* Whether the base of a stage is there, and has not been sent yet. */
static bool
is_fetched(const struct conduct *c, const struct watch *watch, size_t stage)
{
	const struct stage *it = &c->project.df.stages[stage];
	bool sent = c->sent[stage];
	size_t i;

	for (i = 0; i < c->project.df.nr_stages; i++)
		sent |= c->sent[i] && str_eq(c->project.df.stages[i].base, it->base);
	return watch->stages[stage].based && !sent && it->base_stage < 0 &&
	       !str_eq_nocase(it->base, "scratch");
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

bool
ahead_plan(struct conduct *c, size_t number, const struct watch *watch)
{
	const struct build_setup setup = conducting_setup(c);
	struct cut_build base = {.last = true, .beside = true, .ahead = true};
	size_t i;

	if (c->mode != MODE_REGISTRY || !planner_copies_all(&setup) || executor_signal(c->x) ||
		rescue_is_hopeless(c) || !is_cold(c))
		return false;
	if (!c->sent)
		c->sent = xcalloc(c->project.df.nr_stages + 1, sizeof(*c->sent));
	for (i = 0; i < c->project.refs.nr; i++) {
		int stage = c->project.refs.entries[i].stage;

		if (stage < 0 || !is_fetched(c, watch, (size_t)stage))
			continue;
		c->sent[stage] = true;
		if (!keep_base(c, (size_t)stage))
			return false;
		base.entry = i;
		base.cut = c->nr_cuts - 1;
		base.path = c->cuts[base.cut].path;
		plan_rescue_cuts(&c->phases[number].plan, &setup, &base, 1);
		return true;
	}
	return false;
}

void
ahead_ended(struct conduct *c)
{
	size_t walk = CHECKPOINT + c->checkpoint.nr - 1;

	if (rescue_is_storing(c) && (c->phases[walk].plan.steps[0].flags & STEP_AHEAD) &&
		!rescue_finds(c))
		executor_end(c->x, walk);
}
