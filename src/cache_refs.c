#include "cache_refs.h"

#include <stdlib.h>
#include <string.h>

struct namer {
	struct cache_refs *refs;
	const struct options *o;
	const struct dockerfile *df;
	const char *base;     /* the repository the cache is kept in */
	const char *prefix;   /* of every tag; may be empty */
	char *key;            /* the variant; may be empty */
	struct strvec own;    /* tags of IMAGE and of each -t in base: no stage is stored there */
	char *latest;         /* the un-prefixed tag of the final image */
	struct strvec shared; /* it, and those of all stages of the Dockerfile */
	struct strbuf ext;    /* what is behind an image's tag in that of its exported cache */
	struct strbuf cut;    /* the same of what was rescued of it, */
	struct strbuf from;   /* and of what it is made from */
	bool store_branch, store_shared;
};

/* "-" and part, or nothing for an empty part; joined behind what is there */
static char *
suffix_of(const char *key, const char *stage)
{
	return xasprintf("%s%s%s%s", *key ? "-" : "", key, stage ? "-" : "", stage ? stage : "");
}

/*
 * The tag of a stage, or with stage NULL of the final image, under a branch. Where that would be
 * what something un-prefixed is called (a branch "builder"), a stage's one of the user's own tags,
 * or of what is beside an image (a branch "main.cache"), it is told apart by a hash. The final
 * image may have an own tag: IMAGE may well be base:b.
 */
static char *
branch_tag(const struct namer *n, const char *branch, const char *stage)
{
	char *suffix = suffix_of(n->key, stage);
	char *tag = tag_make(n->prefix, branch, suffix, false);

	if (strvec_has(&n->shared, tag) || (stage && strvec_has(&n->own, tag)) ||
		str_has_suffix(tag, n->ext.buf) || str_has_suffix(tag, n->cut.buf) ||
		str_has_suffix(tag, n->from.buf)) {
		free(tag);
		tag = tag_make(n->prefix, branch, suffix, true);
	}
	free(suffix);
	return tag;
}

/* The tag of what is kept beside an image of that tag. */
static char *
beside_tag(const struct namer *n, const char *image, const struct strbuf *ext)
{
	char *tag = tag_make("", image, ext->buf, false);

	if (strvec_has(&n->own, tag)) {
		free(tag);
		tag = tag_make("", image, ext->buf, true);
	}
	return tag;
}

/* ext, unless a stage's name ends so, which would make its image what is beside another one. */
static void
choose_ext(const struct namer *n, struct strbuf *chosen, const char *ext)
{
	bool taken;
	size_t i;

	strbuf_init(chosen);
	do {
		strbuf_addstr(chosen, ext);
		taken = false;
		for (i = 0; i < n->df->nr_stages; i++)
			taken |= str_has_suffix(n->df->stages[i].label, chosen->buf);
	} while (taken);
}

/* The un-prefixed tag of the final image. */
static char *
latest_tag(const struct namer *n)
{
	char *suffix = suffix_of(n->key, NULL);
	char *tag = tag_make(n->prefix, "latest", suffix, false);

	free(suffix);
	return tag;
}

/* The un-prefixed tag of a stage, or with stage NULL of the final image. */
static char *
shared_tag(const struct namer *n, const char *stage)
{
	char *text, *tag;

	if (!stage)
		return xstrdup(n->latest);
	text = xasprintf("%s%s%s", n->key, *n->key ? "-" : "", stage);
	tag = tag_make(n->prefix, text, "", false);
	if (str_eq(tag, n->latest) || strvec_has(&n->own, tag)) {
		free(tag);
		tag = tag_make(n->prefix, text, "", true);
	}
	free(text);
	return tag;
}

static void
name_shared(struct namer *n)
{
	size_t i;

	n->latest = latest_tag(n);
	strvec_push(&n->shared, n->latest);
	for (i = 0; i < n->df->nr_stages; i++)
		strvec_take(&n->shared, shared_tag(n, n->df->stages[i].label));
}

/* base:tag; takes tag over */
static char *
ref_of(const struct namer *n, char *tag)
{
	char *ref = xasprintf("%s:%s", n->base, tag);

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
	if (stage || !strvec_has(&n->own, tag))
		return ref_of(n, tag);
	free(tag);
	return NULL;
}

/* The reference of an exported cache that is kept beside an image of that tag. */
static char *
exported_beside(const struct namer *n, const char *image, const struct strbuf *ext)
{
	char *beside = beside_tag(n, image, ext);
	char *ref = ref_of(n, beside_tag(n, beside, &n->ext));

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
		strvec_take(&tags, branch_tag(n, refs->branches.v[i], stage));
	strvec_take(&tags, shared_tag(n, stage));
	for (i = 0; i < tags.nr; i++) {
		strvec_take(&entry->lookup, ref_of(n, xstrdup(tags.v[i])));
		strvec_take(&entry->exports, ref_of(n, beside_tag(n, tags.v[i], &n->ext)));
	}
	entry->rescued = ref_of(n, beside_tag(n, tags.v[0], &n->cut));
	entry->export_rescued = exported_beside(n, tags.v[0], &n->cut);
	if (!name && (n->store_branch || n->store_shared))
		refs->ahead = exported_beside(n, tags.v[0], &n->from);
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

/*
 * Why this run may leave nothing that others use, whatever the options say, or NULL. With its
 * target's rights a fork's pull request could push where it must not, so there a fork is assumed.
 */
const char *
ci_not_trusted(const struct ci *ci)
{
	if (ci->privileged && ci->fork != FORK_NO)
		return "a fork's pull request may be run with the rights of its target";
	if (ci->pull_request && ci->fork == FORK_YES)
		return "the pull request comes from a fork";
	return NULL;
}

/* The same for what --cache-branch overrides. A pull request must not move what others start from.
 */
static const char *
why_read_only(const struct ci *ci, const char *branch, const char *default_branch)
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
	if (str_eq(branch, ci->target))
		return "the pull request's branch is called like the one it goes into";
	if (str_eq(branch, default_branch))
		return "the pull request's branch is called like the default branch";
	if (ci->fork == FORK_UNKNOWN)
		return "it is not known whether the pull request comes from a fork";
	return NULL;
}

/* Whether a tag is that of something under a branch. */
static bool
is_tag_of(const struct namer *n, const char *tag, const char *branch)
{
	bool same = false;
	size_t i;

	for (i = 0; !same && i <= n->df->nr_stages; i++) {
		char *other = branch_tag(n, branch, i ? n->df->stages[i - 1].label : NULL);

		same = str_eq(tag, other);
		free(other);
	}
	return same;
}

/* Whether tags under two branches can be the same: those of one start with the other's name. */
static bool
may_meet(const char *a, const char *b)
{
	char *one = tag_make("", a, "", false), *other = tag_make("", b, "", false);
	bool may = str_skip_prefix(one, other) || str_skip_prefix(other, one);

	free(one);
	free(other);
	return may;
}

/*
 * Whether something under a branch is called like something under another, though that has another
 * name: a-b and a/b, or main-builder, and main, which has a stage "builder".
 */
static bool
takes_name(const struct namer *n, const char *branch, const char *of)
{
	bool takes = false;
	size_t i;

	if (!of || !may_meet(branch, of))
		return false;
	for (i = 0; !takes && i <= n->df->nr_stages; i++) {
		char *tag = branch_tag(n, branch, i ? n->df->stages[i - 1].label : NULL);

		takes = is_tag_of(n, tag, of);
		free(tag);
	}
	return takes;
}

/* Why nothing may be stored, or NULL. */
static const char *
why_not_stored(const struct options *o, const struct facts *f, const char *branch,
	const char *default_branch)
{
	if (o->read_only)
		return "--cache-read-only";
	if (ci_not_trusted(&f->ci))
		return ci_not_trusted(&f->ci);
	return o->cache_branch ? NULL : why_read_only(&f->ci, branch, default_branch);
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
	refs->not_stored = why_not_stored(o, f, branch, known);
	if (!refs->not_stored && f->ci.pull_request && !o->cache_branch &&
		(takes_name(n, branch, f->ci.target) || takes_name(n, branch, known)))
		refs->not_stored = "the pull request's caches would be called like those of the "
				   "branch it goes into";
	if (refs->not_stored)
		return;
	n->store_branch = branch != NULL;
	n->store_shared = o->shared != SHARED_NEVER &&
			  (o->shared == SHARED_ALWAYS || !branch || str_eq(branch, known));
}

/* The path without "." folders, doubled slashes and a slash at its end. */
static char *
tidy_path(const char *path)
{
	struct strbuf tidy;

	strbuf_init(&tidy);
	if (*path == '/')
		strbuf_addch(&tidy, '/');
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n && !(n == 1 && *path == '.')) {
			if (tidy.len && tidy.buf[tidy.len - 1] != '/')
				strbuf_addch(&tidy, '/');
			strbuf_add(&tidy, path, n);
		}
		path += n + (path[n] == '/');
	}
	return strbuf_detach(&tidy);
}

/*
 * The -f as a path in the context, so that it is the same wherever the checkout is; NULL where it
 * is the file docker takes by itself, or none that has a name.
 */
static char *
other_dockerfile(const struct options *o, const struct facts *f)
{
	char *file, *folder, *inside = NULL;
	const char *rest;

	if (!o->file || str_eq(o->file, "-"))
		return NULL;
	file = tidy_path(o->file);
	/* of a remote context -f is a path in it anyway */
	folder = tidy_path(f->context_is_directory ? options_context(o) : "");
	rest = str_skip_prefix(file, folder);
	if (rest && *folder)
		rest = *rest == '/' ? rest + 1 : NULL;
	if (!rest)
		inside = xstrdup(file);
	else if (!str_eq_nocase(rest, "Dockerfile"))
		inside = xstrdup(rest);
	free(folder);
	free(file);
	return inside;
}

static void
add_part(struct strbuf *key, const char *part)
{
	if (part && *part)
		strbuf_addf(key, "%s%s", key->len ? "-" : "", part);
}

/* The platforms as a part of the key: arm64 for linux/arm64. Where only linux/amd64 is built there
 * is none. */
static void
add_platforms(struct strbuf *key, const char *platforms)
{
	if (!platforms || str_eq(platforms, "linux/amd64"))
		return;
	while (*platforms) {
		size_t n = strcspn(platforms, ",");
		char *one = xstrndup(platforms, n);
		const char *arch = str_skip_prefix(one, "linux/");

		add_part(key, arch ? arch : one);
		free(one);
		platforms += n + (platforms[n] == ',');
	}
}

/*
 * What sets this build's tags apart: another platform's layers are of no use, and a Dockerfile that
 * is not the default one may have stages of the same names.
 */
static char *
variant(const struct options *o, const struct facts *f, const char *platforms)
{
	struct strbuf key;
	char *file = other_dockerfile(o, f);

	strbuf_init(&key);
	add_part(&key, o->cache_key);
	add_platforms(&key, platforms);
	add_part(&key, file);
	free(file);
	return strbuf_detach(&key);
}

static bool
same_repository(const char *a, const char *b)
{
	struct image_ref ra, rb;
	bool same = image_ref_parse(&ra, a, NULL);

	same = image_ref_parse(&rb, b, NULL) && same && str_eq(ra.domain, rb.domain) &&
	       str_eq(ra.path, rb.path);
	image_ref_release(&ra);
	image_ref_release(&rb);
	return same;
}

static void
add_own(struct namer *n, const char *image)
{
	struct image_ref ref;

	if (image_ref_parse(&ref, image, NULL) && same_repository(ref.name, n->base))
		strvec_push_new(&n->own, ref.tag ? ref.tag : "latest");
	image_ref_release(&ref);
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
	size_t i;

	*refs = (struct cache_refs){.nr = 0};
	strvec_init(&refs->branches);
	if (!image_ref_parse(&refs->image, o->image, err) || !check_cache_stages(o, df, err))
		return false;
	n.base = o->cache_repo ? o->cache_repo : refs->image.name;
	n.prefix = o->cache_prefix ? o->cache_prefix : "";
	n.key = variant(o, f, platform);
	strvec_init(&n.own);
	strvec_init(&n.shared);
	add_own(&n, o->image);
	for (i = 0; i < o->tags.nr; i++)
		add_own(&n, o->tags.v[i]);
	name_shared(&n);
	choose_ext(&n, &n.ext, ".cache");
	choose_ext(&n, &n.cut, ".rescued");
	choose_ext(&n, &n.from, ".base");
	choose_branches(&n, f);
	add_entries(&n);
	strvec_release(&n.own);
	strvec_release(&n.shared);
	strbuf_release(&n.ext);
	strbuf_release(&n.cut);
	strbuf_release(&n.from);
	free(n.latest);
	free(n.key);
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
