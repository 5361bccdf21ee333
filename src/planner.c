#include "planner.h"

#include <stdlib.h>
#include <string.h>

bool
planner_is_apart(const struct planner *p, size_t entry)
{
	return p->mode != MODE_PULL || !p->refs->entries[entry].unnamed;
}

bool
planner_needs_stages(const struct planner *p, size_t entry, bool *needed)
{
	int stage = p->refs->entries[entry].stage;

	if (stage >= 0)
		dockerfile_needed(p->df, (size_t)stage, needed);
	return stage >= 0;
}

/* The values of --no-cache-filter, which are lists with commas. */
static void
list_filters(struct planner *p)
{
	size_t i;

	strvec_init(&p->filters);
	for (i = 0; i < p->o->no_cache_filter.nr; i++) {
		const char *names = p->o->no_cache_filter.v[i];

		do {
			size_t n = strcspn(names, ",");

			strvec_take(&p->filters, xstrndup(names, n));
			names += n + (names[n] == ',');
		} while (*names);
	}
	p->filtered = xcalloc(p->filters.nr + 1, sizeof(*p->filtered));
	for (i = 0; i < p->filters.nr; i++)
		p->filtered[i] = STEP_NONE;
}

/* Whether an --output leaves an image in the engine, or in the registry (buildx
 * util/buildflags/export.go). */
static bool
is_image_output(const char *output)
{
	static const char *const types[] = {"type=image", "type=docker", "type=registry"};
	char *field;
	bool image = false, dest = false;
	size_t n, i;

	for (; *output; output += n + (output[n] == ',')) {
		n = strcspn(output, ",");
		field = xstrndup(output, n);
		for (i = 0; i < ARRAY_SIZE(types); i++)
			image |= str_eq(field, types[i]);
		dest |= str_skip_prefix(field, "dest=") != NULL;
		free(field);
	}
	return image && !dest;
}

/* Whether an --output counts: the legacy builder makes its image all the same, where docker does
 * not refuse the flag. */
bool
planner_has_output(const struct planner *p)
{
	return p->o->outputs.nr && p->mode != MODE_PULL;
}

bool
planner_makes_image(const struct planner *p)
{
	size_t i;

	for (i = 0; i < p->o->outputs.nr; i++) {
		if (is_image_output(p->o->outputs.v[i]))
			return true;
	}
	return !planner_has_output(p);
}

bool
planner_can_copy(const struct build_setup *setup)
{
	const struct options *o = setup->o;

	return setup->engine &&
	       engine_reaches_image(setup->engine, o->cache_repo ? o->cache_repo : o->image);
}

bool
planner_copies_all(const struct build_setup *setup)
{
	return planner_can_copy(setup) && engine_prefers_index(setup->engine);
}

bool
planner_loads(const struct planner *p)
{
	return !p->setup->engine || engine_loads(p->setup->engine);
}

const char *
planner_local(const struct cache_entry *it)
{
	/* a stage's tags are none of IMAGE's; the image's may be, but for those it is stored under
	 */
	if (it->name)
		return cache_entry_local(it);
	return it->store_branch ? it->store_branch : it->store_shared;
}

bool
planner_stores_itself(const struct planner *p)
{
	return p->mode == MODE_REGISTRY || !planner_loads(p);
}

/* Whether docker is to say in a file what it has built: all names are in that, ours too. */
static bool
names_in_file(const struct options *o)
{
	bool file = false;
	size_t i;

	for (i = 0; i < o->final.nr; i++)
		file |= str_skip_prefix(o->final.v[i], "--metadata-file") != NULL;
	return file;
}

bool
planner_pushes(const struct planner *p)
{
	const struct build_setup *setup = p->setup;

	return p->mode == MODE_REGISTRY && setup->reads && setup->engine &&
	       engine_pushes(setup->engine) && options_push(p->o) && !planner_has_output(p) &&
	       !p->refs->not_pushed && !setup->one_build && p->o->load == TRI_UNSET &&
	       !names_in_file(p->o);
}

/*
 * Where something ran a checkpoint has sent most of it meanwhile, which the build would send once
 * more (tests/bench/run, nothing stored on containerd28: 23.0 s and 205 MB, in one build 27.5 s and
 * 262 MB); where nothing did the cache is exported while the build still fetches the image. Only
 * docker's own driver is known to have what it built at hand for the next build: of several
 * BuildKits behind one name another may get that. What came from a cache has to be exported too,
 * see engine_exports_taken.
 */
bool
planner_exports_apart(const struct planner *p)
{
	const struct build_setup *setup = p->setup;
	const struct cache_entry *it = cache_refs_final(p->refs);

	return p->mode == MODE_REGISTRY && setup->reads && setup->engine &&
	       setup->engine->kind == ENGINE_DOCKER && planner_loads(p) && !setup->one_build &&
	       !p->refs->not_pushed && !p->o->read_only &&
	       (it->export_branch || it->export_shared) &&
	       (engine_exports_taken(setup->engine) || p->o->no_cache ||
		       !load_found_any(p->sources, p->refs));
}

void
planner_begin(struct planner *p, struct plan *plan, const struct build_setup *setup)
{
	size_t i;

	*p = (struct planner){.plan = plan,
		.setup = setup,
		.refs = setup->refs,
		.df = setup->df,
		.o = setup->o,
		.mode = setup->mode,
		.sources = setup->sources,
		.exports = STEP_NONE,
		.whole = STEP_NONE,
		.copies = planner_copies_all(setup)};
	p->builds = xcalloc(p->refs->nr, sizeof(*p->builds));
	p->again = xcalloc(p->refs->nr, sizeof(*p->again));
	p->takes = xcalloc(p->refs->nr, sizeof(*p->takes));
	for (i = 0; i < p->refs->nr; i++)
		p->builds[i] = p->again[i] = STEP_NONE;
	list_filters(p);
}

void
planner_end(struct planner *p)
{
	strvec_release(&p->filters);
	free(p->filtered);
	free(p->builds);
	free(p->again);
	free(p->takes);
}
