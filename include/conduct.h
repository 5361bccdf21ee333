/*
 * conduct: which plan comes next: ask, load, build, rescue. It answers the executor's callbacks,
 * reads what the commands printed, and tells what happened as events; it starts nothing itself and
 * has no words.
 */
#ifndef CONDUCT_H
#define CONDUCT_H

#include "executor.h"
#include "project.h"
#include "reason.h"

enum event_kind {
	EVENT_SETUP,          /* the cache was set up: refs, mode */
	EVENT_UNCACHED,       /* there can be no cache: detail says why */
	EVENT_NOT_UNDERSTOOD, /* the Dockerfile's stages are not known: detail says why */
	EVENT_LAYERS,  /* podman keeps the cache of all steps in ref; or detail says why it does not
			*/
	EVENT_TRIED,   /* the command cannot ask what there is: all references are tried */
	EVENT_HEADING, /* the step's output follows */
	EVENT_SOURCE,  /* refs' entry: ref is what its cache is taken from; NULL: nothing was found
			*/
	EVENT_TAKEN,   /* cached of an entry's steps are taken up from what was rescued, ref */
	EVENT_WHY,     /* refs' entry: why its cache, ref, was not hit, in detail */
	EVENT_BUILT,   /* a build ended well: cached of its steps came from the cache */
	EVENT_RETRY,   /* the step failed and is tried again in delay milliseconds */
	EVENT_FAILED,  /* the step failed, and is optional */
	EVENT_UNPUSHED,     /* the step's build has built the image, but could not push it: that
			       follows */
	EVENT_NOT_EXPORTED, /* the step's build went well, but its cache could not be exported */
	EVENT_SECRET,   /* build arguments that look like secrets (detail) get into what is stored
			 */
	EVENT_NO_FILE,  /* what the builds need cannot be kept: error */
	EVENT_NO_START, /* docker could not be started: error */
	EVENT_SAVED,    /* of refs' entry, which failed, `cached` of its steps are stored, in ref
			   or with its cache (NULL); the next is in that line (0: not to be said);
			   steps 0: it is not known how many */
	EVENT_STEP,    /* the step has ended, for good: when it began and ended, its status (error),
			  what  it has stored and pushed, and the digest of the image it has pushed
			  (detail) */
	EVENT_WORKING, /* the step has been running from..to, and is what has been for the longest;
			  with it `steps` are */
	EVENT_END,     /* the run is over: to, its status (error) and the signal that ended it */
	EVENT_SIGNAL   /* a signal came (error is its number): what runs is stopped, and stored */
};

struct event {
	enum event_kind kind;
	const struct cache_refs *refs;
	enum cache_mode mode;
	const struct step *step;
	const struct cache_entry *entry;
	const char *ref;
	const char *rescued; /* what was rescued of it is there too; NULL: it is not */
	unsigned cached, steps;
	unsigned tenths, kilobytes; /* of seconds for steps that were run; fetched for the others */
	unsigned line;              /* of the Dockerfile */
	long delay;
	enum reason reason;
	const char *detail; /* docker's line that gave the reason; NULL: none */
	int error;
	bool stores;        /* what is built is stored */
	long long from, to; /* milliseconds of the executor's clock */
	unsigned tries;
	bool stopped; /* by us */
	int signal;
	const struct strvec *stored, *pushed; /* references; NULL: none */
};

struct listener {
	void (*event)(void *ctx, const struct event *event);
	void *ctx;
};

/* How the run ended. */
struct verdict {
	int status; /* to exit with */
	int signal; /* to die of instead; 0: none */
};

struct conduct_config {
	const struct options *o;
	const struct facts *f;
	struct pump *pump;
	int null_fd;
	struct listener listener;
};

/*
 * Runs everything. A usage error that shows only now (--cache-stage) is said in err, with status 64
 * and nothing run.
 */
struct verdict conduct_build(const struct conduct_config *config, struct strbuf *err);

/* One of the two helper programs: a pull-tag or tag-push step. */
struct verdict conduct_helper(const struct conduct_config *config);

/* Runs `docker build --help`, and adds what it prints to help; to parse options by. */
struct verdict conduct_build_help(const struct conduct_config *config, struct strbuf *help);

/* What makes docker use one builder for all builds of this mode: NAME=value for its environment. */
char *conduct_assignment(enum cache_mode mode);

#define STATUS_USAGE 64

#endif
