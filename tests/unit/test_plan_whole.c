#include "plan_whole.h"

#include "rows.h"
#include "scene.h"

#define BUILD "# Building image\n0 build-stage optional live stdout: docker build --layers"
#define CACHE " --cache-from reg/app --cache-to reg/app"

/* podman's build, and what is pushed after it. */
static const struct row {
	const char *name;
	struct setting setting;
	const char *repo; /* where it keeps its steps; NULL: it cannot */
	bool built;       /* the build stands in the same plan */
	const char *want;
} rows[] = {
	{"one build, whatever the stages and the branch",
		{"reg/app:v1 --push=false", "FROM a AS one\nFROM one\n", .branch = "topic"},
		"reg/app", true, BUILD CACHE " -t reg/app:v1 .\n"},
	{"another repository", {"reg/app:v1 --push=false --cache-repo reg/cache", NULL},
		"reg/cache", true,
		BUILD " --cache-from reg/cache --cache-to reg/cache -t reg/app:v1 .\n"},
	{"read-only", {"reg/app:v1 --push=false --cache-read-only", NULL}, "reg/app", true,
		BUILD " --cache-from reg/app -t reg/app:v1 .\n"},
	{"a fork stores and pushes nothing",
		{"reg/app:v1", NULL, .branch = "x", .target = "main", .fork = FORK_YES}, "reg/app",
		true, BUILD " --cache-from reg/app -t reg/app:v1 .\n"},
	{"--no-cache takes nothing, and puts nothing", {"reg/app:v1 --push=false --no-cache", NULL},
		"reg/app", true, BUILD " --no-cache -t reg/app:v1 .\n"},
	{"one that keeps none", {"reg/app:v1 --push=false", NULL}, NULL, true,
		BUILD " -t reg/app:v1 .\n"},
	{"all options",
		{"reg/app:v1 --push=false --build-arg A=1 --pull --label l=1 --iidfile id -q "
		 "--no-cache-filter one --cache-from mine --cache-to its -f sub/Dockerfile "
		 "--target one sub",
			NULL},
		"reg/app", true,
		BUILD CACHE " --build-arg A=1 --pull -q -f sub/Dockerfile --target one -t "
			    "reg/app:v1 --cache-from mine --cache-to its --no-cache-filter one "
			    "--label l=1 --iidfile id sub\n"},
	{"a context that starts with a hyphen", {"-t reg/app:v1 -- -dir", NULL}, "reg/app", true,
		BUILD CACHE " -t reg/app:v1 -- -dir\n"},
	{"several -t are pushed one after the other",
		{"reg/app -t reg/app:v1 -t other/app:v2 .", NULL}, "reg/app", true,
		BUILD CACHE " -t reg/app -t reg/app:v1 -t other/app:v2 .\n"
			    "# Pushing final image\n"
			    "1 tag-push live needs 0: docker push reg/app:latest\n"
			    "2 tag-push live needs 0 after 1: docker push reg/app:v1\n"
			    "3 tag-push live needs 0 after 2: docker push other/app:v2\n"},
	{"the same, built before", {"reg/app -t reg/app:v1 .", NULL}, "reg/app", false,
		"# Pushing final image\n"
		"0 tag-push live: docker push reg/app:latest\n"
		"1 tag-push live after 0: docker push reg/app:v1\n"},
	{"docker's form pushes only if told to", {"-t reg/app:v1 .", NULL}, "reg/app", false, ""},
	{"docker's form with --push", {"-t reg/app:v1 --push .", NULL}, "reg/app", false,
		"# Pushing final image\n"
		"0 tag-push live: docker push reg/app:v1\n"},
	{"beside an --output nothing is pushed", {"reg/app:v1 -o type=local,dest=x", NULL},
		"reg/app", true, BUILD CACHE " -t reg/app:v1 -o type=local,dest=x .\n"},
};

static void
layers(void **state)
{
	const struct row *row = *state;
	struct plan plan;
	struct scene s;
	bool same;

	plan_init(&plan);
	scene_open(&s, &row->setting);
	assert_true(s.good);
	if (row->built)
		plan_layers(&plan, &s.o, row->repo, !s.refs.not_stored);
	plan_layers_push(&plan, &s.o, &s.refs);
	same = scene_expect(row->name, &plan, row->want);
	if (row->built) {
		assert_string_equal(plan.steps[0].subject, s.o.image);
		/* why it fails is read */
		assert_true(plan.steps[0].flags & STEP_READ);
	}
	plan_release(&plan);
	scene_close(&s);
	assert_true(same);
}

/* What each build reads on its standard input. */
static const struct reader {
	const char *name; /* the arguments */
	enum step_input layers, plain;
} readers[] = {
	{"-t reg/app:v1 .", INPUT_NONE, INPUT_NONE},
	{"-t reg/app:v1 -", INPUT_KEPT, INPUT_KEPT},
	{"-t reg/app:v1 -f - .", INPUT_KEPT, INPUT_KEPT},
	{"-t reg/app:v1 --secret id=x,src=/dev/stdin .", INPUT_KEPT, INPUT_KEPT},
	/* docker has to refuse that */
	{"-t reg/app:v1 -f - . --check", INPUT_KEPT, INPUT_NONE},
};

static void
reads_input(void **state)
{
	const struct reader *row = *state;
	struct options o;
	struct plan plan;
	struct strbuf err;

	strbuf_init(&err);
	plan_init(&plan);
	scene_options(&o, row->name, &err);
	plan_layers(&plan, &o, "reg/app", true);
	plan_plain(&plan, &o, false);
	assert_int_equal(plan.steps[0].input, row->layers);
	assert_int_equal(plan.steps[1].input, row->plain);
	plan_release(&plan);
	options_release(&o);
	strbuf_release(&err);
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
	/* an image without a registry: it is pushed all the same, unless docker is told what to do
	 */
	{"app:1", "0 build-stage live stdout: docker build -t app:1 .\n"
		  "# Pushing final image\n"
		  "1 tag-push live needs 0: docker push app:1\n"},
	{"app --label a=b", "0 build-stage live stdout: docker build -t app . --label a=b\n"
			    "# Pushing final image\n"
			    "1 tag-push live needs 0: docker push app:latest\n"},
	{"app:1 --push=false", "0 build-stage live stdout: docker build -t app:1 . --push=false\n"},
	{"-t app:1 .", "0 build-stage live stdout: docker build . -t app:1\n"},
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
		plan_plain(&plan, &o, false);
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
	add_rows(layers, rows);
	add_rows(reads_input, readers);
	add_test(plain_builds);
	return run_all();
}
