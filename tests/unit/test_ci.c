#include "rows.h"

#include "ci.h"

/* A row leaves out the event file where there is none. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define PULL(head, base)                                                                           \
	"{\"number\":7,\"pull_request\":{\"head\":{\"ref\":\"x\",\"repo\":" head "},\"base\":{"    \
	"\"ref\":\"main\"}},\"repository\":{\"full_name\":\"" base                                 \
	"\",\"default_branch\":\"trunk\"}}"
#define REPO(name) "{\"full_name\":\"" name "\",\"fork\":true}"

/*
 * An environment is NAME=VALUE words with a blank between. What is wanted is what is not NULL or
 * false, in the order of the header; "-" for no CI system.
 */
static const struct row {
	const char *name, *environment, *want, *event;
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
		"GitHub Actions branch=feature/x target=main pull fork?"},
	{"GitHub: pull_request_target",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request_target "
		"GITHUB_REF=refs/heads/main GITHUB_REF_NAME=main GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=feature/x GITHUB_BASE_REF=main",
		"GitHub Actions branch=feature/x target=main pull fork? privileged"},
	{"GitHub: pull request without a target",
		"GITHUB_ACTIONS=true GITHUB_REF_NAME=12/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=",
		"GitHub Actions branch=x pull fork?"},
	{"GitHub: pull request whose branch is called as the target",
		"GITHUB_ACTIONS=true GITHUB_REF_NAME=12/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=main GITHUB_BASE_REF=main",
		"GitHub Actions branch=main target=main pull fork?"},
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
		"GitHub Actions target=main queue"},
	{"GitHub: branch called as a tag's reference",
		"GITHUB_ACTIONS=true GITHUB_REF=refs/heads/refs/tags/v1 "
		"GITHUB_REF_NAME=refs/tags/v1 GITHUB_REF_TYPE=branch",
		"GitHub Actions branch=refs/tags/v1"},
	{"GitHub: another kind of reference", "GITHUB_ACTIONS=true GITHUB_REF=refs/pull/12/merge",
		"GitHub Actions pull fork?"},
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
		"GitLab CI branch=feature/x target=develop default=main pull fork?"},
	{"GitLab: merge request whose branch is not told",
		"GITLAB_CI=true CI_MERGE_REQUEST_IID=7 CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main "
		"CI_COMMIT_BRANCH=main",
		"GitLab CI target=main pull fork?"},
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
		"CircleCI pull fork"},
	{"CircleCI: tag", "CIRCLECI=true CIRCLE_TAG=v1 CIRCLE_BRANCH=", "CircleCI tag=v1"},
	{"CircleCI: empty variables",
		"CIRCLECI=true CIRCLE_BRANCH=x CIRCLE_PULL_REQUEST= CIRCLE_PR_NUMBER= CIRCLE_TAG=",
		"CircleCI branch=x"},
	{"CircleCI: nothing else", "CIRCLECI=true", "CircleCI"},
	{"CircleCI: empty", "CIRCLECI= CIRCLE_BRANCH=", "-"},

	/* GitHub's event file */
	{"GitHub: event of a push", "GITHUB_ACTIONS=true GITHUB_REF=refs/heads/x",
		"GitHub Actions branch=x default=trunk",
		"{\"repository\":{\"default_branch\":\"trunk\"}}"},
	{"GitHub: own pull request",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main default=trunk pull", PULL(REPO("o/r"), "o/r")},
	{"GitHub: own pull request, another case",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main default=trunk pull", PULL(REPO("O/R"), "o/r")},
	{"GitHub: fork",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main default=trunk pull fork",
		PULL(REPO("u/r"), "o/r")},
	{"GitHub: fork of a similar name",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main default=trunk pull fork",
		PULL(REPO("o/r2"), "o/r")},
	{"GitHub: fork that is deleted",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main default=trunk pull fork", PULL("null", "o/r")},
	{"GitHub: head without a repository",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main default=trunk pull fork?", PULL("{}", "o/r")},
	{"GitHub: head repository of another kind",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main default=trunk pull fork?",
		PULL("\"null?\"", "o/r")},
	{"GitHub: repositories without names",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main default=trunk pull fork?", PULL(REPO(""), "")},
	{"GitHub: repositories whose names are nothing",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main default=trunk pull fork?",
		PULL(REPO("/"), ".git/")},
	{"GitHub: event that is no JSON",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main pull fork?", "\"pull_request"},
	{"GitHub: event that is cut off",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main pull fork?",
		"{\"pull_request\":{\"head\":{\"ref\":\"x\",\"repo\":{\"full_name\":\"o/r"},
	{"GitHub: default branch that is null", "GITHUB_ACTIONS=true GITHUB_REF=refs/heads/x",
		"GitHub Actions branch=x", "{\"repository\":{\"default_branch\":null}}"},
	{"GitHub: default branch that is no text", "GITHUB_ACTIONS=true GITHUB_REF=refs/heads/x",
		"GitHub Actions branch=x", "{\"repository\":{\"default_branch\":[\"a\"]}}"},
	{"GitHub: hostile default branch", "GITHUB_ACTIONS=true GITHUB_REF=refs/heads/x",
		"GitHub Actions branch=x default=a\n|?$b",
		"{\"repository\":{\"default_branch\":\"a\\n|?$b\"}}"},
	{"GitHub: hostile title",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main default=trunk pull fork",
		"{\"title\":\"\\\"pull_request\\\":{}\",\"pull_request\":{\"head\":{\"ref\":\"x\","
		"\"repo\":" REPO("u/r") "}},\"repository\":{\"full_name\":\"o/"
					"r\",\"default_branch\":\"trunk\"}}"},
	{"GitHub: review, whose variables do not tell",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request_review "
		"GITHUB_REF=refs/pull/7/merge GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch",
		"GitHub Actions branch=x target=main default=trunk pull", PULL(REPO("o/r"), "o/r")},
	{"GitHub: pull_request_target of an own branch",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request_target "
		"GITHUB_REF=refs/heads/main GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main default=trunk pull privileged",
		PULL(REPO("o/r"), "o/r")},
	{"GitHub: pull_request_target of a fork",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request_target "
		"GITHUB_REF=refs/heads/main GITHUB_REF_NAME=7/merge GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"GitHub Actions branch=x target=main default=trunk pull fork privileged",
		PULL(REPO("u/r"), "o/r")},
	{"GitHub: pull_request_target without its variables",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request_target "
		"GITHUB_REF=refs/heads/main",
		"GitHub Actions pull fork? privileged"},
	{"GitHub: after a fork's run",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=workflow_run GITHUB_REF=refs/heads/main",
		"GitHub Actions branch=x pull fork privileged",
		"{\"workflow_run\":{\"event\":\"pull_request\",\"head_branch\":\"x\",\"head_"
		"repository\":" REPO("u/r") "},\"repository\":" REPO("o/r") "}"},
	{"GitHub: after an own pull request's run",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=workflow_run GITHUB_REF=refs/heads/main",
		"GitHub Actions branch=x pull privileged",
		"{\"workflow_run\":{\"event\":\"pull_request\",\"head_branch\":\"x\",\"head_"
		"repository\":" REPO("o/r") "},\"repository\":" REPO("o/r") "}"},
	{"GitHub: after a push's run",
		"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=workflow_run GITHUB_REF=refs/heads/main",
		"GitHub Actions branch=main",
		"{\"workflow_run\":{\"event\":\"push\",\"head_branch\":\"x\",\"head_"
		"repository\":" REPO("o/r") "},\"repository\":" REPO("o/r") "}"},
	{"GitHub: merge queue into a branch with slashes",
		"GITHUB_ACTIONS=true "
		"GITHUB_REF=refs/heads/gh-readonly-queue/release/pr-1/pr-12-0f",
		"GitHub Actions target=release/pr-1 queue"},
	{"GitHub: merge queue without a target",
		"GITHUB_ACTIONS=true GITHUB_REF=refs/heads/gh-readonly-queue/pr-12-0f",
		"GitHub Actions queue"},
	{"GitHub: merge queue with nothing",
		"GITHUB_ACTIONS=true GITHUB_REF=refs/heads/gh-readonly-queue/",
		"GitHub Actions queue"},
	{"GitHub: branch like a merge queue",
		"GITHUB_ACTIONS=true GITHUB_REF=refs/heads/gh-readonly-queue",
		"GitHub Actions branch=gh-readonly-queue"},
	{"GitHub: pull request called like a merge queue",
		"GITHUB_ACTIONS=true GITHUB_HEAD_REF=gh-readonly-queue/main/pr-1-0f",
		"GitHub Actions branch=gh-readonly-queue/main/pr-1-0f pull fork?"},

	/* Gitea, Forgejo */
	{"Gitea: push",
		"GITHUB_ACTIONS=true GITEA_ACTIONS=true GITHUB_REF=refs/heads/x "
		"GITHUB_REF_NAME=x GITHUB_REF_TYPE=branch",
		"Gitea Actions branch=x default=trunk", PULL("{}", "o/r")},
	{"Gitea: pull request",
		"GITHUB_ACTIONS=true GITEA_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/head GITHUB_REF_NAME=7/head GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"Gitea Actions branch=x target=main default=trunk pull", PULL(REPO("o/r"), "o/r")},
	{"Gitea: fork",
		"GITHUB_ACTIONS=true GITEA_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/head GITHUB_REF_NAME=7/head GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main",
		"Gitea Actions branch=x target=main default=trunk pull fork",
		PULL(REPO("u/r"), "o/r")},
	{"Gitea: tag",
		"GITHUB_ACTIONS=true GITEA_ACTIONS=true GITHUB_REF=refs/tags/v1 "
		"GITHUB_REF_NAME=v1 GITHUB_REF_TYPE=tag",
		"Gitea Actions tag=v1"},
	{"Forgejo: push",
		"GITHUB_ACTIONS=true GITEA_ACTIONS=true FORGEJO_ACTIONS=true "
		"GITHUB_REF=refs/heads/x",
		"Forgejo Actions branch=x"},
	{"Forgejo: fork",
		"GITHUB_ACTIONS=true GITEA_ACTIONS=true GITHUB_EVENT_NAME=pull_request "
		"GITHUB_REF=refs/pull/7/head GITHUB_REF_NAME=7/head GITHUB_REF_TYPE=branch "
		"GITHUB_HEAD_REF=x GITHUB_BASE_REF=main FORGEJO_ACTIONS=true",
		"Forgejo Actions branch=x target=main default=trunk pull fork",
		PULL(REPO("u/r"), "o/r")},

	/* GitLab */
	{"GitLab: own merge request",
		"GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_MERGE_REQUEST_IID=7 "
		"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=x "
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_MERGE_REQUEST_PROJECT_PATH=g/s/p "
		"CI_MERGE_REQUEST_SOURCE_PROJECT_PATH=g/s/p",
		"GitLab CI branch=x target=main pull"},
	{"GitLab: own merge request, by number",
		"GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_MERGE_REQUEST_IID=7 "
		"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=x "
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_MERGE_REQUEST_PROJECT_ID=12 "
		"CI_MERGE_REQUEST_SOURCE_PROJECT_ID=12",
		"GitLab CI branch=x target=main pull"},
	{"GitLab: fork",
		"GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_MERGE_REQUEST_IID=7 "
		"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=x "
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_MERGE_REQUEST_PROJECT_PATH=g/s/p "
		"CI_MERGE_REQUEST_SOURCE_PROJECT_PATH=u/p",
		"GitLab CI branch=x target=main pull fork"},
	{"GitLab: fork in a group of the same name",
		"GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_MERGE_REQUEST_IID=7 "
		"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=x "
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_MERGE_REQUEST_PROJECT_PATH=g/s/p "
		"CI_MERGE_REQUEST_SOURCE_PROJECT_PATH=h/s/p",
		"GitLab CI branch=x target=main pull fork"},
	{"GitLab: fork, by number",
		"GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_MERGE_REQUEST_IID=7 "
		"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=x "
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_MERGE_REQUEST_PROJECT_ID=12 "
		"CI_MERGE_REQUEST_SOURCE_PROJECT_ID=120",
		"GitLab CI branch=x target=main pull fork"},
	{"GitLab: fork that is deleted",
		"GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_MERGE_REQUEST_IID=7 "
		"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=x "
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_MERGE_REQUEST_PROJECT_PATH=g/p "
		"CI_MERGE_REQUEST_SOURCE_PROJECT_PATH=",
		"GitLab CI branch=x target=main pull fork?"},
	{"GitLab: merge train",
		"GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_MERGE_REQUEST_IID=7 "
		"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=x "
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main "
		"CI_MERGE_REQUEST_EVENT_TYPE=merge_train CI_MERGE_REQUEST_PROJECT_PATH=g/p "
		"CI_MERGE_REQUEST_SOURCE_PROJECT_PATH=g/p",
		"GitLab CI branch=x target=main pull"},
	{"GitLab: GitHub's pull request",
		"GITLAB_CI=true CI_COMMIT_BRANCH=x CI_EXTERNAL_PULL_REQUEST_IID=7 "
		"CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY=o/r "
		"CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY=o/r "
		"CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME=x "
		"CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME=main",
		"GitLab CI branch=x target=main pull"},

	/* CircleCI */
	{"CircleCI: fork known by its branch alone", "CIRCLECI=true CIRCLE_BRANCH=pull/3",
		"CircleCI pull fork"},
	{"CircleCI: fork's own branch name",
		"CIRCLECI=true CIRCLE_BRANCH=x CIRCLE_PR_REPONAME=r "
		"CIRCLE_PULL_REQUEST=https://g/o/r/pull/3",
		"CircleCI branch=x pull fork"},
	{"CircleCI: GitHub's merge queue",
		"CIRCLECI=true CIRCLE_BRANCH=gh-readonly-queue/main/pr-1-0f",
		"CircleCI target=main queue"},

	/* Travis */
	{"Travis: push",
		"TRAVIS=true TRAVIS_REPO_SLUG=o/r TRAVIS_BRANCH=feature/x "
		"TRAVIS_PULL_REQUEST=false TRAVIS_PULL_REQUEST_BRANCH= TRAVIS_TAG=",
		"Travis CI branch=feature/x"},
	{"Travis: pull request",
		"TRAVIS=true TRAVIS_REPO_SLUG=o/r TRAVIS_BRANCH=main TRAVIS_PULL_REQUEST=7 "
		"TRAVIS_PULL_REQUEST_BRANCH=x TRAVIS_PULL_REQUEST_SLUG=o/r",
		"Travis CI branch=x target=main pull"},
	{"Travis: fork",
		"TRAVIS=true TRAVIS_REPO_SLUG=o/r TRAVIS_BRANCH=main TRAVIS_PULL_REQUEST=7 "
		"TRAVIS_PULL_REQUEST_BRANCH=x TRAVIS_PULL_REQUEST_SLUG=u/r",
		"Travis CI branch=x target=main pull fork"},
	{"Travis: pull request from who knows where",
		"TRAVIS=true TRAVIS_REPO_SLUG=o/r TRAVIS_BRANCH=main TRAVIS_PULL_REQUEST=7 "
		"TRAVIS_PULL_REQUEST_BRANCH=x TRAVIS_PULL_REQUEST_SLUG=",
		"Travis CI branch=x target=main pull fork?"},
	{"Travis: tag, which is the branch too",
		"TRAVIS=true TRAVIS_REPO_SLUG=o/r TRAVIS_BRANCH=v1 TRAVIS_PULL_REQUEST=false "
		"TRAVIS_TAG=v1",
		"Travis CI tag=v1"},

	/* Buildkite */
	{"Buildkite: push",
		"BUILDKITE=true BUILDKITE_REPO=git@github.com:Acme/app.git "
		"BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_BRANCH=feature/x "
		"BUILDKITE_PULL_REQUEST=false BUILDKITE_PULL_REQUEST_REPO= BUILDKITE_TAG=",
		"Buildkite branch=feature/x default=main"},
	{"Buildkite: pull request",
		"BUILDKITE=true BUILDKITE_REPO=git@github.com:Acme/app.git "
		"BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_BRANCH=x "
		"BUILDKITE_PULL_REQUEST=7 BUILDKITE_PULL_REQUEST_BASE_BRANCH=dev "
		"BUILDKITE_PULL_REQUEST_REPO=git://github.com/acme/app.git",
		"Buildkite branch=x target=dev default=main pull"},
	{"Buildkite: pull request, by https",
		"BUILDKITE=true BUILDKITE_REPO=git@github.com:Acme/app.git "
		"BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_BRANCH=x "
		"BUILDKITE_PULL_REQUEST=7 BUILDKITE_PULL_REQUEST_BASE_BRANCH=dev "
		"BUILDKITE_PULL_REQUEST_REPO=https://github.com/acme/app",
		"Buildkite branch=x target=dev default=main pull"},
	{"Buildkite: pull request, by ssh",
		"BUILDKITE=true BUILDKITE_REPO=git@github.com:Acme/app.git "
		"BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_BRANCH=x "
		"BUILDKITE_PULL_REQUEST=7 BUILDKITE_PULL_REQUEST_BASE_BRANCH=dev "
		"BUILDKITE_PULL_REQUEST_REPO=ssh://git@github.com:22/acme/app.git/",
		"Buildkite branch=x target=dev default=main pull"},
	{"Buildkite: fork",
		"BUILDKITE=true BUILDKITE_REPO=git@github.com:Acme/app.git "
		"BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_BRANCH=x "
		"BUILDKITE_PULL_REQUEST=7 BUILDKITE_PULL_REQUEST_BASE_BRANCH=dev "
		"BUILDKITE_PULL_REQUEST_REPO=git://github.com/u/app.git",
		"Buildkite branch=x target=dev default=main pull fork"},
	{"Buildkite: fork of another name",
		"BUILDKITE=true BUILDKITE_REPO=git@github.com:Acme/app.git "
		"BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_BRANCH=x "
		"BUILDKITE_PULL_REQUEST=7 BUILDKITE_PULL_REQUEST_BASE_BRANCH=dev "
		"BUILDKITE_PULL_REQUEST_REPO=https://github.com/acme/apple.git",
		"Buildkite branch=x target=dev default=main pull fork"},
	{"Buildkite: pull request from who knows where",
		"BUILDKITE=true BUILDKITE_REPO=git@github.com:Acme/app.git "
		"BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_BRANCH=x "
		"BUILDKITE_PULL_REQUEST=7 BUILDKITE_PULL_REQUEST_BASE_BRANCH=dev "
		"BUILDKITE_PULL_REQUEST_REPO=",
		"Buildkite branch=x target=dev default=main pull fork?"},
	{"Buildkite: pull request from a host alone",
		"BUILDKITE=true BUILDKITE_REPO=git@github.com:Acme/app.git "
		"BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_BRANCH=x "
		"BUILDKITE_PULL_REQUEST=7 BUILDKITE_PULL_REQUEST_BASE_BRANCH=dev "
		"BUILDKITE_PULL_REQUEST_REPO=https://github.com",
		"Buildkite branch=x target=dev default=main pull fork?"},
	{"Buildkite: fork shown in the branch",
		"BUILDKITE=true BUILDKITE_REPO=git@github.com:Acme/app.git "
		"BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_BRANCH=u:main "
		"BUILDKITE_PULL_REQUEST=7 BUILDKITE_PULL_REQUEST_BASE_BRANCH=main",
		"Buildkite branch=u:main target=main default=main pull fork"},
	{"Buildkite: fork without a pull request",
		"BUILDKITE=true BUILDKITE_REPO=git@github.com:Acme/app.git "
		"BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_BRANCH=u:main "
		"BUILDKITE_PULL_REQUEST=false",
		"Buildkite branch=u:main default=main pull fork"},
	{"Buildkite: tag",
		"BUILDKITE=true BUILDKITE_REPO=git@github.com:Acme/app.git "
		"BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_BRANCH=v1 "
		"BUILDKITE_PULL_REQUEST=false BUILDKITE_TAG=v1",
		"Buildkite tag=v1 default=main"},
	{"Buildkite: GitHub's merge queue",
		"BUILDKITE=true BUILDKITE_REPO=git@github.com:Acme/app.git "
		"BUILDKITE_PIPELINE_DEFAULT_BRANCH=main "
		"BUILDKITE_BRANCH=gh-readonly-queue/main/pr-1-0f BUILDKITE_PULL_REQUEST=false",
		"Buildkite target=main default=main queue"},

	/* Woodpecker */
	{"Woodpecker: push",
		"CI=woodpecker CI_PIPELINE_EVENT=push CI_COMMIT_BRANCH=feature/x "
		"CI_COMMIT_SOURCE_BRANCH= CI_REPO_DEFAULT_BRANCH=main",
		"Woodpecker CI branch=feature/x default=main"},
	{"Woodpecker: pull request",
		"CI=woodpecker CI_PIPELINE_EVENT=pull_request CI_COMMIT_PULL_REQUEST=7 "
		"CI_COMMIT_BRANCH=main CI_COMMIT_SOURCE_BRANCH=x CI_COMMIT_TARGET_BRANCH=main "
		"CI_REPO_DEFAULT_BRANCH=main",
		"Woodpecker CI branch=x target=main default=main pull fork?"},
	{"Woodpecker: pull request whose title was changed",
		"CI=woodpecker CI_PIPELINE_EVENT=pull_request_metadata CI_COMMIT_BRANCH=main "
		"CI_COMMIT_SOURCE_BRANCH=x",
		"Woodpecker CI branch=x target=main pull fork?"},
	{"Woodpecker: pull request, before 1.0",
		"CI=woodpecker DRONE=true CI_BUILD_EVENT=pull_request CI_COMMIT_BRANCH=main "
		"CI_COMMIT_SOURCE_BRANCH=x",
		"Woodpecker CI branch=x target=main pull fork?"},
	{"Woodpecker: tag",
		"CI=woodpecker CI_PIPELINE_EVENT=tag CI_COMMIT_BRANCH=main CI_COMMIT_TAG=v1",
		"Woodpecker CI tag=v1"},

	/* Drone */
	{"Drone: push",
		"CI=true DRONE=true DRONE_REPO_BRANCH=main DRONE_BUILD_EVENT=push "
		"DRONE_COMMIT_REF=refs/heads/x DRONE_BRANCH=x DRONE_SOURCE_BRANCH=x "
		"DRONE_TARGET_BRANCH=x",
		"Drone branch=x default=main"},
	{"Drone: push, only the one",
		"CI=true DRONE=true DRONE_REPO_BRANCH=main DRONE_BUILD_EVENT=push "
		"DRONE_BRANCH=x DRONE_SOURCE_BRANCH=",
		"Drone branch=x default=main"},
	{"Drone: pull request",
		"CI=true DRONE=true DRONE_REPO_BRANCH=main DRONE_BUILD_EVENT=pull_request "
		"DRONE_PULL_REQUEST=7 DRONE_COMMIT_REF=refs/pull/7/head DRONE_BRANCH=dev "
		"DRONE_COMMIT_BRANCH=dev DRONE_SOURCE_BRANCH=x DRONE_TARGET_BRANCH=dev",
		"Drone branch=x target=dev default=main pull fork?"},
	{"Drone: pull request whose branch is not told",
		"CI=true DRONE=true DRONE_REPO_BRANCH=main DRONE_BUILD_EVENT=pull_request "
		"DRONE_BRANCH=main",
		"Drone target=main default=main pull fork?"},
	{"Drone: promoted pull request",
		"CI=true DRONE=true DRONE_REPO_BRANCH=main DRONE_BUILD_EVENT=promote "
		"DRONE_COMMIT_REF=refs/pull/7/head DRONE_BRANCH=main DRONE_SOURCE_BRANCH=x",
		"Drone branch=x target=main default=main pull fork?"},
	{"Drone: tag",
		"CI=true DRONE=true DRONE_REPO_BRANCH=main DRONE_BUILD_EVENT=tag "
		"DRONE_COMMIT_REF=refs/tags/v1 DRONE_TAG=v1 DRONE_BRANCH=main",
		"Drone tag=v1 default=main"},

	/* Azure */
	{"Azure: push",
		"TF_BUILD=True BUILD_REASON=IndividualCI "
		"BUILD_SOURCEBRANCH=refs/heads/feature/x BUILD_SOURCEBRANCHNAME=x "
		"SYSTEM_PULLREQUEST_ISFORK=False",
		"Azure Pipelines branch=feature/x"},
	{"Azure: pull request",
		"TF_BUILD=True BUILD_REASON=PullRequest BUILD_SOURCEBRANCH=refs/pull/1/merge "
		"BUILD_SOURCEBRANCHNAME=merge SYSTEM_PULLREQUEST_PULLREQUESTID=1 "
		"SYSTEM_PULLREQUEST_SOURCEBRANCH=refs/heads/feature/x "
		"SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main "
		"SYSTEM_PULLREQUEST_ISFORK=False",
		"Azure Pipelines branch=feature/x target=main pull"},
	{"Azure: GitHub's pull request, short names",
		"TF_BUILD=True BUILD_REASON=PullRequest BUILD_SOURCEBRANCH=refs/pull/1/merge "
		"BUILD_SOURCEBRANCHNAME=merge SYSTEM_PULLREQUEST_PULLREQUESTID=1 "
		"SYSTEM_PULLREQUEST_SOURCEBRANCH=feature/x "
		"SYSTEM_PULLREQUEST_TARGETBRANCH=main SYSTEM_PULLREQUEST_ISFORK=False",
		"Azure Pipelines branch=feature/x target=main pull"},
	{"Azure: fork",
		"TF_BUILD=True BUILD_REASON=PullRequest BUILD_SOURCEBRANCH=refs/pull/1/merge "
		"BUILD_SOURCEBRANCHNAME=merge SYSTEM_PULLREQUEST_PULLREQUESTID=1 "
		"SYSTEM_PULLREQUEST_SOURCEBRANCH=refs/heads/feature/x "
		"SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main SYSTEM_PULLREQUEST_ISFORK=True",
		"Azure Pipelines branch=feature/x target=main pull fork"},
	{"Azure: pull request from who knows where",
		"TF_BUILD=True BUILD_REASON=PullRequest BUILD_SOURCEBRANCH=refs/pull/1/merge "
		"BUILD_SOURCEBRANCHNAME=merge SYSTEM_PULLREQUEST_PULLREQUESTID=1 "
		"SYSTEM_PULLREQUEST_SOURCEBRANCH=refs/heads/feature/x "
		"SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main ",
		"Azure Pipelines branch=feature/x target=main pull fork?"},
	{"Azure: pull request without its branch",
		"TF_BUILD=True BUILD_SOURCEBRANCH=refs/pull/1/merge", "Azure Pipelines pull fork?"},
	{"Azure: tag", "TF_BUILD=True BUILD_SOURCEBRANCH=refs/tags/v1 BUILD_SOURCEBRANCHNAME=v1",
		"Azure Pipelines tag=v1"},
	{"Azure: no git", "TF_BUILD=True BUILD_SOURCEBRANCH=$/project/main", "Azure Pipelines"},

	/* Bitbucket */
	{"Bitbucket: push", "BITBUCKET_BUILD_NUMBER=3 BITBUCKET_BRANCH=feature/x",
		"Bitbucket Pipelines branch=feature/x"},
	{"Bitbucket: pull request",
		"BITBUCKET_BUILD_NUMBER=3 BITBUCKET_BRANCH=x BITBUCKET_PR_ID=7 "
		"BITBUCKET_PR_DESTINATION_BRANCH=main",
		"Bitbucket Pipelines branch=x target=main pull"},
	{"Bitbucket: tag", "BITBUCKET_BUILD_NUMBER=3 BITBUCKET_TAG=v1",
		"Bitbucket Pipelines tag=v1"},

	/* AppVeyor */
	{"AppVeyor: push",
		"APPVEYOR=True APPVEYOR_REPO_NAME=o/r APPVEYOR_REPO_BRANCH=feature/x "
		"APPVEYOR_REPO_TAG=false",
		"AppVeyor branch=feature/x"},
	{"AppVeyor: pull request",
		"APPVEYOR=true APPVEYOR_REPO_NAME=o/r APPVEYOR_REPO_BRANCH=main "
		"APPVEYOR_PULL_REQUEST_NUMBER=7 APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH=x "
		"APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME=o/r",
		"AppVeyor branch=x target=main pull"},
	{"AppVeyor: fork",
		"APPVEYOR=true APPVEYOR_REPO_NAME=o/r APPVEYOR_REPO_BRANCH=main "
		"APPVEYOR_PULL_REQUEST_NUMBER=7 APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH=x "
		"APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME=u/r",
		"AppVeyor branch=x target=main pull fork"},
	{"AppVeyor: tag",
		"APPVEYOR=True APPVEYOR_REPO_BRANCH=v1 APPVEYOR_REPO_TAG=true "
		"APPVEYOR_REPO_TAG_NAME=v1",
		"AppVeyor tag=v1"},

	/* Semaphore */
	{"Semaphore: push",
		"SEMAPHORE=true SEMAPHORE_GIT_REPO_SLUG=o/r SEMAPHORE_GIT_REF_TYPE=branch "
		"SEMAPHORE_GIT_BRANCH=x SEMAPHORE_GIT_WORKING_BRANCH=x SEMAPHORE_GIT_PR_SLUG=",
		"Semaphore branch=x"},
	{"Semaphore: pull request",
		"SEMAPHORE=true SEMAPHORE_GIT_REPO_SLUG=o/r "
		"SEMAPHORE_GIT_REF_TYPE=pull-request SEMAPHORE_GIT_BRANCH=main "
		"SEMAPHORE_GIT_WORKING_BRANCH=x SEMAPHORE_GIT_PR_BRANCH=x "
		"SEMAPHORE_GIT_PR_NUMBER=7 SEMAPHORE_GIT_PR_SLUG=o/r",
		"Semaphore branch=x target=main pull"},
	{"Semaphore: fork",
		"SEMAPHORE=true SEMAPHORE_GIT_REPO_SLUG=o/r "
		"SEMAPHORE_GIT_REF_TYPE=pull-request SEMAPHORE_GIT_BRANCH=main "
		"SEMAPHORE_GIT_WORKING_BRANCH=x SEMAPHORE_GIT_PR_BRANCH=x "
		"SEMAPHORE_GIT_PR_NUMBER=7 SEMAPHORE_GIT_PR_SLUG=u/r",
		"Semaphore branch=x target=main pull fork"},
	{"Semaphore: tag",
		"SEMAPHORE=true SEMAPHORE_GIT_REPO_SLUG=o/r SEMAPHORE_GIT_REF_TYPE=tag "
		"SEMAPHORE_GIT_BRANCH=refs/tags/v1 SEMAPHORE_GIT_TAG_NAME=v1",
		"Semaphore tag=v1"},
	{"Semaphore 1.0: push", "SEMAPHORE=true BRANCH_NAME=x", "Semaphore branch=x"},
	{"Semaphore 1.0: fork", "SEMAPHORE=true BRANCH_NAME=pull-request-7 PULL_REQUEST_NUMBER=7",
		"Semaphore pull fork"},

	/* Cirrus */
	{"Cirrus: push", "CIRRUS_CI=true CIRRUS_DEFAULT_BRANCH=main CIRRUS_BRANCH=feature/x",
		"Cirrus CI branch=feature/x default=main"},
	{"Cirrus: pull request",
		"CIRRUS_CI=true CIRRUS_DEFAULT_BRANCH=main CIRRUS_BRANCH=pull/7 CIRRUS_PR=7 "
		"CIRRUS_BASE_BRANCH=dev",
		"Cirrus CI target=dev default=main pull fork?"},
	{"Cirrus: pull request with its branch",
		"CIRRUS_CI=true CIRRUS_DEFAULT_BRANCH=main CIRRUS_BRANCH=x CIRRUS_PR=7 "
		"CIRRUS_BASE_BRANCH=dev",
		"Cirrus CI branch=x target=dev default=main pull fork?"},
	{"Cirrus: tag", "CIRRUS_CI=true CIRRUS_DEFAULT_BRANCH=main CIRRUS_TAG=v1",
		"Cirrus CI tag=v1 default=main"},

	/* Codefresh */
	{"Codefresh: push", "CF_BUILD_ID=5 CF_BRANCH=feature/x", "Codefresh branch=feature/x"},
	{"Codefresh: pull request",
		"CF_BUILD_ID=5 CF_BRANCH=x CF_PULL_REQUEST_NUMBER=7 "
		"CF_PULL_REQUEST_TARGET=main CF_PULL_REQUEST_IS_FORK=false",
		"Codefresh branch=x target=main pull"},
	{"Codefresh: fork",
		"CF_BUILD_ID=5 CF_BRANCH=x CF_PULL_REQUEST_NUMBER=7 "
		"CF_PULL_REQUEST_TARGET=main CF_PULL_REQUEST_IS_FORK=true",
		"Codefresh branch=x target=main pull fork"},
	{"Codefresh: pull request from who knows where",
		"CF_BUILD_ID=5 CF_BRANCH=x CF_PULL_REQUEST_NUMBER=7 CF_PULL_REQUEST_TARGET=main",
		"Codefresh branch=x target=main pull fork?"},
	{"Codefresh: release", "CF_BUILD_ID=5 CF_BRANCH=v1 CF_RELEASE_TAG=v1", "Codefresh tag=v1"},

	/* CodeBuild */
	{"CodeBuild: push",
		"CODEBUILD_BUILD_ID=p:1 CODEBUILD_WEBHOOK_EVENT=PUSH "
		"CODEBUILD_WEBHOOK_HEAD_REF=refs/heads/feature/x "
		"CODEBUILD_WEBHOOK_TRIGGER=branch/feature/x",
		"AWS CodeBuild branch=feature/x"},
	{"CodeBuild: push, trigger alone",
		"CODEBUILD_BUILD_ID=p:1 CODEBUILD_WEBHOOK_TRIGGER=branch/feature/x",
		"AWS CodeBuild branch=feature/x"},
	{"CodeBuild: pull request",
		"CODEBUILD_BUILD_ID=p:1 CODEBUILD_WEBHOOK_EVENT=PULL_REQUEST_UPDATED "
		"CODEBUILD_WEBHOOK_HEAD_REF=refs/heads/x "
		"CODEBUILD_WEBHOOK_BASE_REF=refs/heads/main CODEBUILD_WEBHOOK_TRIGGER=pr/7",
		"AWS CodeBuild branch=x target=main pull fork?"},
	{"CodeBuild: pull request, short names",
		"CODEBUILD_BUILD_ID=p:1 CODEBUILD_WEBHOOK_HEAD_REF=x "
		"CODEBUILD_WEBHOOK_BASE_REF=main CODEBUILD_WEBHOOK_TRIGGER=pr/7",
		"AWS CodeBuild branch=x target=main pull fork?"},
	{"CodeBuild: pull request by hand", "CODEBUILD_BUILD_ID=p:1 CODEBUILD_SOURCE_VERSION=pr/7",
		"AWS CodeBuild pull fork?"},
	{"CodeBuild: tag",
		"CODEBUILD_BUILD_ID=p:1 CODEBUILD_WEBHOOK_EVENT=PUSH "
		"CODEBUILD_WEBHOOK_HEAD_REF=refs/tags/v1 CODEBUILD_WEBHOOK_TRIGGER=tag/v1",
		"AWS CodeBuild tag=v1"},
	{"CodeBuild: no webhook", "CODEBUILD_BUILD_ID=p:1 CODEBUILD_SOURCE_VERSION=0123456789",
		"AWS CodeBuild"},
	{"CodeBuild as GitHub's runner",
		"CODEBUILD_BUILD_ID=p:1 GITHUB_ACTIONS=true GITHUB_REF=refs/heads/x",
		"GitHub Actions branch=x"},

	/* Bamboo */
	{"Bamboo: push", "bamboo_planKey=A-B bamboo_planRepository_branchName=feature/x",
		"Bamboo branch=feature/x"},
	{"Bamboo: push, older", "bamboo_planKey=A-B bamboo_planRepository_1_branchName=feature/x",
		"Bamboo branch=feature/x"},
	{"Bamboo: pull request",
		"bamboo_planKey=A-B bamboo_planRepository_branchName=x "
		"bamboo_repository_pr_key=7 bamboo_repository_pr_sourceBranch=x "
		"bamboo_repository_pr_targetBranch=main",
		"Bamboo branch=x target=main pull fork?"},

	/* TeamCity */
	{"TeamCity", "TEAMCITY_VERSION=2024.03 BUILD_NUMBER=5", "TeamCity fork?"},

	/* Jenkins */
	{"Jenkins: multibranch",
		"JENKINS_URL=https://ci/ BUILD_ID=5 BRANCH_NAME=feature/x GIT_BRANCH=feature/x",
		"Jenkins branch=feature/x"},
	{"Jenkins: primary branch",
		"JENKINS_URL=https://ci/ BUILD_ID=5 BRANCH_NAME=trunk BRANCH_IS_PRIMARY=true",
		"Jenkins branch=trunk default=trunk"},
	{"Jenkins: pull request",
		"JENKINS_URL=https://ci/ BUILD_ID=5 BRANCH_NAME=PR-12 CHANGE_ID=12 "
		"CHANGE_TARGET=main CHANGE_BRANCH=x",
		"Jenkins branch=x target=main pull"},
	{"Jenkins: fork",
		"JENKINS_URL=https://ci/ BUILD_ID=5 BRANCH_NAME=PR-12 CHANGE_ID=12 "
		"CHANGE_TARGET=main CHANGE_BRANCH=x CHANGE_FORK=u",
		"Jenkins branch=x target=main pull fork"},
	{"Jenkins: pull request whose branch is not told",
		"JENKINS_URL=https://ci/ BUILD_ID=5 BRANCH_NAME=PR-12 CHANGE_ID=12 "
		"CHANGE_TARGET=main",
		"Jenkins target=main pull fork?"},
	{"Jenkins: multibranch tag",
		"JENKINS_URL=https://ci/ BUILD_ID=5 BRANCH_NAME=v1 TAG_NAME=v1", "Jenkins tag=v1"},
	{"Jenkins: parameter called as the tag",
		"JENKINS_URL=https://ci/ BUILD_ID=5 GIT_BRANCH=origin/main TAG_NAME=v1",
		"Jenkins branch=main"},
	{"Jenkins: git plugin", "JENKINS_URL=https://ci/ BUILD_ID=5 GIT_BRANCH=origin/feature/x",
		"Jenkins branch=feature/x"},
	{"Jenkins: git plugin, whole reference",
		"JENKINS_URL=https://ci/ BUILD_ID=5 GIT_BRANCH=refs/remotes/origin/x",
		"Jenkins branch=x"},
	{"Jenkins: git plugin, local branch",
		"JENKINS_URL=https://ci/ BUILD_ID=5 GIT_LOCAL_BRANCH=x GIT_BRANCH=origin/y",
		"Jenkins branch=x"},
	{"Jenkins: git plugin, detached",
		"JENKINS_URL=https://ci/ BUILD_ID=5 GIT_LOCAL_BRANCH=detached "
		"GIT_BRANCH=detached",
		"Jenkins"},
	{"Jenkins: git plugin, HEAD",
		"JENKINS_URL=https://ci/ BUILD_ID=5 GIT_LOCAL_BRANCH=HEAD "
		"GIT_BRANCH=origin/HEAD",
		"Jenkins"},
	{"Jenkins: git plugin, a pull request fetched by hand",
		"JENKINS_URL=https://ci/ BUILD_ID=5 GIT_BRANCH=refs/pull/7/head", "Jenkins"},
	{"Jenkins: GitHub plugin's pull request",
		"JENKINS_URL=https://ci/ BUILD_ID=5 ghprbPullId=7 ghprbSourceBranch=x "
		"ghprbTargetBranch=main GIT_BRANCH=origin/pr/7/merge ghprbGhRepository=o/r "
		"ghprbAuthorRepoGitUrl=https://github.com/o/r.git",
		"Jenkins branch=x target=main pull"},
	{"Jenkins: GitHub plugin's fork",
		"JENKINS_URL=https://ci/ BUILD_ID=5 ghprbPullId=7 ghprbSourceBranch=x "
		"ghprbTargetBranch=main GIT_BRANCH=origin/pr/7/merge ghprbGhRepository=o/r "
		"ghprbAuthorRepoGitUrl=https://github.com/u/r.git",
		"Jenkins branch=x target=main pull fork"},
	{"Jenkins: GitLab plugin's merge request",
		"JENKINS_URL=https://ci/ BUILD_ID=5 gitlabMergeRequestIid=7 "
		"gitlabSourceBranch=x gitlabTargetBranch=main GIT_BRANCH=origin/main "
		"gitlabTargetRepoHttpUrl=https://h/g/p.git "
		"gitlabSourceRepoHttpUrl=https://h/g/p.git",
		"Jenkins branch=x target=main pull"},
	{"Jenkins: GitLab plugin's fork",
		"JENKINS_URL=https://ci/ BUILD_ID=5 gitlabMergeRequestIid=7 "
		"gitlabSourceBranch=x gitlabTargetBranch=main GIT_BRANCH=origin/main "
		"gitlabTargetRepoHttpUrl=https://h/g/p.git "
		"gitlabSourceRepoHttpUrl=https://h/u/p.git",
		"Jenkins branch=x target=main pull fork"},
	{"Jenkins: GitLab plugin's push",
		"JENKINS_URL=https://ci/ BUILD_ID=5 gitlabMergeRequestIid= "
		"gitlabSourceBranch=x gitlabTargetBranch=main GIT_BRANCH=origin/main "
		"gitlabTargetRepoHttpUrl=https://h/g/p.git "
		"gitlabSourceRepoHttpUrl=https://h/g/p.git",
		"Jenkins branch=main"},
	{"Jenkins: no address", "BUILD_TAG=jenkins-job-5 BRANCH_NAME=x", "Jenkins branch=x"},
	{"Jenkins told to another system",
		"GITLAB_CI=true CI_COMMIT_BRANCH=x JENKINS_URL=https://ci/ BUILD_ID=5",
		"GitLab CI branch=x"},
	{"an address is no Jenkins", "JENKINS_URL=https://ci/ BRANCH_NAME=x", "-"},

	/* Google */
	{"Google: push", "BUILDER_OUTPUT=/builder/outputs REPO_FULL_NAME=o/r BRANCH_NAME=feature/x",
		"Google Cloud Build branch=feature/x"},
	{"Google: pull request",
		"BUILDER_OUTPUT=/builder/outputs REPO_FULL_NAME=o/r BRANCH_NAME=x _PR_NUMBER=7 "
		"_HEAD_BRANCH=x _BASE_BRANCH=main _HEAD_REPO_URL=https://github.com/o/r",
		"Google Cloud Build branch=x target=main pull"},
	{"Google: fork",
		"BUILDER_OUTPUT=/builder/outputs REPO_FULL_NAME=o/r BRANCH_NAME=x _PR_NUMBER=7 "
		"_HEAD_BRANCH=x _BASE_BRANCH=main _HEAD_REPO_URL=https://github.com/u/r",
		"Google Cloud Build branch=x target=main pull fork"},
	{"Google: tag", "BUILDER_OUTPUT=/builder/outputs REPO_FULL_NAME=o/r TAG_NAME=v1",
		"Google Cloud Build tag=v1"},
	{"Google: nothing mapped", "BUILDER_OUTPUT=/builder/outputs", "Google Cloud Build"},

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
	add(&text, " queue", ci->merge_queue ? "" : NULL);
	add(&text, " fork", ci->fork == FORK_YES ? "" : NULL);
	add(&text, " fork?", ci->fork == FORK_UNKNOWN ? "" : NULL);
	add(&text, " privileged", ci->privileged ? "" : NULL);
	return text;
}

/* The event in memory of exactly its size. */
static struct json
event_of(const struct row *row, char **copy)
{
	size_t len = row->event ? strlen(row->event) : 0;

	*copy = exact_copy(row->event, len);
	return (struct json){*copy, len};
}

static void
detects(void **state)
{
	const struct row *row = *state;
	struct environment env;
	const struct lookup map = {get, &env};
	struct ci ci;
	char *got, *event;

	fill(&env, row->environment);
	memset(&ci, 0xff, sizeof(ci)); /* what was there before does not count */
	ci_detect(&ci, &map, event_of(row, &event));
	free(env.text); /* what is kept belongs to ci */
	free(event);
	got = shown(&ci);
	assert_string_equal(got, row->want);
	free(got);
	ci_release(&ci);
	assert_null(ci.name);
	assert_null(ci.branch);
	ci_release(&ci);
}

static void
check_sense(const struct ci *ci)
{
	assert_false(ci->branch && ci->tag);
	assert_true(ci->pull_request || ci->merge_queue || !ci->target);
	assert_false(ci->pull_request && (ci->merge_queue || ci->tag));
	assert_true(ci->pull_request || (!ci->privileged && ci->fork != FORK_YES));
	if (!ci->name)
		assert_false(ci->branch || ci->tag || ci->default_branch || ci->pull_request ||
			     ci->merge_queue || ci->fork);
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
	char *event;

	fill(&env, row->environment);
	for (at = 0; at < env.len; at += strlen(env.text + at) + 1) {
		char *equals = strchr(env.text + at, '=');

		*equals = '-';
		ci_detect(&ci, &map, event_of(row, &event));
		check_sense(&ci);
		ci_release(&ci);
		free(event);
		*equals = '=';
	}
	free(env.text);
}

/* Nor without the end of the event file; nor does a cut make a fork one of our own. */
static void
can_miss_any_end(void **state)
{
	const struct row *row = *state;
	size_t len = row->event ? strlen(row->event) : 0, i;
	struct environment env;
	const struct lookup map = {get, &env};
	struct ci ci;
	char *event;

	fill(&env, row->environment);
	for (i = 0; i < len; i++) {
		event = exact_copy(row->event, i);
		ci_detect(&ci, &map, (struct json){event, i});
		check_sense(&ci);
		if (ci.pull_request && strstr(row->want, " fork"))
			assert_int_not_equal(ci.fork, FORK_NO);
		ci_release(&ci);
		free(event);
	}
	free(env.text);
}

int
main(void)
{
	add_rows(detects, rows);
	add_rows(can_miss_any_variable, rows);
	add_rows(can_miss_any_end, rows);
	return run_all();
}
