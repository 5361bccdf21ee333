/*
 * report: everything we say, on standard error; it decides nothing. Messages are in lower case,
 * cause first, subject in quotes; headings start with "::".
 */
#ifndef REPORT_H
#define REPORT_H

#include "fold.h"
#include "record.h"

struct report {
	struct pump *pump;
	struct record *record;   /* of the run; not owned */
	unsigned columns;        /* for what is drawn; 0: nothing is */
	const struct fold *fold; /* how the log folds a section; NULL: it does not */
	unsigned nr_folds;       /* that were begun */
	bool folded;             /* the last one has not ended: its title is heading */
	struct strbuf text;      /* of the message being made */
	struct strbuf heading;   /* the last one said */
	bool quiet;
};

/* quiet: only warnings and errors, as docker build -q. */
void report_init(struct report *r, struct pump *pump, struct record *record, bool quiet);
void report_release(struct report *r);

/* For conduct's listener; ctx is the report. */
void report_event(void *ctx, const struct event *event);

/* A usage error of one of the programs, in one line on standard error. */
void report_usage(enum program program, const struct strbuf *problem);

/* That standard input, which is a part of what is built, cannot be read or kept: an error number.
 */
void report_no_input(int error);

/* Writes the files that were asked for, and GitHub's; one warning for each that cannot be written.
 */
void report_files(const struct record *record, const struct options *o, const struct facts *f);

/* What --version prints. */
void report_version(struct strbuf *out);

/* What docker asks of its plugins. */
void report_metadata(struct strbuf *out);

/* Writes to standard output; false, having said so, when that fails. Blocks: for when nothing runs.
 */
bool report_print(const struct strbuf *text);

#endif
