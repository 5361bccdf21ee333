#include "build_sources.h"

#include <stdlib.h>

/* Whether the registry had anything for this entry or one before it. */
static bool
found_any(const struct planner *p, size_t entry)
{
	size_t i;

	for (i = 0; i <= entry; i++) {
		if (p->sources[i].ref)
			return true;
	}
	return false;
}

/* What the legacy builder takes an entry's cache from: the better one has been given the name of
 * what was rescued, see build_choose; NULL: nothing. */
static const char *
pulled_as(const struct planner *p, size_t entry)
{
	const struct cache_source *source = &p->sources[entry];

	return p->takes[entry] ? source->rescued : source->ref;
}

/*
 * The legacy builder's sources. With any of them it no longer uses its ordinary cache, but for what
 * the images named are made of (moby image/cache/cache.go), so none are named unless something was
 * found; then also the stages built before, and last the entry itself. With --no-cache that is what
 * is wanted: the stages just built, and nothing else.
 */
static void
push_pulled(const struct planner *p, struct strvec *argv, size_t entry)
{
	const struct cache_entry *entries = p->refs->entries;
	const char *found = pulled_as(p, entry);
	size_t i;

	if (!p->o->no_cache && !found_any(p, entry))
		return;
	for (i = 0; i < entry; i++) {
		if (planner_is_apart(p, i))
			strvec_push_option(argv, "--cache-from", cache_entry_local(&entries[i]));
		else if (!p->o->no_cache)
			strvec_push_option(argv, "--cache-from", p->sources[i].ref);
	}
	if (!p->o->no_cache)
		strvec_push_option(
			argv, "--cache-from", found ? found : cache_entry_local(&entries[entry]));
}

/* The stages that an entry's build may use, by the builds before it. */
static void
push_built(const struct planner *p, struct strvec *argv, size_t entry)
{
	size_t i;

	for (i = 0; i < entry; i++) {
		if (planner_is_apart(p, i))
			strvec_push_option(
				argv, "--cache-from", cache_entry_local(&p->refs->entries[i]));
	}
}

/* The sources of an entry, which is one in all but doubtful cases. */
static void
push_source(struct strvec *argv, const struct cache_source *source)
{
	size_t i;

	for (i = 0; i < source->from.nr; i++) {
		char *exported = source->exported
					 ? xasprintf("type=registry,ref=%s", source->from.v[i])
					 : NULL;

		strvec_push_option(argv, "--cache-from", exported ? exported : source->from.v[i]);
		free(exported);
	}
}

/* What was rescued beside the source: exported caches do not spoil each other. */
static void
push_rescued_export(const struct planner *p, struct strvec *argv, size_t entry)
{
	char *value;

	if (p->mode != MODE_REGISTRY || !p->sources[entry].rescued)
		return;
	value = xasprintf("type=registry,ref=%s", p->sources[entry].rescued);
	strvec_push_option(argv, "--cache-from", value);
	free(value);
}

static void
push_source_and_rescued(const struct planner *p, struct strvec *argv, size_t entry)
{
	push_source(argv, &p->sources[entry]);
	push_rescued_export(p, argv, entry);
}

/* Whether two sources are surely the same. */
static bool
is_same_source(const struct cache_source *a, const struct cache_source *b)
{
	return a->exported == b->exported && a->from.nr == 1 && b->from.nr == 1 &&
	       str_eq(a->from.v[0], b->from.v[0]);
}

/*
 * The exported cache of a stage is another than the image's only after a run that failed, see
 * plan_build.h; then the build of all takes both. A step that only one of them knows may be missed
 * where what it is made from is in both (measured with 28.5: in 3 of 19 runs), so what is in the
 * stage's is taken up before, see build_own.
 */
bool
build_has_other(const struct planner *p, size_t entry)
{
	const struct cache_source *own = &p->sources[entry];
	const struct cache_source *image = &p->sources[p->refs->nr - 1];

	return entry + 1 < p->refs->nr && p->mode == MODE_REGISTRY && own->exported && own->sure &&
	       image->exported && image->sure && !is_same_source(own, image);
}

void
build_push_source(const struct planner *p, struct strvec *argv, size_t entry)
{
	push_source(argv, &p->sources[entry]);
}

void
build_push_sources(const struct planner *p, struct strvec *argv, size_t entry, enum build_from from)
{
	size_t i;

	if (p->mode == MODE_PULL)
		push_pulled(p, argv, entry);
	else if (!p->o->no_cache && from != BUILD_FROM_LOCAL)
		push_source_and_rescued(p, argv, entry);
	for (i = 0; from == BUILD_FROM_ALL && !p->o->no_cache && i < entry; i++) {
		if (p->sources[i].exported && !is_same_source(&p->sources[i], &p->sources[entry]))
			push_source(argv, &p->sources[i]);
		push_rescued_export(p, argv, i);
	}
	if (!p->o->no_cache)
		strvec_push_options(argv, "--cache-from", &p->o->cache_from);
}

/*
 * All that steps may have come from: where layers are fetched only when they are needed
 * the builder's own cache has nothing of them without where they come from (buildkit
 * cache/refs.go, "missing descriptor handlers").
 */
void
build_push_all_sources(const struct planner *p, struct strvec *argv)
{
	build_push_sources(p, argv, p->refs->nr - 1, BUILD_FROM_ALL);
}

void
build_push_rescued(const struct planner *p, struct strvec *argv, size_t entry)
{
	if (p->mode == MODE_PULL)
		push_built(p, argv, entry);
	if (p->mode == MODE_REGISTRY)
		push_rescued_export(p, argv, entry);
	else
		strvec_push_option(argv, "--cache-from", p->sources[entry].rescued);
}
