#include "facts.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "expect.h"
#include "scene.h"

extern char **environ;

/*
 * Each row is a checkout of its own: files and folders are made in a new folder, which is the
 * working directory while facts are read. DIR in a text stands for that folder.
 */
struct file {
	const char *path; /* folders above it are made; one that ends in '/' is a folder itself */
	const char *text;
};

static char *
expand(const char *text, const char *dir)
{
	struct strbuf out;
	const char *mark;

	strbuf_init(&out);
	while ((mark = strstr(text, "DIR"))) {
		strbuf_add(&out, text, (size_t)(mark - text));
		strbuf_addstr(&out, dir);
		text = mark + 3;
	}
	strbuf_addstr(&out, text);
	return strbuf_detach(&out);
}

static void
make_file(const char *dir, const struct file *file)
{
	char *path = xasprintf("%s/%s", dir, file->path), *slash = path + strlen(dir), *text;
	int fd;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	if (file->text) {
		text = expand(file->text, dir);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
		close(fd);
		free(text);
	}
	free(path);
}

/* The real path of a new folder, as facts have it. */
static char *
make_checkout(const struct file *files, size_t nr)
{
	char *made = expect_folder(), *dir = realpath(made, NULL);
	size_t i;

	free(made);
	for (i = 0; i < nr && files[i].path; i++)
		make_file(dir, &files[i]);
	return dir;
}

/* Reads facts as if started in a folder below dir with these words. */
static void
read_in(struct facts *f, struct options *o, const char *dir, const char *cwd, const char *args)
{
	char *path = xasprintf("%s/%s", dir, cwd);
	int here = open(".", O_RDONLY | O_CLOEXEC);
	struct strbuf err;

	strbuf_init(&err);
	scene_options(o, args, &err);
	assert_int_equal(chdir(path), 0);
	facts_read(f, o);
	assert_int_equal(fchdir(here), 0);
	strbuf_release(&err);
	close(here);
	free(path);
}

/* ---- .git ---- */

#define HEAD(branch) ".git/HEAD", "ref: refs/heads/" branch "\n"
#define ORIGIN       "refs/remotes/origin/HEAD"

static const struct checkout {
	const char *name;
	const char *cwd;
	struct file files[8];
	bool in_git;
	const char *branch, *default_branch;
} checkouts[] = {
	{"a branch", "", {{HEAD("topic")}}, true, "topic", NULL},
	{"a branch with slashes", "", {{HEAD("feature/a/b")}}, true, "feature/a/b", NULL},
	{"no line end", "", {{".git/HEAD", "ref: refs/heads/topic"}}, true, "topic", NULL},
	{"another system's line end", "", {{".git/HEAD", "ref: refs/heads/topic\r\n"}}, true,
		"topic", NULL},
	{"bytes of any kind", "", {{HEAD("\xff\033 x")}}, true, "\xff\033 x", NULL},
	{"detached", "", {{".git/HEAD", "0123456789012345678901234567890123456789\n"}}, true, NULL,
		NULL},
	{"not on a branch", "", {{".git/HEAD", "ref: refs/remotes/origin/x\n"}}, true, NULL, NULL},
	{"no branch's name", "", {{HEAD("")}}, true, NULL, NULL},
	{"empty HEAD", "", {{".git/HEAD", ""}}, true, NULL, NULL},
	{"refs packed: references to references never are", "",
		{{HEAD("topic")}, {".git/" ORIGIN, "ref: refs/remotes/origin/trunk\n"},
			{".git/packed-refs",
				"# pack-refs with: peeled fully-peeled sorted \n"
				"0123456789012345678901234567890123456789 refs/heads/topic\n"
				"0123456789012345678901234567890123456789 "
				"refs/remotes/origin/HEAD\n"
				"0123456789012345678901234567890123456789 "
				"refs/remotes/origin/x\n"}},
		true, "topic", "trunk"},
	{"a branch without a commit, refs packed", "",
		{{HEAD("topic")}, {".git/packed-refs", "# pack-refs with: peeled\n"}}, true,
		"topic", NULL},
	{"the default branch", "",
		{{HEAD("topic")}, {".git/" ORIGIN, "ref: refs/remotes/origin/trunk\n"}}, true,
		"topic", "trunk"},
	{"the default branch, with a slash", "",
		{{HEAD("topic")}, {".git/" ORIGIN, "ref: refs/remotes/origin/a/b\n"}}, true,
		"topic", "a/b"},
	{"detached, the default branch known", "",
		{{".git/HEAD", "0123456789012345678901234567890123456789\n"},
			{".git/" ORIGIN, "ref: refs/remotes/origin/trunk\n"}},
		true, NULL, "trunk"},
	{"another remote's default branch", "",
		{{HEAD("topic")}, {".git/" ORIGIN, "ref: refs/remotes/fork/trunk\n"}}, true,
		"topic", NULL},
	{"below the top of the checkout", "a/b", {{HEAD("topic")}, {"a/b/", NULL}}, true, "topic",
		NULL},
	{"a checkout in a checkout", "in/a",
		{{HEAD("outer")}, {"in/.git/HEAD", "ref: refs/heads/inner\n"}, {"in/a/", NULL}},
		true, "inner", NULL},
	{"a worktree", "tree",
		{{"tree/.git", "gitdir: DIR/main/.git/worktrees/tree\n"},
			{"main/.git/HEAD", "ref: refs/heads/other\n"},
			{"main/.git/" ORIGIN, "ref: refs/remotes/origin/trunk\n"},
			{"main/.git/worktrees/tree/HEAD", "ref: refs/heads/topic\n"},
			{"main/.git/worktrees/tree/commondir", "../..\n"}},
		true, "topic", "trunk"},
	{"below the top of a worktree", "tree/a",
		{{"tree/.git", "gitdir: ../main/.git/worktrees/tree\n"}, {"tree/a/", NULL},
			{"main/.git/worktrees/tree/HEAD", "ref: refs/heads/topic\n"},
			{"main/.git/worktrees/tree/commondir", "../..\n"}},
		true, "topic", NULL},
	{"a submodule, which has a branch of its own", "sub",
		{{HEAD("outer")}, {"sub/.git", "gitdir: ../.git/modules/sub\n"},
			{".git/modules/sub/HEAD", "ref: refs/heads/inner\n"},
			{".git/modules/sub/" ORIGIN, "ref: refs/remotes/origin/trunk\n"},
			{".git/" ORIGIN, "ref: refs/remotes/origin/wrong\n"}},
		true, "inner", "trunk"},
	{"a detached submodule, as submodules are", "sub",
		{{HEAD("outer")}, {"sub/.git", "gitdir: ../.git/modules/sub\n"},
			{".git/modules/sub/HEAD", "0123456789012345678901234567890123456789\n"}},
		true, NULL, NULL},
	{"a detached worktree", "tree",
		{{HEAD("outer")}, {"tree/.git", "gitdir: DIR/.git/worktrees/tree\n"},
			{".git/" ORIGIN, "ref: refs/remotes/origin/trunk\n"},
			{".git/worktrees/tree/HEAD", "0123456789012345678901234567890123456789\n"},
			{".git/worktrees/tree/commondir", "../..\n"}},
		true, NULL, "trunk"},
	{"a worktree of a submodule", "tree",
		{{"tree/.git", "gitdir: DIR/.git/modules/sub/worktrees/tree\n"},
			{".git/HEAD", "ref: refs/heads/outer\n"},
			{".git/modules/sub/" ORIGIN, "ref: refs/remotes/origin/trunk\n"},
			{".git/modules/sub/worktrees/tree/HEAD", "ref: refs/heads/topic\n"},
			{".git/modules/sub/worktrees/tree/commondir", "DIR/.git/modules/sub\n"}},
		true, "topic", "trunk"},
	{"a worktree of refs kept otherwise", "tree",
		{{"tree/.git", "gitdir: DIR/.git/worktrees/tree\n"},
			{".git/worktrees/tree/HEAD", "ref: refs/heads/.invalid\n"},
			{".git/worktrees/tree/commondir", "../..\n"},
			{".git/refs/heads", "this repository uses the reftable format\n"}},
		true, NULL, NULL},
	{"HEAD is a folder", "", {{".git/HEAD/", NULL}}, true, NULL, NULL},
	{"a .git file that points nowhere", "", {{".git", "gitdir: DIR/gone\n"}}, true, NULL, NULL},
	{"refs kept otherwise (reftable)", "", {{".git/HEAD", "ref: refs/heads/.invalid\n"}}, true,
		NULL, NULL},
	{"a .git folder that is none", "in", {{HEAD("outer")}, {"in/.git/", NULL}}, true, "outer",
		NULL},
	{"no blank behind ref:", "", {{".git/HEAD", "ref:refs/heads/topic\n"}}, true, "topic",
		NULL},
	{"blanks behind ref:", "", {{".git/HEAD", "ref: \t refs/heads/topic\n"}}, true, "topic",
		NULL},
	{"no git", "", {{"x", "x\n"}}, false, NULL, NULL},
};

static void
git(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(checkouts); i++) {
		const struct checkout *row = &checkouts[i];
		char *dir = make_checkout(row->files, ARRAY_SIZE(row->files));
		struct options o;
		struct facts f;

		read_in(&f, &o, dir, row->cwd, "reg/app");
		bad += !expect_number(row->name, "in_git", f.in_git, row->in_git);
		bad += !expect_same(row->name, f.git_branch ? f.git_branch : "none",
			row->branch ? row->branch : "none");
		bad += !expect_same(row->name, f.git_default_branch ? f.git_default_branch : "none",
			row->default_branch ? row->default_branch : "none");
		facts_release(&f);
		options_release(&o);
		expect_remove(dir);
		free(dir);
	}
	assert_int_equal(bad, 0);
}

/* The checkout is the one we are in, and only where there is none the context's. */
static void
git_of_the_context(void **state)
{
	static const struct file files[] = {
		{"in/.git/HEAD", "ref: refs/heads/cwd\n"},
		{"context/.git/HEAD", "ref: refs/heads/context\n"},
		{"out/", NULL},
	};
	char *dir = make_checkout(files, ARRAY_SIZE(files));
	struct options o;
	struct facts f;

	(void)state;
	read_in(&f, &o, dir, "in", "reg/app ../context");
	expect_text("in a checkout", f.git_branch, "cwd");
	facts_release(&f);
	options_release(&o);
	read_in(&f, &o, dir, "out", "reg/app ../context");
	expect_text("outside of one", f.git_branch, "context");
	facts_release(&f);
	options_release(&o);
	expect_remove(dir);
	free(dir);
}

/* GIT_DIR goes before what is found, as for git. */
static const struct {
	const char *name, *value, *args;
	bool in_git;
	const char *branch; /* NULL: none */
} given[] = {
	{"relative", "other", "reg/app", true, "given"},
	{"absolute", "DIR/other", "reg/app", true, "given"},
	{"relative to where we are, not to the context", "other", "reg/app context", true, "given"},
	{"not there", "gone", "reg/app", false, NULL},
	{"not there, and the context is a checkout", "gone", "reg/app context", false, NULL},
	{"no git directory", "context", "reg/app", false, NULL},
	{"empty", "", "reg/app", true, "here"},
};

static void
git_dir_that_is_given(void **state)
{
	static const struct file files[] = {
		{".git/HEAD", "ref: refs/heads/here\n"},
		{"other/HEAD", "ref: refs/heads/given\n"},
		{"context/.git/HEAD", "ref: refs/heads/context\n"},
	};
	char *dir = make_checkout(files, ARRAY_SIZE(files));
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(given); i++) {
		char *value = expand(given[i].value, dir);
		struct options o;
		struct facts f;

		setenv("GIT_DIR", value, 1);
		read_in(&f, &o, dir, "", given[i].args);
		bad += !expect_number(given[i].name, "in_git", f.in_git, given[i].in_git);
		bad += !expect_same(given[i].name, f.git_branch ? f.git_branch : "none",
			given[i].branch ? given[i].branch : "none");
		facts_release(&f);
		options_release(&o);
		free(value);
	}
	unsetenv("GIT_DIR");
	assert_int_equal(bad, 0);
	expect_remove(dir);
	free(dir);
}

/* ---- The event file ---- */

#define EVENT "{\"repository\":{\"default_branch\":\"trunk\"}}"

static const struct {
	const char *name, *path;
	struct file files[2];
	const char *default_branch; /* NULL: it is not read */
} events[] = {
	{"there", "DIR/event.json", {{"event.json", EVENT}}, "trunk"},
	{"relative", "event.json", {{"event.json", EVENT}}, "trunk"},
	{"not there", "event.json", {{"x", EVENT}}, NULL},
	{"a folder", "event.json", {{"event.json/", NULL}}, NULL},
	{"empty", "event.json", {{"event.json", ""}}, NULL},
	{"no JSON", "event.json", {{"event.json", "{\"repository"}}, NULL},
	{"no path", "", {{"event.json", EVENT}}, NULL},
};

static char *
default_branch_of_event(const char *dir, const char *path)
{
	char *value = expand(path, dir), *branch;
	struct options o;
	struct facts f;

	setenv("GITHUB_ACTIONS", "true", 1);
	setenv("GITHUB_EVENT_PATH", value, 1);
	read_in(&f, &o, dir, "", "reg/app");
	unsetenv("GITHUB_ACTIONS");
	unsetenv("GITHUB_EVENT_PATH");
	branch = xstrdup(f.ci.default_branch ? f.ci.default_branch : "none");
	facts_release(&f);
	options_release(&o);
	free(value);
	return branch;
}

static void
event_file(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		const char *want = events[i].default_branch;
		char *dir = make_checkout(events[i].files, ARRAY_SIZE(events[i].files));
		char *got = default_branch_of_event(dir, events[i].path);

		bad += !expect_same(events[i].name, got, want ? want : "none");
		expect_remove(dir);
		free(got);
		free(dir);
	}
	assert_int_equal(bad, 0);
}

/* One for which nobody writes is not waited for, and one without end is not read to it. */
static void
event_file_that_is_none(void **state)
{
	char *dir = make_checkout(NULL, 0), *path = xasprintf("%s/event", dir), *got;
	int fd;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	got = default_branch_of_event(dir, "event");
	expect_text("fifo", got, "none");
	free(got);
	got = default_branch_of_event(dir, "/dev/zero");
	expect_text("device", got, "none");
	free(got);
	remove(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, EVENT, strlen(EVENT)), (ssize_t)strlen(EVENT));
	assert_int_equal(ftruncate(fd, 20 << 20), 0);
	close(fd);
	got = default_branch_of_event(dir, "event");
	expect_text("too large", got, "none");
	free(got);
	expect_remove(dir);
	free(path);
	free(dir);
}

/* ---- Dockerfile and context ---- */

static const struct {
	const char *name, *args;
	struct file files[4];
	bool directory;
	const char *path; /* NULL: none is read */
	const char *text;
} dockerfiles[] = {
	{"the default", "reg/app", {{"Dockerfile", "FROM a\n"}}, true, "./Dockerfile", "FROM a\n"},
	{"in lower case", "reg/app", {{"dockerfile", "FROM a\n"}}, true, "./dockerfile",
		"FROM a\n"},
	{"both", "reg/app", {{"dockerfile", "FROM a\n"}, {"Dockerfile", "FROM b\n"}}, true,
		"./Dockerfile", "FROM b\n"},
	{"none", "reg/app", {{"x", ""}}, true, NULL, ""},
	{"in the context", "reg/app sub",
		{{"Dockerfile", "FROM a\n"}, {"sub/Dockerfile", "FROM b\n"}}, true,
		"sub/Dockerfile", "FROM b\n"},
	{"-f is relative to where we are, not to the context", "reg/app sub -f one",
		{{"one", "FROM a\n"}, {"sub/one", "FROM b\n"}}, true, "one", "FROM a\n"},
	{"-f that is not there", "reg/app -f none", {{"Dockerfile", "FROM a\n"}}, true, NULL, ""},
	{"-f of a Dockerfile that is in lower case", "reg/app -f x/Dockerfile",
		{{"x/dockerfile", "FROM a\n"}}, true, "x/dockerfile", "FROM a\n"},
	{"a file called -", "reg/app -f -", {{"-", "FROM a\n"}}, true, NULL, ""},
	{"a folder called -", "reg/app -", {{"-/Dockerfile", "FROM a\n"}}, false, NULL, ""},
	{"a folder", "reg/app", {{"Dockerfile/x", ""}}, true, NULL, ""},
	{"-f -", "reg/app -f -", {{"Dockerfile", "FROM a\n"}}, true, NULL, ""},
	{"empty", "reg/app", {{"Dockerfile", ""}}, true, "./Dockerfile", ""},
	{"no context", "reg/app none", {{"Dockerfile", "FROM a\n"}}, false, NULL, ""},
	{"a context that is a file", "reg/app x", {{"x", ""}, {"Dockerfile", "FROM a\n"}}, false,
		NULL, ""},
	{"a context elsewhere", "reg/app https://example.com/x.git", {{"Dockerfile", "FROM a\n"}},
		false, NULL, ""},
	{"a context elsewhere, with -f", "reg/app https://example.com/x.git -f one",
		{{"one", "FROM a\n"}}, false, NULL, ""},
	{"a context from standard input", "reg/app -", {{"Dockerfile", "FROM a\n"}}, false, NULL,
		""},
};

static void
dockerfile(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(dockerfiles); i++) {
		const char *name = dockerfiles[i].name, *path = dockerfiles[i].path;
		char *dir = make_checkout(dockerfiles[i].files, ARRAY_SIZE(dockerfiles[i].files));
		struct options o;
		struct facts f;

		read_in(&f, &o, dir, "", dockerfiles[i].args);
		bad += !expect_number(
			name, "directory", f.context_is_directory, dockerfiles[i].directory);
		bad += !expect_same(
			name, f.dockerfile_path ? f.dockerfile_path : "none", path ? path : "none");
		bad += !expect_same(name, f.dockerfile.buf, dockerfiles[i].text);
		facts_release(&f);
		options_release(&o);
		expect_remove(dir);
		free(dir);
	}
	assert_int_equal(bad, 0);
}

/* What can be read once only is docker's to read: a pipe is not opened for long, nor waited for. */
static void
dockerfile_that_is_a_fifo(void **state)
{
	char *dir = make_checkout(NULL, 0), *path = xasprintf("%s/Dockerfile", dir);
	struct options o;
	struct facts f;
	char c = 0;
	int fd;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	/* nobody writes */
	read_in(&f, &o, dir, "", "reg/app");
	assert_null(f.dockerfile_path);
	facts_release(&f);
	options_release(&o);
	/* somebody has written, and it is still there afterwards */
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(write(fd, "F", 1), 1);
	read_in(&f, &o, dir, "", "reg/app");
	assert_null(f.dockerfile_path);
	assert_int_equal(read(fd, &c, 1), 1);
	assert_int_equal(c, 'F');
	facts_release(&f);
	options_release(&o);
	close(fd);
	expect_remove(dir);
	free(path);
	free(dir);
}

/* All of a large one, and bytes of any value. */
static void
a_large_dockerfile(void **state)
{
	size_t len = 3u << 20, i;
	char *dir = make_checkout(NULL, 0), *path = xasprintf("%s/Dockerfile", dir);
	char *text = xcalloc(len, 1);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct options o;
	struct facts f;

	(void)state;
	for (i = 0; i < len; i++)
		text[i] = (char)(i * 31);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
	read_in(&f, &o, dir, "", "reg/app");
	assert_int_equal(f.dockerfile.len, len);
	assert_memory_equal(f.dockerfile.buf, text, len);
	facts_release(&f);
	options_release(&o);
	/* one that no builder takes is not read at all */
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 20 << 20), 0);
	close(fd);
	read_in(&f, &o, dir, "", "reg/app");
	assert_null(f.dockerfile_path);
	facts_release(&f);
	options_release(&o);
	expect_remove(dir);
	free(text);
	free(path);
	free(dir);
}

/* ---- The environment ---- */

static void
variables(void **state)
{
	char *tmpdir = xstrdup(getenv("TMPDIR"));
	struct options o;
	struct facts f;

	(void)state;
	unsetenv("DOCKER_BUILDKIT");
	unsetenv("TMPDIR");
	read_in(&f, &o, "/", "", "reg/app");
	assert_null(f.docker_buildkit);
	expect_text("TMPDIR", f.tmpdir, "/tmp");
	facts_release(&f);
	options_release(&o);

	setenv("DOCKER_BUILDKIT", "0", 1);
	setenv("TMPDIR", "/some where", 1);
	read_in(&f, &o, "/", "", "reg/app");
	expect_text("DOCKER_BUILDKIT", f.docker_buildkit, "0");
	expect_text("TMPDIR", f.tmpdir, "/some where");
	facts_release(&f);
	options_release(&o);

	/* docker takes an empty one as not set */
	setenv("DOCKER_BUILDKIT", "", 1);
	setenv("TMPDIR", "", 1);
	read_in(&f, &o, "/", "", "reg/app");
	assert_null(f.docker_buildkit);
	expect_text("TMPDIR", f.tmpdir, "/tmp");
	facts_release(&f);
	options_release(&o);
	unsetenv("DOCKER_BUILDKIT");
	unsetenv("TMPDIR");
	if (tmpdir)
		setenv("TMPDIR", tmpdir, 1);
	free(tmpdir);
}

static void
environment_as_a_lookup(void **state)
{
	(void)state;
	setenv("DBRC_TEST", "x", 1);
	expect_text("set", facts_env.get(facts_env.ctx, "DBRC_TEST"), "x");
	setenv("DBRC_TEST", "", 1);
	expect_text("empty", facts_env.get(facts_env.ctx, "DBRC_TEST"), "");
	unsetenv("DBRC_TEST");
	assert_null(facts_env.get(facts_env.ctx, "DBRC_TEST"));
}

static void
ci_system(void **state)
{
	struct options o;
	struct facts f;

	(void)state;
	setenv("GITLAB_CI", "true", 1);
	setenv("CI_COMMIT_BRANCH", "topic", 1);
	read_in(&f, &o, "/", "", "reg/app");
	expect_text("name", f.ci.name, "GitLab CI");
	expect_text("branch", f.ci.branch, "topic");
	facts_release(&f);
	options_release(&o);
	unsetenv("GITLAB_CI");
	unsetenv("CI_COMMIT_BRANCH");
	read_in(&f, &o, "/", "", "reg/app");
	assert_null(f.ci.name);
	facts_release(&f);
	options_release(&o);
}

/* Environments, what is assigned, and what a docker command gets. */
static const struct {
	const char *name;
	const char *before[6];
	const char *assignment;
	const char *want;
} assignments[] = {
	{"nothing", {"A=1", "B=2"}, NULL, "A=1\nB=2\n"},
	{"nothing of nothing", {NULL}, NULL, ""},
	{"set", {"A=1", "B=2"}, "X=y", "A=1\nB=2\nX=y\n"},
	{"replaced", {"A=1", "X=n", "B=2"}, "X=y", "A=1\nB=2\nX=y\n"},
	{"replaced twice", {"X=1", "A=1", "X=2"}, "X=y", "A=1\nX=y\n"},
	{"names that start alike", {"XX=1", "X_=2", "AX=3", "X=4"}, "X=y",
		"XX=1\nX_=2\nAX=3\nX=y\n"},
	{"a name alone", {"X", "A=1"}, "X=y", "X\nA=1\nX=y\n"},
	{"an empty value", {"X="}, "X=y", "X=y\n"},
	{"into an empty environment", {NULL}, "X=y=z", "X=y=z\n"},
};

static void
environment_of_commands(void **state)
{
	char **ours = environ;
	unsigned bad = 0;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(assignments); i++) {
		char *before[7] = {NULL}, *assignment = xstrdup(assignments[i].assignment), **env;
		struct strbuf got;

		for (j = 0; assignments[i].before[j]; j++)
			before[j] = xstrdup(assignments[i].before[j]);
		strbuf_init(&got);
		environ = before;
		env = j % 2 ? facts_child_env(assignment, NULL) : facts_child_env(NULL, assignment);
		environ = ours;
		for (j = 0; env[j]; j++)
			strbuf_addf(&got, "%s\n", env[j]);
		bad += !expect_same(assignments[i].name, got.buf, assignments[i].want);
		/* ours is as it was */
		for (j = 0; assignments[i].before[j]; j++) {
			bad += !str_eq(before[j], assignments[i].before[j]);
			free(before[j]);
		}
		strbuf_release(&got);
		free(env);
		free(assignment);
	}
	assert_int_equal(bad, 0);
}

/* ---- Descriptors and terminals; each in a process of its own. ---- */

/* Closes the descriptors that are in the bits of arg, and has them opened again. */
static int
play_closed(int fd, void *arg)
{
	int closed = *(int *)arg, i, first;
	struct stat null, st;

	stat("/dev/null", &null);
	for (i = 0; i < 3; i++) {
		if (closed >> i & 1)
			close(i);
	}
	facts_open_standard();
	for (i = 0; i < 3; i++) {
		if (fstat(i, &st) < 0)
			return 10 + i;
		if ((closed >> i & 1) && st.st_rdev != null.st_rdev)
			return 20 + i;
		if ((closed >> i & 1) && (fcntl(i, F_GETFL) & O_ACCMODE) != O_RDWR)
			return 30 + i;
	}
	/* and none is left open besides */
	first = dup(0);
	return first > fd + 1 ? 40 : 0;
}

static void
standard_descriptors(void **state)
{
	unsigned bad = 0;
	int closed;

	(void)state;
	for (closed = 0; closed < 8; closed++) {
		char name[16];

		snprintf(name, sizeof(name), "closed %d", closed);
		bad += !expect_number(name, "status", expect_fork(play_closed, &closed, NULL), 0);
	}
	assert_int_equal(bad, 0);
}

static void
null_to_read_from(void **state)
{
	int fd = facts_open_null();
	char c;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(read(fd, &c, 1), 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
}

/* Where standard output and error go, and what is found. */
static const struct view {
	const char *name;
	bool out_terminal, err_terminal; /* else a file; both the same one where same is set */
	bool same;
	bool controlling; /* the terminal is ours, and we are in its foreground */
	bool background;  /* we are not */
	const char *variable, *args;
	bool want_terminal, want_group, want_one;
} views[] = {
	{"both a terminal", true, true, false, false, false, NULL, "x", true, false, true},
	{"both a terminal that is ours", true, true, false, true, false, NULL, "x", true, true,
		true},
	{"in the background", true, true, false, true, true, NULL, "x", true, false, true},
	{"only standard error a terminal", false, true, false, false, false, NULL, "x", true, false,
		false},
	{"only standard output a terminal", true, false, false, false, false, NULL, "x", false,
		false, false},
	{"a terminal is ours, but our output goes elsewhere", false, false, false, true, false,
		NULL, "x", false, true, false},
	{"two files", false, false, false, false, false, NULL, "x", false, false, false},
	{"one file", false, false, true, false, false, NULL, "x", false, false, true},
	{"a CI system we know", true, true, false, false, false, "GITLAB_CI=true", "x", false,
		false, true},
	{"a CI system we do not know", true, true, false, false, false, "CI=1", "x", false, false,
		true},
	{"CI, but empty", true, true, false, false, false, "CI=", "x", true, false, true},
	{"BUILDKIT_PROGRESS=plain", true, true, false, false, false, "BUILDKIT_PROGRESS=plain", "x",
		false, false, true},
	{"BUILDKIT_PROGRESS=auto", true, true, false, false, false, "BUILDKIT_PROGRESS=auto", "x",
		true, false, true},
	{"BUILDKIT_PROGRESS=tty", true, true, false, false, false, "BUILDKIT_PROGRESS=tty", "x",
		true, false, true},
	{"--progress=plain", true, true, false, false, false, NULL, "x --progress=plain", false,
		false, true},
	{"--progress plain", true, true, false, false, false, NULL, "x --progress plain", false,
		false, true},
	{"--progress=rawjson", true, true, false, false, false, NULL, "x --progress=rawjson", false,
		false, true},
	{"--progress goes before the variable", true, true, false, false, false,
		"BUILDKIT_PROGRESS=plain", "x --progress=tty", true, false, true},
	{"the last --progress", true, true, false, false, false, NULL,
		"x --progress=plain --progress=auto", true, false, true},
};

static int
play_view(int fd, void *arg)
{
	const struct view *view = *(const struct view *const *)arg;
	int master = posix_openpt(O_RDWR | O_NOCTTY), terminal, files[2];
	struct options o;
	struct strbuf err;
	struct facts f;

	if (master < 0 || setsid() < 0)
		return 1;
	grantpt(master);
	unlockpt(master);
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (view->controlling && ioctl(terminal, TIOCSCTTY, 0) < 0)
		return 1;
	expect_pipe(files);
	dup2(view->out_terminal ? terminal : files[1], 1);
	dup2(view->err_terminal ? terminal : view->same ? files[1] : files[0], 2);
	if (!view->err_terminal && !view->same)
		dup2(fd, 2);
	if (view->variable)
		putenv(expand(view->variable, ""));
	if (view->background) { /* a child in a group of its own */
		pid_t pid = fork();
		int status;

		if (pid)
			return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : 1;
		setpgid(0, 0);
	}
	strbuf_init(&err);
	scene_options(&o, view->args, &err);
	facts_read(&f, &o);
	dprintf(fd, "terminal %d, group %d, one output %d", f.terminal, f.terminal_group,
		f.one_output);
	return 0;
}

static void
terminals(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(views); i++) {
		const struct view *view = &views[i];
		char *want = xasprintf("terminal %d, group %d, one output %d", view->want_terminal,
			view->want_group, view->want_one);
		struct strbuf got;

		strbuf_init(&got);
		bad += !expect_number(view->name, "status", expect_fork(play_view, &view, &got), 0);
		bad += !expect_same(view->name, got.buf, want);
		strbuf_release(&got);
		free(want);
	}
	assert_int_equal(bad, 0);
}

/* What a CI system that runs these tests has set is not part of them. */
static void
clean_environment(void)
{
	static const char *const names[] = {"CI", "FORGEJO_ACTIONS", "GITEA_ACTIONS",
		"GITHUB_ACTIONS", "GITHUB_EVENT_PATH", "GITLAB_CI", "CIRCLECI", "CIRCLE_BRANCH",
		"TRAVIS", "BUILDKITE", "DRONE", "TF_BUILD", "BITBUCKET_BUILD_NUMBER", "APPVEYOR",
		"SEMAPHORE", "CIRRUS_CI", "CF_BUILD_ID", "CODEBUILD_BUILD_ID",
		"CODEBUILD_BUILD_ARN", "bamboo_planKey", "bamboo_agentId", "bamboo_buildKey",
		"TEAMCITY_VERSION", "JENKINS_URL", "BUILD_TAG", "BUILDER_OUTPUT", "GIT_DIR",
		"BUILDKIT_PROGRESS", "DOCKER_BUILDKIT"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		unsetenv(names[i]);
}

/* Standard input, where it is a part of what is built, is taken up whole. */
static const struct input_row {
	const char *name, *args, *text, *dockerfile;
	bool kept;
} inputs[] = {
	{"a Dockerfile for a directory", "reg/app -f - .", "FROM a\n", "FROM a\n", true},
	{"a Dockerfile in place of the context", "reg/app -", "FROM a\n", "FROM a\n", true},
	{"an archive and a file in it", "reg/app -f x -", "FROM a\n", NULL, true},
	{"a Dockerfile for a context elsewhere", "reg/app -f - https://x/y.git", "FROM a\n", NULL,
		true},
	{"both, for docker to refuse", "reg/app -f - -", "FROM a\n", NULL, true},
	{"a secret", "reg/app --secret id=a,src=/dev/stdin .", "sesame", NULL, true},
	{"not read", "reg/app .", "FROM a\n", NULL, false},
	{"what docker refuses is left to it", "reg/app -f - --pull=maybe .", "FROM a\n", NULL,
		false},
};

static bool
check_input(const struct input_row *row)
{
	char *dir = make_checkout(NULL, 0), *path = xasprintf("%s/input", dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), was = dup(0), again;
	struct strbuf got;
	struct options o;
	struct facts f;
	bool good;

	assert_int_equal(write(fd, row->text, strlen(row->text)), (ssize_t)strlen(row->text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(dup2(fd, 0), 0);
	read_in(&f, &o, dir, "", row->args);
	good = expect_same(row->name, f.has_dockerfile ? f.dockerfile.buf : "none",
		row->dockerfile ? row->dockerfile : "none");
	strbuf_init(&got);
	again = replay_open(&f.input, f.tmpdir);
	expect_read_all(again, &got);
	close(again);
	good &= expect_same(row->name, got.buf, row->kept ? row->text : "");
	strbuf_release(&got);
	facts_release(&f);
	options_release(&o);
	dup2(was, 0);
	close(was);
	close(fd);
	expect_remove(dir);
	free(path);
	free(dir);
	return good;
}

static void
standard_input(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(inputs); i++)
		bad += !check_input(&inputs[i]);
	assert_int_equal(bad, 0);
}

/* A copy of the Dockerfile is called like it, has its ignore file beside it, and is gone
 * afterwards. */
static void
a_named_copy(void **state)
{
	static const char *const files[][2] = {
		{"sub/My.Dockerfile", "FROM a\n"}, {"sub/My.Dockerfile.dockerignore", "*.log\n"}};
	char *dir = make_checkout(NULL, 0), *path, *ignore, *folder;
	struct strbuf text;
	struct options o;
	struct facts f;
	size_t i;
	int fd;

	(void)state;
	folder = xasprintf("%s/sub", dir);
	assert_int_equal(mkdir(folder, 0700), 0);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		path = xasprintf("%s/%s", dir, files[i][0]);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		assert_true(write(fd, files[i][1], strlen(files[i][1])) > 0);
		close(fd);
		free(path);
	}
	path = xasprintf("reg/app -f %s/sub/My.Dockerfile %s", dir, dir);
	read_in(&f, &o, dir, "", path);
	free(path);
	assert_non_null(f.dockerignore_path);
	free(f.tmpdir);
	f.tmpdir = xstrdup(folder);
	path = facts_write_named(&f, "FROM a AS x\n", 12);
	assert_non_null(path);
	expect_text("name", strrchr(path, '/'), "/My.Dockerfile");
	strbuf_init(&text);
	ignore = xasprintf("%s.dockerignore", path);
	fd = open(ignore, O_RDONLY | O_CLOEXEC);
	expect_read_all(fd, &text);
	close(fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	expect_read_all(fd, &text);
	close(fd);
	expect_text("texts", text.buf, "*.log\nFROM a AS x\n");
	assert_int_equal(expect_count(folder), 3);
	facts_remove_named(path);
	assert_int_equal(expect_count(folder), 2);
	free(f.tmpdir);
	f.tmpdir = xstrdup("/nowhere");
	assert_null(facts_write_named(&f, "", 0));
	strbuf_release(&text);
	free(ignore);
	free(folder);
	facts_release(&f);
	options_release(&o);
	expect_remove(dir);
	free(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(git),
		cmocka_unit_test(git_of_the_context),
		cmocka_unit_test(git_dir_that_is_given),
		cmocka_unit_test(event_file),
		cmocka_unit_test(event_file_that_is_none),
		cmocka_unit_test(dockerfile),
		cmocka_unit_test(dockerfile_that_is_a_fifo),
		cmocka_unit_test(standard_input),
		cmocka_unit_test(a_named_copy),
		cmocka_unit_test(a_large_dockerfile),
		cmocka_unit_test(variables),
		cmocka_unit_test(environment_as_a_lookup),
		cmocka_unit_test(ci_system),
		cmocka_unit_test(environment_of_commands),
		cmocka_unit_test(standard_descriptors),
		cmocka_unit_test(null_to_read_from),
		cmocka_unit_test(terminals),
	};

	expect_default_signals();
	clean_environment();
	alarm(WATCHDOG);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
