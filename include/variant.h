/*
 * variant: what sets the tags of one build apart from those of another of the same branch; pure.
 */
#ifndef VARIANT_H
#define VARIANT_H

#include "facts.h"
#include "options.h"

/*
 * --cache-key, the platforms (another one's layers are of no use) and the Dockerfile, where it is
 * not the default one (it may have stages of the same names), with "-" between; "" for none. It
 * need not be legal in a tag. platforms is what is built for, "linux/arm64,linux/amd64"; NULL: not
 * known. To be freed by the caller.
 */
char *variant(const struct options *o, const struct facts *f, const char *platforms);

#endif
