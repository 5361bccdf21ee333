/*
 * sift: which of many references a builder can take a cache from, asked of BuildKit itself, all in
 * one command; pure.
 *
 * It is a build of nothing that names all of them as cache-from: BuildKit resolves them side by
 * side, for the one step there is, and says of each how that went (buildkit
 * solver/llbsolver/solver.go; the same from 20.10 to 28.5):
 *
 *	#5 importing cache manifest from reg/app:main
 *	#5 DONE 0.0s
 *	#6 importing cache manifest from reg/app:topic
 *	#6 ERROR: failed to configure registry cache importer: reg/app:topic: not found
 *
 * So it costs what one look-up costs, and asks from where the cache will be used. But BuildKit on a
 * graph driver takes an image of the engine for one of the registry, and tells no digest.
 */
#ifndef SIFT_H
#define SIFT_H

#include "cache_refs.h"
#include "reason.h"

#define SIFT_MAX 128 /* references asked for at most: all at once, of one registry */

enum found { FOUND_UNKNOWN, FOUND_YES, FOUND_NO, FOUND_UNSURE };

struct sifted;

struct sift {
	struct strvec refs;
	struct sifted *each; /* one for each reference */
};

/* What the build reads as its Dockerfile. */
extern const char sift_dockerfile[];

/* What is looked for: all exported caches; all images; all images and the exported cache of the
 * final one; all exported caches and all images, but for what was rescued of those. Of what exists
 * the builder fetches the manifest, which some registries count. */
enum sift_what { SIFT_EXPORTS, SIFT_IMAGES, SIFT_IMAGES_AND_EXPORT, SIFT_ALL };

void sift_init(struct sift *sift, const struct cache_refs *refs, enum sift_what what);
void sift_release(struct sift *sift);

/* Takes up a line that the build has printed. Returns why a reference cannot be read where it is an
 * error of one that says more than that it is not there; else REASON_NONE. */
enum reason sift_line(struct sift *sift, const char *line, size_t len);

/* Takes up what was found out in another way. */
void sift_learn(struct sift *sift, const char *ref, enum found found);

/* FOUND_YES, FOUND_NO, or FOUND_UNKNOWN: it was not asked for, or that is not told. sift NULL:
 * nothing is known. */
enum found sift_found(const struct sift *sift, const char *ref);

/* Whether the builder cannot reach the registry: none of the references. */
bool sift_unreachable(const struct sift *sift);

#endif
