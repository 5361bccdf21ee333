/*
 * plan_load: the second plan, which finds the cache: pure functions before and after it.
 *
 * Mode pull: each entry's references are pulled in order until one is there. Mode inline: nothing
 * is pulled; whether a reference exists is asked in two waves, the branch's own first, then all
 * fallbacks side by side, since registries count requests. Mode registry: the same of exported
 * caches, and only where there is none for the final image are images taken: another builder's
 * cache. In mode inline the exported cache of the image stands in for stages of which nothing was
 * found.
 *
 * What was rescued is looked for beside all that: it may have steps that no other cache has.
 *
 * Each question is a command of its own, which takes a processor for 0.2 s, so where there are many
 * one build sifts the references first, all at once; see sift.h. Few exported caches are asked for
 * by a command that takes less, see engine_inspects; what that finds is there.
 */
#ifndef PLAN_LOAD_H
#define PLAN_LOAD_H

#include "cache_refs.h"
#include "engine.h"
#include "plan.h"
#include "sift.h"

struct load_setup {
	const struct cache_refs *refs;
	const struct options *o;
	const struct engine *engine;
	const struct sift *known; /* which references exist, as far as is known; NULL: nothing is */
};

/* Whether the references are sifted first; and the plan for that, of one step. */
bool load_sifts(const struct load_setup *setup, enum cache_mode mode);
void plan_load_sift(struct plan *plan, const struct load_setup *setup);

/* Whether exported caches are asked for so; and the plan for that. Where the image's own is there
 * no other branch's is asked for. */
bool load_inspects(const struct load_setup *setup, enum cache_mode mode);
void plan_load_inspect(struct plan *plan, const struct load_setup *setup);

/* What is sifted: with exported caches the images that may stand in for them, another builder's
 * cache, if that is not too many; else those are sifted where no exported cache is there. */
enum sift_what load_sifts_for(const struct load_setup *setup, enum cache_mode mode);

/*
 * What is known not to exist is not asked for. Nor is, in mode registry and for exported caches,
 * what is known to exist: load_take takes it. For images of a graph driver it is asked for its
 * digest.
 */
void plan_load(struct plan *plan, const struct load_setup *setup, enum cache_mode mode);

/* Looks for images, in mode registry. */
void plan_load_images(struct plan *plan, const struct load_setup *setup);

/* Looks for the exported cache of the final image, in mode inline: it is that of all stages. */
void plan_load_export(struct plan *plan, const struct load_setup *setup);

/* What came of one step of the load plan. */
struct look_up {
	enum found found;
	char digest[DIGEST_MAX]; /* "": not told */
	char id[16];             /* of what was rescued, and is pulled: see cache_source */
};

/* What one entry's build takes its cache from. */
struct cache_source {
	const char *ref;  /* of the entry's references, not owned; NULL: nothing was found */
	bool exported;    /* it is an exported cache, no image */
	bool sure;        /* the last of from surely is there */
	bool was_rescued; /* there is something that was rescued, to be replaced by what is whole */
	/* It, as docker is told; NULL: there is nothing, or it is ref itself, or the same as that
	 */
	char *rescued;
	char rescued_id[16]; /* of the image that was pulled: the start of its ID; "": not told */
	/* Of the manifests that the two refer to; "": not told. */
	char digest[DIGEST_MAX], rescued_digest[DIGEST_MAX];
	/* What to tell docker: ref, by its digest where that is known. Behind one that may not be
	 * there come the next ones, up to the first that surely is. */
	struct strvec from;
};

/*
 * Chooses for each of refs' entries (sources has as many) that has no source yet the first
 * reference that exists. One that could not be asked for keeps its place: it may well exist, and to
 * name one that does not is no error for docker. look_ups has one element for each step of the
 * plan.
 */
void load_choose(struct cache_source *sources, const struct plan *plan,
	const struct look_up *look_ups, const struct cache_refs *refs);

/* Gives each entry without a sure source the first reference, of its exported caches or of its
 * images, that is known to exist; behind what may not be there. Of exported caches also what was
 * rescued. */
void load_take(struct cache_source *sources, const struct load_setup *setup, bool exports);

/* Once all have been looked for: makes what was rescued the source where there is no other. */
void load_settle(struct cache_source *sources, const struct cache_refs *refs, enum cache_mode mode);

/* Whether there is a stage without source; and has all entries without take the one that found has
 * for the final image. */
bool load_lacks_stage(const struct cache_source *sources, const struct cache_refs *refs);
void load_share(struct cache_source *sources, const struct cache_source *found,
	const struct cache_refs *refs);

/* An empty source for each entry; whether anything was found, what is the whole already counted;
 * and whether an exported cache of the final image was. */
struct cache_source *load_new(const struct cache_refs *refs);
bool load_found_any(const struct cache_source *sources, const struct cache_refs *refs);
bool load_found_export(const struct cache_source *sources, const struct cache_refs *refs);

/* As if each entry's first reference had been found: for dry runs. */
void load_assume(struct cache_source *sources, const struct cache_refs *refs, enum cache_mode mode);

/* For what cannot be asked: all exported caches, in order, whether they are there or not. */
void load_try_all(struct cache_source *sources, const struct cache_refs *refs);

void load_release(struct cache_source *sources, size_t nr);

#endif
