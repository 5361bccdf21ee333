/*
 * project: what is to be built, taken together: what the build is given, the stages of the
 * Dockerfile, the names of their caches; pure.
 */
#ifndef PROJECT_H
#define PROJECT_H

#include "build_args.h"
#include "cache_refs.h"

struct project {
	struct build_args args;
	struct dockerfile
		df;  /* without stages where the Dockerfile is not known or not understood */
	bool cached; /* there can be a cache */
	struct cache_refs refs; /* where there can be one */
	const char *uncached;   /* why there can be none, for messages; NULL: docker will say it, or
				   nothing is built */
	struct strbuf named;    /* the Dockerfile with names for all stages; empty: all cached ones
				   have    one */
};

/*
 * platform is the engine's own, as docker or uname calls it; NULL: not known. False: a usage error,
 * said in err. p must stay where it is; release it either way.
 */
bool project_make(struct project *p, const struct options *o, const struct facts *f,
	const char *platform, struct strbuf *err);
void project_release(struct project *p);

#endif
