#include "withhold.h"

#include <stdlib.h>
#include <string.h>

#include "strbuf.h"

/* A flag that takes a value, as it may stand: --output V, --output=V, -o V, -oV, -o=V, -qo V. */
struct flag {
	const char *name;
	char letter; /* NUL: it has none */
};

/* What is behind the letter in a word of letters; NULL: it has it not. q alone takes no value, so
 * nothing else can stand before. */
static const char *
behind_letter(const char *word, char letter)
{
	if (!letter || word[0] != '-')
		return NULL;
	word++;
	while (*word == 'q')
		word++;
	return *word == letter ? word + 1 : NULL;
}

/*
 * The word that holds the flag's value, where a word is that flag; *value: what is before it in
 * the word. 0: it is another.
 */
static size_t
find_value(const struct strvec *argv, size_t i, const struct flag *flag, size_t *value)
{
	const char *word = argv->v[i], *rest = str_skip_prefix(word, flag->name);

	*value = 0;
	if (rest && *rest == '=') {
		*value = (size_t)(rest + 1 - word);
		return i;
	}
	if (rest && !*rest)
		return i + 1 < argv->nr ? i + 1 : 0;
	rest = behind_letter(word, flag->letter);
	if (!rest)
		return 0;
	if (!*rest)
		return i + 1 < argv->nr ? i + 1 : 0;
	*value = (size_t)(rest + (*rest == '=') - word);
	return i;
}

static bool
is_true(const char *text)
{
	return str_eq_nocase(text, "true") || str_eq_nocase(text, "t") || str_eq(text, "1");
}

/* A field of a value, as CSV has it, bare: without quotes and spaces around it; owned by the
 * caller. */
static char *
bare_field(const char *field, size_t n)
{
	while (n && strchr(" \"", *field)) {
		field++;
		n--;
	}
	while (n && strchr(" \"", field[n - 1]))
		n--;
	return xstrndup(field, n);
}

/* The word with what pushes in its value turned into what does not; owned by the caller. */
static char *
without_push(const char *word, size_t value)
{
	struct strbuf out;
	const char *field = word + value;

	strbuf_init(&out);
	strbuf_add(&out, word, value);
	while (*field) {
		size_t n = strcspn(field, ",");
		char *text = bare_field(field, n);

		if (str_eq_nocase(text, "type=registry"))
			strbuf_addstr(&out, "type=image");
		else if (str_has_prefix_nocase(text, "push=") && is_true(text + strlen("push=")))
			strbuf_addstr(&out, "push=false");
		else
			strbuf_add(&out, field, n);
		free(text);
		field += n;
		if (*field == ',')
			strbuf_addch(&out, *field++);
	}
	return strbuf_detach(&out);
}

/* Whether a cache that is exported so stays here: type=local, or inline in an image. */
static bool
stays_here(const char *value)
{
	bool here = false;

	while (*value) {
		size_t n = strcspn(value, ",");
		char *text = bare_field(value, n);

		here |= str_eq_nocase(text, "type=local") || str_eq_nocase(text, "type=inline");
		free(text);
		value += n + (value[n] == ',');
	}
	return here;
}

static void
withhold_push(struct strvec *argv)
{
	static const struct flag output = {"--output", 'o'};
	size_t i = 2, at, value;

	while (i < argv->nr && !str_eq(argv->v[i], "--")) {
		const char *push = str_skip_prefix(argv->v[i], "--push");

		if (push && (!*push || (*push == '=' && is_true(push + 1)))) {
			strvec_remove(argv, i);
			continue;
		}
		at = find_value(argv, i, &output, &value);
		if (at)
			strvec_replace(argv, at, without_push(argv->v[at], value));
		i = at > i ? at + 1 : i + 1;
	}
}

static void
withhold_store(struct strvec *argv)
{
	static const struct flag cache = {"--cache-to", '\0'};
	size_t i = 2, at, value;

	while (i < argv->nr && !str_eq(argv->v[i], "--")) {
		at = find_value(argv, i, &cache, &value);
		if (!at || stays_here(argv->v[at] + value)) {
			i = at > i ? at + 1 : i + 1;
			continue;
		}
		strvec_remove(argv, at);
		if (at > i)
			strvec_remove(argv, i);
	}
}

void
withhold(struct plan *plan, bool push, bool store)
{
	size_t i;

	for (i = 0; i < plan->nr; i++) {
		if (plan->steps[i].kind != STEP_BUILD_STAGE)
			continue;
		if (push)
			withhold_push(&plan->steps[i].argv[0]);
		if (store)
			withhold_store(&plan->steps[i].argv[0]);
	}
}
