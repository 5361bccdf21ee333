/*
 * note: what is remembered of one step while it runs, from the lines its commands print; pure. It
 * has a fixed size, so that lines are taken up without allocating.
 */
#ifndef NOTE_H
#define NOTE_H

#include "plan_load.h"
#include "progress.h"
#include "reason.h"
#include "watch.h"

#define DETAIL_MAX 512

struct note {
	enum reason reason;       /* why it fails, as far as the lines tell */
	char detail[DETAIL_MAX];  /* the line that gave it, else the last one */
	struct look_up look_up;   /* of a probe or pull: what came of it */
	char pushed[DIGEST_MAX];  /* the digest of what it has pushed; "": not told */
	long long began;          /* when it was started first, by the executor's clock; set by the
				     caller */
	bool is_list;             /* its first line opened a list: no digest of its own is in it */
	bool begun;               /* a line has been read */
	struct progress progress; /* of a build */
	struct strbuf answer; /* of a question about an image: all it printed; set by the caller */
	struct watch *watch;  /* of a build by BuildKit; owned by the caller, else NULL */
	struct sift *sift; /* of the build that sifts references; owned by the caller, else NULL */
	int finished;      /* the stage that its last line has finished; -1: none */
	struct attempt attempt;   /* of a build that is stopped when it has to run something */
	enum attempt_state acted; /* what has been done about it */
	enum attempt_state state; /* what its lines have said of that so far */
	unsigned exporting;       /* the vertex that exports the cache, + 1; 0: none yet */
	bool is_built;            /* all its steps have ended: it exports what it has built */
	bool is_pushed;           /* and its layers have been pushed */
	bool opened;              /* the export of the cache beside it; set by the caller */
	bool was_built;           /* is_built was taken up; set by the caller */
	bool export_failed;       /* reason and detail say why */
	bool exported;            /* and it has not, nor has the build; set by the caller */
	bool policy;      /* it was started with a source policy of ours; set by the caller */
	bool push_failed; /* of a build that pushes: that, and nothing else; so do they */
	/* Of a build, set by the caller, in ms: what it had run by its last line; and when that was
	 * last stored. */
	long long worked, kept;
};

/* Takes up a line that the step's command has printed. */
void note_line(struct note *note, const struct step *step, const char *line, size_t len);

/* What a look-up that has failed says of the reference. */
enum found note_found(const struct note *note);

#endif
