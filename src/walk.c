#include "walk.h"

#include <stdlib.h>

void
walk_init(struct walk *w, const struct plan *plan, enum walk_mode mode)
{
	*w = (struct walk){.plan = plan, .mode = mode};
	w->steps = xcalloc(plan->nr, sizeof(*w->steps));
}

void
walk_release(struct walk *w)
{
	free(w->steps);
	w->steps = NULL;
}

static bool
has_ended(enum step_state state)
{
	return state >= STATE_DONE;
}

static bool
has_succeeded(enum step_state state)
{
	return state == STATE_DONE || state == STATE_SPARED;
}

static bool
may_start(const struct walk *w, const struct step *step)
{
	return w->mode == WALK_RUN || (w->mode == WALK_DRAIN && (step->flags & STEP_CLEANUP));
}

/* Whether what the step waits for has ended. */
static bool
is_free(const struct walk *w, const struct step *step)
{
	size_t i;

	for (i = 0; i < step->needs.nr; i++) {
		if (!has_ended(w->steps[step->needs.v[i]].state))
			return false;
	}
	for (i = 0; i < step->after.nr; i++) {
		if (!has_ended(w->steps[step->after.v[i]].state))
			return false;
	}
	if (step->gate != STEP_NONE && !w->steps[step - w->plan->steps].open &&
		!has_ended(w->steps[step->gate].state))
		return false;
	return step->instead_of == STEP_NONE || has_ended(w->steps[step->instead_of].state);
}

/* What becomes of a step once what it waits for has ended. */
static enum step_state
resolve(const struct walk *w, const struct step *step)
{
	enum step_state other;
	size_t i;

	if (!may_start(w, step))
		return STATE_SKIPPED;
	if (step->gate != STEP_NONE && !w->steps[step - w->plan->steps].open)
		return STATE_SKIPPED;
	for (i = 0; i < step->needs.nr; i++) {
		if (!has_succeeded(w->steps[step->needs.v[i]].state))
			return STATE_SKIPPED;
	}
	if (step->instead_of == STEP_NONE)
		return STATE_READY;
	other = w->steps[step->instead_of].state;
	if (has_succeeded(other))
		return STATE_SPARED;
	return other == STATE_SKIPPED ? STATE_SKIPPED : STATE_READY;
}

void
walk_update(struct walk *w)
{
	size_t i;

	/* edges point backwards, so that one pass is enough */
	for (i = w->first_open; i < w->plan->nr; i++) {
		const struct step *step = &w->plan->steps[i];
		enum step_state *state = &w->steps[i].state;

		/* what is ready is looked at again: there may be a reason not to start it now */
		if (*state == STATE_READY || (*state == STATE_WAITING && is_free(w, step)))
			*state = resolve(w, step);
		if (has_ended(*state) && i == w->first_open)
			w->first_open++;
	}
}

bool
walk_is_open(const struct walk *w)
{
	return w->first_open < w->plan->nr;
}

bool
walk_may_rest(const struct walk *w, size_t step)
{
	return may_start(w, &w->plan->steps[step]);
}

void
walk_open(struct walk *w, size_t step)
{
	w->steps[step].open = true;
}

bool
walk_close(struct walk *w, size_t step)
{
	size_t gate = w->plan->steps[step].gate;

	if (gate == STEP_NONE || has_ended(w->steps[gate].state))
		return false;
	w->steps[step].open = false;
	w->steps[step].state = STATE_WAITING;
	return true;
}

bool
walk_wake(struct walk *w, long long now, long long *next)
{
	bool woken = false;
	size_t i;

	for (i = w->first_open; i < w->plan->nr; i++) {
		struct walk_step *step = &w->steps[i];

		if (step->state != STATE_RESTING)
			continue;
		if (step->again_at <= now) {
			step->state = STATE_READY;
			woken = true;
		} else if (!*next || step->again_at < *next) {
			*next = step->again_at;
		}
	}
	return woken;
}
