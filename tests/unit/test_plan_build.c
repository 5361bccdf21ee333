#include "plan_build.h"

#include "scene.h"

#define TWO                                                                                        \
	"FROM a AS builder\n"                                                                      \
	"FROM b\n"                                                                                 \
	"COPY --from=builder /x /x\n"
#define CHAIN                                                                                      \
	"FROM a AS one\n"                                                                          \
	"FROM one AS two\n"                                                                        \
	"FROM two AS three\n"                                                                      \
	"FROM three\n"
#define APART                                                                                      \
	"FROM a AS one\n"                                                                          \
	"FROM a AS two\n"                                                                          \
	"FROM a\n"                                                                                 \
	"COPY --from=one /x /x\n"                                                                  \
	"COPY --from=two /x /x\n"
#define INLINE " --build-arg BUILDKIT_INLINE_CACHE=1"

/*
 * What was found of each entry, a letter each: y its first reference, D that one's digest too, l
 * its last reference, - nothing.
 */
static const struct row {
	const char *name;
	struct setting setting;
	enum cache_mode mode;
	const char *found;
	const char *want;
} rows[] = {
	{"inline: a branch, all found",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_INLINE, "DD",
		"# Building builder image\n"
		"0 build-stage live: docker build" INLINE " --target builder -t "
		"reg/app:topic-builder --cache-from reg/app@sha256:0 .\n"
		"# Pushing cached images for topic\n"
		"1 tag-push optional cleanup needs 0: docker push reg/app:topic-builder\n"
		"# Building image\n"
		"2 build-stage live stdout needs 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app@sha256:1 .\n"
		"# Pushing final image\n"
		"3 tag-push live needs 2: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 2 after 3: docker tag reg/app:v1 reg/app:topic "
		"&& docker push reg/app:topic\n"},
	{"inline: the default branch, a fallback found for one, nothing for the other",
		{"reg/app:v1", TWO, .branch = "main"}, MODE_INLINE, "l-",
		"# Building builder image\n"
		"0 build-stage live: docker build" INLINE " --target builder -t "
		"reg/app:main-builder --cache-from reg/app:builder .\n"
		"# Pushing cached images for main\n"
		"1 tag-push optional cleanup needs 0: docker push reg/app:main-builder\n"
		"# Pushing unprefixed cached images\n"
		"2 tag-push optional cleanup needs 0 after 1: docker tag reg/app:main-builder "
		"reg/app:builder && docker push reg/app:builder\n"
		"# Building image\n"
		"3 build-stage live stdout needs 0: docker build" INLINE " -t reg/app:v1 .\n"
		"# Pushing final image\n"
		"4 tag-push live needs 3: docker push reg/app:v1\n"
		"# Pushing cached images for main\n"
		"5 tag-push optional cleanup needs 3 after 4: docker tag reg/app:v1 reg/app:main "
		"&& docker push reg/app:main\n"
		"# Pushing unprefixed cached images\n"
		"6 tag-push optional cleanup needs 3 after 5: docker tag reg/app:v1 "
		"reg/app:latest && docker push reg/app:latest\n"},
	{"inline: stages in a chain, each needs those it is made of",
		{"reg/app:v1 --cache-read-only --push=false", CHAIN}, MODE_INLINE, "----",
		"# Building one image\n"
		"0 build-stage live: docker build" INLINE " --target one -t reg/app:one .\n"
		"# Building two image\n"
		"1 build-stage live needs 0: docker build" INLINE " --target two -t reg/app:two .\n"
		"# Building three image\n"
		"2 build-stage live needs 0,1: docker build" INLINE
		" --target three -t reg/app:three .\n"
		"# Building image\n"
		"3 build-stage live stdout needs 0,1,2: docker build" INLINE " -t reg/app:v1 .\n"},
	{"inline: independent stages do not wait for each other",
		{"reg/app:v1 --cache-read-only --push=false", APART}, MODE_INLINE, "yyy",
		"# Building one image\n"
		"0 build-stage live: docker build" INLINE
		" --target one -t reg/app:one --cache-from reg/app:one .\n"
		"# Building two image\n"
		"1 build-stage live: docker build" INLINE
		" --target two -t reg/app:two --cache-from reg/app:two .\n"
		"# Building image\n"
		"2 build-stage live stdout needs 0,1: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:latest .\n"},
	{"inline: only the stages asked for",
		{"reg/app:v1 --cache-read-only --push=false --cache-stage two", CHAIN}, MODE_INLINE,
		"-y",
		"# Building two image\n"
		"0 build-stage live: docker build" INLINE " --target two -t reg/app:two .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:latest .\n"},
	{"inline: no Dockerfile known",
		{"reg/app:v1 https://example/x.git", NULL, .branch = "topic"}, MODE_INLINE, "y",
		"# Building image\n"
		"0 build-stage live stdout: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:topic https://example/x.git\n"
		"# Pushing final image\n"
		"1 tag-push live needs 0: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"2 tag-push optional cleanup needs 0 after 1: docker tag reg/app:v1 reg/app:topic "
		"&& docker push reg/app:topic\n"},
	{"inline: --no-cache: everything anew once, then the stages from that",
		{"reg/app:v1 --no-cache", CHAIN, .branch = "topic", .default_branch = "main"},
		MODE_INLINE, "----",
		"# Building image\n"
		"0 build-stage live stdout: docker build" INLINE " --no-cache -t reg/app:v1 .\n"
		"# Building one image\n"
		"1 build-stage live needs 0: docker build" INLINE
		" --target one -t reg/app:topic-one .\n"
		"# Building two image\n"
		"2 build-stage live needs 0: docker build" INLINE
		" --target two -t reg/app:topic-two .\n"
		"# Building three image\n"
		"3 build-stage live needs 0: docker build" INLINE
		" --target three -t reg/app:topic-three .\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 1: docker push reg/app:topic-one\n"
		"5 tag-push optional cleanup needs 2: docker push reg/app:topic-two\n"
		"6 tag-push optional cleanup needs 3: docker push reg/app:topic-three\n"
		"# Pushing final image\n"
		"7 tag-push live needs 0: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"8 tag-push optional cleanup needs 0 after 7: docker tag reg/app:v1 reg/app:topic "
		"&& docker push reg/app:topic\n"},
	{"inline: --no-cache without stages", {"-t reg/app:v1 --no-cache .", NULL}, MODE_INLINE,
		"-",
		"# Building image\n"
		"0 build-stage live stdout: docker build" INLINE " --no-cache -t reg/app:v1 .\n"
		"# Pushing unprefixed cached images\n"
		"1 tag-push optional cleanup needs 0: docker tag reg/app:v1 reg/app:latest && "
		"docker push reg/app:latest\n"},

	{"pull: nothing found: docker's ordinary cache",
		{"reg/app:v1 --cache-read-only --push=false", TWO, .branch = "topic"}, MODE_PULL,
		"--",
		"# Building builder image\n"
		"0 build-stage live: docker build --target builder -t reg/app:topic-builder .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build -t reg/app:v1 .\n"},
	{"pull: all found: the stages built before, then its own",
		{"reg/app:v1 --cache-read-only --push=false", CHAIN, .branch = "topic"}, MODE_PULL,
		"lyyl",
		"# Building one image\n"
		"0 build-stage live: docker build --target one -t reg/app:topic-one "
		"--cache-from reg/app:one .\n"
		"# Building two image\n"
		"1 build-stage live needs 0: docker build --target two -t reg/app:topic-two "
		"--cache-from reg/app:topic-one --cache-from reg/app:topic-two .\n"
		"# Building three image\n"
		"2 build-stage live needs 1: docker build --target three -t reg/app:topic-three "
		"--cache-from reg/app:topic-one --cache-from reg/app:topic-two "
		"--cache-from reg/app:topic-three .\n"
		"# Building image\n"
		"3 build-stage live stdout needs 2: docker build -t reg/app:v1 "
		"--cache-from reg/app:topic-one --cache-from reg/app:topic-two "
		"--cache-from reg/app:topic-three --cache-from reg/app:latest .\n"},
	{"pull: only a later one found",
		{"reg/app:v1 --cache-read-only --push=false", TWO, .branch = "topic"}, MODE_PULL,
		"-y",
		"# Building builder image\n"
		"0 build-stage live: docker build --target builder -t reg/app:topic-builder .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build -t reg/app:v1 "
		"--cache-from reg/app:topic-builder --cache-from reg/app:topic .\n"},
	{"pull: independent stages are built one after the other all the same",
		{"reg/app:v1", APART, .branch = "topic", .default_branch = "main"}, MODE_PULL,
		"---",
		"# Building one image\n"
		"0 build-stage live: docker build --target one -t reg/app:topic-one .\n"
		"# Pushing cached images for topic\n"
		"1 tag-push optional cleanup needs 0: docker push reg/app:topic-one\n"
		"# Building two image\n"
		"2 build-stage live needs 0: docker build --target two -t reg/app:topic-two .\n"
		"# Pushing cached images for topic\n"
		"3 tag-push optional cleanup needs 2: docker push reg/app:topic-two\n"
		"# Building image\n"
		"4 build-stage live stdout needs 2: docker build -t reg/app:v1 .\n"
		"# Pushing final image\n"
		"5 tag-push live needs 4: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"6 tag-push optional cleanup needs 4 after 5: docker tag reg/app:v1 reg/app:topic "
		"&& docker push reg/app:topic\n"},
	{"pull: --no-cache: the first build anew, the others on what was just built",
		{"reg/app:v1 --no-cache --cache-read-only --push=false", CHAIN, .branch = "topic"},
		MODE_PULL, "----",
		"# Building one image\n"
		"0 build-stage live: docker build --target one --no-cache -t reg/app:topic-one .\n"
		"# Building two image\n"
		"1 build-stage live needs 0: docker build --target two -t reg/app:topic-two "
		"--cache-from reg/app:topic-one .\n"
		"# Building three image\n"
		"2 build-stage live needs 1: docker build --target three -t reg/app:topic-three "
		"--cache-from reg/app:topic-one --cache-from reg/app:topic-two .\n"
		"# Building image\n"
		"3 build-stage live stdout needs 2: docker build -t reg/app:v1 "
		"--cache-from reg/app:topic-one --cache-from reg/app:topic-two "
		"--cache-from reg/app:topic-three .\n"},
	{"pull: --no-cache without stages",
		{"reg/app:v1 --no-cache --cache-read-only --push=false", NULL}, MODE_PULL, "-",
		"# Building image\n"
		"0 build-stage live stdout: docker build --no-cache -t reg/app:v1 .\n"},

	{"drop-in form: nothing of IMAGE is pushed without --push",
		{"-t reg/app:v1 .", NULL, .branch = "topic"}, MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live stdout: docker build" INLINE " -t reg/app:v1 .\n"
		"# Pushing cached images for topic\n"
		"1 tag-push optional cleanup needs 0: docker tag reg/app:v1 reg/app:topic && "
		"docker push reg/app:topic\n"},
	{"drop-in form with --push", {"-t reg/app:v1 --push . --cache-read-only", NULL},
		MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live stdout: docker build" INLINE " -t reg/app:v1 .\n"
		"# Pushing final image\n"
		"1 tag-push live needs 0: docker push reg/app:v1\n"},
	{"several -t are pushed one after the other, the cache behind them",
		{"reg/app -t reg/app:v1 -t reg/app -t other/app:v2 .", NULL, .branch = "topic"},
		MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live stdout: docker build" INLINE
		" -t reg/app -t reg/app:v1 -t other/app:v2 .\n"
		"# Pushing final image\n"
		"1 tag-push live needs 0: docker push reg/app:latest\n"
		"2 tag-push live needs 0 after 1: docker push reg/app:v1\n"
		"3 tag-push live needs 0 after 2: docker push other/app:v2\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 0 after 3: docker tag reg/app:latest "
		"reg/app:topic && docker push reg/app:topic\n"},
	{"several -t, drop-in form", {"-t one -t two --cache-read-only .", NULL}, MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live stdout: docker build" INLINE " -t one -t two .\n"},

	{"docker's flags: all but those of the image go to every build",
		{"reg/app:v1 --cache-read-only --push=false --build-arg A=1 --pull --label l=1 "
		 "--network=host --iidfile id -o type=image --no-cache-filter one --load "
		 "--cache-from mine --cache-to type=inline -q -f sub/Dockerfile sub",
			TWO},
		MODE_INLINE, "yy",
		"# Building builder image\n"
		"0 build-stage live: docker build --build-arg A=1 --pull --network=host -q" INLINE
		" -f sub/Dockerfile --target builder -t reg/app:builder "
		"--cache-from reg/app:builder --cache-from mine sub\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build --build-arg A=1 --pull "
		"--network=host -q" INLINE " -f sub/Dockerfile --no-cache-filter one "
		"-t reg/app:v1 --cache-from reg/app:latest --cache-from mine "
		"--cache-to type=inline --load --label l=1 --iidfile id -o type=image sub\n"},
	{"--load=false, and the user's own cache alone",
		{"-t x --cache-read-only --load=false --cache-from mine .", NULL}, MODE_PULL, "-",
		"# Building image\n"
		"0 build-stage live stdout: docker build -t x --cache-from mine --load=false .\n"},
	{"--no-cache goes before the user's own cache",
		{"-t x --cache-read-only --no-cache --cache-from mine .", NULL}, MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live stdout: docker build" INLINE " --no-cache -t x .\n"},
	{"the user decides about inline cache himself",
		{"-t x --cache-read-only --build-arg BUILDKIT_INLINE_CACHE=0 .", NULL}, MODE_INLINE,
		"-",
		"# Building image\n"
		"0 build-stage live stdout: docker build --build-arg BUILDKIT_INLINE_CACHE=0 "
		"-t x .\n"},
	{"what only looks as if he did",
		{"-t x --cache-read-only --build-arg BUILDKIT_INLINE_CACHE_KEY=1 "
		 "--add-host BUILDKIT_INLINE_CACHE:1 .",
			NULL},
		MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live stdout: docker build --build-arg BUILDKIT_INLINE_CACHE_KEY=1 "
		"--add-host BUILDKIT_INLINE_CACHE:1" INLINE " -t x .\n"},
	{"one tag twice is one", {"-t a -t b -t b --push --cache-read-only .", NULL}, MODE_INLINE,
		"-",
		"# Building image\n"
		"0 build-stage live stdout: docker build" INLINE " -t a -t b .\n"
		"# Pushing final image\n"
		"1 tag-push live needs 0: docker push a:latest\n"
		"2 tag-push live needs 0 after 1: docker push b:latest\n"},
	{"so too in one word",
		{"-t x --cache-read-only --build-arg=BUILDKIT_INLINE_CACHE=0 .", NULL}, MODE_INLINE,
		"-",
		"# Building image\n"
		"0 build-stage live stdout: docker build --build-arg=BUILDKIT_INLINE_CACHE=0 "
		"-t x .\n"},
	{"--target", {"-t x --cache-read-only --target Two .", CHAIN}, MODE_INLINE, "-y",
		"# Building one image\n"
		"0 build-stage live: docker build" INLINE " --target one -t x:one .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build" INLINE
		" --target Two -t x --cache-from x:two .\n"},
	{"a context that starts with a hyphen", {"-t x --cache-read-only --label a=b -- -dir", TWO},
		MODE_INLINE, "--",
		"# Building builder image\n"
		"0 build-stage live: docker build" INLINE " --target builder -t x:builder -- "
		"-dir\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build" INLINE " -t x --label a=b -- "
		"-dir\n"},
	{"a context from standard input", {"-t x --cache-read-only -", NULL}, MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live stdout: docker build" INLINE " -t x -\n"},
	{"two contexts are docker's to refuse", {"-t x --cache-read-only --push=false x a b", NULL},
		MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live stdout: docker build" INLINE " -t x a b\n"},
};

static struct cache_source *
make_sources(const struct cache_refs *refs, const char *found)
{
	struct cache_source *sources = xcalloc(refs->nr, sizeof(*sources));
	size_t i;

	if (strlen(found) != refs->nr)
		fail_msg("%zu entries, but '%s' is found", refs->nr, found);
	for (i = 0; i < refs->nr; i++) {
		const struct strvec *lookup = &refs->entries[i].lookup;

		if (found[i] == '-')
			continue;
		sources[i].ref = lookup->v[found[i] == 'l' ? lookup->nr - 1 : 0];
		sources[i].from = found[i] == 'D' ? xasprintf("reg/app@sha256:%zu", i)
						  : xstrdup(sources[i].ref);
	}
	return sources;
}

static unsigned
check_row(const struct row *row)
{
	struct cache_source *sources;
	struct plan plan;
	struct strbuf got;
	struct scene s;
	unsigned bad = 0;

	plan_init(&plan);
	strbuf_init(&got);
	scene_open(&s, &row->setting);
	assert_true(s.good);
	sources = make_sources(&s.refs, row->found);
	plan_build(&plan, &(struct build_setup){&s.refs, &s.df, &s.o, row->mode, sources, NULL});
	scene_plan(&got, &plan);
	bad += !expect_same(row->name, got.buf, row->want);
	load_release(sources, s.refs.nr);
	strbuf_release(&got);
	plan_release(&plan);
	scene_close(&s);
	return bad;
}

static void
plans(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		bad += check_row(&rows[i]);
	assert_int_equal(bad, 0);
}

/* Every step tells which entry it is for, and what it is about. */
static void
steps_name_their_entry(void **state)
{
	static const struct setting setting = {"reg/app:v1", TWO, .branch = "main"};
	static const struct {
		size_t entry;
		const char *subject;
	} want[] = {
		{0, "builder"},
		{0, "reg/app:main-builder"},
		{0, "reg/app:builder"},
		{1, "reg/app:v1"},
		{1, "reg/app:v1"},
		{1, "reg/app:main"},
		{1, "reg/app:latest"},
	};
	struct cache_source *sources;
	struct plan plan;
	struct scene s;
	size_t i;

	(void)state;
	plan_init(&plan);
	scene_open(&s, &setting);
	sources = make_sources(&s.refs, "--");
	plan_build(&plan, &(struct build_setup){&s.refs, &s.df, &s.o, MODE_INLINE, sources, NULL});
	assert_int_equal(plan.nr, ARRAY_SIZE(want));
	for (i = 0; i < plan.nr; i++) {
		assert_int_equal(plan.steps[i].entry, want[i].entry);
		expect_text("subject", plan.steps[i].subject, want[i].subject);
	}
	load_release(sources, s.refs.nr);
	plan_release(&plan);
	scene_close(&s);
}

/* The user's words as they stood. */
static const struct {
	const char *args, *want;
} plain[] = {
	{"-t x --check .", "0 build-stage live stdout: docker build . -t x --check\n"},
	{"reg/app:v1 --check", "0 build-stage live stdout: docker build -t reg/app:v1 . --check\n"},
	{"reg/app:v1 sub --check --build-arg A=1",
		"0 build-stage live stdout: docker build -t reg/app:v1 sub --check --build-arg "
		"A=1\n"},
	{"reg/app:v1 --pull=maybe",
		"0 build-stage live stdout: docker build -t reg/app:v1 . --pull=maybe\n"},
	/* docker wants a context in its own form, and is to say so */
	{"-t x --check", "0 build-stage live stdout: docker build -t x --check\n"},
	{"-t x --check -- -dir", "0 build-stage live stdout: docker build -t x --check -- -dir\n"},
	{"-t x . --build-arg", "0 build-stage live stdout: docker build . -t x --build-arg\n"},
};

static void
plain_builds(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(plain); i++) {
		struct options o;
		struct plan plan;
		struct strbuf got;

		strbuf_init(&got);
		plan_init(&plan);
		scene_options(&o, plain[i].args, &got);
		plan_plain(&plan, &o);
		scene_plan(&got, &plan);
		bad += !expect_same(plain[i].args, got.buf, plain[i].want);
		bad += !str_eq(plan.steps[0].subject, o.image);
		strbuf_release(&got);
		plan_release(&plan);
		options_release(&o);
	}
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans),
		cmocka_unit_test(steps_name_their_entry),
		cmocka_unit_test(plain_builds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
