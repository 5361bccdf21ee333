/*
 * signals: which signals to end have come, when, and from whom; pure.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "sigwatch.h"

#define SIGNALS_MAX 4 /* different ones that are remembered */

struct signals {
	int number[SIGNALS_MAX];     /* the first first; then 0 */
	long long came[SIGNALS_MAX]; /* when each came first, in milliseconds */
	int sender[SIGNALS_MAX];
};

enum signals_what {
	SIGNALS_FIRST, /* nothing has come before */
	SIGNALS_OTHER, /* another one has: CI systems send SIGTERM behind SIGINT */
	SIGNALS_SAME,  /* that one, from the same sender a moment ago: timeout(1) sends it to its
			  child, and then to its child's group */
	SIGNALS_AGAIN  /* that one: whoever sends it is impatient */
};

/* Takes up one that has come; now is of the clock of came. */
enum signals_what signals_take(
	struct signals *s, const struct sigwatch_signal *signal, long long now);

#endif
