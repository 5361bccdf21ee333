#include "spool.h"

#include <sys/resource.h>

#include "expect.h"

#define MIB (1u << 20)

static char *folder;

/* The byte at a place of the pattern that all tests here write: no short period. */
static char
pattern(size_t at)
{
	return (char)(at * 2654435761u >> 24 ^ at >> 13);
}

static void
add_pattern(struct spool *s, size_t from, size_t len)
{
	char part[20000];
	size_t i;

	assert_true(len <= sizeof(part));
	for (i = 0; i < len; i++)
		part[i] = pattern(from + i);
	spool_add(s, part, len);
}

/* Takes up to len bytes that have to be the pattern's; returns how many there were. */
static size_t
take_pattern(struct spool *s, size_t from, size_t len)
{
	size_t done = 0, n, i;
	const char *data;

	while (done < len && (n = spool_peek(s, &data))) {
		if (n > len - done)
			n = len - done;
		for (i = 0; i < n; i++) {
			if (data[i] != pattern(from + done + i))
				fail_msg("byte %zu is another one", from + done + i);
		}
		spool_take(s, n);
		done += n;
	}
	return done;
}

/* Everything that is in it; the caller frees. */
static char *
take_all(struct spool *s, size_t *len)
{
	struct strbuf out;
	const char *data;
	size_t n;

	strbuf_init(&out);
	while ((n = spool_peek(s, &data))) {
		strbuf_add(&out, data, n);
		spool_take(s, n);
	}
	*len = out.len;
	return strbuf_detach(&out);
}

/* ---- With a file to be had. ---- */

static const size_t sizes[] = {0, 1, 2, SPOOL_WINDOW, SPOOL_HEAD - 1, SPOOL_HEAD, SPOOL_HEAD + 1,
	SPOOL_HEAD + SPOOL_WINDOW, SPOOL_HEAD + SPOOL_TAIL, SPOOL_HEAD + SPOOL_TAIL + 1,
	SPOOL_HEAD + 10 * SPOOL_WINDOW + 3, 5 * MIB + 7};
static const size_t chunks[] = {1, 7, 4096, 16384, 20000};

static void
all_comes_out_as_it_went_in(void **state)
{
	size_t i, j, at;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = sizes[i] > MIB ? 2 : 0; j < ARRAY_SIZE(chunks); j++) {
			struct spool s;

			spool_init(&s, folder);
			assert_true(spool_is_empty(&s));
			for (at = 0; at < sizes[i]; at += chunks[j])
				add_pattern(&s, at,
					sizes[i] - at < chunks[j] ? sizes[i] - at : chunks[j]);
			assert_int_equal(spool_is_empty(&s), sizes[i] == 0);
			assert_int_equal(take_pattern(&s, 0, SIZE_MAX), sizes[i]);
			assert_true(spool_is_empty(&s));
			spool_release(&s);
		}
	}
}

/* A queue: bytes go in and out in turns of any size, and it is emptied now and then. */
static void
in_and_out_in_turns(void **state)
{
	unsigned seed = 7;
	size_t in = 0, out = 0, n;
	struct spool s;

	(void)state;
	spool_init(&s, folder);
	while (in < 20 * MIB) {
		seed = seed * 1103515245 + 12345;
		n = (seed >> 8) % 20000;
		if (seed >> 30 & 1) {
			add_pattern(&s, in, n);
			in += n;
		} else {
			out += take_pattern(&s, out, seed >> 29 & 1 ? n : SIZE_MAX);
		}
		assert_int_equal(spool_is_empty(&s), in == out);
		if (in == out && seed >> 28 & 1)
			spool_reset(&s);
	}
	out += take_pattern(&s, out, SIZE_MAX);
	assert_int_equal(in, out);
	spool_release(&s);
}

static void
one_big_piece(void **state)
{
	size_t len = 8 * MIB + 1, got;
	char *data = xcalloc(len, 1), *all;
	struct spool s;
	size_t i;

	(void)state;
	for (i = 0; i < len; i++)
		data[i] = pattern(i);
	spool_init(&s, folder);
	spool_add(&s, data, len);
	all = take_all(&s, &got);
	assert_int_equal(got, len);
	assert_memory_equal(all, data, len);
	spool_release(&s);
	free(all);
	free(data);
}

static void
nothing_stays_behind(void **state)
{
	int files = expect_open_files();
	struct spool s;

	(void)state;
	spool_init(&s, folder);
	add_pattern(&s, 0, 20000);
	assert_true(s.fd < 0); /* no file where none is needed */
	add_pattern(&s, 20000, 20000);
	assert_true(s.fd >= 0);
	assert_int_equal(fcntl(s.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(expect_count(folder), 0); /* not even now */
	spool_release(&s);
	assert_int_equal(expect_open_files(), files);
	spool_release(&s); /* twice does no harm */
	assert_int_equal(expect_open_files(), files);
}

static void
start_of_what_was_added(void **state)
{
	const char *data;
	struct spool s;
	size_t i;

	(void)state;
	spool_init(&s, folder);
	assert_int_equal(spool_start_of(&s, &data), 0);
	add_pattern(&s, 0, 10);
	take_pattern(&s, 0, 10);
	assert_int_equal(spool_start_of(&s, &data), 10); /* taken or not */
	for (i = 10; i < 100010; i += 10000)
		add_pattern(&s, i, 10000);
	take_pattern(&s, 10, SIZE_MAX);
	assert_int_equal(spool_start_of(&s, &data), SPOOL_HEAD);
	for (i = 0; i < SPOOL_HEAD; i++)
		assert_int_equal(data[i], pattern(i));
	spool_reset(&s);
	assert_int_equal(spool_start_of(&s, &data), 0);
	spool_release(&s);
}

static void
reset_forgets_all(void **state)
{
	struct spool s;
	size_t i, j;

	(void)state;
	spool_init(&s, folder);
	for (i = 0; i < 4; i++) {
		for (j = 0; j < 200000; j += 20000)
			add_pattern(&s, j, 20000);
		assert_int_equal(take_pattern(&s, 0, i * 50000), i * 50000);
		spool_reset(&s);
		assert_true(spool_is_empty(&s));
	}
	add_pattern(&s, 0, 20000);
	assert_int_equal(take_pattern(&s, 0, SIZE_MAX), 20000);
	spool_release(&s);
}

/* ---- Without a file, or with not all of it. ---- */

/* Whether all that is in it is len bytes with their middle left out behind the first kept ones. */
static bool
is_all_but_middle(struct spool *s, size_t len, size_t kept)
{
	size_t left_out = len > kept + SPOOL_TAIL ? len - kept - SPOOL_TAIL : 0, got, i;
	char *notice = xasprintf("\n[%zu bytes left out]\n", left_out), *all = take_all(s, &got);
	size_t mark = left_out ? strlen(notice) : 0;
	bool good = got == len - left_out + mark;

	for (i = 0; good && i < got; i++) {
		if (i < kept)
			good = all[i] == pattern(i);
		else if (i < kept + mark)
			good = all[i] == notice[i - kept];
		else
			good = all[i] == pattern(i - mark + left_out);
	}
	if (!good)
		fprintf(stderr, "# of %zu bytes with %zu kept, %zu came; wrong at %zu\n", len, kept,
			got, i);
	free(all);
	free(notice);
	return good;
}

static void
add_much(struct spool *s, size_t len)
{
	size_t at;

	for (at = 0; at < len; at += 9999)
		add_pattern(s, at, len - at < 9999 ? len - at : 9999);
}

static void
no_folder(void **state)
{
	static const size_t lens[] = {100, SPOOL_HEAD, SPOOL_HEAD + 1, SPOOL_HEAD + SPOOL_TAIL - 1,
		SPOOL_HEAD + SPOOL_TAIL, SPOOL_HEAD + SPOOL_TAIL + 1,
		SPOOL_HEAD + SPOOL_TAIL + SPOOL_TAIL / 2, 3 * MIB};
	char *none = xasprintf("%s/none", folder), *far = xcalloc(6000, 1);
	size_t i;

	(void)state;
	memset(far, '/', 5999);
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		struct spool s;

		spool_init(&s, i % 2 ? none : far);
		add_much(&s, lens[i]);
		assert_true(is_all_but_middle(&s, lens[i], SPOOL_HEAD));
		assert_true(spool_is_empty(&s));
		/* and once more */
		spool_reset(&s);
		add_much(&s, lens[i]);
		assert_true(is_all_but_middle(&s, lens[i], SPOOL_HEAD));
		spool_release(&s);
	}
	free(none);
	free(far);
}

/* A reader that goes on while more is left out: what it gets is in order all the same. */
static void
no_folder_in_turns(void **state)
{
	struct spool s;
	const char *data;
	size_t n;

	(void)state;
	spool_init(&s, "/no/such/folder");
	add_much(&s, SPOOL_HEAD + SPOOL_TAIL + 100);
	assert_int_equal(take_pattern(&s, 0, SPOOL_HEAD), SPOOL_HEAD);
	n = spool_peek(&s, &data);
	assert_int_equal(n, strlen("\n[100 bytes left out]\n"));
	assert_memory_equal(data, "\n[100 bytes left out]\n", n);
	spool_take(&s, n);
	assert_int_equal(take_pattern(&s, SPOOL_HEAD + 100, 1000), 1000);
	/* there is room for so much now, and no more */
	add_pattern(&s, SPOOL_HEAD + SPOOL_TAIL + 100, 1000);
	add_pattern(&s, SPOOL_HEAD + SPOOL_TAIL + 1100, 50);
	n = spool_peek(&s, &data);
	assert_int_equal(n, strlen("\n[50 bytes left out]\n"));
	assert_memory_equal(data, "\n[50 bytes left out]\n", n);
	spool_take(&s, n);
	assert_int_equal(take_pattern(&s, SPOOL_HEAD + 1150, SIZE_MAX), SPOOL_TAIL);
	assert_true(spool_is_empty(&s));
	/* what comes now is whole again */
	add_pattern(&s, 0, 20000);
	assert_int_equal(take_pattern(&s, 0, SIZE_MAX), 20000);
	spool_release(&s);
}

/* The file may grow to a limit: what went in before is kept, and the end. */
static int
play_limited_file(int fd, void *arg)
{
	static const size_t limits[] = {0, 1, 4095, 100000};
	struct rlimit limit;
	bool good = true;
	size_t i;

	(void)fd;
	(void)arg;
	signal(SIGXFSZ, SIG_IGN);
	for (i = ARRAY_SIZE(limits); i-- > 0;) {
		struct spool s;

		limit.rlim_cur = limit.rlim_max = (rlim_t)limits[i];
		setrlimit(RLIMIT_FSIZE, &limit);
		spool_init(&s, folder);
		add_much(&s, MIB);
		good &= is_all_but_middle(&s, MIB, SPOOL_HEAD + limits[i]);
		spool_release(&s);
	}
	return !good;
}

static void
limited_file(void **state)
{
	(void)state;
	assert_int_equal(expect_fork(play_limited_file, NULL, NULL), 0);
}

static void
what_is_no_folder(void **state)
{
	struct spool s;

	(void)state;
	spool_init(&s, "/dev/null");
	add_much(&s, MIB);
	assert_true(is_all_but_middle(&s, MIB, SPOOL_HEAD));
	spool_release(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_comes_out_as_it_went_in),
		cmocka_unit_test(in_and_out_in_turns),
		cmocka_unit_test(one_big_piece),
		cmocka_unit_test(nothing_stays_behind),
		cmocka_unit_test(start_of_what_was_added),
		cmocka_unit_test(reset_forgets_all),
		cmocka_unit_test(no_folder),
		cmocka_unit_test(no_folder_in_turns),
		cmocka_unit_test(limited_file),
		cmocka_unit_test(what_is_no_folder),
	};
	int failed;

	alarm(WATCHDOG);
	folder = expect_folder();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	expect_remove(folder);
	free(folder);
	return failed;
}
