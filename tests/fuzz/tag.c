/* A branch's tag. The input: a line that is the prefix, one that is the suffix, the branch. */
#include "fuzz.h"

#include "image_ref.h"

static bool
all_legal(const char *text)
{
	return !*text || tag_is_legal(text);
}

/* What the tag is when nothing has to be changed; NULL: something has. */
static char *
plain_tag(const char *prefix, const char *text, const char *suffix)
{
	char *padded = xasprintf("x%s", suffix), *tag = NULL;

	if (all_legal(prefix) && strlen(prefix) <= TAG_PREFIX_MAX && tag_is_legal(text) &&
		tag_is_legal(padded) && strlen(suffix) <= TAG_SUFFIX_MAX &&
		strlen(prefix) + strlen(text) + strlen(suffix) <= TAG_MAX)
		tag = xasprintf("%s%s%s", prefix, text, suffix);
	free(padded);
	return tag;
}

static void
check(const char *prefix, const char *text, const char *suffix, bool distinct)
{
	char *tag = tag_make(prefix, text, suffix, distinct);
	char *again = tag_make(prefix, text, suffix, distinct);
	char *plain = plain_tag(prefix, text, suffix);

	HOLDS(tag_is_legal(tag));
	HOLDS(strlen(tag) <= TAG_MAX);
	HOLDS(str_eq(tag, again));
	if (all_legal(prefix) && strlen(prefix) <= TAG_PREFIX_MAX)
		HOLDS(str_skip_prefix(tag, prefix));
	if (plain)
		HOLDS(str_eq(tag, plain) == !distinct);
	free(plain);
	free(again);
	free(tag);
}

/* Branches that differ in one byte, but for '/' and '-', have tags that differ. */
static void
check_apart(const char *prefix, char *text, const char *suffix)
{
	size_t at = strlen(text) / 2;
	char *tag, *other;

	if (!*text)
		return;
	tag = tag_make(prefix, text, suffix, false);
	text[at] = text[at] == '+' ? '#' : '+';
	other = tag_make(prefix, text, suffix, false);
	HOLDS(!str_eq(tag, other));
	free(other);
	free(tag);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	char *prefix = input_line(&in), *suffix = input_line(&in), *text = input_text(in);

	check(prefix, text, suffix, false);
	check(prefix, text, suffix, true);
	check_apart(prefix, text, suffix);
	free(text);
	free(suffix);
	free(prefix);
	return 0;
}
