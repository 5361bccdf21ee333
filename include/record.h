/*
 * record: what a run has done, collected from its events, for the summary and the report files.
 */
#ifndef RECORD_H
#define RECORD_H

#include "conduct.h"

/* A stage, or the final image. */
struct record_entry {
	char *name;    /* "image": the final image */
	char *source;  /* the reference its cache was taken from; NULL: there was none */
	char *rescued; /* what was rescued of it and found beside that; NULL: nothing was */
	unsigned cached, steps; /* of its steps; steps 0: no build of it ended well */
	unsigned tenths;        /* of seconds that those took that were run */
	unsigned kilobytes;     /* that were fetched for the others, as far as docker tells */
	unsigned saved,
		saved_of; /* of one that did not end: how many steps are stored; 0 of 0: none */
};

/* A docker command that has run, with its retries. */
struct record_step {
	enum step_kind kind;
	char *what;     /* its heading, else what it is about */
	char *subject;  /* the reference or stage it is about; NULL: nothing */
	long long from; /* milliseconds since the run began */
	long long took; /* milliseconds */
	int status;     /* as in struct process_end */
	unsigned tries;
	bool stopped; /* by us, so its status means nothing */
};

struct record {
	char *image, *branch; /* branch NULL: none is known */
	enum cache_mode mode; /* MODE_AUTO: it did not come to that: nothing is cached */
	struct record_entry *entries;
	size_t nr_entries;
	struct record_step *steps;
	size_t nr_steps;
	struct strvec stored, pushed; /* references: caches, and names of the image */
	char *digest;                 /* of the image that was pushed; NULL: not told */
	struct strvec warnings;       /* as they were said; the caller adds them */
	long long began, took;        /* when, by the executor's clock; how long, in milliseconds */
	int status, signal;           /* how it ended; signal 0: of none */
};

void record_init(struct record *r, const char *image);
void record_release(struct record *r);

/* Takes up an event. */
void record_event(struct record *r, const struct event *event);

/* Whether the run went well, and all steps of all stages came from the cache; of what was not told,
 * as with -q, that is not known. */
bool record_is_hit(const struct record *r);

#endif
