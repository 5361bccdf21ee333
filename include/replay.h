/*
 * replay: bytes that several commands read, from their standard input or by a path, each all of
 * them from the start: what came on ours, or a Dockerfile made by us.
 *
 * Up to a pipe's size they stay in memory, and each command reads them from a pipe that holds them
 * all, so a secret gets into no file; what is larger is kept in a file in TMPDIR that has no
 * name, or where the system cannot open such a file again (no /proc), one that only we may read and
 * that replay_release removes.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "strbuf.h"

#define REPLAY_MEMORY 65536

struct replay {
	struct strbuf text; /* while it is not in the file */
	int fd;             /* the file; -1: there is none */
	char *path;         /* its name; NULL: it has none */
};

void replay_init(struct replay *r);
void replay_release(struct replay *r);

/* Takes up all that comes on a descriptor. Returns 0, or the error number of what went wrong:
 * what was read by then is lost. */
int replay_read(struct replay *r, int from, const char *tmpdir);

/* Takes up a text; as above. */
int replay_take(struct replay *r, const char *text, size_t len, const char *tmpdir);

/* Adds the first max bytes at most to out; false: they cannot be read. */
bool replay_head(const struct replay *r, size_t max, struct strbuf *out);

/* A path, owned by the caller, by which a command of ours can read all of it while we live: it is
 * kept in a file from now on, whatever its size. NULL: errno says why there is none. */
char *replay_path(struct replay *r, const char *tmpdir);

/*
 * A descriptor that reads all of it, close-on-exec, which the caller closes; -1: errno says why
 * there is none. To one who has many pipes already Linux gives smaller ones (pipe(7),
 * pipe-user-pages-soft): what does not fit is in a file without a name then.
 */
int replay_open(const struct replay *r, const char *tmpdir);

#endif
