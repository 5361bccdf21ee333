#include "cache_refs.h"

#include <stdlib.h>
#include <string.h>

#include "cache_tags.h"
#include "variant.h"

/* What entries are made with. */
struct namer {
	struct cache_refs *refs;
	const struct options *o;
	const struct dockerfile *df;
	struct cache_tags tags;
	bool store_branch, store_shared;
};

/* base:tag; takes tag over */
static char *
ref_of(const struct namer *n, char *tag)
{
	char *ref = xasprintf("%s:%s", n->tags.base, tag);

	free(tag);
	return ref;
}

/*
 * The reference to store under, or NULL. The final image is not stored under one of its own tags:
 * if IMAGE is pushed it is there anyway, and if not, nobody asked for it to be there.
 */
static char *
store_ref(const struct namer *n, const char *stage, char *tag)
{
	if (stage || !strvec_has(&n->tags.own, tag))
		return ref_of(n, tag);
	free(tag);
	return NULL;
}

/* The reference of an exported cache that is kept beside an image of that tag. */
static char *
exported_beside(const struct namer *n, const char *image, const struct strbuf *ending)
{
	char *beside = cache_tags_beside(&n->tags, image, ending);
	char *ref = ref_of(n, cache_tags_beside(&n->tags, beside, &n->tags.ext));

	free(beside);
	return ref;
}

static void
add_entry(struct namer *n, int index, const char *name, const char *stage)
{
	struct cache_refs *refs = n->refs;
	struct cache_entry *entry;
	struct strvec tags;
	size_t i;

	refs->entries = xreallocarray(refs->entries, refs->nr + 1, sizeof(*refs->entries));
	entry = &refs->entries[refs->nr++];
	*entry = (struct cache_entry){.stage = index, .name = xstrdup(name)};
	strvec_init(&entry->lookup);
	strvec_init(&entry->exports);
	strvec_init(&tags);
	for (i = 0; i < refs->branches.nr; i++)
		strvec_take(&tags, cache_tags_branch(&n->tags, refs->branches.v[i], stage));
	strvec_take(&tags, cache_tags_shared(&n->tags, stage));
	for (i = 0; i < tags.nr; i++) {
		strvec_take(&entry->lookup, ref_of(n, xstrdup(tags.v[i])));
		strvec_take(&entry->exports,
			ref_of(n, cache_tags_beside(&n->tags, tags.v[i], &n->tags.ext)));
	}
	entry->rescued = ref_of(n, cache_tags_beside(&n->tags, tags.v[0], &n->tags.cut));
	entry->export_rescued = exported_beside(n, tags.v[0], &n->tags.cut);
	if (!name && (n->store_branch || n->store_shared))
		refs->ahead = exported_beside(n, tags.v[0], &n->tags.from);
	if (n->store_branch) {
		entry->store_branch = store_ref(n, stage, xstrdup(tags.v[0]));
		entry->export_branch = xstrdup(entry->exports.v[0]);
	}
	if (n->store_shared) {
		entry->store_shared = store_ref(n, stage, xstrdup(tags.v[tags.nr - 1]));
		entry->export_shared = xstrdup(entry->exports.v[tags.nr - 1]);
	}
	strvec_release(&tags);
}

/* The branch that is built, and who says so; NULL: none is known. */
static const char *
find_branch(const struct options *o, const struct facts *f, const char **from)
{
	*from = "--cache-branch";
	if (o->cache_branch)
		return o->cache_branch;
	*from = f->ci.name;
	/* what is checked out for these is not a branch to store under */
	if (f->ci.branch || f->ci.pull_request || f->ci.merge_queue || f->ci.tag)
		return f->ci.branch;
	*from = f->git_branch ? ".git" : NULL;
	return f->git_branch;
}

static const char *
find_default_branch(const struct options *o, const struct facts *f, const char *branch)
{
	if (o->cache_default_branch)
		return o->cache_default_branch;
	if (f->ci.default_branch)
		return f->ci.default_branch;
	if (f->git_default_branch)
		return f->git_default_branch;
	return str_eq(branch, "main") || str_eq(branch, "master") ? branch : NULL;
}

/* Why nothing may be stored that --cache-branch overrides, or NULL. A pull request must not move
 * what others start from. */
static const char *
why_read_only(
	const struct namer *n, const struct ci *ci, const char *branch, const char *default_branch)
{
	if (ci->tag)
		return "a tag is built";
	if (ci->merge_queue)
		return "a merge queue is built";
	if (!ci->pull_request)
		return !branch && ci->fork == FORK_UNKNOWN
			       ? "it is not known whether a pull request is built"
			       : NULL;
	if (!branch)
		return "the pull request's branch is not known";
	if (cache_tags_meet(&n->tags, branch, ci->target))
		return "the pull request's caches are called like those of the branch it goes into";
	if (cache_tags_meet(&n->tags, branch, default_branch))
		return "the pull request's caches are called like those of the default branch";
	if (ci->fork == FORK_UNKNOWN)
		return "it is not known whether the pull request comes from a fork";
	return NULL;
}

/* Why nothing may be stored, or NULL. */
static const char *
why_not_stored(const struct namer *n, const struct facts *f, const char *branch,
	const char *default_branch)
{
	if (n->o->read_only)
		return "--cache-read-only";
	if (ci_not_trusted(&f->ci))
		return ci_not_trusted(&f->ci);
	return n->o->cache_branch ? NULL : why_read_only(n, &f->ci, branch, default_branch);
}

/* Finds out which branch this is, which are looked under, and what may be stored. */
static void
choose_branches(struct namer *n, const struct facts *f)
{
	struct cache_refs *refs = n->refs;
	const struct options *o = n->o;
	const char *branch = find_branch(o, f, &refs->branch_from);
	const char *known = find_default_branch(o, f, branch);
	size_t i;

	refs->branch = xstrdup(branch);
	if (branch)
		strvec_push(&refs->branches, branch);
	if (f->ci.target)
		strvec_push_new(&refs->branches, f->ci.target);
	for (i = 0; i < o->cache_fallbacks.nr; i++)
		strvec_push_new(&refs->branches, o->cache_fallbacks.v[i]);
	if (branch || f->ci.tag || f->ci.pull_request || f->ci.merge_queue) {
		strvec_push_new(&refs->branches, known ? known : "main");
		if (!known)
			strvec_push_new(&refs->branches, "master");
	}
	refs->not_pushed = ci_not_trusted(&f->ci);
	refs->not_stored = why_not_stored(n, f, branch, known);
	if (refs->not_stored)
		return;
	n->store_branch = branch != NULL;
	n->store_shared = o->shared != SHARED_NEVER &&
			  (o->shared == SHARED_ALWAYS || !branch || str_eq(branch, known));
}

static bool
has_label(const struct dockerfile *df, const char *name)
{
	size_t i;

	for (i = 0; i < df->nr_stages; i++) {
		if (str_eq_nocase(df->stages[i].label, name))
			return true;
	}
	return false;
}

static bool
check_cache_stages(const struct options *o, const struct dockerfile *df, struct strbuf *err)
{
	size_t i, j;

	for (i = 0; i < o->cache_stages.nr; i++) {
		if (df->nr_stages && !has_label(df, o->cache_stages.v[i]))
			break;
	}
	if (i == o->cache_stages.nr)
		return true;
	strbuf_addstr(err, "--cache-stage: no stage is called '");
	strbuf_add_visible(err, o->cache_stages.v[i]);
	strbuf_addstr(err, "'; there are:");
	for (j = 0; j < df->nr_stages; j++)
		strbuf_addf(err, " %s", df->stages[j].label);
	return false;
}

static bool
is_cached(const struct options *o, const struct dockerfile *df, size_t stage)
{
	const struct stage *it = &df->stages[stage];

	/* of two stages of one name only the last can be built by it */
	if (it->replaced || (it->name && dockerfile_target(df, it->name) != (int)stage))
		return false;
	return !o->cache_stages.nr || strvec_has_nocase(&o->cache_stages, it->label);
}

/* NULL gives NULL */
static char *
lower_case(const char *name)
{
	char *copy = xstrdup(name), *c;

	for (c = copy; c && *c; c++)
		*c = to_lower(*c);
	return copy;
}

static void
add_entries(struct namer *n)
{
	const struct dockerfile *df = n->df;
	int target = df->nr_stages ? dockerfile_target(df, n->o->target) : -1;
	bool *needed = xcalloc(df->nr_stages, sizeof(*needed));
	char *as_stage = NULL;
	size_t i;

	if (target >= 0)
		dockerfile_needed(df, (size_t)target, needed);
	for (i = 0; i < df->nr_stages; i++) {
		if (!needed[i] || (int)i == target || !is_cached(n->o, df, i))
			continue;
		add_entry(n, (int)i, df->stages[i].label, df->stages[i].label);
		n->refs->entries[n->refs->nr - 1].unnamed = !df->stages[i].name;
	}
	if (target >= 0 && (size_t)target + 1 < df->nr_stages)
		as_stage = xstrdup(df->stages[target].label);
	else if (target < 0)
		as_stage = lower_case(n->o->target);
	add_entry(n, target, NULL, as_stage);
	free(as_stage);
	free(needed);
}

bool
cache_refs_make(struct cache_refs *refs, const struct options *o, const struct facts *f,
	const struct dockerfile *df, const char *platform, struct strbuf *err)
{
	struct namer n = {.refs = refs, .o = o, .df = df};

	*refs = (struct cache_refs){.nr = 0};
	strvec_init(&refs->branches);
	if (!image_ref_parse(&refs->image, o->image, err) || !check_cache_stages(o, df, err))
		return false;
	cache_tags_make(&n.tags, o, df, o->cache_repo ? o->cache_repo : refs->image.name,
		variant(o, f, platform));
	choose_branches(&n, f);
	add_entries(&n);
	cache_tags_release(&n.tags);
	return true;
}

void
cache_refs_release(struct cache_refs *refs)
{
	size_t i;

	for (i = 0; i < refs->nr; i++) {
		free(refs->entries[i].name);
		strvec_release(&refs->entries[i].lookup);
		free(refs->entries[i].store_branch);
		free(refs->entries[i].store_shared);
		free(refs->entries[i].rescued);
		free(refs->entries[i].export_rescued);
		strvec_release(&refs->entries[i].exports);
		free(refs->entries[i].export_branch);
		free(refs->entries[i].export_shared);
	}
	free(refs->entries);
	strvec_release(&refs->branches);
	free(refs->ahead);
	free(refs->branch);
	image_ref_release(&refs->image);
}

const struct cache_entry *
cache_refs_final(const struct cache_refs *refs)
{
	return &refs->entries[refs->nr - 1];
}

bool
cache_refs_own_first(const struct cache_refs *refs)
{
	return refs->branch != NULL;
}

const char *
cache_entry_local(const struct cache_entry *entry)
{
	return entry->lookup.v[0];
}
