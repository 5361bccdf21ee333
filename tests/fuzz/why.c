/*
 * What registry and engine say of two images. The input: the cache's, the built one's, and a
 * Dockerfile, with form feeds between.
 */
#include "fuzz.h"

#include "why_inline.h"

static void
read_both(struct why_image *registry, struct why_image *engine, struct input in)
{
	char *bytes = input_bytes(in);
	struct why_image *const images[] = {registry, engine};
	size_t i, j, layers;
	bool good;

	why_image_init(registry);
	why_image_init(engine);
	for (i = 0; i < 2; i++) {
		good = (i ? why_read_engine : why_read_registry)(images[i], bytes, in.len);
		HOLDS(good == (images[i]->nr > 0));
		for (j = layers = 0; j < images[i]->nr; j++)
			layers += !images[i]->history[j].empty;
		HOLDS(!images[i]->exact || layers == images[i]->layers.nr);
	}
	free(bytes);
}

/* The names and instructions of the file are all that may be shown, and names of the cache's. */
static void
check_detail(const struct why *why, const struct dockerfile *df)
{
	size_t i, n;

	if (why->reason == WHY_ARGUMENT && why->detail) {
		HOLDS(*why->detail);
		for (n = 0; why->detail[n]; n++)
			HOLDS(is_alnum(why->detail[n]) || why->detail[n] == '_');
		return;
	}
	HOLDS(!why->detail == !why->line);
	for (i = 0; i < df->nr_instructions; i++) {
		const struct instruction *in = &df->instructions[i];

		if (why->detail && in->line == why->line)
			HOLDS(strncmp(why->detail, in->word, strlen(in->word)) == 0);
	}
}

static void
check_find(
	const struct why_image *cache, const struct why_image *built, const struct dockerfile *df)
{
	struct strbuf said;
	struct why why;
	int stage;

	for (stage = -1; stage <= (int)df->nr_stages && stage < 4; stage++) {
		why_find(&why, cache, built, df, stage);
		HOLDS(why.reason != WHY_NO_INLINE && why.reason != WHY_EMPTY_INLINE);
		HOLDS(!why.same || why.reason == WHY_NONE);
		HOLDS(cache != built || why.reason == WHY_NONE);
		HOLDS((cache->nr && built->nr) || (why.reason == WHY_NONE && !why.same));
		check_detail(&why, df);
		strbuf_init(&said);
		why_say(&why, &said);
		HOLDS(said.len && !memchr(said.buf, '\n', said.len));
		strbuf_release(&said);
		why_release(&why);
	}
}

static void
check_text(struct input in)
{
	char *bytes = input_bytes(in), digest[DIGEST_MAX];
	enum why_reason reason = why_inline(bytes, in.len);
	bool config;

	HOLDS(reason == WHY_NONE || reason == WHY_NO_INLINE || reason == WHY_EMPTY_INLINE);
	if (why_follow(bytes, in.len, digest, &config)) {
		HOLDS(memchr(digest, '\0', sizeof(digest)) == digest + DIGEST_MAX - 1);
		HOLDS(strspn(digest + 7, "0123456789abcdef") == 64);
	} else {
		HOLDS(!config);
	}
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size), pieces[2] = {{"", 0}, {"", 0}};
	struct why_image images[4];
	struct dockerfile df;
	char *file;
	size_t i, j;

	for (i = 0; i < 2; i++) {
		input_take(&in, '\f', &pieces[i]);
		check_text(pieces[i]);
		read_both(&images[i], &images[2 + i], pieces[i]);
	}
	file = input_bytes(in);
	dockerfile_parse(&df, file, in.len, NULL);
	for (i = 0; i < 4; i++) {
		for (j = 0; j < 4; j++)
			check_find(&images[i], &images[j], &df);
	}
	for (i = 0; i < 4; i++)
		why_image_release(&images[i]);
	dockerfile_release(&df);
	free(file);
	return 0;
}
