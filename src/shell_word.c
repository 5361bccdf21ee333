#include "shell_word.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX   32
#define OUT_MAX     65536 /* variables made of variables could double without end */
#define PATTERN_MAX 256   /* bytes a pattern is tried on: time grows with their third power */

struct lexer {
	const struct shell_rules *rules;
	const char *p;
	bool raw_escapes;
	/* The word being made. Reading what stands in a ${} empties it, which loses the start of
	 * the word around that; it is so in BuildKit. */
	struct strbuf word;
	unsigned depth;
	enum shell_result result;
};

/* Where words go while they are made. */
struct splitter {
	struct strbuf *word;
	struct strvec *words; /* NULL: they are not wanted */
	bool in_word;
};

static bool read_until(
	struct lexer *x, char stop, bool raw_escapes, struct strbuf *out, struct strvec *words);

static bool
fail(struct lexer *x, enum shell_result why)
{
	if (x->result == SHELL_OK)
		x->result = why;
	return false;
}

static void
end_word(struct splitter *s)
{
	if (!s->word->len)
		return;
	if (s->words)
		strvec_push(s->words, s->word->buf);
	strbuf_reset(s->word);
	s->in_word = false;
}

static void
add_raw(struct splitter *s, const char *text, size_t len)
{
	strbuf_add(s->word, text, len);
	s->in_word = true;
}

/* Adds text that is split at its white space. */
static void
add_split(struct splitter *s, const char *text, size_t len)
{
	size_t i = 0, n;

	while (i < len) {
		n = white_space(text + i, len - i);
		if (n && s->in_word)
			end_word(s);
		else if (!n)
			add_raw(s, text + i, 1);
		i += n ? n : 1;
	}
}

/* 'text': as it is */
static bool
read_single_quotes(struct lexer *x, struct strbuf *out)
{
	const char *end = strchr(x->p + 1, '\'');

	if (!end)
		return fail(x, SHELL_ERROR);
	if (x->rules->raw_quotes)
		strbuf_add(out, x->p, (size_t)(end + 1 - x->p));
	else
		strbuf_add(out, x->p + 1, (size_t)(end - x->p - 1));
	x->p = end + 1;
	return true;
}

/* x, 12, or one of the special parameters: the name at p, which may be empty. */
static size_t
name_length(const char *p)
{
	size_t n = 0;

	if (is_digit(*p)) {
		while (is_digit(p[n]))
			n++;
	} else if (*p && strchr("@*#?-$!", *p)) {
		n = 1;
	} else {
		/* bytes beyond ASCII may be letters there; no variable is called so */
		while (is_alnum(p[n]) || p[n] == '_' || (unsigned char)p[n] >= 0x80)
			n++;
	}
	return n;
}

/* ${NAME, then an operator and up to two texts, then } */
struct substitution {
	char *name;
	const char *value;   /* NULL: not set */
	char op;             /* '}': none */
	bool null_is_unset;  /* a colon before the operator */
	bool all;            /* // */
	struct strbuf word;  /* behind the operator */
	struct strbuf other; /* behind the second slash */
};

/* Whether the pattern (* any text, ? any character, \ before these) matches exactly len bytes of
 * text. Bytes: a ? stands for one byte of a longer character. */
static bool
glob_matches(const char *pattern, const char *text, size_t len)
{
	const char *star = NULL, *end = text + len, *from = text;

	while (text < end || *pattern) {
		const char *literal = pattern + (*pattern == '\\' && pattern[1]);

		if (*pattern == '*') {
			star = ++pattern;
			from = text;
		} else if (text < end && *pattern && (*pattern == '?' || *literal == *text)) {
			pattern = literal + 1;
			text++;
		} else if (star && from < end) {
			pattern = star;
			text = ++from;
		} else {
			return false;
		}
	}
	return true;
}

/* How many bytes at the start of text the pattern matches, the fewest or the most; SIZE_MAX: it
 * does not. */
static size_t
match_start(const char *pattern, const char *text, bool greedy)
{
	size_t len = strlen(text), i;

	for (i = 0; i <= len; i++) {
		size_t n = greedy ? len - i : i;

		if (glob_matches(pattern, text, n))
			return n;
	}
	return SIZE_MAX;
}

/* ${x#pattern}, ${x##pattern} */
static void
trim_start(const char *value, const char *pattern, bool greedy, struct strbuf *out)
{
	size_t n = match_start(pattern, value, greedy);

	strbuf_addstr(out, value + (n == SIZE_MAX ? 0 : n));
}

/* ${x%pattern}, ${x%%pattern} */
static void
trim_end(const char *value, const char *pattern, bool greedy, struct strbuf *out)
{
	size_t len = strlen(value), i;

	for (i = 0; i <= len; i++) {
		size_t at = greedy ? i : len - i;

		if (glob_matches(pattern, value + at, len - at)) {
			strbuf_add(out, value, at);
			return;
		}
	}
	strbuf_addstr(out, value);
}

/* ${x/pattern/replacement}, ${x//pattern/replacement} */
static void
replace(const char *value, const struct substitution *s, struct strbuf *out)
{
	bool more = true;

	while (*value) {
		size_t n = more ? match_start(s->word.buf, value, true) : SIZE_MAX;

		if (n == SIZE_MAX || n == 0) {
			strbuf_addch(out, *value++);
			continue;
		}
		strbuf_add(out, s->other.buf, s->other.len);
		value += n;
		more = s->all;
	}
}

/* As it stood, for where the variable is not set. */
static void
keep(const struct substitution *s, struct strbuf *out)
{
	strbuf_addf(out, "${%s", s->name);
	if (s->op == '/')
		strbuf_addf(out, "/%s/%s", s->word.buf, s->other.buf);
	else if (s->op != '}')
		strbuf_addf(out, "%s%c%s", s->null_is_unset ? ":" : "", s->op, s->word.buf);
	strbuf_addch(out, '}');
}

/* Adds what the substitution gives. */
static bool
substitute(struct lexer *x, const struct substitution *s, struct strbuf *out)
{
	const char *value = s->value ? s->value : "", *pattern = s->word.buf;
	bool unset = !s->value || (s->null_is_unset && !*value);
	bool greedy = *pattern == s->op;

	if (!s->value && x->rules->keep_unset) {
		keep(s, out);
		return true;
	}
	if (strchr("#%/", s->op) && strlen(value) > PATTERN_MAX)
		return fail(x, SHELL_TOO_DEEP);
	switch (s->op) {
	case '-':
		strbuf_addstr(out, unset ? s->word.buf : value);
		return true;
	case '+':
		strbuf_addstr(out, unset ? "" : s->word.buf);
		return true;
	case '?':
		strbuf_addstr(out, value);
		return unset ? fail(x, SHELL_ERROR) : true;
	case '#':
		trim_start(value, pattern + greedy, greedy, out);
		return true;
	case '%':
		trim_end(value, pattern + greedy, greedy, out);
		return true;
	case '/':
		replace(value, s, out);
		return true;
	default:
		strbuf_addstr(out, value);
		return true;
	}
}

/* Reads from behind the name to behind the brace. */
static bool
read_operator(struct lexer *x, struct substitution *s)
{
	s->op = *x->p;
	if (s->op)
		x->p++;
	if (s->op == ':') {
		s->null_is_unset = true;
		s->op = *x->p;
		if (!s->op || !strchr("+-?", s->op))
			return fail(x, SHELL_ERROR);
		x->p++;
	}
	if (s->op == '}')
		return true;
	if (s->op == '/') {
		s->all = *x->p == '/';
		x->p += s->all;
		return read_until(x, '/', true, &s->word, NULL) &&
		       read_until(x, '}', true, &s->other, NULL);
	}
	if (!s->op || !strchr("+-?#%", s->op))
		return fail(x, SHELL_ERROR);
	return read_until(x, '}', s->op == '#' || s->op == '%', &s->word, NULL);
}

static const char *
variable(const struct lexer *x, const char *name)
{
	const struct lookup *vars = x->rules->vars;

	return vars ? vars->get(vars->ctx, name) : NULL;
}

static bool
read_braces(struct lexer *x, struct strbuf *out)
{
	struct substitution s = {.op = '}'};
	size_t n;
	bool good;

	if (!*x->p || strchr("{}:", *x->p))
		return fail(x, SHELL_ERROR);
	if (x->depth == DEPTH_MAX)
		return fail(x, SHELL_TOO_DEEP);
	x->depth++;
	n = name_length(x->p);
	s.name = xstrndup(x->p, n);
	x->p += n;
	strbuf_init(&s.word);
	strbuf_init(&s.other);
	s.value = variable(x, s.name);
	good = read_operator(x, &s) && substitute(x, &s, out);
	strbuf_release(&s.word);
	strbuf_release(&s.other);
	free(s.name);
	x->depth--;
	return good;
}

static bool
read_dollar(struct lexer *x, struct strbuf *out)
{
	const char *value;
	char *name;
	size_t n;

	if (*++x->p == '{') {
		x->p++;
		return read_braces(x, out);
	}
	n = name_length(x->p);
	name = xstrndup(x->p, n);
	value = n ? variable(x, name) : "$";
	if (!value && x->rules->keep_unset)
		strbuf_addf(out, "$%s", name);
	else if (value)
		strbuf_addstr(out, value);
	free(name);
	x->p += n;
	return true;
}

/* "text": variables count, and the escape character before ", $ and itself */
static bool
read_double_quotes(struct lexer *x, struct strbuf *out)
{
	char escape = x->rules->escape;

	if (x->rules->raw_quotes)
		strbuf_addch(out, '"');
	for (x->p++; *x->p != '"';) {
		if (!*x->p)
			return fail(x, SHELL_ERROR);
		if (*x->p == '$') {
			if (!read_dollar(x, out))
				return false;
			continue;
		}
		if (*x->p == escape) {
			char next = x->p[1];
			bool escapes = next && (next == '"' || next == '$' || next == escape);

			if (x->raw_escapes)
				strbuf_addch(out, escape);
			x->p += escapes || !next;
			if (!next)
				continue;
		}
		strbuf_addch(out, *x->p++);
	}
	if (x->rules->raw_quotes)
		strbuf_addch(out, '"');
	x->p++;
	return true;
}

/* "<<" and the blanks behind it stay with the word that follows: it may be a heredoc's. */
static void
read_less(struct lexer *x, struct strbuf *out)
{
	strbuf_addch(out, *x->p++);
	if (*x->p != '<')
		return;
	do {
		strbuf_addch(out, *x->p++);
	} while (*x->p == ' ' || *x->p == '\t' || *x->p == '\r');
}

/* A character that is not special, or an escaped one. */
static void
read_plain(struct lexer *x, struct splitter *s, struct strbuf *out)
{
	size_t n;

	if (*x->p == x->rules->escape) {
		if (x->raw_escapes) {
			add_raw(s, x->p, 1);
			strbuf_addch(out, *x->p);
		}
		if (!*++x->p)
			return;
		n = white_space(x->p, strlen(x->p));
		n = n ? n : 1;
		add_raw(s, x->p, n);
	} else {
		n = white_space(x->p, strlen(x->p));
		n = n ? n : 1;
		add_split(s, x->p, n);
	}
	strbuf_add(out, x->p, n);
	x->p += n;
}

/* One quoted text, variable or character; adds it to the word and to out. */
static bool
read_next(struct lexer *x, struct splitter *s, struct strbuf *out)
{
	struct strbuf part;
	bool good = true, dollar = *x->p == '$';

	if (!strchr("$<'\"", *x->p)) {
		read_plain(x, s, out);
		return true;
	}
	strbuf_init(&part);
	if (dollar)
		good = read_dollar(x, &part);
	else if (*x->p == '<')
		read_less(x, &part);
	else
		good = *x->p == '"' ? read_double_quotes(x, &part) : read_single_quotes(x, &part);
	if (out->len + part.len > OUT_MAX)
		good = fail(x, SHELL_TOO_DEEP);
	if (good && dollar)
		add_split(s, part.buf, part.len);
	else if (good)
		add_raw(s, part.buf, part.len);
	strbuf_add(out, part.buf, part.len);
	strbuf_release(&part);
	return good;
}

/* Reads to the end, or to behind the stop character, which then must come. */
static bool
read_until(struct lexer *x, char stop, bool raw_escapes, struct strbuf *out, struct strvec *words)
{
	struct splitter s = {.word = &x->word, .words = words};
	bool before = x->raw_escapes, good = true;

	strbuf_reset(&x->word);
	x->raw_escapes = raw_escapes;
	while (good && *x->p && (!stop || *x->p != stop))
		good = read_next(x, &s, out);
	x->raw_escapes = before;
	if (!good)
		return false;
	if (stop && !*x->p)
		return fail(x, SHELL_ERROR);
	x->p += stop != '\0';
	end_word(&s);
	return true;
}

static enum shell_result
run(const struct shell_rules *rules, const char *text, struct strbuf *out, struct strvec *words)
{
	struct lexer x = {.rules = rules, .p = text, .raw_escapes = rules->raw_escapes};

	strbuf_init(&x.word);
	read_until(&x, '\0', rules->raw_escapes, out, words);
	strbuf_release(&x.word);
	return x.result;
}

enum shell_result
shell_expand(const struct shell_rules *rules, const char *text, struct strbuf *out)
{
	struct strbuf result;
	enum shell_result how;

	strbuf_init(&result);
	how = run(rules, text, &result, NULL);
	if (how == SHELL_OK)
		strbuf_add(out, result.buf, result.len);
	strbuf_release(&result);
	return how;
}

enum shell_result
shell_split(const struct shell_rules *rules, const char *text, struct strvec *words)
{
	struct strbuf result;
	struct strvec found;
	enum shell_result how;

	strbuf_init(&result);
	strvec_init(&found);
	how = run(rules, text, &result, &found);
	if (how == SHELL_OK)
		strvec_push_all(words, &found);
	strbuf_release(&result);
	strvec_release(&found);
	return how;
}
