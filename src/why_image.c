#include "why_image.h"

#include <stdlib.h>
#include <string.h>

void
why_image_init(struct why_image *image)
{
	*image = (struct why_image){.nr = 0};
	strvec_init(&image->layers);
}

void
why_image_release(struct why_image *image)
{
	size_t i;

	for (i = 0; i < image->nr; i++)
		free(image->history[i].text);
	free(image->history);
	strvec_release(&image->layers);
	why_image_init(image);
}

/* The n-th element of an array. */
static struct json
element(struct json array, size_t n)
{
	struct json rest = json_inside(array), name, item;

	while (json_next(&rest, &name, &item)) {
		if (n-- == 0)
			return item;
	}
	return (struct json){"", 0};
}

/* ["RUN make # buildkit","buildkit.dockerfile.v0",false], or with a size: "0B" */
static bool
read_entry(struct json value, struct why_entry *entry)
{
	struct json empty = element(value, 2);
	struct strbuf text, comment;
	bool good;

	strbuf_init(&text);
	strbuf_init(&comment);
	good = json_text(element(value, 0), &text) && json_text(element(value, 1), &comment) &&
	       empty.len;
	entry->text = good ? strbuf_detach(&text) : NULL;
	/* where a base has layers that no entry made, BuildKit adds some of its exporter's */
	entry->buildkit = good && str_skip_prefix(comment.buf, "buildkit.");
	entry->empty = json_is(empty, "true") || json_is(empty, "0B");
	strbuf_release(&comment);
	strbuf_release(&text);
	return good;
}

static void
add_entry(struct why_image *image, const struct why_entry *entry, size_t *alloc)
{
	if (image->nr == *alloc) {
		*alloc = *alloc ? *alloc * 2 : 32;
		image->history = xreallocarray(image->history, *alloc, sizeof(*image->history));
	}
	image->history[image->nr++] = *entry;
}

static void
read_layers(struct why_image *image, struct json layers)
{
	struct json rest = json_inside(layers), name, item;
	struct strbuf text;

	strbuf_init(&text);
	while (json_next(&rest, &name, &item)) {
		strbuf_reset(&text);
		json_text(item, &text);
		strvec_push(&image->layers, text.buf);
	}
	strbuf_release(&text);
}

/* What stands between its first bracket and the end; what comes behind it does not count. */
struct json
why_object(const char *text, size_t len)
{
	const char *start = len ? memchr(text, '{', len) : NULL;

	if (!start)
		return (struct json){"", 0};
	return (struct json){start, len - (size_t)(start - text)};
}

bool
why_read_registry(struct why_image *image, const char *text, size_t len)
{
	struct json answer = why_object(text, len), rest, name, item;
	struct why_entry entry;
	size_t alloc = 0, layers = 0, i;
	bool good = json_at(answer, "layers").len > 0;

	why_image_release(image);
	rest = json_inside(json_at(answer, "history"));
	while (good && json_next(&rest, &name, &item)) {
		good = read_entry(item, &entry);
		if (good)
			add_entry(image, &entry, &alloc);
	}
	if (!good) {
		why_image_release(image);
		return false;
	}
	read_layers(image, json_at(answer, "layers"));
	for (i = 0; i < image->nr; i++)
		layers += !image->history[i].empty;
	image->exact = layers == image->layers.nr;
	return image->nr > 0;
}

static void
turn_round(struct why_image *image)
{
	size_t i;

	for (i = 0; i < image->nr / 2; i++) {
		struct why_entry entry = image->history[i];

		image->history[i] = image->history[image->nr - 1 - i];
		image->history[image->nr - 1 - i] = entry;
	}
}

bool
why_read_engine(struct why_image *image, const char *text, size_t len)
{
	const char *end = text + len, *line = text, *next;
	struct json layers = {"", 0};
	struct why_entry entry;
	size_t alloc = 0;

	why_image_release(image);
	for (; line < end && !layers.len; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		struct json value = {line, (size_t)((newline ? newline : end) - line)};

		next = newline ? newline + 1 : end;
		if (*line == '{')
			layers = json_at(value, "layers");
		else if (*line == '[' && read_entry(value, &entry))
			add_entry(image, &entry, &alloc);
	}
	if (!layers.len || !image->nr) {
		why_image_release(image);
		return false;
	}
	read_layers(image, layers);
	turn_round(image);
	return true;
}
