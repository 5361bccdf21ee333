#include "summary.h"

#include "expect.h"
#include "json.h"
#include "rows.h"

static char builder[] = "builder", ref[] = "reg/app:main-builder", cache[] = "reg/app:main";
static char heading[] = "Building image", pushing[] = "Pushing final image", image[] = "reg/app:1";
static char nasty_text[] = "a|b`c<d>\n\033[31m", main_branch[] = "main";
static const struct cache_entry stage = {.name = builder}, final = {.name = NULL},
				nasty_stage = {.name = nasty_text};
static const struct cache_refs refs = {.branch = main_branch}, no_branch = {.branch = NULL};
static const struct step look = {.kind = STEP_PROBE, .subject = ref},
			 build = {.kind = STEP_BUILD_STAGE, .heading = heading, .subject = image},
			 push = {.kind = STEP_TAG_PUSH, .heading = pushing, .subject = image},
			 nasty = {.kind = STEP_TAG_PUSH, .subject = nasty_text};

static char *pushed_words[] = {image, NULL}, *stored_words[] = {cache, ref, NULL};
static const struct strvec pushed = {pushed_words, 1, 0}, stored = {stored_words, 2, 0};

/* A run that went well. */
static const struct event well[] = {
	{EVENT_SETUP, .refs = &refs, .mode = MODE_INLINE},
	{EVENT_STEP, .step = &look, .from = 1000, .to = 1450, .tries = 1},
	{EVENT_SOURCE, .entry = &stage, .ref = ref, .rescued = "reg/app:main-builder.rescued"},
	{EVENT_SOURCE, .entry = &final, .ref = cache},
	{EVENT_BUILT, .entry = &stage, .cached = 4, .steps = 4, .kilobytes = 194070},
	{EVENT_BUILT, .entry = &final, .cached = 2, .steps = 2, .kilobytes = 5050},
	{EVENT_STEP, .step = &build, .from = 1500, .to = 11500, .tries = 2, .stored = &stored},
	{EVENT_STEP, .step = &push, .from = 11500, .to = 11599, .tries = 1, .pushed = &pushed,
		.detail = "sha256:1"},
	{EVENT_END, .to = 12000},
};

/* One that failed, with names as nobody would wish. */
static const struct event badly[] = {
	{EVENT_SETUP, .refs = &no_branch, .mode = MODE_REGISTRY},
	{EVENT_SOURCE, .entry = &nasty_stage},
	{EVENT_SOURCE, .entry = &final, .ref = cache},
	{EVENT_BUILT, .entry = &final, .cached = 1, .steps = 3, .tenths = 32},
	{EVENT_SAVED, .entry = &nasty_stage, .cached = 2, .steps = 3, .ref = "reg/app:x.rescued"},
	{EVENT_STEP, .step = &build, .from = 0, .to = 2000, .error = 7, .tries = 1},
	{EVENT_STEP, .step = &nasty, .from = 500, .to = 700, .error = 143, .tries = 1,
		.stopped = true},
	{EVENT_END, .to = 2500, .error = 7, .signal = 15},
};

static void
take(struct record *r, const struct event *events, size_t nr)
{
	size_t i;

	record_init(r, "reg/app:1");
	for (i = 0; i < nr; i++)
		record_event(r, &events[i]);
}

static void
in_the_log(void **state)
{
	struct record r;
	struct strbuf got;

	(void)state;
	strbuf_init(&got);
	take(&r, well, ARRAY_SIZE(well));
	summary_text(&r, 0, &got);
	expect_text("without bars", got.buf,
		":: Summary: 11.0 s\n"
		"::   builder: 4 of 4 steps from the cache (194 MB); cache "
		"reg/app:main-builder and reg/app:main-builder.rescued\n"
		"::   image: 2 of 2 steps from the cache (5.0 MB); cache reg/app:main\n"
		"::   stored: reg/app:main reg/app:main-builder\n"
		"::   pushed: reg/app:1\n"
		"::    started    took\n"
		"::        0.0 s     0.4 s  reg/app:main-builder\n"
		"::        0.5 s    10.0 s  Building image\n");
	strbuf_reset(&got);
	summary_text(&r, 90, &got);
	expect_text("with bars", strstr(got.buf, "::        0.0 s"),
		"::        0.0 s     0.4 s  reg/app:main-builder                     =\n"
		"::        0.5 s    10.0 s  Building image                            "
		"=====================\n");
	record_release(&r);
	strbuf_reset(&got);
	take(&r, badly, ARRAY_SIZE(badly));
	summary_text(&r, 0, &got);
	expect_text("failed", got.buf,
		":: Summary: 2.5 s\n"
		"::   a|b`c<d>\\012\\033[31m: 2 of 3 steps stored; no cache was found\n"
		"::   image: 1 of 3 steps from the cache, 3.2 s for the others; cache "
		"reg/app:main\n"
		"::   stored: reg/app:x.rescued\n"
		"::    started    took\n"
		"::        0.0 s     2.0 s  Building image (failed)\n"
		"::        0.5 s     0.2 s  a|b`c<d>\\012\\033[31m (stopped)\n");
	record_release(&r);
	strbuf_reset(&got);
	take(&r, well, 4); /* a terminal: docker has not told how much came from the cache */
	summary_text(&r, 0, &got);
	assert_non_null(strstr(got.buf, ":   image: built; cache reg/app:main\n"));
	record_release(&r);
	strbuf_reset(&got);
	take(&r, well + 1, 1);
	summary_text(&r, 0, &got);
	assert_string_equal(got.buf, ""); /* nothing is cached */
	record_release(&r);
	strbuf_release(&got);
}

static void
for_machines(void **state)
{
	struct record r;
	struct strbuf got, text;
	struct json report, commands, name, item, last = {"", 0};
	size_t nr = 0;

	(void)state;
	strbuf_init(&got);
	strbuf_init(&text);
	take(&r, well, ARRAY_SIZE(well));
	strvec_push(&r.warnings, "one");
	assert_true(record_is_hit(&r));
	r.status = 7; /* what has not been built has no steps that did not come from it */
	assert_false(record_is_hit(&r));
	r.status = 0;
	summary_json(&r, &got);
	expect_text("JSON", got.buf,
		"{\"version\":1,\"image\":\"reg/app:1\",\"branch\":\"main\",\"mode\":\"inline\","
		"\"status\":0,\"signal\":null,\"ms\":11000,\"hit\":true,\"digest\":\"sha256:1\","
		"\"stages\":[{\"name\":\"builder\",\"source\":\"reg/app:main-builder\","
		"\"rescued\":\"reg/"
		"app:main-builder.rescued\",\"steps\":4,\"cached\":4,\"ms\":0,\"fetched\":"
		"194070000,\"saved\":0},"
		"{\"name\":\"image\",\"source\":\"reg/app:main\",\"rescued\":null,\"steps\":2,"
		"\"cached\":2,\"ms\":0,\"fetched\":5050000,\"saved\":0}],"
		"\"stored\":[\"reg/app:main\",\"reg/app:main-builder\"],\"pushed\":[\"reg/app:1\"],"
		"\"warnings\":[\"one\"],\"commands\":["
		"{\"kind\":\"probe\",\"what\":\"reg/app:main-builder\",\"subject\":"
		"\"reg/app:main-builder\",\"start_ms\":0,\"ms\":450,\"status\":0,\"tries\":1,"
		"\"stopped\":false},"
		"{\"kind\":\"build-stage\",\"what\":\"Building image\",\"subject\":\"reg/app:1\","
		"\"start_ms\":500,\"ms\":10000,\"status\":0,\"tries\":2,\"stopped\":false},"
		"{\"kind\":\"tag-push\",\"what\":\"Pushing final image\",\"subject\":\"reg/app:1\","
		"\"start_ms\":10500,\"ms\":99,\"status\":0,\"tries\":1,\"stopped\":false}]}\n");
	record_release(&r);
	strbuf_reset(&got);
	take(&r, badly, ARRAY_SIZE(badly));
	summary_json(&r, &got);
	report = (struct json){got.buf, got.len};
	assert_true(json_is(json_at(report, "branch"), "null"));
	assert_true(json_is(json_at(report, "status"), "7"));
	assert_true(json_is(json_at(report, "signal"), "15"));
	assert_true(json_is(json_at(report, "hit"), "false"));
	assert_true(json_is(json_at(report, "digest"), "null"));
	commands = json_inside(json_at(report, "commands"));
	for (; json_next(&commands, &name, &item); nr++)
		last = item;
	assert_int_equal(nr, 2);
	assert_true(json_text(json_at(last, "subject"), &text));
	assert_string_equal(text.buf, nasty_text);
	record_release(&r);
	strbuf_release(&text);
	strbuf_release(&got);
}

static void
for_people(void **state)
{
	struct record r;
	struct strbuf got;

	(void)state;
	strbuf_init(&got);
	take(&r, well, ARRAY_SIZE(well));
	summary_markdown(&r, &got);
	expect_text("Markdown", got.buf,
		"### Image build: `reg/app:1`\n\n"
		"Built in 11.0 s, all from the cache.\n\n"
		"| stage | state | cache |\n|---|---|---|\n"
		"| `builder` | 4 of 4 steps from the cache (194 MB) | `reg/app:main-builder` |\n"
		"| `image` | 2 of 2 steps from the cache (5.0 MB) | `reg/app:main` |\n\n"
		"Pushed: `reg/app:1`\n\n"
		"Stored: `reg/app:main`, `reg/app:main-builder`\n\n"
		"```mermaid\ngantt\n    dateFormat x\n    axisFormat %M:%S\n"
		"    reg/app main-builder :0, 450\n"
		"    Building image :500, 10500\n"
		"```\n");
	record_release(&r);
	strbuf_reset(&got);
	take(&r, badly, ARRAY_SIZE(badly));
	strvec_push(&r.warnings, "no `space`");
	summary_markdown(&r, &got);
	expect_text("failed", got.buf,
		"### Image build: `reg/app:1`\n\n"
		"Ended by signal 15 after 2.5 s.\n\n"
		"| stage | state | cache |\n|---|---|---|\n"
		"| `a b c<d>\\012\\033[31m` | 2 of 3 steps stored | none |\n"
		"| `image` | 1 of 3 steps from the cache, 3.2 s for the others | `reg/app:main` "
		"|\n\n"
		"Stored: `reg/app:x.rescued`\n\n"
		"Warnings: `no  space `\n\n"
		"```mermaid\ngantt\n    dateFormat x\n    axisFormat %M:%S\n"
		"    Building image (failed) :crit, 0, 2000\n"
		"    a|b c&lt;d>\\012\\033[31m (stopped) :500, 700\n"
		"```\n");
	record_release(&r);
	strbuf_release(&got);
}

static void
for_later_steps(void **state)
{
	struct record r;
	struct strbuf got;

	(void)state;
	strbuf_init(&got);
	take(&r, well, ARRAY_SIZE(well));
	summary_outputs(&r, false, &got);
	summary_outputs(&r, true, &got);
	expect_text("outputs", got.buf,
		"image=reg/app:1\ndigest=sha256:1\ncache-hit=true\n"
		"DBRC_IMAGE=reg/app:1\nDBRC_DIGEST=sha256:1\nDBRC_CACHE_HIT=true\n");
	record_release(&r);
	strbuf_reset(&got);
	record_init(&r, "reg/app:1\nLD_PRELOAD=x");
	summary_outputs(&r, false, &got);
	expect_text("a line break", got.buf, "cache-hit=false\n");
	record_release(&r);
	strbuf_release(&got);
}

/* The longest commands are in the timeline, whatever their number; in the order of their start. */
static void
many_commands(void **state)
{
	struct record r;
	struct strbuf got;
	const char *p;
	unsigned nr = 0, i;

	(void)state;
	strbuf_init(&got);
	take(&r, well, 1);
	for (i = 0; i < 100; i++)
		record_event(&r, &(struct event){EVENT_STEP, .step = &push, .from = i * 1000,
					 .to = i * 1000 + 100 + i, .tries = 1});
	summary_text(&r, 0, &got);
	for (p = got.buf; (p = strstr(p, pushing)); p++)
		nr++;
	assert_int_equal(nr, 24);
	assert_non_null(strstr(got.buf, "took\n::       76.0 s"));
	assert_non_null(strstr(got.buf, "\n::       99.0 s"));
	record_release(&r);
	strbuf_release(&got);
}

int
main(void)
{
	add_test(in_the_log);
	add_test(for_machines);
	add_test(for_people);
	add_test(for_later_steps);
	add_test(many_commands);
	return run_all();
}
