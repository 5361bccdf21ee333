/*
 * secrets: whether what is given as a build argument looks like a secret; pure, a table.
 */
#ifndef SECRETS_H
#define SECRETS_H

#include "options.h"

/* Whether a build argument of that name (NAME or NAME=value) looks like a secret. */
bool secrets_is_one(const char *arg);

/* The names of those among the build arguments, with commas between; "": there are none. */
void secrets_list(const struct options *o, struct strbuf *out);

/* Takes their values out of what docker is given, so that it would look for them in the
 * environment, and passwords out of URLs: for what is only shown. */
void secrets_hide(struct options *o);

#endif
