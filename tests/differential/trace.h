/*
 * trace: what docker made of its command line, as text to compare: a fact a line.
 */
#ifndef TRACE_H
#define TRACE_H

#include "place.h"

/*
 * Adds the exit status, what was said on standard error, the files left behind, and what the
 * engine was asked to build: each parameter of the query, or attribute of what BuildKit was told,
 * and the files of the context. Left out is what differs without a difference:
 *
 *	- cache sources that start with ours, and the build argument for inline cache, which are
 *	  what we add on purpose
 *	- all cache sources beside --no-cache, which makes the engine ignore them
 *	- a tag that is there already
 *	- lines of progress, random names of files, and where docker crashed
 *	- the rest of the bundle in which docker found an unknown letter: we take bundles apart
 */
void trace_add(struct strbuf *out, const struct result *result, const struct fake_engine *engine,
	const char *ours);

#endif
