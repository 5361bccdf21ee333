#include "process.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "sigwatch.h"

static int
set_io(posix_spawn_file_actions_t *actions, const struct process_io *io)
{
	int error = posix_spawn_file_actions_adddup2(actions, io->in, 0);

	if (!error)
		error = posix_spawn_file_actions_adddup2(actions, io->out, 1);
	if (!error)
		error = posix_spawn_file_actions_adddup2(actions, io->err, 2);
	return error;
}

/*
 * Without these a child would inherit our blocked signals and our ignored SIGPIPE, and docker would
 * be deaf to SIGTERM.
 */
static int
set_attributes(posix_spawnattr_t *attr, bool own_group)
{
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t mask, defaults;
	int error;

	sigwatch_inherited(&mask, &defaults);
	if (own_group)
		flags |= POSIX_SPAWN_SETPGROUP;
	error = posix_spawnattr_setsigmask(attr, &mask);
	if (!error)
		error = posix_spawnattr_setsigdefault(attr, &defaults);
	if (!error)
		error = posix_spawnattr_setpgroup(attr, 0);
	if (!error)
		error = posix_spawnattr_setflags(attr, flags);
	return error;
}

int
process_spawn(struct process *process, char *const argv[], char *const env[],
	const struct process_io *io, bool own_group)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	error = posix_spawnattr_init(&attr);
	if (!error) {
		error = set_io(&actions, io);
		if (!error)
			error = set_attributes(&attr, own_group);
		if (!error)
			error = posix_spawnp(&process->pid, argv[0], &actions, &attr, argv, env);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&actions);
	process->own_group = own_group;
	return error;
}

bool
process_reap(struct process_end *end)
{
	int status;

	do {
		end->pid = waitpid(-1, &status, WNOHANG);
	} while (end->pid < 0 && errno == EINTR);
	if (end->pid <= 0)
		return false;
	end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	end->status = end->signal ? 128 + end->signal : WEXITSTATUS(status);
	return true;
}

void
process_signal(const struct process *process, int signal)
{
	/* the group may already be empty, or not yet be there on an old C library */
	if (process->own_group && kill(-process->pid, signal) == 0)
		return;
	kill(process->pid, signal);
}

int
process_spawn_status(int error)
{
	return error == ENOENT || error == ENOTDIR ? 127 : 126;
}
