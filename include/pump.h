/*
 * pump: moves what commands print to where it belongs, without ever being blocked by it.
 *
 * Each running command has a slot. Its output is live: passed on as it comes; or held: kept in the
 * slot's spool until it is shown whole, or dropped. Our own words go the same way, so nothing is
 * written but when the descriptor is ready, at most PIPE_BUF bytes at once, and a reader that stops
 * reading cannot make us deaf to signals. While one of our outputs is not being read, the command
 * that is live on it is not read either, as if it wrote there itself. Output that nobody can take
 * any more (EPIPE, ENOSPC) is dropped, and the command goes on.
 *
 * All memory is taken at init; nothing here fails but opening a slot.
 */
#ifndef PUMP_H
#define PUMP_H

#include <sys/select.h>

#include "process.h"
#include "spool.h"

#define PUMP_LINE 4096 /* bytes of a line that are looked at; the rest of it is only passed on */

/* One of our outputs. */
struct outlet {
	int fd;
	struct spool queue;
	bool broken;   /* nobody takes it any more */
	bool paused;   /* a command draws on the terminal itself */
	bool mid_line; /* what was queued last did not end its line */
	bool status;   /* the terminal shows a line that goes with what comes next */
};

/* One pipe of a command. */
struct channel {
	int fd;         /* -1: closed */
	bool to_stdout; /* live: goes to our standard output; else to standard error */
	bool live;
	char line[PUMP_LINE];
	size_t line_len;
};

struct pump_slot {
	struct channel channels[2];
	struct spool held;
};

/* Who is told of what passes. */
struct pump_events {
	/* A line of output that is not empty, without its end; it need not end in NUL. */
	void (*line)(void *ctx, size_t slot, const char *line, size_t len);
	/* The live output of a slot is about to go on after something else was shown, on a new
	 * line. */
	void (*turn)(void *ctx, size_t slot);
	void *ctx;
};

struct pump {
	struct outlet outlets[2]; /* standard output and error */
	bool one_output; /* both are one file: all goes to the second, so that order is kept */
	struct pump_slot *slots;
	size_t nr_slots;
	size_t last; /* the slot whose live output came last; nr_slots: something else did */
	struct pump_events events;
};

/* out and err are what is written to, for standard output and error; they stay the caller's. tmpdir
 * must outlive the pump. */
void pump_init(
	struct pump *p, size_t nr_slots, const char *tmpdir, bool one_output, int out, int err);
void pump_release(struct pump *p);

void pump_tell(struct pump *p, const struct pump_events *events);

/*
 * Opens the pipes for a command in a slot: one for both of its outputs, or with split one for each.
 * Sets io->out and io->err, which the caller gives to the command and then to pump_started.
 * Returns 0 or an error number, and then there is nothing to close. What the slot held is kept, so
 * that the commands of one step can follow each other.
 */
int pump_open(struct pump *p, size_t slot, bool live, bool split, struct process_io *io);
void pump_started(struct process_io *io);

/* Shows what is held, and from now on passes it on as it comes. */
void pump_go_live(struct pump *p, size_t slot);

/* The command has ended: takes what is still in its pipes, and closes them, whoever else has them.
 */
void pump_end(struct pump *p, size_t slot);

size_t pump_held(
	const struct pump *p, size_t slot, const char **text); /* its first SPOOL_HEAD bytes */
void pump_show(struct pump *p, size_t slot);  /* queues what is held, whole, for standard error */
void pump_clear(struct pump *p, size_t slot); /* forgets it */

/* Queues words of our own for standard error, on a line of their own. */
void pump_say(struct pump *p, const char *text, size_t len);

/* Shows a line on the terminal that standard error is, in place of the last such one, until
 * anything else is shown; len 0: no more. Not behind a line that has not ended, nor while others
 * wait. */
void pump_status(struct pump *p, const char *text, size_t len);

/* While a command draws on the terminal itself, what is queued waits. */
void pump_pause(struct pump *p, bool paused);

/*
 * Sets what there is to wait for; returns select's nfds. After the wait, pump_move moves what can
 * be moved.
 */
int pump_prepare(struct pump *p, fd_set *readable, fd_set *writable);
void pump_move(struct pump *p, const fd_set *readable, const fd_set *writable);

/* Whether everything queued has been written, or nobody takes it. */
bool pump_is_idle(struct pump *p);

#endif
