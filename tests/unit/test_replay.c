#include "expect.h"

#include <errno.h>

#include "replay.h"

/* Reads all there is, and compares it with len bytes of text. */
static void
reads_in(const struct replay *r, const char *text, size_t len, const char *tmpdir)
{
	int fd = replay_open(r, tmpdir);
	struct strbuf got;

	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	strbuf_init(&got);
	expect_read_all(fd, &got);
	assert_int_equal(got.len, len);
	assert_memory_equal(got.buf, text, len);
	strbuf_release(&got);
	close(fd);
}

/* The same where no file has to be made for it. */
static void
reads(const struct replay *r, const char *text, size_t len)
{
	reads_in(r, text, len, "/nowhere");
}

/* A text of len bytes, through a pipe or a file, is read twice, and nothing is left. */
static void
replays(size_t len)
{
	char *folder = expect_folder(), *text = xcalloc(len + 1, 1), *path;
	struct replay r;
	struct strbuf head;
	size_t i;
	int fd;

	for (i = 0; i < len; i++)
		text[i] = (char)(i * 7 + i / 251);
	path = xasprintf("%s/source", folder);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	replay_init(&r);
	assert_int_equal(replay_read(&r, fd, folder), 0);
	reads(&r, text, len);
	reads(&r, text, len);
	strbuf_init(&head);
	assert_true(replay_head(&r, len / 2, &head));
	assert_int_equal(head.len, len / 2);
	assert_memory_equal(head.buf, text, len / 2);
	strbuf_release(&head);
	assert_int_equal(expect_count(folder), 1);
	replay_release(&r);
	close(fd);
	unlink(path);
	free(path);
	free(text);
	expect_remove(folder);
	free(folder);
}

static void
sizes(void **state)
{
	(void)state;
	replays(0);
	replays(1);
	replays(4096);
	replays(REPLAY_MEMORY - 1);
	replays(REPLAY_MEMORY);
	replays(REPLAY_MEMORY + 1);
	replays(3 * REPLAY_MEMORY + 17);
}

static void
a_file_that_cannot_be_made(void **state)
{
	char *big = xcalloc(REPLAY_MEMORY + 1, 1);
	struct replay r;

	(void)state;
	replay_init(&r);
	assert_int_equal(replay_take(&r, big, REPLAY_MEMORY + 1, "/nowhere"), ENOENT);
	replay_release(&r);
	free(big);
}

/* As where pipes are smaller than usual. */
static void
more_than_a_pipe_holds(void **state)
{
	char *folder = expect_folder(), *big = xcalloc(2 * REPLAY_MEMORY, 1);
	struct replay r;

	(void)state;
	replay_init(&r);
	strbuf_add(&r.text, big, 2 * REPLAY_MEMORY);
	reads_in(&r, big, 2 * REPLAY_MEMORY, folder);
	reads_in(&r, big, 2 * REPLAY_MEMORY, folder);
	assert_int_equal(expect_count(folder), 0); /* it has no name */
	assert_int_equal(replay_open(&r, "/nowhere"), -1);
	assert_int_equal(errno, ENOENT);
	replay_release(&r);
	free(big);
	expect_remove(folder);
	free(folder);
}

/* Whatever its size, a command can read it by a path, again and again. */
static void
by_a_path(void **state)
{
	char *folder = expect_folder(), *path;
	struct strbuf got;
	struct replay r;
	int i, fd;

	(void)state;
	replay_init(&r);
	assert_int_equal(replay_take(&r, "one ", 4, folder), 0);
	path = replay_path(&r, folder);
	assert_int_equal(expect_count(folder), 0); /* it has no name */
	assert_int_equal(replay_take(&r, "two", 3, folder), 0);
	reads(&r, "one two", 7);
	for (i = 0; i < 2; i++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		strbuf_init(&got);
		expect_read_all(fd, &got);
		assert_string_equal(got.buf, "one two");
		strbuf_release(&got);
		close(fd);
	}
	free(path);
	replay_release(&r);
	assert_null(replay_path(&r, "/nowhere"));
	assert_int_equal(errno, ENOENT);
	expect_remove(folder);
	free(folder);
}

static void
a_descriptor_that_cannot_be_read(void **state)
{
	struct replay r;

	(void)state;
	replay_init(&r);
	assert_int_equal(replay_read(&r, -1, "/tmp"), EBADF);
	replay_release(&r);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(a_file_that_cannot_be_made),
		cmocka_unit_test(more_than_a_pipe_holds),
		cmocka_unit_test(by_a_path),
		cmocka_unit_test(a_descriptor_that_cannot_be_read),
	};

	alarm(WATCHDOG);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
