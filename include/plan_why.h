/*
 * plan_why: the questions whose answers the module why reads. They are asked after the builds, and
 * only of what did not hit its cache. By then its tag may be another image's, our own: the cache's
 * image is asked for by its digest.
 */
#ifndef PLAN_WHY_H
#define PLAN_WHY_H

#include "engine.h"
#include "plan.h"

/*
 * Asks the registry for the image from, which is NAME@DIGEST; for why_read_registry and why_follow.
 * False, with nothing added, where it cannot be asked: from has no digest, there is no buildx, or
 * only the engine knows that the registry is insecure.
 */
bool plan_why_registry(struct plan *plan, const char *docker, const char *from,
	const struct engine *e, size_t entry);

/* Asks for what is in from's repository under a digest; for why_follow and why_inline. */
void plan_why_raw(
	struct plan *plan, const char *docker, const char *from, const char *digest, size_t entry);

/* Asks the engine for an image, by any name of it; for why_read_engine. What the legacy builder has
 * pulled as its cache is there too, as NAME@DIGEST. */
void plan_why_engine(struct plan *plan, const char *docker, const char *image, size_t entry);

#endif
