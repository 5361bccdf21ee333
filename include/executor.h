/*
 * executor: walks plans. It starts each step when what it waits for has ended, as many side by side
 * as there are slots, takes up how it ended, and decides from the step's edges and bits what that
 * means for the others. It knows no argument vectors and has no words of its own: it tells what
 * happens through callbacks.
 *
 * Builds that are cleanup steps take turns: they store what is built, and others matter more.
 *
 * One step at a time is live: its output is passed on as it comes. The others' is held and shown
 * whole when they end (a probe's is not shown).
 *
 * When a step that is not optional fails, its plan is stopped: what is running of it gets SIGTERM,
 * and from then on only cleanup steps start. When a signal comes the same happens to all plans,
 * with that signal. Not stopped are pushes, and cleanup steps. A step that waits to be tried again
 * and may not start any more has failed; so has one that was stopped between its two commands. The
 * same signal once more ends everything: SIGTERM for all, a second later SIGKILL; once more,
 * SIGKILL at once. So does the end of the grace, which begins with the first signal; a different
 * signal is passed on and does not shorten it. What one process sends twice within a quarter of a
 * second is one signal.
 *
 * Memory is taken when a plan is added; a run allocates nothing.
 */
#ifndef EXECUTOR_H
#define EXECUTOR_H

#include "plan.h"
#include "pump.h"
#include "signals.h"
#include "slots.h"
#include "walk.h"

/* What the executor needs of the system; tests put their own here. */
struct executor_system {
	int (*spawn)(struct process *process, char *const argv[], char *const env[],
		const struct process_io *io, bool own_group);
	bool (*reap)(struct process_end *end);
	void (*signal)(const struct process *process, int signal);
	int (*wait)(int nfds, fd_set *readable, fd_set *writable, long milliseconds);
	bool (*child)(void);
	bool (*take)(struct sigwatch_signal *signal);
	long long (*now)(void);
};
extern const struct executor_system executor_real_system;

/* How a step ended, for a callback. */
struct outcome {
	size_t walk, step;
	int status;       /* 0: it succeeded; else as in struct process_end */
	int signal;       /* it died of this signal; 0: none */
	int spawn_error;  /* it could not be started: this error number; 0: it could */
	bool stopped;     /* we had stopped it, so its failure means nothing */
	unsigned tries;   /* how often it has been run by now, at least 1 */
	const char *text; /* the start of what it printed, where that was held */
	size_t len;
};

#define EXECUTOR_NOT_AGAIN (-1)
#define EXECUTOR_CLOSED    (-2)
#define EXECUTOR_REJECTED  (-3)
#define EXECUTOR_ACCEPTED  (-4)

struct executor_events {
	/* The step is about to run, live or not. */
	void (*starting)(void *ctx, size_t walk, size_t step, bool live);
	/* Its output is about to be shown (there may be none), or, live, to go on after something
	 * else was. False: do not show what was held of it. */
	bool (*showing)(void *ctx, size_t walk, size_t step);
	void (*line)(void *ctx, size_t walk, size_t step, const char *line, size_t len);
	/* It is going to wait, and no command draws on the terminal; NULL: not of interest. Returns
	 * in how many milliseconds it is to be told again at the latest, or -1. */
	long (*waiting)(void *ctx);
	/* The first signal came, and what is running is being stopped. */
	void (*signalled)(void *ctx, int signal);
	/* It ended. Returns after how many milliseconds to try it again; EXECUTOR_NOT_AGAIN;
	 * EXECUTOR_CLOSED: it waits for its gate to be opened once more; EXECUTOR_REJECTED: it has
	 * failed, though it ended well; or EXECUTOR_ACCEPTED: it has done what it was for, though
	 * it did not. */
	long (*ended)(void *ctx, const struct outcome *outcome);
	void *ctx;
};

struct executor_config {
	const struct executor_system *system;
	struct pump *pump; /* with executor_slots(jobs) slots */
	unsigned jobs;     /* builds side by side at most, and other steps */
	char *const *env;  /* of all commands */
	long grace; /* milliseconds from the first signal on in which cleanup steps may still run;
		       0: as long as they like */
	bool terminal; /* a live build draws on the terminal itself, and its lines are not told; but
			  for STEP_READ */
	bool in_group; /* a live step stays in our process group, to be able to read the terminal */
	int null_fd;   /* /dev/null, for reading */
	/* A descriptor for what a step reads whose input is not INPUT_NONE, which the executor
	 * closes; -1: errno says why there is none. */
	int (*open_input)(void *ctx, const struct step *step);
	void *input_ctx;
};

struct executor;

size_t executor_slots(unsigned jobs);

/* Released with executor_release; config and what it points to must outlive it. */
struct executor *executor_new(
	const struct executor_config *config, const struct executor_events *events);
void executor_release(struct executor *x);

/* Adds a plan, which must outlive the executor; returns its number, the "walk". */
size_t executor_add(struct executor *x, const struct plan *plan);

/* Gives the commands started from now on another environment. */
void executor_set_env(struct executor *x, char *const *env);

/* Runs until every step of every plan added so far has ended. */
void executor_run(struct executor *x);

/* Stops a plan, as when one of its steps fails. */
void executor_stop(struct executor *x, size_t walk);

/* Ends a plan: no step of it starts any more, cleanup steps neither, and what is running of it is
 * halted now. */
void executor_end(struct executor *x, size_t walk);

/* Starts no more of a plan; what runs goes on. */
void executor_close(struct executor *x, size_t walk);

/* Opens the gate of a step. */
void executor_open(struct executor *x, size_t walk, size_t step);

/* Has a running step ended by SIGTERM in so many milliseconds, 0: now; -1: not any more. One that
 * does not end by it is killed ten seconds later. */
void executor_halt(struct executor *x, size_t walk, size_t step, long milliseconds);

enum step_state executor_state(const struct executor *x, size_t walk, size_t step);

/* Milliseconds of its clock. */
long long executor_now(const struct executor *x);

/* Status of the first step that failed and was not optional; 0: none did. */
int executor_status(const struct executor *x);

/* The first signal that came; 0: none. */
int executor_signal(const struct executor *x);

/* Writes what is still queued, but gives up when a signal comes. */
void executor_flush(struct executor *x);

#endif
