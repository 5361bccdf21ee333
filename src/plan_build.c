#include "plan_build.h"

#include <stdlib.h>
#include <string.h>

struct planner {
	struct plan *plan;
	const struct cache_refs *refs;
	const struct dockerfile *df;
	const struct options *o;
	enum cache_mode mode;
	const struct cache_source *sources;
	size_t *builds; /* the step that builds each entry */
};

/* Whether the user says himself whether there shall be inline cache. */
static bool
sets_inline_cache(const struct options *o)
{
	static const char flag[] = "--build-arg", name[] = "BUILDKIT_INLINE_CACHE";
	size_t i;

	for (i = 0; i < o->every.nr; i++) {
		const char *value = str_skip_prefix(o->every.v[i], flag);

		if (!value)
			continue;
		/* --build-arg=A or --build-arg A; its value never is a word by itself */
		value = *value == '=' ? value + 1 : o->every.v[++i];
		value = value ? str_skip_prefix(value, name) : NULL;
		if (value && (!*value || *value == '='))
			return true;
	}
	return false;
}

/* IMAGE, and each -t that is another. */
static void
list_tags(struct strvec *tags, const struct options *o)
{
	size_t i;

	strvec_init(tags);
	strvec_push(tags, o->image);
	for (i = 0; i < o->tags.nr; i++)
		strvec_push_new(tags, o->tags.v[i]);
}

static void
push_option(struct strvec *argv, const char *name, const char *value)
{
	if (value)
		strvec_pushl(argv, name, value);
}

static void
push_options(struct strvec *argv, const char *name, const struct strvec *values)
{
	size_t i;

	for (i = 0; i < values->nr; i++)
		push_option(argv, name, values->v[i]);
}

static bool
looks_like_option(const char *word)
{
	return word[0] == '-' && word[1];
}

/* The contexts at the end of a build's command: docker refuses more than one itself. */
static void
push_contexts(struct strvec *argv, const struct options *o)
{
	size_t i;

	for (i = 0; i < o->contexts.nr; i++) {
		if (looks_like_option(o->contexts.v[i])) {
			strvec_push(argv, "--");
			break;
		}
	}
	if (!o->contexts.nr)
		strvec_push(argv, options_context(o));
	strvec_push_all(argv, &o->contexts);
}

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
	const char *found = p->sources[entry].ref;
	size_t i;

	if (!p->o->no_cache && !found_any(p, entry))
		return;
	for (i = 0; i < entry; i++)
		push_option(argv, "--cache-from", cache_entry_local(&entries[i]));
	if (!p->o->no_cache)
		push_option(
			argv, "--cache-from", found ? found : cache_entry_local(&entries[entry]));
}

static void
push_sources(const struct planner *p, struct strvec *argv, size_t entry)
{
	if (p->mode == MODE_PULL)
		push_pulled(p, argv, entry);
	else if (!p->o->no_cache)
		push_option(argv, "--cache-from", p->sources[entry].from);
	if (!p->o->no_cache)
		push_options(argv, "--cache-from", &p->o->cache_from);
}

/* Starts a build's command: everything that is the same for all builds of a run. */
static struct strvec *
start_build(const struct planner *p, struct step *step, const char *target)
{
	struct strvec *argv = &step->argv[0];

	strvec_pushl(argv, p->o->docker, "build");
	strvec_push_all(argv, &p->o->every);
	if (p->o->quiet)
		strvec_push(argv, "-q");
	if (p->mode != MODE_PULL && !sets_inline_cache(p->o))
		strvec_pushl(argv, "--build-arg", "BUILDKIT_INLINE_CACHE=1");
	push_option(argv, "-f", p->o->file);
	push_option(argv, "--target", target);
	return argv;
}

/* The build of a stage has to wait for the builds of the cached stages it is made of. */
static void
need_stages(const struct planner *p, size_t entry)
{
	const struct cache_entry *entries = p->refs->entries;
	bool *needed;
	size_t i;

	if (p->mode == MODE_PULL) {
		plan_needs(p->plan, entry ? p->builds[entry - 1] : STEP_NONE);
		return;
	}
	if (entries[entry].stage < 0)
		return;
	needed = xcalloc(p->df->nr_stages, sizeof(*needed));
	dockerfile_needed(p->df, (size_t)entries[entry].stage, needed);
	for (i = 0; i < entry; i++) {
		if (needed[entries[i].stage])
			plan_needs(p->plan, p->builds[i]);
	}
	free(needed);
}

static void
add_stage_build(struct planner *p, size_t entry, bool no_cache)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	struct step *step = plan_add(p->plan, STEP_BUILD_STAGE, STEP_LIVE);
	struct strvec *argv = start_build(p, step, it->name);

	if (no_cache)
		strvec_push(argv, "--no-cache");
	push_option(argv, "-t", cache_entry_local(it));
	push_sources(p, argv, entry);
	push_contexts(argv, p->o);
	step->heading = xasprintf("Building %s image", it->name);
	step->subject = xstrdup(it->name);
	step->entry = entry;
	p->builds[entry] = plan_last(p->plan);
}

static void
add_final_build(struct planner *p, bool no_cache)
{
	const struct options *o = p->o;
	size_t entry = p->refs->nr - 1;
	struct strvec tags;
	struct step *step = plan_add(p->plan, STEP_BUILD_STAGE, STEP_LIVE | STEP_STDOUT);
	struct strvec *argv = start_build(p, step, o->target);

	if (no_cache)
		strvec_push(argv, "--no-cache");
	push_options(argv, "--no-cache-filter", &o->no_cache_filter);
	list_tags(&tags, o);
	push_options(argv, "-t", &tags);
	strvec_release(&tags);
	push_sources(p, argv, entry);
	push_options(argv, "--cache-to", &o->cache_to);
	if (o->load != TRI_UNSET)
		strvec_push(argv, o->load == TRI_YES ? "--load" : "--load=false");
	strvec_push_all(argv, &o->final);
	push_contexts(argv, o);
	step->heading = xstrdup("Building image");
	step->subject = xstrdup(o->image);
	step->entry = entry;
	p->builds[entry] = plan_last(p->plan);
}

/* name:latest for a name without tag: docker before 20.10 would push all tags of the name. */
static char *
with_tag(const char *image)
{
	struct image_ref ref;
	char *full;

	image_ref_parse(&ref, image, NULL);
	full = xasprintf("%s%s", image, ref.tag || ref.digest ? "" : ":latest");
	image_ref_release(&ref);
	return full;
}

/* Pushes IMAGE or a -t; returns the step. One after the other: they share their layers. */
static size_t
add_image_push(struct planner *p, const char *image, size_t after)
{
	char *full = with_tag(image);
	struct step *step = plan_tag_push(p->plan, STEP_LIVE, p->o->docker, full, full);

	free(full);
	step->heading = xstrdup("Pushing final image");
	step->entry = p->refs->nr - 1;
	plan_needs(p->plan, p->builds[p->refs->nr - 1]);
	plan_after(p->plan, after);
	return plan_last(p->plan);
}

static size_t
add_image_pushes(struct planner *p)
{
	size_t last = STEP_NONE, i;
	struct strvec tags;

	if (!options_push(p->o))
		return last;
	list_tags(&tags, p->o);
	for (i = 0; i < tags.nr; i++)
		last = add_image_push(p, tags.v[i], last);
	strvec_release(&tags);
	return last;
}

/* Stores an entry under one reference; returns the step, or after where there is nothing to do. */
static size_t
add_store(struct planner *p, size_t entry, const char *ref, const char *under, size_t after)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	char *local = it->name ? xstrdup(cache_entry_local(it)) : with_tag(p->o->image);
	struct step *step;

	if (ref) {
		step = plan_tag_push(
			p->plan, STEP_OPTIONAL | STEP_CLEANUP, p->o->docker, local, ref);
		step->heading = under ? xasprintf("Pushing cached images for %s", under)
				      : xstrdup("Pushing unprefixed cached images");
		step->entry = entry;
		plan_needs(p->plan, p->builds[entry]);
		plan_after(p->plan, after);
		after = plan_last(p->plan);
	}
	free(local);
	return after;
}

/* The second after the first, which brings the layers. */
static void
add_stores(struct planner *p, size_t entry, size_t after)
{
	const struct cache_entry *it = &p->refs->entries[entry];

	after = add_store(p, entry, it->store_branch, p->refs->branch, after);
	add_store(p, entry, it->store_shared, NULL, after);
}

/* --no-cache on BuildKit: the final build builds everything anew, once, and the stages then come
 * from its local cache. */
static void
add_builds_anew(struct planner *p)
{
	size_t last = p->refs->nr - 1, i;

	add_final_build(p, true);
	for (i = 0; i < last; i++) {
		add_stage_build(p, i, false);
		plan_needs(p->plan, p->builds[last]);
	}
}

void
plan_build(struct plan *plan, const struct cache_refs *refs, const struct dockerfile *df,
	const struct options *o, enum cache_mode mode, const struct cache_source *sources)
{
	struct planner p = {plan, refs, df, o, mode, sources, NULL};
	size_t last = refs->nr - 1, i;

	p.builds = xcalloc(refs->nr, sizeof(*p.builds));
	if (o->no_cache && mode != MODE_PULL) {
		add_builds_anew(&p);
		for (i = 0; i < last; i++)
			add_stores(&p, i, STEP_NONE);
	} else {
		for (i = 0; i < last; i++) {
			add_stage_build(&p, i, o->no_cache && i == 0);
			need_stages(&p, i);
			add_stores(&p, i, STEP_NONE);
		}
		add_final_build(&p, o->no_cache && last == 0);
		need_stages(&p, last);
	}
	add_stores(&p, last, add_image_pushes(&p));
	free(p.builds);
}

void
plan_plain(struct plan *plan, const struct options *o)
{
	struct step *step = plan_add(plan, STEP_BUILD_STAGE, STEP_LIVE | STEP_STDOUT);
	struct strvec *argv = &step->argv[0];
	bool hidden = false;
	size_t i;

	strvec_pushl(argv, o->docker, "build");
	if (!o->drop_in)
		push_option(argv, "-t", o->image);
	/* the words last, since one may be an option that lacks its value; but not behind a "--" */
	for (i = 0; i < o->contexts.nr && !hidden; i++)
		hidden = looks_like_option(o->contexts.v[i]);
	if (hidden)
		strvec_push_all(argv, &o->words);
	if (o->contexts.nr || !o->drop_in)
		push_contexts(argv, o);
	if (!hidden)
		strvec_push_all(argv, &o->words);
	step->subject = xstrdup(o->image);
}
