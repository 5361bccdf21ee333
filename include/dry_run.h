/*
 * dry_run: what conduct_build would run, as text; starts nothing.
 */
#ifndef DRY_RUN_H
#define DRY_RUN_H

#include "conduct.h"

/* Prints to out. A usage error is said in err, with status 64. */
struct verdict dry_run(
	const struct options *o, const struct facts *f, struct strbuf *out, struct strbuf *err);

#endif
