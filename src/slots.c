#include "slots.h"

#include <signal.h>
#include <stdlib.h>

#define HALT_KILL 10000 /* milliseconds from SIGTERM to SIGKILL for a step that is ended early */

size_t
slots_number(unsigned jobs)
{
	return 2 * (size_t)jobs;
}

void
slots_init(
	struct slots *s, unsigned jobs, void (*signal)(const struct process *process, int signal))
{
	*s = (struct slots){.nr = slots_number(jobs), .jobs = jobs, .signal = signal};
	s->v = xcalloc(s->nr, sizeof(*s->v));
}

void
slots_release(struct slots *s)
{
	free(s->v);
	s->v = NULL;
}

static bool
is_build(const struct step *step)
{
	return step->kind == STEP_BUILD_STAGE;
}

size_t
slots_live(const struct slots *s)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		if (s->v[i].used && s->v[i].live)
			return i;
	}
	return s->nr;
}

size_t
slots_free_for(const struct slots *s, const struct step *step)
{
	size_t taken = 0, slot = s->nr, i;
	/* what only stores what has been built takes turns: the others matter more */
	bool again = step_is_again(step);

	for (i = 0; i < s->nr; i++) {
		if (!s->v[i].used)
			slot = i;
		else if (is_build(s->v[i].what) == is_build(step))
			taken++;
		if (s->v[i].used && again && step_is_again(s->v[i].what))
			return s->nr;
	}
	if (taken >= s->jobs)
		return s->nr;
	/* the image's own output is never mixed into another's */
	if ((step->flags & STEP_STDOUT) && slots_live(s) < s->nr)
		return s->nr;
	return slot;
}

static bool
is_before(const struct slot *a, const struct slot *b)
{
	return a->walk != b->walk ? a->walk < b->walk : a->step < b->step;
}

size_t
slots_next_live(const struct slots *s)
{
	size_t slot = s->nr, i;

	for (i = 0; i < s->nr; i++) {
		if (s->v[i].used && (s->v[i].what->flags & STEP_LIVE) &&
			(slot == s->nr || is_before(&s->v[i], &s->v[slot])))
			slot = i;
	}
	return slot;
}

size_t
slots_by_pid(const struct slots *s, pid_t pid)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		if (s->v[i].used && s->v[i].process.pid == pid)
			break;
	}
	return i;
}

bool
slots_may_stop(const struct slots *s, size_t slot)
{
	const struct slot *it = &s->v[slot];

	return it->used && it->what->kind != STEP_TAG_PUSH && !(it->what->flags & STEP_CLEANUP);
}

void
slots_signal(struct slots *s, size_t slot, int number)
{
	s->v[slot].stopped = true;
	s->signal(&s->v[slot].process, number);
}

void
slots_stop_walk(struct slots *s, size_t walk, int number)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		if (slots_may_stop(s, i) && s->v[i].walk == walk)
			slots_signal(s, i, number);
	}
}

void
slots_signal_all(struct slots *s, int number)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		if (s->v[i].used)
			slots_signal(s, i, number);
	}
}

void
slots_halt(struct slots *s, size_t walk, size_t step, long long at)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		if (s->v[i].used && !s->v[i].halted && s->v[i].walk == walk && s->v[i].step == step)
			s->v[i].halt_at = at;
	}
}

void
slots_halt_due(struct slots *s, long long now)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		if (!s->v[i].used || !s->v[i].halt_at || s->v[i].halt_at > now)
			continue;
		slots_signal(s, i, s->v[i].halted ? SIGKILL : SIGTERM);
		s->v[i].halt_at = s->v[i].halted ? 0 : now + HALT_KILL;
		s->v[i].halted = true;
	}
}

void
slots_next_halt(const struct slots *s, long long *next)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		long long at = s->v[i].used ? s->v[i].halt_at : 0;

		if (at && (!*next || at < *next))
			*next = at;
	}
}
