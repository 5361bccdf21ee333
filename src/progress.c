#include "progress.h"

#include <stdio.h>
#include <string.h>

#include "cursor.h"

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

static void
vertex_line(struct progress *p, const struct vertex *v)
{
	bool cached = v->kind == VERTEX_CACHED;

	if (v->kind == VERTEX_STEP && vertex_is_of(v, p->stage))
		add_to(p->mine, v->number);
	if (v->kind == VERTEX_STEP && v->copies)
		add_to(p->copies, v->number);
	if (!is_set(p->mine, v->number) || is_set(p->ended, v->number))
		return;
	if (v->kind == VERTEX_FETCHING)
		add_to(p->pulled, v->number);
	if (!cached && v->kind != VERTEX_DONE)
		return;
	add_to(p->ended, v->number);
	cached |= is_set(p->pulled, v->number);
	if (!cached && p->cached == p->steps)
		p->missed = !is_set(p->copies, v->number);
	p->steps++;
	p->cached += cached;
}

/* Whether it is that instruction, as it is written in the file. */
static bool
is_word(struct cursor t, const char *word)
{
	size_t n = strlen(word), i;

	for (i = 0; i < n; i++) {
		if (i >= t.len || to_lower(t.p[i]) != word[i])
			return false;
	}
	return t.len > n && is_blank(t.p[n]);
}

/* "Step 3/9 : RUN make" */
static void
step_line(struct progress *p, struct cursor t)
{
	unsigned n;
	bool from;

	if (!cursor_number(&t, &n) || !cursor_skip(&t, "/") || !cursor_number(&t, &n) ||
		!cursor_skip(&t, " : "))
		return;
	from = is_word(t, "from");
	p->is_run = is_word(t, "run");
	p->at += from;
	p->runs = false;
	p->has_run &= !from;
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

int
progress_cut(struct progress *p)
{
	/* steps print what they like: "Step 9/9 : FROM" too, so there may seem to be more stages */
	if (p->at < 0 || (size_t)p->at >= p->nr_images)
		return -1;
	if (p->has_run && p->images[p->at].id[0])
		return p->at;
	p->images[p->at].id[0] = '\0';
	return -1;
}

/* " ---> 0123456789ab" */
static void
image_line(struct progress *p, struct cursor t)
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
	p->has_run |= p->runs;
}

void
progress_line(struct progress *p, const char *line, size_t len)
{
	struct cursor t = {line, len};
	struct vertex vertex;

	if (vertex_read(&vertex, line, len)) {
		vertex_line(p, &vertex);
		return;
	}
	if (cursor_skip(&t, "Step ")) {
		step_line(p, t);
	} else if (p->in_step && cursor_skip(&t, " ---> Using cache")) {
		p->cached++;
		p->in_step = false;
	} else if (cursor_skip(&t, " ---> Running in ")) {
		p->runs = p->is_run; /* others have a container too */
	} else if (cursor_skip(&t, " ---> ")) {
		image_line(p, t);
	}
}
