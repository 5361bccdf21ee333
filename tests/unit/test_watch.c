#include "rows.h"

#include "expect.h"
#include "watch.h"

#define FILE_OF_THREE                                                                              \
	"FROM a AS builder\n"                                                                      \
	"RUN one\n"                                                                                \
	"RUN two\n"                                                                                \
	"FROM b\n"                                                                                 \
	"RUN three\n"                                                                              \
	"FROM c AS last\n"                                                                         \
	"COPY --from=builder /x /x\n"

/*
 * Lines with "|" between, of a build of the file above. What comes of it: a stage's index each time
 * one is finished, then cached/steps of each stage.
 */
static const struct row {
	const char *name;
	const char *lines;
	const char *want;
	unsigned platforms; /* 0: 1 */
} rows[] = {
	{"nothing", "", ": 0/0 0/0 0/0"},
	{"a stage is built",
		"#5 [builder 1/3] FROM a|#5 DONE 0.1s|#6 [builder 2/3] RUN one|#6 0.1 x|#6 DONE "
		"0.3s|"
		"#7 [builder 3/3] RUN two|#7 DONE 0.3s",
		"0 : 0/2 0/0 0/0"},
	{"a stage comes from the cache",
		"#6 [builder 2/3] RUN one|#6 CACHED||#7 [builder 3/3] RUN two|#7 CACHED",
		"0 : 2/2 0/0 0/0"},
	{"the last step alone is seen", "#7 [builder 3/3] RUN two|#7 CACHED", "0 : 1/1 0/0 0/0"},
	{"the last step is not seen to end",
		"#6 [builder 2/3] RUN one|#6 CACHED|#7 [builder 3/3] RUN two|#7 0.1 x",
		": 1/1 0/0 0/0"},
	{"the last step fails", "#7 [builder 3/3] RUN two|#7 ERROR: process failed",
		": 0/0 0/0 0/0"},
	{"the last step is cancelled", "#7 [builder 3/3] RUN two|#7 CANCELED", ": 0/0 0/0 0/0"},
	{"a FROM is no step", "#5 [builder 1/1] FROM a|#5 DONE 0.1s", ": 0/0 0/0 0/0"},
	{"an unnamed stage", "#8 [stage-1 2/2] RUN three|#8 DONE 0.1s", "1 : 0/0 0/1 0/0"},
	{"stages side by side",
		"#6 [builder 2/3] RUN one|#6 0.1 x|#6 ...||#8 [stage-1 2/2] RUN three|#8 DONE "
		"0.1s||"
		"#6 [builder 2/3] RUN one|#6 DONE 0.5s||#7 [builder 3/3] RUN two|#7 DONE 0.1s||"
		"#9 [last 2/2] COPY --from=builder /x /x|#9 CACHED",
		"1 0 2 : 0/2 0/1 1/1"},
	{"the layer of a hit is fetched",
		"#7 [builder 3/3] RUN two|#7 sha256:11 101B / 101B 0.0s done|#7 DONE 0.5s",
		"0 : 1/1 0/0 0/0"},
	{"the layer of a hit is fetched later: it ends once",
		"#7 [builder 3/3] RUN two|#7 CACHED||#7 [builder 3/3] RUN two|"
		"#7 sha256:11 101B / 101B 0.0s done|#7 DONE 0.5s",
		"0 : 1/1 0/0 0/0"},
	{"ended twice", "#7 [builder 3/3] RUN two|#7 DONE 0.1s|#7 DONE 0.1s", "0 : 0/1 0/0 0/0"},
	{"ended before it began", "#7 CACHED|#7 [builder 3/3] RUN two", ": 0/0 0/0 0/0"},
	{"another vertex ends", "#7 [builder 3/3] RUN two|#70 CACHED|#6 DONE 0.1s",
		": 0/0 0/0 0/0"},
	{"a stage that the file does not have", "#7 [other 3/3] RUN two|#7 CACHED",
		": 0/0 0/0 0/0"},
	{"a stage without a number that the file has", "#7 [stage-7 3/3] RUN two|#7 CACHED",
		": 0/0 0/0 0/0"},
	{"a vertex too high", "#4096 [builder 3/3] RUN two|#4096 CACHED", ": 0/0 0/0 0/0"},
	{"the last vertex that counts", "#4095 [builder 3/3] RUN two|#4095 CACHED",
		"0 : 1/1 0/0 0/0"},
	{"other words", "x|#|#7|[builder 3/3] RUN|Step 1/2 : FROM a", ": 0/0 0/0 0/0"},

	{"two platforms: each has a last step",
		"#6 [linux/amd64 builder 3/3] RUN two|#7 [linux/arm64 builder 3/3] RUN two|"
		"#6 DONE 0.1s|#7 DONE 0.1s",
		"0 : 0/2 0/0 0/0", .platforms = 2},
	{"two platforms: one alone is not all", "#6 [linux/amd64 builder 3/3] RUN two|#6 DONE 0.1s",
		": 0/1 0/0 0/0", .platforms = 2},
	{"two platforms: one whose layer is fetched later is not two",
		"#6 [linux/amd64 builder 3/3] RUN two|#6 CACHED||#6 [linux/amd64 builder 3/3] RUN "
		"two|"
		"#6 extracting sha256:11 0.1s done|#6 DONE 0.1s",
		": 1/1 0/0 0/0", .platforms = 2},
	{"two platforms, built on one",
		"#6 [linux/amd64 builder 3/3] RUN two|#6 CACHED|"
		"#7 [linux/amd64->arm64 builder 3/3] RUN two|#7 CACHED",
		"0 : 2/2 0/0 0/0", .platforms = 2},
};

/* Gives each line to a function, in a copy that ends right behind it. */
static void
each_line(const char *lines, void (*take)(void *ctx, const char *line, size_t len), void *ctx)
{
	while (*lines) {
		size_t n = strcspn(lines, "|");
		char *line = exact_copy(lines, n);

		take(ctx, line, n);
		free(line);
		lines += n + (lines[n] == '|');
	}
}

struct watching {
	struct watch watch;
	struct strbuf got;
};

static void
watch_one(void *ctx, const char *line, size_t len)
{
	struct watching *w = ctx;
	int stage = watch_line(&w->watch, line, len);

	if (stage >= 0)
		strbuf_addf(&w->got, "%d ", stage);
}

static void
watches_lines(const struct row *row, const char *file)
{
	struct dockerfile df;
	struct watching w;
	size_t i;

	assert_true(dockerfile_parse(&df, file, strlen(file), NULL));
	strbuf_init(&w.got);
	watch_init(&w.watch, &df, row->platforms ? row->platforms : 1);
	each_line(row->lines, watch_one, &w);
	strbuf_addstr(&w.got, ":");
	for (i = 0; i < df.nr_stages; i++)
		strbuf_addf(&w.got, " %u/%u", w.watch.stages[i].cached, w.watch.stages[i].steps);
	assert_string_equal(w.got.buf, row->want);
	watch_release(&w.watch);
	strbuf_release(&w.got);
	dockerfile_release(&df);
}

static void
watches(void **state)
{
	watches_lines(*state, FILE_OF_THREE);
}

/* Of a file with one stage docker does not say the name. */
static const struct row single[] = {
	{"one stage",
		"#5 [1/3] FROM a|#5 DONE 0.1s|#6 [2/3] RUN one|#6 CACHED|#7 [3/3] RUN two|#7 DONE "
		"1s",
		"0 : 1/2"},
	{"one stage, padded", "#6 [ 2/10] RUN one|#6 CACHED", ": 1/1"},
	{"one stage, a platform", "#7 [linux/amd64 3/3] RUN two|#7 DONE 0.1s", "0 : 0/1"},
};

static void
watches_one_stage(void **state)
{
	watches_lines(*state, "FROM a\nRUN one\nRUN two\n");
}

/* How far the first stage got: reach/of, the first step that ran, tenths of seconds; and again
 * after a reset. */
static const struct row reaches[] = {
	{"reach: nothing", "", "0/0 0 0"},
	{"reach: a step that runs has not ended",
		"#6 [builder 2/9] RUN one|#6 DONE 1.5s|#7 [builder 3/9] RUN two|#7 0.1 x",
		"2/9 2 15"},
	{"reach: cached steps take no time",
		"#6 [builder 2/9] RUN one|#6 CACHED|#7 [builder 3/9] RUN two|#7 DONE 12.3s",
		"3/9 3 123"},
	{"reach: what is told late",
		"#7 [builder 3/9] RUN two|#7 CACHED|#6 [builder 2/9] RUN one|#6 CACHED", "3/9 0 0"},
	{"reach: a layer that is fetched is no run",
		"#6 [builder 2/9] RUN one|#6 sha256:11 1B / 1B 1.0s done|#6 DONE 5.0s", "2/9 0 0"},
	{"reach: a step that is told first but ran later",
		"#8 [builder 4/9] RUN z|#8 DONE 0.5s|#7 [builder 3/9] RUN two|#7 DONE 0.4s",
		"4/9 3 9"},
	{"reach: a failed step", "#6 [builder 2/9] RUN one|#6 ERROR: exit code 1", "0/9 0 0"},
	{"reach: a time that is none", "#6 [builder 2/9] RUN one|#6 DONE soon", "2/9 2 0"},
	{"reach: a time that is too long", "#6 [builder 2/9] RUN one|#6 DONE 999999999.9s",
		"2/9 2 0"},
	{"reach: no tenths", "#6 [builder 2/9] RUN one|#6 DONE 3s", "2/9 2 0"},
};

static void
reaches_steps(void **state)
{
	static const char file[] = "FROM a AS builder\nRUN one\n";
	const struct row *row = *state;
	struct dockerfile df;
	struct watching w;
	const struct watched *it;
	int i;

	assert_true(dockerfile_parse(&df, file, strlen(file), NULL));
	watch_init(&w.watch, &df, 1);
	it = &w.watch.stages[0];
	for (i = 0; i < 2; i++) {
		strbuf_init(&w.got);
		each_line(row->lines, watch_one, &w);
		strbuf_release(&w.got);
		strbuf_addf(&w.got, "%u/%u %u %u", it->reach, it->of, it->ran, it->tenths);
		assert_string_equal(w.got.buf, row->want);
		strbuf_release(&w.got);
		watch_reset(&w.watch);
	}
	watch_release(&w.watch);
	dockerfile_release(&df);
}

/* Which stages have what they are made from, a digit each, 2: and it was fetched for that; and none
 * after a reset. */
static const struct row bases[] = {
	{"base: nothing", "", "000"},
	{"base: a FROM that is fetched",
		"#5 [builder 1/3] FROM a|#5 sha256:11 101B / 101B 0.0s done|#5 DONE 0.1s", "200"},
	{"base: one that is known, and fetched later",
		"#5 [builder 1/3] FROM a|#5 DONE 0.0s|#5 sha256:11 101B / 101B 0.0s done|#5 DONE "
		"0.1s",
		"200"},
	{"base: layers of a step that was found are none",
		"#5 [builder 1/3] FROM a|#5 DONE 0.0s|#6 [builder 2/3] RUN one|#6 sha256:11 101B / "
		"101B 0.0s done|#6 DONE 0.1s",
		"100"},
	{"base: one that has not ended", "#5 [builder 1/3] FROM a|#5 extracting sha256:11", "000"},
	{"base: one that was there", "#5 [stage-1 1/2] FROM b|#5 CACHED", "010"},
	{"base: one that fails", "#5 [builder 1/3] FROM a|#5 ERROR: not found", "000"},
	{"base: each has its own",
		"#5 [builder 1/3] FROM a|#6 [last 1/2] FROM c|#6 DONE 0.1s||#5 [builder 1/3] FROM "
		"a|"
		"#5 DONE 0.4s",
		"101"},
	{"base: a step that ends is none", "#6 [builder 2/3] RUN one|#6 DONE 0.1s", "000"},
};

static void
knows_bases(void **state)
{
	static const char file[] = FILE_OF_THREE;
	const struct row *row = *state;
	struct dockerfile df;
	struct watching w;
	size_t i;

	assert_true(dockerfile_parse(&df, file, strlen(file), NULL));
	watch_init(&w.watch, &df, 1);
	strbuf_init(&w.got);
	each_line(row->lines, watch_one, &w);
	for (i = 0; i < df.nr_stages; i++)
		strbuf_addch(
			&w.got, (char)('0' + w.watch.stages[i].based + w.watch.stages[i].came));
	assert_string_equal(w.got.buf, row->want);
	strbuf_release(&w.got);
	watch_reset(&w.watch);
	watch_one(&w, "#5 DONE 0.1s", 12);
	for (i = 0; i < df.nr_stages; i++)
		assert_false(w.watch.stages[i].based);
	watch_release(&w.watch);
	dockerfile_release(&df);
}

/* Of two stages of one name docker builds the last, whatever the case. */
static const struct row namesakes[] = {
	{"the last of one name", "#7 [x 2/2] RUN two|#7 DONE 0.1s", "1 : 0/0 0/1"},
};

static void
watches_namesakes(void **state)
{
	watches_lines(*state, "FROM a AS x\nRUN one\nFROM b AS x\nRUN two\n");
}

/*
 * Lines with "|" between, and what they say of an attempt, a letter each: . it goes on, d in doubt,
 * o over.
 */
static const struct said {
	const char *name;
	const char *lines;
	const char *want;
} tries[] = {
	{"nothing", "", ""},
	{"what is no step",
		"#0 building with \"default\" instance|#1 [internal] load build definition from "
		"Dockerfile|#1 transferring dockerfile: 101B done|#1 DONE 0.0s||#5 [stage-1 1/3] "
		"FROM "
		"a|#5 DONE 0.1s|#9 importing cache manifest from x|#9 DONE 0.1s",
		"........."},
	{"a full hit that is pulled",
		"#13 [stage-1 3/3] RUN x|#13 pulling sha256:11 0.1s done|#13 CACHED||#14 exporting "
		"to "
		"image|#14 DONE 0.1s",
		"d....."},
	{"a full hit", "#12 [stage-1 2/3] RUN x|#12 CACHED||#13 [stage-1 3/3] RUN x|#13 CACHED",
		"d..d."},
	{"a hit whose layer is fetched",
		"#12 [a 2/2] RUN x|#12 sha256:11 0B / 9B 0.1s|#12 sha256:11 9B / 9B 0.1s done|#12 "
		"extracting sha256:11 0.1s done|#12 DONE 0.3s",
		"d...."},
	{"a hit whose layer is fetched later",
		"#12 [a 2/2] RUN x|#12 CACHED||#14 exporting to image|#14 ...||#12 [a 2/2] RUN x|"
		"#12 sha256:11 9B / 9B 0.1s done|#12 DONE 0.3s",
		"d.....d.."},
	{"a header alone", "#12 [a 2/2] RUN x", "d"},
	{"a header, and nothing but a blank line", "#12 [a 2/2] RUN x|", "d"},
	{"a header, a blank line, its end", "#12 [a 2/2] RUN x||#12 CACHED", "dd."},
	{"a header, then another vertex", "#12 [a 2/2] RUN x||#13 [b 2/2] RUN y", "ddo"},
	{"a header, then another vertex's end", "#12 [a 2/2] RUN x|#9 DONE 0.1s", "do"},
	{"it prints", "#12 [a 2/2] RUN x|#12 0.101 hello", "do"},
	{"it is done", "#12 [a 2/2] RUN x|#12 DONE 0.1s", "do"},
	{"it fails", "#12 [a 2/2] RUN x|#12 ERROR: process failed", "do"},
	{"it gives way to another", "#12 [a 2/2] RUN x|#12 ...||#13 [b 2/2] RUN y", "dddo"},
	{"20.10 says the digest of each vertex", "#12 [a 2/2] RUN x|#12 sha256:11|#12 CACHED",
		"dd."},
	{"a FROM is resolved and fetched",
		"#5 [a 1/2] FROM docker.io/library/b@sha256:11|#5 resolve docker.io/library/b "
		"done|#5 sha256:11 9B / 9B 0.1s done|#5 DONE 0.3s",
		"...."},
	{"platforms",
		"#12 [linux/amd64 a 2/2] RUN x|#12 CACHED|#13 [linux/arm64 a 2/2] RUN x|#13 CACHED",
		"d.d."},
	{"platforms, one has to run",
		"#12 [linux/amd64 a 2/2] RUN x|#12 CACHED|#13 [linux/arm64 a 2/2] RUN x|#13 0.1 x",
		"d.do"},
	{"one stage", "#12 [2/2] RUN x|#12 CACHED|#13 [3/3] RUN x|#13 0.1 x", "d.do"},
	{"what is no line of a vertex", "#12 [a 2/2] RUN x|WARN: something|#12 CACHED", "dd."},
	{"legacy: a step has a container",
		"Step 2/3 : COPY x .| ---> Using cache| ---> 0123456789ab|Step 3/3 : RUN x| ---> "
		"Running in 56789abcdef0",
		"....o"},
	{"legacy: of a copy nothing is said", "Step 2/3 : COPY x .| ---> 0123456789ab", ".."},
	{"an error elsewhere", "#9 importing cache manifest from x|#9 ERROR: not found", ".."},
};

struct trying {
	struct attempt attempt;
	struct strbuf got;
};

static void
try_one(void *ctx, const char *line, size_t len)
{
	struct trying *t = ctx;

	strbuf_addch(&t->got, ".do"[attempt_line(&t->attempt, line, len)]);
}

static void
attempts(void **state)
{
	const struct said *row = *state;
	struct trying t = {.attempt = {0}};

	strbuf_init(&t.got);
	each_line(row->lines, try_one, &t);
	assert_string_equal(t.got.buf, row->want);
	strbuf_release(&t.got);
}

/* Of the legacy builder, what is to be found is an image. */
static void
reaches_its_goal(void **state)
{
	struct trying t = {.attempt = {.goal = "0123456789ab"}};

	(void)state;
	strbuf_init(&t.got);
	each_line(" ---> 56789abcdef0| ---> 0123456789abc|0123456789ab| ---> Running in "
		  "0123456789ab",
		try_one, &t);
	assert_false(t.attempt.reached);
	each_line(" ---> 0123456789ab", try_one, &t);
	assert_true(t.attempt.reached);
	strbuf_release(&t.got);
}

static void
garbage_is_harmless(void **state)
{
	static const char *const pieces[] = {"#", "5", "4095", "4096", " ", "[", "]", "builder",
		"/", "2", "stage-1", "CACHED", "DONE", "|", "sha256:1 ", "0.1 ", "RUN", "\xff",
		"99999999999", "-", "ERROR", "|#5 [builder 2/2] RUN x|", "|#5 DONE|"};
	const struct dockerfile none = {.nr_stages = 0};
	uint64_t seed = 11;
	struct strbuf text;
	struct watching w;
	struct trying t = {.attempt = {0}};
	size_t round, n;

	(void)state;
	strbuf_init(&text);
	strbuf_init(&w.got);
	strbuf_init(&t.got);
	watch_init(&w.watch, &none, 1);
	for (round = 0; round < 10000; round++) {
		strbuf_reset(&text);
		for (n = random_below(&seed, 20); n > 0; n--)
			strbuf_addstr(&text, pieces[random_below(&seed, ARRAY_SIZE(pieces))]);
		each_line(text.buf, watch_one, &w);
		each_line(text.buf, try_one, &t);
	}
	assert_string_equal(w.got.buf, "");
	watch_release(&w.watch);
	strbuf_release(&text);
	strbuf_release(&w.got);
	strbuf_release(&t.got);
}

int
main(void)
{
	add_rows(watches, rows);
	add_rows(watches_one_stage, single);
	add_rows(reaches_steps, reaches);
	add_rows(knows_bases, bases);
	add_rows(watches_namesakes, namesakes);
	add_rows(attempts, tries);
	add_test(reaches_its_goal);
	add_test(garbage_is_harmless);
	return run_all();
}
