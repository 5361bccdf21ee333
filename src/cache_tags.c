#include "cache_tags.h"

#include <stdlib.h>
#include <string.h>

#include "image_ref.h"

/* "-" and part, or nothing for an empty part; joined behind what is there */
static char *
suffix_of(const char *key, const char *stage)
{
	return xasprintf("%s%s%s%s", *key ? "-" : "", key, stage ? "-" : "", stage ? stage : "");
}

/*
 * Where a tag would be what something un-prefixed is called (a branch "builder"), a stage's one of
 * the user's own tags, or of what is beside an image (a branch "main.cache"), it is told apart by a
 * hash. The final image may have an own tag: IMAGE may well be base:b.
 */
char *
cache_tags_branch(const struct cache_tags *t, const char *branch, const char *stage)
{
	char *suffix = suffix_of(t->key, stage);
	char *tag = tag_make(t->prefix, branch, suffix, false);

	if (strvec_has(&t->shared, tag) || (stage && strvec_has(&t->own, tag)) ||
		str_has_suffix(tag, t->ext.buf) || str_has_suffix(tag, t->cut.buf) ||
		str_has_suffix(tag, t->from.buf)) {
		free(tag);
		tag = tag_make(t->prefix, branch, suffix, true);
	}
	free(suffix);
	return tag;
}

char *
cache_tags_shared(const struct cache_tags *t, const char *stage)
{
	char *text, *tag;

	if (!stage)
		return xstrdup(t->latest);
	text = xasprintf("%s%s%s", t->key, *t->key ? "-" : "", stage);
	tag = tag_make(t->prefix, text, "", false);
	if (str_eq(tag, t->latest) || strvec_has(&t->own, tag)) {
		free(tag);
		tag = tag_make(t->prefix, text, "", true);
	}
	free(text);
	return tag;
}

char *
cache_tags_beside(const struct cache_tags *t, const char *image, const struct strbuf *ending)
{
	char *tag = tag_make("", image, ending->buf, false);

	if (strvec_has(&t->own, tag)) {
		free(tag);
		tag = tag_make("", image, ending->buf, true);
	}
	return tag;
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

/* The tags of all that there may be under a branch, whatever the target needs. */
static void
list_tags(const struct cache_tags *t, const char *branch, struct strvec *tags)
{
	size_t i;

	strvec_init(tags);
	strvec_take(tags, cache_tags_branch(t, branch, NULL));
	for (i = 0; i < t->df->nr_stages; i++)
		strvec_take(tags, cache_tags_branch(t, branch, t->df->stages[i].label));
}

bool
cache_tags_meet(const struct cache_tags *t, const char *branch, const char *other)
{
	struct strvec ours, theirs;
	bool meet = false;
	size_t i;

	if (!other || !may_meet(branch, other))
		return false;
	list_tags(t, branch, &ours);
	list_tags(t, other, &theirs);
	for (i = 0; !meet && i < ours.nr; i++)
		meet = strvec_has(&theirs, ours.v[i]);
	strvec_release(&ours);
	strvec_release(&theirs);
	return meet;
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
add_own(struct cache_tags *t, const char *image)
{
	struct image_ref ref;

	if (image_ref_parse(&ref, image, NULL) && same_repository(ref.name, t->base))
		strvec_push_new(&t->own, ref.tag ? ref.tag : "latest");
	image_ref_release(&ref);
}

/* ending, unless a stage's name ends so, which would make its image what is beside another one. */
static void
choose_ending(const struct cache_tags *t, struct strbuf *chosen, const char *ending)
{
	bool taken;
	size_t i;

	strbuf_init(chosen);
	do {
		strbuf_addstr(chosen, ending);
		taken = false;
		for (i = 0; i < t->df->nr_stages; i++)
			taken |= str_has_suffix(t->df->stages[i].label, chosen->buf);
	} while (taken);
}

static void
name_shared(struct cache_tags *t)
{
	char *suffix = suffix_of(t->key, NULL);
	size_t i;

	t->latest = tag_make(t->prefix, "latest", suffix, false);
	free(suffix);
	strvec_push(&t->shared, t->latest);
	for (i = 0; i < t->df->nr_stages; i++)
		strvec_take(&t->shared, cache_tags_shared(t, t->df->stages[i].label));
}

void
cache_tags_make(struct cache_tags *t, const struct options *o, const struct dockerfile *df,
	const char *base, char *key)
{
	size_t i;

	*t = (struct cache_tags){.df = df,
		.base = base,
		.prefix = o->cache_prefix ? o->cache_prefix : "",
		.key = key};
	strvec_init(&t->own);
	strvec_init(&t->shared);
	add_own(t, o->image);
	for (i = 0; i < o->tags.nr; i++)
		add_own(t, o->tags.v[i]);
	name_shared(t);
	choose_ending(t, &t->ext, ".cache");
	choose_ending(t, &t->cut, ".rescued");
	choose_ending(t, &t->from, ".base");
}

void
cache_tags_release(struct cache_tags *t)
{
	strvec_release(&t->own);
	strvec_release(&t->shared);
	strbuf_release(&t->ext);
	strbuf_release(&t->cut);
	strbuf_release(&t->from);
	free(t->latest);
	free(t->key);
}
