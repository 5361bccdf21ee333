#include "plan_load.h"

#include <stdlib.h>
#include <string.h>

/*
 * The heading under which a reference is looked up: ":: Pulling cached images for BRANCH", or that
 * of un-prefixed ones, or of rescued ones.
 */
static char *
heading(const struct cache_refs *refs, size_t candidate, enum cache_mode mode)
{
	const char *verb = mode == MODE_PULL ? "Pulling" : "Looking up";

	if (candidate < refs->branches.nr)
		return xasprintf("%s cached images for %s", verb, refs->branches.v[candidate]);
	return xasprintf(
		"%s %s cached images", verb, candidate == STEP_NONE ? "rescued" : "unprefixed");
}

/* What look-ups are made of. */
struct prober {
	struct plan *plan;
	const struct cache_refs *refs;
	const struct options *o;
	const struct engine *e;
	const struct sift *known;
	bool trusted;  /* what is known to exist is not asked for again */
	bool inspects; /* see engine_inspects */
	struct image_ref base;
};

static void
prober_init(struct prober *p, struct plan *plan, const struct load_setup *setup, bool trusted)
{
	*p = (struct prober){.plan = plan,
		.refs = setup->refs,
		.o = setup->o,
		.e = setup->engine,
		.known = setup->known,
		.trusted = trusted};
	image_ref_parse(&p->base, p->o->cache_repo ? p->o->cache_repo : p->o->image, NULL);
}

/*
 * Clients with buildx ask by it: it gives reasons, and the digest of an index too. Without it, and
 * for registries that only the engine's configuration calls insecure, docker's own command does; it
 * says "no such manifest" of an image behind plain http unless told --insecure.
 */
static void
add_probe_command(const struct prober *p, struct step *step, const char *ref)
{
	const char *domain = p->base.domain ? p->base.domain : "";

	if (engine_reaches(p->e, domain) && !p->inspects) {
		strvec_pushl(&step->argv[0], p->o->docker, "buildx", "imagetools", "inspect", ref);
		return;
	}
	strvec_pushl(&step->argv[0], p->o->docker, "manifest", "inspect");
	if (engine_is_insecure(p->e, domain))
		strvec_push(&step->argv[0], "--insecure");
	strvec_pushl(&step->argv[0], "-v", ref);
}

/* A probe of one of an entry's references; NULL: it is known to be there, or not to. */
static struct step *
add_probe(const struct prober *p, size_t entry, const char *ref, size_t candidate)
{
	enum found found = sift_found(p->known, ref);
	struct step *step;

	if (found == FOUND_NO || (found == FOUND_YES && p->trusted))
		return NULL;
	step = plan_add(p->plan, STEP_PROBE, STEP_OPTIONAL);
	add_probe_command(p, step, ref);
	step->subject = xstrdup(ref);
	step->heading = heading(p->refs, candidate, MODE_INLINE);
	step->entry = entry;
	step->candidate = candidate;
	return step;
}

/*
 * Probes of one entry's references that may exist: first the branch's own or the first that is
 * known to exist, the others only where that failed.
 */
static void
add_probes(const struct prober *p, size_t entry, bool exports)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	const struct strvec *refs = exports ? &it->exports : &it->lookup;
	size_t first = STEP_NONE, i;

	for (i = 0; i < refs->nr; i++) {
		enum found found = sift_found(p->known, refs->v[i]);
		struct step *step = add_probe(p, entry, refs->v[i], i);

		if (found == FOUND_YES && p->trusted)
			return;
		if (!step)
			continue;
		step->instead_of = first;
		if (first == STEP_NONE &&
			(found == FOUND_YES || (i == 0 && cache_refs_own_first(p->refs))))
			first = plan_last(p->plan);
	}
}

static void
add_pull(struct plan *plan, const struct load_setup *setup, size_t entry, const char *ref,
	size_t candidate)
{
	struct step *step = plan_pull_tag(plan, STEP_OPTIONAL, setup->o->docker, ref, ref);

	step->heading = heading(setup->refs, candidate, MODE_PULL);
	step->entry = entry;
	step->candidate = candidate;
}

static void
add_pulls(struct plan *plan, const struct load_setup *setup, size_t entry)
{
	const struct cache_entry *it = &setup->refs->entries[entry];
	size_t i, last = STEP_NONE;

	for (i = 0; i < it->lookup.nr; i++) {
		add_pull(plan, setup, entry, it->lookup.v[i], i);
		plan->steps[plan_last(plan)].instead_of = last;
		last = plan_last(plan);
	}
}

/* Its ID tells later whether all of it was found. */
static void
add_rescued_pull(struct plan *plan, const struct load_setup *setup, size_t entry)
{
	const struct cache_entry *it = &setup->refs->entries[entry];

	add_pull(plan, setup, entry, it->rescued, STEP_NONE);
	strvec_pushl(&plan->steps[plan_last(plan)].argv[1], setup->o->docker, "image", "inspect",
		"--format", "{{.Id}}", it->rescued);
}

static void
add_all_probes(const struct prober *p, bool exports)
{
	size_t i;

	for (i = 0; i < p->refs->nr; i++)
		add_probes(p, i, exports);
}

/* The first of the entry's exported caches that is known to exist; false: none is. */
static bool
add_export_probe(const struct prober *p, size_t entry)
{
	const struct strvec *exports = &p->refs->entries[entry].exports;
	size_t i;

	for (i = 0; i < exports->nr; i++) {
		if (sift_found(p->known, exports->v[i]) == FOUND_YES) {
			add_probe(p, entry, exports->v[i], i);
			return true;
		}
	}
	return false;
}

/*
 * Behind the others: what is asked first is answered first. Of exported caches the digest is asked
 * too, that of each stage's own and that of the image's: once the stage is whole, or a run has gone
 * well, they are the same.
 */
static void
add_rescued_probes(const struct prober *p, bool exports)
{
	struct prober asking = *p;
	size_t last = p->refs->nr - 1, i;
	bool any = false;

	asking.trusted = false;
	asking.inspects = exports && engine_inspects(p->e);
	for (i = 0; i <= last; i++) {
		const struct cache_entry *it = &p->refs->entries[i];

		any |= add_probe(&asking, i, exports ? it->export_rescued : it->rescued,
			       STEP_NONE) != NULL;
		if (exports && i < last)
			any |= add_export_probe(&asking, i);
	}
	if (any && exports)
		add_export_probe(&asking, last);
}

/* How many entries there may be for each to be asked for by itself: two processors answer seven
 * questions in the time that sifting takes (measured with 28.5: 0.05 s each, 0.3 s). */
#define INSPECT_MAX 3

bool
load_inspects(const struct load_setup *setup, enum cache_mode mode)
{
	return mode == MODE_REGISTRY && engine_inspects(setup->engine) &&
	       cache_refs_own_first(setup->refs) && setup->refs->nr <= INSPECT_MAX;
}

enum sift_what
load_sifts_for(const struct load_setup *setup, enum cache_mode mode)
{
	const struct cache_entry *it = cache_refs_final(setup->refs);
	size_t each = it->exports.nr + it->lookup.nr + 1;

	if (mode != MODE_REGISTRY)
		return SIFT_IMAGES_AND_EXPORT;
	return setup->refs->nr * each <= SIFT_MAX ? SIFT_ALL : SIFT_EXPORTS;
}

static void
add_inspection(const struct prober *p, size_t entry, const char *ref, size_t candidate)
{
	struct step *step = add_probe(p, entry, ref, candidate);

	if (!step)
		return;
	free(step->heading);
	step->heading = xstrdup("Looking up caches");
}

/*
 * Questions about one entry's exported caches: its own at once, those of each further branch only
 * where the image's of the branch before is not there. The image is asked for first, so that its
 * candidates are the plan's first steps. What may have to be written over is asked for in any case.
 */
static void
inspect_entry(const struct prober *p, size_t entry)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	size_t i;

	for (i = 0; i < it->exports.nr; i++) {
		bool stored = entry + 1 == p->refs->nr && it->export_shared &&
			      str_eq(it->export_shared, it->exports.v[i]);

		add_inspection(p, entry, it->exports.v[i], i);
		if (i > 0 && !stored)
			p->plan->steps[plan_last(p->plan)].instead_of = i - 1;
	}
}

void
plan_load_inspect(struct plan *plan, const struct load_setup *setup)
{
	struct prober p;
	size_t i;

	prober_init(&p, plan, setup, false);
	p.inspects = true;
	for (i = setup->refs->nr; i-- > 0;)
		inspect_entry(&p, i);
	for (i = 0; i < setup->refs->nr; i++)
		add_inspection(&p, i, setup->refs->entries[i].export_rescued, STEP_NONE);
	image_ref_release(&p.base);
}

void
plan_load(struct plan *plan, const struct load_setup *setup, enum cache_mode mode)
{
	struct prober p;
	size_t i;

	if (mode == MODE_PULL) {
		for (i = 0; i < setup->refs->nr; i++)
			add_pulls(plan, setup, i);
		for (i = 0; i < setup->refs->nr; i++)
			add_rescued_pull(plan, setup, i);
		return;
	}
	prober_init(&p, plan, setup, mode == MODE_REGISTRY);
	add_all_probes(&p, mode == MODE_REGISTRY);
	add_rescued_probes(&p, mode == MODE_REGISTRY);
	image_ref_release(&p.base);
}

void
plan_load_images(struct plan *plan, const struct load_setup *setup)
{
	struct prober p;

	prober_init(&p, plan, setup, true);
	add_all_probes(&p, false);
	image_ref_release(&p.base);
}

void
plan_load_export(struct plan *plan, const struct load_setup *setup)
{
	struct prober p;

	prober_init(&p, plan, setup, true);
	add_probes(&p, setup->refs->nr - 1, true);
	image_ref_release(&p.base);
}

void
plan_load_sift(struct plan *plan, const struct load_setup *setup)
{
	struct step *step = plan_add(plan, STEP_PROBE, STEP_OPTIONAL);
	const char *builder = options_last(&setup->o->builders);
	const char *first = setup->known->refs.v[0];
	size_t i;

	strvec_pushl(&step->argv[0], setup->o->docker, "build");
	if (builder)
		strvec_push_option(&step->argv[0], "--builder", builder);
	strvec_pushl(&step->argv[0], "--progress=plain", "--output", "type=cacheonly");
	for (i = 0; i < setup->known->refs.nr; i++)
		strvec_push_option(&step->argv[0], "--cache-from", setup->known->refs.v[i]);
	strvec_push(&step->argv[0], "-");
	step->input = INPUT_SIFT;
	step->subject = xstrndup(first, (size_t)(strrchr(first, ':') - first));
	step->heading = xstrdup("Looking up caches");
}

bool
load_sifts(const struct load_setup *setup, enum cache_mode mode)
{
	if (mode == MODE_PULL || setup->engine->kind != ENGINE_DOCKER)
		return false;
	/* an image is asked for its digest all the same, and two at once take less than a build */
	return mode == MODE_REGISTRY || setup->refs->nr > 2;
}

/* The reference by its digest: NAME@DIGEST for NAME:TAG. A local image of the same tag would hide
 * the registry's from BuildKit on a graph driver (adapters/localinlinecache); a digest does not. */
static char *
by_digest(const char *ref, const char *digest)
{
	const char *colon = strrchr(ref, ':');

	return *digest ? xasprintf("%.*s@%s", (int)(colon - ref), ref, digest) : xstrdup(ref);
}

/* What docker is told of it: what was pulled is called by its tag, by which it is here. */
static char *
name_of(const struct step *step, const struct look_up *look_up)
{
	return by_digest(step->subject, step->kind == STEP_PULL_TAG ? "" : look_up->digest);
}

/* Only what surely is there: nothing else may be put before a better cache. */
static void
take_rescued(struct cache_source *source, const struct step *step, const struct look_up *look_up)
{
	if (look_up->found != FOUND_YES)
		return;
	source->was_rescued = true;
	source->rescued = name_of(step, look_up);
	memcpy(source->rescued_digest, look_up->digest, sizeof(look_up->digest));
	memcpy(source->rescued_id, look_up->id, sizeof(look_up->id));
}

/* Takes up what came of one step; its entry's steps stand in the order of its references. */
static void
choose(struct cache_source *source, const struct cache_entry *entry, const struct step *step,
	const struct look_up *look_up)
{
	size_t at = step->candidate;

	if (at == STEP_NONE) {
		take_rescued(source, step, look_up);
		return;
	}
	if (source->sure || (look_up->found != FOUND_YES && look_up->found != FOUND_UNSURE))
		return;
	if (!source->ref) {
		source->exported = at < entry->exports.nr &&
				   str_eq(entry->exports.v[at], step->subject);
		source->ref = source->exported ? entry->exports.v[at] : entry->lookup.v[at];
	}
	strvec_take(&source->from, name_of(step, look_up));
	memcpy(source->digest, look_up->digest, sizeof(look_up->digest));
	source->sure = look_up->found == FOUND_YES;
}

void
load_choose(struct cache_source *sources, const struct plan *plan, const struct look_up *look_ups,
	const struct cache_refs *refs)
{
	bool *settled = xcalloc(refs->nr, sizeof(*settled));
	size_t i;

	for (i = 0; i < refs->nr; i++)
		settled[i] = sources[i].ref != NULL;
	for (i = 0; i < plan->nr; i++) {
		size_t entry = plan->steps[i].entry;

		if (!settled[entry] || plan->steps[i].candidate == STEP_NONE)
			choose(&sources[entry], &refs->entries[entry], &plan->steps[i],
				&look_ups[i]);
	}
	free(settled);
}

/* Gives the source the first of the references that is known to exist. */
static void
take(struct cache_source *source, const struct strvec *refs, const struct sift *known, bool exports)
{
	size_t i;

	for (i = 0; i < refs->nr && sift_found(known, refs->v[i]) != FOUND_YES;)
		i++;
	if (i == refs->nr)
		return;
	if (!source->ref) {
		source->ref = refs->v[i];
		source->exported = exports;
	}
	strvec_push(&source->from, refs->v[i]);
	source->sure = true;
}

void
load_take(struct cache_source *sources, const struct load_setup *setup, bool exports)
{
	size_t i;

	for (i = 0; i < setup->refs->nr; i++) {
		const struct cache_entry *it = &setup->refs->entries[i];

		if (!sources[i].ref || (!sources[i].sure && sources[i].exported == exports))
			take(&sources[i], exports ? &it->exports : &it->lookup, setup->known,
				exports);
		if (exports && !sources[i].rescued &&
			sift_found(setup->known, it->export_rescued) == FOUND_YES) {
			sources[i].was_rescued = true;
			sources[i].rescued = xstrdup(it->export_rescued);
		}
	}
}

/* Whether what was rescued is the source itself, or the image's, if that has the cache of all
 * stages: once a run has gone well it is the same as what is whole. */
static bool
is_rescued_source(const struct cache_source *source, const struct cache_source *image)
{
	const char *digest = source->rescued_digest;

	if (*digest && (str_eq(source->digest, digest) ||
			       (image->exported && str_eq(image->digest, digest))))
		return true;
	return str_eq(source->from.v[0], source->rescued);
}

void
load_settle(struct cache_source *sources, const struct cache_refs *refs, enum cache_mode mode)
{
	size_t i;

	for (i = 0; i < refs->nr; i++) {
		const struct cache_entry *it = &refs->entries[i];
		struct cache_source *source = &sources[i];

		if (source->rescued && !source->ref) {
			source->exported = mode == MODE_REGISTRY;
			source->ref = source->exported ? it->export_rescued : it->rescued;
			source->sure = true;
			strvec_push(&source->from, source->rescued);
		}
		if (source->rescued && is_rescued_source(source, &sources[refs->nr - 1])) {
			free(source->rescued);
			source->rescued = NULL;
		}
	}
}

bool
load_lacks_stage(const struct cache_source *sources, const struct cache_refs *refs)
{
	size_t i;

	for (i = 0; i + 1 < refs->nr; i++) {
		if (!sources[i].ref)
			return true;
	}
	return false;
}

void
load_share(struct cache_source *sources, const struct cache_source *found,
	const struct cache_refs *refs)
{
	const struct cache_source *from = &found[refs->nr - 1];
	size_t i;

	for (i = 0; from->ref && i < refs->nr; i++) {
		if (sources[i].ref)
			continue;
		sources[i].ref = from->ref;
		sources[i].exported = from->exported;
		sources[i].sure = from->sure;
		strvec_push_all(&sources[i].from, &from->from);
	}
}

struct cache_source *
load_new(const struct cache_refs *refs)
{
	struct cache_source *sources = xcalloc(refs->nr, sizeof(*sources));
	size_t i;

	for (i = 0; i < refs->nr; i++)
		strvec_init(&sources[i].from);
	return sources;
}

bool
load_found_any(const struct cache_source *sources, const struct cache_refs *refs)
{
	bool any = false;
	size_t i;

	for (i = 0; i < refs->nr; i++)
		any |= sources[i].ref || sources[i].was_rescued;
	return any;
}

bool
load_found_export(const struct cache_source *sources, const struct cache_refs *refs)
{
	size_t last = refs->nr - 1;

	/* what was rescued of the image has only what that needs */
	return sources[last].ref && sources[last].exported &&
	       sources[last].ref != refs->entries[last].export_rescued;
}

void
load_assume(struct cache_source *sources, const struct cache_refs *refs, enum cache_mode mode)
{
	size_t i;

	for (i = 0; i < refs->nr; i++) {
		const struct cache_entry *it = &refs->entries[i];

		/* an export of the final image has all stages */
		if (mode == MODE_REGISTRY && i + 1 < refs->nr)
			continue;
		sources[i].exported = mode == MODE_REGISTRY;
		sources[i].ref = sources[i].exported ? it->exports.v[0] : it->lookup.v[0];
		strvec_push(&sources[i].from, sources[i].ref);
	}
}

void
load_try_all(struct cache_source *sources, const struct cache_refs *refs)
{
	size_t i;

	for (i = 0; i < refs->nr; i++) {
		sources[i].exported = true;
		sources[i].ref = refs->entries[i].exports.v[0];
		strvec_push_all(&sources[i].from, &refs->entries[i].exports);
	}
}

void
load_release(struct cache_source *sources, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		strvec_release(&sources[i].from);
		free(sources[i].rescued);
	}
	free(sources);
}
