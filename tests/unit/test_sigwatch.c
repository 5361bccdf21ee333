/* Each test runs in a process of its own: sigwatch_start is called once, and signals are global. */
#include "sigwatch.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <termios.h>

#include "expect.h"

static char *self;

/* How a signal that has come is told in the tables: its name, behind ^ where it is a terminal's. */
static void
say_taken(int fd)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {{SIGINT, "INT "}, {SIGTERM, "TERM "}, {SIGHUP, "HUP "}};
	struct sigwatch_signal signal;
	size_t i;

	while (sigwatch_take(&signal)) {
		if (signal.from_terminal)
			dprintf(fd, "^");
		for (i = 0; i < ARRAY_SIZE(names) && names[i].number != signal.number;)
			i++;
		dprintf(fd, "%s", i < ARRAY_SIZE(names) ? names[i].name : "? ");
	}
}

#define LOOK (-1)
#define WAIT (-2)

/*
 * What is ignored and blocked at the start, then which signals are sent in turn (a full stop is a
 * wait, and a look at what has come), and what is seen, a bar after each look.
 */
static const struct row {
	const char *name;
	int ignored, blocked;
	int sent[8]; /* up to 0; LOOK: the full stop; WAIT: it without the look */
	const char *want;
} rows[] = {
	{"SIGINT", 0, 0, {SIGINT, LOOK, LOOK}, "INT ||"},
	{"SIGTERM", 0, 0, {SIGTERM, LOOK, LOOK}, "TERM ||"},
	{"SIGHUP", 0, 0, {SIGHUP, LOOK, LOOK}, "HUP ||"},
	{"none", 0, 0, {LOOK}, "|"},
	{"the same one twice, in turn", 0, 0, {SIGTERM, LOOK, SIGTERM, LOOK}, "TERM |TERM |"},
	{"the same one twice before it is looked at", 0, 0, {SIGTERM, WAIT, SIGTERM, LOOK},
		"TERM TERM |"},
	{"two at once", 0, 0, {SIGTERM, SIGINT, LOOK, LOOK}, "INT TERM ||"},
	{"two in turn", 0, 0, {SIGINT, LOOK, SIGTERM, LOOK}, "INT |TERM |"},
	{"nohup", SIGHUP, 0, {SIGHUP, LOOK, SIGTERM, LOOK}, "|TERM |"},
	{"a background job's ignored SIGINT", SIGINT, 0, {SIGINT, LOOK}, "|"},
	{"ignored SIGTERM", SIGTERM, 0, {SIGTERM, LOOK}, "|"},
	{"blocked SIGTERM is seen all the same", 0, SIGTERM, {SIGTERM, LOOK}, "TERM |"},
	{"SIGPIPE and SIGXFSZ do nothing", 0, 0, {SIGPIPE, SIGXFSZ, LOOK}, "|"},
};

static void
start_with(int ignored, int blocked)
{
	sigset_t set;

	expect_default_signals();
	if (ignored)
		signal(ignored, SIG_IGN);
	sigemptyset(&set);
	if (blocked)
		sigaddset(&set, blocked);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigwatch_start();
}

static int
play_row(int fd, void *arg)
{
	const struct row *row = *(const struct row *const *)arg;
	size_t i;

	start_with(row->ignored, row->blocked);
	for (i = 0; row->sent[i]; i++) {
		if (row->sent[i] > 0) {
			kill(getpid(), row->sent[i]);
			continue;
		}
		/* those that were sent to ourselves are pending by now */
		sigwatch_wait(0, NULL, NULL, 0);
		if (row->sent[i] == WAIT)
			continue;
		say_taken(fd);
		dprintf(fd, "|");
	}
	return 0;
}

static void
signals_that_come(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct strbuf out;

		strbuf_init(&out);
		bad += !expect_number(row->name, "status", expect_fork(play_row, &row, &out), 0);
		bad += !expect_same(row->name, out.buf, row->want);
		strbuf_release(&out);
	}
	assert_int_equal(bad, 0);
}

/* They are seen at one place only: nothing else is interrupted, and nothing is lost meanwhile. */
static int
play_only_while_waiting(int fd, void *arg)
{
	int ends[2], i;
	char c;

	(void)arg;
	start_with(0, 0);
	if (pipe(ends) < 0)
		return 1;
	for (i = 0; i < 100; i++)
		kill(getpid(), SIGTERM);
	say_taken(fd);
	if (write(ends[1], "x", 1) != 1 || read(ends[0], &c, 1) != 1)
		return 1;
	say_taken(fd);
	dprintf(fd, "|");
	sigwatch_wait(0, NULL, NULL, -1);
	say_taken(fd);
	return 0;
}

static void
only_while_waiting(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	assert_int_equal(expect_fork(play_only_while_waiting, NULL, &out), 0);
	expect_text("seen", out.buf, "|TERM ");
	strbuf_release(&out);
}

/* Writes a set as the numbers in it, named by their place in fds. */
static void
say_set(int fd, const char *name, const fd_set *set, const int *fds, int nr)
{
	int i;

	dprintf(fd, "%s", name);
	for (i = 0; i < nr; i++) {
		if (FD_ISSET((unsigned)fds[i], set))
			dprintf(fd, " %d", i);
	}
	dprintf(fd, "\n");
}

static int
play_descriptors(int fd, void *arg)
{
	int one[2], two[2], fds[4], i, n, nfds = 0;
	fd_set readable, writable;

	(void)arg;
	start_with(0, 0);
	expect_pipe(one);
	expect_pipe(two);
	if (write(one[1], "x", 1) != 1)
		return 1;
	memcpy(fds, (int[]){one[0], two[0], one[1], two[1]}, sizeof(fds));
	for (i = 0; i < 4; i++)
		nfds = fds[i] >= nfds ? fds[i] + 1 : nfds;
	FD_ZERO(&readable);
	FD_ZERO(&writable);
	FD_SET((unsigned)one[0], &readable);
	FD_SET((unsigned)two[0], &readable);
	FD_SET((unsigned)two[1], &writable);
	n = sigwatch_wait(nfds, &readable, &writable, -1);
	dprintf(fd, "ready %d\n", n);
	say_set(fd, "readable", &readable, fds, 4);
	say_set(fd, "writable", &writable, fds, 4);

	/* nothing is ready, and time is up: the sets are empty */
	FD_ZERO(&writable);
	FD_SET((unsigned)two[0], &readable);
	FD_CLR((unsigned)one[0], &readable);
	dprintf(fd, "ready %d\n", sigwatch_wait(nfds, &readable, &writable, 0));
	say_set(fd, "readable", &readable, fds, 4);

	/* a signal comes first */
	FD_SET((unsigned)two[0], &readable);
	kill(getpid(), SIGTERM);
	dprintf(fd, "ready %d\n", sigwatch_wait(nfds, &readable, NULL, -1));
	say_set(fd, "readable", &readable, fds, 4);
	say_taken(fd);
	return 0;
}

static void
descriptors(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	assert_int_equal(expect_fork(play_descriptors, NULL, &out), 0);
	expect_text("seen", out.buf,
		"ready 2\n"
		"readable 0\n"
		"writable 3\n"
		"ready 0\n"
		"readable\n"
		"ready 0\n"
		"readable\n"
		"TERM ");
	strbuf_release(&out);
}

/* The clock is the same that the wait goes by. */
static void
time_passes(void **state)
{
	long long start = sigwatch_now(), now;

	(void)state;
	sigwatch_wait(0, NULL, NULL, 20);
	now = sigwatch_now();
	assert_true(now >= start + 19);
	assert_true(sigwatch_now() >= now);
}

static int
play_children(int fd, void *arg)
{
	int ends[2];
	pid_t pid;
	char c;

	(void)arg;
	start_with(SIGCHLD, 0); /* an inherited one is not ignored any more */
	dprintf(fd, "%d", sigwatch_child());
	expect_pipe(ends);
	pid = fork();
	if (pid == 0)
		_exit(read(ends[0], &c, 1) == 1 ? 7 : 1);
	sigwatch_wait(0, NULL, NULL, 0);
	dprintf(fd, "%d", sigwatch_child());
	if (write(ends[1], "x", 1) != 1)
		return 1;
	sigwatch_wait(0, NULL, NULL, -1);
	dprintf(fd, "%d", sigwatch_child());
	dprintf(fd, "%d", sigwatch_child());
	{
		int status;

		if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 7)
			return 1;
	}
	return 0;
}

static void
children(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	assert_int_equal(expect_fork(play_children, NULL, &out), 0);
	expect_text("ended", out.buf, "0010");
	strbuf_release(&out);
}

/* What a child is to get: signals by name, in the order of this list. */
static const struct {
	int number;
	const char *name;
} all[] = {
	{SIGHUP, " HUP"},
	{SIGINT, " INT"},
	{SIGTERM, " TERM"},
	{SIGCHLD, " CHLD"},
	{SIGPIPE, " PIPE"},
	{SIGXFSZ, " XFSZ"},
	{SIGUSR1, " USR1"},
};

static const struct inherited {
	const char *name;
	int ignored, blocked;
	const char *mask, *defaults;
} inherited[] = {
	{"nothing special", 0, 0, "", " HUP INT TERM CHLD PIPE XFSZ"},
	{"nohup", SIGHUP, 0, "", " INT TERM CHLD PIPE XFSZ"},
	{"a background job", SIGINT, 0, "", " HUP TERM CHLD PIPE XFSZ"},
	{"ignored SIGPIPE stays so", SIGPIPE, 0, "", " HUP INT TERM CHLD XFSZ"},
	{"blocked SIGUSR1", 0, SIGUSR1, " USR1", " HUP INT TERM CHLD PIPE XFSZ"},
	{"blocked SIGTERM", 0, SIGTERM, " TERM", " HUP INT TERM CHLD PIPE XFSZ"},
};

static int
play_inherited(int fd, void *arg)
{
	const struct inherited *row = *(const struct inherited *const *)arg;
	sigset_t sets[2];
	size_t i, j;

	start_with(row->ignored, row->blocked);
	sigwatch_inherited(&sets[0], &sets[1]);
	for (i = 0; i < 2; i++) {
		for (j = 0; j < ARRAY_SIZE(all); j++) {
			if (sigismember(&sets[i], all[j].number))
				dprintf(fd, "%s", all[j].name);
		}
		dprintf(fd, "|");
	}
	return 0;
}

static void
what_a_child_inherits(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(inherited); i++) {
		const struct inherited *row = &inherited[i];
		char *want = xasprintf("%s|%s|", row->mask, row->defaults);
		struct strbuf out;

		strbuf_init(&out);
		expect_fork(play_inherited, &row, &out);
		bad += !expect_same(row->name, out.buf, want);
		strbuf_release(&out);
		free(want);
	}
	assert_int_equal(bad, 0);
}

/* Writes that fail say so, instead of ending the program. */
static int
play_errors(int fd, void *arg)
{
	char *folder = expect_folder();
	char *path = xasprintf("%s/file", folder);
	struct rlimit limit = {8, 8};
	int ends[2], file = open(path, O_RDWR | O_CREAT, 0600);

	(void)arg;
	start_with(0, 0);
	expect_remove(folder);
	free(path);
	free(folder);
	expect_pipe(ends);
	close(ends[0]);
	if (write(ends[1], "x", 1) < 0 && errno == EPIPE)
		dprintf(fd, "EPIPE ");
	setrlimit(RLIMIT_FSIZE, &limit);
	if (write(file, "12345678", 8) == 8 && write(file, "9", 1) < 0 && errno == EFBIG)
		dprintf(fd, "EFBIG ");
	return 0;
}

static void
errors_of_writes(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	assert_int_equal(expect_fork(play_errors, NULL, &out), 0);
	expect_text("errors", out.buf, "EPIPE EFBIG ");
	strbuf_release(&out);
}

/*
 * In a terminal of its own: tells when it can be spoken to, then what comes, until SIGHUP. Once
 * more the same signal as ^C sends, but by a process of its group.
 */
static int
play_terminal(int fd, void *arg)
{
	int slave = *(int *)arg;
	struct sigwatch_signal signal;

	start_with(0, 0);
	if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		return 1;
	dprintf(fd, "ready\n");
	sigwatch_wait(0, NULL, NULL, -1);
	say_taken(fd);
	kill(0, SIGINT);
	sigwatch_wait(0, NULL, NULL, -1);
	say_taken(fd);
	dprintf(fd, "\n");
	while (!sigwatch_take(&signal)) /* the terminal goes away */
		sigwatch_wait(0, NULL, NULL, -1);
	return signal.number == SIGHUP && signal.from_terminal ? 0 : 1;
}

/* Reads up to the end of a line. */
static void
expect_line(int fd, const char *want)
{
	char line[64];
	size_t n = 0;

	while (n < sizeof(line) - 1 && read(fd, line + n, 1) == 1 && line[n++] != '\n')
		;
	line[n] = '\0';
	expect_text("terminal", line, want);
}

static void
signals_of_a_terminal(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave, ends[2], status;
	pid_t pid;

	(void)state;
	assert_true(master >= 0);
	grantpt(master);
	unlockpt(master);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	expect_pipe(ends);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(WATCHDOG / 2);
		close(master);
		_exit(play_terminal(ends[1], &slave));
	}
	close(ends[1]);
	expect_line(ends[0], "ready\n");
	assert_int_equal(write(master, "\003", 1), 1);
	expect_line(ends[0], "^INT INT \n");
	close(slave);
	close(master);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(ends[0]);
}

static const struct death {
	const char *name;
	int number, ignored;
} deaths[] = {
	{"SIGINT", SIGINT, 0},
	{"SIGTERM", SIGTERM, 0},
	{"SIGHUP", SIGHUP, 0},
	{"one that was ignored", SIGHUP, SIGHUP},
};

static int
play_death(int fd, void *arg)
{
	const struct death *row = *(const struct death *const *)arg;

	(void)fd;
	start_with(row->ignored, 0);
	sigwatch_die(row->number);
}

static void
dying(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(deaths); i++) {
		const struct death *row = &deaths[i];
		int status = expect_fork(play_death, &row, NULL);

		bad += !expect_number(row->name, "signal",
			WIFSIGNALED(status) ? WTERMSIG(status) : 0, row->number);
	}
	assert_int_equal(bad, 0);
}

/* As process 1 of a container, where there is leave to make one. */
static int
play_first_process(int fd, void *arg)
{
	int nowhere = open("/dev/null", O_RDWR);

	(void)arg;
	(void)fd;
	dup2(nowhere, 2);
	execlp("unshare", "unshare", "--fork", "--pid", "--", self, "die", (char *)NULL);
	return 99;
}

static void
dying_as_process_1(void **state)
{
	int status = expect_fork(play_first_process, NULL, NULL);

	(void)state;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 128 + SIGTERM) {
		/* 1 and 99: unshare may not, or is not there */
		assert_true(WIFEXITED(status));
		assert_true(WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 99);
		skip();
	}
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_that_come),
		cmocka_unit_test(only_while_waiting),
		cmocka_unit_test(descriptors),
		cmocka_unit_test(time_passes),
		cmocka_unit_test(children),
		cmocka_unit_test(what_a_child_inherits),
		cmocka_unit_test(errors_of_writes),
		cmocka_unit_test(signals_of_a_terminal),
		cmocka_unit_test(dying),
		cmocka_unit_test(dying_as_process_1),
	};

	if (argc > 1) {
		start_with(0, 0);
		if (getpid() != 1)
			return 1;
		sigwatch_die(SIGTERM);
	}
	self = argv[0];
	alarm(WATCHDOG);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
