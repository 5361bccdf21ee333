#include "reason.h"

#include <string.h>

/* The first row whose text, in lower case, is in the line (in any case) gives the reason. */
static const struct {
	const char *text;
	enum reason reason;
} lines[] = {
	{"failed pushing cache to", REASON_CACHE_PUT},
	{"cannot connect to the docker daemon", REASON_NO_DAEMON},
	{"is the docker daemon running", REASON_NO_DAEMON},
	{"error during connect", REASON_NO_DAEMON},

	{"no space left on device", REASON_NO_SPACE},
	{"disk quota exceeded", REASON_NO_SPACE},
	{"immutable", REASON_IMMUTABLE},
	{"imagetagalreadyexists", REASON_IMMUTABLE},
	{"cannot be overwritten", REASON_IMMUTABLE},
	{"quota", REASON_QUOTA},

	{"image does not exist locally", REASON_NO_IMAGE},
	{"tag does not exist", REASON_NO_IMAGE},
	{"no such image", REASON_NO_IMAGE},

	{"http response to https client", REASON_PLAIN_HTTP},
	{"x509:", REASON_CERTIFICATE},
	{"certificate", REASON_CERTIFICATE},

	{"toomanyrequests", REASON_BUSY},
	{"too many requests", REASON_BUSY},
	{"unexpected http status: 5", REASON_SERVER},
	{"error from registry: unknown error", REASON_SERVER},
	{"error from registry: service unavailable", REASON_SERVER},
	{"500 internal server error", REASON_SERVER},
	{"502 bad gateway", REASON_SERVER},
	{"503 service unavailable", REASON_SERVER},
	{"504 gateway time", REASON_SERVER},
	{": 520", REASON_SERVER},
	{": 521", REASON_SERVER},
	{": 522", REASON_SERVER},
	{": 523", REASON_SERVER},
	{": 524", REASON_SERVER},
	{": 525", REASON_SERVER},

	{"connection refused", REASON_UNREACHABLE},
	{"no such host", REASON_UNREACHABLE},
	{"server misbehaving", REASON_UNREACHABLE},
	{"failure in name resolution", REASON_UNREACHABLE},
	{"network is unreachable", REASON_UNREACHABLE},
	{"no route to host", REASON_UNREACHABLE},
	{"connection reset", REASON_RESET},
	{"broken pipe", REASON_RESET},
	{"server sent goaway", REASON_RESET},
	{"unexpected eof", REASON_RESET},
	{"server closed idle connection", REASON_RESET},
	{": eof", REASON_RESET},
	{"timeout", REASON_TIMEOUT},
	{"timed out", REASON_TIMEOUT},
	{"deadline exceeded", REASON_TIMEOUT},

	{"credential", REASON_DENIED},
	{"unauthorized", REASON_DENIED},
	{"authentication required", REASON_DENIED},
	{"access denied", REASON_DENIED},
	{"access to the resource is denied", REASON_DENIED},
	{"denied:", REASON_DENIED},
	{": denied", REASON_DENIED},
	{"insufficient_scope", REASON_DENIED},
	{"authorization failed", REASON_DENIED},

	{"403 forbidden", REASON_DENIED},

	{"manifest unknown", REASON_ABSENT},
	{"no such manifest", REASON_ABSENT},
	{"name unknown", REASON_ABSENT},
	{": not found", REASON_ABSENT},
	{"404 not found", REASON_ABSENT},
};

static const struct {
	const char *text;
	const char *advice;
	bool may_pass;
} reasons[] = {
	[REASON_NONE] = {"for a reason not known here", NULL, false},
	[REASON_ABSENT] = {"not there", NULL, false},
	[REASON_DENIED] = {"no access",
		"log in with 'docker login', or give the job's account access", false},
	[REASON_UNREACHABLE] = {"registry unreachable", NULL, false},
	[REASON_TIMEOUT] = {"timed out", NULL, true},
	[REASON_RESET] = {"connection lost", NULL, true},
	[REASON_BUSY] = {"rate limit reached", NULL, true},
	[REASON_SERVER] = {"registry error", NULL, true},
	[REASON_PLAIN_HTTP] = {"registry speaks plain http",
		"name it in the engine's insecure-registries", false},
	[REASON_CERTIFICATE] = {"certificate not trusted",
		"give the engine the registry's certificate", false},
	[REASON_NO_SPACE] = {"no space left", NULL, false},
	[REASON_QUOTA] = {"over quota", "keep the cache elsewhere with --cache-repo", false},
	[REASON_IMMUTABLE] = {"tag cannot be overwritten",
		"keep the cache in a repository with mutable tags, with --cache-repo", false},
	[REASON_NO_IMAGE] = {"no such image here", NULL, false},
	[REASON_NO_DAEMON] = {"no docker engine answers", NULL, false},
	[REASON_CACHE_PUT] = {"the cache could not be stored", NULL, false},
	[REASON_BUILDER] = {"BuildKit lost track of a step", NULL, true},
	[REASON_SAME_NAME] = {"another build was naming the same image", NULL, true},
	[REASON_POLICY] = {"docker could not take a source policy", NULL, true},
	[REASON_SPAWN] = {"docker could not be started", NULL, false},
};

#define LINE_MAX_BYTES 4096 /* the rest of a longer line is not looked at */

/* Where text of n bytes is in the line from a place on; len: nowhere. */
static size_t
find(const char *line, size_t len, size_t from, const char *text, size_t n)
{
	size_t i;

	for (i = from; i + n <= len; i++) {
		if (memcmp(line + i, text, n) == 0)
			return i;
	}
	return len;
}

/* Whether a word goes on at the byte. */
static bool
in_word(char c)
{
	return is_alnum(c) || c == '_' || c == '-';
}

/*
 * Blanks text where it stands as a word of its own in a reference or an address: behind one of the
 * bytes of before, before one of after, or at the start of the line before a colon. What has a
 * slash in it is no word of a message anyway.
 */
static void
blank(char *line, size_t len, const char *text, size_t n, const char *before, const char *after)
{
	bool path = memchr(text, '/', n) != NULL;
	size_t at, end;

	for (at = find(line, len, 0, text, n); n && at < len; at = find(line, len, end, text, n)) {
		char prev = at ? line[at - 1] : ' ', next;

		end = at + n;
		next = end < len ? line[end] : ' ';
		if (in_word(prev) || in_word(next))
			continue;
		if (path || strchr(before, prev) || strchr(after, next) || (!at && next == ':'))
			memset(line + at, ' ', n);
	}
}

/* Blanks the parts of NAME:TAG: the name, with its registry and each alone, and the tag. */
static void
blank_ref(char *line, size_t len, const char *ref)
{
	const char *tag = strrchr(ref, ':'), *path = strchr(ref, '/');
	size_t name;

	if (tag && strchr(tag, '/'))
		tag = NULL; /* that was a port */
	name = tag ? (size_t)(tag - ref) : strlen(ref);
	blank(line, len, ref, name, "/\"'[", ":/@,]\"'");
	if (path && path < ref + name) {
		size_t host = (size_t)(path - ref);

		blank(line, len, path + 1, name - host - 1, "/\"'[", ":/@,]\"'");
		blank(line, len, ref, host, "/\"'", "/:");
	}
	if (tag)
		blank(line, len, tag + 1, strlen(tag + 1), ":/", "");
}

/*
 * The rows by the first two bytes of their texts: a failing build may print much, so a line is gone
 * through once, and at each byte only those rows are looked at that may begin there. Numbers of
 * rows from 1 on, in order; 0: no more. Made when the first line comes, and the same ever after.
 */
static struct {
	bool made;
	unsigned char first[512], next[ARRAY_SIZE(lines) + 1];
} rows_by;

static size_t
place_of(const char *text)
{
	return ((unsigned char)text[0] * 31u + (unsigned char)text[1]) % ARRAY_SIZE(rows_by.first);
}

static void
make_rows_by(void)
{
	size_t i;

	_Static_assert(ARRAY_SIZE(lines) < 256, "their numbers are bytes");
	for (i = ARRAY_SIZE(lines); i > 0; i--) {
		size_t place = place_of(lines[i - 1].text);

		rows_by.next[i] = rows_by.first[place];
		rows_by.first[place] = (unsigned char)i;
	}
	rows_by.made = true;
}

/* The reason of the first row whose text is in the line. */
static enum reason
first_row(const char *line, size_t len)
{
	size_t found = ARRAY_SIZE(lines) + 1, at, i;

	if (!rows_by.made)
		make_rows_by();
	for (at = 0; at + 1 < len; at++) {
		for (i = rows_by.first[place_of(line + at)]; i && i < found; i = rows_by.next[i]) {
			size_t n = strlen(lines[i - 1].text);

			if (len - at >= n && memcmp(line + at, lines[i - 1].text, n) == 0)
				found = i;
		}
	}
	return found <= ARRAY_SIZE(lines) ? lines[found - 1].reason : REASON_NONE;
}

static enum reason
in_any_case(char *text, const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		text[i] = to_lower(line[i]);
	return first_row(text, len);
}

enum reason
reason_of_line(const char *line, size_t len, const char *ref)
{
	char text[LINE_MAX_BYTES];
	enum reason reason;

	if (len > sizeof(text))
		len = sizeof(text);
	reason = in_any_case(text, line, len);
	if (!reason || !ref)
		return reason;
	memcpy(text, line, len);
	blank_ref(text, len, ref);
	return in_any_case(text, text, len);
}

bool
reason_may_pass(enum reason reason)
{
	return reasons[reason].may_pass;
}

const char *
reason_text(enum reason reason)
{
	return reasons[reason].text;
}

const char *
reason_advice(enum reason reason)
{
	return reasons[reason].advice;
}
