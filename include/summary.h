/*
 * summary: what a run has done, as text: a few lines for the log, a report for machines, a page for
 * people, variables for later steps of a job; pure.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include "record.h"

/*
 * Lines for the end of a log: each stage, what was stored and pushed, and when which docker command
 * ran; those that took less than a tenth of a second are left out. bars: with bars as wide as
 * fits into so many columns; 0: without. Nothing where nothing is cached.
 */
void summary_text(const struct record *r, unsigned bars, struct strbuf *out);

/*
 * JSON, version 1, one object:
 *
 *	version    1; another number when a member changes its meaning or goes
 *	image      IMAGE
 *	branch     null: none is known
 *	mode       pull, inline or registry; null: nothing is cached
 *	status     the exit status; signal: the signal that ended the run, null: none
 *	ms         how long it took, in milliseconds
 *	hit        whether all steps of all stages came from the cache
 *	digest     of the image that was pushed; null: none was, or docker has not told
 *	stages     array: name ("image" is the final image), source, rescued (references or null),
 *	           steps, cached, saved (how many; saved of a stage that failed), ms (what the steps
 *	           took that ran), fetched (bytes, for those that did not, as far as docker tells)
 *	stored, pushed   arrays of references: caches, names of the image
 *	warnings   array of texts
 *	commands   array: kind (probe, pull-tag, build-stage, tag-push), what, subject, start_ms,
 *	           ms, status, tries, stopped
 */
void summary_json(const struct record *r, struct strbuf *out);

/* Markdown, with a Mermaid timeline. */
void summary_markdown(const struct record *r, struct strbuf *out);

/* NAME=value lines, each name with a prefix: image, digest, cache-hit ("true" or "false"), as
 * GITHUB_OUTPUT takes them; upper: DBRC_CACHE_HIT, as a dotenv file of GitLab's. A value with a
 * line break, which could set what it likes, is left out. */
void summary_outputs(const struct record *r, bool upper, struct strbuf *out);

#endif
