/*
 * What docker prints. The input: a line that is a reference and a stage's name as well, then the
 * output of a command.
 */
#include "fuzz.h"

#include "docker_flags.h"
#include "engine.h"
#include "progress.h"
#include "reason.h"
#include "sift.h"

/* A line counts one step at most, and none comes from the cache that was not counted. */
static void
count_line(struct progress *p, const char *line, size_t len)
{
	unsigned steps = p->steps, cached = p->cached;

	progress_line(p, line, len);
	HOLDS(p->cached <= p->steps);
	HOLDS(p->steps - steps <= 1 && p->cached - cached <= 1);
	HOLDS(p->steps >= steps && p->cached >= cached);
}

static void
check_progress(struct input in, const char *stage)
{
	struct progress named, first, none;
	struct stage_image images[2] = {{""}, {""}};
	struct input line;
	size_t i;

	progress_init(&named, stage, 1);
	progress_init(&first, "builder", 0);
	progress_init(&none, NULL, -1);
	progress_keep_images(&first, images, ARRAY_SIZE(images));
	while (input_take(&in, '\n', &line)) {
		char *bytes = input_bytes(line);

		count_line(&named, bytes, line.len);
		count_line(&first, bytes, line.len);
		count_line(&none, bytes, line.len);
		free(bytes);
	}
	for (i = 0; i < ARRAY_SIZE(images); i++) {
		HOLDS(memchr(images[i].id, '\0', sizeof(images[i].id)));
		HOLDS(strspn(images[i].id, "0123456789abcdef") == strlen(images[i].id));
	}
	for (i = 0; i < sizeof(named.mine); i++)
		HOLDS(!(named.ended[i] & ~named.mine[i]) && !(named.pulled[i] & ~named.mine[i]));
}

/* Case does not count; and a reference takes reasons away, it makes none. */
static void
check_reason(const char *line, size_t len, const char *ref)
{
	enum reason reason = reason_of_line(line, len, NULL);
	char *upper = input_bytes((struct input){line, len});
	size_t i;

	HOLDS(reason <= REASON_NO_DAEMON);
	HOLDS(*reason_text(reason));
	HOLDS(!reason_advice(reason) || !reason_may_pass(reason));
	for (i = 0; i < len; i++)
		upper[i] = to_upper(upper[i]);
	HOLDS(reason_of_line(upper, len, NULL) == reason);
	if (reason == REASON_NONE)
		HOLDS(reason_of_line(line, len, ref) == REASON_NONE);
	else
		reason_of_line(line, len, ref);
	free(upper);
}

/* A digest is one, and stands in the line. */
static void
check_digest(const char *line, size_t len)
{
	char digest[DIGEST_MAX];
	size_t i;

	memset(digest, 'x', sizeof(digest));
	if (!engine_line_digest(line, len, digest))
		return;
	HOLDS(memchr(digest, '\0', sizeof(digest)) == digest + DIGEST_MAX - 1);
	HOLDS(str_skip_prefix(digest, "sha256:"));
	HOLDS(strspn(digest + 7, "0123456789abcdef") == 64);
	for (i = 0; i + DIGEST_MAX - 1 <= len; i++) {
		if (memcmp(line + i, digest, DIGEST_MAX - 1) == 0)
			break;
	}
	HOLDS(i + DIGEST_MAX - 1 <= len);
}

static void
check_lines(struct input in, const char *ref)
{
	struct input line;

	while (input_take(&in, '\n', &line)) {
		char *bytes = input_bytes(line);

		check_reason(bytes, line.len, ref);
		check_digest(bytes, line.len);
		free(bytes);
	}
}

/* A reference is there only if a line says that it is looked for. */
static void
check_sift(struct input in, const char *ref)
{
	static const char before[] = "importing cache manifest from ";
	struct cache_entry entry = {.name = NULL};
	const struct cache_refs refs = {.entries = &entry, .nr = 1};
	struct sift sift;
	struct input line;
	bool named = false;

	strvec_init(&entry.exports);
	strvec_init(&entry.lookup);
	strvec_push(&entry.lookup, ref);
	sift_init(&sift, &refs, SIFT_IMAGES);
	while (input_take(&in, '\n', &line)) {
		char *bytes = input_bytes(line);
		size_t n = strlen(ref) + sizeof(before) - 1;

		sift_line(&sift, bytes, line.len);
		named |= line.len >= n &&
			 memcmp(bytes + line.len - strlen(ref), ref, strlen(ref)) == 0 &&
			 memcmp(bytes + line.len - n, before, sizeof(before) - 1) == 0;
		free(bytes);
	}
	HOLDS(named || sift_found(&sift, ref) == FOUND_UNKNOWN);
	HOLDS(sift_found(&sift, ref) != FOUND_UNSURE);
	sift_release(&sift);
	strvec_release(&entry.exports);
	strvec_release(&entry.lookup);
}

static void
check_engine(struct input in, const char *domain)
{
	struct engine e, again;
	char *bytes = input_bytes(in);

	engine_init(&e);
	engine_init(&again);
	engine_read_info(&e, bytes, in.len);
	engine_read_info(&again, bytes, in.len);
	HOLDS(str_eq(e.client_version, again.client_version));
	HOLDS(same_words(&e.insecure, &again.insecure));
	HOLDS(!e.client_version || *e.client_version);
	HOLDS(!e.server_version || *e.server_version);
	HOLDS(engine_mode(&e, MODE_PULL, NULL) == MODE_PULL);
	if (e.client_version)
		HOLDS(engine_mode(&e, MODE_AUTO, NULL) != MODE_AUTO);
	HOLDS(engine_is_insecure(&e, domain) || !engine_is_loopback(domain));
	if (e.insecure.nr)
		HOLDS(engine_is_insecure(&e, e.insecure.v[0]) || !*e.insecure.v[0]);

	engine_read_build_help(&e, bytes, in.len);
	if (e.old_buildkit != TRI_UNSET)
		HOLDS(engine_mode(&e, MODE_AUTO, domain) != MODE_AUTO);
	engine_release(&e);
	engine_release(&again);
	free(bytes);
}

/* A flag's line is found by its name, whatever else is there. */
static void
check_help(struct input in, const char *name)
{
	char *help = input_text(in), *more;
	struct docker_flag flag;
	bool plain = *name && !strpbrk(name, " \n"), found;

	found = docker_flag_in_help(help, '\0', name, strlen(name), &flag);
	HOLDS(!found || (*name && flag.use == FLAG_EVERY && strstr(help, name)));
	more = xasprintf("%s\n      --%s string   Text\n", help, name);
	if (plain)
		HOLDS(docker_flag_in_help(more, '\0', name, strlen(name), &flag));
	if (plain && !found)
		HOLDS(flag.value);
	free(more);
	free(help);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	char *name = input_line(&in);

	check_progress(in, name);
	check_lines(in, name);
	check_sift(in, name);
	check_engine(in, name);
	check_help(in, name);
	free(name);
	return 0;
}
