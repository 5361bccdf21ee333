#include "sift.h"

#include <stdlib.h>
#include <string.h>

#include "vertex.h"

/* The step must be one that needs nothing: no context, no network, no program that is run. */
const char sift_dockerfile[] = "FROM scratch\nWORKDIR /x\n";

struct sifted {
	unsigned vertex; /* which looks for it, + 1; 0: none yet */
	enum found found;
	enum reason reason; /* it could not be asked for */
};

static void
want(struct sift *sift, const char *ref)
{
	if (sift->refs.nr < SIFT_MAX && !strvec_has(&sift->refs, ref))
		strvec_push(&sift->refs, ref);
}

static void
want_all(struct sift *sift, const struct strvec *refs)
{
	size_t i;

	for (i = 0; i < refs->nr; i++)
		want(sift, refs->v[i]);
}

void
sift_init(struct sift *sift, const struct cache_refs *refs, enum sift_what what)
{
	size_t i;

	strvec_init(&sift->refs);
	/* the image's first, since some may be left out, and its exported cache is that of all */
	if (what != SIFT_IMAGES)
		want_all(sift, &refs->entries[refs->nr - 1].exports);
	for (i = refs->nr; i-- > 0;) {
		const struct cache_entry *it = &refs->entries[i];

		if (what == SIFT_EXPORTS || what == SIFT_ALL) {
			want_all(sift, &it->exports);
			want(sift, it->export_rescued);
		}
		if (what != SIFT_EXPORTS)
			want_all(sift, &it->lookup);
		if (what == SIFT_IMAGES_AND_EXPORT)
			want(sift, it->rescued);
	}
	sift->each = xcalloc(sift->refs.nr, sizeof(*sift->each));
}

void
sift_release(struct sift *sift)
{
	strvec_release(&sift->refs);
	free(sift->each);
	sift->each = NULL;
}

/* The reference of len bytes, or NULL. */
static struct sifted *
by_name(struct sift *sift, const char *ref, size_t len)
{
	size_t i;

	for (i = 0; i < sift->refs.nr; i++) {
		if (strlen(sift->refs.v[i]) == len && memcmp(sift->refs.v[i], ref, len) == 0)
			return &sift->each[i];
	}
	return NULL;
}

static struct sifted *
by_vertex(struct sift *sift, unsigned number, const char **ref)
{
	size_t i;

	for (i = 0; i < sift->refs.nr; i++) {
		*ref = sift->refs.v[i];
		if (sift->each[i].vertex == number + 1)
			return &sift->each[i];
	}
	return NULL;
}

enum reason
sift_line(struct sift *sift, const char *line, size_t len)
{
	struct sifted *it;
	struct vertex v;
	const char *ref;

	if (!vertex_read(&v, line, len))
		return REASON_NONE;
	if (v.kind == VERTEX_IMPORT) {
		it = by_name(sift, v.text, v.len);
		if (it)
			it->vertex = v.number + 1;
		return REASON_NONE;
	}
	it = by_vertex(sift, v.number, &ref);
	if (it && v.kind == VERTEX_DONE)
		it->found = FOUND_YES;
	if (!it || v.kind != VERTEX_ERROR)
		return REASON_NONE;
	it->reason = reason_of_line(v.text, v.len, ref);
	it->found = it->reason == REASON_ABSENT ? FOUND_NO : FOUND_UNKNOWN;
	return it->found == FOUND_NO ? REASON_NONE : it->reason;
}

void
sift_learn(struct sift *sift, const char *ref, enum found found)
{
	struct sifted *it = by_name(sift, ref, strlen(ref));

	if (it && (found == FOUND_YES || found == FOUND_NO))
		it->found = found;
}

enum found
sift_found(const struct sift *sift, const char *ref)
{
	size_t i;

	for (i = 0; sift && i < sift->refs.nr; i++) {
		if (str_eq(sift->refs.v[i], ref))
			return sift->each[i].found;
	}
	return FOUND_UNKNOWN;
}

bool
sift_unreachable(const struct sift *sift)
{
	size_t i;

	for (i = 0; i < sift->refs.nr; i++) {
		if (sift->each[i].reason != REASON_UNREACHABLE)
			return false;
	}
	return sift->refs.nr > 0;
}
