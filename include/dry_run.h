/*
 * dry_run: what conduct would run, as text; starts nothing.
 */
#ifndef DRY_RUN_H
#define DRY_RUN_H

#include "conduct.h"

/* Prints what conduct_build would run to out. A usage error is said in err, with status 64. */
struct verdict dry_run(
	const struct options *o, const struct facts *f, struct strbuf *out, struct strbuf *err);

/* The same of conduct_helper. */
void dry_run_helper(const struct options *o, struct strbuf *out);

#endif
