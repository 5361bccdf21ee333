#define _GNU_SOURCE /* posix_spawn_file_actions_addchdir_np, pipe2 */
#include "place.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SILENCE_MS 30000 /* for how long a command may neither say nor ask anything */

/* Each file says where it is, so that contexts can be told apart. */
static const char *const folders[] = {"ctx", "ctx/in", "sub", "true", "false", "0"};
static const char *const files[] = {"Dockerfile", "Dockerfile.other", "here", "ctx/Dockerfile",
	"ctx/Dockerfile.other", "ctx/is-ctx", "ctx/in/Dockerfile", "ctx/in/is-in", "sub/Dockerfile",
	"sub/is-sub", "true/Dockerfile", "true/is-true", "false/Dockerfile", "false/is-false",
	"0/Dockerfile", "0/is-0"};

static bool
write_file(const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return false;
	fprintf(file, "FROM scratch\nLABEL file=%s\n", path);
	return fclose(file) == 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
list_folder(const char *path, struct strvec *names)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			strvec_push(names, entry->d_name);
	}
	if (dir)
		closedir(dir);
	qsort(names->v, names->nr, sizeof(*names->v), by_text);
}

bool
place_make(struct place *place, const char *dir)
{
	bool good = mkdir(dir, 0700) == 0 && chdir(dir) == 0;
	size_t i;

	place->project = xasprintf("%s/project", dir);
	strvec_init(&place->known);
	good = fake_engine_listen(&place->engine, "sock") && good;
	good = good && mkdir("project", 0700) == 0 && chdir("project") == 0;
	for (i = 0; good && i < ARRAY_SIZE(folders); i++)
		good = mkdir(folders[i], 0700) == 0;
	for (i = 0; good && i < ARRAY_SIZE(files); i++)
		good = write_file(files[i]);
	list_folder(".", &place->known);
	return good;
}

void
place_release(struct place *place)
{
	free(place->project);
	strvec_release(&place->known);
	fake_engine_release(&place->engine);
}

/* Takes note of what a command left, and removes it; a folder stays if it is not empty. */
static void
tidy_up(const struct place *place, struct strvec *left)
{
	struct strvec names;
	size_t i;

	strvec_init(&names);
	list_folder(place->project, &names);
	for (i = 0; i < names.nr; i++) {
		char *path;

		if (strvec_has(&place->known, names.v[i]))
			continue;
		strvec_push(left, names.v[i]);
		path = xasprintf("%s/%s", place->project, names.v[i]);
		remove(path);
		free(path);
	}
	strvec_release(&names);
}

/* Starts it with the project's Dockerfile as its standard input; returns its process, or -1. */
static pid_t
start(const struct place *place, const char *program, const struct strvec *argv,
	const struct strvec *env, int out, int err)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, place->project);
	posix_spawn_file_actions_addopen(&actions, 0, "Dockerfile", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, err, 2);
	if (posix_spawn(&pid, program, &actions, NULL, argv->v, env->v) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* Reads what has come; closes the pipe at its end, and sets it to -1. */
static void
read_pipe(int *fd, struct strbuf *into)
{
	char buf[8192];
	ssize_t n = read(*fd, buf, sizeof(buf));

	if (n > 0) {
		strbuf_add(into, buf, (size_t)n);
		return;
	}
	close(*fd);
	*fd = -1;
}

/* Until both pipes are at their end. False when nothing has happened for too long. */
static bool
attend(struct place *place, int *out, int *err, struct result *result)
{
	while (*out >= 0 || *err >= 0) {
		struct pollfd fds[3 + PEERS_MAX];
		size_t nr = fake_engine_poll(&place->engine, fds);
		int n;

		fds[nr] = (struct pollfd){.fd = *out, .events = POLLIN};
		fds[nr + 1] = (struct pollfd){.fd = *err, .events = POLLIN};
		n = poll(fds, nr + 2, SILENCE_MS);
		if (n <= 0)
			return false;
		if (fds[nr].revents)
			read_pipe(out, &result->out);
		if (fds[nr + 1].revents)
			read_pipe(err, &result->err);
		fake_engine_serve(&place->engine, fds, nr);
	}
	return true;
}

void
place_run(struct place *place, const char *program, const struct strvec *argv,
	const struct strvec *env, struct result *result)
{
	int out[2], err[2], status = 127 << 8;
	pid_t pid;

	*result = (struct result){.status = 0};
	strbuf_init(&result->out);
	strbuf_init(&result->err);
	strvec_init(&result->left);
	fake_engine_reset(&place->engine);
	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) {
		perror("pipe");
		exit(1);
	}
	pid = start(place, program, argv, env, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	if (!attend(place, &out[0], &err[0], result)) {
		result->timed_out = true;
		if (pid > 0)
			kill(pid, SIGKILL);
		close(out[0]);
		close(err[0]);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	result->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	tidy_up(place, &result->left);
}

void
result_release(struct result *result)
{
	strbuf_release(&result->out);
	strbuf_release(&result->err);
	strvec_release(&result->left);
}
