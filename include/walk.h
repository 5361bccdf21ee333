/*
 * walk: how far a plan has been carried out: the state of each step, and what follows from the
 * step's edges and bits for the others; pure. The executor, which runs them, sets what came of
 * those that it ran.
 *
 * Memory is taken at init; nothing else here allocates.
 */
#ifndef WALK_H
#define WALK_H

#include "plan.h"

enum step_state {
	STATE_WAITING, /* for other steps */
	STATE_READY,   /* to be run */
	STATE_RUNNING,
	STATE_RESTING, /* to be tried again later */
	STATE_DONE,    /* from here on: it has ended */
	STATE_SPARED,  /* not run, because the step it stands in for succeeded: counts as done */
	STATE_FAILED,
	STATE_SKIPPED /* not run, because something it needs is not there, or its plan was stopped
		       */
};

enum walk_mode {
	WALK_RUN,
	WALK_DRAIN, /* only cleanup steps start any more */
	WALK_ABORT  /* none does */
};

struct walk_step {
	enum step_state state;
	unsigned tries;     /* how often it has been started */
	bool open;          /* its gate has been opened */
	unsigned part;      /* which of its two commands comes next */
	long long again_at; /* STATE_RESTING: when it is tried again, */
	int status;         /* and how it failed */
};

struct walk {
	const struct plan *plan; /* not owned */
	struct walk_step *steps;
	size_t first_open; /* all steps before it have ended */
	enum walk_mode mode;
};

void walk_init(struct walk *w, const struct plan *plan, enum walk_mode mode);
void walk_release(struct walk *w);

/* Brings the states up to date with what has ended, and with the mode. */
void walk_update(struct walk *w);
bool walk_is_open(const struct walk *w); /* after walk_update: some step has not ended */

/* Whether the step may be tried again later: only if it would be started now. */
bool walk_may_rest(const struct walk *w, size_t step);

/* Opens a step's gate: it need not wait for the end of the step that is its gate. */
void walk_open(struct walk *w, size_t step);
/* Closes it again, for a step that was started too early: it waits once more. False: its gate has
 * ended, so it is too late. */
bool walk_close(struct walk *w, size_t step);

/* Makes resting steps ready whose time has come: whether there were any. Lowers *next (0: never) to
 * when the next one's comes. */
bool walk_wake(struct walk *w, long long now, long long *next);

#endif
