#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 16384
#define ERASE      "\r\033[K" /* the terminal's line */
#define LAST_READS 512        /* what a pipe can hold, many times over, PIPE_BUF at a time */

static void
ignore_line(void *ctx, size_t slot, const char *line, size_t len)
{
	(void)ctx;
	(void)slot;
	(void)line;
	(void)len;
}

static void
ignore_turn(void *ctx, size_t slot)
{
	(void)ctx;
	(void)slot;
}

void
pump_init(struct pump *p, size_t nr_slots, const char *tmpdir, bool one_output, int out, int err)
{
	size_t i;

	*p = (struct pump){.one_output = one_output, .nr_slots = nr_slots, .last = nr_slots};
	p->events = (struct pump_events){ignore_line, ignore_turn, NULL};
	for (i = 0; i < 2; i++) {
		p->outlets[i].fd = i ? err : out;
		spool_init(&p->outlets[i].queue, tmpdir);
	}
	p->slots = xcalloc(nr_slots, sizeof(*p->slots));
	for (i = 0; i < nr_slots; i++) {
		spool_init(&p->slots[i].held, tmpdir);
		p->slots[i].channels[0].fd = p->slots[i].channels[1].fd = -1;
	}
}

void
pump_release(struct pump *p)
{
	size_t i;

	for (i = 0; i < p->nr_slots; i++) {
		pump_end(p, i);
		spool_release(&p->slots[i].held);
	}
	free(p->slots);
	for (i = 0; i < 2; i++)
		spool_release(&p->outlets[i].queue);
}

void
pump_tell(struct pump *p, const struct pump_events *events)
{
	p->events = *events;
}

static struct outlet *
outlet(struct pump *p, bool to_stdout)
{
	return &p->outlets[to_stdout && !p->one_output ? 0 : 1];
}

/* Queues bytes for an output. */
static void
queue(struct outlet *out, const char *data, size_t len)
{
	if (!len || out->broken)
		return;
	if (out->status)
		spool_add(&out->queue, ERASE, sizeof(ERASE) - 1);
	out->status = false;
	spool_add(&out->queue, data, len);
	out->mid_line = data[len - 1] != '\n';
}

/* Ends the line that a live command has begun, so that what follows starts one of its own. */
static void
start_line(struct outlet *out)
{
	if (out->mid_line)
		queue(out, "\n", 1);
}

/* A pipe whose reading end does not block. Returns 0 or an error number. */
static int
open_pipe(int ends[2])
{
	int i, error;

	if (pipe(ends) < 0)
		return errno;
	for (i = 0; i < 2; i++) {
		if (ends[i] >= FD_SETSIZE || fcntl(ends[i], F_SETFD, FD_CLOEXEC) < 0)
			break;
	}
	if (i == 2 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
		return 0;
	error = i < 2 && ends[i] >= FD_SETSIZE ? EMFILE : errno;
	close(ends[0]);
	close(ends[1]);
	return error;
}

static void
close_channel(struct channel *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

int
pump_open(struct pump *p, size_t slot, bool live, bool split, struct process_io *io)
{
	struct channel *channels = p->slots[slot].channels;
	int ends[2], more[2], error = open_pipe(ends);

	if (error)
		return error;
	split = split && !p->one_output;
	if (split && (error = open_pipe(more))) {
		close(ends[0]);
		close(ends[1]);
		return error;
	}
	channels[0].fd = ends[0];
	channels[1].fd = split ? more[0] : -1;
	channels[0].live = channels[1].live = live;
	channels[1].to_stdout = split;
	channels[0].line_len = channels[1].line_len = 0;
	io->err = ends[1];
	io->out = split ? more[1] : ends[1];
	return 0;
}

void
pump_started(struct process_io *io)
{
	close(io->err);
	if (io->out != io->err)
		close(io->out);
}

static void
end_line(struct pump *p, struct channel *c, size_t slot)
{
	if (c->line_len)
		p->events.line(p->events.ctx, slot, c->line, c->line_len);
	c->line_len = 0;
}

/* Cuts what a channel brought into lines, for whoever reads them. */
static void
split_lines(struct pump *p, struct channel *c, size_t slot, const char *data, size_t len)
{
	while (len) {
		const char *newline = memchr(data, '\n', len);
		size_t n = newline ? (size_t)(newline - data) : len;
		size_t room = PUMP_LINE - c->line_len;

		memcpy(c->line + c->line_len, data, n < room ? n : room);
		c->line_len += n < room ? n : room;
		if (newline) {
			end_line(p, c, slot);
			n++;
		}
		data += n;
		len -= n;
	}
}

/* Passes live output on, after saying whose it is where that is not plain. */
static void
pass_on(struct pump *p, size_t slot, const struct channel *c, const char *data, size_t len)
{
	if (p->last != slot) {
		p->events.turn(p->events.ctx, slot);
		start_line(outlet(p, false));
		start_line(outlet(p, true));
	}
	p->last = slot;
	queue(outlet(p, c->to_stdout), data, len);
}

/* Reads once from a channel; false when there is nothing there (now, or any more). */
static bool
read_channel(struct pump *p, size_t slot, struct channel *c)
{
	char data[READ_BYTES];
	ssize_t n;

	do {
		n = read(c->fd, data, c->live ? PIPE_BUF : sizeof(data));
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		if (c->live)
			pass_on(p, slot, c, data, (size_t)n);
		else
			spool_add(&p->slots[slot].held, data, (size_t)n);
		split_lines(p, c, slot, data, (size_t)n);
		return true;
	}
	if (n == 0 || errno != EAGAIN) {
		end_line(p, c, slot);
		close_channel(c);
	}
	return false;
}

void
pump_end(struct pump *p, size_t slot)
{
	size_t i, reads;

	for (i = 0; i < 2; i++) {
		struct channel *c = &p->slots[slot].channels[i];

		/* what it left running may write for ever */
		for (reads = 0; reads < LAST_READS && c->fd >= 0; reads++) {
			if (!read_channel(p, slot, c))
				break;
		}
		end_line(p, c, slot);
		close_channel(c);
	}
}

size_t
pump_held(const struct pump *p, size_t slot, const char **text)
{
	return spool_start_of(&p->slots[slot].held, text);
}

void
pump_show(struct pump *p, size_t slot)
{
	struct outlet *out = outlet(p, false);
	const char *data;
	size_t n;

	p->last = p->nr_slots;
	start_line(out);
	while ((n = spool_peek(&p->slots[slot].held, &data))) {
		queue(out, data, n);
		spool_take(&p->slots[slot].held, n);
	}
}

void
pump_go_live(struct pump *p, size_t slot)
{
	size_t i;

	pump_show(p, slot);
	p->last = slot; /* what was shown is its own, and may end in the middle of a line */
	for (i = 0; i < 2; i++)
		p->slots[slot].channels[i].live = true;
}

void
pump_clear(struct pump *p, size_t slot)
{
	spool_reset(&p->slots[slot].held);
}

void
pump_say(struct pump *p, const char *text, size_t len)
{
	p->last = p->nr_slots;
	start_line(outlet(p, false));
	queue(outlet(p, false), text, len);
}

void
pump_pause(struct pump *p, bool paused)
{
	p->outlets[0].paused = p->outlets[1].paused = paused;
}

static bool
is_waiting(struct outlet *out)
{
	return !out->broken && !spool_is_empty(&out->queue);
}

void
pump_status(struct pump *p, const char *text, size_t len)
{
	struct outlet *out = outlet(p, false);

	if (len ? out->paused || out->mid_line || is_waiting(out) : !out->status)
		return;
	out->status = false;
	queue(out, ERASE, sizeof(ERASE) - 1);
	queue(out, text, len);
	out->mid_line = false;
	out->status = len > 0;
}

/* A live channel is read only while its outlet has nothing left to write. */
static bool
may_read(struct pump *p, const struct channel *c)
{
	return c->fd >= 0 && (!c->live || !is_waiting(outlet(p, c->to_stdout)));
}

static void
add_fd(int fd, fd_set *set, int *nfds)
{
	FD_SET((unsigned)fd, set);
	if (fd >= *nfds)
		*nfds = fd + 1;
}

int
pump_prepare(struct pump *p, fd_set *readable, fd_set *writable)
{
	int nfds = 0;
	size_t i, j;

	FD_ZERO(readable);
	FD_ZERO(writable);
	for (i = 0; i < 2; i++) {
		if (!p->outlets[i].paused && is_waiting(&p->outlets[i]))
			add_fd(p->outlets[i].fd, writable, &nfds);
	}
	for (i = 0; i < p->nr_slots; i++) {
		for (j = 0; j < 2; j++) {
			if (may_read(p, &p->slots[i].channels[j]))
				add_fd(p->slots[i].channels[j].fd, readable, &nfds);
		}
	}
	return nfds;
}

static void
write_outlet(struct outlet *out)
{
	const char *data;
	size_t len = spool_peek(&out->queue, &data);
	ssize_t n = write(out->fd, data, len < PIPE_BUF ? len : PIPE_BUF);

	if (n > 0) {
		spool_take(&out->queue, (size_t)n);
		if (spool_is_empty(&out->queue))
			spool_reset(&out->queue);
	} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		out->broken = true;
		spool_reset(&out->queue);
	}
}

void
pump_move(struct pump *p, const fd_set *readable, const fd_set *writable)
{
	size_t i, j;

	for (i = 0; i < 2; i++) {
		struct outlet *out = &p->outlets[i];

		if (FD_ISSET((unsigned)out->fd, writable) && !out->paused && is_waiting(out))
			write_outlet(out);
	}
	for (i = 0; i < p->nr_slots; i++) {
		for (j = 0; j < 2; j++) {
			struct channel *c = &p->slots[i].channels[j];

			if (c->fd >= 0 && FD_ISSET((unsigned)c->fd, readable))
				read_channel(p, i, c);
		}
	}
}

bool
pump_is_idle(struct pump *p)
{
	return !is_waiting(&p->outlets[0]) && !is_waiting(&p->outlets[1]);
}
