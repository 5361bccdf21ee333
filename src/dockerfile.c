#include "dockerfile.h"

#include <stdlib.h>
#include <string.h>

#include "dockerfile_lines.h"
#include "dockerfile_vars.h"
#include "image_ref.h"

static const char *const known_words[] = {
	"ADD",
	"ARG",
	"CMD",
	"COPY",
	"ENTRYPOINT",
	"ENV",
	"EXPOSE",
	"FROM",
	"HEALTHCHECK",
	"LABEL",
	"MAINTAINER",
	"ONBUILD",
	"RUN",
	"SHELL",
	"STOPSIGNAL",
	"USER",
	"VOLUME",
	"WORKDIR",
};

static bool
is_known_word(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known_words); i++) {
		if (str_eq(known_words[i], word))
			return true;
	}
	return false;
}

/* Cuts the next white-space separated word off *args, which moves behind it; NULL when none is. */
static char *
take_word(const char **args)
{
	const char *p = *args;
	size_t n = 0;

	while (is_blank(*p))
		p++;
	while (p[n] && !is_blank(p[n]))
		n++;
	*args = p + n;
	return n ? xstrndup(p, n) : NULL;
}

/* ^[a-z][a-z0-9-_.]*$ of the name in lower case */
static bool
is_stage_name(const char *name)
{
	size_t i;

	if (!is_lower(to_lower(name[0])))
		return false;
	for (i = 1; name[i]; i++) {
		if (!is_alnum(name[i]) && !strchr("-_.", name[i]))
			return false;
	}
	return true;
}

static char *
lower_case(const char *s)
{
	char *copy = xstrdup(s), *p;

	for (p = copy; *p; p++)
		*p = to_lower(*p);
	return copy;
}

/* The index of the last stage of that name before limit, or -1. */
static int
find_stage(const struct dockerfile *df, const char *name, size_t limit, bool any_case)
{
	size_t i;

	for (i = limit; i-- > 0;) {
		const char *have = df->stages[i].name;

		if (have && (any_case ? str_eq_nocase(have, name) : str_eq(have, name)))
			return (int)i;
	}
	return -1;
}

static void
add_dep(struct stage *stage, int on)
{
	size_t i;

	if (on < 0)
		return;
	for (i = 0; i < stage->nr_deps; i++) {
		if (stage->deps[i] == (size_t)on)
			return;
	}
	stage->deps = xreallocarray(stage->deps, stage->nr_deps + 1, sizeof(*stage->deps));
	stage->deps[stage->nr_deps++] = (size_t)on;
}

/* The flags of a FROM; returns what is wrong with them, or NULL. */
static char *
read_from_flags(struct stage *stage, const char **args, char escape)
{
	const char *value;
	char *flag, *problem = NULL;

	while (!problem && (flag = take_builder_flag(args, escape))) {
		value = str_skip_prefix(flag, "--platform=");
		if (value && !stage->platform)
			stage->platform = xstrdup(value);
		else
			problem = xasprintf(
				value ? "duplicate flag: %s" : "unknown flag: %s", flag);
		free(flag);
	}
	return problem;
}

/* FROM [--platform=X] BASE [AS NAME]; returns what is wrong with it, or NULL. */
static char *
read_from(struct stage *stage, const char *args, char escape)
{
	char *problem = read_from_flags(stage, &args, escape);
	char *as, *name, *more;

	if (problem)
		return problem;
	stage->base = take_word(&args);
	as = take_word(&args);
	name = take_word(&args);
	more = take_word(&args);
	if (!stage->base || more || (as && (!str_eq_nocase(as, "AS") || !name)))
		problem = xstrdup("FROM requires either one or three arguments");
	else if (name && !is_stage_name(name))
		problem = xasprintf("invalid name for build stage: \"%s\"", name);
	else if (name)
		stage->name = lower_case(name);
	free(as);
	free(name);
	free(more);
	return problem;
}

/* The stage a COPY --from= or a mount's from= names: a number is an index where the builder takes
 * one; else a name in any case; else it is an image and no stage. */
static int
source_stage(const struct dockerfile *df, const char *name, bool index_too)
{
	size_t self = df->nr_stages - 1;
	char *end;
	unsigned long n;

	if (index_too && is_digit(*name)) {
		n = strtoul(name, &end, 10);
		if (!*end)
			return n < self ? (int)n : -1;
	}
	return find_stage(df, name, self, true);
}

/* Takes a field off *fields, which are separated by commas and may be quoted as in CSV. */
static char *
take_field(const char **fields)
{
	const char *p = *fields;
	struct strbuf field;
	bool quoted = *p == '"';

	strbuf_init(&field);
	for (p += quoted; *p && (quoted || *p != ','); p++) {
		if (*p != '"' || !quoted)
			strbuf_addch(&field, *p);
		else if (p[1] == '"')
			strbuf_addch(&field, *p++);
		else
			quoted = false;
	}
	*fields = p + (*p == ',');
	return strbuf_detach(&field);
}

/* from= among a mount's fields; the names of fields count in any case */
static void
read_mount(const struct dockerfile *df, struct stage *stage, const char *fields)
{
	while (*fields) {
		char *field = take_field(&fields);
		size_t name = strcspn(field, "=");

		if (field[name]) {
			field[name] = '\0';
			if (str_eq_nocase(field, "from"))
				add_dep(stage, source_stage(df, field + name + 1, false));
		}
		free(field);
	}
}

/* The flags of a COPY or RUN that name another stage. */
static void
read_flags(const struct dockerfile *df, struct stage *stage, const char *word, const char *args,
	char escape)
{
	bool copy = str_eq(word, "COPY");
	const char *value;
	char *flag;

	if (!copy && !str_eq(word, "RUN"))
		return;
	while ((flag = take_builder_flag(&args, escape))) {
		if (copy && (value = str_skip_prefix(flag, "--from=")))
			add_dep(stage, source_stage(df, value, true));
		if (!copy && (value = str_skip_prefix(flag, "--mount=")))
			read_mount(df, stage, value);
		free(flag);
	}
}

/* A stage made from another carries out the ONBUILDs of that. */
static void
read_triggers(const struct dockerfile *df, struct stage *stage, char escape)
{
	const struct stage *base = &df->stages[stage->base_stage];
	struct line_span inner;
	const char *args;
	char *flag;
	size_t i;

	for (i = 0; !base->replaced && i < base->nr; i++) {
		const struct instruction *in = &df->instructions[base->first + i];

		if (!str_eq(in->word, "ONBUILD"))
			continue;
		args = in->args;
		while ((flag = take_builder_flag(&args, escape)))
			free(flag);
		line_span_split(&inner, args);
		read_flags(df, stage, inner.word, inner.args, escape);
		free(inner.word);
		free(inner.args);
	}
}

/* A file being read. */
struct reader {
	struct dockerfile *df;
	struct line_reader lines;
	const struct dockerfile_args *args;
	struct dockerfile_vars vars;
	size_t alloc, alloc_stages;
};

/* Finds out what the stage is made from; returns what is wrong with its base, or NULL. */
static char *
resolve_base(struct reader *r, struct stage *stage)
{
	struct dockerfile *df = r->df;
	struct strbuf base;
	char *problem;

	strbuf_init(&base);
	problem = dockerfile_vars_expand(&r->vars, stage->base, &base);
	if (!problem && !base.len)
		problem = xasprintf("base name (%s) should not be blank", stage->base);
	if (!problem && !stage->replaced)
		stage->base_stage = find_stage(df, base.buf, df->nr_stages - 1, false);
	strbuf_release(&base);
	if (stage->base_stage >= 0) {
		add_dep(stage, stage->base_stage);
		read_triggers(df, stage, r->lines.escape);
	}
	return problem;
}

/* Whether a --build-context is called like the stage. */
static bool
is_replaced(const struct reader *r, const char *name)
{
	size_t i, n;

	for (i = 0; name && r->args && r->args->contexts && i < r->args->contexts->nr; i++) {
		const char *context = r->args->contexts->v[i];
		const char *tag = strrchr(context, ':');

		n = tag && str_eq(tag, ":latest") ? (size_t)(tag - context) : strlen(context);
		if (strlen(name) == n && strncmp(name, context, n) == 0)
			return true;
	}
	return false;
}

/* Opens a stage for a FROM; returns what is wrong with it, or NULL. */
static char *
open_stage(struct reader *r, size_t at)
{
	struct dockerfile *df = r->df;
	struct stage *stage;
	char *problem;

	if (df->nr_stages == r->alloc_stages) {
		r->alloc_stages = r->alloc_stages ? r->alloc_stages * 2 : 8;
		df->stages = xreallocarray(df->stages, r->alloc_stages, sizeof(*df->stages));
	}
	stage = &df->stages[df->nr_stages++];
	*stage = (struct stage){.line = df->instructions[at].line, .first = at, .base_stage = -1};
	problem = read_from(stage, df->instructions[at].args, r->lines.escape);
	if (problem)
		return problem;
	stage->replaced = is_replaced(r, stage->name);
	return resolve_base(r, stage);
}

/* Takes instruction number at into its stage; returns what is wrong with it, or NULL. */
static char *
place_instruction(struct reader *r, size_t at)
{
	struct dockerfile *df = r->df;
	struct instruction *in = &df->instructions[at];
	struct stage *stage;
	char *problem;

	if (!is_known_word(in->word))
		return xasprintf("unknown instruction: %s", in->word);
	if (str_eq(in->word, "FROM")) {
		problem = open_stage(r, at);
		if (problem)
			return problem;
	} else if (!df->nr_stages) {
		return str_eq(in->word, "ARG") ? dockerfile_vars_read(&r->vars, in->args)
					       : xstrdup("no build stage in current context");
	}
	in->stage = (int)df->nr_stages - 1;
	stage = &df->stages[in->stage];
	stage->nr++;
	if (!stage->replaced)
		read_flags(df, stage, in->word, in->args, r->lines.escape);
	return NULL;
}

static char *
read_instructions(struct reader *r)
{
	struct dockerfile *df = r->df;
	struct line_span span;
	char *problem, *with_line;

	while (line_reader_next(&r->lines, &span)) {
		r->vars.escape = r->lines.escape;
		if (df->nr_instructions == r->alloc) {
			r->alloc = r->alloc ? r->alloc * 2 : 32;
			df->instructions = xreallocarray(
				df->instructions, r->alloc, sizeof(*df->instructions));
		}
		df->instructions[df->nr_instructions++] = (struct instruction){.word = span.word,
			.args = span.args,
			.line = span.first,
			.last_line = span.last,
			.start = span.start,
			.end = span.end,
			.tail = span.tail,
			.stage = -1};
		problem = place_instruction(r, df->nr_instructions - 1);
		if (problem) {
			with_line = xasprintf("line %u: %s", span.first, problem);
			free(problem);
			return with_line;
		}
	}
	if (r->lines.problem)
		return xasprintf("line %u: %s", r->lines.line, r->lines.problem);
	if (!df->nr_instructions)
		return xstrdup("file with no instructions");
	return df->nr_stages ? NULL : xstrdup("no build stage");
}

/* docker's own frontend, wherever it is mirrored; any other may read another language. */
static bool
is_own_frontend(const char *name)
{
	static const char *const paths[] = {"docker/dockerfile", "docker/dockerfile-upstream"};
	struct image_ref ref;
	bool own = false;
	size_t i, n, len;

	if (image_ref_parse(&ref, name, NULL)) {
		n = strlen(ref.path);
		for (i = 0; i < ARRAY_SIZE(paths); i++) {
			len = strlen(paths[i]);
			own |= n >= len && str_eq(ref.path + n - len, paths[i]) &&
			       (n == len || ref.path[n - len - 1] == '/');
		}
	}
	image_ref_release(&ref);
	return own;
}

/* Returns why the file is not for us to read, or NULL. */
static char *
foreign_frontend(const char *text, size_t len, const struct dockerfile_args *args)
{
	const char *given = args ? lookup_get(&args->build, "BUILDKIT_SYNTAX") : NULL;
	char *name = given ? xstrdup(given) : dockerfile_syntax(text, len), *problem = NULL;

	if (name && *name && !is_own_frontend(name))
		problem = xasprintf("it is for the frontend %s", name);
	free(name);
	return problem;
}

/* Whether the label stands anywhere in the file, in any case. */
static bool
is_mentioned(const char *label, const char *text, size_t len)
{
	size_t n = strlen(label), i, j;

	for (i = 0; i + n <= len; i++) {
		for (j = 0; j < n && to_lower(text[i + j]) == label[j];)
			j++;
		if (j == n)
			return true;
	}
	return false;
}

/* BuildKit calls an unnamed stage stage-N in what it prints; so do we, where nothing else is. */
static char *
make_label(size_t stage, const char *text, size_t len)
{
	char *label = xasprintf("stage-%zu", stage);
	size_t n;

	for (n = 2; is_mentioned(label, text, len); n++) {
		free(label);
		label = xasprintf("stage-%zu-%zu", stage, n);
	}
	return label;
}

bool
dockerfile_parse(
	struct dockerfile *df, const char *text, size_t len, const struct dockerfile_args *args)
{
	struct reader r = {.df = df, .args = args};
	char *problem;
	size_t i, mention;

	*df = (struct dockerfile){.problem = NULL};
	line_reader_init(&r.lines, text, len);
	dockerfile_vars_init(&r.vars, args);
	if (memchr(text, '\0', len))
		problem = xstrdup("it holds a NUL byte");
	else
		problem = foreign_frontend(text, len, args);
	if (!problem)
		problem = read_instructions(&r);
	/* in most files no label stands, which need not be found out for each */
	mention = is_mentioned("stage-", text, len) ? len : 0;
	for (i = 0; !problem && i < df->nr_stages; i++) {
		struct stage *stage = &df->stages[i];

		stage->label = stage->name ? xstrdup(stage->name) : make_label(i, text, mention);
	}
	dockerfile_vars_release(&r.vars);
	line_reader_release(&r.lines);
	if (problem) {
		dockerfile_release(df);
		df->problem = problem;
	}
	return !problem;
}

void
dockerfile_release(struct dockerfile *df)
{
	size_t i;

	for (i = 0; i < df->nr_instructions; i++) {
		free(df->instructions[i].word);
		free(df->instructions[i].args);
	}
	for (i = 0; i < df->nr_stages; i++) {
		free(df->stages[i].name);
		free(df->stages[i].label);
		free(df->stages[i].base);
		free(df->stages[i].platform);
		free(df->stages[i].deps);
	}
	free(df->instructions);
	free(df->stages);
	free(df->problem);
	*df = (struct dockerfile){.problem = NULL};
}

int
dockerfile_target(const struct dockerfile *df, const char *name)
{
	if (!name || !*name)
		return (int)df->nr_stages - 1;
	return find_stage(df, name, df->nr_stages, true);
}

void
dockerfile_needed(const struct dockerfile *df, size_t target, bool *needed)
{
	size_t i, j;

	for (i = 0; i < df->nr_stages; i++)
		needed[i] = i == target;
	for (i = target + 1; i-- > 0;) {
		for (j = 0; needed[i] && j < df->stages[i].nr_deps; j++)
			needed[df->stages[i].deps[j]] = true;
	}
}

size_t
dockerfile_cut(const struct dockerfile *df, size_t instruction)
{
	if (instruction == df->nr_instructions)
		return df->instructions[instruction - 1].end;
	return df->instructions[instruction].start;
}

void
dockerfile_name_stages(
	const struct dockerfile *df, const char *text, size_t len, struct strbuf *out)
{
	size_t at = 0, i;

	for (i = 0; i < df->nr_stages; i++) {
		const struct stage *stage = &df->stages[i];
		size_t tail = df->instructions[stage->first].tail;

		if (stage->name)
			continue;
		strbuf_add(out, text + at, tail - at);
		strbuf_addf(out, " AS %s", stage->label);
		at = tail;
	}
	strbuf_add(out, text + at, len - at);
}
