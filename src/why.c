#include "why.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

#define SHOWN_MAX 160 /* bytes of an instruction */
#define NAMES_MAX 100 /* build arguments that are known by name: a hostile image may have any */

void
why_image_init(struct why_image *image)
{
	*image = (struct why_image){.nr = 0};
	strvec_init(&image->layers);
}

void
why_image_release(struct why_image *image)
{
	size_t i;

	for (i = 0; i < image->nr; i++)
		free(image->history[i].text);
	free(image->history);
	strvec_release(&image->layers);
	why_image_init(image);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* The n-th element of an array. */
static struct json
element(struct json array, size_t n)
{
	struct json rest = json_inside(array), name, item;

	while (json_next(&rest, &name, &item)) {
		if (n-- == 0)
			return item;
	}
	return (struct json){"", 0};
}

/* ["RUN make # buildkit","buildkit.dockerfile.v0",false], or with a size: "0B" */
static bool
read_entry(struct json value, struct why_entry *entry)
{
	struct json empty = element(value, 2);
	struct strbuf text, comment;
	bool good;

	strbuf_init(&text);
	strbuf_init(&comment);
	good = json_text(element(value, 0), &text) && json_text(element(value, 1), &comment) &&
	       empty.len;
	entry->text = good ? strbuf_detach(&text) : NULL;
	/* where a base has layers that no entry made, BuildKit adds some of its exporter's */
	entry->buildkit = good && str_skip_prefix(comment.buf, "buildkit.");
	entry->empty = json_is(empty, "true") || json_is(empty, "0B");
	strbuf_release(&comment);
	strbuf_release(&text);
	return good;
}

static void
add_entry(struct why_image *image, const struct why_entry *entry, size_t *alloc)
{
	if (image->nr == *alloc) {
		*alloc = *alloc ? *alloc * 2 : 32;
		image->history = xreallocarray(image->history, *alloc, sizeof(*image->history));
	}
	image->history[image->nr++] = *entry;
}

static void
read_layers(struct why_image *image, struct json layers)
{
	struct json rest = json_inside(layers), name, item;
	struct strbuf text;

	strbuf_init(&text);
	while (json_next(&rest, &name, &item)) {
		strbuf_reset(&text);
		json_text(item, &text);
		strvec_push(&image->layers, text.buf);
	}
	strbuf_release(&text);
}

/* What stands between its first bracket and the end; what comes behind it does not count. */
static struct json
first_object(const char *text, size_t len)
{
	const char *start = len ? memchr(text, '{', len) : NULL;

	if (!start)
		return (struct json){"", 0};
	return (struct json){start, len - (size_t)(start - text)};
}

bool
why_read_registry(struct why_image *image, const char *text, size_t len)
{
	struct json answer = first_object(text, len), rest, name, item;
	struct why_entry entry;
	size_t alloc = 0, layers = 0, i;
	bool good = json_at(answer, "layers").len > 0;

	why_image_release(image);
	rest = json_inside(json_at(answer, "history"));
	while (good && json_next(&rest, &name, &item)) {
		good = read_entry(item, &entry);
		if (good)
			add_entry(image, &entry, &alloc);
	}
	if (!good) {
		why_image_release(image);
		return false;
	}
	read_layers(image, json_at(answer, "layers"));
	for (i = 0; i < image->nr; i++)
		layers += !image->history[i].empty;
	image->exact = layers == image->layers.nr;
	return image->nr > 0;
}

static void
turn_round(struct why_image *image)
{
	size_t i;

	for (i = 0; i < image->nr / 2; i++) {
		struct why_entry entry = image->history[i];

		image->history[i] = image->history[image->nr - 1 - i];
		image->history[image->nr - 1 - i] = entry;
	}
}

bool
why_read_engine(struct why_image *image, const char *text, size_t len)
{
	const char *end = text + len, *line = text, *next;
	struct json layers = {"", 0};
	struct why_entry entry;
	size_t alloc = 0;

	why_image_release(image);
	for (; line < end && !layers.len; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		struct json value = {line, (size_t)((newline ? newline : end) - line)};

		next = newline ? newline + 1 : end;
		if (*line == '{')
			layers = json_at(value, "layers");
		else if (*line == '[' && read_entry(value, &entry))
			add_entry(image, &entry, &alloc);
	}
	if (!layers.len || !image->nr) {
		why_image_release(image);
		return false;
	}
	read_layers(image, layers);
	turn_round(image);
	return true;
}

/* ---- texts of a history --------------------------------------------------------------------- */

/* A piece of a text. */
struct span {
	const char *p;
	size_t len;
};

static bool
same_span(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || memcmp(a.p, b.p, a.len) == 0);
}

static bool
span_is(struct span span, const char *text)
{
	return same_span(span, (struct span){text, strlen(text)});
}

static bool
in_name(char c)
{
	return is_alnum(c) || c == '_';
}

/* What an entry's text says: an instruction's word, and what follows. */
struct said {
	struct span word;
	const char *rest;
};

/*
 * "COPY a b # buildkit"; the legacy builder: "/bin/sh -c #(nop)  ENV A=1", with another shell where
 * the file has one; its RUN is the command alone.
 */
static struct said
said_by(const struct why_entry *entry)
{
	static const char nop[] = "#(nop)";
	const char *p = entry->text, *at;
	size_t n;

	if (!entry->buildkit) {
		at = strstr(p, nop);
		if (!at)
			return (struct said){{"RUN", 3}, p};
		p = at + sizeof(nop) - 1;
	}
	while (*p == ' ')
		p++;
	n = strcspn(p, " ");
	return (struct said){{p, n}, p[n] ? p + n + 1 : p + n};
}

/* Whether a step depends on it. Of BuildKit's a RUN has its arguments and its shell in its own
 * text; for the legacy builder each instruction is an image of its own. */
static bool
matters(const struct why_entry *entry)
{
	static const char *const words[] = {"RUN", "COPY", "ADD", "ENV", "WORKDIR", "USER"};
	struct said said = said_by(entry);
	size_t i;

	for (i = 0; entry->buildkit && i < ARRAY_SIZE(words); i++) {
		if (span_is(said.word, words[i]))
			return true;
	}
	return !entry->buildkit;
}

static bool
copies(const struct why_entry *entry)
{
	struct said said = said_by(entry);

	return span_is(said.word, "COPY") || span_is(said.word, "ADD");
}

/* A RUN's arguments and its command: "|2 A=1 B=2 /bin/sh -c make". */
struct run {
	struct span args;
	const char *command;
};

/* Where NAME= begins as a word; NULL: nowhere. */
static const char *
find_name(struct span text, const char *name)
{
	size_t n = strlen(name), i;

	for (i = 0; n && i + n < text.len; i++) {
		if ((i == 0 || text.p[i - 1] == ' ') && text.p[i + n] == '=' &&
			memcmp(text.p + i, name, n) == 0)
			return text.p + i;
	}
	return NULL;
}

/*
 * Values stand there without quotes, so that where the last one ends is told by the shell alone;
 * with another than docker's own it is taken to end at its first blank.
 */
static struct run
take_run(const char *rest, const struct strvec *names)
{
	const char *p = rest, *end, *last, *at;
	size_t i;

	if (*p != '|')
		return (struct run){{"", 0}, rest};
	for (p++; is_digit(*p);)
		p++;
	p += *p == ' ';
	end = strstr(p, " /bin/sh -c ");
	last = p;
	for (i = 0; !end && i < names->nr; i++) {
		at = find_name((struct span){p, strlen(p)}, names->v[i]);
		if (at && at > last)
			last = at;
	}
	if (!end)
		end = last + strcspn(last, " ");
	return (struct run){{p, (size_t)(end - p)}, end + (*end == ' ')};
}

/* The value of an argument among a RUN's; false: it has none of that name. */
static bool
value_in(struct span args, const char *name, const struct strvec *names, struct span *value)
{
	const char *at = find_name(args, name), *end = args.p + args.len, *other;
	size_t i;

	if (!at)
		return false;
	at += strlen(name) + 1;
	for (i = 0; i < names->nr; i++) {
		other = find_name((struct span){at, (size_t)(end - at)}, names->v[i]);
		if (other)
			end = other;
	}
	*value = (struct span){at, (size_t)(end - at)};
	while (value->len && at[value->len - 1] == ' ')
		value->len--;
	return true;
}

/* The name that an ARG's text begins with. */
static struct span
argument_name(const char *text)
{
	struct span name = {text, 0};

	while (in_name(text[name.len]))
		name.len++;
	if (text[name.len] && text[name.len] != '=' && text[name.len] != ' ')
		name.len = 0;
	return name;
}

/* ---- comparing ------------------------------------------------------------------------------ */

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
		if (!span_is(said_by(&c->built->history[c->base + i]).word, c->own[i]->word))
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
			struct span name = argument_name(p);

			if (name.len && c->names.nr < NAMES_MAX)
				strvec_take(&c->names, xstrndup(name.p, name.len));
			p += strcspn(p, " \t");
			p += strspn(p, " \t");
		}
	}
	/* of several in one ARG the first alone: in a history values have no quotes */
	for (i = c->base; i < c->cache->nr && c->names.nr < NAMES_MAX; i++) {
		struct said said = said_by(&c->cache->history[i]);
		struct span name = argument_name(said.rest);
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
		bool in_a = value_in(a, c->names.v[i], &c->names, &x);
		bool in_b = value_in(b, c->names.v[i], &c->names, &y);

		if (in_a != in_b || (in_a && !same_span(x, y)))
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
		struct said said = said_by(&image->history[i]);
		struct span first = argument_name(said.rest);

		if (run && span_is(said.word, "RUN") &&
			value_in(take_run(said.rest, &c->names).args, name, &c->names, value))
			return true;
		if (!run && span_is(said.word, "ARG") && span_is(first, name)) {
			*value = (struct span){said.rest, strlen(said.rest)};
			return true;
		}
	}
	return false;
}

static bool
uses(const char *text, const char *name)
{
	size_t n = strlen(name);

	while ((text = strchr(text, '$'))) {
		text++;
		text += *text == '{';
		if (strncmp(text, name, n) == 0 && !in_name(text[n]))
			return true;
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
		for (run = 1; uses(text, c->names.v[i]) && run >= 0; run--) {
			if (value_of(c, c->cache, c->names.v[i], run, &a) &&
				value_of(c, c->built, c->names.v[i], run, &b) && !same_span(a, b))
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
	struct said a = said_by(one), b = said_by(other);
	bool same_word = same_span(a.word, b.word);

	if (same_word && span_is(a.word, "RUN")) {
		struct run x = take_run(a.rest, &c->names), y = take_run(b.rest, &c->names);

		if (strcmp(x.command, y.command) == 0) {
			blame_argument(why, changed_argument(c, x.args, y.args));
			return;
		}
	}
	if (same_word && span_is(a.word, "ARG") && argument_name(b.rest).len &&
		same_span(argument_name(a.rest), argument_name(b.rest))) {
		char *name = xstrndup(b.rest, argument_name(b.rest).len);

		blame_argument(why, name);
		free(name);
		return;
	}
	blame_instruction(why, c, i, j);
	if (why->reason != WHY_ARGUMENT && !other->buildkit && same_word && copies(other) &&
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
		while (i < cache->nr && !matters(&cache->history[i]))
			layer += !cache->history[i++].empty;
		while (j < built->nr && !matters(&built->history[j]))
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
			if (copies(&built->history[j])) {
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

/* ---- the inline cache ----------------------------------------------------------------------- */

static bool
take_digest(struct json value, char digest[DIGEST_MAX])
{
	static const char algorithm[] = "\"sha256:";
	const size_t head = sizeof(algorithm) - 1;
	size_t i;

	if (value.len != DIGEST_MAX + 1 || memcmp(value.p, algorithm, head) != 0)
		return false;
	for (i = head; i < value.len - 1; i++) {
		if (!is_digit(value.p[i]) && !(value.p[i] >= 'a' && value.p[i] <= 'f'))
			return false;
	}
	memcpy(digest, value.p + 1, DIGEST_MAX - 1);
	digest[DIGEST_MAX - 1] = '\0';
	return true;
}

bool
why_follow(const char *text, size_t len, char digest[DIGEST_MAX], bool *config)
{
	struct json answer = first_object(text, len), about = json_at(answer, "manifest");
	struct json rest, name, item;

	if (about.len)
		answer = about;
	*config = take_digest(json_at(answer, "config.digest"), digest);
	if (*config)
		return true;
	rest = json_inside(json_at(answer, "manifests"));
	while (json_next(&rest, &name, &item)) {
		/* provenance is of no platform */
		if (!json_is(json_at(item, "platform.os"), "unknown"))
			return take_digest(json_at(item, "digest"), digest);
	}
	return about.len && !json_at(about, "manifests").len &&
	       take_digest(json_at(about, "digest"), digest);
}

static int
base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Go's json writes bytes as base64. False: it is none. */
static bool
decode(const char *text, struct strbuf *out)
{
	unsigned long bits = 0;
	unsigned n = 0;

	for (; *text && *text != '='; text++) {
		int digit = base64_digit(*text);

		if (digit < 0)
			return false;
		bits = (bits << 6 | (unsigned long)digit) & 0xffffff;
		n += 6;
		if (n >= 8) {
			n -= 8;
			strbuf_addch(out, (char)(bits >> n & 0xff));
		}
	}
	return true;
}

/* [{"layers":[{"layer":5,"createdAt":"..."}],"digest":"sha256:...","inputs":...},...]: whether any
 * record has a layer (cache/remotecache/v1/spec.go). */
static bool
has_layers(struct json records)
{
	struct json rest = json_inside(records), name, item;

	while (json_next(&rest, &name, &item)) {
		if (json_inside(json_at(item, "layers")).len)
			return true;
	}
	return false;
}

enum why_reason
why_inline(const char *text, size_t len)
{
	struct json config = first_object(text, len), rest = json_inside(config), name, item;
	enum why_reason reason = rest.len ? WHY_NO_INLINE : WHY_NONE;
	struct strbuf value, records;

	/* a config has this: the text may be something else */
	if (!json_at(config, "rootfs").len)
		return WHY_NONE;
	strbuf_init(&value);
	strbuf_init(&records);
	while (json_next(&rest, &name, &item)) {
		if (!json_is(name, "moby.buildkit.cache.v0"))
			continue;
		reason = WHY_NONE;
		if (json_text(item, &value) && decode(value.buf, &records) &&
			!has_layers((struct json){records.buf, records.len}))
			reason = WHY_EMPTY_INLINE;
		break;
	}
	strbuf_release(&records);
	strbuf_release(&value);
	return reason;
}

/* ---- words ---------------------------------------------------------------------------------- */

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
