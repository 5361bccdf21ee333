#include "progress.h"

#include <stdio.h>
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

/* The number of steps at the end of a label, " 2/11": returns how much of the label is before it
 * and its blanks; len + 1 when there is none. */
static size_t
before_count(const char *label, size_t len)
{
	size_t n = len;

	while (n && is_digit(label[n - 1]))
		n--;
	if (n == len || !n || label[--n] != '/' || !n || !is_digit(label[n - 1]))
		return len + 1;
	while (n && is_digit(label[n - 1]))
		n--;
	while (n && label[n - 1] == ' ')
		n--;
	return n;
}

/*
 * "[NAME  2/11] ", or "[2/4] " in a file with one stage, with a platform before where there are
 * several. True when NAME is the stage, or there is none.
 */
static bool
skip_label(struct text *t, const char *stage)
{
	const char *end = memchr(t->p, ']', t->len);
	size_t len, n, start;

	if (!end || !skip(t, "["))
		return false;
	len = (size_t)(end - t->p);
	n = before_count(t->p, len);
	if (n > len)
		return false;
	for (start = n; start > 0 && t->p[start - 1] != ' ';)
		start--;
	/* a platform has a slash, which a stage's name cannot have */
	if (n > start && !memchr(t->p + start, '/', n - start) &&
		(strlen(stage) != n - start || memcmp(t->p + start, stage, n - start) != 0))
		return false;
	t->p += len;
	t->len -= len;
	return skip(t, "] ");
}

static bool
is_set(const unsigned char *set, unsigned vertex)
{
	return set[vertex / 8] & (1u << vertex % 8);
}

static void
add_to(unsigned char *set, unsigned vertex)
{
	set[vertex / 8] |= (unsigned char)(1u << vertex % 8);
}

/* "sha256:... 101B / 101B 0.0s done"; the digest alone is what 20.10 says of every vertex. */
static bool
is_fetching(struct text t)
{
	if (skip(&t, "sha256:"))
		return memchr(t.p, ' ', t.len) != NULL;
	return skip(&t, "extracting ") || skip(&t, "pulling ");
}

static void
vertex_line(struct progress *p, struct text t, unsigned vertex)
{
	bool cached;

	if (skip_label(&t, p->stage)) {
		if (!skip(&t, "FROM "))
			add_to(p->mine, vertex);
		return;
	}
	if (!is_set(p->mine, vertex) || is_set(p->ended, vertex))
		return;
	if (is_fetching(t))
		add_to(p->pulled, vertex);
	cached = skip(&t, "CACHED");
	if (!cached && !skip(&t, "DONE"))
		return;
	add_to(p->ended, vertex);
	p->steps++;
	p->cached += cached || is_set(p->pulled, vertex);
}

/* A FROM, as it is written in the file. */
static bool
is_from(struct text t)
{
	static const char from[] = "from";
	size_t i;

	for (i = 0; i < 4; i++) {
		if (i >= t.len || to_lower(t.p[i]) != from[i])
			return false;
	}
	return t.len > 4 && is_blank(t.p[4]);
}

/* "Step 3/9 : RUN make" */
static void
step_line(struct progress *p, struct text t)
{
	unsigned n;
	bool from;

	if (!skip_number(&t, &n) || !skip(&t, "/") || !skip_number(&t, &n) || !skip(&t, " : "))
		return;
	from = is_from(t);
	p->at += from;
	p->in_step = !from && p->at >= 0 && p->at == p->index;
	p->steps += p->in_step;
}

void
progress_init(struct progress *p, const char *stage, int index)
{
	*p = (struct progress){.index = index, .at = -1};
	snprintf(p->unnamed, sizeof(p->unnamed), "stage-%d", index);
	p->stage = stage ? stage : p->unnamed;
}

void
progress_keep_images(struct progress *p, struct stage_image *images, size_t nr)
{
	p->images = images;
	p->nr_images = nr;
}

void
progress_drop_last(struct progress *p)
{
	/* steps print what they like: "Step 9/9 : FROM" too, so there may seem to be more stages */
	if (p->at >= 0 && (size_t)p->at < p->nr_images)
		p->images[p->at].id[0] = '\0';
}

/* " ---> 0123456789ab" */
static void
image_line(struct progress *p, struct text t)
{
	size_t i;

	if (p->at < 0 || (size_t)p->at >= p->nr_images || t.len != 12)
		return;
	for (i = 0; i < t.len; i++) {
		if (!is_digit(t.p[i]) && (t.p[i] < 'a' || t.p[i] > 'f'))
			return;
	}
	memcpy(p->images[p->at].id, t.p, t.len);
	p->images[p->at].id[t.len] = '\0';
}

void
progress_line(struct progress *p, const char *line, size_t len)
{
	struct text t = {line, len};
	unsigned vertex;

	if (skip(&t, "#") && skip_number(&t, &vertex) && skip(&t, " ")) {
		if (vertex < PROGRESS_VERTICES)
			vertex_line(p, t, vertex);
		return;
	}
	t = (struct text){line, len};
	if (skip(&t, "Step ")) {
		step_line(p, t);
	} else if (p->in_step && skip(&t, " ---> Using cache")) {
		p->cached++;
		p->in_step = false;
	} else if (skip(&t, " ---> ")) {
		image_line(p, t);
	}
}
