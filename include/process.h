/*
 * process: starts a command, and takes up how it ended. The only file with <spawn.h> and
 * <sys/wait.h>. No shell is involved: argv goes to the program as it is.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include "util.h"

struct process {
	pid_t pid;
	bool own_group; /* it leads a process group of its own */
};

/* What the command gets as its descriptors 0, 1 and 2. They stay open here. */
struct process_io {
	int in, out, err;
};

/*
 * Starts argv[0], looked for on PATH, with the signal mask and the dispositions this program was
 * started with. Returns 0, or the error number: ENOENT (no such program), EACCES, E2BIG, EAGAIN...
 * (posix_spawnp returns it, and with some C libraries reports a missing program as exit status 127
 * instead.) Descriptors above 2 that are close-on-exec are not inherited.
 */
int process_spawn(struct process *process, char *const argv[], char *const env[],
	const struct process_io *io, bool own_group);

/* How a process ended. */
struct process_end {
	pid_t pid;
	int status; /* 0 to 255, as a shell has it: 128+n for one that died of signal n */
	int signal; /* it died of this signal; 0: it exited */
};

/*
 * Takes up one child that has ended, any: as process 1 of a container we get children that are not
 * ours, and they have to be reaped too. False: none has.
 */
bool process_reap(struct process_end *end);

/* Sends a signal to the process, and to its whole group where that is its own. */
void process_signal(const struct process *process, int signal);

/* The exit status for an error number of process_spawn: 127 for what is not there, else 126. */
int process_spawn_status(int error);

#endif
