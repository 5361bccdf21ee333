#include "plan_build.h"

#include <stdlib.h>
#include <string.h>

#include "plan_store.h"

struct planner {
	struct plan *plan;
	const struct build_setup *setup;
	const struct cache_refs *refs; /* the setup's */
	const struct dockerfile *df;
	const struct options *o;
	enum cache_mode mode;
	const struct cache_source *sources;
	size_t *builds; /* the step that builds each entry; STEP_NONE: the final build does too */
	struct strvec filters; /* stages of --no-cache-filter */
	size_t *filtered;      /* the build that built each of them anew; STEP_NONE: none yet */
};

/* Whether the user says himself whether there shall be inline cache. */
static bool
sets_inline_cache(const struct options *o)
{
	static const char name[] = "BUILDKIT_INLINE_CACHE";
	size_t i;

	for (i = 0; i < o->build_args.nr; i++) {
		const char *value = str_skip_prefix(o->build_args.v[i], name);

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

/* Whether the entry has a build of its own. */
static bool
is_built(const struct planner *p, size_t entry)
{
	return p->mode != MODE_PULL || !p->refs->entries[entry].unnamed;
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
	for (i = 0; i < entry; i++) {
		if (is_built(p, i))
			push_option(argv, "--cache-from", cache_entry_local(&entries[i]));
		else if (!p->o->no_cache)
			push_option(argv, "--cache-from", p->sources[i].ref);
	}
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

/* What the build reads on its standard input, and the -f that goes with it. */
static void
push_file(const struct planner *p, struct step *step, bool named)
{
	const struct options *o = p->o;
	struct strvec *argv = &step->argv[0];
	bool context_is_input = str_eq(options_context(o), "-");

	step->input = options_stdin(o) ? INPUT_KEPT : INPUT_NONE;
	if (named && p->setup->named) {
		push_option(argv, "-f", p->setup->named);
	} else if (named) {
		step->input = INPUT_NAMED;
		push_option(argv, "-f", context_is_input ? NULL : "-");
	} else {
		push_option(argv, "-f", o->file);
	}
}

/* Starts a build's command: everything that is the same for all builds of a run. */
static struct strvec *
start_build(const struct planner *p, struct step *step, const char *target, bool named)
{
	struct strvec *argv = &step->argv[0];

	strvec_pushl(argv, p->o->docker, "build");
	strvec_push_all(argv, &p->o->every);
	if (p->o->quiet)
		strvec_push(argv, "-q");
	if (p->mode != MODE_PULL && !sets_inline_cache(p->o))
		strvec_pushl(argv, "--build-arg", "BUILDKIT_INLINE_CACHE=1");
	push_file(p, step, named);
	push_option(argv, "--target", target);
	return argv;
}

/* Sets needed[i] for each stage that the entry is made from; false: they are not known. */
static bool
needed_stages(const struct planner *p, size_t entry, bool *needed)
{
	int stage = p->refs->entries[entry].stage;

	if (stage >= 0)
		dockerfile_needed(p->df, (size_t)stage, needed);
	return stage >= 0;
}

/* The build of a stage has to wait for the builds of the cached stages it is made of. */
static void
need_stages(const struct planner *p, size_t entry)
{
	const struct cache_entry *entries = p->refs->entries;
	bool *needed;
	size_t i;

	if (p->mode == MODE_PULL) {
		for (i = entry; i > 0 && p->builds[i - 1] == STEP_NONE;)
			i--;
		plan_needs(p->plan, i ? p->builds[i - 1] : STEP_NONE);
		return;
	}
	needed = xcalloc(p->df->nr_stages + 1, sizeof(*needed));
	for (i = 0; needed_stages(p, entry, needed) && i < entry; i++) {
		if (needed[entries[i].stage])
			plan_needs(p->plan, p->builds[i]);
	}
	free(needed);
}

/*
 * --no-cache-filter for the entry's build: each stage it names is built anew by the first build
 * that it is a part of, and by that alone; a later one that it is a part of has to wait for that.
 * The final build takes what is left: docker may know more of it than we do.
 */
static void
add_filters(const struct planner *p, struct strvec *argv, size_t entry)
{
	bool *needed = xcalloc(p->df->nr_stages + 1, sizeof(*needed));
	bool final = entry == p->refs->nr - 1;
	size_t i;

	needed_stages(p, entry, needed);
	for (i = 0; i < p->filters.nr; i++) {
		int stage = p->df->nr_stages && *p->filters.v[i]
				    ? dockerfile_target(p->df, p->filters.v[i])
				    : -1;

		if (!(stage >= 0 && needed[stage]) && !(final && p->filtered[i] == STEP_NONE))
			continue;
		if (p->filtered[i] == STEP_NONE) {
			push_option(argv, "--no-cache-filter", p->filters.v[i]);
			p->filtered[i] = plan_last(p->plan);
		} else {
			plan_needs(p->plan, p->filtered[i]);
		}
	}
	free(needed);
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

static void
add_stage_build(struct planner *p, size_t entry, bool no_cache)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	struct step *step = plan_add(p->plan, STEP_BUILD_STAGE, STEP_LIVE);
	struct strvec *argv = start_build(p, step, it->name, it->unnamed);

	if (no_cache)
		strvec_push(argv, "--no-cache");
	add_filters(p, argv, entry);
	push_option(argv, "-t", cache_entry_local(it));
	push_sources(p, argv, entry);
	push_contexts(argv, p->o);
	step->heading = xasprintf("Building %s image", it->name);
	step->subject = xstrdup(it->name);
	step->entry = entry;
	p->builds[entry] = plan_last(p->plan);
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
static bool
has_output(const struct planner *p)
{
	return p->o->outputs.nr && p->mode != MODE_PULL;
}

/* Whether the final build makes an image: --output type=local, say, makes none. */
static bool
makes_image(const struct planner *p)
{
	size_t i;

	for (i = 0; i < p->o->outputs.nr; i++) {
		if (is_image_output(p->o->outputs.v[i]))
			return true;
	}
	return !has_output(p);
}

static void
add_final_build(struct planner *p, bool no_cache)
{
	const struct options *o = p->o;
	size_t entry = p->refs->nr - 1;
	struct strvec tags;
	struct step *step = plan_add(p->plan, STEP_BUILD_STAGE, STEP_LIVE | STEP_STDOUT);
	struct strvec *argv = start_build(p, step, o->target, false);

	if (no_cache)
		strvec_push(argv, "--no-cache");
	add_filters(p, argv, entry);
	list_tags(&tags, o);
	push_options(argv, "-t", &tags);
	strvec_release(&tags);
	push_sources(p, argv, entry);
	push_options(argv, "--cache-to", &o->cache_to);
	if (o->load != TRI_UNSET)
		strvec_push(argv, o->load == TRI_YES ? "--load" : "--load=false");
	/* beside an --output it is docker that pushes, or says that it cannot */
	if (o->push == TRI_YES && has_output(p) && !p->refs->not_pushed)
		strvec_push(argv, "--push");
	strvec_push_all(argv, &o->final);
	push_contexts(argv, o);
	step->heading = xstrdup("Building image");
	step->subject = xstrdup(o->image);
	step->entry = entry;
	p->builds[entry] = plan_last(p->plan);
}

/* The final image once more, as an image: for its cache, where the final build made none. Its steps
 * are in the local cache. */
static void
add_cache_build(struct planner *p)
{
	size_t entry = p->refs->nr - 1, final = p->builds[entry];
	const struct cache_entry *it = &p->refs->entries[entry];
	struct step *step = plan_add(p->plan, STEP_BUILD_STAGE, STEP_OPTIONAL);
	struct strvec *argv = start_build(p, step, p->o->target, false);

	push_option(argv, "-t", cache_entry_local(it));
	push_sources(p, argv, entry);
	push_contexts(argv, p->o);
	step->heading = xstrdup("Building cached image");
	step->subject = xstrdup(cache_entry_local(it));
	step->entry = entry;
	plan_needs(p->plan, final);
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

	if (!options_push(p->o) || has_output(p) || p->refs->not_pushed)
		return last;
	list_tags(&tags, p->o);
	for (i = 0; i < tags.nr; i++)
		last = add_image_push(p, tags.v[i], last);
	strvec_release(&tags);
	return last;
}

/* Stores what an entry's build has made. */
static void
add_stores(struct planner *p, size_t entry, size_t after)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	bool own = it->name || !makes_image(p);
	char *local = own ? xstrdup(cache_entry_local(it)) : with_tag(p->o->image);

	plan_store(p->plan, p->refs, entry,
		&(struct store_source){p->o->docker, local, p->builds[entry], after});
	free(local);
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
	for (i = 0; i < last; i++)
		add_stores(p, i, STEP_NONE);
}

static void
add_builds(struct planner *p)
{
	size_t last = p->refs->nr - 1, i;
	bool no_cache = p->o->no_cache;

	for (i = 0; i < last; i++) {
		if (!is_built(p, i))
			continue;
		add_stage_build(p, i, no_cache);
		no_cache = false;
		need_stages(p, i);
		add_stores(p, i, STEP_NONE);
	}
	add_final_build(p, no_cache);
	need_stages(p, last);
}

static void
add_final_stores(struct planner *p)
{
	size_t last = p->refs->nr - 1, pushed = add_image_pushes(p);
	const struct cache_entry *it = &p->refs->entries[last];

	if (!it->store_branch && !it->store_shared)
		return;
	if (!makes_image(p))
		add_cache_build(p);
	add_stores(p, last, pushed);
}

void
plan_build(struct plan *plan, const struct build_setup *setup)
{
	struct planner p = {.plan = plan,
		.setup = setup,
		.refs = setup->refs,
		.df = setup->df,
		.o = setup->o,
		.mode = setup->mode,
		.sources = setup->sources};
	size_t i;

	p.builds = xcalloc(p.refs->nr, sizeof(*p.builds));
	for (i = 0; i < p.refs->nr; i++)
		p.builds[i] = STEP_NONE;
	list_filters(&p);
	if (p.o->no_cache && p.mode != MODE_PULL)
		add_builds_anew(&p);
	else
		add_builds(&p);
	add_final_stores(&p);
	strvec_release(&p.filters);
	free(p.filtered);
	free(p.builds);
}

static void
push_words(struct strvec *argv, const struct options *o)
{
	bool hidden = false;
	size_t i;

	/* the words last, since one may be an option that lacks its value; but not behind a "--" */
	for (i = 0; i < o->contexts.nr && !hidden; i++)
		hidden = looks_like_option(o->contexts.v[i]);
	if (hidden)
		strvec_push_all(argv, &o->words);
	if (o->contexts.nr || !o->drop_in)
		push_contexts(argv, o);
	if (!hidden)
		strvec_push_all(argv, &o->words);
}

void
plan_plain(struct plan *plan, const struct options *o)
{
	struct step *step = plan_add(plan, STEP_BUILD_STAGE, STEP_LIVE | STEP_STDOUT);
	struct strvec *argv = &step->argv[0];
	char *full;

	strvec_pushl(argv, o->docker, "build");
	if (!o->drop_in)
		push_option(argv, "-t", o->image);
	push_words(argv, o);
	step->subject = xstrdup(o->image);
	/* nothing is kept for what docker has to refuse */
	step->input = options_stdin(o) && !o->plain ? INPUT_KEPT : INPUT_NONE;
	/* what the words say of pushing is docker's to do */
	if (o->plain || o->drop_in || o->push != TRI_UNSET || o->outputs.nr)
		return;
	full = with_tag(o->image);
	step = plan_tag_push(plan, STEP_LIVE, o->docker, full, full);
	step->heading = xstrdup("Pushing final image");
	plan_needs(plan, 0);
	free(full);
}
