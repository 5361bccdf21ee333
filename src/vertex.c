#include "vertex.h"

#include <string.h>

/* A cursor in a line. */
struct text {
	const char *p;
	size_t len;
};

static bool
skip(struct text *t, const char *prefix)
{
	size_t n = strlen(prefix);

	if (t->len < n || memcmp(t->p, prefix, n) != 0)
		return false;
	t->p += n;
	t->len -= n;
	return true;
}

static bool
skip_number(struct text *t, unsigned *number)
{
	size_t n = 0;

	*number = 0;
	while (n < t->len && n < 9 && is_digit(t->p[n]))
		*number = *number * 10 + (unsigned)(t->p[n++] - '0');
	t->p += n;
	t->len -= n;
	return n > 0;
}

/* Where the last word of a text of len bytes starts. */
static size_t
last_word(const char *text, size_t len)
{
	while (len && text[len - 1] != ' ')
		len--;
	return len;
}

/*
 * "[NAME  2/11] ", or "[2/4] " in a file with one stage, with a platform before where there are
 * several.
 */
static bool
skip_label(struct text *t, struct vertex *v)
{
	const char *end = memchr(t->p, ']', t->len);
	struct text count;
	size_t len, start;

	if (!end || !skip(t, "["))
		return false;
	len = (size_t)(end - t->p);
	start = last_word(t->p, len);
	count = (struct text){t->p + start, len - start};
	if (!skip_number(&count, &v->at) || !skip(&count, "/") || !skip_number(&count, &v->of) ||
		count.len)
		return false;
	while (start && t->p[start - 1] == ' ')
		start--;
	v->stage = t->p + last_word(t->p, start);
	v->stage_len = (size_t)(t->p + start - v->stage);
	/* a platform has a slash, which a stage's name cannot have */
	if (v->stage_len && memchr(v->stage, '/', v->stage_len))
		v->stage_len = 0;
	t->p += len;
	t->len -= len;
	return skip(t, "] ");
}

/* "sha256:... 101B / 101B 0.0s done"; the digest alone is what 20.10 says of every vertex. */
static bool
is_fetching(struct text t)
{
	if (skip(&t, "sha256:"))
		return memchr(t.p, ' ', t.len) != NULL;
	return skip(&t, "extracting ") || skip(&t, "pulling ");
}

/* "0.512 ...": the seconds since it was started */
static bool
is_log(struct text t)
{
	unsigned n;

	return skip_number(&t, &n) && skip(&t, ".") && skip_number(&t, &n) && skip(&t, " ");
}

static enum vertex_kind
kind_of(struct text t, struct vertex *v)
{
	if (t.len && *t.p == '[') {
		if (!skip_label(&t, v) || skip(&t, "FROM "))
			return VERTEX_OTHER;
		v->copies = skip(&t, "COPY ") || skip(&t, "ADD ");
		return VERTEX_STEP;
	}
	if (skip(&t, "CACHED"))
		return VERTEX_CACHED;
	if (skip(&t, "DONE"))
		return VERTEX_DONE;
	if (skip(&t, "ERROR")) {
		skip(&t, ": ");
		v->text = t.p;
		v->len = t.len;
		return VERTEX_ERROR;
	}
	if (skip(&t, "exporting cache"))
		return VERTEX_EXPORT;
	if (is_fetching(t))
		return VERTEX_FETCHING;
	return is_log(t) ? VERTEX_LOG : VERTEX_OTHER;
}

bool
vertex_read(struct vertex *v, const char *line, size_t len)
{
	struct text t = {line, len};

	*v = (struct vertex){.kind = VERTEX_OTHER};
	if (!skip(&t, "#") || !skip_number(&t, &v->number) || !skip(&t, " "))
		return false;
	if (v->number >= VERTEX_MAX)
		return false;
	v->kind = kind_of(t, v);
	return true;
}

bool
vertex_is_of(const struct vertex *v, const char *stage)
{
	return !v->stage_len ||
	       (strlen(stage) == v->stage_len && memcmp(stage, v->stage, v->stage_len) == 0);
}
