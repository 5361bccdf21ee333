#include "replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void
replay_init(struct replay *r)
{
	*r = (struct replay){.fd = -1};
	strbuf_init(&r->text);
}

void
replay_release(struct replay *r)
{
	if (r->path)
		unlink(r->path);
	if (r->fd >= 0)
		close(r->fd);
	free(r->path);
	strbuf_release(&r->text);
	replay_init(r);
}

/* Opens the file once more, with an offset of its own. */
static int
open_again(const struct replay *r)
{
	char by_number[32];

	snprintf(by_number, sizeof(by_number), "/proc/self/fd/%d", r->fd);
	return open(r->path ? r->path : by_number, O_RDONLY | O_CLOEXEC);
}

/* Takes the file's name away, where it can be opened without. */
static void
hide_file(struct replay *r)
{
	char *path = r->path;
	int again;

	r->path = NULL;
	again = open_again(r);
	if (again < 0) {
		r->path = path;
		return;
	}
	close(again);
	unlink(path);
	free(path);
}

static int
make_file(struct replay *r, const char *tmpdir)
{
	r->path = xasprintf("%s/docker-build-remote-cache.XXXXXX", tmpdir);
	r->fd = mkstemp(r->path);
	if (r->fd < 0) {
		int error = errno;

		free(r->path);
		r->path = NULL;
		return error;
	}
	fcntl(r->fd, F_SETFD, FD_CLOEXEC);
	hide_file(r);
	return 0;
}

static int
add_to_file(struct replay *r, const char *data, size_t len)
{
	int error = 0;

	while (len && !error) {
		ssize_t n = write(r->fd, data, len);

		if (n < 0) {
			error = errno == EINTR ? 0 : errno;
		} else {
			data += n;
			len -= (size_t)n;
		}
	}
	return error;
}

/* Goes on in a file. */
static int
move_to_file(struct replay *r, const char *tmpdir)
{
	int error = make_file(r, tmpdir);

	if (!error)
		error = add_to_file(r, r->text.buf, r->text.len);
	strbuf_reset(&r->text);
	return error;
}

static int
add(struct replay *r, const char *data, size_t len, const char *tmpdir)
{
	int error = 0;

	if (r->fd < 0 && r->text.len + len <= REPLAY_MEMORY) {
		strbuf_add(&r->text, data, len);
		return 0;
	}
	if (r->fd < 0)
		error = move_to_file(r, tmpdir);
	return error ? error : add_to_file(r, data, len);
}

int
replay_read(struct replay *r, int from, const char *tmpdir)
{
	static char part[REPLAY_MEMORY];
	ssize_t n;
	int error = 0;

	do {
		n = read(from, part, sizeof(part));
		if (n > 0)
			error = add(r, part, (size_t)n, tmpdir);
		else if (n < 0 && errno != EINTR)
			error = errno;
	} while (n && !error);
	return error;
}

int
replay_take(struct replay *r, const char *text, size_t len, const char *tmpdir)
{
	return add(r, text, len, tmpdir);
}

bool
replay_head(const struct replay *r, size_t max, struct strbuf *out)
{
	char part[4096];
	ssize_t n = 0;
	int fd;

	if (r->fd < 0) {
		strbuf_add(out, r->text.buf, r->text.len < max ? r->text.len : max);
		return true;
	}
	fd = open_again(r);
	if (fd < 0)
		return false;
	while (max && (n = read(fd, part, max < sizeof(part) ? max : sizeof(part))) > 0) {
		strbuf_add(out, part, (size_t)n);
		max -= (size_t)n;
	}
	close(fd);
	return n >= 0;
}

/* The text in a pipe whose other end is closed; -1: it does not fit, or there is no pipe. */
static int
open_pipe(const struct replay *r)
{
	int ends[2];
	ssize_t n = 0;

	if (pipe(ends) < 0)
		return -1;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	if (r->text.len)
		n = write(ends[1], r->text.buf, r->text.len);
	close(ends[1]);
	if (n >= 0 && (size_t)n == r->text.len)
		return ends[0];
	close(ends[0]);
	return -1;
}

/* The text in a file that has no name any more. */
static int
open_file(const struct replay *r, const char *tmpdir)
{
	struct replay file;
	int fd = -1, error;

	replay_init(&file);
	error = make_file(&file, tmpdir);
	if (!error)
		error = add_to_file(&file, r->text.buf, r->text.len);
	if (!error && lseek(file.fd, 0, SEEK_SET) < 0)
		error = errno;
	if (!error) {
		fd = file.fd;
		file.fd = -1;
	}
	replay_release(&file);
	errno = error;
	return fd;
}

char *
replay_path(struct replay *r, const char *tmpdir)
{
	int error = r->fd < 0 ? move_to_file(r, tmpdir) : 0;

	if (error) {
		errno = error;
		return NULL;
	}
	return r->path ? xstrdup(r->path) : xasprintf("/proc/%ld/fd/%d", (long)getpid(), r->fd);
}

int
replay_open(const struct replay *r, const char *tmpdir)
{
	int fd;

	if (r->fd >= 0)
		return open_again(r);
	fd = open_pipe(r);
	return fd >= 0 ? fd : open_file(r, tmpdir);
}
