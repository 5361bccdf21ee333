/*
 * cursor: a place in a line that is read from left to right; pure.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include "util.h"

struct cursor {
	const char *p; /* what is left, not owned */
	size_t len;
};

/* Goes behind the prefix; false, without moving, where it does not stand there. */
bool cursor_skip(struct cursor *c, const char *prefix);

/* Goes behind up to nine digits; false where there is none. */
bool cursor_number(struct cursor *c, unsigned *number);

#endif
