/*
 * Words of a Dockerfile's line. The input: a line whose first byte's bits are the rules, lines that
 * are variables (NAME=value) up to an empty one, then the text.
 */
#include "shell_word.h"

#include "fuzz.h"

#define VARIABLES_MAX 8

static const char *
variable(const void *ctx, const char *name)
{
	const struct strvec *variables = ctx;
	size_t i;

	for (i = 0; i < variables->nr; i++) {
		const char *rest = str_skip_prefix(variables->v[i], name);

		if (rest && *rest == '=')
			return rest + 1;
	}
	return NULL;
}

static void
read_variables(struct input *in, struct strvec *variables)
{
	char *line = input_line(in);

	while (*line && variables->nr < VARIABLES_MAX) {
		strvec_take(variables, line);
		line = input_line(in);
	}
	free(line);
}

/* Whether nothing in the text stands for something else. */
static bool
is_plain(const struct shell_rules *rules, const char *text)
{
	return !strpbrk(text, "$'\"") && !strchr(text, rules->escape);
}

static void
check(const struct shell_rules *rules, const char *text)
{
	struct strbuf out, again;
	struct strvec words;
	enum shell_result how;
	size_t i, len = 0;

	strbuf_init(&out);
	strbuf_init(&again);
	strvec_init(&words);
	strbuf_addstr(&out, "before");
	how = shell_expand(rules, text, &out);
	HOLDS(how <= SHELL_TOO_DEEP && str_skip_prefix(out.buf, "before"));
	HOLDS(how == SHELL_OK || out.len == strlen("before"));
	HOLDS(shell_expand(rules, text, &again) == how);
	HOLDS(str_eq(again.buf, how == SHELL_OK ? out.buf + strlen("before") : ""));
	HOLDS(shell_split(rules, text, &words) == how);
	HOLDS(how == SHELL_OK || !words.nr);
	for (i = 0; i < words.nr; i++) {
		HOLDS(*words.v[i]);
		len += strlen(words.v[i]);
	}
	if (is_plain(rules, text)) {
		HOLDS(how == SHELL_OK && str_eq(again.buf, text));
		HOLDS(len <= strlen(text));
	}
	strvec_release(&words);
	strbuf_release(&again);
	strbuf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	char *bits = input_line(&in), *text;
	struct strvec variables;
	const struct lookup map = {.get = variable, .ctx = &variables};
	const struct shell_rules rules = {.escape = *bits & 1 ? '`' : '\\',
		.raw_quotes = *bits & 2,
		.raw_escapes = *bits & 4,
		.keep_unset = *bits & 8,
		.vars = *bits & 16 ? &map : NULL};

	strvec_init(&variables);
	read_variables(&in, &variables);
	text = input_text(in);
	check(&rules, text);
	free(text);
	free(bits);
	strvec_release(&variables);
	return 0;
}
