#include "rows.h"

#include "progress.h"

/* 28.5, a builder stage whose second instruction came from an image, and a runtime stage. */
static const char buildkit[] =
	"#0 building with \"default\" instance using docker driver\n"
	"\n"
	"#1 [internal] load build definition from Dockerfile\n"
	"#1 transferring dockerfile: 229B done\n"
	"#1 DONE 0.0s\n"
	"\n"
	"#2 [internal] load metadata for localhost:5000/base:1\n"
	"#2 DONE 0.0s\n"
	"\n"
	"#3 [internal] load .dockerignore\n"
	"#3 transferring context: 2B done\n"
	"#3 DONE 0.0s\n"
	"\n"
	"#4 [builder 1/4] FROM localhost:5000/base:1@sha256:e859a99cc0afd0ca0c25712d8205cf96\n"
	"#4 resolve localhost:5000/base:1@sha256:e859a99cc0afd0ca0c25712d8205cf96 0.0s done\n"
	"#4 CACHED\n"
	"\n"
	"#5 importing cache manifest from localhost:5000/app:nope\n"
	"#5 ERROR: failed to configure registry cache importer: localhost:5000/app:nope: not "
	"found\n"
	"\n"
	"#6 importing cache manifest from localhost:5000/app:main-builder\n"
	"#6 inferred cache manifest type: application/vnd.oci.image.index.v1+json done\n"
	"#6 DONE 0.0s\n"
	"\n"
	"#7 [internal] load build context\n"
	"#7 transferring context: 34B done\n"
	"#7 DONE 0.0s\n"
	"\n"
	"#8 [builder 2/4] RUN dd if=/dev/urandom of=/big bs=1M count=60\n"
	"#8 pulling sha256:1308f06b023614c56f40a729621626f0979ec50dab01f8bf7bc23fdfd770f912\n"
	"#8 pulling sha256:1308f06b023614c56f40a729621626f0979ec50dab01f8bf7bc23fdfd770f912 0.1s "
	"done\n"
	"#8 CACHED\n"
	"\n"
	"#9 [builder 3/4] COPY src /src\n"
	"#9 DONE 0.0s\n"
	"\n"
	"#10 [builder 4/4] RUN cat /src > /made\n"
	"#10 0.312 CACHED\n"
	"#10 0.313 DONE 1.0s\n"
	"#10 0.314 [builder 2/4] RUN x\n"
	"#10 0.315 #8 CACHED\n"
	"#10 DONE 1.3s\n"
	"\n"
	"#11 [stage-1 2/2] COPY --from=builder /made /made\n"
	"#11 DONE 0.0s\n"
	"\n"
	"#12 exporting to image\n"
	"#12 exporting layers 0.0s done\n"
	"#12 preparing layers for inline cache 0.0s done\n"
	"#12 writing image "
	"sha256:f3d6a8cac047d5113d2207c3b42811a1f09fee3f5851e12535310242baef300d\n"
	"#12 naming to docker.io/library/x:1 done\n"
	"#12 DONE 0.1s\n";

/* 20.10 prints each vertex' digest below its name. */
static const char buildkit20[] =
	"#1 [internal] load build definition from Dockerfile\n"
	"#1 sha256:4a72a457e4039afbf22310dec9f8dfb28095d6fe50244951b4dedd1de0d17f5b\n"
	"#1 transferring dockerfile: 316B done\n"
	"#1 DONE 0.0s\n"
	"\n"
	"#4 [builder 1/3] FROM localhost:5000/base:1\n"
	"#4 sha256:1e30b3d00ced0942b0ea42e768114742efa09fbbf951590858b9362263b4e689\n"
	"#4 DONE 0.0s\n"
	"\n"
	"#10 importing cache manifest from localhost:5000/app:nope\n"
	"#10 sha256:582db3b387d69927c6dd3fa23561b0b944167e0a45b2189d08a9b5fe877e60f0\n"
	"#10 ERROR: localhost:5000/app:nope: not found\n"
	"\n"
	"#6 [builder 3/3] RUN echo 2\n"
	"#6 sha256:aaaa5422ee1955bcc2b8ca33997caddbab53d7cd0ee05e883c49bcccaf4176c9\n"
	"#6 CACHED\n"
	"\n"
	"#5 [builder 2/3] RUN echo 1\n"
	"#5 sha256:13379e8edd901ae1ef62feb99bf64d8dc86ac87d4be3a5d5487c49f2d373efd6\n"
	"#5 CACHED\n"
	"\n"
	"#16 [stage-1 2/2] RUN echo 3\n"
	"#16 sha256:52c724e6902c4d42a625cbdb6d42baf50b600d24a0c9c01c7b9e90580b7f2794\n"
	"#16 0.485 3\n"
	"#16 DONE 0.5s\n";

/* One stage has no name in what is printed, whether it has one in the file or not. */
static const char one_stage[] =
	"#4 [1/3] FROM "
	"localhost:5000/base:1@sha256:e859a99cc0afd0ca0c25712d8205cf96a295722c656c6f7\n"
	"#4 CACHED\n"
	"\n"
	"#5 [2/3] RUN echo hello\n"
	"#5 CACHED\n"
	"\n"
	"#6 [3/3] RUN exit 42\n"
	"#6 0.4 hello\n"
	"#6 ERROR: process \"/bin/sh -c exit 42\" did not complete successfully: exit code: 42\n"
	"------\n"
	" > [3/3] RUN exit 42:\n"
	"------\n"
	"Dockerfile:4\n"
	"--------------------\n"
	"   2 |       FROM localhost:5000/base:1 AS a\n"
	"   3 |     RUN echo hello\n"
	"   4 | >>> RUN exit 42\n"
	"--------------------\n"
	"ERROR: failed to build: failed to solve: process \"/bin/sh -c exit 42\" did not complete "
	"successfully: exit code: 42\n";

/* Stages side by side take turns, and say their names again. */
static const char side_by_side[] =
	"#5 [a 2/3] RUN one\n"
	"#5 0.1 x\n"
	"#5 ...\n"
	"\n"
	"#6 [b 2/2] RUN two\n"
	"#6 0.1 x\n"
	"#6 ...\n"
	"\n"
	"#5 [a 2/3] RUN one\n"
	"#5 0.2 x\n"
	"#5 DONE 0.3s\n"
	"\n"
	"#7 [ab 2/2] RUN three\n"
	"#7 CACHED\n"
	"\n"
	"#6 [b 2/2] RUN two\n"
	"#6 CANCELED\n"
	"\n"
	"#8 [a 3/3] RUN four\n"
	"#8 ERROR: process \"/bin/sh -c four\" did not complete successfully: exit code: 1\n";

static const char platforms[] = "#5 [linux/amd64 builder 1/3] FROM docker.io/library/golang:1\n"
				"#5 DONE 0.3s\n"
				"#6 [linux/amd64 builder 2/3] RUN one\n"
				"#6 DONE 0.3s\n"
				"#7 [linux/amd64->arm64 builder 2/3] RUN one\n"
				"#7 CACHED\n"
				"#8 [linux/arm/v7 builder 3/3] RUN two\n"
				"#8 CACHED\n"
				"#9 [linux/arm64 stage-1 2/2] COPY --from=builder /x /x\n"
				"#9 DONE 0.3s\n";

/* 20.10 */
static const char legacy[] =
	"Sending build context to Docker daemon  4.096kB\n"
	"Step 1/7 : ARG V=1\n"
	"Step 2/7 : FROM localhost:5000/base:1 AS builder\n"
	"1: Pulling from base\n"
	"00b2c738e6fc: Pull complete\n"
	"Digest: sha256:e859a99cc0afd0ca0c25712d8205cf96a295722c656c6f714fc369781c7ed1e7\n"
	"Status: Downloaded newer image for localhost:5000/base:1\n"
	" ---> ecf5a722965c\n"
	"Step 3/7 : RUN echo 1\n"
	" ---> Using cache\n"
	" ---> 3d7d8297090e\n"
	"Step 4/7 : RUN echo 2\n"
	" ---> Running in 01c6e4dffe35\n"
	"2\n"
	"Removing intermediate container 01c6e4dffe35\n"
	" ---> 33e858761260\n"
	"Step 5/7 : FROM localhost:5000/base:1\n"
	" ---> ecf5a722965c\n"
	"Step 6/7 : COPY --from=builder /bin/sh /x\n"
	" ---> Using cache\n"
	" ---> b7c930419958\n"
	"Step 7/7 : CMD [\"/x\"]\n"
	" ---> Using cache\n"
	" ---> 5d8134e63120\n"
	"Successfully built 5d8134e63120\n"
	"Successfully tagged x:1\n";

static const struct log {
	const char *name;
	const char *stage; /* NULL: it has no name */
	int index;
	const char *text;
	unsigned steps, cached;
} logs[] = {
	{"BuildKit: a stage", "builder", 0, buildkit, 3, 1},
	{"BuildKit: an unnamed stage", NULL, 1, buildkit, 1, 0},
	{"BuildKit: another stage", "other", 2, buildkit, 0, 0},
	{"BuildKit: another unnamed stage", NULL, 0, buildkit, 0, 0},
	{"BuildKit: part of a name", "build", 0, buildkit, 0, 0},
	{"BuildKit: other case", "Builder", 0, buildkit, 0, 0},
	{"BuildKit 20.10: a stage", "builder", 0, buildkit20, 2, 2},
	{"BuildKit 20.10: an unnamed stage", NULL, 1, buildkit20, 1, 0},
	{"one stage", NULL, 0, one_stage, 1, 1},
	{"one stage that has a name", "a", 0, one_stage, 1, 1},
	{"one stage of an unknown file", NULL, -1, one_stage, 1, 1},
	{"side by side: a", "a", 0, side_by_side, 1, 0},
	{"side by side: b was not finished", "b", 1, side_by_side, 0, 0},
	{"side by side: ab", "ab", 2, side_by_side, 1, 1},
	{"platforms", "builder", 0, platforms, 3, 2},
	{"platforms: an unnamed stage", NULL, 1, platforms, 1, 0},
	{"legacy: first stage", "builder", 0, legacy, 2, 1},
	{"legacy: second stage", NULL, 1, legacy, 2, 2},
	{"legacy: the index counts, not the name", "builder", 1, legacy, 2, 2},
	{"legacy: no such stage", NULL, 2, legacy, 0, 0},
	{"legacy: file unknown", NULL, -1, "Step 1/2 : FROM a\nStep 2/2 : RUN a\n", 0, 0},

	{"padded numbers", "builder", 0,
		"#5 [builder  2/11] RUN a\n#5 CACHED\n#13 [builder 10/11] RUN a\n#13 CACHED\n", 2,
		2},
	{"padded numbers, one stage", NULL, 0, "#5 [ 2/11] RUN a\n#5 CACHED\n", 1, 1},
	{"one unnamed stage with a platform", NULL, 0, "#5 [linux/amd64 2/2] RUN a\n#5 CACHED\n", 1,
		1},
	{"a hit whose layer is fetched later is one step", "builder", 0,
		"#10 [builder 4/4] RUN a\n#10 CACHED\n\n#10 [builder 4/4] RUN a\n"
		"#10 sha256:11 101B / 101B 0.0s done\n#10 DONE 0.5s\n",
		1, 1},
	{"a hit of which only the fetching is told", "builder", 0,
		"#9 [builder 3/4] RUN a\n#9 sha256:11 101B / 101B 0.0s done\n"
		"#9 extracting sha256:11 0.1s done\n#9 DONE 0.5s\n",
		1, 1},
	{"legacy: FROM as it is written, first stage", "one", 0,
		"Step 1/5 : ARG V=1\nStep 2/5 : from x as one\nStep 3/5 : RUN a\n ---> Using "
		"cache\n"
		"Step 4/5 : FROM\tx\tAS\ttwo\nStep 5/5 : RUN b\n",
		1, 1},
	{"legacy: FROM as it is written, second stage", "two", 1,
		"Step 1/5 : ARG V=1\nStep 2/5 : from x as one\nStep 3/5 : RUN a\n ---> Using "
		"cache\n"
		"Step 4/5 : FROM\tx\tAS\ttwo\nStep 5/5 : RUN b\n",
		1, 0},
	{"legacy: an ARG before FROM in an unknown file", NULL, -1,
		"Step 1/2 : ARG V=1\nStep 2/2 : FROM a\n", 0, 0},
	{"eleventh stage", NULL, 11, "#5 [stage-1 2/2] RUN a\n#5 DONE 0.1s\n", 0, 0},
	{"first stage of twelve", NULL, 1, "#5 [stage-11 2/2] RUN a\n#5 DONE 0.1s\n", 0, 0},
	{"a stage called as an unnamed one", "stage-1", 0, "#5 [stage-1 2/2] RUN a\n#5 CACHED\n", 1,
		1},
	{"ONBUILD", "a", 0, "#5 [a 2/2] ONBUILD RUN a\n#5 CACHED\n", 1, 1},
	{"brackets in a command", "a", 0, "#5 [a 2/2] RUN [ -e / ] && x\n#5 CACHED\n", 1, 1},
	{"a command about FROM", "a", 0, "#5 [a 2/2] COPY FROM /x\n#5 CACHED\n", 1, 1},
	{"done without a time", "a", 0, "#5 [a 2/2] RUN a\n#5 DONE\n", 1, 0},
	{"ended twice", "a", 0, "#5 [a 2/2] RUN a\n#5 DONE 0.1s\n#5 DONE 0.1s\n", 1, 0},
	{"ended before it began", "a", 0, "#5 CACHED\n#5 [a 2/2] RUN a\n", 0, 0},
	{"another number ends", "a", 0, "#5 [a 2/2] RUN a\n#50 CACHED\n#6 CACHED\n#05x CACHED\n", 0,
		0},
	{"last number that counts", "a", 0, "#4095 [a 2/2] RUN a\n#4095 CACHED\n", 1, 1},
	{"first that does not", "a", 0, "#4096 [a 2/2] RUN a\n#4096 CACHED\n", 0, 0},
	{"a number that would wrap", "a", 0,
		"#4294967301 [a 2/2] RUN a\n#5 CACHED\n#4294967301 CACHED\n", 0, 0},
	{"unfinished label", "a", 0, "#5 [a 2/2\n#5 CACHED\n", 0, 0},
	{"label without a slash", "a", 0, "#5 [a 2] RUN a\n#5 CACHED\n", 0, 0},
	{"label without a number", "a", 0, "#5 [a /2] RUN a\n#5 CACHED\n", 0, 0},
	{"empty label", "a", 0, "#5 [] RUN a\n#5 CACHED\n", 0, 0},
	{"no label", "a", 0, "#5 a 2/2] RUN a\n#5 CACHED\n", 0, 0},
	{"no blank behind the number", "a", 0, "#5[a 2/2] RUN a\n#5CACHED\n", 0, 0},
	{"blank before", "a", 0, " #5 [a 2/2] RUN a\n #5 CACHED\n", 0, 0},

	{"legacy: cache without a step", "a", 0, " ---> Using cache\n", 0, 0},
	{"legacy: one step is cached once", "a", 0,
		"Step 1/2 : FROM a\nStep 2/2 : RUN a\n ---> Using cache\n ---> Using cache\n", 1,
		1},
	{"legacy: FROM is no step", "a", 0, "Step 1/2 : FROM a\n ---> Using cache\n", 0, 0},
	{"legacy: a step of many", "a", 0, "Step 1/120 : FROM a\nStep 119/120 : RUN a\n", 1, 0},
	{"legacy: no number", "a", 0, "Step 1/2 : FROM a\nStep /2 : RUN a\nStep 1/ : RUN a\n", 0,
		0},
	{"legacy: no colon", "a", 0, "Step 1/2 : FROM a\nStep 2/2 RUN a\n", 0, 0},
	{"legacy: indented", "a", 0, "Step 1/2 : FROM a\n Step 2/2 : RUN a\n", 0, 0},
	{"nothing", "a", 0, "", 0, 0},
	{"other words", "a", 0, "hello\n\n#\n# \n#5\n#5 \n#x\nStep\nStep \n[\n]\n", 0, 0},
};

/* Gives it the lines of a log, each ending right behind its last byte. */
static void
feed(struct progress *p, const char *text, size_t len)
{
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		char *line = exact_copy(text, n);

		progress_line(p, line, n);
		free(line);
		n += end != NULL;
		text += n;
		len -= n;
	}
}

static void
counts(void **state)
{
	const struct log *row = *state;
	struct progress p;

	progress_init(&p, row->stage, row->index);
	assert_int_equal(p.steps, 0);
	assert_int_equal(p.cached, 0);
	feed(&p, row->text, strlen(row->text));
	assert_int_equal(p.steps, row->steps);
	assert_int_equal(p.cached, row->cached);
}

static void
any_part_is_harmless(void **state)
{
	const struct log *row = *state;
	size_t len = strlen(row->text), i;
	struct progress p;

	for (i = 0; i < len; i += 1 + len / 200) {
		progress_init(&p, row->stage, row->index);
		feed(&p, row->text, i);
		feed(&p, row->text + i, len - i);
		assert_true(p.cached <= p.steps);
	}
}

static void
garbage_is_harmless(void **state)
{
	static const char *const pieces[] = {"#", "5", "4095", "4096", " ", "[", "]", "a", "/", "2",
		"stage-1", "CACHED", "DONE", "\n", "Step ", " : ", "FROM ", "RUN",
		" ---> Using cache", "\xff", "99999999999", "-", "ERROR"};
	static const char *const stages[] = {"a", "", NULL, "2"};
	uint64_t seed = 10;
	char text[400];
	struct progress p;
	size_t round, len, n;

	(void)state;
	for (round = 0; round < 30000; round++) {
		progress_init(&p, stages[round % ARRAY_SIZE(stages)], (int)(round % 5) - 1);
		len = 0;
		for (n = random_below(&seed, 20); n > 0; n--) {
			const char *piece = pieces[random_below(&seed, ARRAY_SIZE(pieces))];

			memcpy(text + len, piece, strlen(piece));
			len += strlen(piece);
		}
		feed(&p, text, len);
		feed(&p, "#5 [a 2/2] RUN\n#5 DONE\n", 23);
		assert_true(p.cached <= p.steps);
	}
}

static void
long_and_odd_lines(void **state)
{
	char *line = xcalloc(100000, 1);
	struct progress p;

	(void)state;
	progress_init(&p, "a", 0);
	progress_line(&p, line, 0);
	progress_line(&p, line, 100000); /* NULs */
	memset(line, '#', 100000);
	progress_line(&p, line, 100000);
	memset(line, '9', 99999);
	line[0] = '#';
	progress_line(&p, line, 100000);
	memcpy(line, "#5 [a 2/2] RUN ", 15); /* a command may be long */
	progress_line(&p, line, 100000);
	progress_line(&p, "#5 CACHED", 9);
	assert_int_equal(p.steps, 1);
	assert_int_equal(p.cached, 1);
	free(line);
}

int
main(void)
{
	add_rows(counts, logs);
	add_rows(any_part_is_harmless, logs);
	add_test(garbage_is_harmless);
	add_test(long_and_odd_lines);
	return run_all();
}
