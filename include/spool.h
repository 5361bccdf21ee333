/*
 * spool: output that waits for its turn: bytes in, the same bytes out, in order.
 *
 * The first part is kept in memory that is taken at init, the rest in a file in TMPDIR that has no
 * name any more when it is written to, so nothing can stay behind. Where there is no file to be had
 * (no space, no folder) the middle is left out, and the output says so in its place. Adding and
 * taking allocate nothing and never fail.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include <sys/types.h>

#include "util.h"

#define SPOOL_HEAD   32768 /* bytes kept in memory from the start */
#define SPOOL_TAIL   32768 /* bytes kept of the end where there is no file */
#define SPOOL_WINDOW 4096

struct spool {
	const char *tmpdir; /* not owned */
	char *head;
	size_t head_len, head_at; /* bytes in it, bytes of them taken */
	int fd;                   /* -1: no file yet */
	bool no_file;             /* and none to be had */
	off_t file_len, file_at;
	char *tail; /* a ring */
	size_t tail_start, tail_len;
	unsigned long long left_out; /* bytes between file and ring */
	char window[SPOOL_WINDOW];   /* of the file, or the notice of what was left out */
	size_t window_len, window_at;
};

void spool_init(struct spool *s, const char *tmpdir);
void spool_release(struct spool *s);
void spool_reset(struct spool *s); /* empties it */

void spool_add(struct spool *s, const char *data, size_t len);
bool spool_is_empty(struct spool *s);

/* Bytes at the front, as many as lie together; they stay until taken. 0: it is empty. */
size_t spool_peek(struct spool *s, const char **data);
void spool_take(struct spool *s, size_t len); /* no more than peek gave */

/* All that was first added, up to SPOOL_HEAD bytes, taken or not. Valid until the next reset. */
size_t spool_start_of(const struct spool *s, const char **data);

#endif
