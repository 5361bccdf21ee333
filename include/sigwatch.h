/*
 * sigwatch: signals as flags, and the one place where the program waits.
 *
 * SIGINT, SIGTERM, SIGHUP and SIGCHLD are blocked everywhere but inside sigwatch_wait, so that they
 * are seen at one place and nothing else is ever interrupted. A handler only sets a flag. A signal
 * that was ignored when we started (nohup) stays ignored, here and in children; SIGPIPE and SIGXFSZ
 * are ignored here, where writes report their errors, and not in children.
 */
#ifndef SIGWATCH_H
#define SIGWATCH_H

#include <signal.h>
#include <sys/select.h>

#include "util.h"

/* To be called before anything is started, and not again before sigwatch_stop. */
void sigwatch_start(void);

/*
 * From now on the death of our parent counts as SIGTERM: a CI system that ends a job kills the
 * shell that runs us, which passes nothing on. Linux only (prctl(2), PR_SET_PDEATHSIG), by SIGURG,
 * which is ignored where it means nothing. Not where SIGTERM is ignored, nor SIGHUP: what nohup
 * starts is to outlive its shell.
 */
void sigwatch_follow_parent(void);

/*
 * From now on the end of a connection to that socket counts as SIGTERM: so docker, from 25.0 on,
 * tells its plugins that a signal has come, and without a terminal does nothing else (docker/cli
 * cli-plugins/socket). address is as docker writes it: "@" stands for the abstract name space of
 * Linux. False: there is no such socket, or SIGTERM is ignored.
 */
bool sigwatch_follow_socket(const char *address);

/* Makes signals what they were before, so that one ends the program at once; also one that has come
 * since the last wait. */
void sigwatch_stop(void);

/* For a child: the signal mask we were started with, and the signals to be reset to their default.
 */
void sigwatch_inherited(sigset_t *mask, sigset_t *defaults);

/*
 * Waits until a descriptor of the sets (either may be NULL) is ready, a signal has come, or
 * milliseconds have passed (-1: for ever). Returns how many descriptors are ready; after 0 the sets
 * are empty.
 */
int sigwatch_wait(int nfds, fd_set *readable, fd_set *writable, long milliseconds);

/* Whether SIGCHLD has come since the last call. */
bool sigwatch_child(void);

struct sigwatch_signal {
	int number;
	bool from_terminal; /* the kernel sent it to the terminal's whole foreground group (^C) */
	int sender;         /* the process that sent it; 0: none did, or it is not known */
};

/* A signal to end that has come and was not yet taken; false: none. Of several that came between
 * two waits SIGINT is told first, then SIGTERM: nothing tells in which order they came. */
bool sigwatch_take(struct sigwatch_signal *signal);

/* Milliseconds of a clock that nobody sets. */
long long sigwatch_now(void);

/*
 * Dies of a signal, with the status 128+n a shell shows for it. Does not return. As process 1 of a
 * container, where the default action of a signal is none, it exits with that status.
 */
_Noreturn void sigwatch_die(int number);

#endif
