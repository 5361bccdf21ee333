#include "strbuf.h"

#include <stdlib.h>
#include <string.h>

/* What an empty strbuf points to; never written to, since cap is 0. */
static char empty[1];

void
strbuf_init(struct strbuf *sb)
{
	sb->buf = empty;
	sb->len = 0;
	sb->cap = 0;
}

void
strbuf_release(struct strbuf *sb)
{
	if (sb->cap)
		free(sb->buf);
	strbuf_init(sb);
}

void
strbuf_reset(struct strbuf *sb)
{
	sb->len = 0;
	if (sb->cap)
		sb->buf[0] = '\0';
}

char *
strbuf_detach(struct strbuf *sb)
{
	char *text = sb->cap ? sb->buf : xstrdup("");

	strbuf_init(sb);
	return text;
}

/* Makes room for more bytes and the NUL behind them. */
static void
grow(struct strbuf *sb, size_t more)
{
	size_t need = sb->len + more + 1;
	size_t cap = sb->cap ? sb->cap : 64;

	if (need <= sb->cap)
		return;
	while (cap < need)
		cap *= 2;
	sb->buf = xreallocarray(sb->cap ? sb->buf : NULL, cap, 1);
	sb->cap = cap;
}

void
strbuf_cut(struct strbuf *sb, size_t len)
{
	if (len >= sb->len)
		return;
	while (len && ((unsigned char)sb->buf[len] & 0xc0) == 0x80)
		len--;
	sb->len = len;
	sb->buf[len] = '\0';
}

void
strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
	if (!len)
		return;
	grow(sb, len);
	memcpy(sb->buf + sb->len, data, len);
	sb->len += len;
	sb->buf[sb->len] = '\0';
}

void
strbuf_addch(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

void
strbuf_addstr(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

void
strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	strbuf_addstr(sb, text);
	free(text);
}

static bool
needs_no_quotes(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++) {
		if (!is_alnum(*s) && !strchr("_-./:=@,+%", *s))
			return false;
	}
	return true;
}

void
strbuf_add_quoted(struct strbuf *sb, const char *s)
{
	if (needs_no_quotes(s)) {
		strbuf_addstr(sb, s);
		return;
	}
	strbuf_addch(sb, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			strbuf_addstr(sb, "'\\''");
		else
			strbuf_addch(sb, *s);
	}
	strbuf_addch(sb, '\'');
}

void
strbuf_add_visible(struct strbuf *sb, const char *s)
{
	unsigned char before = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		/* the second half of U+0080 to U+009F, which some terminals obey as well */
		bool c1 = c >= 0x80 && c < 0xa0 && before == 0xc2;

		if (c < 0x20 || c == 0x7f || c1)
			strbuf_addf(sb, "\\%03o", c);
		else
			strbuf_addch(sb, *s);
		before = c;
	}
}

void
strbuf_add_command(struct strbuf *sb, char *const argv[])
{
	size_t i;

	for (i = 0; argv[i]; i++) {
		if (i)
			strbuf_addch(sb, ' ');
		strbuf_add_quoted(sb, argv[i]);
	}
}
