/*
 * cache_refs: which stages are cached, under which names, and where they are looked for; pure.
 *
 *	what            stage s       final image
 *	branch b        base:b-s      base:b
 *	un-prefixed     base:s        base:latest
 *
 * base is IMAGE's repository or --cache-repo. A variant (--cache-key, a platform other than
 * linux/amd64, a -f that is not the default one) stands between: base:b-KEY-s, base:KEY-s,
 * base:b-KEY, base:latest-KEY. A --target that is not the last stage has its final image where that
 * stage's cache is, for it is the same image.
 *
 * What is left of a stage, or of the final image, when a build fails in it is stored under the name
 * that this run's caches have with ".rescued" behind, an un-prefixed one too where there is no
 * branch. So it replaces no cache of a whole stage, and is no finished image; it is looked for
 * beside the others.
 *
 * A builder that exports caches has them beside the images, under the same names with ".cache"
 * behind. Such a reference is no image, and an image's tag is never written to by an export. What
 * stages are made from may go there ahead of them: base:b.base.cache, which nothing reads.
 *
 * What a stranger's pull request builds must not reach others. Of one from a fork nothing is stored
 * (not_stored) and IMAGE is not pushed (not_pushed), whatever the options say: a --cache-branch is
 * looked under, no more. Where it is not known whether it comes from a fork, where it has the name
 * of a branch that others start from, or its caches would have their names, of tags and of merge
 *queues nothing is stored unless there is a --cache-branch; IMAGE is pushed.
 */
#ifndef CACHE_REFS_H
#define CACHE_REFS_H

#include "dockerfile.h"
#include "facts.h"
#include "image_ref.h"

/* One thing that is cached: a stage, or the final image. */
struct cache_entry {
	int stage;    /* its index in the Dockerfile; of the final image the target's, or -1 */
	char *name;   /* of the stage, or what we call it; NULL: the final image */
	bool unnamed; /* the file has no name for the stage */
	struct strvec lookup; /* references: one for each of branches, then the un-prefixed one */
	char *rescued;        /* and the one for what is left of it */
	char *store_branch;   /* the reference to store under for the branch; NULL: none */
	char *store_shared;   /* the un-prefixed one; NULL: none */
	/* The same for exported caches. */
	struct strvec exports;
	char *export_rescued, *export_branch, *export_shared;
};

struct cache_refs {
	struct cache_entry *entries; /* stages in file order, then the final image */
	size_t nr;
	struct strvec branches;  /* what is looked under, in order, for messages */
	char *branch;            /* the branch that is stored under; NULL: none, see below */
	const char *branch_from; /* who said so, for messages */
	char *ahead;             /* where a base is sent ahead; NULL: nowhere */
	const char *not_stored;  /* why nothing is stored; NULL: it is */
	const char *not_pushed; /* why IMAGE is never pushed; NULL: it is where that is asked for */
	struct image_ref image; /* IMAGE taken apart */
};

/*
 * Names everything. df has no stages where the Dockerfile is not known: then only the final image
 * is cached. platform is what is built for, as in struct build_args; NULL: not known. False: a
 * usage error (--cache-stage names none of the stages), said in err. IMAGE must be a legal
 * reference. Release either way.
 */
bool cache_refs_make(struct cache_refs *refs, const struct options *o, const struct facts *f,
	const struct dockerfile *df, const char *platform, struct strbuf *err);
void cache_refs_release(struct cache_refs *refs);

/* The entry of the final image. */
const struct cache_entry *cache_refs_final(const struct cache_refs *refs);

/* Whether the entry's first reference is the branch's own, and the others are fallbacks. */
bool cache_refs_own_first(const struct cache_refs *refs);

/*
 * The tag an entry has in the engine while we build: its first reference. That may be one it is not
 * stored under; the engine is ours to tag in.
 */
const char *cache_entry_local(const struct cache_entry *entry);

#endif
