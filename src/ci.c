#include "ci.h"

#include <stdlib.h>
#include <string.h>

/*
 * A cell is a list of alternatives, the first that gives a text wins:
 *
 *	NAME          the variable's value
 *	.KEY.KEY      the text that stands there in the event file
 *	NAME-PREFIX   the same behind PREFIX, with which it must start
 *	A|B           A, else B
 *
 * Behind an alternative, conditions, all of which must hold:
 *
 *	?OTHER        OTHER is set; without OTHER, NAME itself is meant, in the following too
 *	?OTHER=VALUE  it is set to this, in which a '*' stands for any bytes
 *	?OTHER!VALUE  it is set to anything else
 *	?OTHER=$X     it and X are set, and name one repository, by a URL of any kind or as
 *owner/name ?OTHER!$X     they name different ones
 *
 * A variable set to the empty text counts as not set.
 */
struct row {
	const char *name;
	const char *detect; /* gives a text: it is this system */
	const char *branch; /* where no pull request is built */
	const char *pull;   /* gives a text: a pull request is built */
	const char *source; /* its branch */
	const char *target; /* the branch it goes into */
	const char *tag;    /* goes before branch, in which some systems repeat it */
	const char *default_branch;
	const char *fork;       /* gives a text: the pull request comes from a fork */
	const char *own;        /* else gives a text: it does not; else that is not known */
	const char *privileged; /* gives a text: a pull request is run with its target's rights */
	bool hides_pulls;       /* a pull request cannot be told from a branch */
};

/*
 * Gitea and Forgejo set GitHub's variables. Those of a pull request are set for some of its events
 * only; GITHUB_REF_NAME is "123/merge" for all of them. A workflow_run follows another run, and may
 * build what that one built. head.repo is null once the fork is deleted; head.repo.fork does not
 * help, for a repository that is a fork has pull requests of its own.
 */
#define AS_GITHUB                                                                                  \
	.branch = "GITHUB_REF-refs/heads/|GITHUB_REF_NAME?GITHUB_REF_TYPE=branch",                 \
	.pull = "GITHUB_HEAD_REF|GITHUB_EVENT_NAME?=pull_request*|GITHUB_REF-refs/pull/"           \
		"|.workflow_run.event?=pull_request*",                                             \
	.source = "GITHUB_HEAD_REF|.pull_request.head.ref|.workflow_run.head_branch",              \
	.target = "GITHUB_BASE_REF|.pull_request.base.ref",                                        \
	.tag = "GITHUB_REF-refs/tags/|GITHUB_REF_NAME?GITHUB_REF_TYPE=tag",                        \
	.default_branch = ".repository.default_branch",                                            \
	.fork = ".pull_request.head.repo.full_name?!$.repository.full_name"                        \
		"|.pull_request.head.ref?.pull_request.head.repo=null"                             \
		"|.workflow_run.head_repository.full_name?!$.repository.full_name",                \
	.own = ".pull_request.head.repo.full_name?=$.repository.full_name"                         \
	       "|.workflow_run.head_repository.full_name?=$.repository.full_name",                 \
	.privileged = "GITHUB_EVENT_NAME?=pull_request_target|GITHUB_EVENT_NAME?=workflow_run"

/* The first that is detected counts: what runs others' pipelines stands behind those. */
static const struct row rows[] = {
	{
		.name = "Forgejo Actions",
		.detect = "FORGEJO_ACTIONS?=true",
		AS_GITHUB,
	},
	{
		.name = "Gitea Actions",
		.detect = "GITEA_ACTIONS?=true",
		AS_GITHUB,
	},
	{
		.name = "GitHub Actions",
		.detect = "GITHUB_ACTIONS?=true",
		AS_GITHUB,
	},
	{
		.name = "GitLab CI",
		.detect = "GITLAB_CI?=true",
		.branch = "CI_COMMIT_BRANCH",
		.pull = "CI_MERGE_REQUEST_IID|CI_EXTERNAL_PULL_REQUEST_IID",
		.source = "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"
			  "|CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME",
		.target = "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
			  "|CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME",
		.tag = "CI_COMMIT_TAG",
		.default_branch = "CI_DEFAULT_BRANCH",
		.fork = "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH?!$CI_MERGE_REQUEST_PROJECT_PATH"
			"|CI_MERGE_REQUEST_SOURCE_PROJECT_ID?!$CI_MERGE_REQUEST_PROJECT_ID"
			"|CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY"
			"?!$CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY",
		.own = "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH?=$CI_MERGE_REQUEST_PROJECT_PATH"
		       "|CI_MERGE_REQUEST_SOURCE_PROJECT_ID?=$CI_MERGE_REQUEST_PROJECT_ID"
		       "|CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY"
		       "?=$CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY",
	},
	{
		.name = "CircleCI",
		.detect = "CIRCLECI?=true|CIRCLE_BRANCH",
		.branch = "CIRCLE_BRANCH",
		/* a branch with a pull request is built as that branch; the target is not told */
		.pull = "CIRCLE_PULL_REQUEST|CIRCLE_PR_NUMBER|CIRCLE_BRANCH-pull/",
		.source = "CIRCLE_BRANCH?!pull/*",
		.tag = "CIRCLE_TAG",
		/* these are set for forks only */
		.fork = "CIRCLE_PR_NUMBER|CIRCLE_PR_REPONAME|CIRCLE_PR_USERNAME"
			"|CIRCLE_BRANCH-pull/",
		.own = "CIRCLE_PULL_REQUEST",
	},
	{
		.name = "Travis CI",
		.detect = "TRAVIS?=true",
		.branch = "TRAVIS_BRANCH",
		.pull = "TRAVIS_PULL_REQUEST?!false",
		.source = "TRAVIS_PULL_REQUEST_BRANCH",
		.target = "TRAVIS_BRANCH",
		.tag = "TRAVIS_TAG",
		.fork = "TRAVIS_PULL_REQUEST_SLUG?!$TRAVIS_REPO_SLUG",
		.own = "TRAVIS_PULL_REQUEST_SLUG?=$TRAVIS_REPO_SLUG",
	},
	{
		.name = "Buildkite",
		.detect = "BUILDKITE?=true",
		.branch = "BUILDKITE_BRANCH",
		/* no branch has a colon in it: a fork's may be shown as "owner:branch" */
		.pull = "BUILDKITE_PULL_REQUEST?!false|BUILDKITE_BRANCH?=*:*",
		.source = "BUILDKITE_BRANCH",
		.target = "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
		.tag = "BUILDKITE_TAG",
		.default_branch = "BUILDKITE_PIPELINE_DEFAULT_BRANCH",
		.fork = "BUILDKITE_BRANCH?=*:*|BUILDKITE_PULL_REQUEST_REPO?!$BUILDKITE_REPO",
		.own = "BUILDKITE_PULL_REQUEST_REPO?=$BUILDKITE_REPO",
	},
	{
		.name = "Woodpecker CI",
		.detect = "CI?=woodpecker",
		.branch = "CI_COMMIT_BRANCH",
		.pull = "CI_PIPELINE_EVENT?=pull_request*|CI_BUILD_EVENT?=pull_request*"
			"|CI_COMMIT_PULL_REQUEST",
		.source = "CI_COMMIT_SOURCE_BRANCH",
		.target = "CI_COMMIT_TARGET_BRANCH|CI_COMMIT_BRANCH",
		.tag = "CI_COMMIT_TAG",
		.default_branch = "CI_REPO_DEFAULT_BRANCH",
	},
	{
		.name = "Drone",
		.detect = "DRONE?=true",
		.branch = "DRONE_SOURCE_BRANCH|DRONE_BRANCH",
		/* what is promoted may be a pull request's build */
		.pull = "DRONE_BUILD_EVENT?=pull_request|DRONE_PULL_REQUEST"
			"|DRONE_COMMIT_REF-refs/pull/|DRONE_COMMIT_REF-refs/merge-requests/",
		.source = "DRONE_SOURCE_BRANCH",
		.target = "DRONE_TARGET_BRANCH|DRONE_BRANCH",
		.tag = "DRONE_TAG",
		.default_branch = "DRONE_REPO_BRANCH",
	},
	{
		.name = "Azure Pipelines",
		.detect = "TF_BUILD?=True|TF_BUILD?=true",
		/* BUILD_SOURCEBRANCHNAME is only what stands behind the last slash */
		.branch = "BUILD_SOURCEBRANCH-refs/heads/",
		.pull = "SYSTEM_PULLREQUEST_PULLREQUESTID|BUILD_REASON?=PullRequest"
			"|BUILD_SOURCEBRANCH-refs/pull/",
		.source = "SYSTEM_PULLREQUEST_SOURCEBRANCH-refs/heads/"
			  "|SYSTEM_PULLREQUEST_SOURCEBRANCH?!refs/*",
		.target = "SYSTEM_PULLREQUEST_TARGETBRANCH-refs/heads/"
			  "|SYSTEM_PULLREQUEST_TARGETBRANCH?!refs/*",
		.tag = "BUILD_SOURCEBRANCH-refs/tags/",
		.fork = "SYSTEM_PULLREQUEST_ISFORK?=True|SYSTEM_PULLREQUEST_ISFORK?=true",
		.own = "SYSTEM_PULLREQUEST_ISFORK?=False|SYSTEM_PULLREQUEST_ISFORK?=false",
	},
	{
		.name = "Bitbucket Pipelines",
		.detect = "BITBUCKET_BUILD_NUMBER",
		.branch = "BITBUCKET_BRANCH",
		.pull = "BITBUCKET_PR_ID",
		.source = "BITBUCKET_BRANCH",
		.target = "BITBUCKET_PR_DESTINATION_BRANCH",
		.tag = "BITBUCKET_TAG",
		/* forks' pull requests are not run */
		.own = "BITBUCKET_PR_ID",
	},
	{
		.name = "AppVeyor",
		.detect = "APPVEYOR?=True|APPVEYOR?=true",
		.branch = "APPVEYOR_REPO_BRANCH",
		.pull = "APPVEYOR_PULL_REQUEST_NUMBER",
		.source = "APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH",
		.target = "APPVEYOR_REPO_BRANCH",
		.tag = "APPVEYOR_REPO_TAG_NAME?APPVEYOR_REPO_TAG=true"
		       "|APPVEYOR_REPO_TAG_NAME?APPVEYOR_REPO_TAG=True",
		.fork = "APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME?!$APPVEYOR_REPO_NAME",
		.own = "APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME?=$APPVEYOR_REPO_NAME",
	},
	{
		.name = "Semaphore",
		.detect = "SEMAPHORE?=true",
		/* the last one is that of Semaphore 1.0 */
		.branch = "SEMAPHORE_GIT_WORKING_BRANCH|SEMAPHORE_GIT_BRANCH|BRANCH_NAME",
		/* the last one is that of Semaphore 1.0, which sets it for forks only */
		.pull = "SEMAPHORE_GIT_REF_TYPE?=pull-request|SEMAPHORE_GIT_PR_NUMBER"
			"|PULL_REQUEST_NUMBER",
		.source = "SEMAPHORE_GIT_PR_BRANCH",
		.target = "SEMAPHORE_GIT_BRANCH",
		.tag = "SEMAPHORE_GIT_TAG_NAME",
		.fork = "SEMAPHORE_GIT_PR_SLUG?!$SEMAPHORE_GIT_REPO_SLUG|PULL_REQUEST_NUMBER",
		.own = "SEMAPHORE_GIT_PR_SLUG?=$SEMAPHORE_GIT_REPO_SLUG",
	},
	{
		.name = "Cirrus CI",
		.detect = "CIRRUS_CI?=true",
		.branch = "CIRRUS_BRANCH",
		.pull = "CIRRUS_PR|CIRRUS_BRANCH-pull/",
		.source = "CIRRUS_BRANCH?!pull/*",
		.target = "CIRRUS_BASE_BRANCH",
		.tag = "CIRRUS_TAG",
		.default_branch = "CIRRUS_DEFAULT_BRANCH",
	},
	{
		.name = "Codefresh",
		.detect = "CF_BUILD_ID",
		.branch = "CF_BRANCH",
		.pull = "CF_PULL_REQUEST_NUMBER|CF_PULL_REQUEST_ID",
		.source = "CF_BRANCH",
		.target = "CF_PULL_REQUEST_TARGET",
		.tag = "CF_RELEASE_TAG",
		.fork = "CF_PULL_REQUEST_IS_FORK?=true",
		.own = "CF_PULL_REQUEST_IS_FORK?=false",
	},
	{
		.name = "AWS CodeBuild",
		.detect = "CODEBUILD_BUILD_ID|CODEBUILD_BUILD_ARN",
		.branch = "CODEBUILD_WEBHOOK_HEAD_REF-refs/heads/"
			  "|CODEBUILD_WEBHOOK_TRIGGER-branch/"
			  "|CODEBUILD_SOURCE_VERSION-refs/heads/",
		.pull = "CODEBUILD_WEBHOOK_EVENT?=PULL_REQUEST*|CODEBUILD_WEBHOOK_TRIGGER-pr/"
			"|CODEBUILD_SOURCE_VERSION-pr/|CODEBUILD_SOURCE_VERSION-refs/pull/",
		.source = "CODEBUILD_WEBHOOK_HEAD_REF-refs/heads/"
			  "|CODEBUILD_WEBHOOK_HEAD_REF?!refs/*",
		.target = "CODEBUILD_WEBHOOK_BASE_REF-refs/heads/"
			  "|CODEBUILD_WEBHOOK_BASE_REF?!refs/*",
		.tag = "CODEBUILD_WEBHOOK_TRIGGER-tag/|CODEBUILD_WEBHOOK_HEAD_REF-refs/tags/"
		       "|CODEBUILD_SOURCE_VERSION-refs/tags/",
	},
	{
		.name = "Bamboo",
		.detect = "bamboo_planKey|bamboo_agentId|bamboo_buildKey",
		.branch = "bamboo_planRepository_branchName|bamboo_planRepository_1_branchName",
		.pull = "bamboo_repository_pr_key",
		.source = "bamboo_repository_pr_sourceBranch",
		.target = "bamboo_repository_pr_targetBranch",
	},
	{
		/* tells its parameters, which have the branch, in files alone */
		.name = "TeamCity",
		.detect = "TEAMCITY_VERSION",
		.hides_pulls = true,
	},
	{
		/* also where other systems run: they may be told to trigger a job in one */
		.name = "Jenkins",
		.detect = "JENKINS_URL?BUILD_ID|BUILD_TAG-jenkins-",
		/* multibranch; then the git plugin, which shows the remote's name too */
		.branch = "BRANCH_NAME"
			  "|GIT_LOCAL_BRANCH?!detached?!HEAD"
			  "|GIT_BRANCH-origin/?!origin/HEAD"
			  "|GIT_BRANCH-refs/remotes/origin/?!*/HEAD"
			  "|GIT_BRANCH-refs/heads/"
			  "|GIT_BRANCH?!detached?!HEAD?!*/HEAD?!refs/*",
		/* multibranch, where BRANCH_NAME is "PR-12"; plugins for GitHub and GitLab */
		.pull = "CHANGE_ID|ghprbPullId|gitlabMergeRequestIid",
		.source = "CHANGE_BRANCH|ghprbSourceBranch"
			  "|gitlabSourceBranch?gitlabMergeRequestIid",
		.target = "CHANGE_TARGET|ghprbTargetBranch"
			  "|gitlabTargetBranch?gitlabMergeRequestIid",
		/* a parameter may have this name */
		.tag = "TAG_NAME?=$BRANCH_NAME",
		.default_branch = "BRANCH_NAME?BRANCH_IS_PRIMARY=true",
		.fork = "CHANGE_FORK|ghprbAuthorRepoGitUrl?!$ghprbGhRepository"
			"|gitlabSourceRepoHttpUrl?!$gitlabTargetRepoHttpUrl",
		.own = "CHANGE_BRANCH|ghprbAuthorRepoGitUrl?=$ghprbGhRepository"
		       "|gitlabSourceRepoHttpUrl?=$gitlabTargetRepoHttpUrl",
	},
	{
		.name = "Google Cloud Build",
		.detect = "BUILDER_OUTPUT",
		/* set where the configuration says automapSubstitutions */
		.branch = "BRANCH_NAME",
		.pull = "_PR_NUMBER|_HEAD_BRANCH",
		.source = "_HEAD_BRANCH",
		.target = "_BASE_BRANCH",
		.tag = "TAG_NAME",
		.fork = "_HEAD_REPO_URL?!$REPO_FULL_NAME",
		.own = "_HEAD_REPO_URL?=$REPO_FULL_NAME",
	},
};

/* Where cells look. */
struct source {
	const struct lookup *env;
	struct json event;
};

static size_t
name_length(const char *s)
{
	size_t n = 0;

	while (is_alnum(s[n]) || s[n] == '_' || s[n] == '.')
		n++;
	return n;
}

/* The text at a path of the event file, with literal also null, true or a number as they stand. */
static char *
event_value(struct json event, const char *path, bool literal)
{
	struct json value = json_at(event, path);
	struct strbuf text;

	strbuf_init(&text);
	if (!json_text(value, &text) && literal && value.len && !strchr("\"{[", value.p[0]))
		strbuf_add(&text, value.p, value.len);
	if (text.len)
		return strbuf_detach(&text);
	strbuf_release(&text);
	return NULL;
}

/* What is set under the name of len bytes, owned by the caller; NULL: it is not set. */
static char *
value_of(const struct source *from, const char *name, size_t len, bool literal)
{
	char *copy = xstrndup(name, len), *value;

	if (*copy == '.')
		value = event_value(from->event, copy + 1, literal);
	else
		value = xstrdup(lookup_text(from->env, copy));
	free(copy);
	return value;
}

/* Whether text is the pattern of len bytes, in which '*' stands for any bytes. */
static bool
matches(const char *text, const char *pattern, size_t len)
{
	size_t p = 0, star = len;
	const char *again = text; /* where the last star ends */

	while (*text) {
		if (p < len && pattern[p] == '*') {
			star = p++;
			again = text;
		} else if (p < len && pattern[p] == *text) {
			p++;
			text++;
		} else if (star < len) {
			p = star + 1;
			text = ++again;
		} else {
			return false;
		}
	}
	while (p < len && pattern[p] == '*')
		p++;
	return p == len;
}

/*
 * The path of a repository in its URL, which may be owner/name alone or what ssh takes; its length
 * goes to len. The host does not count: one repository may be told by URLs of several names of it.
 */
static const char *
repository_path(const char *s, size_t *len)
{
	const char *behind = strstr(s, "://");

	if (behind)
		s = behind + 3 + strcspn(behind + 3, "/");
	else if (s[strcspn(s, ":/")] == ':')
		s += strcspn(s, ":") + 1;
	s += strspn(s, "/");
	*len = strlen(s);
	while (*len && s[*len - 1] == '/')
		--*len;
	if (*len > 4 && memcmp(s + *len - 4, ".git", 4) == 0)
		*len -= 4;
	return s;
}

/* Whether both name one repository (with same), or different ones; a NULL names none. */
static bool
compares(const char *a, const char *b, bool same)
{
	size_t a_len = 0, b_len = 0, i = 0;

	if (!a || !b)
		return false;
	a = repository_path(a, &a_len);
	b = repository_path(b, &b_len);
	if (!a_len || !b_len)
		return false;
	while (i < a_len && i < b_len && to_lower(a[i]) == to_lower(b[i]))
		i++;
	return (i == a_len && i == b_len) == same;
}

/* Whether the condition of len bytes at s, behind the question mark, holds for the alternative. */
static bool
holds(const struct source *from, const char *alternative, const char *s, size_t len)
{
	size_t n = name_length(s);
	const char *name = n ? s : alternative, *want = s + n + 1;
	char *value = value_of(from, name, name_length(name), true), *other;
	bool good = value != NULL;

	if (good && len > n + 1 && *want == '$') {
		other = value_of(from, want + 1, len - n - 2, true);
		good = compares(value, other, s[n] == '=');
		free(other);
	} else if (good && len > n) {
		good = matches(value, want, len - n - 1) == (s[n] == '=');
	}
	free(value);
	return good;
}

/* The text of one alternative of len bytes, owned by the caller; NULL for none. */
static char *
alternative(const struct source *from, const char *s, size_t len)
{
	size_t name = name_length(s), plain = strcspn(s, "?|"), at, n;
	char *value = value_of(from, s, name, false), *rest = NULL;

	for (at = plain; value && at < len; at += n) {
		n = 1 + strcspn(s + at + 1, "?|");
		if (!holds(from, s, s + at + 1, n - 1))
			break;
	}
	if (value && at >= len) {
		size_t prefix = plain > name ? plain - name - 1 : 0;

		if (strncmp(value, s + name + 1, prefix) == 0 && value[prefix])
			rest = xstrdup(value + prefix);
	}
	free(value);
	return rest;
}

/* The text of a cell, owned by the caller; NULL for none. */
static char *
cell(const struct source *from, const char *s)
{
	while (s && *s) {
		size_t len = strcspn(s, "|");
		char *value = alternative(from, s, len);

		if (value)
			return value;
		s += len + (s[len] == '|');
	}
	return NULL;
}

static bool
says(const struct source *from, const char *s)
{
	char *value = cell(from, s);

	free(value);
	return value != NULL;
}

static enum fork
fork_of(const struct source *from, const struct row *row)
{
	if (says(from, row->fork))
		return FORK_YES;
	return says(from, row->own) ? FORK_NO : FORK_UNKNOWN;
}

static void
read_pull(struct ci *ci, const struct source *from, const struct row *row)
{
	ci->pull_request = true;
	ci->branch = cell(from, row->source);
	ci->target = cell(from, row->target);
	ci->fork = fork_of(from, row);
	ci->privileged = says(from, row->privileged);
}

/*
 * GitHub tries a merge on a branch "gh-readonly-queue/TARGET/pr-12-COMMIT", which any system may
 * build. TARGET may hold slashes.
 */
static void
read_queue(struct ci *ci)
{
	const char *target = ci->branch ? str_skip_prefix(ci->branch, "gh-readonly-queue/") : NULL;
	const char *end = NULL, *next = target;

	if (!target)
		return;
	while ((next = strstr(next, "/pr-")))
		end = next++;
	if (end && end > target)
		ci->target = xstrndup(target, (size_t)(end - target));
	ci->merge_queue = true;
	free(ci->branch);
	ci->branch = NULL;
}

static void
read_branch(struct ci *ci, const struct source *from, const struct row *row)
{
	ci->fork = row->hides_pulls ? FORK_UNKNOWN : FORK_NO;
	ci->tag = cell(from, row->tag);
	if (ci->tag)
		return;
	ci->branch = cell(from, row->branch);
	read_queue(ci);
}

void
ci_detect(struct ci *ci, const struct lookup *env, struct json event)
{
	const struct source from = {env, event};
	size_t i;

	*ci = (struct ci){.name = NULL};
	for (i = 0; i < ARRAY_SIZE(rows) && !says(&from, rows[i].detect);)
		i++;
	if (i == ARRAY_SIZE(rows))
		return;
	ci->name = rows[i].name;
	if (says(&from, rows[i].pull))
		read_pull(ci, &from, &rows[i]);
	else
		read_branch(ci, &from, &rows[i]);
	ci->default_branch = cell(&from, rows[i].default_branch);
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

const char *
ci_not_trusted(const struct ci *ci)
{
	if (ci->privileged && ci->fork != FORK_NO)
		return "a fork's pull request may be run with the rights of its target";
	if (ci->pull_request && ci->fork == FORK_YES)
		return "the pull request comes from a fork";
	return NULL;
}
