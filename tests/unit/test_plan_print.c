#include "plan_print.h"
#include "plan_whole.h"

#include "plan_build.h"
#include "scene.h"

#define TWO                                                                                        \
	"FROM a AS builder\n"                                                                      \
	"\n"                                                                                       \
	"FROM b AS last\n"                                                                         \
	"COPY --from=builder /x /x\n"
#define INLINE " --build-arg BUILDKIT_INLINE_CACHE=1"

/* A whole run: the plan that loads, with everything found, and the plan that builds. */
struct run {
	struct scene s;
	struct plan plans[2];
	struct outline outline;
};

static void
open_run(struct run *run, const struct setting *setting, enum cache_mode mode)
{
	struct cache_source *sources;
	struct engine e;

	scene_open(&run->s, setting);
	plan_init(&run->plans[0]);
	plan_init(&run->plans[1]);
	engine_init(&e);
	e.has_buildx = true;
	sources = load_new(&run->s.refs);
	load_assume(sources, &run->s.refs, mode);
	plan_load(&run->plans[0],
		&(struct load_setup){.refs = &run->s.refs, .o = &run->s.o, .engine = &e}, mode);
	plan_build(&run->plans[1], &(struct build_setup){&run->s.refs, &run->s.df, &run->s.o, mode,
					   sources, &e, NULL, false});
	load_release(sources, run->s.refs.nr);
	engine_release(&e);
	run->outline = (struct outline){.o = &run->s.o,
		.refs = &run->s.refs,
		.df = &run->s.df,
		.mode = mode,
		.assignment = "DOCKER_BUILDKIT=1",
		.plans = {&run->plans[0], &run->plans[1]},
		.nr_plans = 2};
}

static void
close_run(struct run *run)
{
	plan_release(&run->plans[0]);
	plan_release(&run->plans[1]);
	scene_close(&run->s);
}

static const struct {
	const char *name;
	struct setting setting;
	enum cache_mode mode;
	const char *want;
} shell[] = {
	{"pull", {"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_PULL,
		"export DOCKER_BUILDKIT=1\n"
		"# :: Pulling cached images for topic\n"
		"docker pull reg/app:topic-builder ||\n"
		"docker pull reg/app:main-builder ||\n"
		"docker pull reg/app:builder || :\n"
		"docker pull reg/app:topic ||\n"
		"docker pull reg/app:main ||\n"
		"docker pull reg/app:latest || :\n"
		"# :: Pulling rescued cached images\n"
		"docker pull reg/app:topic-builder.rescued && docker image inspect --format "
		"'{{.Id}}' "
		"reg/app:topic-builder.rescued || :\n"
		"docker pull reg/app:topic.rescued && docker image inspect --format '{{.Id}}' "
		"reg/app:topic.rescued || :\n"
		"# :: Building builder image\n"
		"docker build --target builder -t reg/app:topic-builder --cache-from "
		"reg/app:topic-builder .\n"
		"# :: Pushing cached images for topic\n"
		"docker push reg/app:topic-builder || :\n"
		"# :: Building image\n"
		"docker build -t reg/app:v1 --cache-from reg/app:topic-builder --cache-from "
		"reg/app:topic .\n"
		"# :: Pushing final image\n"
		"docker push reg/app:v1\n"
		"# :: Pushing cached images for topic\n"
		"docker tag reg/app:v1 reg/app:topic && docker push reg/app:topic || :\n"},
	{"inline, no branch", {"reg/app:v1", NULL}, MODE_INLINE,
		"export DOCKER_BUILDKIT=1\n"
		"# :: Looking up unprefixed cached images\n"
		"docker buildx imagetools inspect reg/app:latest || :\n"
		"# :: Looking up rescued cached images\n"
		"docker buildx imagetools inspect reg/app:latest.rescued || :\n"
		"# :: Building image\n"
		"docker build" INLINE " -t reg/app:v1 --cache-from reg/app:latest .\n"
		"# :: Building cached image\n"
		"docker build" INLINE " --progress=plain -t reg/app:latest . || :\n"
		"# :: Pushing final image\n"
		"docker push reg/app:v1\n"
		"# :: Pushing unprefixed cached images\n"
		"docker push reg/app:latest || :\n"},
	{"words a shell would take apart, a branch that would end the comment",
		{"reg/app:v1 --cache-read-only --push=false --build-arg A=$(x)'y' --label *", NULL,
			.branch = "a\nrm -rf x\033[31m", .default_branch = "a\nrm -rf x\033[31m"},
		MODE_PULL,
		"export DOCKER_BUILDKIT=1\n"
		"# :: Pulling cached images for a\\012rm -rf x\\033[31m\n"
		"docker pull reg/app:a-rm--rf-x--31m-ca08b84d ||\n"
		"docker pull reg/app:latest || :\n"
		"# :: Pulling rescued cached images\n"
		"docker pull reg/app:a-rm--rf-x--31m-ca08b84d.rescued && docker image inspect "
		"--format '{{.Id}}' "
		"reg/app:a-rm--rf-x--31m-ca08b84d.rescued || :\n"
		"# :: Building image\n"
		"docker build --build-arg 'A=$(x)'\\''y'\\''' -t reg/app:v1 --cache-from "
		"reg/app:a-rm--rf-x--31m-ca08b84d --label '*' .\n"},
};

static void
shell_commands(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shell); i++) {
		struct strbuf got;
		struct run run;

		strbuf_init(&got);
		open_run(&run, &shell[i].setting, shell[i].mode);
		plan_print_shell(&run.outline, &got);
		bad += !expect_same(shell[i].name, got.buf, shell[i].want);
		strbuf_release(&got);
		close_run(&run);
	}
	assert_int_equal(bad, 0);
}

/*
 * What is printed can be pasted: a shell runs it through to its end, with a docker that counts.
 * A pull that fails goes on to the next one, one that succeeds ends the row.
 */
static const struct {
	const char *fails; /* what docker fails for, a shell pattern */
	const char *want;
} pasted[] = {
	{"none", "pull reg/app:topic\n"
		 "pull reg/app:topic.rescued\n"
		 "image inspect --format {{.Id}} reg/app:topic.rescued\n"
		 "build -t reg/app:v1 --cache-from reg/app:topic .\n"
		 "push reg/app:v1\n"
		 "tag reg/app:v1 reg/app:topic\n"
		 "push reg/app:topic\n"},
	{"pull*topic|push*topic", "pull reg/app:topic\n"
				  "pull reg/app:main\n"
				  "pull reg/app:topic.rescued\n"
				  "image inspect --format {{.Id}} reg/app:topic.rescued\n"
				  "build -t reg/app:v1 --cache-from reg/app:topic .\n"
				  "push reg/app:v1\n"
				  "tag reg/app:v1 reg/app:topic\n"
				  "push reg/app:topic\n"},
	{"pull*|tag*", "pull reg/app:topic\n"
		       "pull reg/app:main\n"
		       "pull reg/app:latest\n"
		       "pull reg/app:topic.rescued\n"
		       "build -t reg/app:v1 --cache-from reg/app:topic .\n"
		       "push reg/app:v1\n"
		       "tag reg/app:v1 reg/app:topic\n"},
	{"build*", "pull reg/app:topic\n"
		   "pull reg/app:topic.rescued\n"
		   "image inspect --format {{.Id}} reg/app:topic.rescued\n"
		   "build -t reg/app:v1 --cache-from reg/app:topic .\n"},
};

static int
run_shell(int fd, void *arg)
{
	char *const *texts = arg;
	char *script = xasprintf("set -e\ndocker() { echo \"$*\"; case $* in %s) return 1 ;; esac; "
				 "}\n%s",
		texts[0], texts[1]);

	dup2(fd, 1);
	execl("/bin/sh", "sh", "-c", script, (char *)NULL);
	return 127;
}

static void
shell_commands_pasted(void **state)
{
	static const struct setting setting = {
		"reg/app:v1", NULL, .branch = "topic", .default_branch = "main"};
	unsigned bad = 0;
	struct strbuf text;
	struct run run;
	size_t i;

	(void)state;
	strbuf_init(&text);
	open_run(&run, &setting, MODE_PULL);
	plan_print_shell(&run.outline, &text);
	for (i = 0; i < ARRAY_SIZE(pasted); i++) {
		char *fails = xstrdup(pasted[i].fails);
		char *texts[] = {fails, text.buf};
		struct strbuf got;

		strbuf_init(&got);
		expect_fork(run_shell, texts, &got);
		bad += !expect_same(pasted[i].fails, got.buf, pasted[i].want);
		strbuf_release(&got);
		free(fails);
	}
	close_run(&run);
	strbuf_release(&text);
	assert_int_equal(bad, 0);
}

static void
nothing_cached(void **state)
{
	static const struct setting setting = {"reg/app:v1 --check", NULL};
	struct strbuf got;
	struct plan plan;
	struct run run;

	(void)state;
	strbuf_init(&got);
	open_run(&run, &setting, MODE_INLINE);
	plan_init(&plan);
	plan_plain(&plan, &run.s.o, false);
	run.outline = (struct outline){.o = &run.s.o,
		.df = &run.s.df,
		.mode = MODE_INLINE,
		.plans = {&plan},
		.nr_plans = 1};
	plan_print_shell(&run.outline, &got);
	expect_text("shell", got.buf, "docker build -t reg/app:v1 . --check\n");
	strbuf_reset(&got);
	plan_print_json(&run.outline, &got);
	expect_text("json", got.buf,
		"{\"image\":\"reg/app:v1\",\"context\":\".\",\"branch\":null,\"mode\":\"inline\","
		"\"stages\":[],\"steps\":[{\"kind\":\"build-stage\",\"argv\":[[\"docker\","
		"\"build\",\"-t\",\"reg/app:v1\",\".\",\"--check\"]],\"needs\":[],\"after\":[],"
		"\"gate\":null,\"else\":null,\"attempt\":false,\"optional\":false,\"cleanup\":"
		"false}]}\n");
	plan_release(&plan);
	strbuf_release(&got);
	close_run(&run);
}

/* Steps are numbered through both plans. */
static void
json(void **state)
{
	static const struct setting setting = {"reg/app:v1 --target last sub",
		TWO "FROM c AS unused\n", .branch = "topic", .default_branch = "main"};
	static const char want[] =
		"{\"image\":\"reg/app:v1\",\"context\":\"sub\",\"branch\":\"topic\","
		"\"mode\":\"inline\",\"stages\":[{\"index\":0,\"name\":\"builder\","
		"\"base\":\"a\",\"line\":1,\"cached\":true},{\"index\":1,\"name\":\"last\","
		"\"base\":\"b\",\"line\":3,\"cached\":true},{\"index\":2,\"name\":\"unused\","
		"\"base\":\"c\",\"line\":5,\"cached\":false}],\"steps\":[{\"kind\":\"probe\","
		"\"argv\":[[\"docker\",\"buildx\",\"imagetools\",\"inspect\","
		"\"reg/app:topic-builder\"]],\"needs\":[],\"after\":[],\"gate\":null,"
		"\"else\":null,\"attempt\":false,\"optional\":true,\"cleanup\":false},"
		"{\"kind\":\"probe\",\"argv\":[[\"docker\",\"buildx\",\"imagetools\","
		"\"inspect\",\"reg/app:main-builder\"]],\"needs\":[],\"after\":[],"
		"\"gate\":null,\"else\":0,\"attempt\":false,\"optional\":true,"
		"\"cleanup\":false},{\"kind\":\"probe\",\"argv\":[[\"docker\",\"buildx\","
		"\"imagetools\",\"inspect\",\"reg/app:builder\"]],\"needs\":[],\"after\":[],"
		"\"gate\":null,\"else\":0,\"attempt\":false,\"optional\":true,"
		"\"cleanup\":false},{\"kind\":\"probe\",\"argv\":[[\"docker\",\"buildx\","
		"\"imagetools\",\"inspect\",\"reg/app:topic-last\"]],\"needs\":[],\"after\":[],"
		"\"gate\":null,\"else\":null,\"attempt\":false,\"optional\":true,"
		"\"cleanup\":false},{\"kind\":\"probe\",\"argv\":[[\"docker\",\"buildx\","
		"\"imagetools\",\"inspect\",\"reg/app:main-last\"]],\"needs\":[],\"after\":[],"
		"\"gate\":null,\"else\":3,\"attempt\":false,\"optional\":true,"
		"\"cleanup\":false},{\"kind\":\"probe\",\"argv\":[[\"docker\",\"buildx\","
		"\"imagetools\",\"inspect\",\"reg/app:last\"]],\"needs\":[],\"after\":[],"
		"\"gate\":null,\"else\":3,\"attempt\":false,\"optional\":true,"
		"\"cleanup\":false},{\"kind\":\"probe\",\"argv\":[[\"docker\",\"buildx\","
		"\"imagetools\",\"inspect\",\"reg/app:topic-builder.rescued\"]],\"needs\":[],"
		"\"after\":[],\"gate\":null,\"else\":null,\"attempt\":false,\"optional\":true,"
		"\"cleanup\":false},{\"kind\":\"probe\",\"argv\":[[\"docker\",\"buildx\","
		"\"imagetools\",\"inspect\",\"reg/app:topic-last.rescued\"]],\"needs\":[],"
		"\"after\":[],\"gate\":null,\"else\":null,\"attempt\":false,\"optional\":true,"
		"\"cleanup\":false},{\"kind\":\"build-stage\",\"argv\":[[\"docker\",\"build\","
		"\"--build-arg\",\"BUILDKIT_INLINE_CACHE=1\",\"--target\",\"last\","
		"\"--progress=plain\",\"-t\",\"reg/app:v1\",\"-t\",\"reg/app:topic-last\","
		"\"--cache-from\",\"reg/app:topic-last\",\"sub\"]],\"needs\":[],\"after\":[],"
		"\"gate\":null,\"else\":null,\"attempt\":true,\"optional\":false,"
		"\"cleanup\":false},{\"kind\":\"build-stage\",\"argv\":[[\"docker\",\"build\","
		"\"--build-arg\",\"BUILDKIT_INLINE_CACHE=1\",\"--target\",\"builder\",\"-t\","
		"\"reg/app:topic-builder\",\"--cache-from\",\"reg/app:topic-builder\","
		"\"sub\"]],\"needs\":[],\"after\":[],\"gate\":null,\"else\":8,"
		"\"attempt\":false,\"optional\":false,\"cleanup\":false},"
		"{\"kind\":\"build-stage\",\"argv\":[[\"docker\",\"build\",\"--build-arg\","
		"\"BUILDKIT_INLINE_CACHE=1\",\"--target\",\"builder\",\"--progress=plain\","
		"\"-t\",\"reg/app:topic-builder\",\"sub\"]],\"needs\":[9],\"after\":[],"
		"\"gate\":null,\"else\":8,\"attempt\":false,\"optional\":true,"
		"\"cleanup\":true},{\"kind\":\"tag-push\",\"argv\":[[\"docker\",\"push\","
		"\"reg/app:topic-builder\"]],\"needs\":[10],\"after\":[],\"gate\":null,"
		"\"else\":8,\"attempt\":false,\"optional\":true,\"cleanup\":true},"
		"{\"kind\":\"build-stage\",\"argv\":[[\"docker\",\"build\",\"--build-arg\","
		"\"BUILDKIT_INLINE_CACHE=1\",\"--target\",\"last\",\"-t\",\"reg/app:v1\","
		"\"--cache-from\",\"reg/app:topic-last\",\"sub\"]],\"needs\":[9],"
		"\"after\":[10],\"gate\":null,\"else\":8,\"attempt\":false,\"optional\":false,"
		"\"cleanup\":false},{\"kind\":\"build-stage\",\"argv\":[[\"docker\",\"build\","
		"\"--build-arg\",\"BUILDKIT_INLINE_CACHE=1\",\"--target\",\"last\","
		"\"--progress=plain\",\"-t\",\"reg/app:topic-last\",\"sub\"]],\"needs\":[12],"
		"\"after\":[],\"gate\":null,\"else\":8,\"attempt\":false,\"optional\":true,"
		"\"cleanup\":true},{\"kind\":\"tag-push\",\"argv\":[[\"docker\",\"push\","
		"\"reg/app:v1\"]],\"needs\":[12],\"after\":[],\"gate\":null,\"else\":null,"
		"\"attempt\":false,\"optional\":false,\"cleanup\":false},"
		"{\"kind\":\"tag-push\",\"argv\":[[\"docker\",\"push\","
		"\"reg/app:topic-last\"]],\"needs\":[13],\"after\":[14],\"gate\":null,"
		"\"else\":null,\"attempt\":false,\"optional\":true,\"cleanup\":true}]}\n";
	struct strbuf got;
	struct run run;

	(void)state;
	strbuf_init(&got);
	open_run(&run, &setting, MODE_INLINE);
	plan_print_json(&run.outline, &got);
	expect_text("json", got.buf, want);
	strbuf_release(&got);
	close_run(&run);
}

/* What would not be JSON as it stands. */
static void
json_of_hostile_bytes(void **state)
{
	static const struct setting setting = {"img --cache-read-only a\"b\\c\xff", NULL,
		.branch = "\n\"\xc3\xa9\xc3", .default_branch = "\n\"\xc3\xa9\xc3"};
	struct strbuf got;
	struct run run;

	(void)state;
	strbuf_init(&got);
	open_run(&run, &setting, MODE_PULL);
	run.outline.plans[0] = run.outline.plans[1];
	run.outline.nr_plans = 1;
	plan_print_json(&run.outline, &got);
	assert_non_null(strstr(got.buf, "\"context\":\"a\\\"b\\\\c\\ufffd\""));
	assert_non_null(strstr(got.buf, "\"branch\":\"\\u000a\\\"\xc3\xa9\\ufffd\""));
	strbuf_release(&got);
	close_run(&run);
}

static void
modes_have_names(void **state)
{
	(void)state;
	expect_text("auto", cache_mode_name(MODE_AUTO), "auto");
	expect_text("pull", cache_mode_name(MODE_PULL), "pull");
	expect_text("inline", cache_mode_name(MODE_INLINE), "inline");
	expect_text("registry", cache_mode_name(MODE_REGISTRY), "registry");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shell_commands),
		cmocka_unit_test(shell_commands_pasted),
		cmocka_unit_test(nothing_cached),
		cmocka_unit_test(json),
		cmocka_unit_test(json_of_hostile_bytes),
		cmocka_unit_test(modes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
