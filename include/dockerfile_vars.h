/*
 * dockerfile_vars: what the variables in a FROM are: the ARGs before the first FROM, by the
 * --build-args of their names, and the platform's; pure. (dockerfile2llb/convert.go buildMetaArgs)
 */
#ifndef DOCKERFILE_VARS_H
#define DOCKERFILE_VARS_H

#include "strbuf.h"
#include "strvec.h"

/* What the command line adds to a file. */
struct dockerfile_args {
	/* --build-arg NAME gives its value; NULL: there is none */
	struct lookup build;
	/* BUILDPLATFORM, TARGETARCH and the like; NULL: not known */
	struct lookup platform;
	const struct strvec *contexts; /* names of --build-context */
};

struct dockerfile_vars {
	const struct dockerfile_args *args;
	char escape;
	/* of each ARG: NAME=value, or NAME alone where its value depends on what is not known */
	struct strvec globals;
	bool unknown; /* while expanding: a variable was needed that we cannot tell */
};

void dockerfile_vars_init(struct dockerfile_vars *vars, const struct dockerfile_args *args);
void dockerfile_vars_release(struct dockerfile_vars *vars);

/* Takes up the arguments of an ARG. Returns what is wrong with them, for the caller to free, or
 * NULL. */
char *dockerfile_vars_read(struct dockerfile_vars *vars, const char *args);

/* Adds text to out with its variables and quotes expanded; returns as above. */
char *dockerfile_vars_expand(struct dockerfile_vars *vars, const char *text, struct strbuf *out);

#endif
