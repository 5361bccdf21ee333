/*
 * why_inline: whether an image that looks as it should has the inline cache that makes it one;
 * pure.
 */
#ifndef WHY_INLINE_H
#define WHY_INLINE_H

#include "engine.h"
#include "why.h"

/*
 * The digest to ask for next on the way to an image's config, of the answer to WHY_REGISTRY_FORMAT,
 * or a raw index or manifest: that of the manifest, then of the config. *config: it is the
 * config's. False: there is none.
 */
bool why_follow(const char *text, size_t len, char digest[DIGEST_MAX], bool *config);

/* What a raw config says of the inline cache: WHY_NO_INLINE, WHY_EMPTY_INLINE; or WHY_NONE, also
 * when it was cut short. */
enum why_reason why_inline(const char *text, size_t len);

#endif
