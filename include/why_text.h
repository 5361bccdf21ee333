/*
 * why_text: what one entry of an image's history says: the instruction, and what it was given;
 * pure.
 */
#ifndef WHY_TEXT_H
#define WHY_TEXT_H

#include "why_image.h"

/* A piece of a text. */
struct span {
	const char *p;
	size_t len;
};

/* What an entry's text says: an instruction's word, and what follows. */
struct said {
	struct span word;
	const char *rest;
};

/* A RUN's arguments and its command: "|2 A=1 B=2 /bin/sh -c make". */
struct run {
	struct span args;
	const char *command;
};

bool span_same(struct span a, struct span b);
bool span_is(struct span span, const char *text);

struct said why_said(const struct why_entry *entry);

/* Whether a step depends on it; and whether it is a COPY or ADD. */
bool why_matters(const struct why_entry *entry);
bool why_copies(const struct why_entry *entry);

/*
 * Takes apart what follows a RUN. Values stand there without quotes, so that where the last one
 * ends is told by the shell alone; with another than docker's own it is taken to end at its first
 * blank. names are those of the arguments that there may be.
 */
struct run why_run(const char *rest, const struct strvec *names);

/* The value of an argument among a RUN's; false: it has none of that name. */
bool why_value(struct span args, const char *name, const struct strvec *names, struct span *value);

/* The name that an ARG's text begins with; of no length: none. */
struct span why_argument(const char *text);

/* Whether an instruction says $NAME. */
bool why_uses(const char *text, const char *name);

#endif
