/*
 * slots: the steps that run, each in a slot of its own: which is live, which there is room for, and
 * which are ended early, how and when.
 *
 * Builds and other steps have a share of their own, so that pushes never keep a build waiting. The
 * memory is taken at init.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include "plan.h"
#include "process.h"

struct slot {
	bool used;
	bool live;    /* its output is passed on as it comes; one at a time */
	bool stopped; /* we have ended it early */
	size_t walk, step;
	const struct step *what;
	struct process process;
	bool halted;       /* it was, so that next it is killed */
	long long halt_at; /* when it is ended; 0: it is not */
};

struct slots {
	struct slot *v;
	size_t nr;
	unsigned jobs; /* builds side by side at most, and other steps */
	void (*signal)(const struct process *process, int signal);
};

void slots_init(
	struct slots *s, unsigned jobs, void (*signal)(const struct process *process, int signal));
void slots_release(struct slots *s);

/* How many there are for so many jobs. */
size_t slots_number(unsigned jobs);

/* These return a slot's index, or nr where there is none. */
size_t slots_free_for(const struct slots *s, const struct step *step);
size_t slots_live(const struct slots *s);
size_t slots_next_live(const struct slots *s); /* the first step that may be live */
size_t slots_by_pid(const struct slots *s, pid_t pid);

/* Whether the step in the slot is ended early when its plan is: not pushes, which go on, and not
 * what may start even then. */
bool slots_may_stop(const struct slots *s, size_t slot);

/* Sends a signal, after which the step counts as stopped: to one; to those of a walk that may be
 * stopped; to all. */
void slots_signal(struct slots *s, size_t slot, int number);
void slots_stop_walk(struct slots *s, size_t walk, int number);
void slots_signal_all(struct slots *s, int number);

/* Has a step end by SIGTERM at that time, where it runs, and by SIGKILL if it has not ten seconds
 * later; 0: not any more. */
void slots_halt(struct slots *s, size_t walk, size_t step, long long at);
/* Ends those whose time has come. */
void slots_halt_due(struct slots *s, long long now);
/* Lowers *next (0: never) to when the next one's comes. */
void slots_next_halt(const struct slots *s, long long *next);

#endif
