#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
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

/* The file that says what the context leaves out for this Dockerfile alone; BuildKit takes it in
 * place of .dockerignore (dockerui/config.go ReadEntrypoint). */
static char *
own_ignore_file(const char *dockerfile)
{
	char *path = xasprintf("%s.dockerignore", dockerfile);

	if (exists(path))
		return path;
	free(path);
	return NULL;
}

static void
read_dockerfile(struct facts *f, const struct options *o, const char *context)
{
	char *path = dockerfile_path(o, context);

	f->has_dockerfile = read_file(path, &f->dockerfile);
	if (!f->has_dockerfile) {
		free(path);
		return;
	}
	f->dockerfile_path = path;
	f->dockerignore_path = own_ignore_file(path);
}

/* Whether a --secret is a file that gives its bytes to one reader only: src=<(...), a FIFO. */
static bool
is_read_once(const char *secret)
{
	const char *p = secret, *value;
	char *path;
	struct stat st;
	bool once = false;

	for (; *p; p += strcspn(p, ","), p += *p == ',') {
		value = str_skip_prefix(p, "src=");
		if (!value)
			value = str_skip_prefix(p, "source=");
		if (!value)
			continue;
		path = xstrndup(value, strcspn(value, ","));
		if (!str_eq(path, "/dev/stdin"))
			once |= stat(path, &st) == 0 &&
				(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
		free(path);
	}
	return once;
}

/* Keeps standard input, which only one build could read. It is the Dockerfile, or the context: an
 * archive, or again a Dockerfile; what is none is not understood as one. */
static void
read_input(struct facts *f, const struct options *o)
{
	bool file = str_eq(o->file, "-"), context = str_eq(options_context(o), "-");

	f->input_error = replay_read(&f->input, 0, f->tmpdir);
	if (f->input_error || file == context)
		return;
	f->has_dockerfile = (file ? f->context_is_directory : !o->file) &&
			    replay_head(&f->input, FILE_MAX_BYTES, &f->dockerfile);
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

/* How many columns standard error has for what is drawn. */
static unsigned
drawn_columns(void)
{
	const char *term = lookup_text(&facts_env, "TERM");
	struct winsize size;

	if (lookup_text(&facts_env, "NO_COLOR") || !term || str_eq(term, "dumb") ||
		ioctl(2, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}

/* Whether the flags or the environment ask for a log. */
static bool
wants_log(const struct facts *f, const struct options *o)
{
	const char *progress = f->progress;

	if (o->progress.nr)
		progress = options_last(&o->progress);
	return progress && !str_eq(progress, "auto") && !str_eq(progress, "tty");
}

void
facts_read_terminal(struct facts *f)
{
	const char *tmpdir = lookup_text(&facts_env, "TMPDIR");

	*f = (struct facts){.in_git = false};
	strbuf_init(&f->dockerfile);
	replay_init(&f->input);
	f->tmpdir = xstrdup(tmpdir ? tmpdir : "/tmp");
	f->terminal_group = in_terminal_group();
	f->one_output = is_one_file(1, 2);
}

void
facts_read(struct facts *f, const struct options *o)
{
	const char *context = options_context(o);
	struct utsname system;
	size_t i;

	facts_read_terminal(f);
	read_ci(f);
	f->context_is_directory = !str_eq(context, "-") && is_directory(context);
	read_checkout(f, context);
	if (f->context_is_directory && !str_eq(o->file, "-"))
		read_dockerfile(f, o, context);
	f->buildx_builder = lookup_text(&facts_env, "BUILDX_BUILDER");
	f->docker_buildkit = lookup_text(&facts_env, "DOCKER_BUILDKIT");
	f->has_policy = lookup_text(&facts_env, "EXPERIMENTAL_BUILDKIT_SOURCE_POLICY") != NULL;
	f->progress = lookup_text(&facts_env, "BUILDKIT_PROGRESS");
	f->terminal = isatty(2) && !f->ci.name && !lookup_text(&facts_env, "CI") &&
		      !wants_log(f, o);
	f->columns = f->terminal ? drawn_columns() : 0;
	if (o->plugin)
		f->plugin_socket = lookup_text(&facts_env, "DOCKER_CLI_PLUGIN_SOCKET");
	f->github_output = lookup_text(&facts_env, "GITHUB_OUTPUT");
	f->github_summary = lookup_text(&facts_env, "GITHUB_STEP_SUMMARY");
	for (i = 0; i < o->secrets.nr; i++)
		f->secret_once |= is_read_once(o->secrets.v[i]);
	f->default_platform = lookup_text(&facts_env, "DOCKER_DEFAULT_PLATFORM");
	if (uname(&system) == 0)
		f->machine = xstrdup(system.machine);
	if (o->program == PROGRAM_BUILD && !o->plain && options_stdin(o))
		read_input(f, o);
}

void
facts_release(struct facts *f)
{
	ci_release(&f->ci);
	free(f->git_branch);
	free(f->git_default_branch);
	free(f->dockerfile_path);
	free(f->dockerignore_path);
	replay_release(&f->input);
	free(f->machine);
	strbuf_release(&f->dockerfile);
	free(f->tmpdir);
}

/* Writes to the descriptor and closes it. Returns 0 or an error number. */
static int
write_and_close(int fd, const char *text, size_t len)
{
	int error = 0;

	while (len && !error) {
		ssize_t n = write(fd, text, len);

		if (n < 0) {
			error = errno == EINTR ? 0 : errno;
		} else {
			text += n;
			len -= (size_t)n;
		}
	}
	if (close(fd) != 0 && !error)
		error = errno;
	return error;
}

static bool
write_file(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), error;

	if (fd < 0)
		return false;
	error = write_and_close(fd, text, len);
	errno = error;
	return !error;
}

int
facts_append_file(const char *path, const struct strbuf *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);

	return fd < 0 ? errno : write_and_close(fd, text->buf, text->len);
}

int
facts_write_file(const char *path, const struct strbuf *text)
{
	struct stat st;
	mode_t mask;
	char *new;
	int fd, error;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
		return fd < 0 ? errno : write_and_close(fd, text->buf, text->len);
	}
	new = xasprintf("%s.XXXXXX", path);
	fd = mkstemp(new);
	error = fd < 0 ? errno : write_and_close(fd, text->buf, text->len);
	mask = umask(0);
	umask(mask);
	if (!error && (chmod(new, 0666 & ~mask) != 0 || rename(new, path) != 0))
		error = errno;
	if (error && fd >= 0)
		unlink(new);
	free(new);
	return error;
}

char *
facts_write_named(const struct facts *f, const char *text, size_t len)
{
	const char *file = f->dockerfile_path ? f->dockerfile_path : "Dockerfile";
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	char *folder = xasprintf("%s/docker-build-remote-cache.XXXXXX", f->tmpdir), *path, *ignore;
	struct strbuf rules;
	bool good;
	int error;

	if (!mkdtemp(folder)) {
		free(folder);
		return NULL;
	}
	path = xasprintf("%s/%s", folder, name);
	ignore = xasprintf("%s.dockerignore", path);
	strbuf_init(&rules);
	good = write_file(path, text, len);
	if (good && f->dockerignore_path)
		good = read_file(f->dockerignore_path, &rules) &&
		       write_file(ignore, rules.buf, rules.len);
	error = errno;
	strbuf_release(&rules);
	free(ignore);
	free(folder);
	if (good)
		return path;
	facts_remove_named(path);
	errno = error;
	return NULL;
}

void
facts_remove_named(char *path)
{
	char *ignore, *slash;

	if (!path)
		return;
	ignore = xasprintf("%s.dockerignore", path);
	unlink(ignore);
	unlink(path);
	free(ignore);
	slash = strrchr(path, '/');
	*slash = '\0';
	rmdir(path);
	free(path);
}

static bool
is_assigned(const char *variable, const char *assignment)
{
	return assignment && strncmp(variable, assignment, strcspn(assignment, "=") + 1) == 0;
}

char **
facts_child_env(char *first, char *second)
{
	char **env, **e;
	size_t n = 0;

	for (e = environ; *e; e++)
		n++;
	env = xcalloc(n + 3, sizeof(*env));
	n = 0;
	for (e = environ; *e; e++) {
		if (!is_assigned(*e, first) && !is_assigned(*e, second))
			env[n++] = *e;
	}
	if (first)
		env[n++] = first;
	env[n] = second;
	return env;
}
