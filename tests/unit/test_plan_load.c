#include "plan_load.h"

#include "rows.h"
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
	bool images; /* images are looked for, whatever the mode */
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
		"5 pull-tag optional else 4: docker pull reg/app:latest\n"
		"# Pulling rescued cached images\n"
		"6 pull-tag optional: docker pull reg/app:topic-builder.rescued && docker image "
		"inspect --format '{{.Id}}' reg/app:topic-builder.rescued\n"
		"7 pull-tag optional: docker pull reg/app:topic.rescued && docker image inspect "
		"--format '{{.Id}}' reg/app:topic.rescued\n"},
	{"pull: no branch", {"reg/app:v1", TWO}, MODE_PULL, true, NULL,
		"# Pulling unprefixed cached images\n"
		"0 pull-tag optional: docker pull reg/app:builder\n"
		"1 pull-tag optional: docker pull reg/app:latest\n"
		"# Pulling rescued cached images\n"
		"2 pull-tag optional: docker pull reg/app:builder.rescued && docker image inspect "
		"--format '{{.Id}}' reg/app:builder.rescued\n"
		"3 pull-tag optional: docker pull reg/app:latest.rescued && docker image inspect "
		"--format '{{.Id}}' reg/app:latest.rescued\n"},
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
		"7 probe optional else 4: " INSPECT "reg/app:latest\n"
		"# Looking up rescued cached images\n"
		"8 probe optional: " INSPECT "reg/app:topic-builder.rescued\n"
		"9 probe optional: " INSPECT "reg/app:topic.rescued\n"},
	{"inline: a tag build has no branch of its own, so one wave",
		{"reg/app:v1", NULL, .tag = "v1", .default_branch = "main"}, MODE_INLINE, true,
		NULL,
		"# Looking up cached images for main\n"
		"0 probe optional: " INSPECT "reg/app:main\n"
		"# Looking up unprefixed cached images\n"
		"1 probe optional: " INSPECT "reg/app:latest\n"
		"# Looking up rescued cached images\n"
		"2 probe optional: " INSPECT "reg/app:main.rescued\n"},
	{"registry: the same of exported caches",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_REGISTRY,
		true, NULL,
		"# Looking up cached images for topic\n"
		"0 probe optional: " INSPECT "reg/app:topic-builder.cache\n"
		"# Looking up cached images for main\n"
		"1 probe optional else 0: " INSPECT "reg/app:main-builder.cache\n"
		"# Looking up unprefixed cached images\n"
		"2 probe optional else 0: " INSPECT "reg/app:builder.cache\n"
		"# Looking up cached images for topic\n"
		"3 probe optional: " INSPECT "reg/app:topic.cache\n"
		"# Looking up cached images for main\n"
		"4 probe optional else 3: " INSPECT "reg/app:main.cache\n"
		"# Looking up unprefixed cached images\n"
		"5 probe optional else 3: " INSPECT "reg/app:latest.cache\n"
		"# Looking up rescued cached images\n"
		"6 probe optional: " INSPECT "reg/app:topic-builder.rescued.cache\n"
		"7 probe optional: " INSPECT "reg/app:topic.rescued.cache\n"},
	{"registry: no branch", {"reg/app:v1", NULL}, MODE_REGISTRY, true, NULL,
		"# Looking up unprefixed cached images\n"
		"0 probe optional: " INSPECT "reg/app:latest.cache\n"
		"# Looking up rescued cached images\n"
		"1 probe optional: " INSPECT "reg/app:latest.rescued.cache\n"},
	{"registry: no buildx, as far as is known", {"reg/app:v1", NULL}, MODE_REGISTRY, false,
		NULL,
		"# Looking up unprefixed cached images\n"
		"0 probe optional: docker manifest inspect -v reg/app:latest.cache\n"
		"# Looking up rescued cached images\n"
		"1 probe optional: docker manifest inspect -v reg/app:latest.rescued.cache\n"},
	{"registry: the second plan looks for images",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_REGISTRY,
		true, NULL,
		"# Looking up cached images for topic\n"
		"0 probe optional: " INSPECT "reg/app:topic-builder\n"
		"# Looking up cached images for main\n"
		"1 probe optional else 0: " INSPECT "reg/app:main-builder\n"
		"# Looking up unprefixed cached images\n"
		"2 probe optional else 0: " INSPECT "reg/app:builder\n"
		"# Looking up cached images for topic\n"
		"3 probe optional: " INSPECT "reg/app:topic\n"
		"# Looking up cached images for main\n"
		"4 probe optional else 3: " INSPECT "reg/app:main\n"
		"# Looking up unprefixed cached images\n"
		"5 probe optional else 3: " INSPECT "reg/app:latest\n",
		.images = true},
	{"inline: no branch", {"reg/app:v1", NULL}, MODE_INLINE, true, NULL,
		"# Looking up unprefixed cached images\n"
		"0 probe optional: " INSPECT "reg/app:latest\n"
		"# Looking up rescued cached images\n"
		"1 probe optional: " INSPECT "reg/app:latest.rescued\n"},

	{"no buildx", {"reg/app:v1", NULL}, MODE_INLINE, false, NULL,
		"# Looking up unprefixed cached images\n"
		"0 probe optional: docker manifest inspect -v reg/app:latest\n"
		"# Looking up rescued cached images\n"
		"1 probe optional: docker manifest inspect -v reg/app:latest.rescued\n"},
	{"no buildx, loopback", {"localhost:5000/app:v1", NULL}, MODE_INLINE, false, NULL,
		"# Looking up unprefixed cached images\n"
		"0 probe optional: docker manifest inspect --insecure -v "
		"localhost:5000/app:latest\n"
		"# Looking up rescued cached images\n"
		"1 probe optional: docker manifest inspect --insecure -v "
		"localhost:5000/app:latest.rescued\n"},
	{"buildx asks loopback registries itself", {"127.0.0.1:5000/app:v1", NULL}, MODE_INLINE,
		true, NULL,
		"# Looking up unprefixed cached images\n"
		"0 probe optional: " INSPECT "127.0.0.1:5000/app:latest\n"
		"# Looking up rescued cached images\n"
		"1 probe optional: " INSPECT "127.0.0.1:5000/app:latest.rescued\n"},
	{"the engine calls it insecure: buildx does not know", {"reg.example:5000/app:v1", NULL},
		MODE_INLINE, true, "reg.example:5000",
		"# Looking up unprefixed cached images\n"
		"0 probe optional: docker manifest inspect --insecure -v "
		"reg.example:5000/app:latest\n"
		"# Looking up rescued cached images\n"
		"1 probe optional: docker manifest inspect --insecure -v "
		"reg.example:5000/app:latest.rescued\n"},
	{"it calls another one insecure", {"reg.example:5000/app:v1", NULL}, MODE_INLINE, true,
		"reg.example:5001",
		"# Looking up unprefixed cached images\n"
		"0 probe optional: " INSPECT "reg.example:5000/app:latest\n"
		"# Looking up rescued cached images\n"
		"1 probe optional: " INSPECT "reg.example:5000/app:latest.rescued\n"},
	{"the cache's registry counts, not IMAGE's",
		{"reg.example:5000/app:v1 --cache-repo localhost:1/c", NULL}, MODE_INLINE, false,
		"reg.example:5000",
		"# Looking up unprefixed cached images\n"
		"0 probe optional: docker manifest inspect --insecure -v localhost:1/c:latest\n"
		"# Looking up rescued cached images\n"
		"1 probe optional: docker manifest inspect --insecure -v "
		"localhost:1/c:latest.rescued\n"},
	{"IMAGE's registry is insecure, the cache's is not",
		{"localhost:5000/app:v1 --cache-repo reg.example/c", NULL}, MODE_INLINE, false,
		NULL,
		"# Looking up unprefixed cached images\n"
		"0 probe optional: docker manifest inspect -v reg.example/c:latest\n"
		"# Looking up rescued cached images\n"
		"1 probe optional: docker manifest inspect -v reg.example/c:latest.rescued\n"},
};

static void
make_plan(struct plan *plan, const struct scene *s, const struct row *row)
{
	struct engine e;
	struct load_setup setup = {.refs = &s->refs, .o = &s->o, .engine = &e};

	engine_init(&e);
	e.has_buildx = row->buildx;
	if (row->insecure)
		strvec_push(&e.insecure, row->insecure);
	if (row->images)
		plan_load_images(plan, &setup);
	else
		plan_load(plan, &setup, row->mode);
	engine_release(&e);
}

/* What goes with each step for conduct: the entry, the reference, and no output of its own. */
static unsigned
check_steps(const struct plan *plan, const struct cache_refs *refs, const struct row *row)
{
	unsigned bad = 0;
	size_t i;

	for (i = 0; i < plan->nr; i++) {
		const struct step *step = &plan->steps[i];
		const struct cache_entry *entry = &refs->entries[step->entry];

		const struct strvec *list = row->mode == MODE_REGISTRY && !row->images
						    ? &entry->exports
						    : &entry->lookup;

		const char *rescued = list == &entry->exports ? entry->export_rescued
							      : entry->rescued;

		bad += !str_eq(step->subject,
			step->candidate == STEP_NONE ? rescued : list->v[step->candidate]);
		bad += step->flags != STEP_OPTIONAL;
	}
	return bad;
}

static void
plans(void **state)
{
	const struct row *row = *state;
	struct plan plan;
	struct scene s;
	unsigned bad = 0;

	plan_init(&plan);
	scene_open(&s, &row->setting);
	make_plan(&plan, &s, row);
	bad += !scene_expect(row->name, &plan, row->want);
	bad += !expect_number(row->name, "wrong steps", check_steps(&plan, &s.refs, row), 0);
	plan_release(&plan);
	scene_close(&s);
	assert_int_equal(bad, 0);
}

/*
 * What look-ups of one entry with three references, and of what was rescued of it, came to, a
 * letter each: y it is there, n it is not, u unsure, - never asked; D with a digest, E with
 * another. Which is chosen, what docker is told of it, and of what was rescued.
 */
static const struct choice {
	const char *name; /* what is found */
	const char *ref, *from, *rescued;
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
	{"uD-", "localhost:5/app:topic", "localhost:5/app:topic localhost:5/app@sha256:1"},
	{"uny", "localhost:5/app:topic", "localhost:5/app:topic localhost:5/app:latest"},
	{"unn", "localhost:5/app:topic", "localhost:5/app:topic"},
	{"u--", "localhost:5/app:topic", "localhost:5/app:topic"},
	{"uyu", "localhost:5/app:topic", "localhost:5/app:topic localhost:5/app:main"},
	{"nuD", "localhost:5/app:main", "localhost:5/app:main localhost:5/app@sha256:1"},
	{"uuu", "localhost:5/app:topic",
		"localhost:5/app:topic localhost:5/app:main localhost:5/app:latest"},
	{"nnu", "localhost:5/app:latest", "localhost:5/app:latest"},
	/* beside another cache; alone it is the cache */
	{"D--E", "localhost:5/app:topic", "localhost:5/app@sha256:1", "localhost:5/app@sha256:2"},
	{"nyDE", "localhost:5/app:main", "localhost:5/app:main", "localhost:5/app@sha256:2"},
	{"nuDy", "localhost:5/app:main", "localhost:5/app:main localhost:5/app@sha256:1",
		"localhost:5/app:topic.rescued"},
	{"nnnE", "localhost:5/app:topic.rescued", "localhost:5/app@sha256:2"},
	{"nnny", "localhost:5/app:topic.rescued", "localhost:5/app:topic.rescued"},
	/* of the same image once is enough; what may not be there is not put before another */
	{"D--D", "localhost:5/app:topic", "localhost:5/app@sha256:1"},
	{"D--u", "localhost:5/app:topic", "localhost:5/app@sha256:1"},
	{"D--n", "localhost:5/app:topic", "localhost:5/app@sha256:1"},
	{"nnnu", NULL, NULL},
};

static const struct setting three = {
	"localhost:5/app:v1", NULL, .branch = "topic", .default_branch = "main"};

static void
set_look_up(struct look_up *look_up, char letter)
{
	*look_up = (struct look_up){FOUND_UNKNOWN, "", ""};
	if (letter == 'y' || letter == 'D' || letter == 'E')
		look_up->found = FOUND_YES;
	if (letter == 'n')
		look_up->found = FOUND_NO;
	if (letter == 'u')
		look_up->found = FOUND_UNSURE;
	if (letter == 'D')
		memcpy(look_up->digest, "sha256:1", sizeof("sha256:1"));
	if (letter == 'E')
		memcpy(look_up->digest, "sha256:2", sizeof("sha256:2"));
}

/* What docker is told, with a blank between. */
static void
expect_from(const char *name, const struct cache_source *source, const char *want, unsigned *bad)
{
	struct strbuf got;
	size_t i;

	strbuf_init(&got);
	for (i = 0; i < source->from.nr; i++)
		strbuf_addf(&got, "%s%s", i ? " " : "", source->from.v[i]);
	*bad += !expect_same(name, got.buf, want ? want : "");
	strbuf_release(&got);
}

static unsigned
check_choice(const struct choice *choice, const struct scene *s, const struct plan *plan)
{
	struct cache_source *sources = load_new(&s->refs);
	struct look_up look_ups[4];
	unsigned bad = 0;
	size_t i;

	set_look_up(&look_ups[3], '-');
	for (i = 0; choice->name[i]; i++)
		set_look_up(&look_ups[i], choice->name[i]);
	load_choose(sources, plan, look_ups, &s->refs);
	load_settle(sources, &s->refs, MODE_INLINE);
	bad += !expect_same(choice->name, sources[0].rescued ? sources[0].rescued : "none",
		choice->rescued ? choice->rescued : "none");
	bad += !expect_number("rescued", "there", sources[0].was_rescued,
		choice->name[3] && strchr("yDE", choice->name[3]));
	bad += !expect_same(choice->name, sources[0].ref ? sources[0].ref : "none",
		choice->ref ? choice->ref : "none");
	expect_from(choice->name, &sources[0], choice->from, &bad);
	load_release(sources, s->refs.nr);
	return bad;
}

static void
chooses(void **state)
{
	const struct row row = {.mode = MODE_INLINE, .buildx = true};
	const struct choice *choice = *state;
	struct plan plan;
	struct scene s;
	unsigned bad;

	plan_init(&plan);
	scene_open(&s, &three);
	make_plan(&plan, &s, &row);
	assert_int_equal(plan.nr, 4);
	bad = check_choice(choice, &s, &plan);
	plan_release(&plan);
	scene_close(&s);
	assert_int_equal(bad, 0);
}

/* What was pulled is here under its tag; the digests tell whether two are the same. */
static void
chooses_of_what_was_pulled(void **state)
{
	const struct row row = {.mode = MODE_PULL};
	struct look_up look_ups[4];
	struct cache_source *sources;
	struct plan plan;
	struct scene s;
	unsigned bad = 0;
	size_t i;

	(void)state;
	plan_init(&plan);
	scene_open(&s, &three);
	make_plan(&plan, &s, &row);
	for (i = 0; i < 4; i++)
		set_look_up(&look_ups[i], "nD-E"[i]);
	memcpy(look_ups[3].id, "0123456789ab", sizeof("0123456789ab"));
	sources = load_new(&s.refs);
	load_choose(sources, &plan, look_ups, &s.refs);
	load_settle(sources, &s.refs, MODE_PULL);
	expect_from("pulled", &sources[0], "localhost:5/app:main", &bad);
	expect_text("rescued", sources[0].rescued, "localhost:5/app:topic.rescued");
	expect_text("its ID", sources[0].rescued_id, "0123456789ab");
	load_release(sources, s.refs.nr);
	set_look_up(&look_ups[3], 'D');
	sources = load_new(&s.refs);
	load_choose(sources, &plan, look_ups, &s.refs);
	load_settle(sources, &s.refs, MODE_PULL);
	assert_null(sources[0].rescued);
	assert_true(sources[0].was_rescued);
	load_release(sources, s.refs.nr);
	plan_release(&plan);
	scene_close(&s);
	assert_int_equal(bad, 0);
}

/* What was rescued of the image, alone, is not the cache of all stages. */
static void
settles_exports(void **state)
{
	static const struct setting setting = {"reg/app:v1", TWO, .branch = "topic"};
	struct cache_source *sources;
	unsigned bad = 0;
	struct scene s;

	(void)state;
	scene_open(&s, &setting);
	sources = load_new(&s.refs);
	sources[1].rescued = xstrdup(s.refs.entries[1].export_rescued);
	load_settle(sources, &s.refs, MODE_REGISTRY);
	expect_from("image", &sources[1], "reg/app:topic.rescued.cache", &bad);
	assert_true(sources[1].exported);
	assert_null(sources[1].rescued);
	assert_null(sources[0].ref);
	assert_false(load_found_export(sources, &s.refs));
	load_release(sources, s.refs.nr);
	/* but once it was stored over, it is the same as that */
	sources = load_new(&s.refs);
	sources[0].rescued = xstrdup("reg/app@sha256:1");
	memcpy(sources[0].rescued_digest, "sha256:1", sizeof("sha256:1"));
	memcpy(sources[1].digest, "sha256:1", sizeof("sha256:1"));
	sources[1].ref = s.refs.entries[1].exports.v[0];
	sources[1].exported = true;
	strvec_push(&sources[1].from, sources[1].ref);
	load_settle(sources, &s.refs, MODE_REGISTRY);
	assert_null(sources[0].rescued);
	load_release(sources, s.refs.nr);
	scene_close(&s);
	assert_int_equal(bad, 0);
}

/* Each entry gets its own. */
static void
choosing_for_several_entries(void **state)
{
	static const struct setting setting = {
		"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"};
	const struct row row = {.mode = MODE_INLINE, .buildx = true};
	struct look_up look_ups[8];
	struct cache_source *sources;
	struct plan plan;
	struct scene s;
	unsigned bad = 0;
	size_t i;

	(void)state;
	plan_init(&plan);
	scene_open(&s, &setting);
	sources = load_new(&s.refs);
	make_plan(&plan, &s, &row);
	assert_int_equal(plan.nr, 8);
	for (i = 0; i < 8; i++)
		set_look_up(&look_ups[i], "nnyDnnnn"[i]);
	load_choose(sources, &plan, look_ups, &s.refs);
	expect_from("stage", &sources[0], "reg/app:builder", &bad);
	expect_text("image", sources[1].ref, "reg/app:topic");
	expect_from("image", &sources[1], "reg/app@sha256:1", &bad);
	assert_int_equal(bad, 0);
	load_release(sources, 2);
	plan_release(&plan);
	scene_close(&s);
}

/* For a dry run: the image's cache is there; where it is an exported one, it has all stages. */
static const struct assumption {
	const char *name;
	enum cache_mode mode;
	const char *stage, *image; /* what docker is told */
	bool exported;
} assumptions[] = {
	{"pull", MODE_PULL, "reg/app:topic-builder", "reg/app:topic", false},
	{"inline", MODE_INLINE, "reg/app:topic-builder", "reg/app:topic", false},
	{"registry", MODE_REGISTRY, "", "reg/app:topic.cache", true},
};

static void
assumes(void **state)
{
	static const struct setting setting = {"reg/app:v1", TWO, .branch = "topic"};
	const struct assumption *row = *state;
	struct cache_source *sources;
	unsigned bad = 0;
	struct scene s;

	scene_open(&s, &setting);
	sources = load_new(&s.refs);
	assert_false(load_found_export(sources, &s.refs));
	load_assume(sources, &s.refs, row->mode);
	expect_from("stage", &sources[0], row->stage, &bad);
	expect_from("image", &sources[1], row->image, &bad);
	assert_int_equal(bad, 0);
	assert_int_equal(sources[0].ref != NULL, *row->stage != '\0');
	assert_int_equal(load_found_export(sources, &s.refs), row->exported);
	load_release(sources, s.refs.nr);
	scene_close(&s);
}

/*
 * What is known before, of references by their tags, "=y" it is there, "=n" it is not; what is
 * asked for then, and what is taken if nothing comes of that, for the stage and for the image.
 */
static const struct knowledge {
	const char *name;
	enum cache_mode mode;
	const char *known, *asked, *stage, *image;
	bool images;         /* the second plan, of images */
	const char *rescued; /* of the stage */
} knowledges[] = {
	{"nothing is known: the first wave and the second", MODE_INLINE, "",
		"topic-builder main-builder|1 builder|2 topic main|1 latest|2 "
		"topic-builder.rescued topic.rescued",
		NULL, NULL, false},
	{"inline: nothing is there", MODE_INLINE,
		"topic-builder=n main-builder=n builder=n topic=n main=n latest=n "
		"topic-builder.rescued=n topic.rescued=n",
		"", NULL, NULL, false},
	{"inline: what is there is asked for its digest, the others if that comes to nothing",
		MODE_INLINE,
		"topic-builder=n main-builder=y builder=y topic=y main=y latest=n "
		"topic-builder.rescued=y topic.rescued=n",
		"main-builder builder|1 topic main|1 topic-builder.rescued", NULL, NULL, false},
	{"inline: before what is there comes what is not known", MODE_INLINE,
		"main-builder=y builder=n topic=n latest=n topic-builder.rescued=n",
		"topic-builder main-builder|1 main topic.rescued", NULL, NULL, false},
	{"registry: what is there is taken", MODE_REGISTRY,
		"topic-builder.cache=n main-builder.cache=y builder.cache=y topic.cache=y "
		"main.cache=n latest.cache=n topic-builder.rescued.cache=y topic.rescued.cache=n",
		"topic-builder.rescued.cache main-builder.cache topic.cache", "main-builder.cache",
		"topic.cache", false, "topic-builder.rescued.cache"},
	{"registry: nothing is there", MODE_REGISTRY,
		"topic-builder.cache=n main-builder.cache=n builder.cache=n topic.cache=n "
		"main.cache=n latest.cache=n topic-builder.rescued.cache=n topic.rescued.cache=n",
		"", NULL, NULL, false},
	{"registry: what is not known is asked for, up to what is there", MODE_REGISTRY,
		"topic-builder.cache=n main-builder.cache=n builder.cache=n main.cache=y",
		"topic.cache topic-builder.rescued.cache topic.rescued.cache main.cache", NULL,
		"main.cache", false},
	{"registry: images", MODE_REGISTRY,
		"topic-builder=n main-builder=n builder=y topic=n main=y latest=y", "", "builder",
		"main", true},
};

/* Has the sift read what is known. */
static void
learn(struct sift *sift, const char *known)
{
	unsigned number = 1;

	while (*known) {
		size_t n = strcspn(known, " "), tag = strcspn(known, "=");
		char *line = xasprintf(
			"#%u importing cache manifest from reg/app:%.*s", number, (int)tag, known);

		sift_line(sift, line, strlen(line));
		free(line);
		line = known[tag + 1] == 'y' ? xasprintf("#%u DONE 0.0s", number)
					     : xasprintf("#%u ERROR: x: not found", number);
		sift_line(sift, line, strlen(line));
		free(line);
		number++;
		known += n + (known[n] == ' ');
	}
}

/* The tags that a plan asks for; behind | how many steps before is what it is run instead of. */
static void
list_asked(struct strbuf *out, const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->nr; i++) {
		const struct step *step = &plan->steps[i];

		strbuf_addf(out, "%s%s", i ? " " : "", strrchr(step->subject, ':') + 1);
		if (step->instead_of != STEP_NONE)
			strbuf_addf(out, "|%zu", i - step->instead_of);
	}
}

static const char *
taken(const struct cache_source *source)
{
	if (!source->ref)
		return "none";
	if (source->from.nr != 1 || !str_eq(source->from.v[0], source->ref))
		return "told otherwise";
	return strrchr(source->ref, ':') + 1;
}

static void
knows(void **state)
{
	static const struct setting setting = {
		"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"};
	const struct knowledge *row = *state;
	struct cache_source *sources;
	struct strbuf asked;
	struct engine e;
	struct sift sift;
	struct plan plan;
	struct scene s;
	struct load_setup setup = {.refs = &s.refs, .o = &s.o, .engine = &e, .known = &sift};

	scene_open(&s, &setting);
	engine_init(&e);
	e.has_buildx = true;
	plan_init(&plan);
	strbuf_init(&asked);
	sources = load_new(&s.refs);
	sift_init(&sift, &s.refs,
		row->images                  ? SIFT_IMAGES
		: row->mode == MODE_REGISTRY ? SIFT_EXPORTS
					     : SIFT_IMAGES_AND_EXPORT);
	learn(&sift, row->known);
	if (row->images)
		plan_load_images(&plan, &setup);
	else
		plan_load(&plan, &setup, row->mode);
	list_asked(&asked, &plan);
	if (row->mode == MODE_REGISTRY)
		load_take(sources, &setup, !row->images);
	assert_string_equal(asked.buf, row->asked);
	assert_string_equal(taken(&sources[0]), row->stage ? row->stage : "none");
	assert_string_equal(taken(&sources[1]), row->image ? row->image : "none");
	expect_text("rescued", sources[0].rescued ? strrchr(sources[0].rescued, ':') + 1 : "none",
		row->rescued ? row->rescued : "none");
	load_release(sources, s.refs.nr);
	sift_release(&sift);
	strbuf_release(&asked);
	plan_release(&plan);
	engine_release(&e);
	scene_close(&s);
}

/* Only docker's BuildKit can be asked so; and two images at once, for their digests, take less. */
static void
sifts(void **state)
{
	struct engine e;
	struct scene s;
	struct load_setup setup = {.refs = &s.refs, .o = &s.o, .engine = &e};

	(void)state;
	engine_init(&e);
	scene_open(&s, &(struct setting){"reg/app:v1", TWO});
	assert_false(load_sifts(&setup, MODE_PULL));
	assert_false(load_sifts(&setup, MODE_INLINE));
	assert_true(load_sifts(&setup, MODE_REGISTRY));
	e.kind = ENGINE_NERDCTL;
	assert_false(load_sifts(&setup, MODE_REGISTRY));
	e.kind = ENGINE_DOCKER;
	scene_close(&s);
	scene_open(&s, &(struct setting){"reg/app:v1", "FROM a AS b\nFROM b AS c\nFROM c\n"});
	assert_true(load_sifts(&setup, MODE_INLINE));
	assert_false(load_sifts(&setup, MODE_PULL));
	scene_close(&s);
	engine_release(&e);
}

static void
plan_of_the_sift(void **state)
{
	static const struct setting setting = {
		"reg/app:v1 --builder a --builder b", NULL, .branch = "main"};
	struct engine e;
	struct sift sift;
	struct plan plan;
	struct scene s;
	bool same;

	(void)state;
	engine_init(&e);
	plan_init(&plan);
	scene_open(&s, &setting);
	sift_init(&sift, &s.refs, SIFT_EXPORTS);
	plan_load_sift(&plan,
		&(struct load_setup){.refs = &s.refs, .o = &s.o, .engine = &e, .known = &sift});
	same = scene_expect("sift", &plan,
		"# Looking up caches\n"
		"0 probe optional: docker build --builder b --progress=plain --output "
		"type=cacheonly --cache-from reg/app:main.cache --cache-from reg/app:latest.cache "
		"--cache-from reg/app:main.rescued.cache -\n");
	assert_string_equal(plan.steps[0].subject, "reg/app");
	assert_int_equal(plan.steps[0].input, INPUT_SIFT);
	sift_release(&sift);
	plan_release(&plan);
	engine_release(&e);
	scene_close(&s);
	assert_true(same);
}

/* Whether exported caches are asked for one by one, and by which plan; NULL: they are sifted. */
static const struct inspection {
	const char *name;
	struct setting setting;
	enum cache_mode mode;
	const char *version; /* of the client; NULL: it does not tell */
	const char *want;
} inspections[] = {
	/* what is stored under is asked for at once, fallbacks only without the image's own, and
	 * each only without that of the branch before */
	{"a branch that is the default one", {"localhost:5000/app", TWO, .branch = "main"},
		MODE_REGISTRY, "23.0.0",
		"# Looking up caches\n"
		"0 probe optional: docker manifest inspect --insecure -v "
		"localhost:5000/app:main.cache\n"
		"1 probe optional: docker manifest inspect --insecure -v "
		"localhost:5000/app:latest.cache\n"
		"2 probe optional: docker manifest inspect --insecure -v "
		"localhost:5000/app:main-builder.cache\n"
		"3 probe optional else 0: docker manifest inspect --insecure -v "
		"localhost:5000/app:builder.cache\n"
		"4 probe optional: docker manifest inspect --insecure -v "
		"localhost:5000/app:main-builder.rescued.cache\n"
		"5 probe optional: docker manifest inspect --insecure -v "
		"localhost:5000/app:main.rescued.cache\n"},
	{"another one, no Dockerfile",
		{"reg/app", NULL, .branch = "topic", .default_branch = "main"}, MODE_REGISTRY,
		"28.5.2",
		"# Looking up caches\n"
		"0 probe optional: docker manifest inspect -v reg/app:topic.cache\n"
		"1 probe optional else 0: docker manifest inspect -v reg/app:main.cache\n"
		"2 probe optional else 1: docker manifest inspect -v reg/app:latest.cache\n"
		"3 probe optional: docker manifest inspect -v reg/app:topic.rescued.cache\n"},
	{"another one with stages", {"reg/app", TWO, .branch = "topic", .default_branch = "main"},
		MODE_REGISTRY, "28.5.2",
		"# Looking up caches\n"
		"0 probe optional: docker manifest inspect -v reg/app:topic.cache\n"
		"1 probe optional else 0: docker manifest inspect -v reg/app:main.cache\n"
		"2 probe optional else 1: docker manifest inspect -v reg/app:latest.cache\n"
		"3 probe optional: docker manifest inspect -v reg/app:topic-builder.cache\n"
		"4 probe optional else 0: docker manifest inspect -v reg/app:main-builder.cache\n"
		"5 probe optional else 1: docker manifest inspect -v reg/app:builder.cache\n"
		"6 probe optional: docker manifest inspect -v "
		"reg/app:topic-builder.rescued.cache\n"
		"7 probe optional: docker manifest inspect -v reg/app:topic.rescued.cache\n"},
	{"a client that reads no OCI manifests", {"reg/app", TWO, .branch = "main"}, MODE_REGISTRY,
		NULL, NULL},
	{"no branch", {"reg/app", TWO}, MODE_REGISTRY, "28.5.2", NULL},
	{"too many",
		{"reg/app", "FROM a AS b\nFROM b AS c\nFROM c AS d\nFROM d\n", .branch = "main"},
		MODE_REGISTRY, "28.5.2", NULL},
	{"images", {"reg/app", TWO, .branch = "main"}, MODE_INLINE, "28.5.2", NULL},
};

static void
inspects(void **state)
{
	const struct inspection *row = *state;
	struct engine e;
	struct plan plan;
	struct scene s;
	struct load_setup setup = {.refs = &s.refs, .o = &s.o, .engine = &e};
	bool same = true;

	engine_init(&e);
	e.client_version = row->version ? xstrdup(row->version) : NULL;
	e.has_buildx = true;
	plan_init(&plan);
	scene_open(&s, &row->setting);
	assert_int_equal(load_inspects(&setup, row->mode), row->want != NULL);
	if (row->want) {
		plan_load_inspect(&plan, &setup);
		same = scene_expect(row->name, &plan, row->want);
	}
	plan_release(&plan);
	scene_close(&s);
	engine_release(&e);
	assert_true(same);
}

/* All at once, unless it is more than the registry bears. */
static void
sifts_for(void **state)
{
	struct strbuf dockerfile;
	struct scene s;
	struct load_setup setup = {.refs = &s.refs};
	unsigned i;

	(void)state;
	scene_open(&s, &(struct setting){"reg/app", TWO, .branch = "main"});
	assert_int_equal(load_sifts_for(&setup, MODE_REGISTRY), SIFT_ALL);
	assert_int_equal(load_sifts_for(&setup, MODE_INLINE), SIFT_IMAGES_AND_EXPORT);
	scene_close(&s);
	strbuf_init(&dockerfile);
	for (i = 0; i < 40; i++)
		strbuf_addf(&dockerfile, "FROM %s%u AS s%u\n", i ? "s" : "a", i ? i - 1 : 0, i);
	scene_open(&s, &(struct setting){"reg/app", dockerfile.buf, .branch = "main"});
	assert_int_equal(load_sifts_for(&setup, MODE_REGISTRY), SIFT_EXPORTS);
	scene_close(&s);
	strbuf_release(&dockerfile);
}

int
main(void)
{
	add_rows(plans, rows);
	add_rows(knows, knowledges);
	add_test(sifts);
	add_test(plan_of_the_sift);
	add_rows(inspects, inspections);
	add_test(sifts_for);
	add_rows(chooses, choices);
	add_test(chooses_of_what_was_pulled);
	add_test(settles_exports);
	add_test(choosing_for_several_entries);
	add_rows(assumes, assumptions);
	return run_all();
}
