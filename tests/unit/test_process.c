#include "process.h"

#include <errno.h>

#include "expect.h"
#include "sigwatch.h"

extern char **environ;

static char *self;   /* this program; with a role as its argument it plays a command */
static char *folder; /* for files; removed at the end */
static char *signals_at_start, *descriptors_at_start;

/* ---- The roles this program plays when it is started as a command. ---- */

/*
 * Which signals are blocked and ignored, from /proc/self/status. 32 and 33 do not count: a C
 * library keeps them for itself, and glibc's posix_spawn has them ignored.
 */
static void
print_signals(FILE *out)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];

	while (status && fgets(line, sizeof(line), status)) {
		if (strncmp(line, "SigBlk:", 7) == 0 || strncmp(line, "SigIgn:", 7) == 0)
			fprintf(out, "%.7s %llx\n", line,
				strtoull(line + 7, NULL, 16) & ~(3ull << 31));
	}
	if (status)
		fclose(status);
}

/* Those that a program started from here has, where nothing else is said. */
static void
print_descriptors(FILE *out)
{
	int fd;

	for (fd = 0; fd < 256; fd++) {
		if (fcntl(fd, F_GETFD) == 0)
			fprintf(out, "%d\n", fd);
	}
}

/*
 * Has a child of its own; both hold standard output open. "go" is written when both are there. The
 * command waits for a signal, and its child until standard input ends, which it then answers.
 */
static void
play_family(void)
{
	char c;

	if (fork() == 0) {
		if (write(1, "child\n", 6) != 6)
			_exit(1);
		if (read(0, &c, 1) >= 0 && write(1, "bye\n", 4) != 4)
			_exit(1);
		_exit(0);
	}
	for (;;)
		pause();
}

static int
play(const char *role)
{
	char **e;

	if (str_eq(role, "signals"))
		print_signals(stdout);
	if (str_eq(role, "descriptors"))
		print_descriptors(stdout);
	if (str_eq(role, "group"))
		printf("%d %d\n", (int)getpid(), (int)getpgrp());
	for (e = environ; str_eq(role, "environment") && *e; e++)
		puts(*e);
	if (str_eq(role, "family"))
		play_family();
	return 0;
}

/* What one of the functions above prints; the caller frees it. */
static char *
printed(void (*print)(FILE *out))
{
	char *buf = NULL;
	size_t len;
	FILE *text = open_memstream(&buf, &len);

	print(text);
	fclose(text);
	return buf;
}

/* ---- Starting, and waiting for the end. ---- */

/* Waits for a child's end, as the executor does. */
static void
wait_for(pid_t pid, struct process_end *end)
{
	for (;;) {
		sigwatch_wait(0, NULL, NULL, -1);
		if (!sigwatch_child())
			continue;
		while (process_reap(end)) {
			if (end->pid == pid)
				return;
		}
	}
}

/* Runs a command to its end; what it prints goes to out. Returns the error of process_spawn. */
static int
run(char *const argv[], char *const env[], bool own_group, struct strbuf *out,
	struct process_end *end)
{
	struct process_io io = {open("/dev/null", O_RDONLY | O_CLOEXEC), -1, 2};
	struct process process;
	int ends[2], error;

	expect_pipe(ends);
	io.out = ends[1];
	error = process_spawn(&process, argv, env, &io, own_group);
	close(ends[1]);
	close(io.in);
	if (!error) {
		expect_read_all(ends[0], out);
		wait_for(process.pid, end);
		assert_int_equal(process.own_group, own_group);
	}
	close(ends[0]);
	return error;
}

/* Runs this program in a role; returns what it prints, until the next call. */
static const char *
run_role(const char *role)
{
	static struct strbuf out;
	char *word = xstrdup(role);
	char *argv[] = {self, word, NULL};
	struct process_end end;

	if (!out.buf)
		strbuf_init(&out);
	strbuf_release(&out);
	assert_int_equal(run(argv, environ, true, &out, &end), 0);
	assert_int_equal(end.status, 0);
	free(word);
	return out.buf;
}

/* ---- Tests. ---- */

static const struct {
	const char *command;
	int status, signal;
} ends[] = {
	{"exit 0", 0, 0},
	{"exit 1", 1, 0},
	{"exit 42", 42, 0},
	{"exit 127", 127, 0},
	{"exit 137", 137, 0}, /* what looks like a signal and is none */
	{"exit 255", 255, 0},
	{"kill -HUP $$", 129, SIGHUP},
	{"kill -INT $$", 130, SIGINT},
	{"kill -KILL $$", 137, SIGKILL},
	{"kill -PIPE $$", 141, SIGPIPE},
	{"kill -TERM $$", 143, SIGTERM},
	{"ulimit -c 0; kill -SEGV $$", 139, SIGSEGV},
	{"ulimit -c 0; kill -ABRT $$", 134, SIGABRT},
};

static void
statuses(void **state)
{
	char sh[] = "sh", c[] = "-c";
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		char *command = xstrdup(ends[i].command);
		char *argv[] = {sh, c, command, NULL};
		struct process_end end = {0, -1, -1};
		struct strbuf out;

		strbuf_init(&out);
		assert_int_equal(run(argv, environ, i % 2, &out, &end), 0);
		bad += !expect_number(command, "status", end.status, ends[i].status);
		bad += !expect_number(command, "signal", end.signal, ends[i].signal);
		strbuf_release(&out);
		free(command);
	}
	assert_int_equal(bad, 0);
}

/* Files in the folder that the next test tries to run. */
static void
make_files(void)
{
	static const struct {
		const char *name, *text;
		mode_t mode;
	} files[] = {
		{"good", "#!/bin/sh\necho good \"$@\"\n", 0755},
		{"not-executable", "#!/bin/sh\n", 0644},
		{"no-program", "\001\002\003", 0755},
		{"no-interpreter", "#!/no/such/interpreter\n", 0755},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		char *path = xasprintf("%s/%s", folder, files[i].name);
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		ssize_t len = (ssize_t)strlen(files[i].text);

		assert_true(write(fd, files[i].text, (size_t)len) == len);
		fchmod(fd, files[i].mode);
		close(fd);
		free(path);
	}
}

/* FOLDER/ stands for the folder of the files above. */
static const struct {
	const char *program;
	int error, status;
} failures[] = {
	{"FOLDER/missing", ENOENT, 127},
	{"/no/such/folder/program", ENOENT, 127},
	{"no-such-program-anywhere", ENOENT, 127},
	{"", ENOENT, 127},
	{"FOLDER/no-interpreter", ENOENT, 127},
	{"FOLDER/good/below-a-file", ENOTDIR, 127},
	{"FOLDER/not-executable", EACCES, 126},
	{"not-executable", EACCES, 126}, /* found on PATH */
	{"FOLDER/", EACCES, 126},
	{"/", EACCES, 126},
	{"FOLDER/no-program", ENOEXEC, 126},
};

static char *
in_folder(const char *program)
{
	const char *rest = str_skip_prefix(program, "FOLDER/");

	return rest ? xasprintf("%s/%s", folder, rest) : xstrdup(program);
}

static void
what_cannot_be_started(void **state)
{
	int files = expect_open_files();
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		char *program = in_folder(failures[i].program);
		char *argv[] = {program, NULL};
		struct process_end end;
		struct strbuf out;
		int error;

		strbuf_init(&out);
		error = run(argv, environ, i % 2, &out, &end);
		bad += !expect_number(failures[i].program, "error", error, failures[i].error);
		bad += !expect_number(failures[i].program, "status", process_spawn_status(error),
			failures[i].status);
		strbuf_release(&out);
		free(program);
	}
	assert_int_equal(bad, 0);
	assert_int_equal(expect_open_files(), files);
}

static void
arguments_that_are_too_long(void **state)
{
	char sh[] = "sh", *big = xcalloc(32u << 20, 1);
	char *argv[] = {sh, big, NULL};
	struct process_end end;
	struct strbuf out;

	(void)state;
	memset(big, 'x', (32u << 20) - 1);
	strbuf_init(&out);
	assert_int_equal(run(argv, environ, true, &out, &end), E2BIG);
	assert_int_equal(process_spawn_status(E2BIG), 126);
	strbuf_release(&out);
	free(big);
}

static void
spawn_statuses(void **state)
{
	(void)state;
	assert_int_equal(process_spawn_status(ENOENT), 127);
	assert_int_equal(process_spawn_status(ENOTDIR), 127);
	assert_int_equal(process_spawn_status(EACCES), 126);
	assert_int_equal(process_spawn_status(EAGAIN), 126);
	assert_int_equal(process_spawn_status(ENOMEM), 126);
	assert_int_equal(process_spawn_status(EMFILE), 126);
}

static void
looked_for_on_path(void **state)
{
	char good[] = "good", a[] = "a b";
	char *argv[] = {good, a, NULL};
	struct process_end end;
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	assert_int_equal(run(argv, environ, true, &out, &end), 0);
	assert_int_equal(end.status, 0);
	expect_text("output", out.buf, "good a b\n");
	strbuf_release(&out);
}

static void
arguments_reach_it_as_they_are(void **state)
{
	char sh[] = "/bin/sh", c[] = "-c", script[] = "printf '<%s>' \"$@\"", zero[] = "sh";
	char blanks[] = " a  b ", none[] = "", glob[] = "*", var[] = "$HOME", tick[] = "`x`";
	char quotes[] = "'\"\\", newline[] = "a\nb", bytes[] = "\xff\x01\x7f", option[] = "--x=y z";
	char *argv[] = {sh, c, script, zero, blanks, none, glob, var, tick, quotes, newline, bytes,
		option, NULL};
	struct process_end end;
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	assert_int_equal(run(argv, environ, true, &out, &end), 0);
	expect_text("arguments", out.buf,
		"< a  b ><><*><$HOME><`x`><'\"\\><a\nb><\xff\x01\x7f><--x=y z>");
	strbuf_release(&out);
}

static void
environment(void **state)
{
	char role[] = "environment", one[] = "A=1 2", two[] = "B=";
	char *argv[] = {self, role, NULL};
	char *env[] = {one, two, NULL}, *none[] = {NULL};
	struct process_end end;
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	assert_int_equal(run(argv, env, true, &out, &end), 0);
	expect_text("environment", out.buf, "A=1 2\nB=\n");
	strbuf_reset(&out);
	assert_int_equal(run(argv, none, true, &out, &end), 0);
	expect_text("none", out.buf, "");
	strbuf_release(&out);
}

/* Each of its three goes where it was told, and all stay open here. */
static void
descriptors(void **state)
{
	char sh[] = "sh", c[] = "-c", script[] = "cat; echo warning >&2";
	char *argv[] = {sh, c, script, NULL};
	int in[2], out[2], err[2];
	struct process_io io;
	struct process process;
	struct process_end end;
	struct strbuf text;
	size_t i;

	(void)state;
	expect_pipe(in);
	expect_pipe(out);
	expect_pipe(err);
	io = (struct process_io){in[0], out[1], err[1]};
	assert_int_equal(process_spawn(&process, argv, environ, &io, true), 0);
	assert_true(fcntl(in[0], F_GETFD) == FD_CLOEXEC);
	assert_true(fcntl(out[1], F_GETFD) == FD_CLOEXEC);
	assert_true(fcntl(err[1], F_GETFD) == FD_CLOEXEC);
	close(out[1]);
	close(err[1]);
	assert_true(write(in[1], "hello", 5) == 5);
	close(in[0]);
	close(in[1]);
	strbuf_init(&text);
	for (i = 0; i < 2; i++) {
		expect_read_all(i ? err[0] : out[0], &text);
		strbuf_addch(&text, '|');
	}
	expect_text("output", text.buf, "hello|warning\n|");
	wait_for(process.pid, &end);
	assert_int_equal(end.status, 0);
	strbuf_release(&text);
	close(out[0]);
	close(err[0]);
}

/* One pipe for both outputs, so that their order is kept. */
static void
one_pipe_for_both_outputs(void **state)
{
	char sh[] = "sh", c[] = "-c", script[] = "echo 1; echo 2 >&2; echo 3; echo 4 >&2";
	char *argv[] = {sh, c, script, NULL};
	struct process_io io = {open("/dev/null", O_RDONLY | O_CLOEXEC), -1, -1};
	struct process process;
	struct process_end end;
	struct strbuf text;
	int out[2];

	(void)state;
	expect_pipe(out);
	io.out = io.err = out[1];
	assert_int_equal(process_spawn(&process, argv, environ, &io, false), 0);
	close(out[1]);
	close(io.in);
	strbuf_init(&text);
	expect_read_all(out[0], &text);
	expect_text("output", text.buf, "1\n2\n3\n4\n");
	wait_for(process.pid, &end);
	strbuf_release(&text);
	close(out[0]);
}

static void
no_other_descriptors(void **state)
{
	int kept[2];

	(void)state;
	expect_pipe(kept);
	expect_text("descriptors", run_role("descriptors"), descriptors_at_start);
	close(kept[0]);
	close(kept[1]);
}

static void
signals_as_at_the_start(void **state)
{
	char *here;

	(void)state;
	if (!*signals_at_start)
		skip();
	expect_text("in the command", run_role("signals"), signals_at_start);
	/* or this would prove nothing: here they are blocked and ignored */
	here = printed(print_signals);
	assert_string_not_equal(here, signals_at_start);
	free(here);
}

static void
groups(void **state)
{
	char role[] = "group";
	char *argv[] = {self, role, NULL};
	struct process_end end;
	int own;

	(void)state;
	for (own = 0; own < 2; own++) {
		char *want;
		struct strbuf out;

		strbuf_init(&out);
		assert_int_equal(run(argv, environ, own, &out, &end), 0);
		want = xasprintf("%d %d\n", (int)end.pid, (int)(own ? end.pid : getpgrp()));
		expect_text(own ? "own" : "ours", out.buf, want);
		strbuf_release(&out);
		free(want);
	}
}

/* Starts the role "family"; returns when both of it are there. */
static void
start_family(struct process *process, bool own_group, int *to, int *from)
{
	char role[] = "family", line[8] = "";
	char *argv[] = {self, role, NULL};
	int in[2], out[2];
	struct process_io io;

	expect_pipe(in);
	expect_pipe(out);
	io = (struct process_io){in[0], out[1], 2};
	assert_int_equal(process_spawn(process, argv, environ, &io, own_group), 0);
	close(in[0]);
	close(out[1]);
	assert_int_equal(read(out[0], line, 6), 6);
	expect_text("child", line, "child\n");
	*to = in[1];
	*from = out[0];
}

static void
a_signal_reaches_the_whole_group(void **state)
{
	struct process process;
	struct process_end end;
	struct strbuf text;
	int to, from;

	(void)state;
	start_family(&process, true, &to, &from);
	process_signal(&process, SIGTERM);
	strbuf_init(&text);
	expect_read_all(from, &text); /* ends when both have */
	expect_text("output", text.buf, "");
	wait_for(process.pid, &end);
	assert_int_equal(end.signal, SIGTERM);
	strbuf_release(&text);
	close(to);
	close(from);
}

static void
a_signal_reaches_the_process_alone(void **state)
{
	struct process process;
	struct process_end end;
	struct strbuf text;
	int to, from;

	(void)state;
	start_family(&process, false, &to, &from);
	process_signal(&process, SIGTERM);
	wait_for(process.pid, &end);
	assert_int_equal(end.signal, SIGTERM);
	close(to);
	strbuf_init(&text);
	expect_read_all(from, &text);
	expect_text("its child", text.buf, "bye\n");
	strbuf_release(&text);
	close(from);
}

/* What it left running is reached as long as it has not been reaped. */
static void
a_signal_reaches_what_an_ended_process_left(void **state)
{
	struct process process;
	struct process_end end;
	struct strbuf text;
	siginfo_t info;
	int to, from;

	(void)state;
	start_family(&process, true, &to, &from);
	kill(process.pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)process.pid, &info, WEXITED | WNOWAIT), 0);
	process_signal(&process, SIGTERM);
	strbuf_init(&text);
	expect_read_all(from, &text);
	expect_text("output", text.buf, "");
	wait_for(process.pid, &end);
	assert_int_equal(end.signal, SIGKILL);
	strbuf_release(&text);
	close(to);
	close(from);
}

static void
reaping(void **state)
{
	struct process_end end = {0, 0, 0};
	int gate[2], i, seen = 0;
	pid_t pids[3];

	(void)state;
	assert_false(process_reap(&end)); /* there is none */
	expect_pipe(gate);
	for (i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			char c;

			close(gate[1]);
			_exit(read(gate[0], &c, 1) == 0 ? i + 7 : 1);
		}
	}
	assert_false(process_reap(&end)); /* none has ended */
	close(gate[0]);
	close(gate[1]);
	while (seen < 3) {
		sigwatch_wait(0, NULL, NULL, -1);
		sigwatch_child();
		while (process_reap(&end)) {
			for (i = 0; i < 3 && pids[i] != end.pid;)
				i++;
			assert_int_not_equal(i, 3);
			assert_int_equal(end.status, i + 7);
			assert_int_equal(end.signal, 0);
			seen++;
		}
	}
	assert_false(process_reap(&end));
}

static void
set_up(char *name)
{
	char *path;

	expect_default_signals();
	signals_at_start = printed(print_signals);
	descriptors_at_start = printed(print_descriptors);
	self = name;
	folder = expect_folder();
	path = xasprintf("%s:/usr/bin:/bin", folder); /* no folder that we may not read */
	setenv("PATH", path, 1);
	free(path);
	make_files();
	sigwatch_start();
	alarm(WATCHDOG);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses),
		cmocka_unit_test(what_cannot_be_started),
		cmocka_unit_test(arguments_that_are_too_long),
		cmocka_unit_test(spawn_statuses),
		cmocka_unit_test(looked_for_on_path),
		cmocka_unit_test(arguments_reach_it_as_they_are),
		cmocka_unit_test(environment),
		cmocka_unit_test(descriptors),
		cmocka_unit_test(one_pipe_for_both_outputs),
		cmocka_unit_test(no_other_descriptors),
		cmocka_unit_test(signals_as_at_the_start),
		cmocka_unit_test(groups),
		cmocka_unit_test(a_signal_reaches_the_whole_group),
		cmocka_unit_test(a_signal_reaches_the_process_alone),
		cmocka_unit_test(a_signal_reaches_what_an_ended_process_left),
		cmocka_unit_test(reaping),
	};
	int failed;

	if (argc > 1)
		return play(argv[1]);
	set_up(argv[0]);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	expect_remove(folder);
	free(folder);
	free(signals_at_start);
	free(descriptors_at_start);
	return failed;
}
