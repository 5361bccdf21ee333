/*
 * fold: how the logs of CI systems fold a section; pure, a table.
 */
#ifndef FOLD_H
#define FOLD_H

#include "strbuf.h"

struct fold; /* a system's way */

/* The way of the CI system, by its name in ci.c; NULL: it has none. */
const struct fold *fold_of(const char *ci);

/* Adds what begins the section called title, number in this log, with the line that shows the
 * title; and what ends it. now: seconds since 1970. */
void fold_begin(const struct fold *fold, const char *title, unsigned number, long long now,
	struct strbuf *out);
void fold_end(const struct fold *fold, const char *title, unsigned number, long long now,
	struct strbuf *out);

#endif
