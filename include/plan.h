/*
 * plan: what is to be run, as data. A plan is a list of steps; a step is one or two docker commands
 * and what has to have happened before. Planners make plans, the executor walks them, plan_print
 * shows them; a plan is const once built.
 */
#ifndef PLAN_H
#define PLAN_H

#include "strvec.h"

enum step_kind {
	STEP_PROBE,       /* asks something; its output is read, not shown */
	STEP_PULL_TAG,    /* pulls an image, and tags it where it is wanted under another name */
	STEP_BUILD_STAGE, /* builds a stage, or the final image */
	STEP_TAG_PUSH     /* tags an image where it has another name, and pushes it */
};

enum step_flag {
	STEP_OPTIONAL = 1, /* its failure is reported and nothing more */
	STEP_CLEANUP = 2,  /* may start after a failure or a signal */
	STEP_ATTEMPT = 4, /* is stopped at its first uncached step, and then its output not shown */
	STEP_LIVE = 8,    /* its output is shown as it comes, where no other step's is */
	STEP_WHOLE = 32,  /* its build is of all stages: how far each is shows in its output */
	STEP_READ = 128,  /* a build: its output is read for why it fails */
	STEP_CAREFUL =
		64, /* not to be tried where it is not known whether it has anything to run */
	STEP_BESIDE = 512,  /* the build that it takes its steps from goes on */
	STEP_STORES = 256,  /* what is rescued is stored once it has succeeded */
	STEP_TAKES = 1024,  /* an attempt that takes up what was rescued, for the build behind it */
	STEP_PUSHES = 2048, /* a build that pushes the image; that it could not is no failure */
	STEP_UNPUSHED = 4096, /* a build for where that one could not: of the same, to be pushed */
	STEP_EXPORTS = 8192,  /* a build that exports the cache of all stages */
	STEP_AHEAD = 16384,   /* a build that sends a base ahead of what is made from it */
	STEP_STDOUT = 16      /* what it writes to its standard output is what ours is for */
};

/* What a step's commands read on their standard input. */
enum step_input {
	INPUT_NONE,  /* nothing; the build of the image what ours is */
	INPUT_KEPT,  /* what came on ours, which was kept for all who read it */
	INPUT_NAMED, /* the Dockerfile with names for the stages that have none */
	INPUT_SIFT,  /* that of the build that looks for caches */
	INPUT_CUT    /* the Dockerfile up to where it is cut */
};

#define STEP_NONE SIZE_MAX

/* Numbers of steps. They are smaller than the step's own, so a plan cannot hold a cycle. */
struct step_list {
	size_t *v;
	size_t nr;
};

struct step {
	enum step_kind kind;
	unsigned flags;
	enum step_input input;
	struct strvec argv[2]; /* the second runs only after the first succeeded; it may be empty */
	struct step_list needs; /* must have succeeded, else the step is skipped */
	struct step_list after; /* must have ended, whatever came of it */
	size_t gate;       /* WHEN: started only once whoever walks the plan opens it, while that
			      step runs or as it ends; skipped if that does not happen */
	size_t instead_of; /* ELSE: run only if that one failed; skipped because it succeeded
			      counts as success, so that chains of fallbacks are plain data */
	char *heading;     /* said before its output; NULL: none */
	char *subject;     /* the reference or stage it is about, for messages */
	size_t entry;      /* the cache entry it serves, STEP_NONE: none */
	size_t candidate;  /* of a look-up or pull: which of the entry's references; STEP_NONE: the
			      one of what was rescued */
	size_t cut;        /* of a build that reads INPUT_CUT: which cut */
	/* Of what is rescued: its last step, and how many there are, as docker counts them. */
	unsigned reach, of;
};

struct plan {
	struct step *steps;
	size_t nr;
	size_t alloc;
};

void plan_init(struct plan *plan);
void plan_release(struct plan *plan);

/* Adds an empty step, without argument vectors, edges or texts; valid until the next is added. */
struct step *plan_add(struct plan *plan, enum step_kind kind, unsigned flags);

/* The number of the step last added. */
size_t plan_last(const struct plan *plan);

/* Adds an edge of the step last added to an earlier one; STEP_NONE adds none. */
void plan_needs(struct plan *plan, size_t on);
void plan_after(struct plan *plan, size_t on);
/* Has the step last added wait for its gate to be opened during an earlier one. */
void plan_gate(struct plan *plan, size_t during);

/*
 * A whole pull-tag or tag-push step, without edges: what the two helper programs run, and what the
 * planners add. One command where both names are the same.
 */
struct step *plan_pull_tag(struct plan *plan, unsigned flags, const char *docker,
	const char *remote, const char *local);
struct step *plan_tag_push(struct plan *plan, unsigned flags, const char *docker, const char *local,
	const char *remote);

/* Whether it is a build of what has been built, to store it. */
bool step_is_again(const struct step *step);

/* Whether it exports the cache of all stages, and nothing else, out of the build that is its gate.
 */
bool step_is_export(const struct step *step);

const char *step_kind_name(enum step_kind kind);

#endif
