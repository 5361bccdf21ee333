#include "facts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* BuildKit itself takes no larger Dockerfile, and what a CI system writes is smaller. */
#define FILE_MAX_BYTES (16u << 20)

extern char **environ;

static const char *
get(const void *ctx, const char *name)
{
	(void)ctx;
	return getenv(name);
}

const struct lookup facts_env = {get, NULL};

void
facts_open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

int
facts_open_output(int fd)
{
	char path[256];
	int again = -1;

	if (isatty(fd) && ttyname_r(fd, path, sizeof(path)) == 0)
		again = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return again < 0 ? fd : again;
}

int
facts_open_null(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/*
 * Adds a file's bytes to out. Only a regular file: to read a pipe (-f <(...)) would take its bytes
 * from docker.
 */
static bool
read_file(const char *path, struct strbuf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char part[4096];
	ssize_t n = -1;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		while ((n = read(fd, part, sizeof(part))) > 0 && out->len <= FILE_MAX_BYTES)
			strbuf_add(out, part, (size_t)n);
	}
	close(fd);
	return n == 0;
}

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

/* The first line of a small file, behind prefix, with which it must start; NULL: not so. */
static char *
read_line(const char *dir, const char *name, const char *prefix)
{
	char *path = xasprintf("%s/%s", dir, name), *line = NULL;
	const char *rest;
	struct strbuf text;

	strbuf_init(&text);
	if (read_file(path, &text)) {
		rest = str_skip_prefix(text.buf, prefix);
		if (rest && strcspn(rest, "\r\n"))
			line = xstrndup(rest, strcspn(rest, "\r\n"));
	}
	strbuf_release(&text);
	free(path);
	return line;
}

/* path, which may be relative to dir; takes path over. */
static char *
path_in(const char *dir, char *path)
{
	char *full;

	if (!path || path[0] == '/')
		return path;
	full = xasprintf("%s/%s", dir, path);
	free(path);
	return full;
}

static bool
has_head(const char *dir)
{
	char *head = xasprintf("%s/HEAD", dir);
	bool found = exists(head);

	free(head);
	return found;
}

/* The git directory that belongs to dir: .git, or where a .git file points to (a worktree, a
 * submodule); NULL: none. */
static char *
git_dir(const char *dir)
{
	char *path = xasprintf("%s/.git", dir);

	if (!is_directory(path)) {
		free(path);
		return path_in(dir, read_line(dir, ".git", "gitdir: "));
	}
	if (has_head(path))
		return path;
	free(path);
	return NULL;
}

/* Looks for a git directory from dir upwards; dir is real and absolute, and is cut on the way. */
static char *
find_git(char *dir)
{
	char *found, *slash;

	while (!(found = git_dir(dir)) && (slash = strrchr(dir, '/')) && slash[1])
		slash[slash == dir] = '\0';
	return found;
}

/* What a symbolic ref points to, behind prefix; NULL: it is none, or points elsewhere. */
static char *
read_ref(const char *dir, const char *name, const char *prefix)
{
	char *line = read_line(dir, name, "ref:"), *target = NULL;
	const char *rest = line;

	while (rest && is_blank(*rest))
		rest++;
	rest = rest ? str_skip_prefix(rest, prefix) : NULL;
	/* where refs are kept otherwise (reftable), HEAD says ".invalid" */
	if (rest && *rest && !str_eq(rest, ".invalid"))
		target = xstrdup(rest);
	free(line);
	return target;
}

/* The git directory of the checkout that from is in; NULL: none. */
static char *
checkout_of(const char *from)
{
	char *dir = realpath(from, NULL), *git = NULL;

	if (dir)
		git = find_git(dir);
	free(dir);
	return git;
}

/* Takes git over. */
static void
read_git(struct facts *f, char *git)
{
	char *common;

	if (!git)
		return;
	f->in_git = true;
	f->git_branch = read_ref(git, "HEAD", "refs/heads/");
	common = path_in(git, read_line(git, "commondir", ""));
	f->git_default_branch = read_ref(
		common ? common : git, "refs/remotes/origin/HEAD", "refs/remotes/origin/");
	free(common);
	free(git);
}

/*
 * The checkout is the one we are in, and only where there is none the context's; as for git itself,
 * GIT_DIR goes before both.
 */
static void
read_checkout(struct facts *f, const char *context)
{
	const char *given = lookup_text(&facts_env, "GIT_DIR");

	if (given) {
		read_git(f, has_head(given) ? xstrdup(given) : NULL);
		return;
	}
	read_git(f, checkout_of("."));
	if (!f->in_git && f->context_is_directory)
		read_git(f, checkout_of(context));
}

/* The CI system, with the file in which GitHub and Gitea say why they run us. */
static void
read_ci(struct facts *f)
{
	const char *path = lookup_text(&facts_env, "GITHUB_EVENT_PATH");
	struct json event = {"", 0};
	struct strbuf text;

	strbuf_init(&text);
	if (path && read_file(path, &text))
		event = (struct json){text.buf, text.len};
	ci_detect(&f->ci, &facts_env, event);
	strbuf_release(&text);
}

/* The file docker would take: buildx takes "dockerfile" where there is no "Dockerfile". */
static char *
dockerfile_path(const struct options *o, const char *context)
{
	static const char name[] = "Dockerfile";
	char *path = o->file ? xstrdup(o->file) : xasprintf("%s/%s", context, name);
	size_t len = strlen(path), tail = sizeof(name) - 1;

	if (!exists(path) && len >= tail && str_eq(path + len - tail, name) &&
		(len == tail || path[len - tail - 1] == '/'))
		path[len - tail] = 'd';
	return path;
}

static void
read_dockerfile(struct facts *f, const struct options *o, const char *context)
{
	char *path;

	if (str_eq(o->file, "-"))
		return;
	path = dockerfile_path(o, context);
	if (read_file(path, &f->dockerfile))
		f->dockerfile_path = path;
	else
		free(path);
}

static bool
is_one_file(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

/* The controlling terminal counts, wherever our descriptors go: docker may read it (a passphrase).
 */
static bool
in_terminal_group(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	bool in_group = fd >= 0 && tcgetpgrp(fd) == getpgrp();

	if (fd >= 0)
		close(fd);
	return in_group;
}

/* Whether the flags or the environment ask for a log. */
static bool
wants_log(const struct options *o)
{
	const char *progress = lookup_text(&facts_env, "BUILDKIT_PROGRESS");
	size_t i;

	for (i = 0; i < o->every.nr; i++) {
		const char *value = str_skip_prefix(o->every.v[i], "--progress");

		if (value)
			progress = *value == '=' ? value + 1 : o->every.v[i + 1];
	}
	return progress && !str_eq(progress, "auto") && !str_eq(progress, "tty");
}

void
facts_read(struct facts *f, const struct options *o)
{
	const char *context = options_context(o);
	const char *tmpdir = lookup_text(&facts_env, "TMPDIR");

	*f = (struct facts){.in_git = false};
	strbuf_init(&f->dockerfile);
	read_ci(f);
	f->context_is_directory = !str_eq(context, "-") && is_directory(context);
	read_checkout(f, context);
	if (f->context_is_directory)
		read_dockerfile(f, o, context);
	f->docker_buildkit = lookup_text(&facts_env, "DOCKER_BUILDKIT");
	f->terminal = isatty(2) && !f->ci.name && !lookup_text(&facts_env, "CI") && !wants_log(o);
	f->terminal_group = in_terminal_group();
	f->one_output = is_one_file(1, 2);
	f->tmpdir = xstrdup(tmpdir ? tmpdir : "/tmp");
}

void
facts_release(struct facts *f)
{
	ci_release(&f->ci);
	free(f->git_branch);
	free(f->git_default_branch);
	free(f->dockerfile_path);
	strbuf_release(&f->dockerfile);
	free(f->tmpdir);
}

char **
facts_child_env(char *assignment)
{
	size_t name = assignment ? strcspn(assignment, "=") + 1 : 0, n = 0;
	char **env, **e;

	for (e = environ; *e; e++)
		n++;
	env = xcalloc(n + 2, sizeof(*env));
	n = 0;
	for (e = environ; *e; e++) {
		if (!assignment || strncmp(*e, assignment, name) != 0)
			env[n++] = *e;
	}
	env[n] = assignment;
	return env;
}
