#include "rows.h"

#include "ci.h"

/*
 * An environment is NAME=VALUE words with a blank between. What is wanted is what is not NULL or
 * false, in the order of the header; "-" for no CI system.
 */
static const struct row {
	const char *name, *environment, *want;
} rows[] = {
	{"no variables", "", "-"},
	{"some other CI", "CI=true BRANCH_NAME=x GIT_BRANCH=y", "-"},

	/* GitHub */
	{"GitHub: push",
		"CI=true GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push "
		"GITHUB_REF=refs/heads/feature/x "
		"GITHUB_REF_NAME=feature/x GITHUB_REF_TYPE=branch GITHUB_HEAD_REF= "
		"GITHUB_BASE_REF=",
		"GitHub Actions branch=feature/x"},
	{"GitHub: push, older runner", "GITHUB_ACTIONS=true GITHUB_REF=refs/heads/feature/x",
		"GitHub Actions branch=feature/x"},
	{"GitHub: pull request",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request GITHUB_REF=refs/pull/12/merge "
		"GITHUB_REF_NAME=12/merge GITHUB_REF_TYPE=branch GITHUB_HEAD_REF=feature/x "
		"GITHUB_BASE_REF=main",
		"GitHub Actions branch=feature/x target=main pull"},
	{"GitHub: pull_request_target",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request_target "
		"GITHUB_REF=refs/heads/main GITHUB_REF_NAME=main GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=feature/x GITHUB_BASE_REF=main",
		"GitHub Actions branch=feature/x target=main pull"},
	{"GitHub: pull request without a target",
		"GITHUB_ACTIONS=true GITHUB_REF_NAME=12/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=",
		"GitHub Actions branch=x pull"},
	{"GitHub: pull request whose branch is called as the target",
		"GITHUB_ACTIONS=true GITHUB_REF_NAME=12/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=main GITHUB_BASE_REF=main",
		"GitHub Actions branch=main target=main pull"},
	{"GitHub: tag",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_REF=refs/tags/v1.0 "
		"GITHUB_REF_NAME=v1.0 GITHUB_REF_TYPE=tag GITHUB_HEAD_REF= GITHUB_BASE_REF=",
		"GitHub Actions tag=v1.0"},
	{"GitHub: tag, older runner", "GITHUB_ACTIONS=true GITHUB_REF=refs/tags/v1.0",
		"GitHub Actions tag=v1.0"},
	{"GitHub: merge queue",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=merge_group "
		"GITHUB_REF=refs/heads/gh-readonly-queue/main/pr-1-0f "
		"GITHUB_REF_NAME=gh-readonly-queue/main/pr-1-0f GITHUB_REF_TYPE=branch",
		"GitHub Actions branch=gh-readonly-queue/main/pr-1-0f"},
	{"GitHub: branch called as a tag's reference",
		"GITHUB_ACTIONS=true GITHUB_REF=refs/heads/refs/tags/v1 "
		"GITHUB_REF_NAME=refs/tags/v1 GITHUB_REF_TYPE=branch",
		"GitHub Actions branch=refs/tags/v1"},
	{"GitHub: another kind of reference", "GITHUB_ACTIONS=true GITHUB_REF=refs/pull/12/merge",
		"GitHub Actions"},
	{"GitHub: reference without a name", "GITHUB_ACTIONS=true GITHUB_REF=refs/heads/",
		"GitHub Actions"},
	{"GitHub: nothing else", "GITHUB_ACTIONS=true", "GitHub Actions"},
	{"GitHub: empty", "GITHUB_ACTIONS= GITHUB_REF_NAME=x GITHUB_REF_TYPE=branch", "-"},
	{"GitHub: not true", "GITHUB_ACTIONS=false GITHUB_REF_NAME=x GITHUB_REF_TYPE=branch", "-"},
	{"GitHub: true but for a letter", "GITHUB_ACTIONS=trux GITHUB_REF=refs/heads/x", "-"},
	{"GitHub: true and more", "GITHUB_ACTIONS=true1 GITHUB_REF=refs/heads/x", "-"},
	{"GitHub: a type like branch",
		"GITHUB_ACTIONS=true GITHUB_REF_NAME=x GITHUB_REF_TYPE=branck", "GitHub Actions"},
	{"GitHub: base alone is no pull request",
		"GITHUB_ACTIONS=true GITHUB_REF=refs/heads/x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x"},

	/* GitLab */
	{"GitLab: branch",
		"CI=true GITLAB_CI=true CI_COMMIT_BRANCH=feature/x CI_COMMIT_REF_NAME=feature/x "
		"CI_DEFAULT_BRANCH=main",
		"GitLab CI branch=feature/x default=main"},
	{"GitLab: default branch", "GITLAB_CI=true CI_COMMIT_BRANCH=main CI_DEFAULT_BRANCH=main",
		"GitLab CI branch=main default=main"},
	{"GitLab: merge request",
		"GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_MERGE_REQUEST_IID=7 "
		"CI_COMMIT_REF_NAME=feature/x CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=feature/x "
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=develop CI_DEFAULT_BRANCH=main",
		"GitLab CI branch=feature/x target=develop default=main pull"},
	{"GitLab: merge request whose branch is not told",
		"GITLAB_CI=true CI_MERGE_REQUEST_IID=7 CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main "
		"CI_COMMIT_BRANCH=main",
		"GitLab CI target=main pull"},
	{"GitLab: tag",
		"GITLAB_CI=true CI_COMMIT_TAG=v1 CI_COMMIT_REF_NAME=v1 "
		"CI_DEFAULT_BRANCH=main",
		"GitLab CI tag=v1 default=main"},
	{"GitLab: empty variables",
		"GITLAB_CI=true CI_COMMIT_BRANCH=x CI_MERGE_REQUEST_IID= CI_COMMIT_TAG= "
		"CI_DEFAULT_BRANCH=",
		"GitLab CI branch=x"},
	{"GitLab: nothing else", "GITLAB_CI=true", "GitLab CI"},
	{"GitLab: not true", "GITLAB_CI=1 CI_COMMIT_BRANCH=x", "-"},

	/* CircleCI */
	{"CircleCI: branch", "CI=true CIRCLECI=true CIRCLE_BRANCH=feature/x",
		"CircleCI branch=feature/x"},
	{"CircleCI: branch alone", "CIRCLE_BRANCH=feature/x", "CircleCI branch=feature/x"},
	{"CircleCI: branch with a pull request",
		"CIRCLECI=true CIRCLE_BRANCH=feature/x CIRCLE_PULL_REQUEST=https://g/o/r/pull/3",
		"CircleCI branch=feature/x pull"},
	{"CircleCI: fork",
		"CIRCLECI=true CIRCLE_BRANCH=pull/3 CIRCLE_PR_NUMBER=3 CIRCLE_PR_USERNAME=u "
		"CIRCLE_PULL_REQUEST=https://g/o/r/pull/3",
		"CircleCI branch=pull/3 pull"},
	{"CircleCI: tag", "CIRCLECI=true CIRCLE_TAG=v1 CIRCLE_BRANCH=", "CircleCI tag=v1"},
	{"CircleCI: empty variables",
		"CIRCLECI=true CIRCLE_BRANCH=x CIRCLE_PULL_REQUEST= CIRCLE_PR_NUMBER= CIRCLE_TAG=",
		"CircleCI branch=x"},
	{"CircleCI: nothing else", "CIRCLECI=true", "CircleCI"},
	{"CircleCI: empty", "CIRCLECI= CIRCLE_BRANCH=", "-"},

	/* names are hostile, and pass unchanged */
	{"hostile branch", "GITLAB_CI=true CI_COMMIT_BRANCH=$(reboot);'|\"\\\033[31m\xff?a!b=c",
		"GitLab CI branch=$(reboot);'|\"\\\033[31m\xff?a!b=c"},
	{"prefix inside a name", "GITHUB_ACTIONS=true GITHUB_REF=x/refs/heads/y", "GitHub Actions"},
};

/* The map: it is asked by name, and owns its answers. */
struct environment {
	char *text; /* its words, each ended by NUL */
	size_t len; /* of all */
};

static const char *
get(const void *ctx, const char *name)
{
	const struct environment *env = ctx;
	const char *p, *value;

	for (p = env->text; p < env->text + env->len; p += strlen(p) + 1) {
		value = str_skip_prefix(p, name);
		if (value && *value == '=')
			return value + 1;
	}
	return NULL;
}

static void
fill(struct environment *env, const char *words)
{
	char *c;

	*env = (struct environment){.text = xstrdup(words), .len = strlen(words)};
	for (c = env->text; *c; c++)
		*c = *c == ' ' ? '\0' : *c;
}

static void
add(char **text, const char *what, const char *value)
{
	char *longer;

	if (!value)
		return;
	longer = xasprintf("%s%s%s", *text, what, value);
	free(*text);
	*text = longer;
}

static char *
shown(const struct ci *ci)
{
	char *text = xstrdup(ci->name ? ci->name : "-");

	add(&text, " branch=", ci->branch);
	add(&text, " target=", ci->target);
	add(&text, " tag=", ci->tag);
	add(&text, " default=", ci->default_branch);
	add(&text, " pull", ci->pull_request ? "" : NULL);
	return text;
}

static void
detects(void **state)
{
	const struct row *row = *state;
	struct environment env;
	const struct lookup map = {get, &env};
	struct ci ci;
	char *got;

	fill(&env, row->environment);
	memset(&ci, 0xff, sizeof(ci)); /* what was there before does not count */
	ci_detect(&ci, &map);
	free(env.text); /* what is kept belongs to ci */
	got = shown(&ci);
	assert_string_equal(got, row->want);
	free(got);
	ci_release(&ci);
	assert_null(ci.name);
	assert_null(ci.branch);
	ci_release(&ci);
}

/* Without one of its variables each environment is still read, whatever the answer is. */
static void
can_miss_any_variable(void **state)
{
	const struct row *row = *state;
	struct environment env;
	const struct lookup map = {get, &env};
	struct ci ci;
	size_t at;

	fill(&env, row->environment);
	for (at = 0; at < env.len; at += strlen(env.text + at) + 1) {
		char *equals = strchr(env.text + at, '=');

		*equals = '-';
		ci_detect(&ci, &map);
		assert_false(ci.branch && ci.tag);
		assert_true(ci.pull_request || !ci.target);
		if (!ci.name)
			assert_false(ci.branch || ci.tag || ci.default_branch || ci.pull_request);
		ci_release(&ci);
		*equals = '=';
	}
	free(env.text);
}

int
main(void)
{
	add_rows(detects, rows);
	add_rows(can_miss_any_variable, rows);
	return run_all();
}
