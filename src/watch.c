#include "watch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"

void
watch_init(struct watch *w, const struct dockerfile *df, unsigned platforms)
{
	*w = (struct watch){.df = df, .platforms = platforms};
	w->stages = xcalloc(df->nr_stages + 1, sizeof(*w->stages));
	w->stage_of = xcalloc(VERTEX_MAX, sizeof(*w->stage_of));
	w->from_of = xcalloc(VERTEX_MAX, sizeof(*w->from_of));
	w->copies = xcalloc(VERTEX_MAX, sizeof(*w->copies));
	w->at = xcalloc(VERTEX_MAX, sizeof(*w->at));
	w->is_last = xcalloc(VERTEX_MAX, sizeof(*w->is_last));
	w->fetched = xcalloc(VERTEX_MAX, sizeof(*w->fetched));
	w->ended = xcalloc(VERTEX_MAX, sizeof(*w->ended));
}

void
watch_reset(struct watch *w)
{
	memset(w->stages, 0, (w->df->nr_stages + 1) * sizeof(*w->stages));
	memset(w->stage_of, 0, VERTEX_MAX * sizeof(*w->stage_of));
	memset(w->from_of, 0, VERTEX_MAX * sizeof(*w->from_of));
	memset(w->copies, 0, VERTEX_MAX * sizeof(*w->copies));
	memset(w->at, 0, VERTEX_MAX * sizeof(*w->at));
	memset(w->is_last, 0, VERTEX_MAX * sizeof(*w->is_last));
	memset(w->fetched, 0, VERTEX_MAX * sizeof(*w->fetched));
	memset(w->ended, 0, VERTEX_MAX * sizeof(*w->ended));
	w->seen = false;
	w->tenths = 0;
	w->bases = 0;
}

void
watch_release(struct watch *w)
{
	free(w->stages);
	free(w->stage_of);
	free(w->from_of);
	free(w->copies);
	free(w->at);
	free(w->is_last);
	free(w->fetched);
	free(w->ended);
}

/* The stage a step is of, or -1. Of two of one name docker builds the last. */
static int
find_stage(const struct watch *w, const struct vertex *v)
{
	char unnamed[32];
	size_t i;

	for (i = w->df->nr_stages; i-- > 0;) {
		const char *name = w->df->stages[i].name;

		snprintf(unnamed, sizeof(unnamed), "stage-%zu", i);
		if (vertex_is_of(v, name ? name : unnamed))
			return (int)i;
		/* in the copy of the file in which all have a name */
		if (!name && vertex_is_of(v, w->df->stages[i].label))
			return (int)i;
	}
	return -1;
}

static void
end_from(struct watch *w, struct watched *stage, bool fetched)
{
	w->bases += !stage->based || (fetched && !stage->came);
	stage->based = true;
	stage->came |= fetched;
}

static int
end_step(struct watch *w, const struct vertex *v)
{
	int stage = w->stage_of[v->number] - 1;
	struct watched *it;
	bool cached;

	if (w->from_of[v->number])
		end_from(w, &w->stages[w->from_of[v->number] - 1], w->fetched[v->number]);
	/* a hit whose layer is fetched later is told of twice */
	if (stage < 0 || w->ended[v->number])
		return -1;
	it = &w->stages[stage];
	w->ended[v->number] = true;
	cached = v->kind == VERTEX_CACHED || w->fetched[v->number];
	if (!cached && it->cached == it->steps)
		it->missed = !w->copies[v->number];
	it->steps++;
	it->cached += cached;
	if (w->at[v->number] > it->reach)
		it->reach = w->at[v->number];
	if (!cached) {
		it->tenths += v->tenths;
		w->tenths += v->tenths;
		if (!it->ran || w->at[v->number] < it->ran)
			it->ran = w->at[v->number];
	}
	it->last += w->is_last[v->number];
	if (it->finished || it->last < w->platforms)
		return -1;
	it->finished = true;
	return stage;
}

unsigned
watch_ran(const struct watch *w, size_t stage, unsigned vertex)
{
	const struct watched *it = &w->stages[stage];

	if (!it->ran && vertex && w->stage_of[vertex - 1] == stage + 1 && !w->ended[vertex - 1])
		return w->at[vertex - 1];
	return it->ran;
}

bool
watch_missed(const struct watch *w, size_t stage, unsigned vertex)
{
	const struct watched *it = &w->stages[stage];

	if (vertex && w->stage_of[vertex - 1] == stage + 1 && !w->ended[vertex - 1] &&
		it->cached == it->steps)
		return !w->copies[vertex - 1];
	return it->missed;
}

int
watch_line(struct watch *w, const char *line, size_t len)
{
	struct vertex v;
	int stage;

	if (!vertex_read(&v, line, len))
		return -1;
	w->seen = true;
	switch (v.kind) {
	case VERTEX_FROM:
		stage = find_stage(w, &v);
		if (stage >= 0 && stage < USHRT_MAX)
			w->from_of[v.number] = (unsigned short)(stage + 1);
		return -1;
	case VERTEX_STEP:
		stage = w->stage_of[v.number] ? -1 : find_stage(w, &v);
		if (stage >= 0 && stage < USHRT_MAX) {
			w->stage_of[v.number] = (unsigned short)(stage + 1);
			w->is_last[v.number] = v.at == v.of;
			w->copies[v.number] = v.copies;
			w->at[v.number] = v.at < USHRT_MAX ? (unsigned short)v.at : 0;
			w->stages[stage].of = v.of;
		}
		return -1;
	case VERTEX_FETCHING:
		w->fetched[v.number] = true;
		if (w->stage_of[v.number])
			w->stages[w->stage_of[v.number] - 1].kilobytes += v.kilobytes;
		return -1;
	case VERTEX_CACHED:
	case VERTEX_DONE:
		return end_step(w, &v);
	default:
		return -1;
	}
}

/* The legacy builder's " ---> 0123456789ab" and " ---> Running in 0123456789ab"; it says nothing of
 * a COPY that is not cached. */
static bool
runs_container(struct attempt *a, struct cursor t)
{
	if (cursor_skip(&t, " ---> Running in "))
		return true;
	if (*a->goal && cursor_skip(&t, " ---> ") && cursor_skip(&t, a->goal) && !t.len)
		a->reached = true;
	return false;
}

enum attempt_state
attempt_line(struct attempt *a, const char *line, size_t len)
{
	struct vertex v;

	if (runs_container(a, (struct cursor){line, len}))
		return ATTEMPT_OVER;
	if (!vertex_read(&v, line, len))
		return a->doubt ? ATTEMPT_IN_DOUBT : ATTEMPT_GOES_ON;
	/* something else is said, and it still has not been found in a cache */
	if (a->doubt && v.number + 1 != a->doubt)
		return ATTEMPT_OVER;
	if (v.kind == VERTEX_STEP)
		a->doubt = v.number + 1;
	else if (a->doubt && (v.kind == VERTEX_CACHED || v.kind == VERTEX_FETCHING))
		a->doubt = 0;
	else if (a->doubt && a->beside && v.kind == VERTEX_DONE)
		a->doubt = 0;
	else if (a->doubt && v.kind != VERTEX_OTHER && !(a->beside && v.kind == VERTEX_LOG))
		return ATTEMPT_OVER;
	return a->doubt ? ATTEMPT_IN_DOUBT : ATTEMPT_GOES_ON;
}
