/*
 * fuzz: what the fuzz targets share. A target is a C file here with LLVMFuzzerTestOneInput: it
 * takes any bytes, and aborts when something that must hold does not. clang's libFuzzer makes up
 * inputs for it ("make fuzz"); replay.c gives it those in corpus/ ("tests/run fuzz").
 *
 * Everything given to the code under test is a piece of memory of exactly its size, so that
 * AddressSanitizer sees what reads past it.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strvec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,          \
				#condition);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* What is left of an input. */
struct input {
	const char *p;
	size_t len;
};

static inline struct input
input_of(const uint8_t *data, size_t size)
{
	return (struct input){(const char *)data, size};
}

/* Takes what stands before the next end byte off the input; false: nothing is left. */
static inline bool
input_take(struct input *in, char end, struct input *piece)
{
	const char *at;

	if (!in->len)
		return false;
	at = memchr(in->p, end, in->len);
	*piece = (struct input){in->p, at ? (size_t)(at - in->p) : in->len};
	in->len -= piece->len + (at != NULL);
	in->p += piece->len + (at != NULL);
	return true;
}

/* A copy of the bytes, and of nothing behind them; freed by the caller. */
static inline char *
input_bytes(struct input in)
{
	char *copy = malloc(in.len);

	if (in.len)
		memcpy(copy, in.p, in.len);
	return copy;
}

/* A copy as a text, which ends where there is a NUL; freed by the caller. */
static inline char *
input_text(struct input in)
{
	const char *nul = in.len ? memchr(in.p, '\0', in.len) : NULL;

	return in.len ? xstrndup(in.p, nul ? (size_t)(nul - in.p) : in.len) : xstrdup("");
}

/* The next line as a text, "" where there is none; freed by the caller. */
static inline char *
input_line(struct input *in)
{
	struct input line = {"", 0};

	input_take(in, '\n', &line);
	return input_text(line);
}

static inline bool
same_words(const struct strvec *a, const struct strvec *b)
{
	size_t i;

	for (i = 0; i < a->nr && i < b->nr; i++) {
		if (!str_eq(a->v[i], b->v[i]))
			return false;
	}
	return a->nr == b->nr && !a->v[a->nr];
}

#endif
