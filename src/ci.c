#include "ci.h"

#include <stdlib.h>
#include <string.h>

#include "strbuf.h"

/*
 * A cell is a list of alternatives, the first that gives a text wins:
 *
 *	NAME             the variable's value
 *	NAME-PREFIX      the same behind PREFIX, with which it must start
 *	...?OTHER        only where OTHER is set
 *	...?OTHER=VALUE  only where OTHER has this value
 *	...?OTHER!VALUE  only where OTHER is set to anything else
 *	A|B              A, else B
 *
 * A variable set to the empty text counts as not set.
 */
static const struct row {
	const char *name;
	const char *detect; /* gives a text: it is this system */
	const char *branch; /* where no pull request is built */
	const char *pull;   /* gives a text: a pull request is built */
	const char *source; /* its branch */
	const char *target; /* the branch it goes into */
	const char *tag;
	const char *default_branch;
} rows[] = {
	{
		.name = "GitHub Actions",
		.detect = "GITHUB_ACTIONS?GITHUB_ACTIONS=true",
		.branch = "GITHUB_REF_NAME?GITHUB_REF_TYPE=branch|GITHUB_REF-refs/heads/",
		/* GITHUB_REF_NAME is "123/merge" then */
		.pull = "GITHUB_HEAD_REF",
		.source = "GITHUB_HEAD_REF",
		.target = "GITHUB_BASE_REF",
		.tag = "GITHUB_REF_NAME?GITHUB_REF_TYPE=tag|GITHUB_REF-refs/tags/",
		.default_branch = "",
	},
	{
		.name = "GitLab CI",
		.detect = "GITLAB_CI?GITLAB_CI=true",
		.branch = "CI_COMMIT_BRANCH",
		.pull = "CI_MERGE_REQUEST_IID",
		.source = "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
		.target = "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
		.tag = "CI_COMMIT_TAG",
		.default_branch = "CI_DEFAULT_BRANCH",
	},
	{
		.name = "CircleCI",
		.detect = "CIRCLECI?CIRCLECI=true|CIRCLE_BRANCH",
		.branch = "CIRCLE_BRANCH",
		/* a branch with a pull request is built as that branch; the target is not told */
		.pull = "CIRCLE_PULL_REQUEST|CIRCLE_PR_NUMBER",
		.source = "CIRCLE_BRANCH",
		.target = "",
		.tag = "CIRCLE_TAG",
		.default_branch = "",
	},
};

static size_t
name_length(const char *s)
{
	size_t n = 0;

	while (is_alnum(s[n]) || s[n] == '_')
		n++;
	return n;
}

static const char *
variable(const struct lookup *env, const char *name, size_t len)
{
	char *copy = xstrndup(name, len);
	const char *value = lookup_text(env, copy);

	free(copy);
	return value;
}

/* Whether the condition of len bytes at s, behind the question mark, holds. */
static bool
holds(const struct lookup *env, const char *s, size_t len)
{
	size_t n = name_length(s);
	const char *value = variable(env, s, n);
	size_t want = len - n;

	if (!value || !want)
		return value != NULL;
	want--;
	return (strlen(value) == want && memcmp(value, s + n + 1, want) == 0) == (s[n] == '=');
}

/* The text of one alternative of len bytes, which belongs to env; NULL for none. */
static const char *
alternative(const struct lookup *env, const char *s, size_t len)
{
	size_t name = name_length(s);
	size_t plain = strcspn(s, "?|");
	const char *value = variable(env, s, name);

	if (plain < len && !holds(env, s + plain + 1, len - plain - 1))
		return NULL;
	if (value && name < plain) {
		size_t prefix = plain - name - 1;

		value = strncmp(value, s + name + 1, prefix) == 0 ? value + prefix : NULL;
	}
	return value && *value ? value : NULL;
}

/* The text of a cell, owned by the caller; NULL for none. */
static char *
cell(const struct lookup *env, const char *s)
{
	while (*s) {
		size_t len = strcspn(s, "|");
		const char *value = alternative(env, s, len);

		if (value)
			return xstrdup(value);
		s += len + (s[len] == '|');
	}
	return NULL;
}

static bool
says(const struct lookup *env, const char *s)
{
	char *value = cell(env, s);

	free(value);
	return value != NULL;
}

void
ci_detect(struct ci *ci, const struct lookup *env)
{
	size_t i;

	*ci = (struct ci){.name = NULL};
	for (i = 0; i < ARRAY_SIZE(rows) && !says(env, rows[i].detect);)
		i++;
	if (i == ARRAY_SIZE(rows))
		return;
	ci->name = rows[i].name;
	ci->pull_request = says(env, rows[i].pull);
	ci->branch = cell(env, ci->pull_request ? rows[i].source : rows[i].branch);
	ci->target = ci->pull_request ? cell(env, rows[i].target) : NULL;
	ci->tag = ci->branch ? NULL : cell(env, rows[i].tag);
	ci->default_branch = cell(env, rows[i].default_branch);
}

void
ci_release(struct ci *ci)
{
	free(ci->branch);
	free(ci->target);
	free(ci->tag);
	free(ci->default_branch);
	*ci = (struct ci){.name = NULL};
}
