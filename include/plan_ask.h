/*
 * plan_ask: the first plan, which asks docker what it is. Few and cheap commands, side by side, for
 * every run waits for them: `docker info` alone for clients from 23.0 on.
 */
#ifndef PLAN_ASK_H
#define PLAN_ASK_H

#include "plan.h"

void plan_ask_info(struct plan *plan, const char *docker);

/* Of the builder that was named, by --builder or BUILDX_BUILDER: for engine_read_builder. */
void plan_ask_builder(struct plan *plan, const char *docker, const char *builder);

/* What the command is, where it does not know `docker info`: for engine_read_version. */
void plan_ask_version(struct plan *plan, const char *docker);

/* What `docker info` could not tell: see engine_read_build_help. */
void plan_ask_build_help(struct plan *plan, const char *docker);

#endif
