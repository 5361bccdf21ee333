#include "dockerfile_vars.h"

#include <stdlib.h>
#include <string.h>

#include "shell_word.h"

void
dockerfile_vars_init(struct dockerfile_vars *vars, const struct dockerfile_args *args)
{
	*vars = (struct dockerfile_vars){.args = args, .escape = '\\'};
	strvec_init(&vars->globals);
}

void
dockerfile_vars_release(struct dockerfile_vars *vars)
{
	strvec_release(&vars->globals);
}

/* What BuildKit gives every file, from the platforms of the build (platform.go defaultArgs). */
static const char *const platform_names[] = {
	"BUILDPLATFORM",
	"BUILDOS",
	"BUILDOSVERSION",
	"BUILDARCH",
	"BUILDVARIANT",
	"TARGETPLATFORM",
	"TARGETOS",
	"TARGETOSVERSION",
	"TARGETARCH",
	"TARGETVARIANT",
	"TARGETSTAGE",
};

/* The --build-arg of that name; NULL: none is given. */
static const char *
build_arg(const struct dockerfile_vars *vars, const char *name)
{
	return vars->args ? lookup_get(&vars->args->build, name) : NULL;
}

/* What a platform's variable is, where it is one; its own --build-arg comes first. */
static const char *
platform_variable(struct dockerfile_vars *vars, const char *name)
{
	const char *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(platform_names); i++) {
		if (!str_eq(platform_names[i], name))
			continue;
		value = build_arg(vars, name);
		if (!value && vars->args)
			value = lookup_get(&vars->args->platform, name);
		vars->unknown |= !value;
		return value ? value : "";
	}
	return NULL;
}

/* A variable as a FROM sees it: of the ARGs before the first, the last of its name. */
static const char *
global_variable(const void *ctx, const char *name)
{
	struct dockerfile_vars *vars = *(struct dockerfile_vars *const *)ctx;
	const char *value;
	size_t i;

	for (i = vars->globals.nr; i-- > 0;) {
		value = str_skip_prefix(vars->globals.v[i], name);
		if (value && *value == '=')
			return value + 1;
		if (value && !*value) {
			vars->unknown = true;
			return "";
		}
	}
	return platform_variable(vars, name);
}

char *
dockerfile_vars_expand(struct dockerfile_vars *vars, const char *text, struct strbuf *out)
{
	const struct lookup map = {global_variable, &vars};
	const struct shell_rules rules = {.escape = vars->escape, .vars = &map};

	vars->unknown = false;
	if (shell_expand(&rules, text, out) != SHELL_OK)
		return xasprintf("failed to process \"%s\"", text);
	return vars->unknown ? xasprintf("what \"%s\" is depends on the platform", text) : NULL;
}

/* Cuts the next word off *args, which moves behind it, its quotes and escapes left on; NULL when
 * none is. (line_parsers.go parseWords) */
static char *
take_quoted_word(const char **args, char escape)
{
	const char *p = *args, *start;
	size_t n, left = strlen(p);
	char quote = '\0';

	while ((n = white_space(p, left))) {
		p += n;
		left -= n;
	}
	for (start = p; *p && (quote || !white_space(p, strlen(p))); p++) {
		if (quote ? *p == quote : *p == '"' || *p == '\'')
			quote = quote ? '\0' : *p;
		else if (*p == escape && quote != '\'' && p[1])
			p++;
	}
	*args = p;
	return p > start ? xstrndup(start, (size_t)(p - start)) : NULL;
}

/* NAME or NAME=VALUE of an ARG before the first FROM; returns what is wrong with it, or NULL. */
static char *
read_global(struct dockerfile_vars *vars, const char *arg)
{
	size_t n = strcspn(arg, "=");
	char *name = xstrndup(arg, n), *problem = NULL;
	const char *given = build_arg(vars, name);
	struct strbuf value;

	vars->unknown = false;
	strbuf_init(&value);
	if (!n)
		problem = xstrdup("ARG names can not be blank");
	else if (given)
		strbuf_addstr(&value, given);
	else if (arg[n])
		problem = dockerfile_vars_expand(vars, arg + n + 1, &value);
	/* that its value is not known matters only where it is used */
	if (vars->unknown) {
		free(problem);
		problem = NULL;
		strvec_push(&vars->globals, name);
	} else if (!problem && (given || arg[n])) {
		strvec_pushf(&vars->globals, "%s=%s", name, value.buf);
	}
	strbuf_release(&value);
	free(name);
	return problem;
}

char *
dockerfile_vars_read(struct dockerfile_vars *vars, const char *args)
{
	char *word, *problem = NULL;

	while (!problem && (word = take_quoted_word(&args, vars->escape))) {
		problem = read_global(vars, word);
		free(word);
	}
	return problem;
}
