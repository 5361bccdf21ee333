#include "executor.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define KILL_AFTER    1000 /* milliseconds from SIGTERM for all to SIGKILL */
#define READER_WAIT   200  /* milliseconds that a reader may take when we are to end at once */
#define TERMINAL_WAIT 200  /* milliseconds that a terminal may take to show what was said */

const struct executor_system executor_real_system = {
	.spawn = process_spawn,
	.reap = process_reap,
	.signal = process_signal,
	.wait = sigwatch_wait,
	.child = sigwatch_child,
	.take = sigwatch_take,
	.now = sigwatch_now,
};

struct executor {
	struct executor_config config;
	struct executor_events events;
	const struct executor_system *system;
	struct walk **walks; /* each stays where it is when one is added */
	size_t nr_walks;
	struct slots slots;
	bool changed; /* something ended since the steps were last looked at */
	int status;
	struct signals signals;
	bool aborting;       /* no step starts any more */
	long long grace_end; /* when that is so; 0: no signal has come, or there is no end to it */
	long long kill_at;   /* when all are killed; 0: never */
};

size_t
executor_slots(unsigned jobs)
{
	return slots_number(jobs);
}

static const struct step *
step_of(const struct executor *x, size_t walk, size_t step)
{
	return &x->walks[walk]->plan->steps[step];
}

static bool
is_build(const struct step *step)
{
	return step->kind == STEP_BUILD_STAGE;
}

static void
on_line(void *ctx, size_t slot, const char *line, size_t len)
{
	struct executor *x = ctx;

	x->events.line(x->events.ctx, x->slots.v[slot].walk, x->slots.v[slot].step, line, len);
}

static void
on_turn(void *ctx, size_t slot)
{
	struct executor *x = ctx;

	x->events.showing(x->events.ctx, x->slots.v[slot].walk, x->slots.v[slot].step);
}

struct executor *
executor_new(const struct executor_config *config, const struct executor_events *events)
{
	struct executor *x = xcalloc(1, sizeof(*x));

	x->config = *config;
	x->events = *events;
	x->system = config->system;
	slots_init(&x->slots, config->jobs, config->system->signal);
	pump_tell(config->pump, &(struct pump_events){on_line, on_turn, x});
	return x;
}

void
executor_release(struct executor *x)
{
	size_t i;

	for (i = 0; i < x->nr_walks; i++) {
		walk_release(x->walks[i]);
		free(x->walks[i]);
	}
	free(x->walks);
	slots_release(&x->slots);
	free(x);
}

size_t
executor_add(struct executor *x, const struct plan *plan)
{
	struct walk *walk = xcalloc(1, sizeof(*walk));

	walk_init(walk, plan,
		x->aborting          ? WALK_ABORT
		: executor_signal(x) ? WALK_DRAIN
				     : WALK_RUN);
	x->walks = xreallocarray(x->walks, x->nr_walks + 1, sizeof(*x->walks));
	x->walks[x->nr_walks] = walk;
	x->changed = true;
	return x->nr_walks++;
}

void
executor_set_env(struct executor *x, char *const *env)
{
	x->config.env = env;
}

/* The one wait: for output, children, signals, and the time of what rests. Says whether there was
 * output to move. */
static bool
wait_once(struct executor *x, long milliseconds)
{
	fd_set readable, writable;
	int nfds = pump_prepare(x->config.pump, &readable, &writable);

	if (x->system->wait(nfds, &readable, &writable, milliseconds) <= 0)
		return false;
	pump_move(x->config.pump, &readable, &writable);
	return true;
}

/* What was said before is written before a command draws on the terminal itself; but a terminal
 * that takes nothing (^S) is not waited for. */
static void
hand_over_terminal(struct executor *x)
{
	long long until = x->system->now() + TERMINAL_WAIT;

	pump_status(x->config.pump, NULL, 0);
	while (!pump_is_idle(x->config.pump) && x->system->now() < until)
		wait_once(x, TERMINAL_WAIT);
	pump_pause(x->config.pump, true);
}

/* Starts the step's next command in its slot. Returns 0 or an error number. */
static int
spawn(struct executor *x, size_t slot)
{
	struct slot *s = &x->slots.v[slot];
	const struct step *step = step_of(x, s->walk, s->step);
	char *const *argv = step->argv[x->walks[s->walk]->steps[s->step].part].v;
	struct process_io io = {x->config.null_fd, 1, 2};
	bool piped = !(
		s->live && x->config.terminal && is_build(step) && !(step->flags & STEP_READ));
	bool to_stdout = step->flags & STEP_STDOUT;
	int error = 0;

	if (step->input != INPUT_NONE)
		io.in = x->config.open_input(x->config.input_ctx, step);
	else if (to_stdout)
		io.in = 0;
	if (io.in < 0)
		return errno;
	if (piped)
		error = pump_open(x->config.pump, slot, s->live, to_stdout, &io);
	else
		hand_over_terminal(x);
	if (!error) {
		error = x->system->spawn(
			&s->process, argv, x->config.env, &io, !(s->live && x->config.in_group));
		if (piped)
			pump_started(&io);
	}
	if (step->input != INPUT_NONE)
		close(io.in);
	return error;
}

static void finish(struct executor *x, size_t slot, const struct process_end *end, int error);

static void
start(struct executor *x, size_t slot, size_t walk, size_t step)
{
	struct slot *s = &x->slots.v[slot];
	struct walk_step *now = &x->walks[walk]->steps[step];
	bool live = (step_of(x, walk, step)->flags & STEP_LIVE) &&
		    slots_live(&x->slots) == x->slots.nr;
	int error;

	*s = (struct slot){.used = true,
		.live = live,
		.walk = walk,
		.step = step,
		.what = step_of(x, walk, step)};
	now->state = STATE_RUNNING;
	now->tries++;
	x->events.starting(x->events.ctx, walk, step, live);
	error = spawn(x, slot);
	if (error)
		finish(x, slot, NULL, error);
}

/* Makes the first step that may be live so, where none is. */
static void
promote(struct executor *x)
{
	size_t slot = slots_next_live(&x->slots);

	if (x->config.terminal || slots_live(&x->slots) < x->slots.nr || slot == x->slots.nr)
		return;
	x->slots.v[slot].live = true;
	x->events.showing(x->events.ctx, x->slots.v[slot].walk, x->slots.v[slot].step);
	pump_go_live(x->config.pump, slot);
}

/* The step failed for good. Unless that is optional, it ends its plan. */
static void
fail(struct executor *x, size_t walk, size_t step, int status)
{
	x->walks[walk]->steps[step].state = STATE_FAILED;
	x->changed = true;
	if (step_of(x, walk, step)->flags & (STEP_OPTIONAL | STEP_ATTEMPT))
		return;
	if (!x->status)
		x->status = status;
	executor_stop(x, walk);
}

/* Fewer steps start from now on. What rests and would not be started now has failed then. */
static void
restrict_walk(struct executor *x, size_t walk, enum walk_mode mode)
{
	struct walk *w = x->walks[walk];
	size_t i;

	x->changed = true;
	if (w->mode < mode)
		w->mode = mode;
	for (i = w->first_open; i < w->plan->nr; i++) {
		if (w->steps[i].state == STATE_RESTING && !walk_may_rest(w, i))
			fail(x, walk, i, w->steps[i].status);
	}
}

void
executor_stop(struct executor *x, size_t walk)
{
	if (x->walks[walk]->mode != WALK_RUN)
		return;
	restrict_walk(x, walk, WALK_DRAIN);
	slots_stop_walk(&x->slots, walk, SIGTERM);
}

void
executor_close(struct executor *x, size_t walk)
{
	restrict_walk(x, walk, WALK_ABORT);
}

void
executor_end(struct executor *x, size_t walk)
{
	long long now = x->system->now();
	size_t i;

	if (x->walks[walk]->mode == WALK_ABORT)
		return;
	restrict_walk(x, walk, WALK_ABORT);
	for (i = 0; i < x->walks[walk]->plan->nr; i++)
		slots_halt(&x->slots, walk, i, now);
	slots_halt_due(&x->slots, now);
}

/*
 * Goes on to the step's second command, where the first succeeded. False: there is none, or it
 * cannot be started, which outcome then says. A step that was stopped in between has failed.
 */
static bool
goes_on(struct executor *x, size_t slot, struct outcome *outcome)
{
	const struct slot *s = &x->slots.v[slot];
	struct walk_step *now = &x->walks[s->walk]->steps[s->step];
	int error;

	if (outcome->status || now->part || !step_of(x, s->walk, s->step)->argv[1].nr)
		return false;
	if (s->stopped) {
		outcome->status = 128 + SIGTERM;
		return false;
	}
	now->part = 1;
	error = spawn(x, slot);
	if (!error)
		return true;
	outcome->spawn_error = error;
	outcome->status = process_spawn_status(error);
	pump_end(x->config.pump, slot);
	return false;
}

/* Whether what was held of the step is shown at its end. */
static bool
is_shown(const struct step *step, const struct outcome *outcome)
{
	return step->kind != STEP_PROBE && !((step->flags & STEP_ATTEMPT) && outcome->status);
}

/* Takes the step out of its slot; end is NULL when it could not even be started. */
static void
finish(struct executor *x, size_t slot, const struct process_end *end, int error)
{
	struct slot s = x->slots.v[slot];
	struct walk_step *now = &x->walks[s.walk]->steps[s.step];
	struct outcome outcome = {.walk = s.walk,
		.step = s.step,
		.status = end ? end->status : process_spawn_status(error),
		.signal = end ? end->signal : 0,
		.spawn_error = error,
		.stopped = s.stopped,
		.tries = now->tries};
	long again;

	pump_end(x->config.pump, slot);
	if (goes_on(x, slot, &outcome))
		return;
	if (s.live)
		pump_pause(x->config.pump, false);
	outcome.len = pump_held(x->config.pump, slot, &outcome.text);
	if (!s.live && is_shown(step_of(x, s.walk, s.step), &outcome) &&
		x->events.showing(x->events.ctx, s.walk, s.step))
		pump_show(x->config.pump, slot);
	x->slots.v[slot].used = false;
	x->changed = true;
	again = x->events.ended(x->events.ctx, &outcome);
	pump_clear(x->config.pump, slot);
	now->status = outcome.status;
	if ((!outcome.status && again != EXECUTOR_REJECTED) || again == EXECUTOR_ACCEPTED) {
		now->state = STATE_DONE;
	} else if (again == EXECUTOR_CLOSED && walk_close(x->walks[s.walk], s.step)) {
		now->part = 0;
	} else if (again >= 0 && walk_may_rest(x->walks[s.walk], s.step)) {
		now->state = STATE_RESTING;
		now->again_at = x->system->now() + again;
	} else {
		fail(x, s.walk, s.step, outcome.status);
	}
	promote(x);
}

/* Starts what can be started of one plan; returns whether any of its steps has not ended. */
static bool
advance_walk(struct executor *x, size_t walk)
{
	struct walk *w = x->walks[walk];
	size_t i, slot;

	walk_update(w);
	for (i = w->first_open; i < w->plan->nr && !x->changed; i++) {
		if (w->steps[i].state != STATE_READY)
			continue;
		slot = slots_free_for(&x->slots, &w->plan->steps[i]);
		if (slot < x->slots.nr)
			start(x, slot, walk, i); /* sets changed if it failed */
	}
	return walk_is_open(w);
}

/* As above for all plans. */
static bool
advance(struct executor *x)
{
	bool open;
	size_t i;

	do {
		x->changed = false;
		open = false;
		for (i = 0; i < x->nr_walks; i++)
			open |= advance_walk(x, i);
	} while (x->changed);
	return open;
}

/* Makes resting steps ready whose time has come; returns milliseconds to what comes next, or -1. */
static long
wake(struct executor *x)
{
	long long now = x->system->now(), next = x->kill_at;
	size_t i;

	if (x->grace_end && !x->aborting)
		next = x->grace_end;
	for (i = 0; i < x->nr_walks; i++)
		x->changed |= walk_wake(x->walks[i], now, &next);
	slots_next_halt(&x->slots, &next);
	if (!next)
		return -1;
	return next > now ? (long)(next - now) : 0;
}

/* Where nothing draws on the terminal there is room for a word on what is waited for. Returns when
 * to wake up at the latest. */
static long
tell_waiting(struct executor *x, long next)
{
	size_t live = slots_live(&x->slots);
	long again;

	if (!x->config.terminal || !x->events.waiting)
		return next;
	if (live < x->slots.nr && is_build(x->slots.v[live].what) &&
		!(x->slots.v[live].what->flags & STEP_READ))
		return next;
	again = x->events.waiting(x->events.ctx);
	return again >= 0 && (next < 0 || again < next) ? again : next;
}

void
executor_open(struct executor *x, size_t walk, size_t step)
{
	walk_open(x->walks[walk], step);
	x->changed = true;
}

void
executor_halt(struct executor *x, size_t walk, size_t step, long milliseconds)
{
	long long now = x->system->now();

	slots_halt(&x->slots, walk, step, milliseconds < 0 ? 0 : now + milliseconds);
	if (!milliseconds)
		slots_halt_due(&x->slots, now);
}

static void
abort_all(struct executor *x)
{
	size_t i;

	if (x->aborting) {
		slots_signal_all(&x->slots, SIGKILL);
		return;
	}
	x->aborting = true;
	x->kill_at = x->system->now() + KILL_AFTER;
	slots_signal_all(&x->slots, SIGTERM);
	for (i = 0; i < x->nr_walks; i++)
		restrict_walk(x, i, WALK_ABORT);
}

/* Passes a signal on once to what is running, and starts only cleanup steps from now on. */
static void
take_signal(struct executor *x, const struct sigwatch_signal *signal)
{
	enum signals_what what = signals_take(&x->signals, signal, x->system->now());
	size_t i;

	if (what == SIGNALS_SAME)
		return;
	if (what == SIGNALS_AGAIN || x->aborting) {
		abort_all(x);
		return;
	}
	if (what == SIGNALS_FIRST) {
		x->events.signalled(x->events.ctx, signal->number);
		x->grace_end = x->config.grace ? x->signals.came[0] + x->config.grace : 0;
	}
	for (i = 0; i < x->slots.nr; i++) {
		if (!slots_may_stop(&x->slots, i))
			continue;
		/* what shares our group has had a terminal's signal already */
		x->slots.v[i].stopped = true;
		if (x->slots.v[i].process.own_group || !signal->from_terminal)
			slots_signal(&x->slots, i, signal->number);
	}
	for (i = 0; i < x->nr_walks; i++)
		restrict_walk(x, i, WALK_DRAIN);
}

static void
take_children(struct executor *x)
{
	struct process_end end;
	size_t slot;

	if (!x->system->child())
		return;
	while (x->system->reap(&end)) {
		slot = slots_by_pid(&x->slots, end.pid);
		if (slot < x->slots.nr)
			finish(x, slot, &end, 0);
	}
}

void
executor_run(struct executor *x)
{
	struct sigwatch_signal signal;
	long next;

	while (advance(x)) {
		next = wake(x);
		if (x->changed)
			continue;
		wait_once(x, tell_waiting(x, next));
		while (x->system->take(&signal))
			take_signal(x, &signal);
		take_children(x);
		slots_halt_due(&x->slots, x->system->now());
		if (x->grace_end && !x->aborting && x->system->now() >= x->grace_end)
			abort_all(x);
		if (x->kill_at && x->system->now() >= x->kill_at) {
			x->kill_at = 0;
			slots_signal_all(&x->slots, SIGKILL);
		}
	}
	pump_status(x->config.pump, NULL, 0);
}

enum step_state
executor_state(const struct executor *x, size_t walk, size_t step)
{
	return x->walks[walk]->steps[step].state;
}

long long
executor_now(const struct executor *x)
{
	return x->system->now();
}

int
executor_status(const struct executor *x)
{
	return x->status;
}

int
executor_signal(const struct executor *x)
{
	return x->signals.number[0];
}

/* How long a reader that takes nothing is waited for, in milliseconds; -1: for ever. */
static long
reader_limit(const struct executor *x)
{
	long long now = x->system->now();

	if (x->aborting || (x->grace_end && x->grace_end < now + READER_WAIT))
		return READER_WAIT;
	return x->grace_end ? (long)(x->grace_end - now) : -1;
}

void
executor_flush(struct executor *x)
{
	struct sigwatch_signal signal;

	/* a second signal may have come before: then a reader that takes nothing is not waited for
	 */
	while (!pump_is_idle(x->config.pump)) {
		long limit = reader_limit(x);
		bool moved = wait_once(x, limit);

		if (x->system->take(&signal)) {
			signals_take(&x->signals, &signal, x->system->now());
			return;
		}
		if (limit >= 0 && !moved)
			return;
	}
}
