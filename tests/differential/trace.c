#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

#define TAR_BLOCK 512

static int
hex(char c)
{
	const char digits[] = "0123456789abcdef", *at = strchr(digits, to_lower(c));

	return c && at ? (int)(at - digits) : -1;
}

static void
add_decoded(struct strbuf *out, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '%' && i + 2 < len && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
			strbuf_addch(out, (char)(hex(s[i + 1]) * 16 + hex(s[i + 2])));
			i += 2;
		} else {
			strbuf_addch(out, s[i] == '+' ? ' ' : s[i]);
		}
	}
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
sort_from(struct strvec *facts, size_t from)
{
	if (facts->nr > from)
		qsort(facts->v + from, facts->nr - from, sizeof(*facts->v), by_text);
}

/* The text, with ".dockerfile.RANDOM" without what is random. */
static void
add_plain_name(struct strbuf *out, const char *name)
{
	static const char random_name[] = ".dockerfile.";
	const char *at = strstr(name, random_name);

	if (!at) {
		strbuf_addstr(out, name);
		return;
	}
	at += strlen(random_name);
	strbuf_add(out, name, (size_t)(at - name));
	strbuf_addstr(out, at + strspn(at, "0123456789abcdef"));
}

/* The sources of a cachefrom parameter, a JSON list, that are not ours. */
static void
add_sources(struct strvec *facts, const char *list, const char *ours)
{
	struct json rest = json_inside((struct json){list, strlen(list)}), name, item;
	struct strbuf source;

	strbuf_init(&source);
	while (json_next(&rest, &name, &item)) {
		strbuf_reset(&source);
		json_text(item, &source);
		if (!str_skip_prefix(source.buf, ours))
			strvec_pushf(facts, "query: cachefrom %s", source.buf);
	}
	strbuf_release(&source);
}

/* One parameter of the query, decoded. */
static void
add_parameter(struct strvec *facts, const char *parameter, bool no_cache, const char *ours)
{
	const char *value = str_skip_prefix(parameter, "cachefrom=");
	struct strbuf fact;

	if (value && no_cache)
		return;
	if (value) {
		add_sources(facts, value, ours);
		return;
	}
	strbuf_init(&fact);
	strbuf_addstr(&fact, "query: ");
	add_plain_name(&fact, parameter);
	if (str_skip_prefix(parameter, "t="))
		strvec_push_new(facts, fact.buf);
	else
		strvec_push(facts, fact.buf);
	strbuf_release(&fact);
}

static void
add_query(struct strvec *facts, const struct strbuf *query, const char *ours)
{
	bool no_cache = strstr(query->buf, "nocache=1") != NULL;
	const char *p = query->buf;
	struct strbuf parameter;

	strbuf_init(&parameter);
	while (*p) {
		size_t len = strcspn(p, "&");

		strbuf_reset(&parameter);
		add_decoded(&parameter, p, len);
		add_parameter(facts, parameter.buf, no_cache, ours);
		p += len + (p[len] == '&');
	}
	strbuf_release(&parameter);
}

/* The images to be named, each once. */
static void
add_names(struct strvec *facts, const char *names)
{
	while (*names) {
		size_t len = strcspn(names, ",");
		char *name = xasprintf("attribute: name %.*s", (int)len, names);

		strvec_push_new(facts, name);
		free(name);
		names += len + (names[len] == ',');
	}
}

/* The sources of a list of cache imports that are not ours. */
static void
add_imports(struct strvec *facts, const char *list, const char *ours)
{
	struct json rest = json_inside((struct json){list, strlen(list)}), name, item;

	while (json_next(&rest, &name, &item)) {
		char *import = xstrndup(item.p, item.len);

		if (!strstr(import, ours))
			strvec_pushf(facts, "attribute: cache import %s", import);
		free(import);
	}
}

/* What BuildKit was told; it comes in any order, but for the names. */
static void
add_attributes(struct strvec *facts, const struct strvec *attributes, const char *ours)
{
	bool no_cache = strvec_has(attributes, "no-cache=");
	size_t from = facts->nr, i;

	for (i = 0; i < attributes->nr; i++) {
		const char *text = attributes->v[i],
			   *imports = str_skip_prefix(text, "cache-imports=");

		if (imports && !no_cache)
			add_imports(facts, imports, ours);
		else if (!imports && !str_skip_prefix(text, "name=") &&
			 !str_eq(text, "build-arg:BUILDKIT_INLINE_CACHE=1"))
			strvec_pushf(facts, "attribute: %s", text);
	}
	sort_from(facts, from);
	for (i = 0; i < attributes->nr; i++) {
		if (str_skip_prefix(attributes->v[i], "name="))
			add_names(facts, attributes->v[i] + strlen("name="));
	}
}

/* The names in a tar archive; of a compressed one, that it is one. */
static void
add_context(struct strvec *facts, const struct strbuf *tar)
{
	size_t at = 0;

	if (tar->len > 2 && memcmp(tar->buf, "\x1f\x8b", 2) == 0) {
		strvec_push(facts, "context: compressed");
		return;
	}
	while (at + TAR_BLOCK <= tar->len && tar->buf[at]) {
		const char *head = tar->buf + at;
		size_t size = strtoul(head + 124, NULL, 8);
		char *name = xstrndup(head, strnlen(head, 100));
		struct strbuf fact;

		strbuf_init(&fact);
		strbuf_addstr(&fact, "context: ");
		add_plain_name(&fact, name);
		strvec_take(facts, strbuf_detach(&fact));
		free(name);
		at += TAR_BLOCK * (1 + (size + TAR_BLOCK - 1) / TAR_BLOCK);
	}
}

/* Progress depends on time, and of a crash only its first line counts. */
static void
add_said(struct strvec *facts, const char *text)
{
	static const char unknown[] = "unknown shorthand flag: '", temporary_name[] = "/.tmp-";
	bool crashed = false;

	while (*text && !crashed) {
		size_t len = strcspn(text, "\r\n");
		char *line = xstrndup(text, len), *rest = strstr(line, "' in -");
		char *temporary = strstr(line, temporary_name);

		if (rest && strstr(line, unknown))
			rest[1] = '\0';
		if (temporary)
			temporary[strlen(temporary_name)] = '\0';
		if (len && line[0] != '#')
			strvec_pushf(facts, "stderr: %s", line);
		crashed = str_skip_prefix(line, "panic: ") != NULL;
		free(line);
		text += len + (text[len] != '\0');
	}
}

void
trace_add(struct strbuf *out, const struct result *result, const struct fake_engine *engine,
	const char *ours)
{
	struct strvec facts;
	size_t i, at;

	strvec_init(&facts);
	strvec_pushf(&facts, "status: %d%s", result->status, result->timed_out ? ", ended" : "");
	add_said(&facts, result->err.buf);
	for (i = 0; i < result->left.nr; i++)
		strvec_pushf(&facts, "left: %s", result->left.v[i]);
	strvec_pushf(&facts, "builds: %u", engine->builds);
	add_query(&facts, &engine->query, ours);
	add_attributes(&facts, &engine->attributes, ours);
	at = facts.nr;
	add_context(&facts, &engine->context);
	sort_from(&facts, at);
	for (i = 0; i < facts.nr; i++)
		strbuf_addf(out, "%s\n", facts.v[i]);
	strvec_release(&facts);
}
