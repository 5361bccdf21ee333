/*
 * cache_tags: what is called what in the repository that the cache is kept in, see cache_refs.h for
 * the table; pure. Who may store under a name is not asked here.
 */
#ifndef CACHE_TAGS_H
#define CACHE_TAGS_H

#include "dockerfile.h"
#include "options.h"

/* What all tags of a run are made from. */
struct cache_tags {
	const struct dockerfile *df; /* not owned, nor are base and prefix */
	const char *base;            /* the repository the cache is kept in */
	const char *prefix;          /* of every tag; may be empty */
	char *key;                   /* the variant; may be empty */
	struct strvec own;    /* tags of IMAGE and of each -t in base: no stage is stored there */
	char *latest;         /* the un-prefixed tag of the final image */
	struct strvec shared; /* it, and those of all stages of the Dockerfile */
	struct strbuf ext;    /* what is behind an image's tag in that of its exported cache */
	struct strbuf cut;    /* the same of what was rescued of it, */
	struct strbuf from;   /* and of what it is made from */
};

/* base is a repository; key is taken over. */
void cache_tags_make(struct cache_tags *t, const struct options *o, const struct dockerfile *df,
	const char *base, char *key);
void cache_tags_release(struct cache_tags *t);

/*
 * The tag of a stage, or with stage NULL of the final image, under a branch; the un-prefixed one;
 * and that of what is kept beside an image of that tag, by one of the endings above. Each is legal,
 * and to be freed by the caller.
 */
char *cache_tags_branch(const struct cache_tags *t, const char *branch, const char *stage);
char *cache_tags_shared(const struct cache_tags *t, const char *stage);
char *cache_tags_beside(const struct cache_tags *t, const char *image, const struct strbuf *ending);

/*
 * Whether something under a branch is called like something under another: that is the same, or
 * a-b and a/b, or main-builder, and main where there is a stage "builder". False where the other is
 * NULL.
 */
bool cache_tags_meet(const struct cache_tags *t, const char *branch, const char *other);

#endif
