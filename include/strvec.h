/*
 * strvec: an argument vector that owns its words.
 *
 * v always ends in NULL and is never NULL itself after init, so it can go to posix_spawn as it is.
 */
#ifndef STRVEC_H
#define STRVEC_H

#include "util.h"

struct strvec {
	char **v;
	size_t nr;
	size_t alloc;
};

void strvec_init(struct strvec *sv);
void strvec_release(struct strvec *sv); /* frees; the strvec is as after init */

void strvec_push(struct strvec *sv, const char *s); /* a copy */
void strvec_pushf(struct strvec *sv, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strvec_push_words(struct strvec *sv, const char *const words[]); /* up to NULL */
void strvec_take(struct strvec *sv, char *s);                         /* sv owns s from now on */
void strvec_push_all(struct strvec *sv, const struct strvec *from);
void strvec_push_new(struct strvec *sv, const char *s); /* unless it is in it already */

/* strvec_pushl(sv, "a", "b"): the words given. */
#define strvec_pushl(sv, ...) strvec_push_words(sv, (const char *const[]){__VA_ARGS__, NULL})

bool strvec_has(const struct strvec *sv, const char *s);
bool strvec_has_nocase(const struct strvec *sv, const char *s);

/* Adds an option and its value, where there is one; and the option for each of the values. */
void strvec_push_option(struct strvec *sv, const char *name, const char *value);
void strvec_push_options(struct strvec *sv, const char *name, const struct strvec *values);

/* Takes an element out; puts another, which is owned from now on, in its place. */
void strvec_remove(struct strvec *sv, size_t i);
void strvec_replace(struct strvec *sv, size_t i, char *s);

#endif
