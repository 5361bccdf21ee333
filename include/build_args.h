/*
 * build_args: what the command line and the platforms of a build give a Dockerfile: the values of
 * --build-arg, BUILDPLATFORM, TARGETARCH and the like, and names of --build-context; pure.
 */
#ifndef BUILD_ARGS_H
#define BUILD_ARGS_H

#include "dockerfile.h"
#include "options.h"

struct build_args {
	struct strvec given;    /* NAME=value of each --build-arg that has a value */
	struct strvec platform; /* NAME=value of each of the platform's variables that is known */
	struct strvec contexts; /* NAME of each --build-context NAME=... */
	char *target; /* the platform that is built for, as platform_normal has it; several have
			 commas between them */
	struct dockerfile_args args; /* the same, as dockerfile_parse takes it */
};

/*
 * env is asked for a --build-arg without a value. engine is the platform builds run on,
 * default_platform what DOCKER_DEFAULT_PLATFORM says; NULL: not known. b must stay where it is.
 */
void build_args_make(struct build_args *b, const struct options *o, const struct lookup *env,
	const char *engine, const char *default_platform);
void build_args_release(struct build_args *b);

/*
 * os/architecture[/variant] as containerd's platforms.Normalize writes it, of that or of an
 * architecture's name alone, as Docker, Go or uname has it; owned by the caller.
 */
char *platform_normal(const char *platform);

#endif
