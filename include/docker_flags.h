/*
 * docker_flags: every flag of docker's two builders, and which of our builds gets it; a table.
 *
 * It is the union of `docker build` of the legacy builder (18.06 to 29.7: docker/cli
 * cli/command/image/build.go) and of `docker buildx build` (0.4 to 0.36: docker/buildx
 * commands/build.go and root.go). A new flag is a new row.
 */
#ifndef DOCKER_FLAGS_H
#define DOCKER_FLAGS_H

#include "util.h"

enum flag_use {
	/* Goes to every build, unchanged: most of these are part of the cache key of a RUN, so a
	 * stage built without them would not be the stage that the final build needs. */
	FLAG_EVERY,
	FLAG_FINAL, /* only to the build of the image: it is about the result, not about the steps
		     */
	FLAG_QUESTION, /* makes docker answer instead of building: the words go to docker as they
			  are */
	FLAG_TAG,      /* from here on: read by us, given to docker in the way the plan needs it */
	FLAG_FILE,
	FLAG_TARGET,
	FLAG_CACHE_FROM,
	FLAG_CACHE_TO,
	FLAG_NO_CACHE,
	FLAG_NO_CACHE_FILTER,
	FLAG_PUSH,
	FLAG_LOAD,
	FLAG_QUIET,
	FLAG_HELP
};

struct docker_flag {
	const char *name; /* without its hyphens */
	char letter;      /* 0: none */
	bool value;       /* takes one; else it is a boolean, which never takes the next word */
	enum flag_use use;
};

const struct docker_flag *docker_flag_by_name(const char *name, size_t len); /* or NULL */
const struct docker_flag *docker_flag_by_letter(char letter);                /* or NULL */
const struct docker_flag *docker_flag_at(size_t i); /* by its number; NULL: there are no more */

/*
 * What `docker build --help` says of a flag that is in no row here: "build", of the one with that
 * letter, or where it is 0 with that long name. It goes to every build: that is right for all but
 * what is about the result alone. False: it is not there, so docker will refuse it.
 */
bool docker_flag_in_help(
	const char *help, char letter, const char *name, size_t len, struct docker_flag *flag);

/* A boolean flag's value as Go's strconv.ParseBool reads it; false when it is none of its words. */
bool docker_flag_bool(const char *text, bool *value);

#endif
