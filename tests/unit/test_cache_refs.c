#include "scene.h"

#define TWO                                                                                        \
	"FROM a AS builder\n"                                                                      \
	"FROM b\n"                                                                                 \
	"COPY --from=builder /x /x\n"
#define LONG_STAGE "s234567890123456789012345678901234567890123456789012345678901234567890"

/*
 * What is wanted: the branches looked under, then a line for each entry: the references it is
 * looked for under, and behind the arrow those it is stored under for the branch and un-prefixed.
 * ":tag" stands for reg/app:tag, HASH for eight digits of hash.
 */
static const struct row {
	const char *name;
	struct setting setting;
	const char *want;
} rows[] = {
	{"a branch", {"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"},
		"topic main\n"
		"builder: :topic-builder :main-builder :builder -> :topic-builder, -\n"
		"image: :topic :main :latest -> :topic, -\n"},
	{"the default branch", {"reg/app:v1", TWO, .branch = "trunk", .default_branch = "trunk"},
		"trunk\n"
		"builder: :trunk-builder :builder -> :trunk-builder, :builder\n"
		"image: :trunk :latest -> :trunk, :latest\n"},
	{"the default branch is not known", {"reg/app:v1", TWO, .branch = "topic"},
		"topic main master\n"
		"builder: :topic-builder :main-builder :master-builder :builder -> "
		":topic-builder, -\n"
		"image: :topic :main :master :latest -> :topic, -\n"},
	{"not known, but this is main", {"reg/app:v1", TWO, .branch = "main"},
		"main\n"
		"builder: :main-builder :builder -> :main-builder, :builder\n"
		"image: :main :latest -> :main, :latest\n"},
	{"not known, but this is master", {"reg/app:v1", TWO, .branch = "master"},
		"master\n"
		"builder: :master-builder :builder -> :master-builder, :builder\n"
		"image: :master :latest -> :master, :latest\n"},
	{"main is not the default branch",
		{"reg/app:v1", TWO, .branch = "main", .default_branch = "trunk"},
		"main trunk\n"
		"builder: :main-builder :trunk-builder :builder -> :main-builder, -\n"
		"image: :main :trunk :latest -> :main, -\n"},
	{"no Dockerfile known", {"reg/app:v1", NULL, .branch = "topic", .default_branch = "main"},
		"topic main\n"
		"image: :topic :main :latest -> :topic, -\n"},

	{"order: branch, target, fallbacks, default branch",
		{"reg/app:v1 --cache-fallback one --cache-fallback two", NULL, .branch = "topic",
			.target = "next", .default_branch = "main"},
		"topic next one two main\n"
		"image: :topic :next :one :two :main :latest -> :topic, -\n"},
	{"the target is the default branch",
		{"reg/app:v1", NULL, .branch = "topic", .target = "main", .default_branch = "main"},
		"topic main\n"
		"image: :topic :main :latest -> :topic, -\n"},
	{"the target has the branch's name",
		{"reg/app:v1 --cache-read-only", NULL, .branch = "main", .target = "main"},
		"main\n"
		"image: :main :latest -> -, -\n"},
	{"a fallback is the default branch",
		{"reg/app:v1 --cache-fallback main --cache-fallback one", NULL, .branch = "topic",
			.default_branch = "main"},
		"topic main one\n"
		"image: :topic :main :one :latest -> :topic, -\n"},
	{"a fallback is main or master, the default branch is not known",
		{"reg/app:v1 --cache-fallback master", NULL, .branch = "topic"},
		"topic master main\n"
		"image: :topic :master :main :latest -> :topic, -\n"},

	{"fallbacks that are named twice",
		{"reg/app:v1 --cache-fallback main --cache-fallback one --cache-fallback one", NULL,
			.branch = "main"},
		"main one\n"
		"image: :main :one :latest -> :main, :latest\n"},
	{"a pull request from a branch called like the one it goes into",
		{"reg/app:v1", TWO, .branch = "next", .target = "next", .default_branch = "main"},
		"next main\n"
		"builder: :next-builder :main-builder :builder -> -, -\n"
		"image: :next :main :latest -> -, -\n"},
	{"a pull request from a branch called like the default branch",
		{"reg/app:v1", NULL, .branch = "main", .target = "next", .default_branch = "main"},
		"main next\n"
		"image: :main :next :latest -> -, -\n"},
	{"a pull request whose tags would be those of the branch it goes into",
		{"reg/app:v1", NULL, .branch = "next-1", .target = "next/1"},
		"next-1 next/1 main master\n"
		"image: :next-1 :next-1 :main :master :latest -> -, -\n"},
	{"a pull request whose image would be called like a stage of the default branch",
		{"reg/app:v1", TWO, .branch = "main-builder", .target = "next",
			.default_branch = "main"},
		"main-builder next main\n"
		"builder: :main-builder-builder :next-builder :main-builder :builder -> -, -\n"
		"image: :main-builder :next :main :latest -> -, -\n"},
	{"a pull request from a branch that only starts like that",
		{"reg/app:v1", NULL, .branch = "main-2", .target = "main"},
		"main-2 main master\n"
		"image: :main-2 :main :master :latest -> :main-2, -\n"},
	{"a pull request whose branch is not known",
		{"reg/app:v1", NULL, .target = "main", .git_branch = "main"},
		"main master\n"
		"image: :main :master :latest -> -, -\n"},
	{"a pull request, but the branch is given",
		{"reg/app:v1 --cache-branch main", NULL, .branch = "x", .target = "main"},
		"main\n"
		"image: :main :latest -> :main, :latest\n"},

	{"a fork's pull request",
		{"reg/app:v1", TWO, .branch = "x", .target = "main", .fork = FORK_YES},
		"x main master\n"
		"builder: :x-builder :main-builder :master-builder :builder -> -, -\n"
		"image: :x :main :master :latest -> -, -\n"},
	{"a fork's pull request under a branch's name",
		{"reg/app:v1 --cache-branch y --cache-shared always", NULL, .branch = "x",
			.target = "main", .fork = FORK_YES},
		"y main master\n"
		"image: :y :main :master :latest -> -, -\n"},
	{"a merge queue",
		{"reg/app:v1", TWO, .target = "next", .default_branch = "main", .merge_queue = true,
			.git_branch = "gh-readonly-queue/next/pr-1-0"},
		"next main\n"
		"builder: :next-builder :main-builder :builder -> -, -\n"
		"image: :next :main :latest -> -, -\n"},
	{"a merge queue into nothing known",
		{"reg/app:v1", NULL, .merge_queue = true, .git_branch = "x"},
		"main master\n"
		"image: :main :master :latest -> -, -\n"},
	{"a CI system that may hide a pull request, .git is on a branch",
		{"reg/app:v1", NULL, .fork = FORK_UNKNOWN, .git_branch = "main"},
		"main\n"
		"image: :main :latest -> :main, :latest\n"},
	{"a CI system that may hide a pull request, detached",
		{"reg/app:v1", NULL, .fork = FORK_UNKNOWN},
		"\n"
		"image: :latest -> -, -\n"},

	{".git alone", {"reg/app:v1", NULL, .git_branch = "topic", .git_default = "trunk"},
		"topic trunk\n"
		"image: :topic :trunk :latest -> :topic, -\n"},
	{".git alone, default branch", {"reg/app:v1", NULL, .git_branch = "x", .git_default = "x"},
		"x\n"
		"image: :x :latest -> :x, :latest\n"},
	{"the CI system goes before .git",
		{"reg/app:v1", NULL, .branch = "ci", .default_branch = "one", .git_branch = "git",
			.git_default = "two"},
		"ci one\n"
		"image: :ci :one :latest -> :ci, -\n"},
	{".git tells the default branch that the CI system does not",
		{"reg/app:v1", NULL, .branch = "ci", .git_branch = "git", .git_default = "two"},
		"ci two\n"
		"image: :ci :two :latest -> :ci, -\n"},
	{"no branch", {"reg/app:v1", TWO},
		"\n"
		"builder: :builder -> -, :builder\n"
		"image: :latest -> -, :latest\n"},
	{"no branch, but a fallback", {"reg/app:v1 --cache-fallback one", NULL},
		"one\n"
		"image: :one :latest -> -, :latest\n"},

	{"a tag is built", {"reg/app:v1", TWO, .tag = "v1", .default_branch = "trunk"},
		"trunk\n"
		"builder: :trunk-builder :builder -> -, -\n"
		"image: :trunk :latest -> -, -\n"},
	{"a tag is built, the default branch is not known", {"reg/app:v1", NULL, .tag = "v1"},
		"main master\n"
		"image: :main :master :latest -> -, -\n"},
	{"a tag is built, .git is on a branch",
		{"reg/app:v1", NULL, .tag = "v1", .git_branch = "main"},
		"main master\n"
		"image: :main :master :latest -> -, -\n"},
	{"a tag is built, always shared",
		{"reg/app:v1 --cache-shared always", NULL, .tag = "v1", .default_branch = "main"},
		"main\n"
		"image: :main :latest -> -, -\n"},
	{"a tag is built under a branch's name",
		{"reg/app:v1 --cache-branch release", NULL, .tag = "v1", .default_branch = "main"},
		"release main\n"
		"image: :release :main :latest -> :release, -\n"},

	{"--cache-branch",
		{"reg/app:v1 --cache-branch mine", NULL, .branch = "ci", .default_branch = "main",
			.git_branch = "git"},
		"mine main\n"
		"image: :mine :main :latest -> :mine, -\n"},
	{"--cache-branch is the default branch",
		{"reg/app:v1 --cache-branch main", NULL, .branch = "ci", .default_branch = "main"},
		"main\n"
		"image: :main :latest -> :main, :latest\n"},
	{"--cache-default-branch",
		{"reg/app:v1 --cache-default-branch topic", NULL, .branch = "topic",
			.default_branch = "main"},
		"topic\n"
		"image: :topic :latest -> :topic, :latest\n"},
	{"--cache-shared=always",
		{"reg/app:v1 --cache-shared always", TWO, .branch = "topic",
			.default_branch = "main"},
		"topic main\n"
		"builder: :topic-builder :main-builder :builder -> :topic-builder, :builder\n"
		"image: :topic :main :latest -> :topic, :latest\n"},
	{"--cache-shared=never", {"reg/app:v1 --cache-shared never", TWO, .branch = "main"},
		"main\n"
		"builder: :main-builder :builder -> :main-builder, -\n"
		"image: :main :latest -> :main, -\n"},
	{"--cache-shared=never without a branch", {"reg/app:v1 --cache-shared never", TWO},
		"\n"
		"builder: :builder -> -, -\n"
		"image: :latest -> -, -\n"},
	{"--cache-read-only", {"reg/app:v1 --cache-read-only", TWO, .branch = "main"},
		"main\n"
		"builder: :main-builder :builder -> -, -\n"
		"image: :main :latest -> -, -\n"},
	{"--cache-read-only goes before --cache-shared",
		{"reg/app:v1 --cache-read-only --cache-shared always", NULL, .branch = "main"},
		"main\n"
		"image: :main :latest -> -, -\n"},
	{"--cache-read-only without a branch", {"reg/app:v1 --cache-read-only", NULL},
		"\n"
		"image: :latest -> -, -\n"},

	{"--cache-key", {"reg/app:v1 --cache-key py3", TWO, .branch = "main"},
		"main\n"
		"builder: :main-py3-builder :py3-builder -> :main-py3-builder, :py3-builder\n"
		"image: :main-py3 :latest-py3 -> :main-py3, :latest-py3\n"},
	{"--cache-key of bytes no tag may hold",
		{"reg/app:v1 --cache-key a:b", TWO, .branch = "main"},
		"main\n"
		"builder: :main-a-b-builder-HASH :a-b-builder-HASH -> :main-a-b-builder-HASH, "
		":a-b-builder-HASH\n"
		"image: :main-a-b-HASH :latest-a-b-HASH -> :main-a-b-HASH, :latest-a-b-HASH\n"},
	{"--cache-prefix", {"reg/app:v1 --cache-prefix c.", TWO, .branch = "main"},
		"main\n"
		"builder: :c.main-builder :c.builder -> :c.main-builder, :c.builder\n"
		"image: :c.main :c.latest -> :c.main, :c.latest\n"},
	{"--cache-repo", {"reg/app:v1 --cache-repo other.io:5000/cache", TWO, .branch = "main"},
		"main\n"
		"builder: other.io:5000/cache:main-builder other.io:5000/cache:builder -> "
		"other.io:5000/cache:main-builder, other.io:5000/cache:builder\n"
		"image: other.io:5000/cache:main other.io:5000/cache:latest -> "
		"other.io:5000/cache:main, other.io:5000/cache:latest\n"},
	{"a port is no tag",
		{"localhost:5000/app", NULL, .branch = "topic", .default_branch = "main"},
		"topic main\n"
		"image: localhost:5000/app:topic localhost:5000/app:main localhost:5000/app:latest "
		"-> localhost:5000/app:topic, -\n"},

	{"a slash becomes a hyphen",
		{"reg/app:v1", TWO, .branch = "feature/x", .default_branch = "main"},
		"feature/x main\n"
		"builder: :feature-x-builder :main-builder :builder -> :feature-x-builder, -\n"
		"image: :feature-x :main :latest -> :feature-x, -\n"},
	{"another byte gets a hash too",
		{"reg/app:v1", TWO, .branch = "fix#1", .default_branch = "main"},
		"fix#1 main\n"
		"builder: :fix-1-HASH-builder :main-builder :builder -> :fix-1-HASH-builder, -\n"
		"image: :fix-1-HASH :main :latest -> :fix-1-HASH, -\n"},
	{"a branch called like a stage",
		{"reg/app:v1", TWO, .branch = "builder", .default_branch = "main"},
		"builder main\n"
		"builder: :builder-builder :main-builder :builder -> :builder-builder, -\n"
		"image: :builder-HASH :main :latest -> :builder-HASH, -\n"},
	{"a branch called like a stage the target does not need",
		{"reg/app:v1", "FROM a AS unused\nFROM b\n", .branch = "unused",
			.default_branch = "main"},
		"unused main\n"
		"image: :unused-HASH :main :latest -> :unused-HASH, -\n"},
	{"a branch called latest",
		{"reg/app:v1", TWO, .branch = "latest", .default_branch = "main"},
		"latest main\n"
		"builder: :latest-builder :main-builder :builder -> :latest-builder, -\n"
		"image: :latest-HASH :main :latest -> :latest-HASH, -\n"},
	{"a default branch called latest",
		{"reg/app:v1", NULL, .branch = "latest", .default_branch = "latest"},
		"latest\n"
		"image: :latest-HASH :latest -> :latest-HASH, :latest\n"},
	{"a branch called latest, prefixed",
		{"reg/app:v1 --cache-prefix c-", NULL, .branch = "latest",
			.default_branch = "main"},
		"latest main\n"
		"image: :c-latest-HASH :c-main :c-latest -> :c-latest-HASH, -\n"},
	{"a branch called latest, in a variant",
		{"reg/app:v1 --cache-key k", NULL, .branch = "latest", .default_branch = "main"},
		"latest main\n"
		"image: :latest-HASH-k :main-k :latest-k -> :latest-HASH-k, -\n"},
	{"a branch that becomes a stage's tag",
		{"reg/app:v1", "FROM a AS a-b\nFROM a-b\n", .branch = "a/b",
			.default_branch = "main"},
		"a/b main\n"
		"a-b: :a-b-a-b :main-a-b :a-b -> :a-b-a-b, -\n"
		"image: :a-b-HASH :main :latest -> :a-b-HASH, -\n"},
	{"a branch's stage that becomes another stage's tag",
		{"reg/app:v1", "FROM x AS builder\nFROM x AS a-builder\nFROM builder\n",
			.branch = "a", .default_branch = "main"},
		"a main\n"
		"builder: :a-HASH-builder :main-builder :builder -> :a-HASH-builder, -\n"
		"image: :a :main :latest -> :a, -\n"},
	{"a stage called latest, prefixed",
		{"reg/app:v1 --cache-prefix c-", "FROM a AS latest\nFROM latest\n",
			.branch = "main"},
		"main\n"
		"latest: :c-main-latest :c-latest-HASH -> :c-main-latest, :c-latest-HASH\n"
		"image: :c-main :c-latest -> :c-main, :c-latest\n"},
	{"a stage called latest",
		{"reg/app:v1", "FROM a AS latest\nFROM latest\n", .branch = "main"},
		"main\n"
		"latest: :main-latest :latest-HASH -> :main-latest, :latest-HASH\n"
		"image: :main :latest -> :main, :latest\n"},

	{"a stage called like IMAGE's tag",
		{"reg/app:prod", "FROM a AS prod\nFROM prod\n", .branch = "main"},
		"main\n"
		"prod: :main-prod :prod-HASH -> :main-prod, :prod-HASH\n"
		"image: :main :latest -> :main, :latest\n"},
	{"a branch's stage called like IMAGE's tag",
		{"reg/app:main-builder", TWO, .branch = "main"},
		"main\n"
		"builder: :main-HASH-builder :builder -> :main-HASH-builder, :builder\n"
		"image: :main :latest -> :main, :latest\n"},
	{"a stage called like a -t",
		{"reg/app:v1 -t reg/app:prod . -t elsewhere/app:builder",
			"FROM a AS prod\nFROM prod AS builder\nFROM builder\n", .branch = "main"},
		"main\n"
		"prod: :main-prod :prod-HASH -> :main-prod, :prod-HASH\n"
		"builder: :main-builder :builder -> :main-builder, :builder\n"
		"image: :main :latest -> :main, :latest\n"},
	{"IMAGE's repository written in full",
		{"-t app:prod -t docker.io/library/app:builder . --push",
			"FROM a AS prod\nFROM prod AS builder\nFROM builder\n", .branch = "main"},
		"main\n"
		"prod: app:main-prod app:prod-HASH -> app:main-prod, app:prod-HASH\n"
		"builder: app:main-builder app:builder-HASH -> app:main-builder, app:builder-HASH\n"
		"image: app:main app:latest -> app:main, app:latest\n"},
	{"like IMAGE's tag, but kept in another repository",
		{"reg/app:prod --cache-repo reg/cache", "FROM a AS prod\nFROM prod\n",
			.branch = "main"},
		"main\n"
		"prod: reg/cache:main-prod reg/cache:prod -> reg/cache:main-prod, reg/cache:prod\n"
		"image: reg/cache:main reg/cache:latest -> reg/cache:main, reg/cache:latest\n"},

	{"ways to write the default Dockerfile",
		{"reg/app:v1 -f .//Dockerfile ./", NULL, .branch = "main"},
		"main\n"
		"image: :main :latest -> :main, :latest\n"},
	{"more ways", {"reg/app:v1 -f sub/Dockerfile ./sub/", NULL, .branch = "main"},
		"main\n"
		"image: :main :latest -> :main, :latest\n"},
	{"not the default one of this context",
		{"reg/app:v1 -f Dockerfile sub", NULL, .branch = "main"},
		"main\n"
		"image: :main-Dockerfile :latest-Dockerfile -> :main-Dockerfile, "
		":latest-Dockerfile\n"},
	{"an empty --target",
		{"reg/app:v1 --target=", NULL, .branch = "a", .default_branch = "main"},
		"a main\n"
		"image: :a :main :latest -> :a, -\n"},
	{"a --target in a file that is not known",
		{"reg/app:v1 --target Test", NULL, .branch = "main"},
		"main\n"
		"image: :main-test :test -> :main-test, :test\n"},
	{"IMAGE is the branch's tag, and is pushed",
		{"reg/app:topic", NULL, .branch = "topic", .default_branch = "main"},
		"topic main\n"
		"image: :topic :main :latest -> -, -\n"},
	{"IMAGE is the branch's tag, and is not pushed",
		{"reg/app:topic --push=false", NULL, .branch = "topic", .default_branch = "main"},
		"topic main\n"
		"image: :topic :main :latest -> -, -\n"},
	{"IMAGE is the branch's tag, drop-in form",
		{"-t reg/app:topic .", NULL, .branch = "topic", .default_branch = "main"},
		"topic main\n"
		"image: :topic :main :latest -> -, -\n"},
	{"IMAGE without tag is latest, and is pushed", {"reg/app", NULL, .branch = "main"},
		"main\n"
		"image: :main :latest -> :main, -\n"},
	{"IMAGE is latest, and is not pushed", {"-t reg/app:latest .", NULL, .branch = "main"},
		"main\n"
		"image: :main :latest -> :main, -\n"},

	{"-f with the default name", {"reg/app:v1 -f Dockerfile", NULL, .branch = "main"},
		"main\n"
		"image: :main :latest -> :main, :latest\n"},
	{"-f ./Dockerfile", {"reg/app:v1 -f ./Dockerfile", NULL, .branch = "main"},
		"main\n"
		"image: :main :latest -> :main, :latest\n"},
	{"-f CONTEXT/Dockerfile",
		{"reg/app:v1 sub/dir -f sub/dir/Dockerfile", NULL, .branch = "main"},
		"main\n"
		"image: :main :latest -> :main, :latest\n"},
	{"-f CONTEXT/dockerfile", {"reg/app:v1 sub -f sub/dockerfile", NULL, .branch = "main"},
		"main\n"
		"image: :main :latest -> :main, :latest\n"},
	{"-f -", {"reg/app:v1 -f -", NULL, .branch = "main"},
		"main\n"
		"image: :main :latest -> :main, :latest\n"},
	{"-f with another name", {"reg/app:v1 -f Dockerfile.dev", TWO, .branch = "main"},
		"main\n"
		"builder: :main-Dockerfile.dev-builder :Dockerfile.dev-builder -> "
		":main-Dockerfile.dev-builder, :Dockerfile.dev-builder\n"
		"image: :main-Dockerfile.dev :latest-Dockerfile.dev -> :main-Dockerfile.dev, "
		":latest-Dockerfile.dev\n"},
	{"-f CONTEXT/other", {"reg/app:v1 sub -f sub/other", NULL, .branch = "main"},
		"main\n"
		"image: :main-other :latest-other -> :main-other, :latest-other\n"},
	{"-f dir/Dockerfile", {"reg/app:v1 . -f docker/Dockerfile", NULL, .branch = "main"},
		"main\n"
		"image: :main-docker-Dockerfile :latest-docker-Dockerfile -> "
		":main-docker-Dockerfile, :latest-docker-Dockerfile\n"},
	{"-f ./other", {"reg/app:v1 sub -f ./other", NULL, .branch = "main"},
		"main\n"
		"image: :main-other :latest-other -> :main-other, :latest-other\n"},
	{"-f and --cache-key", {"reg/app:v1 -f x --cache-key k", NULL, .branch = "main"},
		"main\n"
		"image: :main-k-x :latest-k-x -> :main-k-x, :latest-k-x\n"},

	{"--target that is the last stage",
		{"reg/app:v1 --target last", "FROM a AS builder\nFROM builder AS last\n",
			.branch = "main"},
		"main\n"
		"builder: :main-builder :builder -> :main-builder, :builder\n"
		"image: :main :latest -> :main, :latest\n"},
	{"--target that is not the last stage",
		{"reg/app:v1 --target Test",
			"FROM a AS builder\nFROM builder AS test\nFROM builder\n",
			.branch = "main"},
		"main\n"
		"builder: :main-builder :builder -> :main-builder, :builder\n"
		"image: :main-test :test -> :main-test, :test\n"},
	{"--target called like IMAGE's tag",
		{"reg/app:test --target test", "FROM a AS test\nFROM test\n", .branch = "main"},
		"main\n"
		"image: :main-test :test-HASH -> :main-test, :test-HASH\n"},
	{"--target of a Dockerfile that is not known",
		{"reg/app:v1 --target test", NULL, .branch = "main"},
		"main\n"
		"image: :main-test :test -> :main-test, :test\n"},

	{"stages the target does not need, unnamed ones, the target",
		{"reg/app:v1",
			"FROM a AS one\nFROM b\nFROM one AS two\nFROM c AS other\nFROM two AS "
			"last\nCOPY --from=1 /x /x\n",
			.branch = "main"},
		"main\n"
		"one: :main-one :one -> :main-one, :one\n"
		"stage-1: :main-stage-1 :stage-1 -> :main-stage-1, :stage-1\n"
		"two: :main-two :two -> :main-two, :two\n"
		"image: :main :latest -> :main, :latest\n"},
	{"two stages of one name: only the last can be built by it",
		{"reg/app:v1",
			"FROM a AS x\nFROM x AS y\nFROM b AS x\nFROM y\nCOPY --from=x /x /x\n",
			.branch = "main"},
		"main\n"
		"y: :main-y :y -> :main-y, :y\n"
		"x: :main-x :x -> :main-x, :x\n"
		"image: :main :latest -> :main, :latest\n"},
	{"--cache-stage, in any case",
		{"reg/app:v1 --cache-stage TWO", "FROM a AS one\nFROM one AS two\nFROM two\n",
			.branch = "main"},
		"main\n"
		"two: :main-two :two -> :main-two, :two\n"
		"image: :main :latest -> :main, :latest\n"},
	{"--cache-stage of a Dockerfile that is not known",
		{"reg/app:v1 --cache-stage one", NULL, .branch = "main"},
		"main\n"
		"image: :main :latest -> :main, :latest\n"},
	{"a stage's name too long for a tag's end",
		{"reg/app:v1", "FROM a AS " LONG_STAGE "\nFROM " LONG_STAGE "\n", .branch = "main"},
		"main\n" LONG_STAGE
		": :main-s23456789012345678901234567890123456789012345678901234-HASH :" LONG_STAGE
		" -> :main-s23456789012345678901234567890123456789012345678901234-HASH, "
		":" LONG_STAGE "\n"
		"image: :main :latest -> :main, :latest\n"},
};

/* Adds a reference, shortened: see rows. */
static void
add_ref(struct strbuf *out, const char *ref)
{
	static const char hex[] = "0123456789abcdef";

	if (!ref) {
		strbuf_addch(out, '-');
		return;
	}
	if (str_skip_prefix(ref, "reg/app:"))
		ref += strlen("reg/app");
	while (*ref) {
		if (*ref == '-' && strspn(ref + 1, hex) == 8) {
			strbuf_addstr(out, "-HASH");
			ref += 9;
		} else {
			strbuf_addch(out, *ref++);
		}
	}
}

static void
add_refs(struct strbuf *out, const struct cache_refs *refs)
{
	size_t i, j;

	for (i = 0; i < refs->branches.nr; i++)
		strbuf_addf(out, "%s%s", i ? " " : "", refs->branches.v[i]);
	strbuf_addch(out, '\n');
	for (i = 0; i < refs->nr; i++) {
		const struct cache_entry *entry = &refs->entries[i];

		strbuf_addf(out, "%s:", entry->name ? entry->name : "image");
		for (j = 0; j < entry->lookup.nr; j++) {
			strbuf_addch(out, ' ');
			add_ref(out, entry->lookup.v[j]);
		}
		strbuf_addstr(out, " -> ");
		add_ref(out, entry->store_branch);
		strbuf_addstr(out, ", ");
		add_ref(out, entry->store_shared);
		strbuf_addch(out, '\n');
	}
}

/* What add says of each row is what the row wants; where the names are refused, why. */
static void
expect_rows(const struct row *table, size_t nr,
	void (*add)(struct strbuf *out, const struct cache_refs *refs))
{
	unsigned bad = 0;
	size_t i;

	for (i = 0; i < nr; i++) {
		struct scene s;
		struct strbuf got;

		strbuf_init(&got);
		scene_open(&s, &table[i].setting);
		if (s.good)
			add(&got, &s.refs);
		else
			strbuf_add(&got, s.err.buf, s.err.len);
		bad += !expect_same(table[i].name, got.buf, table[i].want);
		strbuf_release(&got);
		scene_close(&s);
	}
	assert_int_equal(bad, 0);
}

static void
names(void **state)
{
	(void)state;
	expect_rows(rows, ARRAY_SIZE(rows), add_refs);
}

/*
 * The exported caches: a line for each entry: the references it is looked for under, and behind the
 * arrow those it is stored under.
 */
static const struct row exports[] = {
	{"exports: a branch", {"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"},
		"builder: :topic-builder.cache :main-builder.cache :builder.cache -> "
		":topic-builder.cache, -\n"
		"image: :topic.cache :main.cache :latest.cache -> :topic.cache, -\n"},
	{"exports: the default branch", {"reg/app:v1", TWO, .branch = "main"},
		"builder: :main-builder.cache :builder.cache -> :main-builder.cache, "
		":builder.cache\n"
		"image: :main.cache :latest.cache -> :main.cache, :latest.cache\n"},
	{"exports: no branch", {"reg/app:v1", TWO},
		"builder: :builder.cache -> -, :builder.cache\n"
		"image: :latest.cache -> -, :latest.cache\n"},
	{"exports: read-only", {"reg/app:v1 --cache-read-only", TWO, .branch = "main"},
		"builder: :main-builder.cache :builder.cache -> -, -\n"
		"image: :main.cache :latest.cache -> -, -\n"},
	{"exports: a fork", {"reg/app:v1", TWO, .branch = "x", .target = "main", .fork = FORK_YES},
		"builder: :x-builder.cache :main-builder.cache :master-builder.cache "
		":builder.cache -> -, -\n"
		"image: :x.cache :main.cache :master.cache :latest.cache -> -, -\n"},
	{"exports: IMAGE has the branch's tag, whose image is not stored, but its cache is",
		{"reg/app:main", NULL, .branch = "main"},
		"image: :main.cache :latest.cache -> :main.cache, :latest.cache\n"},
	{"exports: IMAGE has the tag of a cache", {"reg/app:main.cache", NULL, .branch = "main"},
		"image: :main-HASH.cache :latest.cache -> :main-HASH.cache, :latest.cache\n"},
	{"exports: a -t has the tag of a stage's cache",
		{"-t reg/app:v1 -t reg/app:builder.cache .", TWO, .branch = "main"},
		"builder: :main-builder.cache :builder-HASH.cache -> :main-builder.cache, "
		":builder-HASH.cache\n"
		"image: :main.cache :latest.cache -> :main.cache, :latest.cache\n"},
	{"exports: IMAGE has the tag of a cache, in another repository",
		{"reg/app:main.cache --cache-repo reg/cache", NULL, .branch = "main"},
		"image: reg/cache:main.cache reg/cache:latest.cache -> reg/cache:main.cache, "
		"reg/cache:latest.cache\n"},
	{"exports: a stage whose name ends as caches do",
		{"reg/app:v1", "FROM a AS x\nFROM x AS x.cache\nFROM x.cache\n", .branch = "main"},
		"x: :main-x.cache.cache :x.cache.cache -> :main-x.cache.cache, :x.cache.cache\n"
		"x.cache: :main-x.cache.cache.cache :x.cache.cache.cache -> "
		":main-x.cache.cache.cache, :x.cache.cache.cache\n"
		"image: :main.cache.cache :latest.cache.cache -> :main.cache.cache, "
		":latest.cache.cache\n"},
	{"exports: and one whose name ends as those do then",
		{"reg/app:v1",
			"FROM a AS x.cache\nFROM x.cache AS x.cache.cache\nFROM x.cache.cache\n"},
		"x.cache: :x.cache.cache.cache.cache -> -, :x.cache.cache.cache.cache\n"
		"x.cache.cache: :x.cache.cache.cache.cache.cache -> -, "
		":x.cache.cache.cache.cache.cache\n"
		"image: :latest.cache.cache.cache -> -, :latest.cache.cache.cache\n"},
	{"exports: a stage called so alone", {"reg/app:v1", "FROM a AS cache\nFROM cache\n"},
		"cache: :cache.cache -> -, :cache.cache\n"
		"image: :latest.cache -> -, :latest.cache\n"},
	{"exports: a branch called as a cache", {"reg/app:v1", TWO, .branch = "main.cache"},
		"builder: :main.cache-builder.cache :main-builder.cache :master-builder.cache "
		":builder.cache -> :main.cache-builder.cache, -\n"
		"image: :main.cache-HASH.cache :main.cache :master.cache :latest.cache -> "
		":main.cache-HASH.cache, -\n"},
	{"exports: a branch called as what goes ahead of one",
		{"reg/app:v1", TWO, .branch = "main.base"},
		"builder: :main.base-builder.cache :main-builder.cache :master-builder.cache "
		":builder.cache -> :main.base-builder.cache, -\n"
		"image: :main.base-HASH.cache :main.cache :master.cache :latest.cache -> "
		":main.base-HASH.cache, -\n"},
	{"exports: a long name",
		{"reg/app:v1",
			"FROM a AS " LONG_STAGE LONG_STAGE "\nFROM " LONG_STAGE LONG_STAGE "\n",
			.branch = "main"},
		"s234567890123456789012345678901234567890123456789012345678901234567890s23456789012"
		"3456789012345678901234567890123456789012345678901234567890: "
		":main-s23456789012345678901234567890123456789012345678901234-HASH.cache "
		":s234567890123456789012345678901234567890123456789012345678901234567890s2345678901"
		"23456789012345678901234567890123-HASH.cache -> "
		":main-s23456789012345678901234567890123456789012345678901234-HASH.cache, "
		":s234567890123456789012345678901234567890123456789012345678901234567890s2345678901"
		"23456789012345678901234567890123-HASH.cache\n"
		"image: :main.cache :latest.cache -> :main.cache, :latest.cache\n"},
	{"exports: a key", {"reg/app:v1 --cache-key k", TWO, .branch = "main"},
		"builder: :main-k-builder.cache :k-builder.cache -> :main-k-builder.cache, "
		":k-builder.cache\n"
		"image: :main-k.cache :latest-k.cache -> :main-k.cache, :latest-k.cache\n"},
};

static void
add_exports(struct strbuf *out, const struct cache_refs *refs)
{
	size_t i, j;

	for (i = 0; i < refs->nr; i++) {
		const struct cache_entry *entry = &refs->entries[i];

		strbuf_addf(out, "%s:", entry->name ? entry->name : "image");
		for (j = 0; j < entry->exports.nr; j++) {
			strbuf_addch(out, ' ');
			add_ref(out, entry->exports.v[j]);
		}
		strbuf_addstr(out, " -> ");
		add_ref(out, entry->export_branch);
		strbuf_addstr(out, ", ");
		add_ref(out, entry->export_shared);
		strbuf_addch(out, '\n');
	}
}

static void
export_names(void **state)
{
	(void)state;
	expect_rows(exports, ARRAY_SIZE(exports), add_exports);
}

/* Where a base is sent ahead. */
static const struct row aheads[] = {
	{"ahead: of a branch", {"reg/app:v1", TWO, .branch = "feature/x"}, ":feature-x.base.cache"},
	{"ahead: un-prefixed", {"reg/app:v1", TWO}, ":latest.base.cache"},
	{"ahead: nothing is stored", {"reg/app:v1 --cache-read-only", TWO, .branch = "main"}, "-"},
	{"ahead: under no name", {"reg/app:v1 --cache-shared never", TWO}, "-"},
	{"ahead: a repository for caches, a key",
		{"reg/app:v1 --cache-repo reg/cache --cache-key k", TWO, .branch = "main"},
		"reg/cache:main-k.base.cache"},
	{"ahead: IMAGE has that tag", {"reg/app:main.base.cache", TWO, .branch = "main"},
		":main.base-HASH.cache"},
	{"ahead: a branch called so has its cache elsewhere, see below",
		{"reg/app:v1", TWO, .branch = "main.base"}, ":main.base-HASH.base.cache"},
	{"ahead: a stage called so", {"reg/app:v1", "FROM a AS x.base\nFROM x.base\n"},
		":latest.base.base.cache"},
};

static void
add_ahead(struct strbuf *out, const struct cache_refs *refs)
{
	add_ref(out, refs->ahead);
}

static void
ahead_names(void **state)
{
	(void)state;
	expect_rows(aheads, ARRAY_SIZE(aheads), add_ahead);
}

/* Who said which branch it is, for messages; and what goes with that. */
static const struct {
	const char *name;
	struct setting setting;
	const char *branch, *from;
	const char *not_stored;
	bool own_first;
} origins[] = {
	{"--cache-branch", {"reg/app --cache-branch x", NULL, .branch = "y"}, "x", "--cache-branch",
		NULL, true},
	{"CI", {"reg/app", NULL, .branch = "y", .git_branch = "z"}, "y", "some CI", NULL, true},
	{".git", {"reg/app", NULL, .git_branch = "z"}, "z", ".git", NULL, true},
	{".git, where the CI system does not tell",
		{"reg/app", NULL, .default_branch = "main", .git_branch = "z"}, "z", ".git", NULL,
		true},
	{"nobody", {"reg/app", NULL}, NULL, NULL, NULL, false},
	{"a tag", {"reg/app", NULL, .tag = "v1", .git_branch = "z"}, NULL, "some CI",
		"a tag is built", false},
};

static void
branch_origin(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(origins); i++) {
		const char *name = origins[i].name;
		struct scene s;

		scene_open(&s, &origins[i].setting);
		assert_true(s.good);
		bad += !expect_same(name, s.refs.branch ? s.refs.branch : "none",
			origins[i].branch ? origins[i].branch : "none");
		if (origins[i].from || s.refs.branch_from)
			bad += !expect_same(name, s.refs.branch_from ? s.refs.branch_from : "none",
				origins[i].from ? origins[i].from : "none");
		bad += !expect_same(name, s.refs.not_stored ? s.refs.not_stored : "stored",
			origins[i].not_stored ? origins[i].not_stored : "stored");
		bad += !expect_number(
			name, "own first", cache_refs_own_first(&s.refs), origins[i].own_first);
		scene_close(&s);
	}
	assert_int_equal(bad, 0);
}

#define PULL         .branch = "x", .target = "dev", .default_branch = "main"
#define FORK         "the pull request comes from a fork"
#define LIKE_TARGET  "the pull request's caches are called like those of the branch it goes into"
#define LIKE_DEFAULT "the pull request's caches are called like those of the default branch"
#define RIGHTS       "a fork's pull request may be run with the rights of its target"
#define NOT_KNOWN    "it is not known whether the pull request comes from a fork"

/* Why nothing is stored, and why IMAGE is not pushed; NULL: it is. */
static const struct {
	const char *name;
	struct setting setting;
	const char *not_stored, *not_pushed;
} refusals[] = {
	{"a branch", {"reg/app", NULL, .branch = "x"}, NULL, NULL},
	{"--cache-read-only", {"reg/app --cache-read-only", NULL, .branch = "x"},
		"--cache-read-only", NULL},
	{"a pull request", {"reg/app", NULL, PULL}, NULL, NULL},
	{"a pull request with its target's rights", {"reg/app", NULL, PULL, .privileged = true},
		NULL, NULL},
	{"a fork", {"reg/app", NULL, PULL, .fork = FORK_YES}, FORK, FORK},
	{"a fork and --cache-branch", {"reg/app --cache-branch y", NULL, PULL, .fork = FORK_YES},
		FORK, FORK},
	{"a fork and --push", {"reg/app --push", NULL, PULL, .fork = FORK_YES}, FORK, FORK},
	{"a fork and --cache-read-only",
		{"reg/app --cache-read-only", NULL, PULL, .fork = FORK_YES}, "--cache-read-only",
		FORK},
	{"a fork whose branch is not known", {"reg/app", NULL, .target = "dev", .fork = FORK_YES},
		FORK, FORK},
	{"a fork called like the target",
		{"reg/app", NULL, .branch = "dev", .target = "dev", .fork = FORK_YES}, FORK, FORK},
	{"a fork with its target's rights",
		{"reg/app", NULL, PULL, .fork = FORK_YES, .privileged = true}, RIGHTS, RIGHTS},
	{"perhaps a fork with its target's rights",
		{"reg/app", NULL, PULL, .fork = FORK_UNKNOWN, .privileged = true}, RIGHTS, RIGHTS},
	{"perhaps a fork with its target's rights, and --cache-branch",
		{"reg/app --cache-branch y", NULL, PULL, .fork = FORK_UNKNOWN, .privileged = true},
		RIGHTS, RIGHTS},
	{"perhaps a fork", {"reg/app", NULL, PULL, .fork = FORK_UNKNOWN}, NOT_KNOWN, NULL},
	{"perhaps a fork, and --cache-branch",
		{"reg/app --cache-branch y", NULL, PULL, .fork = FORK_UNKNOWN}, NULL, NULL},
	{"branch not known", {"reg/app", NULL, .target = "dev"},
		"the pull request's branch is not known", NULL},
	{"called like the target", {"reg/app", NULL, .branch = "dev", .target = "dev"}, LIKE_TARGET,
		NULL},
	{"called like the default branch",
		{"reg/app", NULL, .branch = "main", .target = "dev", .default_branch = "main"},
		LIKE_DEFAULT, NULL},
	{"called as default branches are", {"reg/app", NULL, .branch = "master", .target = "dev"},
		LIKE_DEFAULT, NULL},
	{"with the target's tags", {"reg/app", NULL, .branch = "next-1", .target = "next/1"},
		LIKE_TARGET, NULL},
	{"with a tag of a stage of the target's",
		{"reg/app", TWO, .branch = "a-builder", .target = "a"}, LIKE_TARGET, NULL},
	{"a stage's with the target's own tag",
		{"reg/app", TWO, .branch = "a", .target = "a-builder"}, LIKE_TARGET, NULL},
	{"with a tag of the default branch's",
		{"reg/app", TWO, .branch = "main-builder", .target = "a", .default_branch = "main"},
		LIKE_DEFAULT, NULL},
	{"with such tags, and --cache-branch",
		{"reg/app --cache-branch y", NULL, .branch = "next-1", .target = "next/1"}, NULL,
		NULL},
	{"a tag", {"reg/app", NULL, .tag = "v1"}, "a tag is built", NULL},
	{"a merge queue", {"reg/app", NULL, .target = "main", .merge_queue = true},
		"a merge queue is built", NULL},
	{"a merge queue and --cache-branch",
		{"reg/app --cache-branch y", NULL, .target = "main", .merge_queue = true}, NULL,
		NULL},
	{"a system that may hide a pull request", {"reg/app", NULL, .fork = FORK_UNKNOWN},
		"it is not known whether a pull request is built", NULL},
	{"a system that may hide a pull request, and --cache-branch",
		{"reg/app --cache-branch y", NULL, .fork = FORK_UNKNOWN}, NULL, NULL},
};

static void
refused(void **state)
{
	unsigned bad = 0;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		const char *name = refusals[i].name, *stored = refusals[i].not_stored;
		const char *pushed = refusals[i].not_pushed;
		struct scene s;

		scene_open(&s, &refusals[i].setting);
		assert_true(s.good);
		bad += !expect_same(name, s.refs.not_stored ? s.refs.not_stored : "stored",
			stored ? stored : "stored");
		bad += !expect_same(name, s.refs.not_pushed ? s.refs.not_pushed : "pushed",
			pushed ? pushed : "pushed");
		for (j = 0; stored && j < s.refs.nr; j++) {
			assert_null(s.refs.entries[j].store_branch);
			assert_null(s.refs.entries[j].store_shared);
		}
		scene_close(&s);
	}
	assert_int_equal(bad, 0);
}

static void
unknown_cache_stage(void **state)
{
	static const struct setting setting = {
		"reg/app --cache-stage builder --cache-stage a'\033b",
		"FROM a AS builder\nFROM b\nFROM c AS other\n"};
	struct scene s;

	(void)state;
	scene_open(&s, &setting);
	assert_false(s.good);
	expect_text("message", s.err.buf,
		"--cache-stage: no stage is called 'a'\\033b'; there are: builder stage-1 other");
	scene_close(&s);
}

static void
final_entry_and_local_tags(void **state)
{
	static const struct setting setting = {
		"reg/app:v1 --cache-read-only", TWO, .branch = "topic"};
	static const struct setting nobody = {"reg/app:v1", TWO};
	const struct cache_entry *final;
	struct scene s;

	(void)state;
	scene_open(&s, &setting);
	final = cache_refs_final(&s.refs);
	assert_ptr_equal(final, &s.refs.entries[1]);
	assert_null(final->name);
	assert_int_equal(final->stage, 1);
	assert_int_equal(s.refs.entries[0].stage, 0);
	/* the engine is ours to tag in, read-only or not */
	expect_text("final", cache_entry_local(final), "reg/app:topic");
	expect_text("stage", cache_entry_local(&s.refs.entries[0]), "reg/app:topic-builder");
	scene_close(&s);

	scene_open(&s, &nobody);
	expect_text("no branch", cache_entry_local(cache_refs_final(&s.refs)), "reg/app:latest");
	scene_close(&s);
}

/* What a branch may be called to do harm, beside the random names below. */
static const char *const hostile[] = {
	".",
	"..",
	"-",
	"-rf",
	"--push",
	"/",
	"//",
	"a b",
	"a\nb",
	"a\r\nb",
	"$(reboot)",
	"`reboot`",
	"a;b|c&d",
	"'",
	"\"",
	"\\",
	"*",
	"~",
	"@{-1}",
	"a:b",
	"a@sha256:0",
	"\033[31mred",
	"\xff\xfe",
	"\xc3\xa9t\xc3\xa9",
	"LATEST",
	"Latest",
	"Builder",
	"\001",
	"main.cache",
	"latest.cache",
	"latest-builder.cache",
	".cache",
	"gh-readonly-queue/main/pr-1-0123456789012345678901234567890123456789",
};

/*
 * Whatever the branch is called: each reference is legal, nothing of a branch is stored where the
 * others look for what they share, or under one of the user's own tags, and no two entries meet.
 */
static unsigned
check_exports(const struct scene *s, const struct cache_entry *entry)
{
	struct image_ref ref;
	unsigned bad = 0;
	size_t i, j;

	for (i = 0; i < entry->exports.nr; i++) {
		bad += !image_ref_parse(&ref, entry->exports.v[i], NULL) || !ref.tag;
		image_ref_release(&ref);
		bad += str_eq(entry->exports.v[i], s->o.image);
		for (j = 0; j < s->refs.nr; j++)
			bad += strvec_has(&s->refs.entries[j].lookup, entry->exports.v[i]);
	}
	bad += !str_eq(entry->export_branch, entry->exports.v[0]);
	bad += entry->export_shared != NULL;
	return bad;
}

static unsigned
check_branch(const char *branch, const char *args)
{
	const struct setting setting = {args, TWO, .branch = branch, .default_branch = "main"};
	struct image_ref ref;
	unsigned bad = 0;
	size_t i, j;
	struct scene s;

	scene_open(&s, &setting);
	assert_true(s.good);
	for (i = 0; i < s.refs.nr; i++) {
		const struct cache_entry *entry = &s.refs.entries[i];

		for (j = 0; j < entry->lookup.nr; j++) {
			bad += !image_ref_parse(&ref, entry->lookup.v[j], NULL) || !ref.tag;
			image_ref_release(&ref);
		}
		bad += !str_eq(entry->store_branch, entry->lookup.v[0]);
		bad += entry->store_shared != NULL;
		bad += check_exports(&s, entry);
		for (j = 0; j < s.refs.nr; j++) {
			const struct strvec *lookup = &s.refs.entries[j].lookup;

			bad += str_eq(entry->store_branch, lookup->v[lookup->nr - 1]);
			bad += i != j &&
			       str_eq(entry->store_branch, s.refs.entries[j].store_branch);
		}
	}
	bad += str_eq(s.refs.entries[0].store_branch, s.o.image);
	if (bad) {
		struct strbuf text;

		strbuf_init(&text);
		strbuf_add_visible(&text, branch);
		fprintf(stderr, "# branch '%s', %s\n", text.buf, args);
		strbuf_release(&text);
	}
	scene_close(&s);
	return bad;
}

static unsigned
check_branch_in_all_forms(const char *branch)
{
	return check_branch(branch, "reg/app:v1") +
	       check_branch(branch, "reg/app:v1 --cache-prefix 0123456789.-_abcdefghij012345678") +
	       check_branch(branch, "-t reg/app:v1-builder . --cache-key 3/x -f a/b/c#d") +
	       check_branch(branch, "reg/app");
}

static void
hostile_branches(void **state)
{
	unsigned bad = 0, seed = 1;
	char name[301];
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(hostile); i++)
		bad += check_branch_in_all_forms(hostile[i]);
	for (i = 1; i < sizeof(name); i++) {
		for (j = 0; j < i; j++) {
			seed = seed * 1103515245 + 12345;
			name[j] = (char)(seed >> 16);
			if (!name[j])
				name[j] = 'x';
		}
		name[i] = '\0';
		bad += check_branch_in_all_forms(name);
		memset(name, 'a', i);
		bad += check_branch_in_all_forms(name);
	}
	assert_int_equal(bad, 0);
}

/* Different names must not share a tag, unless '/' and '-' is all they differ in. */
static void
distinct_branches(void **state)
{
	static const char *const pairs[][2] = {
		{"a b", "a-b"},
		{"a b", "a\tb"},
		{"fix#1", "fix-1"},
		{"-a", "_a"},
		{".a", "_a"},
		{"/a", "_a"},
		{"\xc3\xa9", "\xc3\xa8"},
		{"0123456789012345678901234567890123456789012345678901234567890123456789"
		 "0123456789012345678901234567890123456789012345678901234567890123456789a",
			"01234567890123456789012345678901234567890123456789012345678901234567"
			"890123456789012345678901234567890123456789012345678901234567890123"
			"456789b"},
	};
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		const struct setting one = {"reg/app:v1", TWO, .branch = pairs[i][0]};
		const struct setting two = {"reg/app:v1", TWO, .branch = pairs[i][1]};
		struct scene a, b;

		scene_open(&a, &one);
		scene_open(&b, &two);
		if (str_eq(a.refs.entries[0].store_branch, b.refs.entries[0].store_branch) ||
			str_eq(a.refs.entries[1].store_branch, b.refs.entries[1].store_branch)) {
			fprintf(stderr, "# pair %zu shares a tag\n", i);
			bad++;
		}
		scene_close(&a);
		scene_close(&b);
	}
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(export_names),
		cmocka_unit_test(ahead_names),
		cmocka_unit_test(branch_origin),
		cmocka_unit_test(refused),
		cmocka_unit_test(unknown_cache_stage),
		cmocka_unit_test(final_entry_and_local_tags),
		cmocka_unit_test(hostile_branches),
		cmocka_unit_test(distinct_branches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
