/*
 * why: why a cache that was found was not hit: compares what the registry says of the image that
 * was the cache with what the engine says of the image that was built; pure. It sees two images and
 * the Dockerfile, no build: it names the first difference that a step's cache depends on. The
 * questions are steps of plan_why.c, the answers are read by why_image.c.
 *
 * Nothing of an image's history is ever shown, since it holds the values of build arguments: what
 * is shown is the name of an argument, or an instruction as the Dockerfile has it.
 *
 * Not seen, and so perhaps blamed on nothing: flags of RUN (--mount, --network), which no history
 * has; what a COPY --from or a mount takes from another stage; on the legacy builder a base that
 * was built again with the same layers. Taken for a base that moved: what its ONBUILD copies.
 */
#ifndef WHY_H
#define WHY_H

#include "dockerfile.h"
#include "why_image.h"

enum why_reason {
	WHY_NONE,        /* nothing known */
	WHY_BUILDER,     /* one image is BuildKit's, the other is not: no cache for each other */
	WHY_BASE,        /* the image the Dockerfile starts from is another */
	WHY_ARGUMENT,    /* a build argument has another value: its name */
	WHY_INSTRUCTION, /* an instruction is new, or was another */
	WHY_BEFORE,      /* before the instruction others have gone */
	WHY_CONTENT,     /* other files were copied by the instruction, which is no news */
	WHY_NO_INLINE,   /* the cache's image has no inline cache */
	WHY_EMPTY_INLINE /* or one whose records have no layers: Docker 27.0 and 27.1, as
			    moby/buildkit issue 5242 has it; not measured */
};

struct why {
	enum why_reason reason;
	char *detail;  /* the argument's name, or the instruction; not to be shown raw; or NULL */
	unsigned line; /* of the instruction in the Dockerfile; 0: none */
	bool same;     /* of WHY_NONE: all that is seen is the same, and both are BuildKit's, so it
			  may be the inline cache: see why_follow */
};

/*
 * Compares them. df and stage are what was built; a stage of -1, or a file that does not fit the
 * image, leaves little to find. Takes time in the product of texts and arguments. Release it.
 */
void why_find(struct why *why, const struct why_image *cache, const struct why_image *built,
	const struct dockerfile *df, int stage);
void why_release(struct why *why);

/* Adds the reason in a few words, in one line that can be shown. */
void why_say(const struct why *why, struct strbuf *out);

#endif
