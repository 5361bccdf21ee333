#include "plan_load.h"

#include "scene.h"

#define TWO                                                                                        \
	"FROM a AS builder\n"                                                                      \
	"FROM b\n"                                                                                 \
	"COPY --from=builder /x /x\n"
#define INSPECT "docker buildx imagetools inspect "

static const struct row {
	const char *name;
	struct setting setting;
	enum cache_mode mode;
	bool buildx;
	const char *insecure; /* a registry the engine calls so; NULL: none */
	const char *want;
} rows[] = {
	{"pull: each entry's references in order until one is there",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_PULL, true,
		NULL,
		"# Pulling cached images for topic\n"
		"0 pull-tag optional: docker pull reg/app:topic-builder\n"
		"# Pulling cached images for main\n"
		"1 pull-tag optional else 0: docker pull reg/app:main-builder\n"
		"# Pulling unprefixed cached images\n"
		"2 pull-tag optional else 1: docker pull reg/app:builder\n"
		"# Pulling cached images for topic\n"
		"3 pull-tag optional: docker pull reg/app:topic\n"
		"# Pulling cached images for main\n"
		"4 pull-tag optional else 3: docker pull reg/app:main\n"
		"# Pulling unprefixed cached images\n"
		"5 pull-tag optional else 4: docker pull reg/app:latest\n"},
	{"pull: no branch", {"reg/app:v1", TWO}, MODE_PULL, true, NULL,
		"# Pulling unprefixed cached images\n"
		"0 pull-tag optional: docker pull reg/app:builder\n"
		"1 pull-tag optional: docker pull reg/app:latest\n"},
	{"inline: two waves", {"reg/app:v1", TWO, .branch = "topic"}, MODE_INLINE, true, NULL,
		"# Looking up cached images for topic\n"
		"0 probe optional: " INSPECT "reg/app:topic-builder\n"
		"# Looking up cached images for main\n"
		"1 probe optional else 0: " INSPECT "reg/app:main-builder\n"
		"# Looking up cached images for master\n"
		"2 probe optional else 0: " INSPECT "reg/app:master-builder\n"
		"# Looking up unprefixed cached images\n"
		"3 probe optional else 0: " INSPECT "reg/app:builder\n"
		"# Looking up cached images for topic\n"
		"4 probe optional: " INSPECT "reg/app:topic\n"
		"# Looking up cached images for main\n"
		"5 probe optional else 4: " INSPECT "reg/app:main\n"
		"# Looking up cached images for master\n"
		"6 probe optional else 4: " INSPECT "reg/app:master\n"
		"# Looking up unprefixed cached images\n"
		"7 probe optional else 4: " INSPECT "reg/app:latest\n"},
	{"inline: a tag build has no branch of its own, so one wave",
		{"reg/app:v1", NULL, .tag = "v1", .default_branch = "main"}, MODE_INLINE, true,
		NULL,
		"# Looking up cached images for main\n"
		"0 probe optional: " INSPECT "reg/app:main\n"
		"# Looking up unprefixed cached images\n"
		"1 probe optional: " INSPECT "reg/app:latest\n"},
	{"inline: no branch", {"reg/app:v1", NULL}, MODE_INLINE, true, NULL,
		"# Looking up unprefixed cached images\n"
		"0 probe optional: " INSPECT "reg/app:latest\n"},

	{"no buildx", {"reg/app:v1", NULL}, MODE_INLINE, false, NULL,
		"# Looking up unprefixed cached images\n"
		"0 probe optional: docker manifest inspect -v reg/app:latest\n"},
	{"no buildx, loopback", {"localhost:5000/app:v1", NULL}, MODE_INLINE, false, NULL,
		"# Looking up unprefixed cached images\n"
		"0 probe optional: docker manifest inspect --insecure -v "
		"localhost:5000/app:latest\n"},
	{"buildx asks loopback registries itself", {"127.0.0.1:5000/app:v1", NULL}, MODE_INLINE,
		true, NULL,
		"# Looking up unprefixed cached images\n"
		"0 probe optional: " INSPECT "127.0.0.1:5000/app:latest\n"},
	{"the engine calls it insecure: buildx does not know", {"reg.example:5000/app:v1", NULL},
		MODE_INLINE, true, "reg.example:5000",
		"# Looking up unprefixed cached images\n"
		"0 probe optional: docker manifest inspect --insecure -v "
		"reg.example:5000/app:latest\n"},
	{"it calls another one insecure", {"reg.example:5000/app:v1", NULL}, MODE_INLINE, true,
		"reg.example:5001",
		"# Looking up unprefixed cached images\n"
		"0 probe optional: " INSPECT "reg.example:5000/app:latest\n"},
	{"the cache's registry counts, not IMAGE's",
		{"reg.example:5000/app:v1 --cache-repo localhost:1/c", NULL}, MODE_INLINE, false,
		"reg.example:5000",
		"# Looking up unprefixed cached images\n"
		"0 probe optional: docker manifest inspect --insecure -v localhost:1/c:latest\n"},
	{"IMAGE's registry is insecure, the cache's is not",
		{"localhost:5000/app:v1 --cache-repo reg.example/c", NULL}, MODE_INLINE, false,
		NULL,
		"# Looking up unprefixed cached images\n"
		"0 probe optional: docker manifest inspect -v reg.example/c:latest\n"},
};

static void
make_plan(struct plan *plan, const struct scene *s, const struct row *row)
{
	struct engine e;

	engine_init(&e);
	e.has_buildx = row->buildx;
	if (row->insecure)
		strvec_push(&e.insecure, row->insecure);
	plan_load(plan, &s->refs, &s->o, &e, row->mode);
	engine_release(&e);
}

/* What goes with each step for conduct: the entry, the reference, and no output of its own. */
static unsigned
check_steps(const struct plan *plan, const struct cache_refs *refs)
{
	unsigned bad = 0;
	size_t i;

	for (i = 0; i < plan->nr; i++) {
		const struct step *step = &plan->steps[i];
		const struct cache_entry *entry = &refs->entries[step->entry];

		bad += !str_eq(step->subject, entry->lookup.v[step->candidate]);
		bad += step->flags != STEP_OPTIONAL;
	}
	return bad;
}

static void
plans(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct plan plan;
		struct strbuf got;
		struct scene s;

		plan_init(&plan);
		strbuf_init(&got);
		scene_open(&s, &rows[i].setting);
		make_plan(&plan, &s, &rows[i]);
		scene_plan(&got, &plan);
		bad += !expect_same(rows[i].name, got.buf, rows[i].want);
		bad += !expect_number(rows[i].name, "wrong steps", check_steps(&plan, &s.refs), 0);
		strbuf_release(&got);
		plan_release(&plan);
		scene_close(&s);
	}
	assert_int_equal(bad, 0);
}

/*
 * What look-ups of one entry with three references came to, a letter each: y it is there, n it is
 * not, u unsure, - never asked; D with a digest. Which is chosen: its number, and what docker is
 * told of it.
 */
static const struct choice {
	const char *found;
	const char *ref, *from;
} choices[] = {
	{"y--", "localhost:5/app:topic", "localhost:5/app:topic"},
	{"D--", "localhost:5/app:topic", "localhost:5/app@sha256:1"},
	{"ny-", "localhost:5/app:main", "localhost:5/app:main"},
	{"nnD", "localhost:5/app:latest", "localhost:5/app@sha256:1"},
	{"nyD", "localhost:5/app:main", "localhost:5/app:main"},
	{"nDD", "localhost:5/app:main", "localhost:5/app@sha256:1"},
	{"nnn", NULL, NULL},
	{"---", NULL, NULL},
	{"n--", NULL, NULL},
	/* it may well exist */
	{"uD-", "localhost:5/app:topic", "localhost:5/app:topic"},
	{"nuD", "localhost:5/app:main", "localhost:5/app:main"},
	{"uuu", "localhost:5/app:topic", "localhost:5/app:topic"},
	{"nnu", "localhost:5/app:latest", "localhost:5/app:latest"},
};

static const struct setting three = {
	"localhost:5/app:v1", NULL, .branch = "topic", .default_branch = "main"};

static void
set_look_up(struct look_up *look_up, char letter)
{
	*look_up = (struct look_up){FOUND_UNKNOWN, ""};
	if (letter == 'y' || letter == 'D')
		look_up->found = FOUND_YES;
	if (letter == 'n')
		look_up->found = FOUND_NO;
	if (letter == 'u')
		look_up->found = FOUND_UNSURE;
	if (letter == 'D')
		memcpy(look_up->digest, "sha256:1", sizeof("sha256:1"));
}

static unsigned
check_choice(const struct choice *choice, const struct scene *s, const struct plan *plan)
{
	struct cache_source *sources = xcalloc(s->refs.nr, sizeof(*sources));
	struct look_up look_ups[3];
	unsigned bad = 0;
	size_t i;

	for (i = 0; i < 3; i++)
		set_look_up(&look_ups[i], choice->found[i]);
	load_choose(sources, plan, look_ups, &s->refs);
	bad += !expect_same(choice->found, sources[0].ref ? sources[0].ref : "none",
		choice->ref ? choice->ref : "none");
	bad += !expect_same(choice->found, sources[0].from ? sources[0].from : "none",
		choice->from ? choice->from : "none");
	load_release(sources, s->refs.nr);
	return bad;
}

static void
choosing(void **state)
{
	static const enum cache_mode modes[] = {MODE_PULL, MODE_INLINE};
	unsigned bad = 0;
	size_t i, j;

	(void)state;
	for (j = 0; j < ARRAY_SIZE(modes); j++) {
		const struct row row = {.mode = modes[j], .buildx = true};
		struct plan plan;
		struct scene s;

		plan_init(&plan);
		scene_open(&s, &three);
		make_plan(&plan, &s, &row);
		assert_int_equal(plan.nr, 3);
		for (i = 0; i < ARRAY_SIZE(choices); i++)
			bad += check_choice(&choices[i], &s, &plan);
		plan_release(&plan);
		scene_close(&s);
	}
	assert_int_equal(bad, 0);
}

/* Each entry gets its own. */
static void
choosing_for_several_entries(void **state)
{
	static const struct setting setting = {
		"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"};
	const struct row row = {.mode = MODE_INLINE, .buildx = true};
	struct look_up look_ups[6];
	struct cache_source *sources = xcalloc(2, sizeof(*sources));
	struct plan plan;
	struct scene s;
	size_t i;

	(void)state;
	plan_init(&plan);
	scene_open(&s, &setting);
	make_plan(&plan, &s, &row);
	assert_int_equal(plan.nr, 6);
	for (i = 0; i < 6; i++)
		set_look_up(&look_ups[i], "nnyDnn"[i]);
	load_choose(sources, &plan, look_ups, &s.refs);
	expect_text("stage", sources[0].from, "reg/app:builder");
	expect_text("image", sources[1].ref, "reg/app:topic");
	expect_text("image", sources[1].from, "reg/app@sha256:1");
	load_release(sources, 2);
	plan_release(&plan);
	scene_close(&s);
}

static void
assuming(void **state)
{
	struct cache_source *sources;
	struct scene s;
	size_t i;

	(void)state;
	scene_open(&s, &three);
	sources = xcalloc(s.refs.nr, sizeof(*sources));
	load_assume(sources, &s.refs);
	for (i = 0; i < s.refs.nr; i++) {
		expect_text("ref", sources[i].ref, s.refs.entries[i].lookup.v[0]);
		expect_text("from", sources[i].from, s.refs.entries[i].lookup.v[0]);
	}
	load_release(sources, s.refs.nr);
	scene_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans),
		cmocka_unit_test(choosing),
		cmocka_unit_test(choosing_for_several_entries),
		cmocka_unit_test(assuming),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
