/*
 * note: what is remembered of one step while it runs, from the lines its commands print; pure. It
 * has a fixed size, so that lines are taken up without allocating.
 */
#ifndef NOTE_H
#define NOTE_H

#include "plan_load.h"
#include "progress.h"
#include "reason.h"

#define DETAIL_MAX 512

struct note {
	enum reason reason;       /* why it fails, as far as the lines tell */
	char detail[DETAIL_MAX];  /* the line that gave it, else the last one */
	struct look_up look_up;   /* of a probe or pull: what came of it */
	bool is_list;             /* its first line opened a list: no digest of its own is in it */
	bool begun;               /* a line has been read */
	struct progress progress; /* of a build */
};

/* Takes up a line that the step's command has printed. */
void note_line(struct note *note, const struct step *step, const char *line, size_t len);

/* What a look-up that has failed says of the reference. */
enum found note_found(const struct note *note);

#endif
