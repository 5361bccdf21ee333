/* An image reference: the input, up to a NUL. */
#include "fuzz.h"

#include "engine.h"
#include "image_ref.h"

static bool
same_place(const struct image_ref *a, const struct image_ref *b)
{
	return str_eq(a->domain, b->domain) && str_eq(a->path, b->path) && str_eq(a->tag, b->tag) &&
	       str_eq(a->digest, b->digest);
}

static char *
format(const struct image_ref *ref, const char *name)
{
	return xasprintf("%s%s%s%s%s", name, ref->tag ? ":" : "", ref->tag ? ref->tag : "",
		ref->digest ? "@" : "", ref->digest ? ref->digest : "");
}

/* Whether text is taken, and means what ref does. */
static bool
means(const struct image_ref *ref, const char *text)
{
	struct image_ref again;
	bool same = image_ref_parse(&again, text, NULL) && same_place(ref, &again);

	image_ref_release(&again);
	return same;
}

static void
check_accepted(const struct image_ref *ref, const char *text)
{
	static const char path_chars[] = "abcdefghijklmnopqrstuvwxyz0123456789._-/";
	char *whole = format(ref, ref->name), *canonical, *name;

	HOLDS(str_eq(whole, text));
	HOLDS(means(ref, whole));
	free(whole);

	/* with its registry written out; where there is none, the path alone */
	name = xasprintf("%s%s%s", ref->domain, *ref->domain ? "/" : "", ref->path);
	canonical = format(ref, name);
	HOLDS(means(ref, canonical));
	free(canonical);
	free(name);

	HOLDS(*ref->path && strlen(ref->path) <= 255);
	HOLDS(ref->path[strspn(ref->path, path_chars)] == '\0');
	HOLDS(!strchr(ref->domain, '/'));
	HOLDS(!ref->tag || tag_is_legal(ref->tag));
	HOLDS(!ref->digest || strchr(ref->digest, ':'));
	engine_is_loopback(ref->domain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = input_text(input_of(data, size));
	struct image_ref ref;
	struct strbuf err;

	strbuf_init(&err);
	if (image_ref_parse(&ref, text, &err)) {
		HOLDS(!err.len);
		check_accepted(&ref, text);
	} else {
		HOLDS(err.len && !ref.name && !ref.domain && !ref.path && !ref.tag && !ref.digest);
	}
	image_ref_release(&ref);
	strbuf_release(&err);
	free(text);
	return 0;
}
