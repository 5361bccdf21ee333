#include "rows.h"

#include "expect.h"
#include "json.h"
#include "why_inline.h"

/*
 * An image, an entry of its history a line, the base's first: "b" BuildKit's, "l" another's, what
 * made it, and "@" with its layer, if it has one.
 */
#define BASE                      "l busybox@1\n"
#define TOP                       BASE "b ARG V=1\nb WORKDIR /s@2\nb COPY d . # buildkit@3\n"
#define RUN(args, command, layer) "b RUN " args "/bin/sh -c " command " # buildkit@" layer "\n"
#define END                       "b CMD [\"x\"]\n"

#define LEGACY                                                                                     \
	BASE "l /bin/sh -c #(nop)  ARG V=1\nl /bin/sh -c #(nop) WORKDIR /s@2\n"                    \
	     "l /bin/sh -c #(nop) COPY file:0a in . @3\n"

#define FILE_TOP "FROM a\nARG V=1\nWORKDIR /s\nCOPY d .\n"
#define FILE     FILE_TOP "RUN make\nCMD [\"x\"]\n"

struct made {
	char *text;
	bool buildkit;
	char *layer; /* NULL: none */
};

static size_t
take_spec(const char *spec, struct made *made, size_t max)
{
	size_t nr = 0, n;

	for (; *spec && nr < max; spec += n + (spec[n] == '\n'), nr++) {
		char *at;

		n = strcspn(spec, "\n");
		made[nr].buildkit = *spec == 'b';
		made[nr].text = xstrndup(spec + 2, n - 2);
		at = strrchr(made[nr].text, '@');
		made[nr].layer = at ? at + 1 : NULL;
		if (at)
			*at = '\0';
	}
	return nr;
}

static void
write_entry(struct json_writer *w, const struct made *made, bool engine)
{
	json_open(w, '[');
	json_string(w, made->text);
	json_string(w, made->buildkit ? "buildkit.dockerfile.v0" : "");
	if (engine)
		/* a folder made has no size */
		json_string(w, made->layer && !strstr(made->text, "WORKDIR") ? "4.1kB" : "0B");
	else
		json_bool(w, !made->layer);
	json_close(w, ']');
}

static void
write_layers(struct json_writer *w, const struct made *made, size_t nr)
{
	size_t i;

	json_name(w, "layers");
	json_open(w, '[');
	for (i = 0; i < nr; i++) {
		if (made[i].layer)
			json_string(w, made[i].layer);
	}
	json_close(w, ']');
}

/* What a registry or an engine says of such an image. */
static void
write_answer(struct strbuf *out, const char *spec, bool engine)
{
	struct json_writer w = {.out = out};
	struct made made[32];
	size_t nr = take_spec(spec, made, ARRAY_SIZE(made)), i;

	for (i = nr; engine && i-- > 0;) {
		w.comma = false;
		write_entry(&w, &made[i], true);
		strbuf_addch(out, '\n');
	}
	w.comma = false;
	json_open(&w, '{');
	if (!engine) {
		json_name(&w, "history");
		json_open(&w, '[');
		for (i = 0; i < nr; i++)
			write_entry(&w, &made[i], false);
		json_close(&w, ']');
	}
	write_layers(&w, made, nr);
	json_close(&w, '}');
	strbuf_addch(out, '\n');
	for (i = 0; i < nr; i++)
		free(made[i].text);
}

static bool
read_image(struct why_image *image, const char *spec, bool engine)
{
	struct strbuf answer;
	char *copy;
	bool good;

	strbuf_init(&answer);
	write_answer(&answer, spec, engine);
	copy = exact_copy(answer.buf, answer.len);
	why_image_init(image);
	good = (engine ? why_read_engine : why_read_registry)(image, copy, answer.len);
	free(copy); /* nothing of it is kept */
	strbuf_release(&answer);
	return good;
}

#define SAME "no reason known (same)"

static const struct row {
	const char *name;
	const char *cache, *built, *file, *want;
	bool engine; /* the cache's image was pulled, and the engine was asked of it */
} rows[] = {
	/* BuildKit: as measured on 20.10, 26.1 and 28 */
	{"nothing differs", TOP RUN("|1 V=1 ", "make", "4") END,
		TOP RUN("|1 V=1 ", "make", "4") END, FILE, SAME},
	{"argument", TOP RUN("|1 V=1 ", "make", "4") END, TOP RUN("|1 V=2 ", "make", "5") END, FILE,
		"build argument V changed"},
	{"argument, its ARG says so too",
		BASE "b ARG T=a b\nb ARG U=1\n" RUN("|2 T=a b U=1 ", "make", "4"),
		BASE "b ARG T=c d\nb ARG U=1\n" RUN("|2 T=c d U=1 ", "make", "5"),
		"FROM a\nARG T\nARG U=1\nRUN make\n", "build argument T changed"},
	{"argument with blanks, another behind it",
		BASE "b ARG T\nb ARG U\n" RUN("|2 T=a b U=1 ", "make", "4"),
		BASE "b ARG T\nb ARG U\n" RUN("|2 T=a b U=2 ", "make", "5"),
		"FROM a\nARG T\nARG U\nRUN make\n", "build argument U changed"},
	{"argument without a value before", BASE "b ARG T\n" RUN("", "make", "4"),
		BASE "b ARG T\n" RUN("|1 T=s3cret ", "make", "5"), "FROM a\nARG T\nRUN make\n",
		"build argument T changed"},
	{"argument gone from the file", BASE "b ARG T=s3cret\n" RUN("|1 T=s3cret ", "make", "4"),
		BASE RUN("", "make", "5"), "FROM a\nRUN make\n", "build argument T changed"},
	{"argument that has no ARG", BASE RUN("|1 T=s3cret ", "make", "4"),
		BASE RUN("", "make", "5"), "FROM a\nRUN make\n", "a build argument changed"},
	{"several in one ARG", BASE "b ARG T=1 U=1\n" RUN("|2 T=1 U=1 ", "make", "4"),
		BASE "b ARG T=1 U=1\n" RUN("|2 T=1 U=2 ", "make", "5"),
		"FROM a\nARG T=1 U=1\nRUN make\n", "build argument U changed"},
	{"another shell",
		BASE
		"b ARG T\nb SHELL [/bin/ash -ec]\nb RUN |1 T=1 /bin/ash -ec make # buildkit@4\n",
		BASE
		"b ARG T\nb SHELL [/bin/ash -ec]\nb RUN |1 T=2 /bin/ash -ec make # buildkit@5\n",
		"FROM a\nARG T\nSHELL [\"/bin/ash\", \"-ec\"]\nRUN make\n",
		"build argument T changed"},
	{"argument in ENV", BASE "b ARG T\nb ENV A=s3cret\n" RUN("|1 T=s3cret ", "make", "4"),
		BASE "b ARG T\nb ENV A=x\n" RUN("|1 T=x ", "make", "5"),
		"FROM a\nARG T\nENV A=${T}\nRUN make\n", "build argument T changed"},
	{"argument in ENV, known by its ARG alone",
		BASE "b ARG T=s3cret\nb ENV A=s3cret\nb COPY d . # buildkit@2\n",
		BASE "b ARG T=x\nb ENV A=x\nb COPY d . # buildkit@3\n",
		"FROM a\nARG T\nENV A=$T\nCOPY d .\n", "build argument T changed"},
	{"ENV with another variable",
		BASE "b ARG T=1\nb ENV A=s3cret\n" RUN("|1 T=1 ", "make", "4"),
		BASE "b ARG T=2\nb ENV A=x\n" RUN("|1 T=2 ", "make", "5"),
		"FROM a\nARG T\nENV A=$TT\nRUN make\n", "instruction changed: line 3: ENV A=$TT"},

	{"instruction", TOP RUN("|1 V=1 ", "make", "4") END,
		TOP RUN("|1 V=1 ", "make all", "5") END,
		FILE_TOP "RUN make \\\n all\nCMD [\"x\"]\n",
		"instruction changed: line 5: RUN make  all"},
	{"instruction and argument", TOP RUN("|1 V=1 ", "make", "4"),
		TOP RUN("|1 V=s3cret ", "make all", "5"), FILE_TOP "RUN make all\n",
		"instruction changed: line 5: RUN make all"},
	{"instruction that is new", TOP RUN("|1 V=1 ", "make", "4"),
		TOP RUN("|1 V=1 ", "new", "5") RUN("|1 V=1 ", "make", "6"),
		FILE_TOP "RUN new\nRUN make\n", "instruction changed: line 5: RUN new"},
	{"instruction that is new, at the end", TOP, TOP RUN("|1 V=1 ", "make", "5"),
		FILE_TOP "RUN make\n", "instruction changed: line 5: RUN make"},
	{"instruction that is gone", TOP RUN("|1 V=1 ", "old", "4") RUN("|1 V=1 ", "make", "5"),
		TOP RUN("|1 V=1 ", "make", "6"), FILE_TOP "RUN make\n",
		"instructions removed before: line 5: RUN make"},
	{"the last instruction is gone", TOP RUN("|1 V=1 ", "old", "4"), TOP, FILE_TOP, SAME},
	{"labels do not matter",
		BASE "b LABEL a=1\nb EXPOSE map[1/tcp:{}]\n" RUN("", "make", "4") "b CMD [a]\n",
		BASE "b LABEL a=2\n" RUN("", "make", "4") "b CMD [b]\n",
		"FROM a\nLABEL a=2\nRUN make\nCMD [\"b\"]\n", SAME},
	{"ENV matters", BASE "b ENV A=1\n" RUN("", "make", "4"),
		BASE "b ENV A=2\n" RUN("", "make", "5"), "FROM a\nENV A=2\nRUN make\n",
		"instruction changed: line 2: ENV A=2"},
	{"an instruction to be shown with care", BASE RUN("", "a", "4"), BASE RUN("", "b", "5"),
		"FROM a\nRUN \x1b[31m\xc2\x9b\n",
		"instruction changed: line 2: RUN \\033[31m\xc2\\233"},
	{"a long one", BASE RUN("", "a", "4"), BASE RUN("", "b", "5"),
		"FROM a\nRUN "
		"789012345678901234567890123456789012345678901234567890123456789012345678"
		"90123456789012345678901234567890123456789012345678901234567890123456789012345678"
		"012345\xc3\xa4\n",
		"instruction changed: line 2: RUN "
		"789012345678901234567890123456789012345678901234567890123456789012345678"
		"90123456789012345678901234567890123456789012345678901234567890123456789012345678"
		"0123..."},

	{"base: another layer", TOP RUN("|1 V=1 ", "make", "4"),
		"l busybox@7\nb ARG V=1\nb WORKDIR /s@8\nb COPY d . # buildkit@3\n" RUN(
			"|1 V=2 ", "make", "9"),
		FILE_TOP "RUN make\n", "base image moved"},
	{"base: its second layer", BASE "b RUN date # buildkit@2\n" RUN("", "make", "4"),
		BASE "b RUN date # buildkit@3\n" RUN("", "make", "5"), "FROM a\nRUN make\n",
		"base image moved"},
	{"base: its configuration", BASE "l ENV A=1\n" RUN("", "make", "4"),
		BASE "l ENV A=2\n" RUN("", "make", "5"), "FROM a\nRUN make\n", "base image moved"},
	{"base: longer", BASE RUN("", "make", "4"), BASE "l more@2\n" RUN("", "make", "5"),
		"FROM a\nRUN make\n", "base image moved"},
	{"base: longer than the cache", BASE "b RUN make@2\n", BASE "l 2@2\nl 3@3\nb RUN make@4\n",
		"FROM a\nRUN make\n", "base image moved"},
	{"no base", RUN("", "make", "4"), RUN("", "make", "5"), "FROM scratch\nRUN make\n", SAME},

	{"other files", TOP RUN("|1 V=1 ", "make", "4"),
		BASE
		"b ARG V=1\nb WORKDIR /s@2\nb COPY d . # buildkit@7\n" RUN("|1 V=1 ", "make", "8"),
		FILE_TOP "RUN make\n", "copied files changed: line 4: COPY d ."},
	{"no cache: WORKDIR ran again", TOP RUN("|1 V=1 ", "make", "4"),
		BASE
		"b ARG V=1\nb WORKDIR /s@7\nb COPY d . # buildkit@8\n" RUN("|1 V=1 ", "make", "9"),
		FILE_TOP "RUN make\n", SAME},

	{"two stages",
		BASE "b ARG V=1\n" RUN("|1 V=1 ", "one", "2") "b LABEL x=1\n" RUN("", "two", "3"),
		BASE "b ARG V=2\n" RUN("|1 V=2 ", "one", "4") "b LABEL x=1\n" RUN("", "two", "5"),
		"FROM b\nRUN other\nFROM a AS one\nARG V=1\nRUN one\nFROM one\nLABEL x=1\nRUN "
		"two\n",
		"build argument V changed"},
	{"a file that does not fit", BASE RUN("", "a", "4"), BASE RUN("", "b", "5"),
		"FROM a\nCOPY x .\n", "no reason known"},
	{"a file that is longer", BASE RUN("", "a", "4"), BASE RUN("", "b", "5"),
		"FROM a\nRUN a\nRUN b\nRUN c\n", "no reason known"},
	{"no file", BASE RUN("", "a", "4"), BASE RUN("", "b", "5"), "", "no reason known"},
	{"no file, nothing differs", BASE RUN("", "a", "4"), BASE RUN("", "a", "5"), "", SAME},

	/* one builder's for the other */
	{"the legacy builder's image", LEGACY "l |1 V=1 /bin/sh -c make@4\n",
		TOP RUN("|1 V=1 ", "make", "4"), FILE_TOP "RUN make\n",
		"cache from another kind of builder"},
	{"BuildKit's image", TOP RUN("|1 V=1 ", "make", "4"), LEGACY "l |1 V=1 /bin/sh -c make@4\n",
		FILE_TOP "RUN make\n", "cache from another kind of builder", true},
	{"a base of the other builder's", "b RUN base # buildkit@1\nl /bin/sh -c make@2\n",
		"b RUN base # buildkit@1\nl /bin/sh -c make@3\n", "FROM a\nRUN make\n",
		"no reason known", true},

	/* the legacy builder: as measured on 20.10 and 26.1 */
	{"legacy: nothing", LEGACY "l |1 V=1 /bin/sh -c make@4\n",
		LEGACY "l |1 V=1 /bin/sh -c make@4\n", FILE_TOP "RUN make\n", "no reason known",
		true},
	{"legacy: argument", LEGACY "l |1 V=1 /bin/sh -c make@4\n",
		LEGACY "l |1 V=2 /bin/sh -c make@5\n", FILE_TOP "RUN make\n",
		"build argument V changed", true},
	{"legacy: the default of an argument", BASE "l /bin/sh -c #(nop)  ARG V=1\n",
		BASE "l /bin/sh -c #(nop)  ARG V=2\n", "FROM a\nARG V=2\n",
		"build argument V changed", true},
	{"legacy: instruction", LEGACY "l |1 V=1 /bin/sh -c make@4\n",
		LEGACY "l |1 V=1 /bin/sh -c make all@5\n", FILE_TOP "RUN make all\n",
		"instruction changed: line 5: RUN make all", true},
	{"legacy: labels matter", BASE "l /bin/sh -c #(nop)  LABEL a=1\nl /bin/sh -c make@2\n",
		BASE "l /bin/sh -c #(nop)  LABEL a=2\nl /bin/sh -c make@3\n",
		"FROM a\nLABEL a=2\nRUN make\n", "instruction changed: line 2: LABEL a=2", true},
	{"legacy: other files", LEGACY "l |1 V=1 /bin/sh -c make@4\n",
		BASE "l /bin/sh -c #(nop)  ARG V=1\nl /bin/sh -c #(nop) WORKDIR /s@2\n"
		     "l /bin/sh -c #(nop) COPY file:0b in . @3\nl |1 V=1 /bin/sh -c make@4\n",
		FILE_TOP "RUN make\n", "copied files changed: line 4: COPY d .", true},
	{"legacy: copied elsewhere", BASE "l /bin/sh -c #(nop) COPY file:0a in /a @2\n",
		BASE "l /bin/sh -c #(nop) COPY file:0a in /b @3\n", "FROM a\nCOPY d /b\n",
		"instruction changed: line 2: COPY d /b", true},
	{"legacy: base", LEGACY "l |1 V=1 /bin/sh -c make@4\n",
		"l busybox@7\nl /bin/sh -c #(nop)  ARG V=1\nl /bin/sh -c #(nop) WORKDIR /s@2\n"
		"l /bin/sh -c #(nop) COPY file:0a in . @3\nl |1 V=1 /bin/sh -c make@5\n",
		FILE_TOP "RUN make\n", "base image moved", true},
};

static void
finds(void **state)
{
	const struct row *row = *state;
	struct why_image cache, built;
	struct dockerfile df;
	struct strbuf said;
	struct why why;

	assert_true(read_image(&cache, row->cache, row->engine));
	assert_true(read_image(&built, row->built, true));
	dockerfile_parse(&df, row->file, strlen(row->file), NULL);
	why_find(&why, &cache, &built, &df, (int)df.nr_stages - 1);
	strbuf_init(&said);
	why_say(&why, &said);
	if (why.same)
		strbuf_addstr(&said, " (same)");
	assert_string_equal(said.buf, row->want);
	assert_null(strstr(said.buf, "s3cret"));
	strbuf_release(&said);
	why_release(&why);
	dockerfile_release(&df);
	why_image_release(&built);
	why_image_release(&cache);
}

static void
an_image_is_like_itself(void **state)
{
	const struct row *row = *state;
	struct why_image image;
	struct dockerfile df;
	struct why why;

	assert_true(read_image(&image, row->built, row->engine));
	dockerfile_parse(&df, row->file, strlen(row->file), NULL);
	why_find(&why, &image, &image, &df, (int)df.nr_stages - 1);
	assert_int_equal(why.reason, WHY_NONE);
	assert_int_equal(why.same, image.history[image.nr - 1].buildkit);
	why_release(&why);
	dockerfile_release(&df);
	why_image_release(&image);
}

static const struct text {
	const char *name, *text;
	bool engine;
	size_t want;
} texts[] = {
	{"registry", "{\"history\":[[\"a\",\"\",true]],\"layers\":[]}", false, 1},
	{"registry, words around it",
		"WARNING: x\n{\n \"history\": [\n[\"a\",\"\",false] , [ \"b\", \"c\",\ntrue]],"
		"\"layers\":null}\nWARNING\n",
		false, 2},
	{"registry, several platforms", "{\"history\":[],\"layers\":null}", false, 0},
	{"registry, cut short", "{\"history\":[[\"a\",\"\",true]],\"layers\":[", false, 0},
	{"registry, no layers", "{\"history\":[[\"a\",\"\",true]]}", false, 0},
	{"registry, another history", "{\"history\":[[\"a\",\"\",true],1],\"layers\":[]}", false,
		0},
	{"registry, an error", "ERROR: localhost:5000/a@sha256:0: not found\n", false, 0},
	{"engine", "[\"a\",\"\",\"0B\"]\n{\"layers\":[]}\n", true, 1},
	{"engine, words around it",
		"WARNING: x\n[\"a\",\"\",\"0B\"]\n[warning]\n[\"b\",\"\",\"1B\"]\n{\"layers\":[]}\n"
		"[\"c\",\"\",\"0B\"]\n",
		true, 2},
	{"engine, cut short", "[\"a\",\"\",\"0B\"]\n[\"b\",\"\",\"1", true, 0},
	{"engine, cut short in its layers", "[\"a\",\"\",\"0B\"]\n{\"layers\":[\"sha", true, 0},
	{"engine, no history", "{\"layers\":[]}\n", true, 0},
	{"nothing", "", true, 0},
	{"nothing of a registry", "", false, 0},
};

static void
reads(void **state)
{
	const struct text *row = *state;
	size_t len = strlen(row->text);
	char *text = exact_copy(row->text, len);
	struct why_image image;
	bool good;

	why_image_init(&image);
	good = (row->engine ? why_read_engine : why_read_registry)(&image, text, len);
	free(text);
	assert_int_equal(good, row->want > 0);
	assert_int_equal(image.nr, row->want);
	why_image_release(&image);
}

#define DIGITS "e859a99cc0afd0ca0c25712d8205cf96a295722c656c6f714fc369781c7ed1e"
#define A      "sha256:" DIGITS "a"
#define B      "sha256:" DIGITS "b"

static const struct follow {
	const char *name, *text, *want;
	bool config;
} follows[] = {
	{"an answer", "{\"manifest\":{\"mediaType\":\"x\",\"digest\":\"" A "\",\"size\":1}}", A,
		false},
	{"an answer: an index",
		"{\"manifest\":{\"digest\":\"" B "\",\"manifests\":[{\"digest\":\"" A
		"\",\"platform\":{\"os\":\"linux\"}}]}}",
		A, false},
	{"provenance first",
		"{\"manifests\":[{\"digest\":\"" B "\",\"platform\":{\"os\":\"unknown\"}},"
		"{\"digest\":\"" A "\",\"platform\":{\"os\":\"linux\"}}]}",
		A, false},
	{"no platform", "{\"manifests\":[{\"digest\":\"" A "\"}]}", A, false},
	{"a manifest",
		"{\"config\":{\"size\":1,\"digest\":\"" A "\"},\"layers\":[{\"digest\":\"" B
		"\"}]}",
		A, true},
	{"provenance alone",
		"{\"manifests\":[{\"digest\":\"" B "\",\"platform\":{\"os\":\"unknown\"}}]}", NULL,
		false},
	{"an empty index", "{\"manifest\":{\"digest\":\"" B "\",\"manifests\":[]}}", NULL, false},
	{"another algorithm", "{\"config\":{\"digest\":\"sha512:" DIGITS "a\"}}", NULL, false},
	{"no hexadecimal", "{\"config\":{\"digest\":\"sha256:" DIGITS "G\"}}", NULL, false},
	{"one digit more", "{\"config\":{\"digest\":\"" A "a\"}}", NULL, false},
	{"one digit short", "{\"config\":{\"digest\":\"sha256:" DIGITS "\"}}", NULL, false},
	{"cut short", "{\"config\":{\"digest\":\"" A "\"}", NULL, false},
	{"a config", "{\"rootfs\":{},\"config\":{\"Cmd\":[]}}", NULL, false},
	{"nothing", "", NULL, false},
};

static void
follows_digests(void **state)
{
	const struct follow *row = *state;
	size_t len = strlen(row->text);
	char *text = exact_copy(row->text, len), digest[DIGEST_MAX];
	bool config, good = why_follow(text, len, digest, &config);

	free(text);
	assert_int_equal(good, row->want != NULL);
	assert_int_equal(config, row->config);
	if (good)
		assert_string_equal(digest, row->want);
}

#define CONFIG(more) "{\"architecture\":\"amd64\"," more "\"os\":\"linux\",\"rootfs\":{}}"
#define CACHE(value) CONFIG("\"moby.buildkit.cache.v0\":" value ",")

static const struct config {
	const char *name, *text;
	enum why_reason want;
} configs[] = {
	{"none", CONFIG(""), WHY_NO_INLINE},
	/* [{"layers":[{"layer":1}],"digest":"sha256:1"}] */
	{"a layer", CACHE("\"W3sibGF5ZXJzIjpbeyJsYXllciI6MX1dLCJkaWdlc3QiOiJzaGEyNTY6MSJ9XQ==\""),
		WHY_NONE},
	/* [{"digest":"a"},{"layers":[{}],"digest":"b"}] */
	{"a layer in the second record",
		CACHE("\"W3siZGlnZXN0IjoiYSJ9LHsibGF5ZXJzIjpbe31dLCJkaWdlc3QiOiJiIn1d\""),
		WHY_NONE},
	/* [{"digest":"sha256:1"}] */
	{"records without layers", CACHE("\"W3siZGlnZXN0Ijoic2hhMjU2OjEifV0=\""), WHY_EMPTY_INLINE},
	{"no records", CACHE("\"W10=\""), WHY_EMPTY_INLINE},
	{"null inside", CACHE("\"bnVsbA==\""), WHY_EMPTY_INLINE},
	{"an empty text", CACHE("\"\""), WHY_EMPTY_INLINE},
	{"null", CACHE("null"), WHY_NONE},
	{"no base64", CACHE("\"W1-0=\""), WHY_NONE},
	{"cut short", "{\"moby.buildkit.cache.v0\":\"W10=\",\"rootfs\":{", WHY_NONE},
	{"no config", "{\"layers\":[]}", WHY_NONE},
	{"an error", "ERROR: not found\n", WHY_NONE},
	{"nothing", "", WHY_NONE},
};

static void
reads_inline_cache(void **state)
{
	const struct config *row = *state;
	size_t len = strlen(row->text);
	char *text = exact_copy(row->text, len);

	assert_int_equal(why_inline(text, len), row->want);
	free(text);
}

static void
inline_cache_is_said(void **state)
{
	static const struct why none = {.reason = WHY_NO_INLINE}, empty = {WHY_EMPTY_INLINE};
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	why_say(&none, &out);
	strbuf_addch(&out, '\n');
	why_say(&empty, &out);
	assert_string_equal(out.buf, "image without inline cache\ninline cache is empty");
	strbuf_release(&out);
}

static void
read_part(const char *text, size_t len, const struct why_image *built, const struct dockerfile *df)
{
	char *copy = exact_copy(text, len), digest[DIGEST_MAX];
	struct why_image image;
	struct why why;
	bool config;

	why_image_init(&image);
	why_read_registry(&image, copy, len);
	why_find(&why, &image, built, df, 0);
	why_release(&why);
	why_read_engine(&image, copy, len);
	why_find(&why, &image, built, df, 0);
	why_release(&why);
	why_find(&why, built, &image, df, 0);
	why_release(&why);
	why_follow(copy, len, digest, &config);
	why_inline(copy, len);
	why_image_release(&image);
	free(copy);
}

static void
damage_is_harmless(void **state)
{
	static const char damage[] = "\"\\{}[]:,|=\n\0x";
	const char *spec = TOP RUN("|1 V=1 ", "make", "4") END;
	struct why_image built;
	struct dockerfile df;
	struct strbuf text;
	size_t i, j, engine;

	(void)state;
	dockerfile_parse(&df, FILE, strlen(FILE), NULL);
	assert_true(read_image(&built, spec, true));
	strbuf_init(&text);
	for (engine = 0; engine < 2; engine++) {
		strbuf_reset(&text);
		write_answer(&text, spec, engine);
		for (i = 0; i < text.len; i++) {
			char was = text.buf[i];

			for (j = 0; j < sizeof(damage) - 1; j++) {
				text.buf[i] = damage[j];
				read_part(text.buf, text.len, &built, &df);
			}
			text.buf[i] = was;
			read_part(text.buf, i, &built, &df);
			read_part(text.buf + i, text.len - i, &built, &df);
		}
	}
	strbuf_release(&text);
	why_image_release(&built);
	dockerfile_release(&df);
}

int
main(void)
{
	add_rows(finds, rows);
	add_rows(an_image_is_like_itself, rows);
	add_rows(reads, texts);
	add_rows(follows_digests, follows);
	add_rows(reads_inline_cache, configs);
	add_test(inline_cache_is_said);
	add_test(damage_is_harmless);
	return run_all();
}
