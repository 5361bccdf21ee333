#include "pump.h"

#include <errno.h>
#include <limits.h>
#include <sys/resource.h>

#include "expect.h"

#define SLOTS 3
#define MIB   (1u << 20)

static char *folder;

/* A pump whose two outlets are pipes that the test reads. */
struct rig {
	struct pump p;
	int from[2];                 /* what is written to the outlets comes out here */
	struct strbuf text[2], told; /* that, and the events */
	struct process_io io[SLOTS]; /* the commands' ends; in is not used */
	bool open[SLOTS];
	bool deaf; /* the outlets are not read now */
};

static void
on_line(void *ctx, size_t slot, const char *line, size_t len)
{
	struct rig *rig = ctx;

	strbuf_addf(&rig->told, "%zu '", slot);
	strbuf_add(&rig->told, line, len);
	strbuf_addstr(&rig->told, "'\n");
}

static void
on_turn(void *ctx, size_t slot)
{
	struct rig *rig = ctx;

	strbuf_addf(&rig->told, "%zu's turn\n", slot);
}

static void
rig_open(struct rig *rig, bool one_output)
{
	size_t i;

	*rig = (struct rig){.deaf = false};
	pump_init(&rig->p, SLOTS, folder, one_output, 1, 2);
	pump_tell(&rig->p, &(struct pump_events){on_line, on_turn, rig});
	for (i = 0; i < 2; i++) {
		int ends[2];

		expect_pipe(ends);
		rig->from[i] = ends[0];
		rig->p.outlets[i].fd = ends[1];
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
		strbuf_init(&rig->text[i]);
	}
	strbuf_init(&rig->told);
}

static void
rig_close(struct rig *rig)
{
	size_t i;

	for (i = 0; i < SLOTS; i++) {
		if (rig->open[i])
			pump_started(&rig->io[i]);
	}
	for (i = 0; i < 2; i++) {
		close(rig->p.outlets[i].fd);
		close(rig->from[i]);
		strbuf_release(&rig->text[i]);
	}
	pump_release(&rig->p);
	strbuf_release(&rig->told);
}

/* Waits at most so long, moves what can be moved, and reads the outlets; whether anything moved. */
static bool
rig_move(struct rig *rig, long milliseconds)
{
	struct timeval timeout = {milliseconds / 1000, milliseconds % 1000 * 1000};
	fd_set readable, writable;
	int nfds = pump_prepare(&rig->p, &readable, &writable);
	int n = select(nfds, &readable, &writable, NULL, &timeout);
	size_t before = rig->text[0].len + rig->text[1].len, i;

	assert_true(n >= 0);
	if (n > 0)
		pump_move(&rig->p, &readable, &writable);
	for (i = 0; i < 2 && !rig->deaf; i++)
		expect_read_all(rig->from[i], &rig->text[i]);
	return n > 0 || rig->text[0].len + rig->text[1].len > before;
}

/* Until nothing moves any more. */
static void
rig_settle(struct rig *rig)
{
	while (rig_move(rig, 0))
		;
}

static void
rig_start(struct rig *rig, size_t slot, bool live, bool split)
{
	assert_false(rig->open[slot]);
	assert_int_equal(pump_open(&rig->p, slot, live, split, &rig->io[slot]), 0);
	rig->open[slot] = true;
}

static void
rig_write(struct rig *rig, size_t slot, bool to_stdout, const char *text, size_t len)
{
	int fd = to_stdout ? rig->io[slot].out : rig->io[slot].err;

	assert_true(rig->open[slot]);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
}

/* The command ends, and with it its ends of the pipes. */
static void
rig_end(struct rig *rig, size_t slot)
{
	pump_started(&rig->io[slot]);
	rig->open[slot] = false;
	pump_end(&rig->p, slot);
}

/* ---- A table of short stories. ---- */

enum act {
	STOP,
	LIVE,  /* a command is started in the slot, both outputs in one pipe */
	SPLIT, /* so too, with a pipe for each */
	HELD,
	OUT, /* it writes to its standard output */
	ERR,
	END,
	GO_LIVE,
	SHOW,
	CLEAR,
	SAY,
	STATUS,
	PAUSE,
	GO_ON
};

static const struct story {
	const char *name;
	bool one_output;
	struct {
		enum act act;
		size_t slot;
		const char *text;
	} acts[16];
	const char *out, *err, *told;
} stories[] = {
	{"live", false,
		{{LIVE, 0}, {OUT, 0, "one\n"}, {ERR, 0, "two\n"}, {OUT, 0, "three\n"}, {END, 0}},
		"", "one\ntwo\nthree\n", "0's turn\n0 'one'\n0 'two'\n0 'three'\n"},
	{"live, split", false,
		{{SPLIT, 0}, {OUT, 0, "one\n"}, {ERR, 0, "two\n"}, {OUT, 0, "three\n"}, {END, 0}},
		"one\nthree\n", "two\n", "0's turn\n0 'one'\n0 'two'\n0 'three'\n"},
	{"live, split, but both our outputs are one file", true,
		{{SPLIT, 0}, {OUT, 0, "one\n"}, {ERR, 0, "two\n"}, {END, 0}}, "", "one\ntwo\n",
		"0's turn\n0 'one'\n0 'two'\n"},
	{"what is in the pipe at the end", false,
		{{LIVE, 0}, {PAUSE}, {OUT, 0, "one\n"}, {OUT, 0, "two"}, {END, 0}, {GO_ON}}, "",
		"one\ntwo", "0's turn\n0 'one'\n0 'two'\n"},
	{"held", false, {{HELD, 0}, {OUT, 0, "one\n"}, {ERR, 0, "two\n"}}, "", "",
		"0 'one'\n0 'two'\n"},
	{"held, then shown", false,
		{{HELD, 0}, {OUT, 0, "one\n"}, {ERR, 0, "two\n"}, {END, 0}, {SHOW, 0}}, "",
		"one\ntwo\n", "0 'one'\n0 'two'\n"},
	{"held, split: all goes to standard error", false,
		{{HELD, 0}, {OUT, 0, "one\n"}, {END, 0}, {SHOW, 0}}, "", "one\n", "0 'one'\n"},
	{"shown twice", false,
		{{HELD, 0}, {OUT, 0, "one\n"}, {END, 0}, {SHOW, 0}, {SHOW, 0}, {CLEAR, 0},
			{SHOW, 0}},
		"", "one\n", "0 'one'\n"},
	{"held, then forgotten", false,
		{{HELD, 0}, {OUT, 0, "one\n"}, {END, 0}, {CLEAR, 0}, {SHOW, 0}}, "", "",
		"0 'one'\n"},
	{"two commands of one step", false,
		{{HELD, 0}, {OUT, 0, "one\n"}, {END, 0}, {HELD, 0}, {OUT, 0, "two\n"}, {END, 0},
			{SHOW, 0}},
		"", "one\ntwo\n", "0 'one'\n0 'two'\n"},
	{"held, then live", false,
		{{HELD, 0}, {OUT, 0, "one\n"}, {GO_LIVE, 0}, {OUT, 0, "two\n"}, {END, 0}}, "",
		"one\ntwo\n", "0 'one'\n0 'two'\n"},
	{"held, then live in the middle of a line", false,
		{{HELD, 0}, {OUT, 0, "on"}, {GO_LIVE, 0}, {OUT, 0, "e\n"}, {END, 0}}, "", "one\n",
		"0 'one'\n"},
	{"one shown whole between another's lines", false,
		{{LIVE, 0}, {HELD, 1}, {OUT, 0, "a1\n"}, {OUT, 1, "b1\n"}, {OUT, 0, "a2\n"},
			{OUT, 1, "b2\n"}, {END, 1}, {SHOW, 1}, {OUT, 0, "a3\n"}, {OUT, 0, "a4\n"}},
		"", "a1\na2\nb1\nb2\na3\na4\n",
		"0's turn\n0 'a1'\n1 'b1'\n0 'a2'\n1 'b2'\n0's turn\n0 'a3'\n0 'a4'\n"},
	{"one shown in the middle of another's line", false,
		{{LIVE, 0}, {HELD, 1}, {OUT, 0, "a"}, {OUT, 1, "b\n"}, {END, 1}, {SHOW, 1},
			{OUT, 0, "c\n"}},
		"", "a\nb\nc\n", "0's turn\n1 'b'\n0's turn\n0 'ac'\n"},
	{"words of our own", false, {{SAY, 0, "hello\n"}, {SAY, 0, "again\n"}}, "",
		"hello\nagain\n", ""},
	{"words of our own in the middle of a line", false,
		{{LIVE, 0}, {OUT, 0, "a"}, {SAY, 0, "hello\n"}, {OUT, 0, "b\n"}}, "",
		"a\nhello\nb\n", "0's turn\n0's turn\n0 'ab'\n"},
	{"words of our own behind a held one that did not end its line", false,
		{{HELD, 0}, {OUT, 0, "one"}, {END, 0}, {SHOW, 0}, {SAY, 0, "hello\n"}}, "",
		"one\nhello\n", "0 'one'\n"},
	{"a live one behind one that did not end its line", false,
		{{LIVE, 0}, {OUT, 0, "a"}, {END, 0}, {LIVE, 1}, {OUT, 1, "b\n"}}, "", "a\nb\n",
		"0's turn\n0 'a'\n1's turn\n1 'b'\n"},
	{"a live one that goes on behind one that did not end its line", false,
		{{LIVE, 0}, {HELD, 1}, {OUT, 0, "x\n"}, {OUT, 1, "b"}, {END, 1}, {SHOW, 1},
			{OUT, 0, "c\n"}},
		"", "x\nb\nc\n", "0's turn\n0 'x'\n1 'b'\n0's turn\n0 'c'\n"},
	{"paused: all waits", false, {{LIVE, 0}, {PAUSE}, {SAY, 0, "hello\n"}, {OUT, 0, "a\n"}}, "",
		"", ""},
	{"paused, and on again", false,
		{{LIVE, 0}, {PAUSE}, {SAY, 0, "hello\n"}, {OUT, 0, "a\n"}, {GO_ON}}, "",
		"hello\na\n", "0's turn\n0 'a'\n"},
	{"a status line goes when anything else is shown, or it is the next", false,
		{{STATUS, 0, "a"}, {STATUS, 0, "b"}, {SAY, 0, "c\n"}, {STATUS, 0, "d"},
			{STATUS, 0, ""}, {STATUS, 0, ""}, {SAY, 0, "e\n"}},
		"",
		"\r\033[Ka\r\033[Kb\r\033[Kc\n"
		"\r\033[Kd\r\033[Ke\n",
		""},
	{"none behind a line that has not ended, nor while a command draws", false,
		{{LIVE, 0}, {OUT, 0, "a"}, {STATUS, 0, "b"}, {OUT, 0, "\n"}, {PAUSE, 0},
			{STATUS, 0, "c"}, {GO_ON, 0}, {STATUS, 0, "d"}, {OUT, 0, "e\n"}, {END, 0}},
		"",
		"a\n"
		"\r\033[Kd\r\033[Ke\n",
		"0's turn\n0 'a'\n0 'e'\n"},
	{"empty texts", false,
		{{LIVE, 0}, {OUT, 0, "a"}, {HELD, 1}, {END, 1}, {SAY, 0, ""}, {END, 0}}, "", "a\n",
		"0's turn\n0 'a'\n"},
};

static void
act(struct rig *rig, enum act act, size_t slot, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (act == LIVE || act == SPLIT || act == HELD)
		rig_start(rig, slot, act != HELD, act == SPLIT);
	if (act == OUT || act == ERR)
		rig_write(rig, slot, act == OUT, text, len);
	if (act == END)
		rig_end(rig, slot);
	if (act == GO_LIVE)
		pump_go_live(&rig->p, slot);
	if (act == SHOW)
		pump_show(&rig->p, slot);
	if (act == CLEAR)
		pump_clear(&rig->p, slot);
	if (act == SAY)
		pump_say(&rig->p, text, len);
	if (act == STATUS)
		pump_status(&rig->p, text, len);
	if (act == PAUSE || act == GO_ON)
		pump_pause(&rig->p, act == PAUSE);
}

static void
what_goes_where(void **state)
{
	unsigned bad = 0;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(stories); i++) {
		const struct story *story = &stories[i];
		struct rig rig;

		rig_open(&rig, story->one_output);
		for (j = 0; story->acts[j].act != STOP; j++) {
			act(&rig, story->acts[j].act, story->acts[j].slot, story->acts[j].text);
			rig_settle(&rig);
		}
		bad += !expect_same(story->name, rig.text[0].buf, story->out);
		bad += !expect_same(story->name, rig.text[1].buf, story->err);
		bad += !expect_same(story->name, rig.told.buf, story->told);
		rig_close(&rig);
	}
	assert_int_equal(bad, 0);
}

/* How pieces of output are told as lines. */
static const struct {
	const char *name;
	const char *pieces[6];
	const char *told;
} cuts[] = {
	{"a line a piece", {"one\n", "two\n"}, "0 'one'\n0 'two'\n"},
	{"lines in one piece", {"one\ntwo\nthree\n"}, "0 'one'\n0 'two'\n0 'three'\n"},
	{"a line in pieces", {"o", "n", "e", "\n"}, "0 'one'\n"},
	{"its end is the next one's start", {"on", "e\ntw", "o\n"}, "0 'one'\n0 'two'\n"},
	{"no end", {"one"}, "0 'one'\n"},
	{"carriage returns stay", {"one\r\n", "1%\r2%\r\n"}, "0 'one\r'\n0 '1%\r2%\r'\n"},
	{"nothing", {""}, ""},
};

static void
lines(void **state)
{
	unsigned bad = 0;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		struct rig rig;

		rig_open(&rig, false);
		rig_start(&rig, 0, false, false);
		for (j = 0; cuts[i].pieces[j]; j++) {
			rig_write(&rig, 0, true, cuts[i].pieces[j], strlen(cuts[i].pieces[j]));
			rig_settle(&rig);
		}
		rig_end(&rig, 0);
		bad += !expect_same(cuts[i].name, rig.told.buf, cuts[i].told);
		rig_close(&rig);
	}
	assert_int_equal(bad, 0);
}

/* Each of the two outputs has lines of its own. */
static void
lines_of_two_outputs(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, false);
	rig_start(&rig, 0, true, true);
	rig_write(&rig, 0, true, "ou", 2);
	rig_settle(&rig);
	rig_write(&rig, 0, false, "err\n", 4);
	rig_settle(&rig);
	rig_write(&rig, 0, true, "t\n", 2);
	rig_settle(&rig);
	expect_text("told", rig.told.buf, "0's turn\n0 'err'\n0 'out'\n");
	rig_close(&rig);
}

/* Of a line that is too long the start is told; all of it is passed on. */
static void
long_lines(void **state)
{
	static const size_t lens[] = {
		PUMP_LINE - 1, PUMP_LINE, PUMP_LINE + 1, 3 * PUMP_LINE, 10 * PUMP_LINE + 17};
	char *line = xcalloc(11 * PUMP_LINE, 1);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		size_t told = lens[i] < PUMP_LINE ? lens[i] : PUMP_LINE, at, n;
		struct rig rig;

		memset(line, 'x', lens[i]);
		line[lens[i]] = '\n';
		rig_open(&rig, false);
		rig_start(&rig, 0, true, false);
		for (at = 0; at <= lens[i]; at += n) {
			n = lens[i] + 1 - at < 1000 ? lens[i] + 1 - at : 1000;
			rig_write(&rig, 0, true, line + at, n);
			rig_settle(&rig);
		}
		rig_write(&rig, 0, true, "next\n", 5);
		rig_settle(&rig);
		assert_int_equal(rig.text[1].len, lens[i] + 1 + 5);
		assert_memory_equal(rig.text[1].buf, line, lens[i] + 1);
		assert_int_equal(rig.told.len, strlen("0's turn\n0 ''\n0 'next'\n") + told);
		assert_memory_equal(rig.told.buf + strlen("0's turn\n0 '"), line, told);
		rig_close(&rig);
	}
	free(line);
}

static void
bytes_of_any_value(void **state)
{
	static const char line[] = "a\0b\xff\n";
	struct rig rig;

	(void)state;
	rig_open(&rig, false);
	rig_start(&rig, 0, true, false);
	rig_write(&rig, 0, true, line, 5);
	rig_settle(&rig);
	assert_int_equal(rig.text[1].len, 5);
	assert_memory_equal(rig.text[1].buf, line, 5);
	assert_int_equal(rig.told.len, strlen("0's turn\n0 ''\n") + 4);
	assert_memory_equal(rig.told.buf + strlen("0's turn\n0 '"), line, 4);
	rig_close(&rig);
}

static void
start_of_what_is_held(void **state)
{
	const char *text;
	struct rig rig;
	size_t i;

	(void)state;
	rig_open(&rig, false);
	assert_int_equal(pump_held(&rig.p, 0, &text), 0);
	rig_start(&rig, 0, false, false);
	rig_write(&rig, 0, true, "abc", 3);
	rig_settle(&rig);
	assert_int_equal(pump_held(&rig.p, 0, &text), 3);
	assert_memory_equal(text, "abc", 3);
	for (i = 0; i < 2 * SPOOL_HEAD; i += 8) {
		rig_write(&rig, 0, true, "01234567", 8);
		rig_settle(&rig);
	}
	rig_end(&rig, 0);
	assert_int_equal(pump_held(&rig.p, 0, &text), SPOOL_HEAD);
	assert_memory_equal(text, "abc01234567", 11);
	pump_show(&rig.p, 0);
	assert_int_equal(pump_held(&rig.p, 0, &text), SPOOL_HEAD);
	pump_clear(&rig.p, 0);
	assert_int_equal(pump_held(&rig.p, 0, &text), 0);
	rig_settle(&rig);
	assert_int_equal(rig.text[1].len, 3 + 2 * SPOOL_HEAD);
	rig_close(&rig);
}

/* ---- Much of it. ---- */

static char
pattern(size_t at)
{
	return (char)(at % 61 == 60 ? '\n' : 'A' + (at ^ at >> 9) % 57);
}

static void
expect_pattern(const struct strbuf *text, size_t len)
{
	size_t i;

	assert_int_equal(text->len, len);
	for (i = 0; i < len; i++) {
		if (text->buf[i] != pattern(i))
			fail_msg("byte %zu is another one", i);
	}
}

/* A command that writes so many bytes of the pattern; returns its process. */
static pid_t
start_writer(struct rig *rig, size_t slot, size_t len, bool live)
{
	pid_t pid;

	rig_start(rig, slot, live, false);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		size_t at = 0, i, n;
		char part[5000];

		alarm(WATCHDOG);
		close(rig->p.slots[slot].channels[0].fd);
		while (at < len) {
			n = len - at < sizeof(part) ? len - at : sizeof(part);
			for (i = 0; i < n; i++)
				part[i] = pattern(at + i);
			if (write(rig->io[slot].out, part, n) != (ssize_t)n)
				_exit(1);
			at += n;
		}
		_exit(0);
	}
	assert_true(pid > 0);
	pump_started(&rig->io[slot]);
	rig->open[slot] = false;
	return pid;
}

static void
millions_of_bytes(void **state)
{
	const size_t len = 6 * MIB + 5;
	int live, status;

	(void)state;
	for (live = 0; live < 2; live++) {
		struct rig rig;
		pid_t pid;

		rig_open(&rig, false);
		pid = start_writer(&rig, 0, len, live);
		while (rig.p.slots[0].channels[0].fd >= 0)
			rig_move(&rig, WATCHDOG * 1000);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		pump_end(&rig.p, 0);
		if (!live) {
			assert_int_equal(rig.text[1].len, 0);
			pump_show(&rig.p, 0);
		}
		rig_settle(&rig);
		assert_true(pump_is_idle(&rig.p));
		expect_pattern(&rig.text[1], len);
		rig_close(&rig);
	}
}

/* ---- Readers that do not read. ---- */

/* Writes pattern until it would block; returns how many bytes went in by then. */
static size_t
write_until_full(struct rig *rig, size_t slot, size_t from, size_t max)
{
	size_t at = from;
	char c;

	fcntl(rig->io[slot].out, F_SETFL, O_NONBLOCK);
	while (at < max) {
		c = pattern(at);
		if (write(rig->io[slot].out, &c, 1) != 1) {
			assert_int_equal(errno, EAGAIN);
			break;
		}
		at++;
		if (at % 1000 == 0)
			rig_settle(rig);
	}
	return at;
}

static void
a_reader_that_stops_reading(void **state)
{
	size_t written, len;
	struct rig rig;

	(void)state;
	rig_open(&rig, false);
	rig.deaf = true;
	rig_start(&rig, 0, true, false);
	/* the command feels it as if it wrote there itself: it cannot go on for ever */
	written = write_until_full(&rig, 0, 0, 4 * MIB);
	assert_true(written < MIB);
	assert_false(rig_move(&rig, 0));
	assert_false(pump_is_idle(&rig.p));
	/* others go on meanwhile, and nothing blocks */
	rig_start(&rig, 1, false, false);
	assert_int_equal(write_until_full(&rig, 1, 0, MIB), MIB);
	rig_end(&rig, 1);
	len = rig.text[1].len;
	assert_int_equal(len, 0);
	/* it reads again, and nothing is lost */
	rig.deaf = false;
	rig_settle(&rig);
	assert_true(pump_is_idle(&rig.p));
	expect_pattern(&rig.text[1], written);
	strbuf_reset(&rig.text[1]);
	pump_show(&rig.p, 1);
	rig_settle(&rig);
	if (rig.text[1].buf[0] == '\n') /* the live one's line was not ended */
		memmove(rig.text[1].buf, rig.text[1].buf + 1, --rig.text[1].len);
	expect_pattern(&rig.text[1], MIB);
	rig_close(&rig);
}

/* Our own words and held output go to a file while nobody reads. */
static void
a_queue_that_grows(void **state)
{
	struct strbuf want;
	struct rig rig;
	size_t i;

	(void)state;
	rig_open(&rig, false);
	rig.deaf = true;
	strbuf_init(&want);
	for (i = 0; i < 25000; i++) {
		struct strbuf line;

		strbuf_init(&line);
		strbuf_addf(&line, "%zu: a line of a hundred bytes or so, %060d\n", i, 0);
		strbuf_add(&want, line.buf, line.len);
		pump_say(&rig.p, line.buf, line.len);
		if (i % 100 == 0)
			rig_settle(&rig);
		strbuf_release(&line);
	}
	assert_true(want.len > 2 * MIB);
	assert_int_equal(expect_count(folder), 0); /* no name stays */
	rig.deaf = false;
	rig_settle(&rig);
	assert_int_equal(rig.text[1].len, want.len);
	assert_memory_equal(rig.text[1].buf, want.buf, want.len);
	assert_int_equal(rig.p.outlets[1].queue.file_len, 0); /* the disk's space is given back */
	strbuf_release(&want);
	rig_close(&rig);
}

/* One output that is not read does not hold up the other. */
static void
one_output_not_read(void **state)
{
	struct rig rig;
	size_t i;

	(void)state;
	rig_open(&rig, false);
	rig.deaf = true;
	rig_start(&rig, 0, true, true);
	write_until_full(&rig, 0, 0, 4 * MIB); /* its standard output */
	for (i = 0; i < 100; i++) {
		rig_write(&rig, 0, false, "still here\n", 11);
		rig_settle(&rig);
	}
	expect_read_all(rig.from[1], &rig.text[1]);
	assert_int_equal(rig.text[1].len, 1100);
	rig_close(&rig);
}

/* What cannot be written is dropped, and the command goes on. */
static void
check_broken(struct rig *rig)
{
	char part[64];
	size_t i;

	rig_start(rig, 0, true, true);
	rig_write(rig, 0, false, "first\n", 6);
	rig_settle(rig);
	assert_true(pump_is_idle(&rig->p));
	/* however much it is */
	fcntl(rig->io[0].err, F_SETFL, O_NONBLOCK);
	memset(part, 'x', sizeof(part));
	for (i = 0; i < MIB / sizeof(part); i++) {
		rig_write(rig, 0, false, part, sizeof(part));
		rig_settle(rig);
	}
	pump_say(&rig->p, "hello\n", 6);
	rig_settle(rig);
	assert_true(pump_is_idle(&rig->p));
	assert_true(rig->p.outlets[1].broken);
	assert_true(spool_is_empty(&rig->p.outlets[1].queue)); /* or memory would go to it */
	/* the other output is not touched by it */
	rig_write(rig, 0, true, "out\n", 4);
	rig_settle(rig);
	rig_end(rig, 0);
	expect_text("standard output", rig->text[0].buf, "out\n");
	expect_text("standard error", rig->text[1].buf, "");
}

static void
a_reader_that_goes_away(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, false);
	close(rig.from[1]);
	rig.from[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	check_broken(&rig);
	rig_close(&rig);
}

static void
a_full_disk(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, false);
	close(rig.p.outlets[1].fd);
	rig.p.outlets[1].fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(rig.p.outlets[1].fd >= 0);
	check_broken(&rig);
	rig_close(&rig);
}

/* It goes away with much still queued. */
static void
a_reader_that_goes_away_later(void **state)
{
	struct rig rig;
	size_t i;

	(void)state;
	rig_open(&rig, false);
	rig.deaf = true;
	for (i = 0; i < 100000; i++)
		pump_say(&rig.p, "0123456789\n", 11);
	rig_settle(&rig);
	assert_false(pump_is_idle(&rig.p));
	close(rig.from[1]);
	rig.from[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	rig_settle(&rig);
	assert_true(pump_is_idle(&rig.p));
	rig_close(&rig);
}

/* Fills the pipe of an outlet, then makes room for so many bytes. */
static void
fill_outlet(struct rig *rig, size_t room)
{
	static char block[PIPE_BUF];
	int fd = rig->p.outlets[1].fd, flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	while (write(fd, block, sizeof(block)) > 0)
		;
	fcntl(fd, F_SETFL, flags);
	while (room) {
		size_t n = room < sizeof(block) ? room : sizeof(block);

		assert_int_equal(read(rig->from[1], block, n), (ssize_t)n);
		room -= n;
	}
}

/* It reads, but a little only: what is written then must not wait for more. */
static void
a_reader_that_reads_a_little(void **state)
{
	struct rig rig;
	size_t pages;

	(void)state;
	for (pages = 0; pages < 5; pages++) {
		rig_open(&rig, false);
		rig.deaf = true;
		fill_outlet(&rig, pages * PIPE_BUF);
		rig_start(&rig, 0, false, false);
		write_until_full(&rig, 0, 0, MIB);
		pump_show(&rig.p, 0);
		rig_settle(&rig);
		assert_false(pump_is_idle(&rig.p));
		rig_close(&rig);
	}
}

/* Somebody else was faster: there is no room after all. */
static void
an_outlet_that_is_not_ready_after_all(void **state)
{
	fd_set readable, writable;
	struct rig rig;

	(void)state;
	rig_open(&rig, false);
	rig.deaf = true;
	fcntl(rig.p.outlets[1].fd, F_SETFL, O_NONBLOCK);
	pump_say(&rig.p, "words\n", 6);
	pump_prepare(&rig.p, &readable, &writable);
	fill_outlet(&rig, 0);
	pump_move(&rig.p, &readable, &writable);
	assert_false(pump_is_idle(&rig.p));
	rig.deaf = false;
	rig_settle(&rig);
	assert_true(pump_is_idle(&rig.p));
	assert_memory_equal(rig.text[1].buf + rig.text[1].len - 6, "words\n", 6);
	rig_close(&rig);
}

/* An output that somebody else has made non-blocking. */
static void
a_nonblocking_outlet(void **state)
{
	struct rig rig;
	size_t i;

	(void)state;
	rig_open(&rig, false);
	fcntl(rig.p.outlets[1].fd, F_SETFL, O_NONBLOCK);
	rig.deaf = true;
	for (i = 0; i < 100000; i++)
		pump_say(&rig.p, "0123456789\n", 11);
	rig_settle(&rig);
	rig.deaf = false;
	rig_settle(&rig);
	assert_int_equal(rig.text[1].len, 1100000);
	rig_close(&rig);
}

/* ---- Commands that leave something running, and pipes that are not to be had. ---- */

static void
a_grandchild_that_keeps_the_pipe(void **state)
{
	int files = expect_open_files(), kept;
	struct rig rig;

	(void)state;
	rig_open(&rig, false);
	rig_start(&rig, 0, true, false);
	kept = dup(rig.io[0].out);
	rig_write(&rig, 0, true, "last words", 10);
	rig_end(&rig, 0); /* does not wait for it */
	rig_settle(&rig);
	expect_text("output", rig.text[1].buf, "last words");
	expect_text("told", rig.told.buf, "0's turn\n0 'last words'\n");
	assert_true(write(kept, "x", 1) < 0);
	assert_int_equal(errno, EPIPE);
	close(kept);
	rig_close(&rig);
	assert_int_equal(expect_open_files(), files);
}

/* It may write for ever, and faster than we read. */
static void
a_grandchild_that_writes_for_ever(void **state)
{
	struct rig rig;
	pid_t pid;
	int live, status;

	(void)state;
	for (live = 0; live < 2; live++) {
		rig_open(&rig, false);
		pid = start_writer(&rig, 0, SIZE_MAX, live);
		while (!rig.text[1].len && !rig.told.len)
			rig_move(&rig, WATCHDOG * 1000);
		pump_end(&rig.p, 0);
		assert_int_equal(waitpid(pid, &status, 0), pid); /* SIGPIPE is ignored there too */
		assert_int_equal(rig.p.slots[0].channels[0].fd, -1);
		rig_close(&rig);
	}
}

/* However fast it is. */
static void
a_pipe_that_is_never_empty(void **state)
{
	struct rig rig;
	int live;

	(void)state;
	for (live = 0; live < 2; live++) {
		rig_open(&rig, false);
		rig_start(&rig, 0, live, false);
		close(rig.p.slots[0].channels[0].fd);
		rig.p.slots[0].channels[0].fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
		rig_end(&rig, 0);
		assert_int_equal(rig.p.slots[0].channels[0].fd, -1);
		rig_close(&rig);
	}
}

static void
one_pipe_where_both_our_outputs_are_one_file(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, true);
	rig_start(&rig, 0, true, true);
	assert_int_equal(rig.io[0].out, rig.io[0].err);
	rig_close(&rig);
}

static void
no_pipes_to_be_had(void **state)
{
	struct rlimit old, few;
	struct process_io io;
	struct rig rig;
	int files, extra;

	(void)state;
	rig_open(&rig, false);
	files = expect_open_files();
	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	extra = dup(0);
	close(extra);
	/* none, then one of the two */
	few.rlim_cur = (rlim_t)extra;
	setrlimit(RLIMIT_NOFILE, &few);
	assert_int_equal(pump_open(&rig.p, 0, true, true, &io), EMFILE);
	few.rlim_cur = (rlim_t)extra + 3;
	setrlimit(RLIMIT_NOFILE, &few);
	assert_int_equal(pump_open(&rig.p, 0, true, true, &io), EMFILE);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_int_equal(expect_open_files(), files);
	/* nothing is wrong with the slot */
	rig_start(&rig, 0, true, true);
	rig_write(&rig, 0, true, "x", 1);
	rig_settle(&rig);
	expect_text("output", rig.text[0].buf, "x");
	rig_close(&rig);
}

/* select knows no descriptor beyond FD_SETSIZE. */
static int
play_many_files(int fd, void *arg)
{
	struct rlimit limit;
	struct process_io io;
	struct pump p;
	int last = 0, error;

	(void)arg;
	(void)fd;
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < FD_SETSIZE + 10)
		return 77;
	limit.rlim_cur = FD_SETSIZE + 10;
	setrlimit(RLIMIT_NOFILE, &limit);
	pump_init(&p, 1, folder, false, 1, 2);
	while (last < FD_SETSIZE - 2)
		last = dup(0);
	error = pump_open(&p, 0, true, false, &io);
	if (error != EMFILE || dup(0) != FD_SETSIZE - 1)
		return 1;
	pump_release(&p);
	return 0;
}

static void
too_many_files(void **state)
{
	int status = expect_fork(play_many_files, NULL, NULL);

	(void)state;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void
pipes_are_ours_alone(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, false);
	rig_start(&rig, 0, true, true);
	assert_int_equal(fcntl(rig.io[0].out, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(rig.io[0].err, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(rig.p.slots[0].channels[0].fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(rig.p.slots[0].channels[1].fd, F_GETFD), FD_CLOEXEC);
	assert_int_not_equal(rig.io[0].out, rig.io[0].err);
	/* a command writes as to any pipe: it may block */
	assert_false(fcntl(rig.io[0].out, F_GETFL) & O_NONBLOCK);
	rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_where),
		cmocka_unit_test(lines),
		cmocka_unit_test(lines_of_two_outputs),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(bytes_of_any_value),
		cmocka_unit_test(start_of_what_is_held),
		cmocka_unit_test(millions_of_bytes),
		cmocka_unit_test(a_reader_that_stops_reading),
		cmocka_unit_test(a_queue_that_grows),
		cmocka_unit_test(one_output_not_read),
		cmocka_unit_test(a_reader_that_goes_away),
		cmocka_unit_test(a_full_disk),
		cmocka_unit_test(a_reader_that_goes_away_later),
		cmocka_unit_test(a_reader_that_reads_a_little),
		cmocka_unit_test(an_outlet_that_is_not_ready_after_all),
		cmocka_unit_test(a_nonblocking_outlet),
		cmocka_unit_test(a_grandchild_that_keeps_the_pipe),
		cmocka_unit_test(a_grandchild_that_writes_for_ever),
		cmocka_unit_test(a_pipe_that_is_never_empty),
		cmocka_unit_test(one_pipe_where_both_our_outputs_are_one_file),
		cmocka_unit_test(no_pipes_to_be_had),
		cmocka_unit_test(too_many_files),
		cmocka_unit_test(pipes_are_ours_alone),
	};
	int failed;

	expect_default_signals();
	signal(SIGPIPE, SIG_IGN);
	alarm(WATCHDOG);
	folder = expect_folder();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	expect_remove(folder);
	free(folder);
	return failed;
}
