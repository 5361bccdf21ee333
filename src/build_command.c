#include "build_command.h"

#include <stdlib.h>
#include <string.h>

#include "build_sources.h"

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

/* What the build reads on its standard input, and the -f that goes with it. */
static void
push_file(const struct planner *p, struct step *step, bool named)
{
	const struct options *o = p->o;
	struct strvec *argv = &step->argv[0];
	bool context_is_input = str_eq(options_context(o), "-");

	step->input = options_stdin(o) ? INPUT_KEPT : INPUT_NONE;
	if (named && p->setup->named) {
		strvec_push_option(argv, "-f", p->setup->named);
	} else if (named) {
		step->input = INPUT_NAMED;
		strvec_push_option(argv, "-f", context_is_input ? NULL : "-");
	} else {
		strvec_push_option(argv, "-f", o->file);
	}
}

/* The same of a cut one. */
static void
push_cut_file(const struct planner *p, struct step *step, const struct cut_build *cut)
{
	step->cut = cut->cut;
	step->input = INPUT_CUT;
	if (!cut->path) {
		strvec_push_option(
			&step->argv[0], "-f", str_eq(options_context(p->o), "-") ? NULL : "-");
		return;
	}
	step->input = options_stdin(p->o) ? INPUT_KEPT : INPUT_NONE;
	strvec_push_option(&step->argv[0], "-f", cut->path);
}

/* docker's flags for each build, but for --pull: a base that is another by now has no cache. */
static void
push_every_but_pull(const struct planner *p, struct strvec *argv)
{
	size_t i;

	for (i = 0; i < p->o->every.nr; i++) {
		const char *rest = str_skip_prefix(p->o->every.v[i], "--pull");

		if (!rest || (*rest && *rest != '='))
			strvec_push(argv, p->o->every.v[i]);
	}
}

/* Whether the image is to carry its own cache, for builders that read no other. */
static void
push_inline_cache(const struct planner *p, struct strvec *argv)
{
	if (p->mode != MODE_PULL && !sets_inline_cache(p->o))
		strvec_pushl(argv, "--build-arg", "BUILDKIT_INLINE_CACHE=1");
}

/* Starts a build's command: everything that is the same for all builds of a run. */
static struct strvec *
start_build(const struct planner *p, struct step *step, const char *target, bool named)
{
	struct strvec *argv = &step->argv[0];

	strvec_pushl(argv, p->o->docker, "build");
	strvec_push_all(argv, &p->o->every);
	/* only what the image's own build says is for others than us */
	if (p->o->quiet && (step->flags & STEP_LIVE))
		strvec_push(argv, "-q");
	push_inline_cache(p, argv);
	push_file(p, step, named);
	strvec_push_option(argv, "--target", target);
	return argv;
}

/* What is shown only when it is over, or not at all, is read meanwhile, whatever else is asked for.
 */
static void
push_plain(const struct planner *p, struct strvec *argv)
{
	if (p->mode != MODE_PULL)
		strvec_push(argv, "--progress=plain");
}

/* --cache-to for an exported cache. An export that fails shall not fail the build. */
static void
push_export(struct strvec *argv, const char *ref)
{
	char *value;

	if (!ref)
		return;
	value = xasprintf("type=registry,ref=%s,mode=max,ignore-error=true,image-manifest=true,"
			  "oci-mediatypes=true",
		ref);
	strvec_pushl(argv, "--cache-to", value);
	free(value);
}

/* Two exports of one build send each layer twice, at once; so the second is a copy, where that is
 * the same in the end. */
static void
push_exports(const struct planner *p, struct strvec *argv, size_t entry)
{
	const struct cache_entry *it = &p->refs->entries[entry];

	if (p->mode != MODE_REGISTRY)
		return;
	if (p->copies && it->export_branch) {
		push_export(argv, it->export_branch);
		return;
	}
	push_export(argv, it->export_branch);
	push_export(argv, it->export_shared);
}

/*
 * --output that pushes the entry's image under its references, and nothing else: not even into the
 * engine, for which layers would be pulled that are in the registry already.
 */
static void
push_registry_output(struct strvec *argv, const struct cache_entry *it)
{
	const char *first = it->store_branch ? it->store_branch : it->store_shared;
	char *names, *value;

	names = it->store_branch && it->store_shared
			? xasprintf("\"name=%s,%s\"", it->store_branch, it->store_shared)
			: xasprintf("name=%s", first);
	value = xasprintf("type=image,%s,push=true,store=false", names);
	strvec_pushl(argv, "--provenance=false", "--output", value);
	free(value);
	free(names);
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

	planner_needs_stages(p, entry, needed);
	for (i = 0; i < p->filters.nr; i++) {
		int stage = p->df->nr_stages && *p->filters.v[i]
				    ? dockerfile_target(p->df, p->filters.v[i])
				    : -1;

		if (!(stage >= 0 && needed[stage]) && !(final && p->filtered[i] == STEP_NONE))
			continue;
		if (p->filtered[i] == STEP_NONE) {
			strvec_push_option(argv, "--no-cache-filter", p->filters.v[i]);
			p->filtered[i] = plan_last(p->plan);
		} else {
			plan_needs(p->plan, p->filtered[i]);
		}
	}
	free(needed);
}

/* Starts a step that builds an entry, and its command. */
static struct strvec *
add_build(struct planner *p, size_t entry, unsigned flags, const char *target, bool named)
{
	struct step *step = plan_add(p->plan, STEP_BUILD_STAGE, flags);

	step->entry = entry;
	p->builds[entry] = plan_last(p->plan);
	return start_build(p, step, target, named);
}

static void
set_texts(struct planner *p, char *heading, const char *subject)
{
	struct step *step = &p->plan->steps[plan_last(p->plan)];

	step->heading = heading;
	step->subject = xstrdup(subject);
}

void
build_stage(struct planner *p, size_t entry, enum build_from from, bool no_cache)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	bool local = from == BUILD_FROM_LOCAL;
	unsigned flags = local ? STEP_OPTIONAL | STEP_CLEANUP | STEP_READ : STEP_LIVE;
	struct strvec *argv = add_build(p, entry, flags, it->name, it->unnamed);

	if (no_cache)
		strvec_push(argv, "--no-cache");
	if (local)
		push_plain(p, argv);
	else
		add_filters(p, argv, entry);
	if (!planner_stores_itself(p))
		strvec_push_option(argv, "-t", cache_entry_local(it));
	else if (local)
		push_registry_output(argv, it);
	else
		strvec_pushl(argv, "--output", "type=cacheonly");
	build_push_sources(p, argv, entry, from);
	if (local)
		push_exports(p, argv, entry);
	options_push_contexts(argv, p->o);
	set_texts(p,
		xasprintf(local && planner_stores_itself(p) ? "Storing %s" : "Building %s image",
			it->name),
		it->name);
}

/* --load and --push: what a builder that loads no images needs to be told. */
static void
push_load_and_push(const struct planner *p, struct strvec *argv)
{
	const struct options *o = p->o;
	bool docker_pushes = planner_has_output(p) ? o->push == TRI_YES
						   : options_push(o) && !planner_loads(p);

	if (o->load != TRI_UNSET)
		strvec_push(argv, o->load == TRI_YES ? "--load" : "--load=false");
	/* beside an --output it is docker that pushes, or says that it cannot */
	if (docker_pushes && !p->refs->not_pushed)
		strvec_push(argv, "--push");
}

/* The names under which the image is stored as a cache, beside its own. */
static void
push_store_tags(const struct planner *p, struct strvec *argv)
{
	const struct cache_entry *it = cache_refs_final(p->refs);

	strvec_push_option(argv, "-t", it->store_branch);
	strvec_push_option(argv, "-t", it->store_shared);
}

/* A build of the image; pushes: with what is pushed under its names. */
static void
add_final(struct planner *p, unsigned flags, enum build_from from, bool no_cache, bool pushes)
{
	const struct options *o = p->o;
	size_t entry = p->refs->nr - 1;
	struct strvec *argv = add_build(p, entry, flags, o->target, false);

	if (no_cache)
		strvec_push(argv, "--no-cache");
	if (flags & STEP_READ)
		push_plain(p, argv);
	add_filters(p, argv, entry);
	options_push_tags(argv, o);
	if (pushes)
		push_store_tags(p, argv);
	build_push_sources(p, argv, entry, from);
	if (flags & STEP_EXPORTS)
		push_exports(p, argv, entry);
	strvec_push_options(argv, "--cache-to", &o->cache_to);
	push_load_and_push(p, argv);
	if (pushes)
		strvec_push(argv, "--push");
	strvec_push_all(argv, &o->final);
	options_push_contexts(argv, o);
	set_texts(p, xstrdup("Building image"), o->image);
}

/* What a build of the image is that exports the cache of all itself, else nothing. */
static unsigned
exports_itself(const struct planner *p)
{
	const struct cache_entry *it = cache_refs_final(p->refs);
	bool stored = it->export_branch || it->export_shared;

	return p->mode == MODE_REGISTRY && stored && !planner_exports_apart(p) ? STEP_EXPORTS : 0;
}

void
build_final(struct planner *p, enum build_from from, bool no_cache)
{
	bool pushes = planner_pushes(p);

	add_final(p, STEP_LIVE | STEP_STDOUT | (pushes ? STEP_PUSHES : 0) | exports_itself(p), from,
		no_cache, pushes);
}

/* Starts a build of what has been built, which is stopped when it has to run something. */
static struct step *
add_finished(struct planner *p, size_t entry, unsigned flag)
{
	struct step *step = plan_add(p->plan, STEP_BUILD_STAGE,
		STEP_OPTIONAL | STEP_CLEANUP | STEP_READ | STEP_ATTEMPT | flag);

	step->entry = entry;
	strvec_pushl(&step->argv[0], p->o->docker, "build");
	push_every_but_pull(p, &step->argv[0]);
	push_inline_cache(p, &step->argv[0]);
	return step;
}

void
build_export(struct planner *p)
{
	size_t entry = p->refs->nr - 1;
	const struct cache_entry *it = &p->refs->entries[entry];
	struct step *step = add_finished(p, entry, STEP_EXPORTS);
	struct strvec *argv = &step->argv[0];

	push_file(p, step, false);
	strvec_push_option(argv, "--target", p->o->target);
	push_plain(p, argv);
	strvec_pushl(argv, "--output", "type=cacheonly");
	build_push_all_sources(p, argv);
	push_exports(p, argv, entry);
	options_push_contexts(argv, p->o);
	set_texts(p, xstrdup("Exporting the cache"),
		it->export_branch ? it->export_branch : it->export_shared);
}

void
build_unpushed(struct planner *p, enum build_from from)
{
	size_t build = p->builds[p->refs->nr - 1];

	add_final(p, STEP_CLEANUP | STEP_READ | STEP_UNPUSHED | exports_itself(p), from, false,
		false);
	plan_gate(p->plan, build);
}

/* Starts a build that takes up what there is of an entry. */
static struct strvec *
add_taking(struct planner *p, size_t entry)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	size_t build = p->builds[entry];
	const char *target = it->name ? it->name : p->o->target;
	struct strvec *argv = add_build(
		p, entry, STEP_ATTEMPT | STEP_TAKES | STEP_READ, target, it->unnamed);

	p->builds[entry] = build;
	push_plain(p, argv);
	if (p->mode != MODE_PULL)
		strvec_pushl(argv, "--output", "type=cacheonly");
	return argv;
}

void
build_rescued(struct planner *p, size_t entry)
{
	const struct cache_entry *it = &p->refs->entries[entry];
	struct strvec *argv = add_taking(p, entry);

	p->takes[entry] = true;
	build_push_rescued(p, argv, entry);
	options_push_contexts(argv, p->o);
	set_texts(p, NULL, p->mode == MODE_REGISTRY ? it->export_rescued : it->rescued);
}

void
build_own(struct planner *p, size_t entry)
{
	struct strvec *argv = add_taking(p, entry);

	build_push_source(p, argv, entry);
	options_push_contexts(argv, p->o);
	set_texts(p, NULL, p->sources[entry].ref);
}

void
build_choose(struct planner *p, size_t entry)
{
	const struct cache_source *source = &p->sources[entry];
	struct step *step = plan_add(p->plan, STEP_PROBE, STEP_OPTIONAL);

	strvec_pushl(&step->argv[0], p->o->docker, "tag", source->ref, source->rescued);
	step->subject = xstrdup(source->ref);
	step->entry = entry;
}

void
build_attempt(struct planner *p, bool as_final)
{
	const struct options *o = p->o;
	size_t entry = p->refs->nr - 1;
	const struct cache_entry *it = &p->refs->entries[entry];
	struct strvec *argv = add_build(p, entry, STEP_ATTEMPT | STEP_WHOLE, o->target, false);
	struct strvec tags;

	strvec_init(&tags);
	if (as_final)
		options_list_tags(&tags, o);
	/* what stores it takes it by that name, whichever build it is from */
	if (planner_local(it))
		strvec_push_new(&tags, planner_local(it));
	push_plain(p, argv);
	strvec_push_options(argv, "-t", &tags);
	strvec_release(&tags);
	build_push_sources(p, argv, entry, BUILD_FROM_OWN);
	options_push_contexts(argv, o);
	set_texts(p, xstrdup("Building image"), o->image);
}

void
build_cut(struct planner *p, const struct cut_build *cut)
{
	const struct cache_entry *it = &p->refs->entries[cut->entry];
	struct step *step = add_finished(p, cut->entry, STEP_CAREFUL);
	struct strvec *argv = &step->argv[0];

	step->reach = cut->reach;
	step->of = cut->of;
	if (cut->beside)
		step->flags |= STEP_BESIDE;
	push_cut_file(p, step, cut);
	push_plain(p, argv);
	if (cut->last && !planner_stores_itself(p))
		strvec_push_option(argv, "-t", it->rescued);
	else
		strvec_pushl(argv, "--output", "type=cacheonly");
	if (p->mode == MODE_REGISTRY)
		build_push_all_sources(p, argv);
	if (cut->last && p->mode == MODE_REGISTRY)
		push_export(argv, it->export_rescued);
	options_push_contexts(argv, p->o);
	set_texts(p, NULL, it->rescued);
}

void
build_base(struct planner *p, const struct cut_build *base)
{
	const struct cache_entry *it = &p->refs->entries[base->entry];
	struct step *step = add_finished(p, base->entry, STEP_BESIDE | STEP_AHEAD);
	struct strvec *argv = &step->argv[0];

	push_cut_file(p, step, base);
	push_plain(p, argv);
	strvec_pushl(argv, "--output", "type=cacheonly");
	push_export(argv, p->refs->ahead);
	options_push_contexts(argv, p->o);
	set_texts(p, xasprintf("Sending %s ahead", p->df->stages[it->stage].base), p->refs->ahead);
}

void
build_cache_image(struct planner *p)
{
	size_t entry = p->refs->nr - 1;
	const struct cache_entry *it = &p->refs->entries[entry];
	struct strvec *argv = add_build(
		p, entry, STEP_OPTIONAL | STEP_CLEANUP | STEP_READ, p->o->target, false);

	push_plain(p, argv);
	if (planner_loads(p))
		strvec_push_option(argv, "-t", planner_local(it));
	else
		push_registry_output(argv, it);
	build_push_sources(p, argv, entry, BUILD_FROM_LOCAL);
	options_push_contexts(argv, p->o);
	set_texts(p, xstrdup("Building cached image"), planner_local(it));
}
