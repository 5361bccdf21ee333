#include "why_inline.h"

#include <string.h>

#include "json.h"

static bool
take_digest(struct json value, char digest[DIGEST_MAX])
{
	static const char algorithm[] = "\"sha256:";
	const size_t head = sizeof(algorithm) - 1;
	size_t i;

	if (value.len != DIGEST_MAX + 1 || memcmp(value.p, algorithm, head) != 0)
		return false;
	for (i = head; i < value.len - 1; i++) {
		if (!is_digit(value.p[i]) && !(value.p[i] >= 'a' && value.p[i] <= 'f'))
			return false;
	}
	memcpy(digest, value.p + 1, DIGEST_MAX - 1);
	digest[DIGEST_MAX - 1] = '\0';
	return true;
}

bool
why_follow(const char *text, size_t len, char digest[DIGEST_MAX], bool *config)
{
	struct json answer = why_object(text, len), about = json_at(answer, "manifest");
	struct json rest, name, item;

	if (about.len)
		answer = about;
	*config = take_digest(json_at(answer, "config.digest"), digest);
	if (*config)
		return true;
	rest = json_inside(json_at(answer, "manifests"));
	while (json_next(&rest, &name, &item)) {
		/* provenance is of no platform */
		if (!json_is(json_at(item, "platform.os"), "unknown"))
			return take_digest(json_at(item, "digest"), digest);
	}
	return about.len && !json_at(about, "manifests").len &&
	       take_digest(json_at(about, "digest"), digest);
}

static int
base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Go's json writes bytes as base64. False: it is none. */
static bool
decode(const char *text, struct strbuf *out)
{
	unsigned long bits = 0;
	unsigned n = 0;

	for (; *text && *text != '='; text++) {
		int digit = base64_digit(*text);

		if (digit < 0)
			return false;
		bits = (bits << 6 | (unsigned long)digit) & 0xffffff;
		n += 6;
		if (n >= 8) {
			n -= 8;
			strbuf_addch(out, (char)(bits >> n & 0xff));
		}
	}
	return true;
}

/* [{"layers":[{"layer":5,"createdAt":"..."}],"digest":"sha256:...","inputs":...},...]: whether any
 * record has a layer (cache/remotecache/v1/spec.go). */
static bool
has_layers(struct json records)
{
	struct json rest = json_inside(records), name, item;

	while (json_next(&rest, &name, &item)) {
		if (json_inside(json_at(item, "layers")).len)
			return true;
	}
	return false;
}

enum why_reason
why_inline(const char *text, size_t len)
{
	struct json config = why_object(text, len), rest = json_inside(config), name, item;
	enum why_reason reason = rest.len ? WHY_NO_INLINE : WHY_NONE;
	struct strbuf value, records;

	/* a config has this: the text may be something else */
	if (!json_at(config, "rootfs").len)
		return WHY_NONE;
	strbuf_init(&value);
	strbuf_init(&records);
	while (json_next(&rest, &name, &item)) {
		if (!json_is(name, "moby.buildkit.cache.v0"))
			continue;
		reason = WHY_NONE;
		if (json_text(item, &value) && decode(value.buf, &records) &&
			!has_layers((struct json){records.buf, records.len}))
			reason = WHY_EMPTY_INLINE;
		break;
	}
	strbuf_release(&records);
	strbuf_release(&value);
	return reason;
}
