#include "dockerfile_lines.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "shell_word.h"

#define LINE_MAX_BYTES 65535 /* docker's, without the line end */

struct span {
	const char *p;
	size_t len;
};

static const char byte_order_mark[] = "\xef\xbb\xbf";

void
line_reader_init(struct line_reader *r, const char *text, size_t len)
{
	*r = (struct line_reader){.text = text, .len = len, .escape = '\\'};
}

void
line_reader_release(struct line_reader *r)
{
	free(r->problem);
	r->problem = NULL;
}

static bool
refuse(struct line_reader *r, char *problem)
{
	free(r->problem);
	r->problem = problem;
	return false;
}

/* The next line without its line end; false at the end of the file, or at a problem. */
static bool
next_line(struct line_reader *r, struct span *line)
{
	const char *p = r->text + r->at, *end;
	size_t left = r->len - r->at, n;

	if (!left || r->problem)
		return false;
	end = memchr(p, '\n', left);
	n = end ? (size_t)(end - p) + 1 : left;
	if (n - (end != NULL) > LINE_MAX_BYTES)
		return refuse(r, xasprintf("line greater than %d bytes", LINE_MAX_BYTES));
	r->at += n;
	*line = (struct span){p, n};
	while (line->len && strchr("\r\n", line->p[line->len - 1]))
		line->len--;
	if (r->line++ == 0 && line->len >= 3 && memcmp(line->p, byte_order_mark, 3) == 0) {
		line->p += 3;
		line->len -= 3;
	}
	return true;
}

static struct span
skip_white(struct span s)
{
	size_t n;

	while ((n = white_space(s.p, s.len))) {
		s.p += n;
		s.len -= n;
	}
	return s;
}

/* How many of the len bytes at p are left without the white space at their end. */
static size_t
trimmed(const char *p, size_t len)
{
	size_t n;

	while (len) {
		/* a character of white space is one to three bytes */
		for (n = 1; n <= 3 && n <= len && white_space(p + len - n, n) != n;)
			n++;
		if (n > 3 || n > len)
			break;
		len -= n;
	}
	return len;
}

/* Finds "KEY = VALUE" behind a comment mark; false: the line is none. */
static bool
split_directive(struct span line, const char *mark, struct span *key, struct span *value)
{
	size_t n = strlen(mark);

	if (line.len < n || memcmp(line.p, mark, n) != 0)
		return false;
	line = skip_white((struct span){line.p + n, line.len - n});
	for (n = 0; n < line.len && is_alnum(line.p[n]);)
		n++;
	if (!n || is_digit(line.p[0]))
		return false;
	*key = (struct span){line.p, n};
	line.p += n;
	line.len -= n;
	while (line.len && is_blank(*line.p) && *line.p != '\v') {
		line.p++;
		line.len--;
	}
	if (!line.len || *line.p != '=')
		return false;
	line.p++;
	line.len--;
	while (line.len && is_blank(*line.p) && *line.p != '\v') {
		line.p++;
		line.len--;
	}
	while (line.len && is_blank(line.p[line.len - 1]) && line.p[line.len - 1] != '\v')
		line.len--;
	*value = line;
	return line.len > 0;
}

static const char *const directives[] = {"syntax", "escape", "check"};

/* Which of the directives a key is, in any case; -1: none. */
static int
which_directive(struct span key)
{
	char *name = xstrndup(key.p, key.len);
	int i, which = -1;

	for (i = 0; i < (int)ARRAY_SIZE(directives); i++) {
		if (str_eq_nocase(name, directives[i]))
			which = i;
	}
	free(name);
	return which;
}

/* Takes up a line that may be a directive: only those at the very start are. False: a problem. */
static bool
read_directive(struct line_reader *r, struct span line)
{
	struct span key, value;
	int which = -1;

	if (r->directives_over)
		return true;
	if (split_directive(line, "#", &key, &value))
		which = which_directive(key);
	if (which < 0) {
		r->directives_over = true;
		return true;
	}
	if (r->directives_seen & 1u << which)
		return refuse(r,
			xasprintf("only one %s parser directive can be used", directives[which]));
	r->directives_seen |= 1u << which;
	if (!str_eq(directives[which], "escape"))
		return true;
	if (value.len != 1 || !strchr("\\`", *value.p))
		return refuse(r, xstrdup("invalid escape token"));
	r->escape = *value.p;
	return true;
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

static void
add_piece(struct line_reader *r, struct span piece, struct strbuf *joined, struct line_span *span)
{
	size_t n = trimmed(piece.p, piece.len);

	if (n)
		span->tail = (size_t)(piece.p + n - r->text);
	strbuf_add(joined, piece.p, piece.len);
}

/* Adds the lines that go on an instruction: comments and empty lines between them do not count. */
static void
read_continuation(struct line_reader *r, struct strbuf *joined, struct line_span *span)
{
	struct span line;
	bool more = true;

	while (more && next_line(r, &line)) {
		struct span rest = skip_white(line);

		if (!rest.len || *rest.p == '#')
			continue;
		more = take_continuation(&line, r->escape);
		add_piece(r, line, joined, span);
	}
}

void
line_span_split(struct line_span *span, const char *text)
{
	struct span line = skip_white((struct span){text, strlen(text)});
	size_t n = 0, i;

	line.len = trimmed(line.p, line.len);
	while (n < line.len && !is_blank(line.p[n]))
		n++;
	span->word = xstrndup(line.p, n);
	for (i = 0; i < n; i++)
		span->word[i] = to_upper(span->word[i]);
	while (n < line.len && is_blank(line.p[n]))
		n++;
	span->args = xstrndup(line.p + n, line.len - n);
}

/* The flags' words are split byte by byte in docker: what is a blank in Latin-1 ends one. */
static bool
is_flag_blank(char c)
{
	return is_blank(c) || (unsigned char)c == 0x85 || (unsigned char)c == 0xa0;
}

char *
take_builder_flag(const char **args, char escape)
{
	const char *p = *args;
	struct strbuf word;
	char quote = '\0';

	while (is_flag_blank(*p))
		p++;
	*args = p;
	if (!str_skip_prefix(p, "--"))
		return NULL;
	strbuf_init(&word);
	for (; *p && (quote || !is_flag_blank(*p)); p++) {
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

/* Whether the text is a JSON array of strings, which is no shell command. */
static bool
is_json_form(const char *args)
{
	struct span text = skip_white((struct span){args, strlen(args)});

	return json_is_strings((struct json){text.p, text.len});
}

/* Whether the instruction can hold heredocs. Of ONBUILD's own instruction the flags count too. */
static bool
can_have_heredocs(const struct line_span *span, char escape)
{
	static const char *const words[] = {"ADD", "COPY", "RUN"};
	const char *args = span->args, *word = span->word;
	char *flag;
	size_t i;

	if (!strstr(args, "<<"))
		return false;
	while ((flag = take_builder_flag(&args, escape)))
		free(flag);
	if (str_eq(word, "ONBUILD")) {
		struct line_span inner;
		bool can;

		line_span_split(&inner, args);
		can = !str_eq(inner.word, "ONBUILD") && can_have_heredocs(&inner, escape);
		free(inner.word);
		free(inner.args);
		return can;
	}
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (str_eq(words[i], word))
			return !is_json_form(args);
	}
	return false;
}

/* A heredoc: what ends it, and whether that may be indented by tabs. */
struct heredoc {
	char *terminator;
	bool chomp;
};

/*
 * Whether a word of the line, its quotes still on, starts a heredoc: N<<WORD or N<<-WORD. False
 * also at a problem. The caller frees the terminator.
 */
static bool
read_heredoc(struct line_reader *r, const char *word, struct heredoc *doc)
{
	const struct shell_rules rules = {.escape = '\\', .keep_unset = true};
	struct strvec words;
	bool good;

	while (is_digit(*word))
		word++;
	word = str_skip_prefix(word, "<<");
	if (!word)
		return false;
	doc->chomp = *word == '-';
	word += doc->chomp;
	while (*word == '\n' || (is_blank(*word) && *word != '\v'))
		word++;
	if (!*word || strchr(word, '<'))
		return false;
	strvec_init(&words);
	good = shell_split(&rules, word, &words) == SHELL_OK;
	if (!good)
		refuse(r, xstrdup("a heredoc's word cannot be read"));
	good = good && words.nr == 1;
	if (good)
		doc->terminator = xstrdup(words.v[0]);
	strvec_release(&words);
	return good;
}

/* Passes over a heredoc's lines, and the one that ends it. */
static void
skip_heredoc(struct line_reader *r, const struct heredoc *doc)
{
	struct span line;
	size_t len = strlen(doc->terminator);

	while (next_line(r, &line)) {
		while (doc->chomp && line.len && *line.p == '\t') {
			line.p++;
			line.len--;
		}
		if (line.len == len && memcmp(line.p, doc->terminator, len) == 0)
			return;
	}
	if (!r->problem)
		refuse(r, xstrdup("unterminated heredoc"));
}

/* Passes over the heredocs that the joined line starts. A line that is no shell words, as one with
 * a lone quote, starts none; one that we gave up to read may. */
static void
skip_heredocs(struct line_reader *r, const char *line)
{
	const struct shell_rules rules = {
		.escape = '\\', .raw_quotes = true, .raw_escapes = true, .keep_unset = true};
	struct strvec words;
	struct heredoc doc;
	size_t i;

	strvec_init(&words);
	if (shell_split(&rules, line, &words) == SHELL_TOO_DEEP)
		refuse(r, xstrdup("a substitution is too deep"));
	for (i = 0; i < words.nr && !r->problem; i++) {
		if (!read_heredoc(r, words.v[i], &doc))
			continue;
		skip_heredoc(r, &doc);
		free(doc.terminator);
	}
	strvec_release(&words);
}

/* Finds the first line of the next instruction, without the white space before it. */
static bool
find_start(struct line_reader *r, struct line_span *span, struct span *line)
{
	for (;;) {
		span->start = r->at;
		if (!next_line(r, line))
			return false;
		*line = skip_white(*line);
		if (!read_directive(r, *line))
			return false;
		if (line->len && *line->p != '#')
			return true;
	}
}

bool
line_reader_next(struct line_reader *r, struct line_span *span)
{
	struct span line;
	struct strbuf joined;
	bool more;

	*span = (struct line_span){.word = NULL};
	if (!find_start(r, span, &line))
		return false;
	span->first = r->line;
	strbuf_init(&joined);
	span->tail = (size_t)(line.p - r->text);
	more = take_continuation(&line, r->escape);
	add_piece(r, line, &joined, span);
	if (more)
		read_continuation(r, &joined, span);
	line_span_split(span, joined.buf);
	if (can_have_heredocs(span, r->escape))
		skip_heredocs(r, joined.buf);
	strbuf_release(&joined);
	span->end = r->at;
	span->last = r->line;
	if (!r->problem)
		return true;
	free(span->word);
	free(span->args);
	return false;
}

/* The value of "MARK syntax=VALUE" among the directives at the start; up to its first blank. */
static char *
syntax_by_mark(const char *text, size_t len, const char *mark)
{
	struct line_reader r;
	struct span line, key, value;
	char *found = NULL;

	line_reader_init(&r, text, len);
	while (!found && next_line(&r, &line) && split_directive(line, mark, &key, &value)) {
		int which = which_directive(key);

		if (which < 0)
			break;
		if (str_eq(directives[which], "syntax")) {
			found = xstrndup(value.p, value.len);
			found[strcspn(found, " ")] = '\0';
		}
	}
	line_reader_release(&r);
	return found;
}

char *
dockerfile_syntax(const char *text, size_t len)
{
	struct strbuf name;
	char *found;

	if (len >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (len >= 2 && memcmp(text, "#!", 2) == 0) {
		const char *end = memchr(text, '\n', len);

		len -= end ? (size_t)(end + 1 - text) : len;
		text = end ? end + 1 : text;
	}
	found = syntax_by_mark(text, len, "#");
	if (!found)
		found = syntax_by_mark(text, len, "//");
	if (found)
		return found;
	strbuf_init(&name);
	if (json_text(json_at((struct json){text, len}, "syntax"), &name) && name.len)
		found = xstrdup(name.buf);
	strbuf_release(&name);
	return found;
}
