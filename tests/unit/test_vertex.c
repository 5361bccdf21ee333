#include "rows.h"

#include "strbuf.h"
#include "vertex.h"

/*
 * A line, and what is read of it: its number and kind; of a step "AT/OF" and its stage; of an error
 * its text. NULL: it is none of a vertex.
 */
static const struct row {
	const char *name, *want;
} rows[] = {
	{"#7 [builder 2/4] RUN make", "7 step 2/4 'builder'"},
	{"#7 [builder  2/11] RUN make", "7 step 2/11 'builder'"},
	{"#7 [builder 10/11] RUN make", "7 step 10/11 'builder'"},
	{"#7 [2/4] RUN make", "7 step 2/4 ''"},
	{"#7 [ 2/11] RUN make", "7 step 2/11 ''"},
	{"#7 [stage-1 3/3] COPY --from=builder /x /x", "7 step 3/3 'stage-1'"},
	{"#7 [linux/amd64 builder 2/4] RUN make", "7 step 2/4 'builder'"},
	{"#7 [linux/amd64->arm64 builder 2/4] RUN make", "7 step 2/4 'builder'"},
	{"#7 [linux/arm/v7 2/4] RUN make", "7 step 2/4 ''"},
	{"#7 [a 2/4] RUN [ -e / ]", "7 step 2/4 'a'"},
	{"#7 [a 2/4] COPY FROM /x", "7 step 2/4 'a'"},
	{"#7 [a 1/4] FROM docker.io/library/golang:1", "7 from 1/4 'a'"},
	{"#7 [internal] load build definition from Dockerfile", "7 other"},
	{"#7 [auth] library/golang:pull token for registry-1.docker.io", "7 other"},
	{"#7 [a 2/4", "7 other"},
	{"#7 [a 2] RUN a", "7 other"},
	{"#7 [a /4] RUN a", "7 other"},
	{"#7 [a 2/] RUN a", "7 other"},
	{"#7 [a 2/4x] RUN a", "7 other"},
	{"#7 [a 2/4]", "7 other"},
	{"#7 [] RUN a", "7 other"},
	{"#7 [", "7 other"},

	{"#7 CACHED", "7 cached"},
	{"#7 DONE 3.1s", "7 done"},
	{"#7 DONE", "7 done"},
	{"#7 CANCELED", "7 other"},
	{"#7 ERROR: process \"/bin/sh -c x\" did not complete successfully: exit code: 1",
		"7 error 'process \"/bin/sh -c x\" did not complete successfully: exit code: 1'"},
	{"#7 ERROR", "7 error ''"},
	{"#7 ERROR: ", "7 error ''"},

	{"#7 sha256:3f00 101B / 101B 0.0s done", "7 fetching"},
	{"#7 pushing layers 3.0s done", "7 other"},
	{"#7 pushing manifest for reg/app:1@sha256:3f00", "7 pushed"},
	{"#7 sha256:3f00 44.04MB / 44.04MB 3.9s done", "7 fetching 44040 kB"},
	{"#7 sha256:3f00 1.05GB / 1.05GB 39.1s done", "7 fetching 1050000 kB"},
	{"#7 sha256:3f00 2kB / 2kB done", "7 fetching 2 kB"},
	{"#7 sha256:3f00 31.46MB / 44.04MB 2.9s", "7 fetching"},
	{"#7 sha256:3f00 done", "7 fetching"},
	{"#7 sha256:3f00 1B / 99999999999GB done", "7 fetching"},
	{"#7 sha256:3f00 1B / 4294967295GB done", "7 fetching"},
	{"#7 sha256:3f00 / x. done", "7 fetching"},
	{"#7 sha256:3f00 / 1. done", "7 fetching"},
	{"#7 extracting sha256:3f00 0.1s done", "7 fetching"},
	{"#7 pulling sha256:3f00 0.1s done", "7 fetching"},
	{"#7 sha256:3f00", "7 other"}, /* 20.10 says so of each vertex */

	{"#7 0.512 cc -c x.c", "7 log"},
	{"#7 12.34 ", "7 log"},
	{"#7 0.512", "7 other"},
	{"#7 12 x", "7 other"},
	{"#7 .5 x", "7 other"},
	{"#7 ...", "7 other"},

	{"#7 exporting cache to registry", "7 export"},
	{"#7 exporting cache to client directory", "7 export"},
	{"#7 exporting to image", "7 output"},
	{"#7 exporting layers 0.1s done", "7 other"},
	{"#7 preparing build cache for export", "7 other"},

	{"#0 building with \"default\" instance using docker driver", "0 other"},
	{"#4095 CACHED", "4095 cached"},
	{"#4096 CACHED", NULL},
	{"#4294967303 CACHED", NULL},
	{"#7", NULL},
	{"#7 ", "7 other"},
	{"#7CACHED", NULL},
	{"# CACHED", NULL},
	{"#x CACHED", NULL},
	{" #7 CACHED", NULL},
	{"7 CACHED", NULL},
	{"Step 1/2 : FROM a", NULL},
	{"", NULL},
};

static void
add_vertex(struct strbuf *out, const struct vertex *v)
{
	static const char *const names[] = {[VERTEX_OTHER] = "other",
		[VERTEX_FROM] = "from",
		[VERTEX_STEP] = "step",
		[VERTEX_EXPORT] = "export",
		[VERTEX_OUTPUT] = "output",
		[VERTEX_PUSHED] = "pushed",
		[VERTEX_CACHED] = "cached",
		[VERTEX_DONE] = "done",
		[VERTEX_ERROR] = "error",
		[VERTEX_FETCHING] = "fetching",
		[VERTEX_LOG] = "log"};

	strbuf_addf(out, "%u %s", v->number, names[v->kind]);
	if (v->kind == VERTEX_STEP || v->kind == VERTEX_FROM)
		strbuf_addf(out, " %u/%u '%.*s'", v->at, v->of, (int)v->stage_len, v->stage);
	if (v->kilobytes)
		strbuf_addf(out, " %u kB", v->kilobytes);
	if (v->kind == VERTEX_ERROR)
		strbuf_addf(out, " '%.*s'", (int)v->len, v->text);
}

static void
reads(void **state)
{
	const struct row *row = *state;
	size_t len = strlen(row->name);
	char *line = exact_copy(row->name, len);
	struct strbuf got;
	struct vertex v;

	strbuf_init(&got);
	if (vertex_read(&v, line, len))
		add_vertex(&got, &v);
	assert_string_equal(got.buf, row->want ? row->want : "");
	strbuf_release(&got);
	free(line);
}

static void
any_part_is_harmless(void **state)
{
	const struct row *row = *state;
	size_t len = strlen(row->name), i;

	for (i = 0; i < len; i++) {
		char *line = exact_copy(row->name, i);
		struct vertex v;

		if (vertex_read(&v, line, i)) {
			assert_true(v.number < VERTEX_MAX);
			vertex_is_of(&v, "builder");
		}
		free(line);
	}
}

/* A line of a step, and whether it is of the stage "builder". */
static const struct of_stage {
	const char *name;
	bool want;
} of_stages[] = {
	{"#7 [builder 2/4] RUN a", true},
	{"#7 [linux/amd64 builder 2/4] RUN a", true},
	{"#7 [2/4] RUN a", true}, /* there is no other */
	{"#7 [linux/amd64 2/4] RUN a", true},
	{"#7 [build 2/4] RUN a", false},
	{"#7 [builder2 2/4] RUN a", false},
	{"#7 [Builder 2/4] RUN a", false},
	{"#7 [stage-1 2/4] RUN a", false},
};

static void
is_of_builder(void **state)
{
	const struct of_stage *row = *state;
	struct vertex v;

	assert_true(vertex_read(&v, row->name, strlen(row->name)));
	assert_int_equal(v.kind, VERTEX_STEP);
	assert_int_equal(vertex_is_of(&v, "builder"), row->want);
}

int
main(void)
{
	add_rows(reads, rows);
	add_rows(any_part_is_harmless, rows);
	add_rows(is_of_builder, of_stages);
	return run_all();
}
