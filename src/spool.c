#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
spool_init(struct spool *s, const char *tmpdir)
{
	*s = (struct spool){.tmpdir = tmpdir, .fd = -1};
	s->head = xcalloc(SPOOL_HEAD, 1);
	s->tail = xcalloc(SPOOL_TAIL, 1);
}

void
spool_release(struct spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->head);
	free(s->tail);
	s->fd = -1;
	s->head = s->tail = NULL;
}

void
spool_reset(struct spool *s)
{
	if (s->file_len && ftruncate(s->fd, 0) < 0)
		s->no_file = true;
	s->head_len = s->head_at = 0;
	s->file_len = s->file_at = 0;
	s->tail_start = s->tail_len = 0;
	s->left_out = 0;
	s->window_len = s->window_at = 0;
}

/* Opens the file, and takes its name away at once. */
static void
open_file(struct spool *s)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/docker-build-remote-cache.XXXXXX", s->tmpdir);

	s->no_file = true;
	if (n < 0 || (size_t)n >= sizeof(path))
		return;
	s->fd = mkstemp(path);
	if (s->fd < 0)
		return;
	unlink(path);
	fcntl(s->fd, F_SETFD, FD_CLOEXEC);
	s->no_file = false;
}

/* Adds to the file; returns how many bytes it took. */
static size_t
add_to_file(struct spool *s, const char *data, size_t len)
{
	size_t done = 0;

	if (s->fd < 0 && !s->no_file)
		open_file(s);
	while (!s->no_file && done < len) {
		ssize_t n = pwrite(s->fd, data + done, len - done, s->file_len);

		if (n > 0) {
			done += (size_t)n;
			s->file_len += n;
		} else if (n == 0 || errno != EINTR) {
			s->no_file = true;
		}
	}
	return done;
}

static void
add_to_tail(struct spool *s, const char *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (s->tail_len == SPOOL_TAIL) {
			s->tail_start = (s->tail_start + 1) % SPOOL_TAIL;
			s->tail_len--;
			s->left_out++;
		}
		s->tail[(s->tail_start + s->tail_len++) % SPOOL_TAIL] = data[i];
	}
}

/* Whether anything lies behind the head, so that what comes now must go behind that. */
static bool
is_past_head(const struct spool *s)
{
	return s->file_at < s->file_len || s->window_at < s->window_len || s->tail_len ||
	       s->left_out;
}

void
spool_add(struct spool *s, const char *data, size_t len)
{
	size_t n;

	if (!is_past_head(s)) {
		n = SPOOL_HEAD - s->head_len < len ? SPOOL_HEAD - s->head_len : len;
		memcpy(s->head + s->head_len, data, n);
		s->head_len += n;
		data += n;
		len -= n;
	}
	if (len && !s->tail_len && !s->left_out) {
		n = add_to_file(s, data, len);
		data += n;
		len -= n;
	}
	add_to_tail(s, data, len);
}

/* Fills the window with the next bytes of the file, or with the notice that bytes are missing. */
static void
fill_window(struct spool *s)
{
	ssize_t n = 0;

	s->window_at = s->window_len = 0;
	if (s->file_at < s->file_len) {
		n = pread(s->fd, s->window, sizeof(s->window), s->file_at);
		if (n <= 0) { /* its bytes are lost */
			s->left_out += (unsigned long long)(s->file_len - s->file_at);
			s->file_at = s->file_len;
			n = 0;
		}
		s->file_at += n;
	}
	if (!n && s->left_out) {
		n = snprintf(
			s->window, sizeof(s->window), "\n[%llu bytes left out]\n", s->left_out);
		s->left_out = 0;
	}
	s->window_len = (size_t)n;
}

size_t
spool_peek(struct spool *s, const char **data)
{
	size_t n;

	if (s->head_at < s->head_len) {
		*data = s->head + s->head_at;
		return s->head_len - s->head_at;
	}
	if (s->window_at == s->window_len)
		fill_window(s);
	if (s->window_at < s->window_len) {
		*data = s->window + s->window_at;
		return s->window_len - s->window_at;
	}
	*data = s->tail + s->tail_start;
	n = SPOOL_TAIL - s->tail_start;
	return s->tail_len < n ? s->tail_len : n;
}

void
spool_take(struct spool *s, size_t len)
{
	if (s->head_at < s->head_len) {
		s->head_at += len;
	} else if (s->window_at < s->window_len) {
		s->window_at += len;
	} else {
		s->tail_start = (s->tail_start + len) % SPOOL_TAIL;
		s->tail_len -= len;
	}
}

bool
spool_is_empty(struct spool *s)
{
	const char *data;

	return spool_peek(s, &data) == 0;
}

size_t
spool_start_of(const struct spool *s, const char **data)
{
	*data = s->head;
	return s->head_len;
}
