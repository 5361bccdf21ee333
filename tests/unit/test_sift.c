#include "sift.h"

#include <string.h>

#include "rows.h"
#include "scene.h"

#define TWO                                                                                        \
	"FROM a AS builder\n"                                                                      \
	"FROM b\n"                                                                                 \
	"COPY --from=builder /x /x\n"

static const struct setting two = {"reg/app:v1", TWO, .branch = "topic"};

/* What is said of two references: y it is there, n it is not, - that is not known. */
static const struct row {
	const char *name, *lines; /* of lines, each ends in a newline */
	const char *want;         /* of reg/app:topic, then of reg/app:main */
	enum reason reason;       /* of the last line that gave one */
} rows[] = {
	{"28.5",
		"#5 importing cache manifest from reg/app:topic\n"
		"#5 ERROR: failed to configure registry cache importer: reg/app:topic: not found\n"
		"#6 importing cache manifest from reg/app:main\n"
		"#6 inferred cache manifest type: application/vnd.oci.image.index.v1+json done\n"
		"#6 DONE 0.1s\n",
		"ny", REASON_NONE},
	{"20.10, by turns",
		"#14 importing cache manifest from reg/app:main\n"
		"#14 sha256:244eeb37cb0419368c0c2ee63f29aee5e09150c214bca7d6d49cfa27a8afd41b\n"
		"#13 importing cache manifest from reg/app:topic\n"
		"#14 DONE 0.0s\n"
		"#13 ERROR: reg/app:topic: not found\n",
		"ny", REASON_NONE},
	{"nothing", "", "--", REASON_NONE},
	{"its end is not told", "#5 importing cache manifest from reg/app:topic\n", "--",
		REASON_NONE},
	{"cancelled",
		"#5 importing cache manifest from reg/app:topic\n"
		"#5 CANCELED\n",
		"--", REASON_NONE},
	{"no access",
		"#5 importing cache manifest from reg/app:main\n"
		"#5 ERROR: failed to authorize: 401 Unauthorized\n",
		"--", REASON_DENIED},
	{"a reason that nothing knows",
		"#5 importing cache manifest from reg/app:main\n"
		"#5 ERROR: what is this\n",
		"--", REASON_NONE},
	{"others", "#4 [1/1] WORKDIR /x\n#4 DONE 0.0s\n#5 DONE 0.0s\n", "--", REASON_NONE},
	{"what was not asked for",
		"#5 importing cache manifest from reg/app:topic2\n"
		"#5 DONE 0.0s\n"
		"#6 importing cache manifest from reg/app:main \n"
		"#6 DONE 0.0s\n"
		"#7 importing cache manifest from reg/app:mai\n"
		"#7 DONE 0.0s\n",
		"--", REASON_NONE},
	{"the summary at the end",
		"#5 importing cache manifest from reg/app:main\n"
		"#5 DONE 0.0s\n"
		"------\n"
		" > importing cache manifest from reg/app:topic:\n"
		"------\n",
		"-y", REASON_NONE},
};

static char
letter(const struct sift *sift, const char *ref)
{
	switch (sift_found(sift, ref)) {
	case FOUND_YES:
		return 'y';
	case FOUND_NO:
		return 'n';
	default:
		return '-';
	}
}

static enum reason
read_lines(struct sift *sift, const char *lines)
{
	enum reason last = REASON_NONE;

	while (*lines) {
		size_t n = strcspn(lines, "\n");
		enum reason reason = sift_line(sift, lines, n);

		if (reason)
			last = reason;
		lines += n + 1;
	}
	return last;
}

static void
reads(void **state)
{
	const struct row *row = *state;
	struct sift sift;
	struct scene s;
	char got[3] = "";

	scene_open(&s, &two);
	sift_init(&sift, &s.refs, SIFT_IMAGES);
	assert_int_equal(read_lines(&sift, row->lines), row->reason);
	got[0] = letter(&sift, "reg/app:topic");
	got[1] = letter(&sift, "reg/app:main");
	assert_string_equal(got, row->want);
	assert_false(sift_unreachable(&sift));
	sift_release(&sift);
	scene_close(&s);
}

static void
expect_refs(enum sift_what what, const char *want)
{
	struct sift sift;
	struct scene s;
	struct strbuf got;
	size_t i;

	scene_open(&s, &two);
	sift_init(&sift, &s.refs, what);
	strbuf_init(&got);
	for (i = 0; i < sift.refs.nr; i++)
		strbuf_addf(&got, "%s%s", i ? " " : "", strrchr(sift.refs.v[i], ':') + 1);
	assert_string_equal(got.buf, want);
	strbuf_release(&got);
	sift_release(&sift);
	scene_close(&s);
}

/* Those that a run in the mode may look for, and in that order, since some may be left out. */
static void
asks_for(void **state)
{
	(void)state;
	expect_refs(SIFT_IMAGES_AND_EXPORT,
		"topic.cache main.cache master.cache latest.cache topic main master latest "
		"topic.rescued topic-builder main-builder master-builder builder "
		"topic-builder.rescued");
	expect_refs(SIFT_EXPORTS, "topic.cache main.cache master.cache latest.cache "
				  "topic.rescued.cache topic-builder.cache main-builder.cache "
				  "master-builder.cache builder.cache "
				  "topic-builder.rescued.cache");
	expect_refs(SIFT_IMAGES, "topic main master latest topic-builder main-builder "
				 "master-builder builder");
	expect_refs(SIFT_ALL, "topic.cache main.cache master.cache latest.cache "
			      "topic.rescued.cache topic main master latest "
			      "topic-builder.cache main-builder.cache master-builder.cache "
			      "builder.cache topic-builder.rescued.cache topic-builder "
			      "main-builder master-builder builder");
}

static void
learns(void **state)
{
	struct sift sift;
	struct scene s;

	(void)state;
	scene_open(&s, &two);
	sift_init(&sift, &s.refs, SIFT_EXPORTS);
	sift_learn(&sift, "reg/app:topic.cache", FOUND_YES);
	sift_learn(&sift, "reg/app:main.cache", FOUND_NO);
	sift_learn(&sift, "reg/app:latest.cache", FOUND_UNSURE);
	sift_learn(&sift, "reg/app:another", FOUND_YES);
	assert_int_equal(sift_found(&sift, "reg/app:topic.cache"), FOUND_YES);
	assert_int_equal(sift_found(&sift, "reg/app:main.cache"), FOUND_NO);
	assert_int_equal(sift_found(&sift, "reg/app:latest.cache"), FOUND_UNKNOWN);
	assert_int_equal(sift_found(&sift, "reg/app:another"), FOUND_UNKNOWN);
	sift_release(&sift);
	scene_close(&s);
}

static void
no_more_than_the_registry_bears(void **state)
{
	struct strbuf dockerfile;
	struct sift sift;
	struct scene s;
	unsigned i;

	(void)state;
	strbuf_init(&dockerfile);
	for (i = 0; i < 100; i++)
		strbuf_addf(&dockerfile, "FROM %s%u AS s%u\n", i ? "s" : "a", i ? i - 1 : 0, i);
	scene_open(&s, &(struct setting){"reg/app:v1", dockerfile.buf, .branch = "topic"});
	sift_init(&sift, &s.refs, SIFT_EXPORTS);
	assert_int_equal(sift.refs.nr, SIFT_MAX);
	assert_true(strvec_has(&sift.refs, "reg/app:latest.cache"));
	assert_false(strvec_has(&sift.refs, "reg/app:topic-s0.cache"));
	sift_release(&sift);
	scene_close(&s);
	strbuf_release(&dockerfile);
}

/* Only where it is true of all that was asked for: what was in time can be asked for again. */
static const struct reach {
	const char *name, *last; /* why the last reference cannot be read; the others: refused */
	bool unreachable;
} reaches[] = {
	{"all are refused", "dial tcp 127.0.0.1:5999: connect: connection refused", true},
	{"one is not found", "x: not found", false},
	{"one is in time no more", "dial tcp 10.0.0.1:443: i/o timeout", false},
	{"one is denied", "401 Unauthorized", false},
};

static void
reaches_registry(void **state)
{
	const struct reach *row = *state;
	struct sift sift;
	struct scene s;
	size_t i;

	scene_open(&s, &two);
	sift_init(&sift, &s.refs, SIFT_EXPORTS);
	for (i = 0; i < sift.refs.nr; i++) {
		char *lines = xasprintf("#%zu importing cache manifest from %s\n#%zu ERROR: %s\n",
			i, sift.refs.v[i], i,
			i + 1 == sift.refs.nr ? row->last : "connect: connection refused");

		assert_false(sift_unreachable(&sift));
		read_lines(&sift, lines);
		free(lines);
	}
	assert_int_equal(sift_unreachable(&sift), row->unreachable);
	sift_release(&sift);
	scene_close(&s);
}

static void
nothing_is_known(void **state)
{
	(void)state;
	assert_int_equal(sift_found(NULL, "reg/app:main"), FOUND_UNKNOWN);
}

int
main(void)
{
	add_rows(reads, rows);
	add_test(asks_for);
	add_test(learns);
	add_test(no_more_than_the_registry_bears);
	add_rows(reaches_registry, reaches);
	add_test(nothing_is_known);
	return run_all();
}
