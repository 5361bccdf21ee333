/*
 * plan_print: a plan as text: shell commands to paste, or JSON for machines; pure.
 */
#ifndef PLAN_PRINT_H
#define PLAN_PRINT_H

#include "cache_refs.h"
#include "plan.h"

/* What is printed of a run. */
struct outline {
	const struct options *o;
	const struct cache_refs *refs; /* NULL: nothing is cached */
	const struct dockerfile *df;
	enum cache_mode mode;
	const char *named;      /* what steps with INPUT_NAMED read; NULL: none does */
	const char *assignment; /* NAME=value that docker's environment gets; NULL: none */
	const struct plan *plans[2];
	size_t nr_plans;
};

/*
 * One command to a line, under the headings as comments; a Dockerfile that it reads stands behind
 * it as a here-document. Steps that may fail end in "|| :", a step that is run only if another
 * failed follows it behind "||", and all that stands in for an attempt in a subshell behind that.
 * What is behind a gate is run after the build that it belongs to.
 */
void plan_print_shell(const struct outline *outline, struct strbuf *out);

/*
 * One object: image, context, branch, mode, stages (index, name, base, line, cached), steps (kind,
 * argv: a list of vectors, needs, after, gate, else, optional, cleanup; stdin where something is
 * read there: a text, or null for what comes on our own). Steps are numbered through all plans,
 * needs and after are lists of such numbers, gate and else are one or null.
 */
void plan_print_json(const struct outline *outline, struct strbuf *out);

const char *cache_mode_name(enum cache_mode mode);

#endif
