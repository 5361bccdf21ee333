#include "json.h"

#include <string.h>

static struct json
after(struct json text, size_t n)
{
	return (struct json){text.p + n, text.len - n};
}

static struct json
skip_space(struct json text)
{
	size_t n = 0;

	while (n < text.len && (is_blank(text.p[n]) || text.p[n] == '\n'))
		n++;
	return after(text, n);
}

/* Length of the string at the start of text, quotes included; 0 when it does not end. */
static size_t
string_length(struct json text)
{
	size_t n;

	for (n = 1; n < text.len; n++) {
		if (text.p[n] == '\\')
			n++;
		else if (text.p[n] == '"')
			return n + 1;
	}
	return 0;
}

static size_t
word_length(struct json text)
{
	size_t n = 0;

	while (n < text.len && !strchr(",:]} \t\r\n", text.p[n]))
		n++;
	return n;
}

/* Length of an object or array: to where as many brackets have closed as have opened. */
static size_t
nested_length(struct json text)
{
	size_t n = 0, depth = 0;

	while (n < text.len) {
		char c = text.p[n];

		if (c == '"') {
			size_t string = string_length(after(text, n));

			if (!string)
				return 0;
			n += string;
			continue;
		}
		n++;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return n;
	}
	return 0;
}

static size_t
value_length(struct json text)
{
	if (!text.len)
		return 0;
	if (text.p[0] == '"')
		return string_length(text);
	if (text.p[0] == '{' || text.p[0] == '[')
		return nested_length(text);
	return word_length(text);
}

struct json
json_inside(struct json value)
{
	size_t n;

	value = skip_space(value);
	n = value_length(value);
	if (n < 2 || (value.p[0] != '{' && value.p[0] != '['))
		return (struct json){"", 0};
	return (struct json){value.p + 1, n - 2};
}

/* Takes one value off the front of rest. */
static bool
take_value(struct json *rest, struct json *value)
{
	size_t n;

	*rest = skip_space(*rest);
	n = value_length(*rest);
	*value = (struct json){rest->p, n};
	*rest = skip_space(after(*rest, n));
	return n > 0;
}

static bool
take_char(struct json *rest, char c)
{
	if (!rest->len || rest->p[0] != c)
		return false;
	*rest = after(*rest, 1);
	return true;
}

bool
json_next(struct json *rest, struct json *name, struct json *item)
{
	*name = (struct json){"", 0};
	if (!take_value(rest, item))
		return false;
	if (take_char(rest, ':')) {
		*name = *item;
		if (!take_value(rest, item))
			return false;
	}
	take_char(rest, ',');
	return true;
}

bool
json_is(struct json value, const char *literal)
{
	size_t n = strlen(literal);

	if (value.len == n + 2 && value.p[0] == '"')
		value = (struct json){value.p + 1, n};
	return value.len == n && memcmp(value.p, literal, n) == 0;
}

static struct json
member(struct json object, const char *name, size_t len)
{
	struct json rest = json_inside(object), key, item;

	while (json_next(&rest, &key, &item)) {
		if (key.len == len + 2 && *key.p == '"' && memcmp(key.p + 1, name, len) == 0)
			return item;
	}
	return (struct json){"", 0};
}

struct json
json_at(struct json value, const char *path)
{
	while (*path && value.len) {
		size_t n = strcspn(path, ".");

		value = member(value, path, n);
		path += n + (path[n] == '.');
	}
	return value;
}

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = to_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The number behind \u, or -1. */
static long
hex4(const char *p, size_t len)
{
	long n = 0;
	size_t i;

	if (len < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		n = n * 16 + digit;
	}
	return n;
}

static struct json
skip_json_space(struct json text)
{
	while (text.len && strchr(" \t\r\n", *text.p))
		text = after(text, 1);
	return text;
}

/* Takes a string off *rest that a strict reader would take. */
static bool
take_strict_string(struct json *rest)
{
	struct json text = *rest;
	size_t n;

	if (!take_char(&text, '"'))
		return false;
	while (text.len && *text.p != '"') {
		n = 1;
		if ((unsigned char)*text.p < ' ')
			return false;
		if (*text.p == '\\') {
			n = 2;
			if (text.len < 2 || !strchr("\"\\/bfnrtu", text.p[1]))
				return false;
			if (text.p[1] == 'u') {
				if (hex4(text.p + 2, text.len - 2) < 0)
					return false;
				n = 6;
			}
		}
		text = after(text, n);
	}
	*rest = after(text, text.len > 0);
	return text.len > 0;
}

bool
json_is_strings(struct json value)
{
	bool more;

	value = skip_json_space(value);
	if (!take_char(&value, '['))
		return false;
	value = skip_json_space(value);
	more = !take_char(&value, ']');
	while (more) {
		if (!take_strict_string(&value))
			return false;
		value = skip_json_space(value);
		more = take_char(&value, ',');
		if (!more && !take_char(&value, ']'))
			return false;
		value = skip_json_space(value);
	}
	return !skip_json_space(value).len;
}

static void
add_utf8(struct strbuf *out, long c)
{
	if (c < 0x80) {
		strbuf_addch(out, (char)c);
	} else if (c < 0x800) {
		strbuf_addch(out, (char)(0xc0 | (c >> 6)));
		strbuf_addch(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		strbuf_addch(out, (char)(0xe0 | (c >> 12)));
		strbuf_addch(out, (char)(0x80 | ((c >> 6) & 0x3f)));
		strbuf_addch(out, (char)(0x80 | (c & 0x3f)));
	} else {
		strbuf_addch(out, (char)(0xf0 | (c >> 18)));
		strbuf_addch(out, (char)(0x80 | ((c >> 12) & 0x3f)));
		strbuf_addch(out, (char)(0x80 | ((c >> 6) & 0x3f)));
		strbuf_addch(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* Decodes the escape at p (behind the backslash); returns the bytes it took, 0 when it is none. */
static size_t
add_escape(struct strbuf *out, const char *p, size_t len)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = len ? memchr(from, p[0], sizeof(from) - 1) : NULL;
	long c, low;

	if (at) {
		strbuf_addch(out, to[at - from]);
		return 1;
	}
	if (!len || p[0] != 'u' || (c = hex4(p + 1, len - 1)) <= 0)
		return 0;
	if (c >= 0xd800 && c < 0xdc00 && len >= 11 && p[5] == '\\' && p[6] == 'u') {
		low = hex4(p + 7, len - 7);
		if (low >= 0xdc00 && low < 0xe000) {
			add_utf8(out, 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00));
			return 11;
		}
	}
	add_utf8(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return 5;
}

bool
json_text(struct json value, struct strbuf *out)
{
	struct strbuf text;
	size_t i, n;

	if (value.len < 2 || value.p[0] != '"' || value.p[value.len - 1] != '"')
		return false;
	strbuf_init(&text);
	for (i = 1; i < value.len - 1; i += n) {
		n = 1;
		if (value.p[i] == '\0')
			break;
		if (value.p[i] != '\\') {
			strbuf_addch(&text, value.p[i]);
			continue;
		}
		n = add_escape(&text, value.p + i + 1, value.len - 2 - i);
		if (!n++)
			break;
	}
	if (i == value.len - 1)
		strbuf_add(out, text.buf, text.len);
	n = i;
	strbuf_release(&text);
	return n == value.len - 1;
}

static void
comma(struct json_writer *w)
{
	if (w->comma)
		strbuf_addch(w->out, ',');
	w->comma = true;
}

void
json_open(struct json_writer *w, char bracket)
{
	comma(w);
	strbuf_addch(w->out, bracket);
	w->comma = false;
}

void
json_close(struct json_writer *w, char bracket)
{
	strbuf_addch(w->out, bracket);
	w->comma = true;
}

/* Length of the valid UTF-8 sequence at s, 0 when it is none. s ends in NUL, which stops it. */
static size_t
utf8_length(const unsigned char *s)
{
	/* First byte's range, and the second byte's, which rules out overlong forms and surrogates.
	 */
	static const struct {
		unsigned char lo, hi, second_lo, second_hi, length;
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i, n;

	if (s[0] < 0x80)
		return 1;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		if (s[0] < forms[i].lo || s[0] > forms[i].hi)
			continue;
		if (s[1] < forms[i].second_lo || s[1] > forms[i].second_hi)
			return 0;
		for (n = 2; n < forms[i].length; n++) {
			if ((s[n] & 0xc0) != 0x80)
				return 0;
		}
		return forms[i].length;
	}
	return 0;
}

static void
add_string(struct strbuf *out, const char *s)
{
	strbuf_addch(out, '"');
	while (*s) {
		size_t n = utf8_length((const unsigned char *)s);

		if (n == 0)
			strbuf_addstr(out, "\\ufffd");
		else if (*s == '"' || *s == '\\')
			strbuf_addf(out, "\\%c", *s);
		else if (n == 1 && ((unsigned char)*s < 0x20 || *s == 0x7f))
			strbuf_addf(out, "\\u%04x", (unsigned)*s);
		else
			strbuf_add(out, s, n);
		s += n ? n : 1;
	}
	strbuf_addch(out, '"');
}

void
json_name(struct json_writer *w, const char *name)
{
	comma(w);
	add_string(w->out, name);
	strbuf_addch(w->out, ':');
	w->comma = false;
}

void
json_string(struct json_writer *w, const char *s)
{
	comma(w);
	if (s)
		add_string(w->out, s);
	else
		strbuf_addstr(w->out, "null");
}

void
json_number(struct json_writer *w, size_t n)
{
	comma(w);
	strbuf_addf(w->out, "%zu", n);
}

void
json_bool(struct json_writer *w, bool b)
{
	comma(w);
	strbuf_addstr(w->out, b ? "true" : "false");
}
