#include "image_ref.h"

#include <stdlib.h>
#include <string.h>

#define PATH_MAX_BYTES 255
#define HASH_BYTES     9 /* '-' and eight hexadecimal digits */

static const char bad_format[] = "invalid reference format";
static const char bad_digest[] = "invalid checksum digest format";

static bool
is_path_char(char c)
{
	return is_lower(c) || is_digit(c);
}

static bool
is_hex(char c)
{
	return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
}

static bool
has_upper(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (is_upper(s[i]))
			return true;
	}
	return false;
}

/* One host component: letters, digits and inner hyphens. Returns its length, 0 for none. */
static size_t
host_component(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && (is_alnum(s[n]) || s[n] == '-'))
		n++;
	return n && s[0] != '-' && s[n - 1] != '-' ? n : 0;
}

static bool
is_bracketed(const char *s, size_t len)
{
	size_t i;

	if (len < 3 || s[0] != '[' || s[len - 1] != ']')
		return false;
	for (i = 1; i < len - 1; i++) {
		if (!is_hex(s[i]) && s[i] != ':')
			return false;
	}
	return true;
}

static bool
is_host(const char *s, size_t len)
{
	size_t at = 0;

	if (is_bracketed(s, len))
		return true;
	for (;;) {
		size_t n = host_component(s + at, len - at);

		at += n;
		if (!n || at == len)
			return n && at == len;
		if (s[at++] != '.')
			return false;
	}
}

/* host [":" digits] */
static bool
is_domain(const char *s)
{
	size_t len = strlen(s), digits = 0;

	while (digits < len && is_digit(s[len - digits - 1]))
		digits++;
	if (digits && digits < len && s[len - digits - 1] == ':')
		len -= digits + 1;
	return is_host(s, len);
}

/* Length of a separator inside a path component: one of . _ __ or any number of hyphens. */
static size_t
path_separator(const char *s)
{
	if (*s == '.')
		return 1;
	if (*s == '_')
		return s[1] == '_' ? 2 : 1;
	return strspn(s, "-");
}

static bool
is_path(const char *s)
{
	for (;;) {
		if (!is_path_char(*s))
			return false;
		while (is_path_char(*s))
			s++;
		if (!*s)
			return true;
		s += *s == '/' ? 1 : path_separator(s);
	}
}

bool
tag_is_legal(const char *tag)
{
	size_t n;

	if (!is_alnum(*tag) && *tag != '_')
		return false;
	for (n = 1; tag[n]; n++) {
		if (!is_alnum(tag[n]) && !strchr("_.-", tag[n]))
			return false;
	}
	return n <= TAG_MAX;
}

/* algorithm: letters and digits in parts that start with a letter, joined by one of -_+. */
static bool
is_algorithm(const char *s, size_t len)
{
	bool start = true;
	size_t i;

	for (i = 0; i < len; i++) {
		if (!start && memchr("-_+.", s[i], 4)) {
			start = true;
			continue;
		}
		if (!is_alnum(s[i]) || (start && is_digit(s[i])))
			return false;
		start = false;
	}
	return len && !start;
}

/* NULL when digest is one, else what is wrong with it. */
static const char *
digest_problem(const char *digest)
{
	static const struct {
		const char *name;
		size_t hex;
	} algorithms[] = {
		{"sha256", 64},
		{"sha384", 96},
		{"sha512", 128},
	};
	const char *colon = strchr(digest, ':'), *hex;
	size_t i, n, len;

	if (!colon || !is_algorithm(digest, (size_t)(colon - digest)))
		return bad_format;
	hex = colon + 1;
	len = strlen(hex);
	for (n = 0; is_hex(hex[n]);)
		n++;
	if (n != len || len < 32)
		return bad_format;
	if (has_upper(digest, (size_t)(colon - digest)))
		return bad_digest;
	for (i = 0; i < ARRAY_SIZE(algorithms); i++) {
		n = strlen(algorithms[i].name);
		if (n != (size_t)(colon - digest) || memcmp(digest, algorithms[i].name, n) != 0)
			continue;
		if (len != algorithms[i].hex)
			return "invalid checksum digest length";
		return has_upper(hex, len) ? bad_digest : NULL;
	}
	return "unsupported digest algorithm";
}

static bool
is_identifier(const char *s)
{
	size_t n;

	for (n = 0; is_digit(s[n]) || (s[n] >= 'a' && s[n] <= 'f');)
		n++;
	return n == 64 && !s[n];
}

/* Whether the part before the first slash is a registry rather than the start of the repository. */
static bool
names_registry(const char *s, size_t len)
{
	size_t i;

	if (len == strlen("localhost") && memcmp(s, "localhost", len) == 0)
		return true;
	for (i = 0; i < len; i++) {
		if (s[i] == '.' || s[i] == ':' || is_upper(s[i]))
			return true;
	}
	return false;
}

static void
split_domain(struct image_ref *ref, const char *text)
{
	const char *slash = strchr(text, '/');
	const char *rest = text;

	if (slash && names_registry(text, (size_t)(slash - text))) {
		ref->domain = xstrndup(text, (size_t)(slash - text));
		rest = slash + 1;
	} else {
		ref->domain = xstrdup("docker.io");
	}
	if (str_eq(ref->domain, "index.docker.io")) {
		free(ref->domain);
		ref->domain = xstrdup("docker.io");
	}
	if (str_eq(ref->domain, "docker.io") && !strchr(rest, '/'))
		ref->path = xasprintf("library/%s", rest);
	else
		ref->path = xstrdup(rest);
}

/* Ends the text at mark and returns what stood behind it; NULL for no mark. */
static char *
cut_off(char *mark)
{
	if (!mark)
		return NULL;
	*mark = '\0';
	return xstrdup(mark + 1);
}

/*
 * Whether domain and path are ones. What was taken for a domain and cannot be one may still be the
 * start of the path ("my_registry.io/app"): then there is no domain.
 */
static bool
is_name(struct image_ref *ref)
{
	char *whole;

	if (is_domain(ref->domain))
		return is_path(ref->path);
	whole = xasprintf("%s/%s", ref->domain, ref->path);
	free(ref->domain);
	free(ref->path);
	ref->domain = xstrdup("");
	ref->path = whole;
	return is_path(whole);
}

static void
make_lower(char *s)
{
	for (; *s; s++)
		*s = to_lower(*s);
}

/* Takes the text apart; what is wrong with it as a text made for the purpose, or NULL. */
static char *
take_apart(struct image_ref *ref, const char *text)
{
	const char *problem;
	bool upper;

	if (is_identifier(text))
		return xasprintf("invalid repository name (%s), cannot specify 64-byte hexadecimal "
				 "strings",
			text);
	split_domain(ref, text);
	if (has_upper(ref->path, strcspn(ref->path, ":")))
		return xasprintf("%s: repository name (%.*s) must be lowercase", bad_format,
			(int)strcspn(ref->path, ":"), ref->path);
	ref->digest = cut_off(strchr(ref->path, '@'));
	ref->tag = cut_off(strchr(ref->path, ':'));
	problem = ref->digest ? digest_problem(ref->digest) : NULL;
	if ((ref->tag && !tag_is_legal(ref->tag)) || problem == bad_format)
		return xstrdup(bad_format);
	upper = has_upper(ref->domain, strlen(ref->domain));
	if (!is_name(ref)) {
		make_lower(ref->path);
		return xstrdup(upper && is_path(ref->path) ? "repository name must be lowercase"
							   : bad_format);
	}
	if (strlen(ref->path) > PATH_MAX_BYTES)
		return xasprintf(
			"repository name must not be more than %d characters", PATH_MAX_BYTES);
	return xstrdup(problem);
}

bool
image_ref_parse(struct image_ref *ref, const char *text, struct strbuf *err)
{
	size_t name;
	char *problem;

	*ref = (struct image_ref){NULL, NULL, NULL, NULL, NULL};
	problem = take_apart(ref, text);
	if (problem) {
		if (err)
			strbuf_addstr(err, problem);
		free(problem);
		image_ref_release(ref);
		return false;
	}
	name = strlen(text);
	if (ref->digest)
		name -= strlen(ref->digest) + 1;
	if (ref->tag)
		name -= strlen(ref->tag) + 1;
	ref->name = xstrndup(text, name);
	return true;
}

void
image_ref_release(struct image_ref *ref)
{
	free(ref->name);
	free(ref->domain);
	free(ref->path);
	free(ref->tag);
	free(ref->digest);
	*ref = (struct image_ref){NULL, NULL, NULL, NULL, NULL};
}

/* Adds text made legal; returns whether anything but '/' was changed. */
static bool
add_legal(struct strbuf *tag, const char *text)
{
	bool changed = false;

	for (; *text; text++) {
		bool first = tag->len == 0;

		if (is_alnum(*text) || *text == '_' || (!first && strchr(".-", *text))) {
			strbuf_addch(tag, *text);
			continue;
		}
		strbuf_addch(tag, first ? '_' : '-');
		if (*text != '/' || first)
			changed = true;
	}
	return changed;
}

/* Adds text made legal in at most max bytes, with its hash where that lost something. */
static void
add_part(struct strbuf *tag, const char *text, size_t max, bool distinct)
{
	size_t start = tag->len;

	distinct |= add_legal(tag, text);
	if (!distinct && tag->len - start <= max)
		return;
	if (tag->len - start > max - HASH_BYTES)
		tag->len = start + max - HASH_BYTES;
	strbuf_addf(tag, "-%08x", (unsigned)(hash_text(text) & 0xffffffffu));
}

char *
tag_make(const char *prefix, const char *text, const char *suffix, bool distinct)
{
	struct strbuf tag, tail;

	strbuf_init(&tag);
	strbuf_init(&tail);
	strbuf_addch(&tail, 'x'); /* stands for the text before it: '-' may come first here */
	add_part(&tail, suffix, TAG_SUFFIX_MAX, false);
	add_legal(&tag, prefix);
	if (tag.len > TAG_PREFIX_MAX)
		tag.len = TAG_PREFIX_MAX;
	add_part(&tag, *text ? text : "_", TAG_MAX - tag.len - (tail.len - 1), distinct);
	strbuf_add(&tag, tail.buf + 1, tail.len - 1);
	strbuf_release(&tail);
	return strbuf_detach(&tag);
}

char *
image_with_tag(const char *image)
{
	struct image_ref ref;
	char *full;

	image_ref_parse(&ref, image, NULL);
	full = xasprintf("%s%s", image, ref.tag || ref.digest ? "" : ":latest");
	image_ref_release(&ref);
	return full;
}
