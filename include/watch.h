/*
 * watch: the lines BuildKit prints while it builds several stages at once -> how far each of them
 * is; pure, line by line. Only plain progress tells; what is not understood leaves stages
 * unfinished.
 *
 * A stage is finished when its last step is done or was found in a cache, for each step is made
 * from the one before. Of a build for several platforms, where each has steps of its own by the
 * same name, the stage is finished when as many last steps are.
 */
#ifndef WATCH_H
#define WATCH_H

#include "dockerfile.h"
#include "vertex.h"

struct watched {
	unsigned steps;  /* seen to end, FROM not counted */
	unsigned cached; /* of those, from a cache */
	unsigned last;   /* how often its last step was seen to end */
	bool finished;
	bool based;  /* what it is made from is there */
	bool came;   /* and was fetched for that */
	bool missed; /* the first that was from none is no COPY or ADD, see progress.h */
	/* By their numbers, as docker counts them, see cut.h; 0: none. */
	unsigned reach;     /* the last that was seen to end: so have those before it */
	unsigned ran;       /* the first that was from no cache */
	unsigned of;        /* how many there are */
	unsigned tenths;    /* of seconds that those took that were from none */
	unsigned kilobytes; /* that were fetched for those that were from one */
};

struct watch {
	const struct dockerfile *df; /* not owned */
	unsigned platforms;          /* how many are built for */
	bool seen;                   /* there was a line that is understood */
	unsigned tenths;             /* of seconds that steps took that were from no cache */
	size_t bases;                /* how many stages have what they are made from */
	struct watched *stages;      /* one for each of df's */
	unsigned short *stage_of;    /* of each vertex: the index of its stage + 1; 0: none */
	unsigned short *from_of;     /* the same of a FROM, which is none of its steps */
	unsigned char *copies;       /* whether it is a COPY or ADD */
	unsigned short *at;          /* which step of its stage it is */
	unsigned char *is_last;      /* whether it is its stage's last step */
	unsigned char *fetched;      /* whether its layer was seen to be */
	unsigned char *ended;
};

/* Takes all memory there will be. */
void watch_init(struct watch *w, const struct dockerfile *df, unsigned platforms);
void watch_release(struct watch *w);
/* For a build that is run again. */
void watch_reset(struct watch *w);

/* Whether a stage has missed its cache, taking a vertex + 1 that is not seen to end for one that
 * did; 0: none. */
bool watch_missed(const struct watch *w, size_t stage, unsigned vertex);

/* The number of the stage's first step that was from no cache, as above; 0: none was. */
unsigned watch_ran(const struct watch *w, size_t stage, unsigned vertex);

/* Returns the index of the stage that has just become finished; -1: none has. */
int watch_line(struct watch *w, const char *line, size_t len);

/*
 * A build that shall run nothing, or as little as can be: it is over when one of its steps is run
 * instead of found in a cache. The printer writes the step's name and that it is cached at once, so
 * a name that stays alone is a step that runs. The legacy builder says that a step is "Running in"
 * a container.
 */
struct attempt {
	unsigned doubt; /* the vertex that may be running, + 1; 0: none */
	/* Of the legacy builder: the image that is to be reached, by the start of its ID, and
	 * whether it was; "": none is. */
	char goal[16];
	bool reached;
	bool beside; /* another build has run the same steps and may go on: what both have is
			told here as it was there, so one that is done at once was not run */
};

enum attempt_state {
	ATTEMPT_GOES_ON,
	ATTEMPT_IN_DOUBT, /* it is over unless a line that follows at once says otherwise */
	ATTEMPT_OVER
};

enum attempt_state attempt_line(struct attempt *a, const char *line, size_t len);

/*
 * How long the line that a step is cached may take behind its name, in milliseconds. The printer
 * writes what there is every 100 to 150 ms (buildkit util/progress/progressui/display.go,
 * displayTimeout and tickerTimeout), so the two can be that far apart; a container takes longer to
 * start. With 100 ms some two of thirty full hits were taken for misses.
 */
#define ATTEMPT_DOUBT 250

/*
 * How long a step of it may take to begin, from its name on, where one that has not begun cannot be
 * stopped, see engine_misses_stops: its mounts and its network are made first. Measured with 26.1:
 * 20 to 80 ms on two busy processors, of which the printer takes some away. What was stopped 10 to
 * 30 ms too early went on, the next build that came to that step waited for it, and then lost it.
 */
#define ATTEMPT_BEGIN 500

#endif
