#include "report.h"

#include <errno.h>

#include "expect.h"

/* What is queued for standard error, taken out of the queue. */
static void
take_said(struct pump *pump, struct strbuf *out)
{
	struct spool *queue = &pump->outlets[1].queue;
	const char *data;
	size_t n;

	while ((n = spool_peek(queue, &data))) {
		strbuf_add(out, data, n);
		spool_take(queue, n);
	}
	assert_true(spool_is_empty(&pump->outlets[0].queue));
}

/* A report, and what it has said. */
struct spoken {
	struct record record;
	struct report r;
	struct pump pump;
	struct strbuf got;
};

static void
open_spoken(struct spoken *s)
{
	strbuf_init(&s->got);
	pump_init(&s->pump, 1, "/tmp", false, 1, 2);
	record_init(&s->record, "reg/app:1");
	report_init(&s->r, &s->pump, &s->record, false);
}

static const char *
said(struct spoken *s)
{
	take_said(&s->pump, &s->got);
	return s->got.buf;
}

static void
close_spoken(struct spoken *s)
{
	strbuf_release(&s->got);
	report_release(&s->r);
	record_release(&s->record);
	pump_release(&s->pump);
}

/* Steps, entries and refs that events are about. */
static char builder[] = "builder", hostile[] = "\n\033[31m\001\177\t";
static char ref[] = "reg/app:topic-builder", heading[] = "Building builder image";
static char hostile_heading[] = "Pulling cached images for \033]0;x\007\r\n";
static char *lookup[] = {ref, ref + 4, NULL};
static char topic[] = "topic", target[] = "main";
static char *pull_branches[] = {topic, target, NULL};

static const struct step pull = {.kind = STEP_PULL_TAG, .subject = ref},
			 push = {.kind = STEP_TAG_PUSH, .subject = ref},
			 probe = {.kind = STEP_PROBE, .subject = ref},
			 build = {.kind = STEP_BUILD_STAGE, .subject = builder, .heading = heading},
			 nasty = {.kind = STEP_TAG_PUSH,
				 .subject = hostile,
				 .heading = hostile_heading},
			 untitled = {.kind = STEP_PROBE};
static char rescued[] = "reg/app:topic-builder.rescued";
static char export[] = "reg/app:topic-builder.cache";
static char *exports[] = {export, NULL};
static const struct cache_entry stage = {.name = builder,
					.lookup = {lookup, 2, 0},
					.exports = {exports, 1, 0}},
				image = {.lookup = {lookup, 1, 0}};
static const struct cache_refs refs = {.branch = topic, .branch_from = ".git"},
			       nasty_refs = {.branch = hostile, .branch_from = "some CI"},
			       tag_refs = {.branches = {lookup, 1, 0},
				       .not_stored = "a tag is built",
				       .branch_from = "some CI"},
			       fork_refs = {.branch = topic,
				       .branch_from = "some CI",
				       .not_stored = "a fork",
				       .not_pushed = "a fork"},
			       pull_refs = {.branch = topic,
				       .branch_from = ".git",
				       .branches = {pull_branches, 2, 0}},
			       no_refs = {.not_stored = NULL};

#define WARNING "docker-build-remote-cache: warning: "

static const struct {
	const char *name;
	struct event event;
	const char *want;
} rows[] = {
	{"a branch", {EVENT_SETUP, .refs = &refs, .mode = MODE_INLINE},
		":: Branch topic (.git), cache mode inline\n"},
	{"another mode", {EVENT_SETUP, .refs = &refs, .mode = MODE_PULL},
		":: Branch topic (.git), cache mode pull\n"},
	{"a hostile branch", {EVENT_SETUP, .refs = &nasty_refs, .mode = MODE_PULL},
		":: Branch \\012\\033[31m\\001\\177\\011 (some CI), cache mode pull\n"},
	{"what is looked under", {EVENT_SETUP, .refs = &pull_refs, .mode = MODE_INLINE},
		":: Branch topic (.git), cache mode inline, looked for under topic, main, "
		"unprefixed\n"},
	{"no registry", {EVENT_UNCACHED, .detail = "no registry"},
		":: Nothing is cached: no registry (see --cache-repo)\n"},
	{"a Dockerfile that is not understood", {EVENT_NOT_UNDERSTOOD, .detail = "line 1: \033"},
		":: The stages of the Dockerfile are not cached one by one: line 1: \\033\n"},
	{"no file", {EVENT_NO_FILE, .error = ENOSPC},
		WARNING
		"stages are not cached one by one, for no temporary file can be written: No "
		"space left on device\n"},
	{"a tag", {EVENT_SETUP, .refs = &tag_refs, .mode = MODE_PULL},
		":: No branch known, cache mode pull, looked for under reg/app:topic-builder, "
		"unprefixed, no cache is stored (a tag is built)\n"},
	{"a fork", {EVENT_SETUP, .refs = &fork_refs, .mode = MODE_PULL},
		":: Branch topic (some CI), cache mode pull, no cache is stored (a fork), "
		"the image is not pushed (a fork)\n"},
	{"no branch", {EVENT_SETUP, .refs = &no_refs, .mode = MODE_PULL},
		":: No branch known: only unprefixed tags are used, cache mode pull\n"},

	{"heading", {EVENT_HEADING, .step = &build}, ":: Building builder image\n"},
	{"hostile heading", {EVENT_HEADING, .step = &nasty},
		":: Pulling cached images for \\033]0;x\\007\\015\\012\n"},
	{"no heading", {EVENT_HEADING, .step = &untitled}, ""},

	{"found", {EVENT_SOURCE, .refs = &refs, .entry = &stage, .ref = ref},
		":: Cache of builder: reg/app:topic-builder\n"},
	{"found, and something rescued",
		{EVENT_SOURCE, .refs = &refs, .entry = &stage, .ref = ref, .rescued = rescued},
		":: Cache of builder: reg/app:topic-builder, and reg/app:topic-builder.rescued\n"},
	{"found for the image", {EVENT_SOURCE, .refs = &refs, .entry = &image, .ref = ref},
		":: Cache of image: reg/app:topic-builder\n"},
	{"not found", {EVENT_SOURCE, .refs = &refs, .entry = &stage},
		":: Cache of builder: none (looked for reg/app:topic-builder app:topic-builder)\n"},

	{"an exported cache not found",
		{EVENT_SOURCE, .refs = &refs, .entry = &stage, .mode = MODE_REGISTRY},
		":: Cache of builder: none (looked for reg/app:topic-builder.cache)\n"},
	{"rescued",
		{EVENT_SAVED, .entry = &stage, .ref = rescued, .cached = 4, .steps = 5, .line = 6},
		":: builder: 4 of 5 steps stored as reg/app:topic-builder.rescued, the next build "
		"starts at step 5, line 6 of the Dockerfile\n"},
	{"rescued while the build goes on",
		{EVENT_SAVED, .entry = &stage, .ref = rescued, .cached = 4, .steps = 5},
		":: builder: 4 of 5 steps stored as reg/app:topic-builder.rescued\n"},
	{"rescued, it is not known how much",
		{EVENT_SAVED, .entry = &image, .ref = rescued, .cached = 1},
		":: image: the finished steps stored as reg/app:topic-builder.rescued\n"},
	{"taken up", {EVENT_TAKEN, .step = &build, .entry = &stage, .ref = rescued, .cached = 4},
		":: builder: 4 finished steps taken up from reg/app:topic-builder.rescued\n"},
	{"built", {EVENT_BUILT, .step = &build, .entry = &stage, .cached = 3, .steps = 4},
		":: builder: 3 of 4 steps from the cache\n"},
	{"the image built", {EVENT_BUILT, .step = &build, .entry = &image, .cached = 0, .steps = 1},
		":: image: 0 of 1 steps from the cache\n"},

	{"retry",
		{EVENT_RETRY, .step = &push, .reason = REASON_TIMEOUT, .detail = "i/o timeout",
			.delay = 500},
		":: push of 'reg/app:topic-builder' failed: timed out: i/o timeout; trying "
		"again in 0.5 s\n"},
	{"a long retry",
		{EVENT_RETRY, .step = &pull, .reason = REASON_BUSY, .detail = "429",
			.delay = 16000},
		":: pull of 'reg/app:topic-builder' failed: rate limit reached: 429; trying "
		"again in 16.0 s\n"},
	{"retry without a line", {EVENT_RETRY, .step = &probe, .reason = REASON_SERVER, .delay = 1},
		":: look-up of 'reg/app:topic-builder' failed: registry error; trying again "
		"in 0.0 s\n"},

	{"failed", {EVENT_FAILED, .step = &pull, .reason = REASON_NONE},
		WARNING "pull of 'reg/app:topic-builder' failed: for a reason not known here\n"},
	{"failed, with a way out",
		{EVENT_FAILED, .step = &push, .reason = REASON_IMMUTABLE, .detail = "denied"},
		WARNING "push of 'reg/app:topic-builder' failed: tag cannot be overwritten: "
			"denied; keep the cache in a repository with mutable tags, with "
			"--cache-repo\n"},
	{"failed, with no line but a way out",
		{EVENT_FAILED, .step = &push, .reason = REASON_QUOTA},
		WARNING "push of 'reg/app:topic-builder' failed: over quota; keep the cache "
			"elsewhere with --cache-repo\n"},
	{"hostile subject and line",
		{EVENT_FAILED, .step = &nasty, .reason = REASON_DENIED,
			.detail = "\r\033[2K\b:: ok"},
		WARNING "push of '\\012\\033[31m\\001\\177\\011' failed: no access: "
			"\\015\\033[2K\\010:: ok; log in with 'docker login', or give the job's "
			"account access\n"},
	{"a step that could not be started",
		{EVENT_FAILED, .step = &push, .reason = REASON_SPAWN, .error = EAGAIN},
		WARNING "push of 'reg/app:topic-builder' failed: docker could not be started: "
			"Resource temporarily unavailable\n"},
	{"a cache that was not exported",
		{EVENT_NOT_EXPORTED, .entry = &stage, .reason = REASON_DENIED,
			.detail = "failed to push: 403 \033[1m"},
		WARNING
		"the cache of 'builder' could not be stored: no access: failed to push: "
		"403 \\033[1m; log in with 'docker login', or give the job's account access\n"},
	{"that of the image", {EVENT_NOT_EXPORTED, .entry = &image, .reason = REASON_NONE},
		WARNING "the cache of 'image' could not be stored: for a reason not known here\n"},
	{"docker is not there", {EVENT_NO_START, .error = ENOENT},
		"docker-build-remote-cache: cannot run docker: No such file or directory\n"},
	{"docker's arguments are too long", {EVENT_NO_START, .error = E2BIG},
		"docker-build-remote-cache: cannot run docker: Argument list too long\n"},
	{"a signal", {EVENT_SIGNAL, .error = SIGTERM, .stores = true},
		"docker-build-remote-cache: stopped by a signal; the stages that are built are "
		"still "
		"being stored\n"},
	{"a signal where nothing is stored", {EVENT_SIGNAL, .error = SIGTERM},
		"docker-build-remote-cache: stopped by a signal\n"},
};

static void
events(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spoken s;

		open_spoken(&s);
		report_event(&s.r, &rows[i].event);
		bad += !expect_same(rows[i].name, said(&s), rows[i].want);
		close_spoken(&s);
	}
	assert_int_equal(bad, 0);
}

/* A heading is said once, until another one was said. */
static void
headings(void **state)
{
	static const struct step *const steps[] = {
		&build, &build, &untitled, &build, &nasty, &build, &build};
	struct spoken s;
	size_t i;

	(void)state;
	open_spoken(&s);
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		report_event(&s.r, &(struct event){EVENT_HEADING, .step = steps[i]});
	expect_text("headings", said(&s),
		":: Building builder image\n"
		":: Pulling cached images for \\033]0;x\\007\\015\\012\n"
		":: Building builder image\n");
	close_spoken(&s);
}

/* What docker prints under a heading is folded, what we say is not. */
static void
folds(void **state)
{
	static const struct {
		const char *ci, *want;
	} cases[] = {
		{"GitHub Actions",
			"::group:::: Building builder image\n::endgroup::\n"
			"::group:::: Pulling cached images for \\033]0;x\\007\\015\\012\n"
			"::endgroup::\n:: builder: 1 of 2 steps from the cache\n"},
		{"Azure Pipelines",
			"##[group]:: Building builder image\n##[endgroup]\n"
			"##[group]:: Pulling cached images for \\033]0;x\\007\\015\\012\n"
			"##[endgroup]\n:: builder: 1 of 2 steps from the cache\n"},
		{"TeamCity", "##teamcity[blockOpened name=':: Building builder image']\n"
			     "##teamcity[blockClosed name=':: Building builder image']\n"
			     "##teamcity[blockOpened name=':: Pulling cached images for \\033 0;x"
			     "\\007\\015\\012']\n"
			     "##teamcity[blockClosed name=':: Pulling cached images for \\033 0;x"
			     "\\007\\015\\012']\n"
			     ":: builder: 1 of 2 steps from the cache\n"},
		{"Travis CI", "travis_fold:start:dbrc_1\r\033[0K:: Building builder image\n"
			      "travis_fold:end:dbrc_1\r\033[0K\n"
			      "travis_fold:start:dbrc_2\r\033[0K:: Pulling cached images for "
			      "\\033]0;x\\007\\015\\012\n"
			      "travis_fold:end:dbrc_2\r\033[0K\n"
			      ":: builder: 1 of 2 steps from the cache\n"},
		{"Buildkite", "--- :: Building builder image\n"
			      "--- :: Pulling cached images for \\033]0;x\\007\\015\\012\n"
			      ":: builder: 1 of 2 steps from the cache\n"},
		{"Jenkins", ":: Building builder image\n"
			    ":: Pulling cached images for \\033]0;x\\007\\015\\012\n"
			    ":: builder: 1 of 2 steps from the cache\n"},
	};
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct spoken s;

		open_spoken(&s);
		s.r.fold = fold_of(cases[i].ci);
		report_event(&s.r, &(struct event){EVENT_HEADING, .step = &build});
		report_event(&s.r, &(struct event){EVENT_HEADING, .step = &build});
		report_event(&s.r, &(struct event){EVENT_HEADING, .step = &nasty});
		report_event(&s.r,
			&(struct event){EVENT_BUILT, .entry = &stage, .cached = 1, .steps = 2});
		report_event(&s.r, &(struct event){EVENT_END});
		bad += !expect_same(cases[i].ci, said(&s), cases[i].want);
		close_spoken(&s);
	}
	assert_int_equal(bad, 0);
}

/* A message has a line of its own, whatever was written before. */
static void
a_line_of_its_own(void **state)
{
	struct spoken s;

	(void)state;
	open_spoken(&s);
	pump_say(&s.pump, "#7 3.2 compil", 13);
	report_event(&s.r, &(struct event){EVENT_HEADING, .step = &build});
	expect_text("said", said(&s), "#7 3.2 compil\n:: Building builder image\n");
	close_spoken(&s);
}

/* ---- What goes to the real descriptors. ---- */

/* Puts fd's place to something else while a function runs; returns what it returned. */
static bool
with_descriptor(int fd, int instead, bool (*function)(const void *arg), const void *arg)
{
	int kept;
	bool result;

	fflush(NULL);
	kept = dup(fd);
	dup2(instead, fd);
	result = function(arg);
	fflush(NULL);
	clearerr(fd == 1 ? stdout : stderr);
	dup2(kept, fd);
	close(kept);
	return result;
}

struct usage {
	enum program program;
	const char *problem, *want;
};

static bool
say_usage(const void *arg)
{
	const struct usage *usage = arg;
	struct strbuf problem;

	strbuf_init(&problem);
	strbuf_addstr(&problem, usage->problem);
	report_usage(usage->program, &problem);
	strbuf_release(&problem);
	return true;
}

static bool
print(const void *arg)
{
	struct strbuf text;
	bool good;

	strbuf_init(&text);
	strbuf_addstr(&text, arg);
	good = report_print(&text);
	strbuf_release(&text);
	return good;
}

static void
usage_errors(void **state)
{
	static const struct usage usages[] = {
		{PROGRAM_BUILD, "no image given",
			"docker-build-remote-cache: no image given; see "
			"'docker-build-remote-cache --help'\n"},
		{PROGRAM_PULL_TAG, "too many arguments",
			"docker-pull-tag: too many arguments; see 'docker-pull-tag --help'\n"},
		{PROGRAM_TAG_PUSH, "100% wrong: %s %n",
			"docker-tag-push: 100% wrong: %s %n; see 'docker-tag-push --help'\n"},
	};
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(usages); i++) {
		struct strbuf got;
		int ends[2];

		strbuf_init(&got);
		expect_pipe(ends);
		with_descriptor(2, ends[1], say_usage, &usages[i]);
		close(ends[1]);
		expect_read_all(ends[0], &got);
		close(ends[0]);
		bad += !expect_same(usages[i].problem, got.buf, usages[i].want);
		strbuf_release(&got);
	}
	assert_int_equal(bad, 0);
}

static void
version(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	report_version(&out);
	expect_text("version", out.buf, "docker-build-remote-cache " VERSION "\n");
	strbuf_release(&out);
}

static void
printing(void **state)
{
	struct strbuf got;
	int ends[2];

	(void)state;
	strbuf_init(&got);
	expect_pipe(ends);
	assert_true(with_descriptor(1, ends[1], print, "some text\n"));
	assert_true(with_descriptor(1, ends[1], print, ""));
	close(ends[1]);
	expect_read_all(ends[0], &got);
	close(ends[0]);
	expect_text("printed", got.buf, "some text\n");
	strbuf_release(&got);
}

static bool
print_to_full(const void *arg)
{
	return with_descriptor(1, *(const int *)arg, print, "some text\n");
}

static void
printing_to_a_full_disk(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), ends[2];
	struct strbuf got;

	(void)state;
	assert_true(full >= 0);
	strbuf_init(&got);
	expect_pipe(ends);
	assert_false(with_descriptor(2, ends[1], print_to_full, &full));
	close(ends[1]);
	close(full);
	expect_read_all(ends[0], &got);
	close(ends[0]);
	expect_text("said", got.buf,
		"docker-build-remote-cache: cannot write to standard output: No space left on "
		"device\n");
	strbuf_release(&got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events),
		cmocka_unit_test(headings),
		cmocka_unit_test(folds),
		cmocka_unit_test(a_line_of_its_own),
		cmocka_unit_test(usage_errors),
		cmocka_unit_test(version),
		cmocka_unit_test(printing),
		cmocka_unit_test(printing_to_a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
