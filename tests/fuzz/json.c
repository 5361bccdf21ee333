/* JSON: the input as it is read, and as a text that is written. */
#include "json.h"

#include "fuzz.h"

#define DEPTH_MAX 8

static bool
is_inside(struct json part, struct json whole)
{
	return !part.len || (part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}

/* Walks everything, as deep as anything of ours looks. */
static void
walk(struct json value, unsigned depth)
{
	struct json rest = json_inside(value), name, item;
	struct strbuf text;
	size_t left;

	HOLDS(is_inside(rest, value));
	strbuf_init(&text);
	if (json_text(value, &text))
		HOLDS(!memchr(text.buf, '\0', text.len) && text.len <= value.len);
	else
		HOLDS(!text.len);
	strbuf_release(&text);
	for (left = rest.len; json_next(&rest, &name, &item); left = rest.len) {
		HOLDS(rest.len < left);
		HOLDS(item.len && is_inside(item, value) && is_inside(name, value));
		if (depth < DEPTH_MAX)
			walk(item, depth + 1);
	}
}

/* Every member can be found by its name, if that has no dot and no escapes. */
static void
check_members(struct json value)
{
	struct json rest = json_inside(value), name, item;
	unsigned nr = 0;

	while (nr++ < 8 && json_next(&rest, &name, &item)) {
		struct json found;
		char *path;

		if (name.len < 3 || *name.p != '"' || memchr(name.p, '.', name.len) ||
			memchr(name.p, '\0', name.len))
			continue;
		path = xstrndup(name.p + 1, name.len - 2);
		found = json_at(value, path);
		HOLDS(found.len && is_inside(found, value));
		free(path);
	}
}

/* What a strict reader takes for an array of strings ours reads as one. */
static void
check_strings(struct json value)
{
	struct json rest, name, item;

	if (!json_is_strings(value) || memchr(value.p, '\0', value.len))
		return;
	for (rest = json_inside(value); json_next(&rest, &name, &item);)
		HOLDS(!name.len && item.len >= 2 && *item.p == '"');
	HOLDS(!rest.len);
}

static bool
write_and_read(const char *s, struct strbuf *back)
{
	struct strbuf out;
	struct json_writer w = {.out = &out};
	struct json written, inside, name, item;
	bool good;

	strbuf_init(&out);
	json_open(&w, '{');
	json_name(&w, s);
	json_string(&w, s);
	json_close(&w, '}');
	written = (struct json){out.buf, out.len};
	inside = json_inside(written);
	good = inside.len == out.len - 2 && json_next(&inside, &name, &item) && !inside.len &&
	       name.len == item.len && memcmp(name.p, item.p, name.len) == 0 &&
	       json_text(item, back);
	strbuf_release(&out);
	return good;
}

/* What is written reads back, and once it is valid UTF-8 it stays as it is. */
static void
check_writer(const char *s)
{
	struct strbuf once, twice;

	strbuf_init(&once);
	strbuf_init(&twice);
	HOLDS(write_and_read(s, &once));
	HOLDS(write_and_read(once.buf, &twice));
	HOLDS(str_eq(once.buf, twice.buf));
	strbuf_release(&twice);
	strbuf_release(&once);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	char *bytes = input_bytes(in), *text = input_text(in);
	struct json value = {bytes, size};

	walk(value, 0);
	check_members(value);
	check_strings(value);
	json_at(value, "repository.default_branch");
	json_at(value, text);
	json_is(value, "true");
	check_writer(text);
	free(text);
	free(bytes);
	return 0;
}
