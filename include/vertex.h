/*
 * vertex: a line of BuildKit's plain progress -> which vertex it is about and what it says of it;
 * pure. (buildkit util/progress/progressui/printer.go)
 *
 *	#7 [builder 2/4] RUN make		a step: the second of four of the stage "builder"
 *	#7 CACHED	#7 DONE 3.1s		how it ended; or ERROR:, CANCELED
 *	#7 0.512 cc -c x.c			what it prints
 *	#7 sha256:3f... 101B / 101B done	its layer is fetched, so it was found in a cache;
 *"done": all of it, which is said once
 */
#ifndef VERTEX_H
#define VERTEX_H

#include "util.h"

#define VERTEX_MAX 4096 /* vertices with higher numbers are not read */

enum vertex_kind {
	VERTEX_OTHER,
	VERTEX_FROM,   /* its name, and it fetches what a stage is made from */
	VERTEX_STEP,   /* its name, and it is a step of a stage; not a FROM */
	VERTEX_EXPORT, /* its name, and it exports a cache */
	VERTEX_OUTPUT, /* its name, and it exports what was built: all steps have ended */
	VERTEX_PUSHED, /* layers of an image have been pushed: its manifest is */
	VERTEX_IMPORT, /* its name, and it looks for a cache */
	VERTEX_CACHED,
	VERTEX_DONE,
	VERTEX_ERROR,
	VERTEX_FETCHING,
	VERTEX_LOG /* what a step prints while it runs */
};

struct vertex {
	unsigned number;
	enum vertex_kind kind;
	const char *stage; /* of a step or a FROM: what its stage is called, in the line; stage_len
			      is 0 where the file has only one */
	size_t stage_len;
	bool copies;      /* of a step: it is a COPY or ADD */
	unsigned at, of;  /* of a step: which it is, of how many; FROM counts */
	const char *text; /* of an error: what it is; of an import: the reference; in the line */
	size_t len;
	unsigned tenths;    /* of a step that is done: the tenths of seconds it took */
	unsigned kilobytes; /* of a layer that has been fetched whole: its size, of 1000 bytes */
};

/* False: the line is none of a vertex. */
bool vertex_read(struct vertex *v, const char *line, size_t len);

/* Whether the step is of the stage that docker calls so. */
bool vertex_is_of(const struct vertex *v, const char *stage);

#endif
