/*
 * place: a folder with a small project to run commands in, and an engine for them.
 *
 * The project has a Dockerfile without stages to cache, and folders to be contexts, two of them
 * named like values of flags. What a command leaves there is part of its result, and removed.
 */
#ifndef PLACE_H
#define PLACE_H

#include "fake_engine.h"
#include "strvec.h"

struct place {
	char *project;       /* its absolute path */
	struct strvec known; /* what is in it */
	struct fake_engine engine;
};

struct result {
	int status;     /* 128 + the signal that ended it */
	bool timed_out; /* it was ended by us */
	struct strbuf out, err;
	struct strvec left; /* files that were not there before, sorted */
};

/* Makes DIR, which is an absolute path, and goes there. False: errno says why not. */
bool place_make(struct place *place, const char *dir);
void place_release(struct place *place);

/* Runs it to its end; what it asked the engine for is then in place->engine. Release the result. */
void place_run(struct place *place, const char *program, const struct strvec *argv,
	const struct strvec *env, struct result *result);
void result_release(struct result *result);

#endif
