#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void
out_of_memory(void)
{
	fputs("docker-build-remote-cache: out of memory\n", stderr);
	exit(1);
}

void *
xcalloc(size_t nmemb, size_t size)
{
	void *p = calloc(nmemb ? nmemb : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *
xreallocarray(void *ptr, size_t nmemb, size_t size)
{
	void *p;

	if (size && nmemb > SIZE_MAX / size)
		out_of_memory();
	size *= nmemb;
	p = realloc(ptr, size > 0 ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *
xstrdup(const char *s)
{
	return s ? xstrndup(s, strlen(s)) : NULL;
}

char *
xstrndup(const char *s, size_t n)
{
	char *p = xcalloc(n + 1, 1);

	memcpy(p, s, n);
	return p;
}

char *
xvasprintf(const char *fmt, va_list args)
{
	va_list again;
	int n;
	char *p;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		out_of_memory();
	p = xcalloc((size_t)n + 1, 1);
	vsnprintf(p, (size_t)n + 1, fmt, args);
	return p;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = xvasprintf(fmt, args);
	va_end(args);
	return p;
}

const char *
lookup_get(const struct lookup *map, const char *name)
{
	return map->get ? map->get(map->ctx, name) : NULL;
}

const char *
lookup_text(const struct lookup *map, const char *name)
{
	const char *value = map->get(map->ctx, name);

	return value && *value ? value : NULL;
}

bool
str_eq(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
str_eq_nocase(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	while (*a && to_lower(*a) == to_lower(*b)) {
		a++;
		b++;
	}
	return to_lower(*a) == to_lower(*b);
}

bool
str_has_prefix_nocase(const char *s, const char *prefix)
{
	while (*prefix && to_lower(*s) == to_lower(*prefix)) {
		s++;
		prefix++;
	}
	return !*prefix;
}

bool
str_has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

const char *
str_skip_prefix(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
is_alnum(char c)
{
	return is_lower(c) || is_upper(c) || is_digit(c);
}

char
to_lower(char c)
{
	return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

char
to_upper(char c)
{
	return is_lower(c) ? (char)(c - 'a' + 'A') : c;
}

size_t
white_space(const char *p, size_t len)
{
	static const char *const wide[] = {"\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xa8",
		"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
	size_t i;

	if (!len || is_blank(*p) || *p == '\n')
		return len ? 1 : 0;
	for (i = 0; i < ARRAY_SIZE(wide); i++) {
		size_t n = strlen(wide[i]);

		if (n <= len && memcmp(p, wide[i], n) == 0)
			return n;
	}
	/* U+2000 to U+200A */
	if (len >= 3 && memcmp(p, "\xe2\x80", 2) == 0 && (unsigned char)p[2] >= 0x80 &&
		(unsigned char)p[2] <= 0x8a)
		return 3;
	return 0;
}

uint64_t
hash_text(const char *s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *s; s++) {
		h ^= (unsigned char)*s;
		h *= UINT64_C(0x100000001b3);
	}
	return h;
}
