/*
 * differential DIR ENGINES PROGRAM: gives the same command lines to docker and to PROGRAM, and
 * compares what docker makes of the user's words with what docker makes of the build of the image
 * that PROGRAM plans of them. Docker cannot be asked how it parses, so its client is run against a
 * fake engine in here. Prints TAP, a test a line; works in DIR.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "lines.h"
#include "trace.h"

#define NR_WORKERS 2
#define CACHE_REPO "cache.invalid/ours"

static const struct kind {
	const char *name;
	const char *program; /* under ENGINES */
	const char *buildkit, *mode;
	size_t every; /* a line in so many: a line costs time, and clients parse alike */
} kinds[NR_CLIENTS] = {
	[LEGACY_20] = {"20.10", "bookworm/usr/bin/docker", "DOCKER_BUILDKIT=0",
		"DBRC_CACHE_MODE=pull", 4},
	[LEGACY_26] = {"26.1", "trixie/usr/bin/docker", "DOCKER_BUILDKIT=0", "DBRC_CACHE_MODE=pull",
		19},
	[BUILDX_26] = {"buildx", "trixie/usr/libexec/docker/cli-plugins/docker-buildx",
		"DOCKER_BUILDKIT=1", "DBRC_CACHE_MODE=inline", 9},
};

struct test {
	bool good;
	struct strbuf report; /* of a difference */
};

static struct run {
	const char *dir, *engines, *program;
	struct lines lines;
	struct test *tests;
	pthread_mutex_t lock;
	size_t next;
} run = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void
make_env(struct strvec *env, const struct kind *kind)
{
	strvec_init(env);
	strvec_pushl(env, "PATH=/nowhere", "FROM_ENV=1", "GOMAXPROCS=1", "GOGC=off",
		"DOCKER_HOST=unix://../sock", "DOCKER_CONFIG=../config", "HOME=..", kind->buildkit,
		kind->mode, "DBRC_DRY_RUN=json", "DBRC_CACHE_BRANCH=main",
		"DBRC_CACHE_REPO=" CACHE_REPO);
	strvec_pushf(env, "BUILDX_CONFIG=%s/buildx", run.dir);
}

/* Runs docker build with the words, and adds what came of it. */
static void
trace_docker(struct place *place, const struct kind *kind, const struct strvec *words,
	struct strbuf *trace)
{
	char *program = xasprintf("%s/%s", run.engines, kind->program);
	struct strvec argv, env;
	struct result result;

	strvec_init(&argv);
	strvec_pushl(&argv, "docker", "build");
	strvec_push_all(&argv, words);
	make_env(&env, kind);
	place_run(place, program, &argv, &env, &result);
	trace_add(trace, &result, &place->engine, CACHE_REPO ":");
	result_release(&result);
	strvec_release(&env);
	strvec_release(&argv);
	free(program);
}

/* The words behind "docker build" of a plan's last build; false: it has none. */
static bool
last_build(const struct strbuf *plan, struct strvec *words)
{
	struct json rest = json_at((struct json){plan->buf, plan->len}, "steps"), none, step;
	struct json argv = {"", 0};
	size_t skip = 2;

	rest = json_inside(rest);
	while (json_next(&rest, &none, &step)) {
		/* one that is optional is for the cache alone */
		if (json_is(json_at(step, "kind"), "build-stage") &&
			json_is(json_at(step, "optional"), "false"))
			argv = json_at(step, "argv");
	}
	rest = json_inside(argv);
	if (!json_next(&rest, &none, &argv))
		return false;
	rest = json_inside(argv);
	while (json_next(&rest, &none, &argv)) {
		struct strbuf word;

		strbuf_init(&word);
		json_text(argv, &word);
		if (skip)
			skip--;
		else
			strvec_push(words, word.buf);
		strbuf_release(&word);
	}
	return true;
}

/* Asks for the plan, and has docker carry out its last build. */
static void
trace_plan(struct place *place, const struct line *line, struct strvec *words, struct strbuf *trace)
{
	struct strvec argv, env;
	struct result result;

	strvec_init(&argv);
	strvec_push(&argv, "docker-build-remote-cache");
	strvec_push_all(&argv, &line->ours);
	make_env(&env, &kinds[line->client]);
	place_run(place, run.program, &argv, &env, &result);
	if (last_build(&result.out, words))
		trace_docker(place, &kinds[line->client], words, trace);
	else
		strbuf_addf(trace, "no plan: status %d: %s\n", result.status, result.err.buf);
	result_release(&result);
	strvec_release(&env);
	strvec_release(&argv);
}

static void
add_comment(struct strbuf *out, const char *what, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line = xstrndup(text, len);

		strbuf_addf(out, "# %s %s\n", what, line);
		free(line);
		text += len + (text[len] != '\0');
	}
}

static void
add_words(struct strbuf *out, const char *what, const struct strvec *words)
{
	struct strbuf text;

	strbuf_init(&text);
	strbuf_add_command(&text, words->v);
	add_comment(out, what, text.buf);
	strbuf_release(&text);
}

static void
test_line(struct place *place, const struct line *line, struct test *test)
{
	struct strbuf direct, planned;
	struct strvec words;

	strbuf_init(&direct);
	strbuf_init(&planned);
	strvec_init(&words);
	trace_docker(place, &kinds[line->client], &line->docker, &direct);
	trace_plan(place, line, &words, &planned);
	test->good = str_eq(direct.buf, planned.buf);
	if (!test->good) {
		add_words(&test->report, "docker build", &line->docker);
		add_comment(&test->report, "  -", direct.buf);
		add_words(&test->report, "planned: docker build", &words);
		add_comment(&test->report, "  +", planned.buf);
	}
	if (getenv("DBRC_TEST_TRACE"))
		add_comment(&test->report, "", direct.buf);
	strvec_release(&words);
	strbuf_release(&direct);
	strbuf_release(&planned);
}

static void *
work(void *place)
{
	for (;;) {
		size_t i;

		pthread_mutex_lock(&run.lock);
		i = run.next < run.lines.nr ? run.next++ : run.lines.nr;
		pthread_mutex_unlock(&run.lock);
		if (i == run.lines.nr)
			return NULL;
		test_line(place, &run.lines.v[i], &run.tests[i]);
	}
}

/* Each worker has a place of its own. False: errno says why not. */
static bool
work_all(void)
{
	struct place places[NR_WORKERS];
	pthread_t threads[NR_WORKERS];
	size_t nr, i;

	for (nr = 0; nr < NR_WORKERS; nr++) {
		char *dir = xasprintf("%s/%zu", run.dir, nr);
		bool good = place_make(&places[nr], dir);

		free(dir);
		if (!good || pthread_create(&threads[nr], NULL, work, &places[nr]))
			return false;
	}
	for (i = 0; i < nr; i++) {
		pthread_join(threads[i], NULL);
		place_release(&places[i]);
	}
	return true;
}

/* Prints a line's name: a '#' would start a directive of TAP. */
static void
print_test(size_t number, const struct line *line, const struct test *test)
{
	struct strbuf words;
	char *c;

	strbuf_init(&words);
	strbuf_add_command(&words, line->ours.v);
	for (c = words.buf; *c; c++) {
		if (*c == '#' || *c == '\n')
			*c = '?';
	}
	printf("%sok %zu %s: %s\n%s", test->good ? "" : "not ", number, kinds[line->client].name,
		words.buf, test->report.buf);
	strbuf_release(&words);
}

/* Keeps one line in so many. */
static void
thin_out(struct lines *lines, size_t from, size_t every)
{
	size_t kept = from, i;

	for (i = from; i < lines->nr; i++) {
		if ((i - from) % every == 0) {
			lines->v[kept++] = lines->v[i];
			continue;
		}
		strvec_release(&lines->v[i].ours);
		strvec_release(&lines->v[i].docker);
	}
	lines->nr = kept;
}

int
main(int argc, char *argv[])
{
	bool all = getenv("DBRC_TEST_ALL") != NULL, good = true;
	size_t i;

	if (argc != 4) {
		fputs("usage: differential DIR ENGINES PROGRAM\n", stderr);
		return 64;
	}
	run.dir = argv[1];
	run.engines = argv[2];
	run.program = argv[3];
	for (i = 0; i < NR_CLIENTS; i++) {
		size_t from = run.lines.nr;

		if (!lines_add(&run.lines, (enum client)i, "tests/unit/docker_flags.tsv",
			    "tests/differential/values.tsv")) {
			fputs("differential: no table of flags\n", stderr);
			return 1;
		}
		if (!all)
			thin_out(&run.lines, from, kinds[i].every);
	}
	run.tests = xcalloc(run.lines.nr, sizeof(*run.tests));
	for (i = 0; i < run.lines.nr; i++)
		strbuf_init(&run.tests[i].report);
	if (!work_all()) {
		perror("differential");
		return 1;
	}
	for (i = 0; i < run.lines.nr; i++) {
		print_test(i + 1, &run.lines.v[i], &run.tests[i]);
		good = good && run.tests[i].good;
		strbuf_release(&run.tests[i].report);
	}
	printf("1..%zu\n", run.lines.nr);
	free(run.tests);
	lines_release(&run.lines);
	return !good;
}
