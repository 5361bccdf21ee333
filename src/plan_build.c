#include "plan_build.h"

#include <stdlib.h>
#include <string.h>

#include "build_command.h"
#include "build_sources.h"
#include "plan_store.h"
#include "withhold.h"

/* Runs the step last added only if that one failed. */
static void
instead_of(const struct planner *p, size_t step)
{
	p->plan->steps[plan_last(p->plan)].instead_of = step;
}

/* Sets nearest[s] for each stage that the entry is made of and that has been planned to be built,
 * but for those that another of them is made of: to wait for that is to wait for them. */
static void
find_nearest(const struct planner *p, size_t entry, bool *nearest)
{
	int stage = p->refs->entries[entry].stage;
	bool *built = xcalloc(p->df->nr_stages + 1, sizeof(*built));
	bool *inside = xcalloc(p->df->nr_stages + 1, sizeof(*inside));
	size_t i, j;

	for (i = 0; i < entry; i++) {
		if (p->refs->entries[i].stage >= 0)
			built[p->refs->entries[i].stage] = p->builds[i] != STEP_NONE;
	}
	if (stage >= 0)
		inside[stage] = true;
	for (i = stage >= 0 ? (size_t)stage + 1 : 0; i-- > 0;) {
		const struct stage *it = &p->df->stages[i];

		for (j = 0; inside[i] && j < it->nr_deps; j++)
			(built[it->deps[j]] ? nearest : inside)[it->deps[j]] = true;
	}
	free(built);
	free(inside);
}

/* The build of a stage has to wait for the builds of the cached stages it is made of. */
static void
need_stages(const struct planner *p, size_t entry)
{
	const struct cache_entry *entries = p->refs->entries;
	bool *nearest;
	size_t i;

	if (p->mode == MODE_PULL) {
		for (i = entry; i > 0 && p->builds[i - 1] == STEP_NONE;)
			i--;
		plan_needs(p->plan, i ? p->builds[i - 1] : STEP_NONE);
		return;
	}
	nearest = xcalloc(p->df->nr_stages + 1, sizeof(*nearest));
	find_nearest(p, entry, nearest);
	for (i = 0; i < entry; i++) {
		if (entries[i].stage < 0 || !nearest[entries[i].stage])
			continue;
		plan_needs(p->plan, p->builds[i]);
		plan_after(p->plan, p->again[i]);
	}
	free(nearest);
}

/* Pushes IMAGE or a -t; returns the step. One after the other: they share their layers. */
static size_t
add_image_push(struct planner *p, const char *image, size_t after)
{
	char *full = image_with_tag(image);
	struct step *step = plan_tag_push(p->plan, STEP_LIVE, p->o->docker, full, full);

	free(full);
	step->heading = xstrdup("Pushing final image");
	step->entry = p->refs->nr - 1;
	plan_needs(p->plan, p->builds[p->refs->nr - 1]);
	/* beside what exports the cache it would send the same layers as that */
	if (p->exports != p->builds[p->refs->nr - 1])
		plan_after(p->plan, p->exports);
	plan_after(p->plan, after);
	return plan_last(p->plan);
}

static size_t
add_image_pushes(struct planner *p)
{
	size_t last = STEP_NONE, i;
	struct strvec tags;

	if (!options_push(p->o) || planner_has_output(p) || p->refs->not_pushed ||
		!planner_loads(p))
		return last;
	options_list_tags(&tags, p->o);
	for (i = 0; i < tags.nr; i++)
		last = add_image_push(p, tags.v[i], last);
	strvec_release(&tags);
	return last;
}

/*
 * What BuildKit takes from a cache it leaves out of the inline cache that it writes, up to 26.1, if
 * a step behind it had to be run: every second build missed (moby/buildkit issues 3660, 1981;
 * measured with 20.10 and 26.1, not with 28.5). An image built once more, from the builder's own
 * cache alone, has all of it; unless a build with a cache shares its steps meanwhile, so those
 * wait.
 */
static bool
loses_cache(const struct planner *p, size_t entry)
{
	return p->mode == MODE_INLINE && planner_loads(p) && !p->setup->one_build &&
	       !p->o->no_cache && p->sources[entry].ref;
}

/* Stores what an entry's build has made; some builds have stored it themselves. */
static void
add_stores(struct planner *p, size_t entry, size_t after, size_t attempt)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	bool own = it->name || !planner_makes_image(p) || loses_cache(p, entry);
	size_t first = p->plan->nr, i;
	char *local;

	if (!planner_loads(p) || (p->mode == MODE_REGISTRY && it->name))
		return;
	local = own ? xstrdup(planner_local(it)) : image_with_tag(p->o->image);
	plan_store(p->plan, p->refs, entry,
		&(struct store_source){p->o->docker, local, p->builds[entry], after});
	for (i = first; i < p->plan->nr; i++)
		p->plan->steps[i].instead_of = attempt;
	free(local);
}

/* Whether a mount, "type=bind,from=builder,target=/x", is of a type that leaves nothing behind;
 * caches: or a cache, which has to bear a build that is stopped anyway. What is quoted or has a
 * variable is not looked into. */
static bool
is_harmless(const char *mount, size_t len, bool caches)
{
	char *text = xstrndup(mount, len), *field, *next;
	bool harmless = !strpbrk(text, "$\"'\\");

	for (field = text; field; field = next) {
		next = strchr(field, ',');
		if (next)
			*next++ = '\0';
		if (str_has_prefix_nocase(field, "type=") && !str_eq_nocase(field, "type=bind") &&
			!str_eq_nocase(field, "type=tmpfs") &&
			!(caches && str_eq_nocase(field, "type=cache")))
			harmless = false;
	}
	free(text);
	return harmless;
}

/* Whether a RUN mounts what outlives it: then it is not safe to start it and stop it again. */
static bool
mounts_more(const struct instruction *run, bool caches)
{
	static const char flag[] = "--mount=";
	const char *mount = run->args;
	bool more = false;

	if (!str_eq(run->word, "RUN"))
		return false;
	while (!more && (mount = strstr(mount, flag)) != NULL) {
		size_t n;

		mount += sizeof(flag) - 1;
		n = strcspn(mount, " \t");
		more = !is_harmless(mount, n, caches);
		mount += n;
	}
	return more;
}

/* Whether a build of the entry may be stopped when it runs something, which by then it may have
 * begun to; rare: it happens after a failed run only, so that what mounts a cache may be begun. */
static bool
may_be_stopped(const struct planner *p, size_t entry, bool rare)
{
	bool *needed = xcalloc(p->df->nr_stages + 1, sizeof(*needed));
	bool good = planner_needs_stages(p, entry, needed);
	size_t i;

	for (i = 0; good && i < p->df->nr_instructions; i++) {
		const struct instruction *it = &p->df->instructions[i];

		good = it->stage < 0 || !needed[it->stage] || !mounts_more(it, rare);
	}
	free(needed);
	return good;
}

/* A copy in the registry, from one reference to another; it needs a step to have succeeded. */
static struct step *
add_registry_copy(struct planner *p, size_t entry, const char *from, const char *to, size_t needs)
{
	struct step *step = plan_copy(p->plan, p->o->docker, p->setup->engine, from, to);

	step->entry = entry;
	plan_needs(p->plan, needs);
	return step;
}

/* The un-prefixed name of what a build of the entry has exported. */
static void
add_shared_export(struct planner *p, size_t entry, size_t build)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	struct step *step;

	if (p->mode != MODE_REGISTRY || !p->copies || !it->export_branch || !it->export_shared)
		return;
	step = add_registry_copy(p, entry, it->export_branch, it->export_shared, build);
	plan_gate(p->plan, build);
	step->heading = xstrdup("Copying unprefixed caches");
}

/*
 * Stores a stage that the build of all builds too, as soon as that has finished it: beside that
 * build, and whatever comes of it.
 */
static void
add_gated_stage(struct planner *p, size_t entry, size_t all)
{
	const struct cache_entry *it = &p->refs->entries[entry];

	if (!it->store_branch && !it->store_shared)
		return;
	build_stage(p, entry, BUILD_FROM_LOCAL, false);
	plan_gate(p->plan, all);
	p->plan->steps[plan_last(p->plan)].flags |= STEP_ATTEMPT;
	if (!may_be_stopped(p, entry, false))
		p->plan->steps[plan_last(p->plan)].flags |= STEP_CAREFUL;
	add_stores(p, entry, STEP_NONE, STEP_NONE);
	add_shared_export(p, entry, p->builds[entry]);
}

/*
 * Once the image's exported cache is there it has all that a stage's own one has, and that becomes
 * the same: so what is given to the next build is one source.
 */
static void
add_merges(struct planner *p, size_t entry)
{
	const struct cache_entry *it = &p->refs->entries[entry], *last = cache_refs_final(p->refs);
	const char *const to[] = {it->export_branch, it->export_shared};
	const char *from = last->export_branch ? last->export_branch : last->export_shared;
	size_t stored = p->builds[entry], i;

	if (p->mode != MODE_REGISTRY || !p->copies)
		return;
	for (i = 0; i < ARRAY_SIZE(to); i++) {
		if (!to[i] || !from)
			continue;
		add_registry_copy(p, entry, from, to[i], p->exports);
		plan_after(p->plan, stored);
		plan_gate(p->plan, p->exports);
	}
}

static bool
is_needed(const struct planner *p, size_t step)
{
	const struct step_list *needs = &p->plan->steps[plan_last(p->plan)].needs;
	size_t i;

	for (i = 0; i < needs->nr; i++) {
		if (needs->v[i] == step)
			return true;
	}
	return false;
}

/*
 * Beside a build that has no cache one that has may miss it, measured with 26.1 in 4 of 8 runs:
 * what both are made from is then there before the cache is read. So they wait for each other.
 */
static void
keep_apart(struct planner *p, size_t entry)
{
	size_t i;

	if (p->mode == MODE_PULL)
		return;
	for (i = 0; i < entry; i++) {
		if (!p->sources[i].ref != !p->sources[entry].ref && !is_needed(p, p->builds[i]))
			plan_after(p->plan, p->builds[i]);
	}
}

/*
 * Where something was rescued of an entry that has another cache too, it is taken up first, by a
 * build of its own: what of it is still right is then in the builder's own cache, and the build
 * behind it has one source; or exported caches, of which it must not be the only one that knows a
 * step (measured with 28.5: of a stage on another one that is in all of them, it missed in 3 of 10
 * runs). Returns the step that has to have ended before that, or STEP_NONE.
 */
static size_t
add_taking(struct planner *p, size_t entry, size_t attempt, size_t before)
{
	bool other = build_has_other(p, entry);
	size_t taking = STEP_NONE;

	if ((!p->sources[entry].rescued && !other) || p->setup->one_build ||
		/* without copies in the registry it is not rare */
		!may_be_stopped(p, entry, p->copies || !other))
		return STEP_NONE;
	if (other) {
		build_own(p, entry);
		plan_after(p->plan, before);
		before = taking = plan_last(p->plan);
		instead_of(p, attempt);
	}
	if (!p->sources[entry].rescued)
		return taking;
	build_rescued(p, entry);
	plan_after(p->plan, before);
	taking = plan_last(p->plan);
	instead_of(p, attempt);
	need_stages(p, entry);
	keep_apart(p, entry);
	if (p->mode != MODE_PULL)
		return taking;
	build_choose(p, entry);
	instead_of(p, taking);
	return plan_last(p->plan);
}

/* What exports the cache of all stages: the build of the image, or one beside it. */
static void
add_export(struct planner *p)
{
	size_t build = p->builds[p->refs->nr - 1];

	if (p->mode != MODE_REGISTRY)
		return;
	p->exports = build;
	if (!planner_exports_apart(p))
		return;
	build_export(p);
	plan_gate(p->plan, build);
	p->exports = plan_last(p->plan);
}

/* One build of all, and the stages out of it. */
static void
add_all_first(struct planner *p)
{
	size_t last = p->refs->nr - 1, taken = STEP_NONE, all, i;

	for (i = 0; i <= last; i++) {
		size_t taking = add_taking(p, i, STEP_NONE, taken);

		if (taking != STEP_NONE)
			taken = taking;
	}
	build_final(p, BUILD_FROM_ALL, p->o->no_cache);
	plan_after(p->plan, taken);
	all = plan_last(p->plan);
	p->plan->steps[all].flags |= STEP_WHOLE;
	add_export(p);
	for (i = 0; i < last; i++) {
		add_gated_stage(p, i, all);
		add_merges(p, i);
	}
}

/* Stores a stage that has been built with its own cache. */
static void
add_stage_stores(struct planner *p, size_t entry, size_t attempt)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	size_t build = p->builds[entry];

	if ((loses_cache(p, entry) || planner_stores_itself(p)) &&
		(it->store_branch || it->store_shared)) {
		build_stage(p, entry, BUILD_FROM_LOCAL, false);
		instead_of(p, attempt);
		plan_needs(p->plan, build);
		p->again[entry] = plan_last(p->plan);
	}
	add_stores(p, entry, STEP_NONE, attempt);
	add_shared_export(p, entry, p->builds[entry]);
	p->builds[entry] = build;
}

/* Stages first, each with its own cache; attempt is what they stand in for, or STEP_NONE. */
static void
add_stages_first(struct planner *p, size_t attempt, bool attempt_is_final)
{
	size_t last = p->refs->nr - 1, taken, i;
	bool no_cache = p->o->no_cache;

	for (i = 0; i < last; i++) {
		if (!planner_is_apart(p, i))
			continue;
		taken = add_taking(p, i, attempt, STEP_NONE);
		build_stage(p, i, BUILD_FROM_OWN, no_cache);
		instead_of(p, attempt);
		no_cache = false;
		need_stages(p, i);
		keep_apart(p, i);
		plan_after(p->plan, taken);
		add_stage_stores(p, i, attempt);
	}
	taken = add_taking(p, last, attempt, STEP_NONE);
	build_final(p, BUILD_FROM_OWN, no_cache);
	if (attempt_is_final)
		instead_of(p, attempt);
	else
		plan_after(p->plan, attempt);
	need_stages(p, last);
	plan_after(p->plan, taken);
	add_export(p);
}

/* Whether anything was found for a stage: with images alone, only those count. */
static bool
found_stages(const struct planner *p, bool images)
{
	size_t i;

	for (i = 0; i + 1 < p->refs->nr; i++) {
		if (p->sources[i].ref && !(images && p->sources[i].exported))
			return true;
	}
	return false;
}

static bool
is_own_source(const struct planner *p, size_t entry)
{
	return cache_refs_own_first(p->refs) &&
	       p->sources[entry].ref == p->refs->entries[entry].lookup.v[0];
}

/* Whether the caches of stages that were found under other branches have to be stored under this
 * one, and can be without building them: by a copy in the registry. */
static bool
must_copy(const struct planner *p, size_t entry)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	const char *found = p->sources[entry].ref;

	if (!found || (is_own_source(p, entry) && !p->sources[entry].exported))
		return false;
	/* what is left of a stage is not the stage */
	if (str_eq(found, it->rescued))
		return false;
	return (it->store_branch && !str_eq(it->store_branch, found)) ||
	       (it->store_shared && !str_eq(it->store_shared, found));
}

static void
add_copy(struct planner *p, size_t entry, const char *ref, const char *under, size_t attempt)
{
	struct step *step;

	if (!ref || str_eq(ref, p->sources[entry].ref))
		return;
	step = add_registry_copy(p, entry, p->sources[entry].from.v[0], ref, attempt);
	step->heading = under ? xasprintf("Copying cached images for %s", under)
			      : xstrdup("Copying unprefixed cached images");
}

/* A full hit of the image from its own cache builds no stage; but a new branch shall have the
 * stages' caches too, for those it has now may move on. */
static void
add_copies(struct planner *p, size_t attempt)
{
	size_t i;

	for (i = 0; i + 1 < p->refs->nr; i++) {
		if (!must_copy(p, i))
			continue;
		add_copy(p, i, p->refs->entries[i].store_branch, p->refs->branch, attempt);
		add_copy(p, i, p->refs->entries[i].store_shared, NULL, attempt);
	}
}

/*
 * Whether to try first if all of the image is in its own cache, which then pulls no layer of any
 * other stage. Its output has to be understood; and it must be safe to be stopped.
 */
static bool
may_attempt(const struct planner *p)
{
	const struct options *o = p->o;
	size_t last = p->refs->nr - 1, i;

	if (p->mode != MODE_INLINE || o->no_cache || o->quiet || o->no_cache_filter.nr)
		return false;
	if (o->progress.nr && !str_eq(options_last(&o->progress), "plain"))
		return false;
	if (!p->sources[last].ref || !may_be_stopped(p, last, false))
		return false;
	for (i = 0; i < last; i++) {
		if (must_copy(p, i) && (p->sources[i].exported || !planner_can_copy(p->setup)))
			return false;
	}
	return true;
}

static void
add_attempt(struct planner *p)
{
	const struct options *o = p->o;
	bool final = planner_loads(p) && !o->final.nr && !o->outputs.nr && !o->cache_to.nr &&
		     o->load == TRI_UNSET;
	size_t attempt;

	build_attempt(p, final);
	attempt = plan_last(p->plan);
	if (final)
		p->whole = attempt;
	add_copies(p, attempt);
	add_stages_first(p, attempt, final);
}

static void
add_builds(struct planner *p)
{
	bool found = found_stages(p, p->mode == MODE_REGISTRY);

	if (p->mode == MODE_PULL)
		add_stages_first(p, STEP_NONE, false);
	else if (p->o->no_cache || !found)
		add_all_first(p);
	else if (may_attempt(p))
		add_attempt(p);
	else
		add_stages_first(p, STEP_NONE, false);
}

/* Whether the final image is built once more for its cache: see build_cache_image. */
static bool
needs_cache_build(const struct planner *p)
{
	size_t last = p->refs->nr - 1;
	const struct cache_entry *it = &p->refs->entries[last];

	return (it->store_branch || it->store_shared) &&
	       (!planner_makes_image(p) || !planner_loads(p) || loses_cache(p, last));
}

static void
add_final_stores(struct planner *p)
{
	size_t last = p->refs->nr - 1, final = p->builds[last], cache = final, pushed;

	if (needs_cache_build(p)) {
		build_cache_image(p);
		plan_needs(p->plan, final);
		instead_of(p, p->whole);
		cache = plan_last(p->plan);
	}
	p->builds[last] = final;
	add_shared_export(p, last, p->exports);
	if (planner_pushes(p)) {
		build_unpushed(p, found_stages(p, true) ? BUILD_FROM_OWN : BUILD_FROM_ALL);
		cache = p->builds[last];
	}
	pushed = add_image_pushes(p);
	p->builds[last] = cache;
	add_stores(p, last, pushed, STEP_NONE);
}

void
plan_build(struct plan *plan, const struct build_setup *setup)
{
	struct planner p;

	planner_begin(&p, plan, setup);
	add_builds(&p);
	add_final_stores(&p);
	withhold(plan, p.refs->not_pushed != NULL, p.refs->not_pushed || p.o->read_only);
	planner_end(&p);
}
