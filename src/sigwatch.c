#define _DEFAULT_SOURCE /* O_ASYNC */

#include "sigwatch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#define PARENT_DIED 1 /* the place of what that counts as */
static const int ending[] = {SIGINT, [PARENT_DIED] = SIGTERM, SIGHUP};

/* A write that fails says so in errno; the signal would only end us: EPIPE, EFBIG (ulimit -f). */
static const int errors[] = {SIGPIPE, SIGXFSZ};

/* What the handler sets, by place in ending: how often the signal came, and whether from ^C. */
static volatile sig_atomic_t came[ARRAY_SIZE(ending)];
static volatile sig_atomic_t from_terminal[ARRAY_SIZE(ending)];
static volatile sig_atomic_t senders[ARRAY_SIZE(ending)];
static volatile sig_atomic_t child_ended;

static int leash = -1; /* a connection whose end counts as a signal */
static pid_t parent;   /* whose death counts as a signal; 0: nobody's */

static sigset_t mask_at_start, mask_waiting, reset_in_children;

static void
on_ending(int number, siginfo_t *info, void *context)
{
	size_t i;

	(void)context;
	for (i = 0; i < ARRAY_SIZE(ending); i++) {
		if (ending[i] == number) {
			came[i] = came[i] + 1;
			from_terminal[i] = info->si_code > 0;
			senders[i] = info->si_code > 0 ? 0 : info->si_pid;
		}
	}
}

static void
on_child(int number)
{
	(void)number;
	child_ended = 1;
}

/* Comes when the thread that started us ends, too. */
static void
on_parent(int number)
{
	(void)number;
	if (!parent || getppid() == parent)
		return;
	parent = 0;
	came[PARENT_DIED] = came[PARENT_DIED] + 1;
	from_terminal[PARENT_DIED] = 0;
	senders[PARENT_DIED] = 0;
}

/* Nothing is sent over it, so if there is something to read that is its end. */
static void
on_leash(int number)
{
	int error = errno;
	char byte;

	(void)number;
	if (leash >= 0 && recv(leash, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
		close(leash);
		leash = -1;
		came[PARENT_DIED] = came[PARENT_DIED] + 1;
		from_terminal[PARENT_DIED] = 0;
		senders[PARENT_DIED] = 0;
	}
	errno = error;
}

static bool
is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* Blocks the signal but while waiting, and resets it in children. */
static void
watch(int number, const struct sigaction *action, sigset_t *block)
{
	sigaction(number, action, NULL);
	sigaddset(block, number);
	sigdelset(&mask_waiting, number);
	sigaddset(&reset_in_children, number);
}

/* Ignores the signal here, and not in children unless it was ignored before. */
static void
make_error(int number)
{
	struct sigaction action = {.sa_handler = SIG_IGN};

	if (is_ignored(number))
		return;
	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
	sigaddset(&reset_in_children, number);
}

void
sigwatch_start(void)
{
	struct sigaction action = {.sa_flags = 0};
	sigset_t block;
	size_t i;

	sigprocmask(SIG_BLOCK, NULL, &mask_at_start);
	mask_waiting = mask_at_start;
	sigemptyset(&block);
	sigemptyset(&reset_in_children);
	sigemptyset(&action.sa_mask);

	/* an inherited ignored SIGCHLD would take the exit statuses away */
	action.sa_handler = on_child;
	watch(SIGCHLD, &action, &block);
	action.sa_flags = SA_SIGINFO;
	action.sa_sigaction = on_ending;
	for (i = 0; i < ARRAY_SIZE(ending); i++) {
		if (!is_ignored(ending[i]))
			watch(ending[i], &action, &block);
	}
	sigprocmask(SIG_BLOCK, &block, NULL);
	for (i = 0; i < ARRAY_SIZE(errors); i++)
		make_error(errors[i]);
}

void
sigwatch_follow_parent(void)
{
#ifdef __linux__
	struct sigaction action = {.sa_handler = on_parent};
	sigset_t block;

	if (is_ignored(SIGTERM) || is_ignored(SIGHUP))
		return;
	sigemptyset(&action.sa_mask);
	sigemptyset(&block);
	parent = getppid();
	watch(SIGURG, &action, &block);
	sigprocmask(SIG_BLOCK, &block, NULL);
	prctl(PR_SET_PDEATHSIG, SIGURG);
#endif
}

static int
connect_to(const char *address)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len = strlen(address);
	int fd;

	if (!len || len >= sizeof(to.sun_path))
		return -1;
	memcpy(to.sun_path, address, len);
	if (address[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to,
			       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

bool
sigwatch_follow_socket(const char *address)
{
	struct sigaction action = {.sa_handler = on_leash};
	sigset_t block;

	leash = is_ignored(SIGTERM) ? -1 : connect_to(address);
	if (leash < 0)
		return false;
	sigemptyset(&action.sa_mask);
	sigemptyset(&block);
	watch(SIGIO, &action, &block);
	sigprocmask(SIG_BLOCK, &block, NULL);
	fcntl(leash, F_SETFD, FD_CLOEXEC);
	fcntl(leash, F_SETOWN, getpid());
	fcntl(leash, F_SETFL, O_ASYNC | O_NONBLOCK);
	raise(SIGIO); /* it may have ended before */
	return true;
}

void
sigwatch_stop(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	size_t i;

	sigemptyset(&action.sa_mask);
	for (i = 0; i < ARRAY_SIZE(ending); i++) {
		if (sigismember(&reset_in_children, ending[i]))
			sigaction(ending[i], &action, NULL);
	}
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		if (sigismember(&reset_in_children, errors[i]))
			sigaction(errors[i], &action, NULL);
	}
	parent = 0;
	if (sigismember(&reset_in_children, SIGURG))
		sigaction(SIGURG, &action, NULL);
	if (leash >= 0)
		close(leash);
	leash = -1;
	if (sigismember(&reset_in_children, SIGIO)) {
		/* one that is waiting would end us */
		action.sa_handler = SIG_IGN;
		sigaction(SIGIO, &action, NULL);
		action.sa_handler = SIG_DFL;
	}
	sigaction(SIGCHLD, &action, NULL);
	sigprocmask(SIG_SETMASK, &mask_at_start, NULL);
}

void
sigwatch_inherited(sigset_t *mask, sigset_t *defaults)
{
	*mask = mask_at_start;
	*defaults = reset_in_children;
}

int
sigwatch_wait(int nfds, fd_set *readable, fd_set *writable, long milliseconds)
{
	struct timespec timeout = {milliseconds / 1000, milliseconds % 1000 * 1000000};
	int n;

	n = pselect(
		nfds, readable, writable, NULL, milliseconds < 0 ? NULL : &timeout, &mask_waiting);
	if (n > 0) {
		/* with a descriptor ready it returns without having let signals in */
		timeout = (struct timespec){0, 0};
		pselect(0, NULL, NULL, NULL, &timeout, &mask_waiting);
		return n;
	}
	if (readable)
		FD_ZERO(readable);
	if (writable)
		FD_ZERO(writable);
	return 0;
}

bool
sigwatch_child(void)
{
	bool ended = child_ended;

	child_ended = 0;
	return ended;
}

bool
sigwatch_take(struct sigwatch_signal *signal)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ending); i++) {
		if (!came[i])
			continue;
		came[i] = came[i] - 1;
		*signal = (struct sigwatch_signal){ending[i], from_terminal[i], senders[i]};
		return true;
	}
	return false;
}

long long
sigwatch_now(void)
{
	struct timespec now = {0, 0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

_Noreturn void
sigwatch_die(int number)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t just_it;

	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
	sigemptyset(&just_it);
	sigaddset(&just_it, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &just_it, NULL);
	_exit(128 + number);
}
