/*
 * progress: the lines docker prints while it builds -> how many steps of one stage came from the
 * cache; pure, line by line. Nothing depends on it but what we say: output it does not understand
 * counts as no steps. A step whose layer is fetched was found in the cache; on the containerd store
 * that may be all that is said of it.
 *
 * BuildKit (util/progress/progressui/printer.go):    the legacy builder (builder/dockerfile):
 *	#7 [builder 2/4] RUN make                    	Step 3/9 : RUN make
 *	#7 CACHED       or      #7 DONE 3.1s         	 ---> Using cache
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "vertex.h"

/* The image a stage has become, by the start of its ID as the legacy builder tells it. */
struct stage_image {
	char id[16]; /* 12 digits; "": not told */
};

struct progress {
	const char *stage; /* as docker calls it: its name, not owned, or unnamed */
	char unnamed[24];  /* "stage-2" */
	int index;         /* of the stage in the file, which the legacy builder counts by */
	int at;            /* the legacy builder's stage now; -1: before the first */
	struct stage_image
		*images; /* of the legacy builder's stages; not owned, NULL: not wanted */
	size_t nr_images;
	bool in_step; /* its last step is one of ours */
	bool is_run;  /* the last step of any stage is a RUN */
	bool runs;    /* and is being run */
	bool has_run; /* a RUN of the stage it is in was run, and has ended well */
	unsigned char mine[VERTEX_MAX / 8];   /* steps of the stage, by vertex */
	unsigned char pulled[VERTEX_MAX / 8]; /* whose layers were seen to be fetched */
	unsigned char ended[VERTEX_MAX / 8];
	unsigned char copies[VERTEX_MAX / 8];
	unsigned steps;  /* seen to end (legacy builder: to begin), FROM not counted */
	unsigned cached; /* of those, from the cache */
	bool missed;     /* the first that did not was no COPY or ADD: other files are no news */
};

/* Counts for one stage; its name is NULL where it has none; index -1 counts nothing of the legacy
 * builder's. Not to be moved afterwards. */
void progress_init(struct progress *p, const char *stage, int index);

/* Has it take up what each of the first nr stages becomes. The last one told may be cut short. */
void progress_keep_images(struct progress *p, struct stage_image *images, size_t nr);
/* Of a build that did not end well, the stage that the output was in last is not finished. Returns
 * its index where a step of it was run and its image is known; else forgets that image, and returns
 * -1. */
int progress_cut(struct progress *p);

void progress_line(struct progress *p, const char *line, size_t len);

#endif
