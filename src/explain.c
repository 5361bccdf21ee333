#include "conducting.h"

#include <stdlib.h>
#include <string.h>

#include "plan_why.h"
#include "why_inline.h"

/* What is asked of one entry: the steps of the questions, and what they say. */
struct question {
	size_t entry;
	const char *from;             /* the cache's image, by its digest */
	size_t registry, engine, raw; /* numbers of steps, STEP_NONE: not asked */
	struct why why;
};

/* The image an entry was built into, as the engine calls it; owned by the caller. */
static char *
local_name(const struct conduct *c, const struct cache_entry *entry)
{
	return xstrdup(entry->name ? cache_entry_local(entry) : c->o->image);
}

/* Whether a build did not find in the entry's cache what should be there. An attempt that was over
 * may have begun to run it, and then the build that stood in for it found it in the engine. */
static bool
has_missed(const struct conduct *c, size_t entry)
{
	const struct phase *phase = &c->phases[BUILD];
	int stage = c->project.refs.entries[entry].stage;
	bool missed = false;
	size_t i;

	for (i = 0; i < phase->plan.nr; i++) {
		const struct step *step = &phase->plan.steps[i];
		const struct note *note = &phase->notes[i];

		if (step->kind != STEP_BUILD_STAGE || (step->flags & (STEP_CLEANUP | STEP_TAKES)))
			continue;
		if ((step->flags & STEP_WHOLE) && note->watch && stage >= 0)
			missed |= watch_missed(note->watch, (size_t)stage, note->attempt.doubt);
		else if (step->entry == entry)
			missed |= note->progress.missed;
	}
	return missed;
}

/* Whether the entry's build ended well, so that there is an image of it. */
static bool
has_image(const struct conduct *c, size_t entry)
{
	const struct phase *phase = &c->phases[BUILD];
	bool built = false;
	size_t i;

	for (i = 0; i < phase->plan.nr; i++) {
		built |= phase->plan.steps[i].kind == STEP_BUILD_STAGE &&
			 phase->plan.steps[i].entry == entry &&
			 executor_state(c->x, BUILD, i) == STATE_DONE;
	}
	return built;
}

static struct question *
ask_images(struct conduct *c, size_t *nr)
{
	struct question *questions = xcalloc(c->project.refs.nr, sizeof(*questions));
	struct plan *plan = &c->phases[WHY].plan;
	size_t i;

	*nr = 0;
	for (i = 0; i < c->project.refs.nr; i++) {
		struct question *q = &questions[*nr];
		const struct cache_source *source = &c->sources[i];
		char *local;

		if (!source->ref || source->exported || !has_missed(c, i) || !has_image(c, i))
			continue;
		*q = (struct question){.entry = i, .from = source->from.v[0], .raw = STEP_NONE};
		if (!plan_why_registry(plan, c->o->docker, q->from, &c->engine, i))
			continue;
		q->registry = plan_last(plan);
		local = local_name(c, &c->project.refs.entries[i]);
		plan_why_engine(plan, c->o->docker, local, i);
		q->engine = plan_last(plan);
		free(local);
		++*nr;
	}
	return questions;
}

static const struct strbuf *
answer(const struct conduct *c, size_t walk, size_t step)
{
	return &c->phases[walk].notes[step].answer;
}

static void
compare(const struct conduct *c, struct question *q)
{
	const struct strbuf *registry = answer(c, WHY, q->registry);
	const struct strbuf *engine = answer(c, WHY, q->engine);
	struct why_image cache, built;

	why_image_init(&cache);
	why_image_init(&built);
	if (why_read_registry(&cache, registry->buf, registry->len) &&
		why_read_engine(&built, engine->buf, engine->len))
		why_find(&q->why, &cache, &built, &c->project.df,
			c->project.refs.entries[q->entry].stage);
	why_image_release(&cache);
	why_image_release(&built);
}

/* Where the two images look the same it may be that the cache's has no cache in it: asks for what
 * the answer to an earlier question, in another walk, points to. */
static bool
follow(struct conduct *c, struct question *questions, size_t nr, size_t from, size_t to)
{
	bool asked = false;
	size_t i;

	for (i = 0; i < nr; i++) {
		struct question *q = &questions[i];
		size_t step = from == WHY ? q->registry : q->raw;
		const struct strbuf *text;
		char digest[DIGEST_MAX];
		bool config;

		if (!q->why.same || step == STEP_NONE)
			continue;
		text = answer(c, from, step);
		q->raw = STEP_NONE;
		if (!why_follow(text->buf, text->len, digest, &config))
			continue;
		plan_why_raw(&c->phases[to].plan, c->o->docker, q->from, digest, q->entry);
		q->raw = plan_last(&c->phases[to].plan);
		asked = true;
	}
	return asked;
}

static void
read_config(const struct conduct *c, struct question *q, size_t walk)
{
	const struct strbuf *text;

	if (!q->why.same || q->raw == STEP_NONE)
		return;
	text = answer(c, walk, q->raw);
	q->why.reason = why_inline(text->buf, text->len);
}

static void
say(const struct conduct *c, const struct question *q)
{
	struct strbuf text;

	if (q->why.reason == WHY_NONE || q->why.reason == WHY_CONTENT)
		return;
	strbuf_init(&text);
	why_say(&q->why, &text);
	conducting_tell(c, &(struct event){.kind = EVENT_WHY,
				   .entry = &c->project.refs.entries[q->entry],
				   .ref = c->sources[q->entry].ref,
				   .detail = text.buf});
	strbuf_release(&text);
}

void
explain_misses(struct conduct *c)
{
	struct question *questions;
	size_t nr, i;

	if (c->mode != MODE_INLINE || c->o->quiet)
		return;
	questions = ask_images(c, &nr);
	if (nr)
		conducting_carry_out(c, WHY);
	for (i = 0; i < nr; i++)
		compare(c, &questions[i]);
	if (follow(c, questions, nr, WHY, WHY_MANIFEST)) {
		conducting_carry_out(c, WHY_MANIFEST);
		if (follow(c, questions, nr, WHY_MANIFEST, WHY_CONFIG))
			conducting_carry_out(c, WHY_CONFIG);
		for (i = 0; i < nr; i++)
			read_config(c, &questions[i], WHY_CONFIG);
	}
	for (i = 0; i < nr; i++) {
		say(c, &questions[i]);
		why_release(&questions[i].why);
	}
	free(questions);
}
