#include "plan_compare.h"

#include "rows.h"
#include "scene.h"

#define TWO                                                                                        \
	"FROM a AS builder\n"                                                                      \
	"FROM b\n"                                                                                 \
	"COPY --from=builder /x /x\n"

#define LAYERS(a, ...) "{\"layers\":[{\"size\":1,\"digest\":\"" a "\"}" __VA_ARGS__ "]}"
#define LAYER(a)       ",{\"size\":1,\"digest\":\"" a "\"}"
#define EMPTY          "sha256:4f4fb700ef54461cfa02571ae0db9a0dc1e0cdb5577484a6d75e68dc38e8acc1"

/* The answers to an entry's questions, what was rescued first: whether that is of use. */
static const struct comparison {
	const char *name, *answers[3]; /* the third in mode pull alone: the layers of both */
	bool kept;
} comparisons[] = {
	{"a part", {"B\nA\n", "C\nB\nA\n", "[\"a\",\"b\"]\n[\"a\",\"b\",\"c\"]\n"}, false},
	{"the same", {"A\n", "A\n", "[\"a\"]\n[\"a\"]\n"}, false},
	{"more layers", {"A\n", "A\n", "[\"a\",\"b\"]\n[\"a\"]\n"}, true},
	{"more steps", {"B\nA\n", "A\n", "[\"a\"]\n[\"a\"]\n"}, true},
	{"other layers", {"A\n", "A\n", "[\"a\",\"b\"]\n[\"a\",\"c\",\"b\"]\n"}, true},
	{"another step that changes no file", {"B\nA\n", "C\nA\n", "[\"a\"]\n[\"a\"]\n"}, true},
	{"the start of a layer", {"A\n", "A\n", "[\"a\"]\n[\"ab\"]\n"}, true},
	{"the end of a step", {"A\n", "BA\n", "[\"a\"]\n[\"a\"]\n"}, true},
	{"one answer", {"A\n", "A\n", "[\"a\"]\n"}, true},
	{"no list", {"A\n", "A\n", "null\nnull\n"}, true},
	{"no steps", {"", "", "[\"a\"]\n[\"a\"]\n"}, true},
	{"nothing", {"", "", ""}, true},
	{"empty lines", {"\n", "\n", "\n\n"}, true},
	{"exported: a part", {LAYERS("a", LAYER("b")), LAYERS("c", LAYER("b") LAYER("a"))}, false},
	{"exported: the same", {LAYERS("a"), LAYERS("a")}, false},
	{"exported: more", {LAYERS("a", LAYER("b")), LAYERS("a")}, true},
	{"exported: a step that changes no file",
		{LAYERS("a", LAYER(EMPTY)), LAYERS("a", LAYER(EMPTY))}, true},
	{"exported: the start of a digest", {LAYERS("a"), LAYERS("ab")}, true},
	{"exported: none", {"{\"layers\":[]}", LAYERS("a")}, true},
	{"exported: no manifest", {"{\"layers\":[{}]}", "{\"layers\":[{}]}"}, true},
	{"exported: nothing", {"", ""}, true},
};

static void
compares(void **state)
{
	const struct comparison *row = *state;
	struct cache_source source = {
		.rescued = xstrdup("reg/app:main.rescued"), .was_rescued = true};
	enum cache_mode mode = row->answers[2] ? MODE_PULL : MODE_REGISTRY;
	struct strbuf answers[3];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		strbuf_init(&answers[i]);
		strbuf_addstr(&answers[i], row->answers[i] ? row->answers[i] : "");
	}
	assert_int_equal(compare_take(&source, answers, mode), mode == MODE_PULL ? 3 : 2);
	assert_int_equal(source.rescued != NULL, row->kept);
	assert_true(source.was_rescued);
	free(source.rescued);
	for (i = 0; i < ARRAY_SIZE(answers); i++)
		strbuf_release(&answers[i]);
}

/* Only where there are two is there something to compare. */
static const struct questions {
	const char *name;
	enum cache_mode mode;
	const char *want;
	const char *version; /* of the client; NULL: it does not tell */
} questions[] = {
	{"pulled", MODE_PULL,
		"0 probe optional: docker history --no-trunc --format '{{json .CreatedBy}}' "
		"reg/app:topic-builder.rescued\n"
		"1 probe optional: docker history --no-trunc --format '{{json .CreatedBy}}' "
		"reg/app:topic-builder\n"
		"2 probe optional: docker image inspect --format '{{json .RootFS.Layers}}' "
		"reg/app:topic-builder.rescued reg/app:topic-builder\n"},
	{"exported", MODE_REGISTRY,
		"0 probe optional: docker buildx imagetools inspect --raw "
		"reg/app:topic-builder.rescued\n"
		"1 probe optional: docker buildx imagetools inspect --raw reg/app:topic-builder\n"},
	{"exported, a client that reads OCI manifests", MODE_REGISTRY,
		"0 probe optional: docker manifest inspect reg/app:topic-builder.rescued\n"
		"1 probe optional: docker manifest inspect reg/app:topic-builder\n",
		"23.0.0"},
	{"inline", MODE_INLINE, ""},
};

static void
plan_of_the_comparison(void **state)
{
	static const struct setting setting = {"reg/app:v1", TWO, .branch = "topic"};
	const struct questions *row = *state;
	struct engine engine;
	struct cache_source *sources;
	struct plan plan;
	struct scene s;
	bool same;

	engine_init(&engine);
	engine.has_buildx = true;
	engine.client_version = row->version ? xstrdup(row->version) : NULL;
	plan_init(&plan);
	scene_open(&s, &setting);
	sources = load_new(&s.refs);
	sources[0].ref = s.refs.entries[0].lookup.v[0];
	strvec_push(&sources[0].from, sources[0].ref);
	sources[0].rescued = xstrdup(s.refs.entries[0].rescued);
	sources[1].rescued = xstrdup(s.refs.entries[1].rescued);
	plan_compare(&plan, &(struct load_setup){.refs = &s.refs, .o = &s.o, .engine = &engine},
		sources, row->mode);
	same = scene_expect(row->name, &plan, row->want);
	load_release(sources, s.refs.nr);
	plan_release(&plan);
	scene_close(&s);
	engine_release(&engine);
	assert_true(same);
}

int
main(void)
{
	add_rows(compares, comparisons);
	add_rows(plan_of_the_comparison, questions);
	return run_all();
}
