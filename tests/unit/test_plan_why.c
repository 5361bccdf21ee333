#include "plan_why.h"

#include "scene.h"
#include "why_inline.h"

static const struct row {
	const char *from;
	bool buildx;
	const char *insecure;
	bool want;
} rows[] = {
	{"reg.io/a@sha256:" /* and its digits */, true, NULL, true},
	{"reg.io:5000/a/b@sha256:", true, NULL, true},
	{"localhost:5000/a@sha256:", true, NULL, true},
	{"reg.io:5000/a@sha256:", true, "reg.io:5000", false},
	{"reg.io/a@sha256:", false, NULL, false},
};

#define DIGITS "e859a99cc0afd0ca0c25712d8205cf96a295722c656c6f714fc369781c7ed1e7"

/* Adds the question; whether it was. */
static bool
ask(struct plan *plan, const char *from, bool buildx, const char *insecure)
{
	struct engine e;
	bool asked;

	engine_init(&e);
	e.has_buildx = buildx;
	if (insecure)
		strvec_push(&e.insecure, insecure);
	asked = plan_why_registry(plan, "docker", from, &e, 3);
	engine_release(&e);
	return asked;
}

static void
asks_the_registry(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char *from = xasprintf("%s" DIGITS, rows[i].from);
		struct plan plan;

		plan_init(&plan);
		assert_int_equal(ask(&plan, from, rows[i].buildx, rows[i].insecure), rows[i].want);
		assert_int_equal(plan.nr, rows[i].want);
		if (plan.nr) {
			const struct step *step = &plan.steps[0];

			expect_text(rows[i].from, step->subject, from);
			expect_text(rows[i].from, step->argv[0].v[5], WHY_REGISTRY_FORMAT);
			expect_text(rows[i].from, step->argv[0].v[6], from);
			assert_int_equal(step->entry, 3);
		}
		plan_release(&plan);
		free(from);
	}
}

/* By its tag it may be our own image by now. */
static void
asks_by_digest_alone(void **state)
{
	struct plan plan;

	(void)state;
	plan_init(&plan);
	assert_false(ask(&plan, "reg.io/a:main", true, NULL));
	assert_false(ask(&plan, "reg.io/a", true, NULL));
	assert_false(ask(&plan, "", true, NULL));
	assert_int_equal(plan.nr, 0);
	plan_release(&plan);
}

static void
asks_of_the_rest(void **state)
{
	struct plan plan;
	struct strbuf got;

	(void)state;
	plan_init(&plan);
	strbuf_init(&got);
	plan_why_raw(&plan, "docker", "reg.io:5000/a@sha256:1", "sha256:2", 0);
	plan_why_engine(&plan, "podman", "reg.io/a:main", 1);
	scene_plan(&got, &plan);
	expect_text("plan", got.buf,
		"0 probe optional: docker buildx imagetools inspect --raw reg.io:5000/a@sha256:2\n"
		"1 probe optional: podman history --no-trunc --format '" WHY_HISTORY_FORMAT
		"' reg.io/a:main && podman image inspect --format '" WHY_LAYERS_FORMAT
		"' reg.io/a:main\n");
	assert_int_equal(plan.steps[1].entry, 1);
	strbuf_release(&got);
	plan_release(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_the_registry),
		cmocka_unit_test(asks_by_digest_alone),
		cmocka_unit_test(asks_of_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
