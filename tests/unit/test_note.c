#include "expect.h"
#include "rows.h"

#include "note.h"

#define SIXTY_FOUR "e859a99cc0afd0ca0c25712d8205cf96a295722c656c6f714fc369781c7ed1e7"

/*
 * A step, and the lines its commands print, with "|" between. What is remembered: the reason, and
 * behind it what there is of the line that gave it ('...'), the digest (@...), a failed export
 * (export) or push (push), and how the attempt is (doubt, over).
 */
static const struct row {
	const char *name;
	enum step_kind kind;
	unsigned flags;
	const char *lines;
	enum reason reason;
	const char *want;
} rows[] = {
	{"nothing", STEP_PROBE, STEP_OPTIONAL, "", REASON_NONE, ""},
	{"the last line is what there is to say", STEP_PULL_TAG, STEP_OPTIONAL, "one|two",
		REASON_NONE, "'two'"},
	{"the line that gives a reason", STEP_PULL_TAG, STEP_OPTIONAL,
		"one|denied: requested access to the resource is denied|two", REASON_DENIED,
		"'denied: requested access to the resource is denied'"},
	{"the last that does", STEP_PULL_TAG, STEP_OPTIONAL, "no such manifest: a:b|denied: x|two",
		REASON_DENIED, "'denied: x'"},
	{"a digest", STEP_PROBE, STEP_OPTIONAL,
		"Name:      reg.io/a:b|Digest:    sha256:" SIXTY_FOUR "|Manifests:", REASON_NONE,
		"'Manifests:' @sha256:" SIXTY_FOUR},
	{"a list has none of its own", STEP_PROBE, STEP_OPTIONAL,
		"[|  {|\t\"digest\": \"sha256:" SIXTY_FOUR "\",", REASON_NONE,
		"'\t\"digest\": \"sha256:" SIXTY_FOUR "\",'"},

	{"a build that may not fail speaks for itself", STEP_BUILD_STAGE, STEP_LIVE, "denied: x",
		REASON_NONE, ""},
	{"one that may fail", STEP_BUILD_STAGE, STEP_OPTIONAL | STEP_READ, "#9 ERROR: x|denied: y",
		REASON_DENIED, "'denied: y'"},

	{"an export goes well", STEP_BUILD_STAGE, STEP_LIVE,
		"#9 exporting cache to registry|#9 preparing build cache for export|#9 writing "
		"layer "
		"sha256:11 done|#9 DONE 0.5s",
		REASON_NONE, ""},
	{"an export fails", STEP_BUILD_STAGE, STEP_LIVE,
		"#9 exporting cache to registry|#9 writing layer sha256:11|#9 ERROR: failed to "
		"authorize: denied: x|#10 DONE 0.1s",
		REASON_DENIED, "'failed to authorize: denied: x' export"},
	{"an export fails for a reason not known", STEP_BUILD_STAGE, STEP_LIVE,
		"#9 exporting cache to registry|#9 ERROR: no way", REASON_NONE, "'no way' export"},
	{"of a build that may fail its line is kept", STEP_BUILD_STAGE, STEP_OPTIONAL | STEP_READ,
		"#9 exporting cache to registry|#9 ERROR: no way|------|last words", REASON_NONE,
		"'no way' export"},
	{"another vertex fails meanwhile", STEP_BUILD_STAGE, STEP_LIVE,
		"#9 exporting cache to registry|#8 ERROR: x", REASON_NONE, ""},
	{"two exports, the second fails", STEP_BUILD_STAGE, STEP_LIVE,
		"#9 exporting cache to registry|#9 DONE 0.1s|#10 exporting cache to registry|#10 "
		"ERROR: x",
		REASON_NONE, "'x' export"},
	{"two exports side by side, the first fails", STEP_BUILD_STAGE, STEP_LIVE,
		"#9 exporting cache to registry|#9 ...||#10 exporting cache to registry|#10 ...||"
		"#9 exporting cache to registry|#9 ERROR: x",
		REASON_NONE, "'x' export"},
	{"an image's export is none of a cache", STEP_BUILD_STAGE, STEP_LIVE,
		"#9 exporting to image|#9 ERROR: denied: x", REASON_NONE, ""},
	{"a step that says so", STEP_BUILD_STAGE, STEP_LIVE,
		"#9 [2/2] RUN x|#9 0.1 exporting cache|#9 ERROR: x", REASON_NONE, ""},
	{"no build", STEP_TAG_PUSH, STEP_OPTIONAL, "#9 exporting cache to registry|#9 ERROR: x",
		REASON_NONE, "'#9 ERROR: x'"},

	{"two builds that give one name", STEP_BUILD_STAGE, STEP_LIVE,
		"#9 ERROR: image \"a:b\": already exists|ERROR: failed to build: failed to solve: "
		"image \"a:b\": already exists",
		REASON_SAME_NAME,
		"'ERROR: failed to build: failed to solve: image \"a:b\": already exists'"},
	{"of which one pushes", STEP_BUILD_STAGE, STEP_LIVE | STEP_PUSHES,
		"ERROR: failed to solve: image \"a:b\": already exists", REASON_SAME_NAME,
		"'ERROR: failed to solve: image \"a:b\": already exists' push"},
	{"a step that says so", STEP_BUILD_STAGE, STEP_LIVE,
		"#9 0.1 ERROR: failed to solve: image \"a:b\": already exists", REASON_NONE, ""},
	{"a source policy that cannot be read", STEP_BUILD_STAGE, STEP_LIVE,
		"ERROR: failed to read policy file: open /tmp/x: no such file or directory",
		REASON_POLICY,
		"'ERROR: failed to read policy file: open /tmp/x: no such file or directory'"},
	{"nor understood", STEP_BUILD_STAGE, STEP_LIVE,
		"ERROR: failed to parse source policy: invalid", REASON_POLICY,
		"'ERROR: failed to parse source policy: invalid'"},
	{"nor applied", STEP_BUILD_STAGE, STEP_LIVE,
		"ERROR: failed to build: failed to solve: a:b: could not resolve image due to "
		"policy: x",
		REASON_POLICY,
		"'ERROR: failed to build: failed to solve: a:b: could not resolve image due to "
		"policy: x'"},
	{"nor evaluated", STEP_BUILD_STAGE, STEP_LIVE,
		"ERROR: failed to solve: error evaluating the source policy: x", REASON_POLICY,
		"'ERROR: failed to solve: error evaluating the source policy: x'"},
	{"one that is not ours", STEP_BUILD_STAGE, STEP_LIVE,
		"ERROR: failed to solve: a:b: could not resolve image due to policy: source denied "
		"by policy",
		REASON_NONE, ""},
	{"a step that is about one", STEP_BUILD_STAGE, STEP_LIVE,
		"#9 0.1 ERROR: failed to read policy file: x|ERROR: failed to solve: process "
		"\"/bin/sh -c echo due to policy: x\" did not complete successfully",
		REASON_NONE, ""},
	{"a build that could not push", STEP_BUILD_STAGE, STEP_LIVE | STEP_PUSHES,
		"#9 ERROR: failed to push a:b: denied|------|ERROR: failed to build: failed to "
		"solve: failed to push a:b: denied",
		REASON_DENIED,
		"'ERROR: failed to build: failed to solve: failed to push a:b: denied' push"},
	{"in the words of an older client", STEP_BUILD_STAGE, STEP_LIVE | STEP_PUSHES,
		"ERROR: failed to solve: failed to push a:b: no way", REASON_NONE,
		"'ERROR: failed to solve: failed to push a:b: no way' push"},
	{"a step that says it", STEP_BUILD_STAGE, STEP_LIVE | STEP_PUSHES,
		"#9 0.1 ERROR: failed to solve: failed to push a:b: x|ERROR: failed to solve: "
		"process did not complete: ERROR: failed to solve: failed to push a:b",
		REASON_NONE, ""},
	{"a build that does not push for us", STEP_BUILD_STAGE, STEP_LIVE,
		"ERROR: failed to solve: failed to push a:b: denied", REASON_NONE, ""},

	{"an attempt in doubt", STEP_BUILD_STAGE, STEP_ATTEMPT, "#9 [a 2/2] RUN x", REASON_NONE,
		" doubt"},
	{"an attempt that goes on", STEP_BUILD_STAGE, STEP_ATTEMPT, "#9 [a 2/2] RUN x|#9 CACHED",
		REASON_NONE, ""},
	{"an attempt that is over stays so", STEP_BUILD_STAGE, STEP_ATTEMPT,
		"#9 [a 2/2] RUN x|#9 0.1 y|#10 [b 2/2] RUN x|#10 CACHED", REASON_NONE, " over"},
	{"no attempt", STEP_BUILD_STAGE, STEP_LIVE, "#9 [a 2/2] RUN x|#9 0.1 y", REASON_NONE, ""},
};

static void
add_note(struct strbuf *out, const struct note *note)
{
	static const char *const states[] = {"", " doubt", " over"};

	if (note->detail[0])
		strbuf_addf(out, "'%s'", note->detail);
	if (note->look_up.digest[0])
		strbuf_addf(out, " @%s", note->look_up.digest);
	strbuf_addf(out, "%s%s%s", note->export_failed ? " export" : "",
		note->push_failed ? " push" : "", states[note->state]);
}

static void
take_lines(struct note *note, const struct step *step, const char *lines)
{
	while (*lines) {
		size_t n = strcspn(lines, "|");
		char *line = exact_copy(lines, n);

		if (n)
			note_line(note, step, line, n);
		free(line);
		lines += n + (lines[n] == '|');
	}
}

static void
remembers(void **state)
{
	char subject[] = "reg.io/a:b";
	const struct row *row = *state;
	const struct step step = {.kind = row->kind, .flags = row->flags, .subject = subject};
	struct note note = {.reason = REASON_NONE};
	struct strbuf got;

	progress_init(&note.progress, "a", 0);
	strbuf_init(&got);
	take_lines(&note, &step, row->lines);
	assert_int_equal(note.reason, row->reason);
	add_note(&got, &note);
	assert_string_equal(got.buf, row->want);
	strbuf_release(&got);
}

static void
a_long_line_is_cut(void **state)
{
	const struct step step = {.kind = STEP_TAG_PUSH, .flags = STEP_OPTIONAL};
	char *line = xcalloc(1, 2000);
	struct note note = {.reason = REASON_NONE};

	(void)state;
	memset(line, 'x', 2000);
	note_line(&note, &step, line, 2000);
	assert_int_equal(strlen(note.detail), DETAIL_MAX - 1);
	free(line);
}

/* Of a build of all: the stage that the last line has finished. */
static void
stages_are_watched(void **state)
{
	static const char file[] = "FROM a AS a\nRUN x\nFROM a\nRUN y\n";
	const struct step step = {.kind = STEP_BUILD_STAGE, .flags = STEP_LIVE | STEP_WHOLE};
	struct note note = {.finished = -1};
	struct dockerfile df;
	struct watch watch;

	(void)state;
	assert_true(dockerfile_parse(&df, file, strlen(file), NULL));
	watch_init(&watch, &df, 1);
	progress_init(&note.progress, "a", 0);
	note.watch = &watch;
	take_lines(&note, &step, "#5 [a 2/2] RUN x");
	assert_int_equal(note.finished, -1);
	take_lines(&note, &step, "#5 DONE 0.1s");
	assert_int_equal(note.finished, 0);
	take_lines(&note, &step, "#6 [stage-1 2/2] RUN y");
	assert_int_equal(note.finished, -1);
	take_lines(&note, &step, "#6 CACHED");
	assert_int_equal(note.finished, 1);
	watch_release(&watch);
	dockerfile_release(&df);
}

/* What a look-up that failed says. */
static const struct look_up_row {
	const char *name;
	enum reason reason;
	enum found want;
} look_ups[] = {
	{"absent", REASON_ABSENT, FOUND_NO},
	{"denied", REASON_DENIED, FOUND_NO},
	{"unreachable", REASON_UNREACHABLE, FOUND_NO},
	{"plain http", REASON_PLAIN_HTTP, FOUND_UNSURE},
	{"certificate", REASON_CERTIFICATE, FOUND_UNSURE},
	{"none", REASON_NONE, FOUND_UNSURE},
};

static void
finds(void **state)
{
	const struct look_up_row *row = *state;
	const struct note note = {.reason = row->reason};

	assert_int_equal(note_found(&note), row->want);
}

int
main(void)
{
	add_rows(remembers, rows);
	add_test(a_long_line_is_cut);
	add_test(stages_are_watched);
	add_rows(finds, look_ups);
	return run_all();
}
