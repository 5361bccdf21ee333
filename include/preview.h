/*
 * preview: what a run would do with its cache, and why, in words; asks nobody, runs nothing.
 */
#ifndef PREVIEW_H
#define PREVIEW_H

#include "conduct.h"

/* Adds the text to out. A usage error that shows only now is said in err, with status 64. */
struct verdict preview(
	const struct options *o, const struct facts *f, struct strbuf *out, struct strbuf *err);

#endif
