#include "why.h"

#include <stdlib.h>
#include <string.h>

#include "why_text.h"

#define SHOWN_MAX 160 /* bytes of an instruction */
#define NAMES_MAX 100 /* build arguments that are known by name: a hostile image may have any */

/* Two images and a Dockerfile. */
struct comparison {
	const struct why_image *cache, *built;
	const struct instruction **own; /* what the image is made by on top of its base */
	size_t nr_own;
	size_t base;         /* entries of built that are the base's */
	struct strvec names; /* of build arguments: the Dockerfile's and the cache's own */
};

/* The instructions of a stage and of those it is made from, in order, without FROM. */
static void
find_own(struct comparison *c, const struct dockerfile *df, int stage)
{
	size_t nr = 0, at, i;
	int s;

	if (stage < 0 || (size_t)stage >= df->nr_stages)
		return;
	for (s = stage; s >= 0; s = df->stages[s].base_stage)
		nr += df->stages[s].replaced ? 0 : df->stages[s].nr - 1;
	c->own = xcalloc(nr + 1, sizeof(*c->own));
	c->nr_own = at = nr;
	for (s = stage; s >= 0; s = df->stages[s].base_stage) {
		const struct stage *it = &df->stages[s];

		if (it->replaced)
			continue;
		for (i = it->nr - 1; i > 0; i--)
			c->own[--at] = &df->instructions[it->first + i];
	}
}

/* Whether the last entries are those instructions, as far as their words tell. */
static bool
own_fits(const struct comparison *c)
{
	size_t i;

	if (!c->nr_own || c->nr_own > c->built->nr)
		return false;
	for (i = 0; i < c->nr_own; i++) {
		if (!span_is(why_said(&c->built->history[c->base + i]).word, c->own[i]->word))
			return false;
	}
	return true;
}

static void
find_names(struct comparison *c)
{
	size_t i;

	for (i = 0; i < c->nr_own; i++) {
		const char *p = c->own[i]->args;

		while (str_eq(c->own[i]->word, "ARG") && *p) {
			struct span name = why_argument(p);

			if (name.len && c->names.nr < NAMES_MAX)
				strvec_take(&c->names, xstrndup(name.p, name.len));
			p += strcspn(p, " \t");
			p += strspn(p, " \t");
		}
	}
	/* of several in one ARG the first alone: in a history values have no quotes */
	for (i = c->base; i < c->cache->nr && c->names.nr < NAMES_MAX; i++) {
		struct said said = why_said(&c->cache->history[i]);
		struct span name = why_argument(said.rest);
		char *text = xstrndup(name.p, name.len);

		if (span_is(said.word, "ARG") && name.len)
			strvec_push_new(&c->names, text);
		free(text);
	}
}

/* A layer that neither has is no difference. */
static bool
same_layer(const struct comparison *c, size_t n)
{
	const struct strvec *a = &c->cache->layers, *b = &c->built->layers;

	return str_eq(n < a->nr ? a->v[n] : NULL, n < b->nr ? b->v[n] : NULL);
}

/* Whether the base's entries and layers are the cache's first ones. Of what an engine says, those
 * that are not empty are the fewest layers that there can be. */
static bool
same_base(const struct comparison *c)
{
	size_t layers = 0, i;

	if (c->cache->nr < c->base)
		return false;
	for (i = 0; i < c->base; i++) {
		if (!str_eq(c->cache->history[i].text, c->built->history[i].text))
			return false;
		layers += !c->cache->history[i].empty;
	}
	for (i = 0; i < layers; i++) {
		if (!same_layer(c, i))
			return false;
	}
	return true;
}

/* The first argument that a RUN has another value of, or that one of the two does not have. */
static const char *
changed_argument(const struct comparison *c, struct span a, struct span b)
{
	struct span x, y;
	size_t i;

	for (i = 0; i < c->names.nr; i++) {
		bool in_a = why_value(a, c->names.v[i], &c->names, &x);
		bool in_b = why_value(b, c->names.v[i], &c->names, &y);

		if (in_a != in_b || (in_a && !span_same(x, y)))
			return c->names.v[i];
	}
	return NULL;
}

/* An argument's value as an image's history has it: in a RUN; else in its ARG, which may only be
 * its default. */
static bool
value_of(const struct comparison *c, const struct why_image *image, const char *name, bool run,
	struct span *value)
{
	size_t i;

	for (i = c->base; i < image->nr; i++) {
		struct said said = why_said(&image->history[i]);
		struct span first = why_argument(said.rest);

		if (run && span_is(said.word, "RUN") &&
			why_value(why_run(said.rest, &c->names).args, name, &c->names, value))
			return true;
		if (!run && span_is(said.word, "ARG") && span_is(first, name)) {
			*value = (struct span){said.rest, strlen(said.rest)};
			return true;
		}
	}
	return false;
}

/* An argument with another value in an instruction that says $NAME. */
static const char *
argument_used(const struct comparison *c, const char *text)
{
	struct span a, b;
	size_t i;
	int run;

	for (i = 0; i < c->names.nr; i++) {
		for (run = 1; why_uses(text, c->names.v[i]) && run >= 0; run--) {
			if (value_of(c, c->cache, c->names.v[i], run, &a) &&
				value_of(c, c->built, c->names.v[i], run, &b) && !span_same(a, b))
				return c->names.v[i];
		}
	}
	return NULL;
}

/* Adds an instruction as it stands in the file, as much of it as can be shown. */
static char *
show_instruction(const struct instruction *in)
{
	char *text = xasprintf("%s %s", in->word, in->args), *cut;
	size_t n = SHOWN_MAX;

	if (strlen(text) <= n)
		return text;
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--; /* not in the middle of a character */
	cut = xasprintf("%.*s...", (int)n, text);
	free(text);
	return cut;
}

static void
blame_argument(struct why *why, const char *name)
{
	why->reason = WHY_ARGUMENT;
	why->detail = xstrdup(name);
}

/* Whether the cache has the text of an entry further down. */
static bool
comes_later(const struct why_image *cache, size_t from, const char *text)
{
	for (; from < cache->nr; from++) {
		if (str_eq(cache->history[from].text, text))
			return true;
	}
	return false;
}

static void
blame_instruction(struct why *why, const struct comparison *c, size_t i, size_t j)
{
	const struct instruction *in = c->own[j - c->base];
	const char *name = argument_used(c, in->args);

	if (name) {
		blame_argument(why, name);
		return;
	}
	why->reason = comes_later(c->cache, i, c->built->history[j].text) ? WHY_BEFORE
									  : WHY_INSTRUCTION;
	why->detail = show_instruction(in);
	why->line = in->line;
}

/* " in DEST": where the legacy builder copies to; what it copies is a hash. */
static const char *
copied_to(const char *rest)
{
	const char *in = strstr(rest, " in ");

	return in ? in : rest;
}

/* Two entries that differ. */
static void
blame(struct why *why, const struct comparison *c, size_t i, size_t j)
{
	const struct why_entry *one = &c->cache->history[i], *other = &c->built->history[j];
	struct said a = why_said(one), b = why_said(other);
	bool same_word = span_same(a.word, b.word);

	if (same_word && span_is(a.word, "RUN")) {
		struct run x = why_run(a.rest, &c->names), y = why_run(b.rest, &c->names);

		if (strcmp(x.command, y.command) == 0) {
			blame_argument(why, changed_argument(c, x.args, y.args));
			return;
		}
	}
	if (same_word && span_is(a.word, "ARG") && why_argument(b.rest).len &&
		span_same(why_argument(a.rest), why_argument(b.rest))) {
		char *name = xstrndup(b.rest, why_argument(b.rest).len);

		blame_argument(why, name);
		free(name);
		return;
	}
	blame_instruction(why, c, i, j);
	if (why->reason != WHY_ARGUMENT && !other->buildkit && same_word && why_copies(other) &&
		strcmp(copied_to(a.rest), copied_to(b.rest)) == 0)
		why->reason = WHY_CONTENT;
}

/* Compares what stands on top of the base. */
static void
compare_own(struct why *why, const struct comparison *c)
{
	const struct why_image *cache = c->cache, *built = c->built;
	size_t i = c->base, j, layer = 0, k;
	bool rerun = false;

	for (k = 0; k < i; k++)
		layer += !cache->history[k].empty;
	for (j = i;; i++, j++) {
		while (i < cache->nr && !why_matters(&cache->history[i]))
			layer += !cache->history[i++].empty;
		while (j < built->nr && !why_matters(&built->history[j]))
			j++;
		if (j == built->nr)
			break;
		if (i == cache->nr) {
			blame_instruction(why, c, i, j);
			return;
		}
		if (!str_eq(cache->history[i].text, built->history[j].text)) {
			blame(why, c, i, j);
			return;
		}
		if (!cache->exact || cache->history[i].empty)
			continue;
		if (!rerun && !same_layer(c, layer)) {
			if (why_copies(&built->history[j])) {
				blame_instruction(why, c, i, j);
				if (why->reason != WHY_ARGUMENT)
					why->reason = WHY_CONTENT;
				return;
			}
			rerun = true; /* though nothing that is seen had changed; perhaps later */
		}
		layer++;
	}
	why->same = cache->history[cache->nr - 1].buildkit;
}

/* Where it is not known which entries are the base's: whether all is the same. */
static bool
same_texts(const struct why_image *a, const struct why_image *b)
{
	size_t i;

	for (i = 0; i < a->nr && i < b->nr; i++) {
		if (!str_eq(a->history[i].text, b->history[i].text))
			return false;
	}
	return a->nr == b->nr;
}

void
why_find(struct why *why, const struct why_image *cache, const struct why_image *built,
	const struct dockerfile *df, int stage)
{
	struct comparison c = {.cache = cache, .built = built};

	*why = (struct why){.reason = WHY_NONE};
	if (!cache->nr || !built->nr)
		return;
	/* the base's entries may be of any builder; the last one is ours */
	if (cache->history[cache->nr - 1].buildkit != built->history[built->nr - 1].buildkit) {
		why->reason = WHY_BUILDER;
		return;
	}
	strvec_init(&c.names);
	find_own(&c, df, stage);
	c.base = built->nr - (c.nr_own < built->nr ? c.nr_own : built->nr);
	if (!own_fits(&c)) {
		why->same = cache->history[cache->nr - 1].buildkit && same_texts(cache, built);
	} else if (!same_base(&c)) {
		why->reason = WHY_BASE;
	} else {
		find_names(&c);
		compare_own(why, &c);
	}
	strvec_release(&c.names);
	free(c.own);
}

void
why_release(struct why *why)
{
	free(why->detail);
	*why = (struct why){.reason = WHY_NONE};
}

void
why_say(const struct why *why, struct strbuf *out)
{
	static const struct {
		const char *alone, *before, *after; /* before and after the detail */
	} texts[] = {
		[WHY_NONE] = {"no reason known", NULL, NULL},
		[WHY_BUILDER] = {"cache from another kind of builder", NULL, NULL},
		[WHY_BASE] = {"base image moved", NULL, NULL},
		[WHY_ARGUMENT] = {"a build argument changed", "build argument ", " changed"},
		[WHY_INSTRUCTION] = {"an instruction changed", "instruction changed: ", ""},
		[WHY_BEFORE] = {"instructions removed", "instructions removed before: ", ""},
		[WHY_CONTENT] = {"copied files changed", "copied files changed: ", ""},
		[WHY_NO_INLINE] = {"image without inline cache", NULL, NULL},
		[WHY_EMPTY_INLINE] = {"inline cache is empty", NULL, NULL},
	};

	if (!why->detail || !texts[why->reason].before) {
		strbuf_addstr(out, texts[why->reason].alone);
		return;
	}
	strbuf_addstr(out, texts[why->reason].before);
	if (why->line)
		strbuf_addf(out, "line %u: ", why->line);
	strbuf_add_visible(out, why->detail);
	strbuf_addstr(out, texts[why->reason].after);
}
