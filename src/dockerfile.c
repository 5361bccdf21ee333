#include "dockerfile.h"

#include <stdlib.h>
#include <string.h>

/* Walks the file line by line. */
struct scanner {
	const char *text;
	size_t len;
	size_t at;     /* where the next line starts */
	unsigned line; /* number of the line last read, from 1 */
	char escape;
};

struct span {
	const char *p;
	size_t len;
};

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* The next line without its line end; false at the end of the file. */
static bool
next_line(struct scanner *sc, struct span *line)
{
	const char *p = sc->text + sc->at, *end;
	size_t left = sc->len - sc->at;

	if (!left)
		return false;
	end = memchr(p, '\n', left);
	sc->at += end ? (size_t)(end - p) + 1 : left;
	line->p = p;
	line->len = end ? (size_t)(end - p) : left;
	while (line->len && line->p[line->len - 1] == '\r')
		line->len--;
	if (sc->line++ == 0 && line->len >= 3 && memcmp(line->p, byte_order_mark, 3) == 0) {
		line->p += 3;
		line->len -= 3;
	}
	return true;
}

static struct span
skip_blanks(struct span s)
{
	while (s.len && is_blank(*s.p)) {
		s.p++;
		s.len--;
	}
	return s;
}

static bool
is_comment(struct span line)
{
	line = skip_blanks(line);
	return line.len && *line.p == '#';
}

/*
 * Takes a continuation mark off the end of the line, and says whether there was one: the escape
 * character, last but for blanks and not doubled.
 */
static bool
take_continuation(struct span *line, char escape)
{
	size_t n = line->len;

	while (n && (line->p[n - 1] == ' ' || line->p[n - 1] == '\t'))
		n--;
	if (!n || line->p[n - 1] != escape || (n > 1 && line->p[n - 2] == escape))
		return false;
	line->len = n - 1;
	return true;
}

/* Adds the lines that go on an instruction: comments and empty lines between them do not count. */
static void
read_continuation(struct scanner *sc, struct strbuf *joined)
{
	struct span line;
	bool more = true;

	while (more && next_line(sc, &line)) {
		if (is_comment(line) || !skip_blanks(line).len)
			continue;
		more = take_continuation(&line, sc->escape);
		strbuf_add(joined, line.p, line.len);
	}
}

/* Splits a joined line into its first word, in upper case, and the rest. */
static void
split_word(struct instruction *in, const struct strbuf *joined)
{
	const char *p = joined->buf;
	size_t n = 0, i;

	while (is_blank(*p)) /* the first line may hold nothing but the continuation mark */
		p++;
	while (p[n] && !is_blank(p[n]))
		n++;
	in->word = xstrndup(p, n);
	for (i = 0; i < n; i++)
		in->word[i] = to_upper(in->word[i]);
	while (is_blank(p[n]))
		n++;
	in->args = xstrdup(p + n);
}

/* Reads one instruction; false at the end of the file. */
static bool
next_instruction(struct scanner *sc, struct instruction *in)
{
	struct span line;
	struct strbuf joined;
	size_t start = sc->at;
	bool more;

	for (;; start = sc->at) {
		if (!next_line(sc, &line))
			return false;
		line = skip_blanks(line);
		if (line.len && *line.p != '#')
			break;
	}
	in->start = start;
	in->line = sc->line;
	strbuf_init(&joined);
	more = take_continuation(&line, sc->escape);
	strbuf_add(&joined, line.p, line.len);
	if (more)
		read_continuation(sc, &joined);
	in->end = sc->at;
	in->last_line = sc->line;
	while (joined.len && is_blank(joined.buf[joined.len - 1]))
		joined.buf[--joined.len] = '\0';
	split_word(in, &joined);
	strbuf_release(&joined);
	return true;
}

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

/*
 * Takes the next flag off *args, which moves behind it: a word that starts with "--", without its
 * quotes and escapes, which may hide blanks. NULL: the flags are over; a "--" alone ends them too.
 * (split_command.go extractBuilderFlags)
 */
static char *
take_flag(const char **args, char escape)
{
	const char *p = *args;
	struct strbuf word;
	char quote = '\0';

	while (is_blank(*p))
		p++;
	*args = p;
	if (!str_skip_prefix(p, "--"))
		return NULL;
	strbuf_init(&word);
	for (; *p && (quote || !is_blank(*p)); p++) {
		if (quote ? *p == quote : *p == '"' || *p == '\'') {
			quote = quote ? '\0' : *p;
		} else if (*p != escape) {
			strbuf_addch(&word, *p);
		} else if (p[1]) {
			strbuf_addch(&word, *++p);
		}
	}
	*args = p;
	if (!str_eq(word.buf, "--"))
		return strbuf_detach(&word);
	strbuf_release(&word);
	return NULL;
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

	while (!problem && (flag = take_flag(args, escape))) {
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
read_flags(
	const struct dockerfile *df, struct stage *stage, const struct instruction *in, char escape)
{
	const char *args = in->args, *value;
	bool copy = str_eq(in->word, "COPY");
	char *flag;

	if (!copy && !str_eq(in->word, "RUN"))
		return;
	while ((flag = take_flag(&args, escape))) {
		if (copy && (value = str_skip_prefix(flag, "--from=")))
			add_dep(stage, source_stage(df, value, true));
		if (!copy && (value = str_skip_prefix(flag, "--mount=")))
			read_mount(df, stage, value);
		free(flag);
	}
}

/* Opens a stage for a FROM; returns what is wrong with it, or NULL. */
static char *
open_stage(struct dockerfile *df, size_t at, size_t *alloc, char escape)
{
	struct stage *stage;
	char *problem;

	if (df->nr_stages == *alloc) {
		*alloc = *alloc ? *alloc * 2 : 8;
		df->stages = xreallocarray(df->stages, *alloc, sizeof(*df->stages));
	}
	stage = &df->stages[df->nr_stages++];
	*stage = (struct stage){.line = df->instructions[at].line, .first = at};
	problem = read_from(stage, df->instructions[at].args, escape);
	if (!problem)
		add_dep(stage, find_stage(df, stage->base, df->nr_stages - 1, false));
	return problem;
}

/* Takes instruction number at into its stage; returns what is wrong with it, or NULL. */
static char *
place_instruction(struct dockerfile *df, size_t at, size_t *alloc, char escape)
{
	struct instruction *in = &df->instructions[at];
	struct stage *stage;
	char *problem;

	if (!is_known_word(in->word))
		return xasprintf("unknown instruction: %s", in->word);
	if (str_eq(in->word, "FROM")) {
		problem = open_stage(df, at, alloc, escape);
		if (problem)
			return problem;
	} else if (!df->nr_stages) {
		return str_eq(in->word, "ARG") ? NULL
					       : xstrdup("no build stage in current context");
	}
	in->stage = (int)df->nr_stages - 1;
	stage = &df->stages[in->stage];
	stage->nr++;
	read_flags(df, stage, in, escape);
	return NULL;
}

static char *
read_instructions(struct dockerfile *df, struct scanner *sc)
{
	size_t alloc = 0, alloc_stages = 0;
	struct instruction in = {.stage = -1};
	char *problem, *with_line;

	while (next_instruction(sc, &in)) {
		if (df->nr_instructions == alloc) {
			alloc = alloc ? alloc * 2 : 32;
			df->instructions = xreallocarray(
				df->instructions, alloc, sizeof(*df->instructions));
		}
		df->instructions[df->nr_instructions++] = in;
		problem = place_instruction(df, df->nr_instructions - 1, &alloc_stages, sc->escape);
		if (problem) {
			with_line = xasprintf("line %u: %s", in.line, problem);
			free(problem);
			return with_line;
		}
	}
	if (!df->nr_instructions)
		return xstrdup("file with no instructions");
	return df->nr_stages ? NULL : xstrdup("no build stage");
}

bool
dockerfile_parse(struct dockerfile *df, const char *text, size_t len)
{
	struct scanner sc = {.text = text, .len = len, .escape = '\\'};
	char *problem;

	*df = (struct dockerfile){.problem = NULL};
	problem = memchr(text, '\0', len) ? xstrdup("it holds a NUL byte")
					  : read_instructions(df, &sc);
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
	return df->instructions[instruction].start;
}
