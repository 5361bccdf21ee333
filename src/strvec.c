#include "strvec.h"

#include <stdlib.h>
#include <string.h>

static char *none[1];

void
strvec_init(struct strvec *sv)
{
	sv->v = none;
	sv->nr = 0;
	sv->alloc = 0;
}

void
strvec_release(struct strvec *sv)
{
	size_t i;

	for (i = 0; i < sv->nr; i++)
		free(sv->v[i]);
	if (sv->alloc)
		free(sv->v);
	strvec_init(sv);
}

void
strvec_take(struct strvec *sv, char *s)
{
	if (sv->nr + 2 > sv->alloc) {
		size_t alloc = sv->alloc ? sv->alloc * 2 : 8;

		sv->v = xreallocarray(sv->alloc ? sv->v : NULL, alloc, sizeof(*sv->v));
		sv->alloc = alloc;
	}
	sv->v[sv->nr++] = s;
	sv->v[sv->nr] = NULL;
}

void
strvec_push(struct strvec *sv, const char *s)
{
	strvec_take(sv, xstrdup(s));
}

void
strvec_pushf(struct strvec *sv, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	strvec_take(sv, xvasprintf(fmt, args));
	va_end(args);
}

void
strvec_push_words(struct strvec *sv, const char *const words[])
{
	size_t i;

	for (i = 0; words[i]; i++)
		strvec_push(sv, words[i]);
}

void
strvec_push_all(struct strvec *sv, const struct strvec *from)
{
	size_t i;

	for (i = 0; i < from->nr; i++)
		strvec_push(sv, from->v[i]);
}

void
strvec_push_new(struct strvec *sv, const char *s)
{
	if (!strvec_has(sv, s))
		strvec_push(sv, s);
}

bool
strvec_has(const struct strvec *sv, const char *s)
{
	size_t i;

	for (i = 0; i < sv->nr; i++) {
		if (str_eq(sv->v[i], s))
			return true;
	}
	return false;
}

bool
strvec_has_nocase(const struct strvec *sv, const char *s)
{
	size_t i;

	for (i = 0; i < sv->nr; i++) {
		if (str_eq_nocase(sv->v[i], s))
			return true;
	}
	return false;
}

void
strvec_push_option(struct strvec *sv, const char *name, const char *value)
{
	if (value)
		strvec_pushl(sv, name, value);
}

void
strvec_push_options(struct strvec *sv, const char *name, const struct strvec *values)
{
	size_t i;

	for (i = 0; i < values->nr; i++)
		strvec_push_option(sv, name, values->v[i]);
}

void
strvec_remove(struct strvec *sv, size_t i)
{
	free(sv->v[i]);
	/* with the NULL at the end */
	memmove(&sv->v[i], &sv->v[i + 1], (sv->nr - i) * sizeof(*sv->v));
	sv->nr--;
}

void
strvec_replace(struct strvec *sv, size_t i, char *s)
{
	free(sv->v[i]);
	sv->v[i] = s;
}
