/*
 * expect: what the tests of several modules share: whole texts compared, with the table row that
 * they belong to in the message; folders for temporary files; open descriptors counted.
 */
#ifndef EXPECT_H
#define EXPECT_H

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "strbuf.h"

/* A row of a table leaves out what is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* Seconds after which a test that hangs is ended, so that a suite never does. */
#define WATCHDOG 120

/* Signals as a shell starts a program with, whatever has been done to us (nohup, a background job).
 */
static inline void
expect_default_signals(void)
{
	static const int numbers[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGCHLD, SIGXFSZ};
	sigset_t none;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		signal(numbers[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Prints a text as comments between the lines of TAP. */
static inline void
expect_show(const char *title, const char *text)
{
	fprintf(stderr, "#   %s:\n", title);
	while (*text) {
		size_t n = strcspn(text, "\n");

		fprintf(stderr, "#     |%.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

/* Shows what is wrong with a row; the caller then counts it and goes on with the next one. */
static inline bool
expect_same(const char *row, const char *got, const char *want)
{
	if (strcmp(got, want) == 0)
		return true;
	fprintf(stderr, "# row '%s'\n", row);
	expect_show("got", got);
	expect_show("wanted", want);
	return false;
}

/* For a text that stands alone. */
static inline void
expect_text(const char *row, const char *got, const char *want)
{
	if (!expect_same(row, got, want))
		fail();
}

static inline bool
expect_number(const char *row, const char *what, long long got, long long want)
{
	if (got == want)
		return true;
	fprintf(stderr, "# row '%s': %s: got %lld, wanted %lld\n", row, what, got, want);
	return false;
}

/* A new folder in TMPDIR; the caller frees the path, after expect_remove. */
static inline char *
expect_folder(void)
{
	const char *tmpdir = getenv("TMPDIR");
	char *path = xasprintf("%s/dbrc-test.XXXXXX", tmpdir && *tmpdir ? tmpdir : "/tmp");

	if (!mkdtemp(path))
		fail_msg("no folder '%s'", path);
	return path;
}

/* Removes a file or folder and all that is in it. */
static inline void
expect_remove(const char *path)
{
	DIR *dir;
	struct dirent *entry;
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && (dir = opendir(path))) {
		while ((entry = readdir(dir))) {
			char *inner = xasprintf("%s/%s", path, entry->d_name);

			if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
				expect_remove(inner);
			free(inner);
		}
		closedir(dir);
	}
	remove(path);
}

/* How many names a folder holds. */
static inline unsigned
expect_count(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n - 2;
}

/* How many descriptors below 256 are open. */
static inline int
expect_open_files(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static inline void
expect_pipe(int ends[2])
{
	if (pipe(ends) < 0)
		fail_msg("%s", "no pipe");
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
}

/* All that can be read from a descriptor until its end. */
static inline void
expect_read_all(int fd, struct strbuf *out)
{
	char part[4096];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0)
		strbuf_add(out, part, (size_t)n);
}

/*
 * Runs a function in a process of its own, for what would change this one for good (signals,
 * limits, a terminal); returns its wait status. What it writes to fd goes to out.
 */
static inline int
expect_fork(int (*function)(int fd, void *arg), void *arg, struct strbuf *out)
{
	int ends[2], status = 0;
	pid_t pid;

	expect_pipe(ends);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		alarm(WATCHDOG / 2);
		_exit(function(ends[1], arg));
	}
	close(ends[1]);
	if (out)
		expect_read_all(ends[0], out);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail_msg("%s", "no child");
	close(ends[0]);
	return status;
}

#endif
