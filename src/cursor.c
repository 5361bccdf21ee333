#include "cursor.h"

#include <string.h>

bool
cursor_skip(struct cursor *c, const char *prefix)
{
	size_t n = strlen(prefix);

	if (c->len < n || memcmp(c->p, prefix, n) != 0)
		return false;
	c->p += n;
	c->len -= n;
	return true;
}

bool
cursor_number(struct cursor *c, unsigned *number)
{
	size_t n = 0;

	*number = 0;
	while (n < c->len && n < 9 && is_digit(c->p[n]))
		*number = *number * 10 + (unsigned)(c->p[n++] - '0');
	c->p += n;
	c->len -= n;
	return n > 0;
}
