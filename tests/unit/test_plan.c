/* plan and plan_ask */
#include "plan_ask.h"

#include "engine.h"
#include "scene.h"

/* Compares a plan's text, and releases the plan. */
static void
expect_plan(struct plan *plan, const char *want)
{
	struct strbuf got;

	strbuf_init(&got);
	scene_plan(&got, plan);
	expect_text("plan", got.buf, want);
	strbuf_release(&got);
	plan_release(plan);
}

static void
an_empty_plan(void **state)
{
	struct plan plan;

	(void)state;
	plan_init(&plan);
	assert_int_equal(plan.nr, 0);
	expect_plan(&plan, "");
	assert_int_equal(plan.nr, 0);
	assert_null(plan.steps);
}

static void
a_new_step_is_empty(void **state)
{
	struct plan plan;
	struct step *step;

	(void)state;
	plan_init(&plan);
	step = plan_add(&plan, STEP_BUILD_STAGE, STEP_LIVE);
	assert_ptr_equal(step, &plan.steps[0]);
	assert_int_equal(plan_last(&plan), 0);
	assert_int_equal(step->kind, STEP_BUILD_STAGE);
	assert_int_equal(step->flags, STEP_LIVE);
	assert_int_equal(step->argv[0].nr + step->argv[1].nr, 0);
	assert_null(step->argv[0].v[0]);
	assert_null(step->argv[1].v[0]);
	assert_int_equal(step->needs.nr + step->after.nr, 0);
	assert_true(step->instead_of == STEP_NONE);
	assert_true(step->entry == STEP_NONE);
	assert_true(step->candidate == STEP_NONE);
	assert_null(step->heading);
	assert_null(step->subject);
	plan_release(&plan);
}

static void
many_steps_keep_their_numbers_and_edges(void **state)
{
	struct plan plan;
	size_t i, j;

	(void)state;
	plan_init(&plan);
	for (i = 0; i < 300; i++) {
		struct step *step = plan_add(&plan, STEP_PROBE, 0);

		assert_int_equal(plan_last(&plan), i);
		strvec_pushf(&step->argv[0], "step %zu", i);
		plan_needs(&plan, STEP_NONE);
		plan_after(&plan, STEP_NONE);
		for (j = i % 7; j < i; j += 100)
			plan_needs(&plan, j);
		if (i)
			plan_after(&plan, i - 1);
	}
	for (i = 0; i < 300; i++) {
		char *want = xasprintf("step %zu", i);

		expect_text("argv", plan.steps[i].argv[0].v[0], want);
		free(want);
		for (j = 0; j < plan.steps[i].needs.nr; j++)
			assert_int_equal(plan.steps[i].needs.v[j], i % 7 + 100 * j);
		assert_int_equal(plan.steps[i].after.nr, i > 0);
	}
	plan_release(&plan);
}

/* The steps of the two helper programs. */
static const struct {
	bool push;
	unsigned flags;
	const char *from, *to, *want, *subject;
} pairs[] = {
	{false, 0, "reg/a:1", "b:2", "0 pull-tag: docker pull reg/a:1 && docker tag reg/a:1 b:2\n",
		"reg/a:1"},
	{false, STEP_OPTIONAL, "reg/a:1", "reg/a:1", "0 pull-tag optional: docker pull reg/a:1\n",
		"reg/a:1"},
	{true, STEP_LIVE, "b:2", "reg/a:1",
		"0 tag-push live: docker tag b:2 reg/a:1 && docker push reg/a:1\n", "reg/a:1"},
	{true, STEP_OPTIONAL | STEP_CLEANUP, "reg/a:1", "reg/a:1",
		"0 tag-push optional cleanup: docker push reg/a:1\n", "reg/a:1"},
	/* the same image, but not the same name: docker has to be told */
	{true, 0, "a", "a:latest", "0 tag-push: docker tag a a:latest && docker push a:latest\n",
		"a:latest"},
	/* no shell reads them, so any bytes pass */
	{false, 0, "a b", "$(c)", "0 pull-tag: docker pull 'a b' && docker tag 'a b' '$(c)'\n",
		"a b"},
};

static void
pull_tag_and_tag_push(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct plan plan;
		struct step *step;

		plan_init(&plan);
		step = (pairs[i].push ? plan_tag_push : plan_pull_tag)(
			&plan, pairs[i].flags, "docker", pairs[i].from, pairs[i].to);
		assert_ptr_equal(step, &plan.steps[0]);
		expect_text("subject", step->subject, pairs[i].subject);
		assert_null(step->heading);
		expect_plan(&plan, pairs[i].want);
	}
}

static void
another_docker_command(void **state)
{
	struct plan plan;

	(void)state;
	plan_init(&plan);
	plan_pull_tag(&plan, 0, "/opt/my docker", "a", "b");
	plan_tag_push(&plan, 0, "podman", "b", "a");
	plan_needs(&plan, 0);
	expect_plan(&plan, "0 pull-tag: '/opt/my docker' pull a && '/opt/my docker' tag a b\n"
			   "1 tag-push needs 0: podman tag b a && podman push a\n");
}

static void
kinds_have_names(void **state)
{
	(void)state;
	expect_text("probe", step_kind_name(STEP_PROBE), "probe");
	expect_text("pull", step_kind_name(STEP_PULL_TAG), "pull-tag");
	expect_text("build", step_kind_name(STEP_BUILD_STAGE), "build-stage");
	expect_text("push", step_kind_name(STEP_TAG_PUSH), "tag-push");
}

static void
ask(void **state)
{
	struct plan plan;

	(void)state;
	plan_init(&plan);
	plan_ask_info(&plan, "docker");
	expect_text("format", plan.steps[0].argv[0].v[3], ENGINE_INFO_FORMAT);
	expect_text("subject", plan.steps[0].subject, "docker info");
	expect_plan(&plan, "0 probe optional: docker info --format '" ENGINE_INFO_FORMAT "'\n");
	plan_ask_build_help(&plan, "podman");
	expect_text("subject", plan.steps[0].subject, "docker build --help");
	expect_plan(&plan, "0 probe optional: podman build --help\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_plan),
		cmocka_unit_test(a_new_step_is_empty),
		cmocka_unit_test(many_steps_keep_their_numbers_and_edges),
		cmocka_unit_test(pull_tag_and_tag_push),
		cmocka_unit_test(another_docker_command),
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
