/*
 * strbuf: a text that grows, and quoting it for display.
 *
 * buf always ends in NUL and is never NULL after init; len does not count that NUL, and the text
 * may hold NULs of its own (a Dockerfile may). Init, use, release; or detach and free.
 */
#ifndef STRBUF_H
#define STRBUF_H

#include "util.h"

struct strbuf {
	char *buf;
	size_t len;
	size_t cap;
};

void strbuf_init(struct strbuf *sb);
void strbuf_release(struct strbuf *sb); /* frees; the strbuf is as after init */
void strbuf_reset(struct strbuf *sb);   /* empties and keeps the memory */
char *strbuf_detach(struct strbuf *sb); /* the text, owned by the caller; sb is as after init */

/* Keeps so many bytes at most, and of UTF-8 whole characters. */
void strbuf_cut(struct strbuf *sb, size_t len);

void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_addch(struct strbuf *sb, char c);
void strbuf_addstr(struct strbuf *sb, const char *s);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Adds s so that a POSIX shell reads it back as one word, whatever bytes it holds; words that need
 * no quotes get none. */
void strbuf_add_quoted(struct strbuf *sb, const char *s);
/* Adds s for reading: control characters, by which a hostile branch name could write to the
 * terminal, as \ooo. */
void strbuf_add_visible(struct strbuf *sb, const char *s);

/* Adds the vector as one line a shell would read back: quoted words with blanks between. */
void strbuf_add_command(struct strbuf *sb, char *const argv[]);

#endif
