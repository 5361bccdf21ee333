#include "plan_compare.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

static struct step *
add_question(struct plan *plan, const struct load_setup *setup, size_t entry, const char *about)
{
	struct step *step = plan_add(plan, STEP_PROBE, STEP_OPTIONAL);

	strvec_push(&step->argv[0], setup->o->docker);
	step->subject = xstrdup(about);
	step->entry = entry;
	return step;
}

static void
ask_history(struct plan *plan, const struct load_setup *setup, size_t entry, const char *ref)
{
	struct step *step = add_question(plan, setup, entry, ref);

	strvec_pushl(
		&step->argv[0], "history", "--no-trunc", "--format", "{{json .CreatedBy}}", ref);
}

/* The source of which what was rescued of an entry may be a part; NULL: there is none. An exported
 * cache of the image is that of all stages. */
static const struct cache_source *
whole_of(const struct cache_source *sources, const struct cache_refs *refs, size_t entry)
{
	const struct cache_source *image = &sources[refs->nr - 1];
	const struct cache_source *whole = image->ref && image->exported ? image : &sources[entry];

	if (!sources[entry].rescued || !whole->ref)
		return NULL;
	/* that they are the same is known without a question, see load_settle */
	return *whole->digest && str_eq(whole->digest, sources[entry].rescued_digest) ? NULL
										      : whole;
}

/* What is in the repository of the cache. */
static const char *
image_of(const struct load_setup *setup)
{
	return setup->o->cache_repo ? setup->o->cache_repo : setup->o->image;
}

static void
ask_manifest(struct plan *plan, const struct load_setup *setup, size_t entry, const char *ref)
{
	struct step *step = add_question(plan, setup, entry, ref);

	if (!engine_inspects(setup->engine)) {
		strvec_pushl(&step->argv[0], "buildx", "imagetools", "inspect", "--raw", ref);
		return;
	}
	strvec_pushl(&step->argv[0], "manifest", "inspect");
	if (engine_has_insecure(setup->engine, image_of(setup)))
		strvec_push(&step->argv[0], "--insecure");
	strvec_push(&step->argv[0], ref);
}

void
plan_compare(struct plan *plan, const struct load_setup *setup, const struct cache_source *sources,
	enum cache_mode mode)
{
	size_t i;

	for (i = 0; mode != MODE_INLINE && i < setup->refs->nr; i++) {
		const struct cache_source *whole = whole_of(sources, setup->refs, i);

		if (!whole)
			continue;
		if (mode == MODE_PULL) {
			ask_history(plan, setup, i, sources[i].rescued);
			ask_history(plan, setup, i, whole->ref);
			strvec_pushl(&add_question(plan, setup, i, sources[i].rescued)->argv[0],
				"image", "inspect", "--format", "{{json .RootFS.Layers}}",
				sources[i].rescued, whole->ref);
		} else if (engine_inspects(setup->engine) ||
			   engine_reaches_image(setup->engine, image_of(setup))) {
			ask_manifest(plan, setup, i, sources[i].rescued);
			ask_manifest(plan, setup, i, whole->from.v[0]);
		}
	}
}

/* Two lines, of what was rescued first: ["sha256:...","sha256:..."] */
static bool
has_its_layers(const struct strbuf *layers)
{
	const char *rescued = layers->buf, *end = strchr(rescued, '\n');
	size_t part;

	if (!end || end == rescued || end[-1] != ']' || *rescued != '[')
		return false;
	part = (size_t)(end - 1 - rescued);
	return strlen(end + 1) > part && memcmp(rescued, end + 1, part) == 0 &&
	       (end[1 + part] == ',' || end[1 + part] == ']');
}

/* Lines, the newest step first. */
static bool
has_its_steps(const struct strbuf *rescued, const struct strbuf *whole)
{
	size_t before;

	if (!rescued->len || whole->len < rescued->len)
		return false;
	before = whole->len - rescued->len;
	return memcmp(whole->buf + before, rescued->buf, rescued->len) == 0 &&
	       (!before || whole->buf[before - 1] == '\n');
}

/* Whether a manifest has a layer of that digest. */
static bool
has_layer(struct json manifest, struct json digest)
{
	struct json layers = json_inside(json_at(manifest, "layers")), name, layer;

	while (json_next(&layers, &name, &layer)) {
		struct json other = json_at(layer, "digest");

		if (other.len == digest.len && memcmp(other.p, digest.p, other.len) == 0)
			return true;
	}
	return false;
}

/* Manifests of exported caches: whether all layers of the one are in the other, and no step that
 * changes no file is in the first, which would have the layer of any other such. */
static bool
has_its_blobs(const struct strbuf *rescued, const struct strbuf *whole)
{
	/* buildkit util/... EmptyGZLayer */
	static const char empty[] =
		"sha256:4f4fb700ef54461cfa02571ae0db9a0dc1e0cdb5577484a6d75e68dc38e8acc1";
	struct json manifest = {rescued->buf, rescued->len}, other = {whole->buf, whole->len};
	struct json layers = json_inside(json_at(manifest, "layers")), name, layer;
	bool any = false;

	while (json_next(&layers, &name, &layer)) {
		struct json digest = json_at(layer, "digest");

		any = true;
		if (!digest.len || json_is(digest, empty) || !has_layer(other, digest))
			return false;
	}
	return any;
}

static bool
is_part(const struct strbuf answers[], enum cache_mode mode)
{
	if (mode != MODE_PULL)
		return has_its_blobs(&answers[0], &answers[1]);
	return has_its_steps(&answers[0], &answers[1]) && has_its_layers(&answers[2]);
}

size_t
compare_take(struct cache_source *source, const struct strbuf answers[], enum cache_mode mode)
{
	if (is_part(answers, mode)) {
		free(source->rescued);
		source->rescued = NULL;
		source->rescued_digest[0] = '\0'; /* it is not the same as the whole */
	}
	return mode == MODE_PULL ? 3 : 2;
}
