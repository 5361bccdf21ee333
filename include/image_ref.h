/*
 * image_ref: docker's image references and legal tags; pure.
 *
 * The grammar and the words of the errors are distribution/reference's (regexp.go, normalize.go),
 * as docker's clients use them for -t, pull, tag and push.
 */
#ifndef IMAGE_REF_H
#define IMAGE_REF_H

#include "strbuf.h"

#define TAG_MAX        128 /* bytes */
#define TAG_PREFIX_MAX 32
#define TAG_SUFFIX_MAX 64

struct image_ref {
	char *name;   /* as written, without tag and digest */
	char *domain; /* the registry's host and port; docker.io where none is written; rarely "" */
	char *path;   /* the repository there; library/x for a bare x on docker.io */
	char *tag;    /* NULL: none written */
	char *digest; /* NULL: none written; else algorithm:hex */
};

/*
 * Parses as ParseNormalizedNamed does. False leaves ref empty and adds docker's own words for what
 * is wrong to err (which may be NULL). Either way release ref once.
 */
bool image_ref_parse(struct image_ref *ref, const char *text, struct strbuf *err);
void image_ref_release(struct image_ref *ref);

bool tag_is_legal(const char *tag);

/*
 * A legal tag, owned by the caller: prefix, text, suffix. Each byte that may not stand in a tag
 * becomes '-' ('_' where it would be the first). Behind text stands a short hash of it when
 * anything but '/' had to be changed, when it had to be cut for the whole to fit TAG_MAX, or when
 * distinct asks for it because the plain tag means something else; so different texts get different
 * tags, but for 'a/b' and 'a-b'. The same goes for the suffix, which keeps up to TAG_SUFFIX_MAX
 * bytes; a prefix is cut at TAG_PREFIX_MAX.
 */
char *tag_make(const char *prefix, const char *text, const char *suffix, bool distinct);

/* name:latest for a name without tag, which docker before 20.10 would push with all its tags; owned
 * by the caller. */
char *image_with_tag(const char *image);

#endif
