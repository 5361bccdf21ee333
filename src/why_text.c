#include "why_text.h"

#include <string.h>

bool
span_same(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || memcmp(a.p, b.p, a.len) == 0);
}

bool
span_is(struct span span, const char *text)
{
	return span_same(span, (struct span){text, strlen(text)});
}

static bool
in_name(char c)
{
	return is_alnum(c) || c == '_';
}

/*
 * "COPY a b # buildkit"; the legacy builder: "/bin/sh -c #(nop)  ENV A=1", with another shell where
 * the file has one; its RUN is the command alone.
 */
struct said
why_said(const struct why_entry *entry)
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
bool
why_matters(const struct why_entry *entry)
{
	static const char *const words[] = {"RUN", "COPY", "ADD", "ENV", "WORKDIR", "USER"};
	struct said said = why_said(entry);
	size_t i;

	for (i = 0; entry->buildkit && i < ARRAY_SIZE(words); i++) {
		if (span_is(said.word, words[i]))
			return true;
	}
	return !entry->buildkit;
}

bool
why_copies(const struct why_entry *entry)
{
	struct said said = why_said(entry);

	return span_is(said.word, "COPY") || span_is(said.word, "ADD");
}

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

struct run
why_run(const char *rest, const struct strvec *names)
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

bool
why_value(struct span args, const char *name, const struct strvec *names, struct span *value)
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

struct span
why_argument(const char *text)
{
	struct span name = {text, 0};

	while (in_name(text[name.len]))
		name.len++;
	if (text[name.len] && text[name.len] != '=' && text[name.len] != ' ')
		name.len = 0;
	return name;
}

bool
why_uses(const char *text, const char *name)
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
