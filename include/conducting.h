/*
 * conducting: what the parts of conduct share: conduct.c, which says what comes next; loading.c,
 * which looks for the caches; policy.c, which keeps builds apart from others; answers.c, which
 * takes up what happens to a step; telling.c, which tells of it; gates.c, which says when a step
 * behind a gate may start, and when an attempt is over; rescue.c, which stores what is finished of
 * stages that are not; whole.c, which knows what is stored whole; ahead.c, which sends bases ahead;
 * explain.c, which finds out why a cache was not hit.
 */
#ifndef CONDUCTING_H
#define CONDUCTING_H

#include "conduct.h"
#include "note.h"

/* A plan being carried out. */
struct phase {
	struct plan plan;
	struct note *notes; /* one for each step */
};

#define CHECKPOINTS_MAX 256 /* in one run */

enum {
	ASK,
	ASK_MORE,
	INSPECT,
	SIFT,
	LOAD,
	SIFT_MORE,
	LOAD_MORE,
	COMPARE,
	LAYERS,
	BUILD,
	CHECKPOINT,
	RESCUE = CHECKPOINT + CHECKPOINTS_MAX,
	RESCUE_AGAIN,
	RESCUE_OVER,
	WHY,
	WHY_MANIFEST,
	WHY_CONFIG,
	NR_PHASES
};

/* How much of each entry's stage is stored apart from the stage itself. */
struct saved {
	unsigned reach,
		of; /* its last step, and how many there are, as docker counts them; 0: none */
	bool over;  /* something whole has been put over that, or is being */
	/* Of seconds, for what is stored; and of what is being stored, until that is so. */
	unsigned tenths, planned;
};

/* While builds run. */
struct checkpoint {
	size_t nr;          /* how many phases there were, see CHECKPOINT */
	size_t storing;     /* the last that stores or sends; 0: there was none */
	long long worked;   /* by the legacy builder */
	long long run_from; /* since when it runs a step; 0: it runs none */
	long long since;    /* since when there is work that is not stored, see follow_clock */
	bool is_since;      /* that is known */
};

/* The Dockerfile up to where it is cut, for a build to read. */
struct cut_file {
	struct replay text;
	char *path; /* the same as a file; NULL: it need not be one */
};

/* What has been said of all steps of a kind that fail for one reason. */
struct told {
	bool failed;    /* that they do */
	unsigned tries; /* that one is tried again, for that many times */
};

struct conduct {
	const struct options *o;
	const struct facts *f;
	struct listener listener;
	struct executor *x;
	struct phase phases[NR_PHASES]; /* by number of the executor's walk */
	size_t nr_phases;
	struct engine engine;
	struct project project;
	struct sift known;            /* which references exist, once they have been sifted */
	struct cache_source *sources; /* one for each of the project's cache entries */
	struct stage_image *images;   /* what the legacy builder makes of each stage */
	enum cache_mode mode;
	struct replay sift;  /* what the build that sifts reads */
	struct replay named; /* the Dockerfile with names for all stages */
	char *named_path;    /* its copy as a file; NULL: it need not be one */
	struct checkpoint checkpoint;
	bool *sent;             /* of each stage: its base is sent ahead, or was */
	size_t bases;           /* how many were there when none was to be sent any more */
	struct saved *saved;    /* one for each of the project's cache entries */
	struct cut_file *cuts;  /* and what that takes */
	size_t nr_cuts, let_go; /* so many of them, from the first on, have been let go of */
	char *assignment;       /* what chooses the builder, for env; NULL: docker does */
	char *policy_env; /* what keeps builds apart, for env, see policy.c; NULL: nothing does */
	struct replay policy; /* and what that names */
	char **env;           /* of the commands */
	bool unreachable;     /* a look-up has found no registry */
	/* by the kind of step and the reason; builds that store count as pushes */
	struct told told[STEP_TAG_PUSH + 1][NR_REASONS];
	char *told_detail;   /* docker's line, where that was the reason said last; NULL: none */
	bool info_failed;    /* `docker info` is not understood */
	int layers_status;   /* of podman's build; 0: it went well, or there was none */
	long long tell_at;   /* when it is said again what is waited for */
	int no_start;        /* docker could not be started: the status for it */
	struct strbuf *help; /* what `docker build --help` prints goes there; NULL: nowhere */
};

/* Tells what happened. */
void conducting_tell(const struct conduct *c, const struct event *event);

/*
 * The same of a step that has ended: how much of what a build has built came from the cache; that a
 * step is tried again in delay milliseconds; that it failed, which is not the run's failure; that a
 * cache could not be exported; each of them once for all steps that it is true of. And what it has
 * stored and pushed, and when it ran.
 */
void telling_build(const struct conduct *c, const struct outcome *outcome, const struct step *step);
void telling_retry(struct conduct *c, const struct outcome *outcome, const struct step *step,
	const struct note *note, long delay);
void telling_failure(struct conduct *c, const struct outcome *outcome, const struct step *step,
	const struct note *note);
void telling_export(struct conduct *c, const struct outcome *outcome, const struct step *step,
	const struct note *note);
void telling_step(const struct conduct *c, const struct outcome *outcome);

/* As the executor's event, ctx is the struct conduct: once a second what has been running for the
 * longest. And that a signal came. */
long telling_waiting(void *ctx);
void telling_signal(const struct conduct *c, int signal);

/* Adds a plan that has been filled to what is carried out. */
void conducting_add(struct conduct *c, size_t number);

/* Carries out a plan that has been filled, and waits for its end. Those left out before are empty.
 */
void conducting_carry_out(struct conduct *c, size_t number);

/* Whether the plan of that number asks docker what it is; whether it looks for caches one by one.
 */
bool conducting_is_asking(size_t walk);
bool conducting_is_load(size_t walk);

/* Whether there is a next thing to do: docker could be started, and no signal came. */
bool conducting_goes_on(const struct conduct *c);

/* What builds are planned from. */
struct build_setup conducting_setup(const struct conduct *c);

/*
 * Stores what is finished of stages: of a build that goes on, when it has printed a line; and when
 * builds are over that did not end well. A step that stores has ended well; one that sends a
 * base has ended; a build is run once more; a build has exported a cache; and what all that took is
 * freed.
 */
void rescue_line(struct conduct *c, size_t number);
void conducting_rescue(struct conduct *c);
void rescue_stored(struct conduct *c, size_t walk, const struct step *step);
void rescue_sent(struct conduct *c);
void rescue_exported(struct conduct *c);
void rescue_again(struct conduct *c);
void rescue_end(struct conduct *c);

/* The same in parts: whether the last of what is stored while a build goes on still is; and keeps a
 * file that such a build reads, false: it cannot be kept. */
bool rescue_is_storing(const struct conduct *c);
bool rescue_keep(struct conduct *c, const char *text, size_t len);

/* Whether nothing of BuildKit's can be rescued: each of several platforms has steps of its own, and
 * what is read only once has been read. */
bool rescue_is_hopeless(const struct conduct *c);

/* Whether all of an entry is stored by now; and plans, as that number, to put it over what was
 * rescued of it, else the next run would try that first. */
bool whole_is_stored(const struct conduct *c, size_t entry);
void whole_plan_over(struct conduct *c, size_t number);

/*
 * While a build goes on: whether it has fetched a base since it was last seen that none is to be
 * sent; plans, as that number, to send one, if there is one to be sent. And that is not worth it
 * any more: the build of the image has ended, or is to.
 */
bool ahead_is_due(const struct conduct *c, const struct watch *watch);
void ahead_plan(struct conduct *c, size_t number, const struct watch *watch);
void ahead_end(struct conduct *c);

/* Once caches are found: keeps the builds apart from what others build on the engine, as far as is
 * possible; and not any more, for docker does not take that. And what that took is freed. */
void policy_begin(struct conduct *c);
void policy_give_up(struct conduct *c);
void policy_release(struct conduct *c);

/* Whether the walk is of a plan that does so: its builds are good for nothing where they had
 * something to run. */
bool rescue_is(size_t walk);

/* Looks for the caches and fills in the sources, which are empty. */
void conducting_load(struct conduct *c);

/* Says why builds ran steps that should have been in the cache that was found for them, as far as
 * registry and engine tell. */
void explain_misses(struct conduct *c);

/* What answers the executor; ctx is the struct conduct. */
struct executor_events answers_events(struct conduct *c);

/* A build has printed a line, which its note has taken up. */
void gates_line(struct conduct *c, size_t walk, size_t number);

/* A build has ended, well or not: so has what other steps may have been waiting for in it. */
void gates_ended(struct conduct *c, size_t number, bool well);

/* Whether what the build of the image has exported is another than the cache of its own that it has
 * taken all from. */
bool gates_has_changed(const struct conduct *c, size_t build);

/* When a step that was stopped behind a gate is run again: as returned by ended. */
long gates_again(const struct conduct *c, const struct step *step, unsigned tries);

/* Whether the step waits for another build, and that has not ended well. */
bool gates_is_early(const struct conduct *c, const struct step *step);

#endif
