/*
 * util: what every other module may use: memory that is never NULL, a look-up function, a hash.
 *
 * Running out of memory ends the program with status 1 and one line on standard error; it is the
 * only exit outside main.c. Nothing allocates while steps run (see executor.h), so that a cache
 * that is being stored is not lost that way.
 */
#ifndef UTIL_H
#define UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define PRINTF_LIKE(fmt, first)
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Owned by the caller, freed with free(). */
void *xcalloc(size_t nmemb, size_t size);
void *xreallocarray(void *ptr, size_t nmemb, size_t size);
char *xstrdup(const char *s);            /* NULL gives NULL */
char *xstrndup(const char *s, size_t n); /* n bytes of s, which need not end in NUL */
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);
char *xvasprintf(const char *fmt, va_list args) PRINTF_LIKE(1, 0);

/*
 * A read-only map of names to texts, the environment above all. What is pure takes one of these
 * instead of calling getenv, so that tests can give it a table. The answer belongs to the map; NULL
 * is "not there".
 */
struct lookup {
	const char *(*get)(const void *ctx, const char *name);
	const void *ctx;
};

/* What the map has; NULL also where it has no look-up function. */
const char *lookup_get(const struct lookup *map, const char *name);

/* As get, but an empty text is "not there" as well: CI systems set unused variables to "". */
const char *lookup_text(const struct lookup *map, const char *name);

bool str_eq(const char *a, const char *b);        /* NULL equals only NULL */
bool str_eq_nocase(const char *a, const char *b); /* ASCII only, whatever the locale */
const char *str_skip_prefix(const char *s, const char *prefix); /* rest of s, or NULL */
bool str_has_suffix(const char *s, const char *suffix);
bool str_has_prefix_nocase(const char *s, const char *prefix);

/* ASCII, whatever the locale: what docker reads is defined in ASCII. */
bool is_blank(char c); /* white space other than newline */
bool is_lower(char c);
bool is_upper(char c);
bool is_digit(char c);
bool is_alnum(char c);
char to_lower(char c);
char to_upper(char c);

/*
 * How many of the len bytes at p are one character of white space, newline included, as Unicode and
 * Go's unicode.IsSpace have it; 0: none are. Docker trims and splits by it in some places, by
 * is_blank in others.
 */
size_t white_space(const char *p, size_t len);

/* FNV-1a, 64 bit. For telling names apart, not against an attacker. */
uint64_t hash_text(const char *s);

#endif
