/*
 * json: reads what docker and CI systems write, and writes what we say to machines.
 *
 * The reader looks at a span of text in place: it allocates nothing, does not recurse, never reads
 * past the span, and takes linear time, whatever the text holds. It finds what is there and does
 * not check what it passes over; text that is no JSON gives "not there".
 */
#ifndef JSON_H
#define JSON_H

#include "strbuf.h"

struct json {
	const char *p; /* not owned, not NUL-terminated */
	size_t len;
};

/*
 * Walks the members of an object or the elements of an array:
 *
 *	struct json rest = json_inside(value), name, item;
 *	while (json_next(&rest, &name, &item)) ...
 *
 * name is the member's name with its quotes, or empty in an array. json_inside of anything else is
 * empty, so there is nothing to walk.
 */
struct json json_inside(struct json value);
bool json_next(struct json *rest, struct json *name, struct json *item);

/* The value at a path of member names joined by dots ("repository.default_branch"); len 0: none. */
struct json json_at(struct json value, const char *path);

/* Adds a string value's text to out, escapes decoded as UTF-8. False, with out as it was, when the
 * value is no string or holds an escaped NUL. */
bool json_text(struct json value, struct strbuf *out);
/* Whether the text is an array of strings and nothing else, as a strict reader has it. */
bool json_is_strings(struct json value);
bool json_is(struct json value, const char *literal); /* true, false, null or a string's raw text */

/*
 * The writer keeps the commas right; names and values go in the order of the calls. What is no
 * valid UTF-8 becomes U+FFFD, so any bytes give valid JSON.
 */
struct json_writer {
	struct strbuf *out;
	bool comma; /* one is due before the next name or value */
};

void json_open(struct json_writer *w, char bracket); /* '{' or '[' */
void json_close(struct json_writer *w, char bracket);
void json_name(struct json_writer *w, const char *name);
void json_string(struct json_writer *w, const char *s); /* NULL writes null */
void json_number(struct json_writer *w, size_t n);
void json_bool(struct json_writer *w, bool b);

#endif
