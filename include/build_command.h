/*
 * build_command: the `docker build` of each kind, as steps without edges, for plan_build.c; pure.
 */
#ifndef BUILD_COMMAND_H
#define BUILD_COMMAND_H

#include "planner.h"

/* Where a build takes its cache from, besides the builder's own. */
enum build_from {
	BUILD_FROM_OWN,  /* its entry's source */
	BUILD_FROM_ALL,  /* and those of all stages, where they are exported caches */
	BUILD_FROM_LOCAL /* nowhere: what it builds has just been built */
};

/*
 * The build of an entry that takes up what was rescued of it, from that alone, and is over when it
 * has to run something: what it has found is then in the builder's own cache, for the build behind
 * it. For a builder that must not be given two caches at once. The same from the entry's own
 * exported cache, where the build behind it is given another one too.
 */
void build_rescued(struct planner *p, size_t entry);
void build_own(struct planner *p, size_t entry);

/*
 * The legacy builder keeps to the first cache that fits a step (moby image/cache/cache.go), and
 * what it has found is in no cache of its own. So it gets what was rescued where all of that was
 * found, else the other one: this gives the latter the name of the former, in the engine.
 */
void build_choose(struct planner *p, size_t entry);

/* The build of a stage. From BUILD_FROM_LOCAL it is one that has nothing to run. */
void build_stage(struct planner *p, size_t entry, enum build_from from, bool no_cache);

/* The build of the image, with all that was asked for. Where the builder can, it pushes the image
 * too, under all the names that it is stored under: that spares a command for each. */
void build_final(struct planner *p, enum build_from from, bool no_cache);

/* The same once more, for where that could not push: BuildKit exports no cache then. Its steps are
 * in the builder's own cache, and what is to be pushed is pushed name by name. */
void build_unpushed(struct planner *p, enum build_from from);

/* The build that exports the cache of all stages where that of the image does not, see
 * planner_exports_apart; it is stopped when it has to run something. */
void build_export(struct planner *p);

/* The build of the image that is over when it has to run something; as_final: it is the build of
 * the image itself, if it gets to its end. */
void build_attempt(struct planner *p, bool as_final);

/* The final image once more: for its cache, where the final build made no image, or left it in a
 * builder that loads none, or took a part of it from a cache. Its steps are in the local cache. */
void build_cache_image(struct planner *p);

/* Where a build of finished steps is cut, see cut.h. */
struct cut_build {
	size_t entry;
	size_t cut;         /* its number, for what it reads */
	const char *path;   /* the file that is cut there; NULL: it is read on standard input */
	bool last;          /* it is stored; the others tell whether the next may be begun */
	bool beside;        /* what has built its steps goes on */
	unsigned reach, of; /* its last step, and how many there are without the cut */
};

/* A build of finished steps, which is stopped when it has to run something. */
void build_cut(struct planner *p, const struct cut_build *cut);

/* A build of what the entry's stage is made from, and of a step of ours behind it that is done at
 * once, beside the build that has fetched it; else as above. */
void build_base(struct planner *p, const struct cut_build *base);

#endif
