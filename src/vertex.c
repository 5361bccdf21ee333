#include "vertex.h"

#include <limits.h>
#include <string.h>

#include "cursor.h"

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
skip_label(struct cursor *t, struct vertex *v)
{
	const char *end = memchr(t->p, ']', t->len);
	struct cursor count;
	size_t len, start;

	if (!end || !cursor_skip(t, "["))
		return false;
	len = (size_t)(end - t->p);
	start = last_word(t->p, len);
	count = (struct cursor){t->p + start, len - start};
	if (!cursor_number(&count, &v->at) || !cursor_skip(&count, "/") ||
		!cursor_number(&count, &v->of) || count.len)
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
	return cursor_skip(t, "] ");
}

/* "sha256:... 101B / 101B 0.0s done"; the digest alone is what 20.10 says of every vertex. */
static bool
is_fetching(struct cursor t)
{
	if (cursor_skip(&t, "sha256:"))
		return memchr(t.p, ' ', t.len) != NULL;
	return cursor_skip(&t, "extracting ") || cursor_skip(&t, "pulling ");
}

/* "44.04MB": docker's units are of 1000 (go-units HumanSize by way of progressui); 0: it is no
 * size. */
static unsigned
kilobytes_of(struct cursor *t)
{
	unsigned whole, part = 0, start;
	double size;

	if (!cursor_number(t, &whole))
		return 0;
	if (cursor_skip(t, ".")) {
		start = (unsigned)t->len;
		if (!cursor_number(t, &part))
			return 0;
		for (size = part; start > t->len; start--)
			size /= 10;
	} else {
		size = 0;
	}
	size += whole;
	if (cursor_skip(t, "GB"))
		size *= 1e6;
	else if (cursor_skip(t, "MB"))
		size *= 1e3;
	else if (!cursor_skip(t, "kB"))
		return 0;
	return size < UINT_MAX / 2 ? (unsigned)size : 0;
}

/* "sha256:... 44.04MB / 44.04MB 3.9s done" */
static unsigned
fetched_size(struct cursor t)
{
	static const char done[] = " done";
	const size_t n = sizeof(done) - 1;

	if (!cursor_skip(&t, "sha256:") || t.len < n || memcmp(t.p + t.len - n, done, n) != 0)
		return 0;
	while (t.len && !cursor_skip(&t, " / ")) {
		t.p++;
		t.len--;
	}
	return kilobytes_of(&t);
}

/* "0.512 ...": the seconds since it was started */
static bool
is_log(struct cursor t)
{
	unsigned n;

	return cursor_number(&t, &n) && cursor_skip(&t, ".") && cursor_number(&t, &n) &&
	       cursor_skip(&t, " ");
}

/* " 5.6s", rounded by docker; as far as nine digits hold it. */
static unsigned
tenths_of(struct cursor t)
{
	unsigned seconds = 0, tenths = 0;

	if (!cursor_skip(&t, " ") || !cursor_number(&t, &seconds) || !cursor_skip(&t, ".") ||
		!cursor_number(&t, &tenths) || tenths > 9 || seconds > UINT_MAX / 10 - 1)
		return 0;
	return seconds * 10 + tenths;
}

static enum vertex_kind
kind_of(struct cursor t, struct vertex *v)
{
	if (t.len && *t.p == '[') {
		if (!skip_label(&t, v))
			return VERTEX_OTHER;
		if (cursor_skip(&t, "FROM "))
			return VERTEX_FROM;
		v->copies = cursor_skip(&t, "COPY ") || cursor_skip(&t, "ADD ");
		return VERTEX_STEP;
	}
	if (cursor_skip(&t, "CACHED"))
		return VERTEX_CACHED;
	if (cursor_skip(&t, "DONE")) {
		v->tenths = tenths_of(t);
		return VERTEX_DONE;
	}
	if (cursor_skip(&t, "ERROR")) {
		cursor_skip(&t, ": ");
		v->text = t.p;
		v->len = t.len;
		return VERTEX_ERROR;
	}
	if (cursor_skip(&t, "exporting cache"))
		return VERTEX_EXPORT;
	if (cursor_skip(&t, "exporting to "))
		return VERTEX_OUTPUT;
	if (cursor_skip(&t, "pushing manifest for "))
		return VERTEX_PUSHED;
	if (cursor_skip(&t, "importing cache manifest from ")) {
		v->text = t.p;
		v->len = t.len;
		return VERTEX_IMPORT;
	}
	if (is_fetching(t)) {
		v->kilobytes = fetched_size(t);
		return VERTEX_FETCHING;
	}
	return is_log(t) ? VERTEX_LOG : VERTEX_OTHER;
}

bool
vertex_read(struct vertex *v, const char *line, size_t len)
{
	struct cursor t = {line, len};

	*v = (struct vertex){.kind = VERTEX_OTHER};
	if (!cursor_skip(&t, "#") || !cursor_number(&t, &v->number) || !cursor_skip(&t, " "))
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
