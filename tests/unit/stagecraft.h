/*
 * stagecraft: commands that are only played, for the executor. A plan is written down as text, with
 * how its commands end; a clock that nobody sets goes on only when the executor waits; what happens
 * is written down, a line each, with the time.
 *
 * A line of a plan is a step:
 *
 *	KIND NAME WORD...
 *
 * KIND is build, push, pull or probe, WORD one of
 *
 *	optional cleanup attempt live stdout
 *	needs=A,B after=A else=A gate=A
 *	two          it has two commands
 *	takes=MS     each of its commands (10)
 *	exit=E,...   how its commands end, in the order they are run: a status (0); kN by a
 *	             signal; eN cannot be started for this error number
 *	retry=MS,... after its first failure, its second, ...; then not again
 *	slow=MS      from a signal to its end (1)
 *	deaf         only SIGKILL ends it
 *	quits=N      a signal makes it exit with this status
 *	says=MS:T;.. prints a line T, so long after its start; !T on standard error
 *	hidden       what was held of it is not to be shown
 *	stops        when it ends, its plan is stopped
 *	adds         when it ends for good, the next plan is added
 *	opens=A,B    when it ends, their gates are opened
 *	closes       when it was stopped, it waits for its gate once more
 *	accepts      when it was stopped, it has done what it was for
 *
 * Where a line says open=A, A's gate is opened; where it says halt=A,MS, A is ended so much later;
 * where it says end=A, the whole plan that A is in is.
 */
#ifndef STAGECRAFT_H
#define STAGECRAFT_H

#include <errno.h>
#include <sys/select.h>

#include "executor.h"
#include "expect.h"

#define SPECS_MAX 64
#define PLANS_MAX 3

struct ending {
	int status, signal, error;
};

/* What a step's commands do. */
struct spec {
	char name[16];
	size_t walk, step;
	struct ending ends[8];
	size_t nr_ends, runs;
	long takes, slow;
	long retry[4];
	size_t nr_retry;
	int quits; /* -1: dies of the signal */
	bool deaf, hidden, stops, adds, closes, accepts, open;
	char *says;
	char *opens;
};

struct actor {
	struct spec *spec; /* NULL: free */
	pid_t pid;
	bool own_group;
	long long ends_at;
	long long says_at;
	const char *next_line;
	long long started;
	struct ending ending;
	int out, err;
};

struct cue {
	long long at;
	int number;
	bool from_terminal;
	int sender;
};

struct theatre {
	struct plan plans[PLANS_MAX];
	size_t nr_plans, nr_added;
	struct spec specs[SPECS_MAX];
	size_t nr_specs;
	struct actor actors[SPECS_MAX];
	struct cue cues[8];
	size_t nr_cues, next_cue;
	long long now;
	pid_t last_pid;
	struct pump pump;
	struct executor *x;
	int null_fd;
	unsigned jobs;
	char *const *env;
	struct strbuf log, shown[2];
	unsigned waits;
	const char *wrong; /* a rule that was broken; NULL: none */
};

/* The system's functions have no context. */
static struct theatre *theatre;

static inline void
theatre_wrong(const char *what)
{
	if (!theatre->wrong)
		theatre->wrong = what;
}

static inline void
theatre_log(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	strbuf_addf(&theatre->log, "%lld %s\n", theatre->now, text);
	free(text);
}

static inline const char *
signal_name(int number)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{SIGHUP, "HUP"},
		{SIGINT, "INT"},
		{SIGTERM, "TERM"},
		{SIGKILL, "KILL"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].number == number)
			return names[i].name;
	}
	return "?";
}

/* ---- Reading what is written. ---- */

static inline struct spec *
spec_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < theatre->nr_specs; i++) {
		if (str_eq(theatre->specs[i].name, name))
			return &theatre->specs[i];
	}
	fail_msg("no step '%s'", name);
	return NULL;
}

static inline struct ending
read_ending(const char *text)
{
	if (*text == 'k')
		return (struct ending){.status = 128 + atoi(text + 1), .signal = atoi(text + 1)};
	if (*text == 'e')
		return (struct ending){.error = atoi(text + 1)};
	return (struct ending){.status = atoi(text)};
}

static inline void
read_edges(struct plan *plan, char *names, void (*add)(struct plan *plan, size_t on))
{
	char *name, *rest = names;

	while ((name = strtok_r(rest, ",", &rest)))
		add(plan, spec_by_name(name)->step);
}

/* Whether the word is key=..., with what stands behind in value. */
static inline bool
is_key(char *word, const char *key, char **value)
{
	size_t n = strlen(key);

	if (strncmp(word, key, n) != 0 || word[n] != '=')
		return false;
	*value = word + n + 1;
	return true;
}

static inline void
read_spec_word(struct spec *spec, char *word)
{
	char *value, *item;

	if (is_key(word, "takes", &value))
		spec->takes = atol(value);
	else if (is_key(word, "slow", &value))
		spec->slow = atol(value);
	else if (is_key(word, "quits", &value))
		spec->quits = atoi(value);
	else if (is_key(word, "says", &value))
		spec->says = xstrdup(value);
	else if (is_key(word, "exit", &value))
		while ((item = strtok_r(value, ",", &value)))
			spec->ends[spec->nr_ends++] = read_ending(item);
	else if (is_key(word, "retry", &value))
		while ((item = strtok_r(value, ",", &value)))
			spec->retry[spec->nr_retry++] = atol(item);
	else if (is_key(word, "opens", &value))
		spec->opens = xstrdup(value);
	else if (str_eq(word, "closes"))
		spec->closes = true;
	else if (str_eq(word, "accepts"))
		spec->accepts = true;
	else if (str_eq(word, "deaf"))
		spec->deaf = true;
	else if (str_eq(word, "hidden"))
		spec->hidden = true;
	else if (str_eq(word, "stops"))
		spec->stops = true;
	else if (str_eq(word, "adds"))
		spec->adds = true;
	else
		fail_msg("'%s' is no word of a step", word);
}

static inline void
read_word(struct plan *plan, struct spec *spec, char *word)
{
	static const char *const flags[] = {"optional", "cleanup", "attempt", "live", "stdout"};
	struct step *step = &plan->steps[plan_last(plan)];
	char *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		if (str_eq(word, flags[i])) {
			step->flags |= 1u << i;
			return;
		}
	}
	if (is_key(word, "needs", &value))
		read_edges(plan, value, plan_needs);
	else if (is_key(word, "after", &value))
		read_edges(plan, value, plan_after);
	else if (is_key(word, "gate", &value))
		plan_gate(plan, spec_by_name(value)->step);
	else if (is_key(word, "else", &value))
		step->instead_of = spec_by_name(value)->step;
	else if (str_eq(word, "two"))
		strvec_pushl(&step->argv[1], spec->name, "second");
	else
		read_spec_word(spec, word);
}

static inline void
read_step(struct plan *plan, char *line)
{
	static const struct {
		const char *name;
		enum step_kind kind;
	} kinds[] = {
		{"probe", STEP_PROBE},
		{"pull", STEP_PULL_TAG},
		{"build", STEP_BUILD_STAGE},
		{"push", STEP_TAG_PUSH},
	};
	char *kind = strtok_r(line, " ", &line), *word;
	struct spec *spec = &theatre->specs[theatre->nr_specs++];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds) && !str_eq(kinds[i].name, kind);)
		i++;
	if (i == ARRAY_SIZE(kinds) || theatre->nr_specs > SPECS_MAX)
		fail_msg("'%s' is no kind", kind);
	*spec = (struct spec){.takes = 10, .slow = 1, .quits = -1};
	snprintf(spec->name, sizeof(spec->name), "%s", strtok_r(line, " ", &line));
	spec->walk = (size_t)(plan - theatre->plans);
	strvec_pushl(&plan_add(plan, kinds[i].kind, 0)->argv[0], spec->name);
	spec->step = plan_last(plan);
	while ((word = strtok_r(line, " ", &line)))
		read_word(plan, spec, word);
}

static inline void
theatre_read_plan(const char *text)
{
	struct plan *plan = &theatre->plans[theatre->nr_plans++];
	char *copy = xstrdup(text), *rest = copy, *line;

	plan_init(plan);
	while ((line = strtok_r(rest, "\n", &rest)))
		read_step(plan, line);
	free(copy);
}

/* Signals as "15 INT, 20 ^INT, 30 INT@7": the time, ^ for one that the terminal sends, and who
 * does.
 */
static inline void
theatre_read_cues(const char *text)
{
	while (text && *text) {
		struct cue *cue = &theatre->cues[theatre->nr_cues++];
		char name[8] = "";
		int n = 0;

		if (sscanf(text, "%lld %7[^,@]%n@%d%n", &cue->at, name, &n, &cue->sender, &n) < 2)
			fail_msg("'%s' is no signal", text);
		cue->from_terminal = name[0] == '^';
		for (cue->number = 1; cue->number < 16; cue->number++) {
			if (str_eq(signal_name(cue->number), name + cue->from_terminal))
				break;
		}
		text += n;
		text += strspn(text, ", ");
	}
}

/* ---- The system that the executor sees. ---- */

static inline struct spec *
spec_of(size_t walk, size_t step)
{
	size_t i;

	for (i = 0; i < theatre->nr_specs; i++) {
		if (theatre->specs[i].walk == walk && theatre->specs[i].step == step)
			return &theatre->specs[i];
	}
	return NULL;
}

static inline const struct step *
step_of_spec(const struct spec *spec)
{
	return &theatre->plans[spec->walk].steps[spec->step];
}

/* When the actor prints next. */
static inline void
set_next_line(struct actor *actor)
{
	actor->says_at = -1;
	if (actor->next_line && *actor->next_line)
		actor->says_at = actor->started + atol(actor->next_line);
}

/* The rules that hold at each start, whatever the plan. */
static inline void
check_start(const struct spec *spec)
{
	const struct step *step = step_of_spec(spec);
	unsigned same = 0;
	size_t i;

	for (i = 0; i < SPECS_MAX; i++) {
		const struct spec *other = theatre->actors[i].spec;

		if (other == spec)
			theatre_wrong("a step is run twice at once");
		same += other && (step_of_spec(other)->kind == STEP_BUILD_STAGE) ==
					 (step->kind == STEP_BUILD_STAGE);
	}
	if (same >= theatre->jobs)
		theatre_wrong("more side by side than allowed");
	for (i = 0; i < step->needs.nr; i++) {
		enum step_state state = executor_state(theatre->x, spec->walk, step->needs.v[i]);

		if (state != STATE_DONE && state != STATE_SPARED)
			theatre_wrong("it runs though what it needs did not succeed");
	}
	for (i = 0; i < step->after.nr; i++) {
		if (executor_state(theatre->x, spec->walk, step->after.v[i]) < STATE_DONE)
			theatre_wrong("it runs though what it comes after has not ended");
	}
	if (step->gate != STEP_NONE && !spec->open)
		theatre_wrong("it runs though its gate is closed");
	if (step->instead_of != STEP_NONE &&
		executor_state(theatre->x, spec->walk, step->instead_of) != STATE_FAILED)
		theatre_wrong("it runs though what it stands in for did not fail");
}

static inline void
check_io(const struct spec *spec, const struct process_io *io)
{
	bool to_stdout = step_of_spec(spec)->flags & STEP_STDOUT;

	if (io->in != (to_stdout ? 0 : theatre->null_fd))
		theatre_wrong("it reads from another descriptor");
	if (io->out != io->err && !to_stdout && io->out != 1)
		theatre_wrong("its outputs are split");
}

static inline int
fake_spawn(struct process *process, char *const argv[], char *const env[],
	const struct process_io *io, bool own_group)
{
	struct spec *spec = spec_by_name(argv[0]);
	struct ending ending = {0, 0, 0};
	struct actor *actor = theatre->actors;

	check_start(spec);
	check_io(spec, io);
	if (env != theatre->env)
		theatre_wrong("it has another environment");
	if (argv[1])
		theatre_log("%s goes on", spec->name);
	if (!own_group)
		theatre_log("%s is in our group", spec->name);
	if (io->out == 1)
		theatre_log("%s has the terminal", spec->name);
	if (spec->runs < spec->nr_ends)
		ending = spec->ends[spec->runs];
	spec->runs++;
	if (ending.error)
		return ending.error;
	while (actor->spec)
		actor++;
	*actor = (struct actor){.spec = spec,
		.pid = ++theatre->last_pid,
		.own_group = own_group,
		.started = theatre->now,
		.ends_at = theatre->now + spec->takes,
		.next_line = spec->says,
		.ending = ending,
		.out = io->out == 1 ? -1 : dup(io->out),
		.err = io->out == 1 ? -1 : dup(io->err)};
	set_next_line(actor);
	*process = (struct process){actor->pid, own_group};
	return 0;
}

/* The one that ended first; NULL: none has. */
static inline struct actor *
first_ended(void)
{
	struct actor *first = NULL;
	size_t i;

	for (i = 0; i < SPECS_MAX; i++) {
		struct actor *actor = &theatre->actors[i];

		if (actor->spec && actor->ends_at <= theatre->now &&
			(!first || actor->ends_at < first->ends_at))
			first = actor;
	}
	return first;
}

static inline bool
fake_reap(struct process_end *end)
{
	struct actor *actor = first_ended();

	if (!actor)
		return false;
	*end = (struct process_end){actor->pid, actor->ending.status, actor->ending.signal};
	if (actor->out >= 0) {
		close(actor->out);
		close(actor->err);
	}
	actor->spec = NULL;
	return true;
}

static inline bool
fake_child(void)
{
	return first_ended() != NULL;
}

static inline void
fake_signal(const struct process *process, int number)
{
	struct actor *actor = theatre->actors;

	while (actor < theatre->actors + SPECS_MAX && (!actor->spec || actor->pid != process->pid))
		actor++;
	if (actor == theatre->actors + SPECS_MAX) {
		theatre_wrong("a signal for what does not run");
		return;
	}
	theatre_log("%s to %s", signal_name(number), actor->spec->name);
	if (actor->ends_at <= theatre->now + actor->spec->slow ||
		(actor->spec->deaf && number != SIGKILL))
		return;
	actor->ends_at = theatre->now + (number == SIGKILL ? 1 : actor->spec->slow);
	actor->ending = (struct ending){.status = 128 + number, .signal = number};
	if (actor->spec->quits >= 0 && number != SIGKILL)
		actor->ending = (struct ending){.status = actor->spec->quits};
}

/* Prints the actor's line whose time it is. */
static inline void
speak(struct actor *actor)
{
	const char *text = strchr(actor->next_line, ':') + 1;
	size_t n = strcspn(text, ";");
	int fd = *text == '!' ? actor->err : actor->out;

	if (fd >= 0)
		dprintf(fd, "%.*s\n", (int)n - (*text == '!'), text + (*text == '!'));
	actor->next_line = text + n + (text[n] == ';');
	set_next_line(actor);
}

/* What is queued is as good as written. */
static inline void
take_shown(void)
{
	size_t i, n;
	const char *data;

	for (i = 0; i < 2; i++) {
		struct spool *queue = &theatre->pump.outlets[i].queue;

		if (theatre->pump.outlets[i].paused)
			continue;
		while ((n = spool_peek(queue, &data))) {
			strbuf_add(&theatre->shown[i], data, n);
			spool_take(queue, n);
		}
		spool_reset(queue);
	}
}

static inline void
sooner(long long *next, long long at)
{
	if (at >= 0 && (*next < 0 || at < *next))
		*next = at;
}

/* Lets the time pass until something happens. */
static inline void
pass_time(long milliseconds)
{
	long long next = milliseconds < 0 ? -1 : theatre->now + milliseconds;
	size_t i;

	for (i = 0; i < SPECS_MAX; i++) {
		if (!theatre->actors[i].spec)
			continue;
		sooner(&next, theatre->actors[i].ends_at);
		sooner(&next, theatre->actors[i].says_at);
	}
	if (theatre->next_cue < theatre->nr_cues)
		sooner(&next, theatre->cues[theatre->next_cue].at);
	if (next < 0 || ++theatre->waits > 100000) {
		fprintf(stderr, "# waits for ever; until then:\n%s", theatre->log.buf);
		abort(); /* there is no way back out of here */
	}
	if (next > theatre->now)
		theatre->now = next;
	for (i = 0; i < SPECS_MAX; i++) {
		struct actor *actor = &theatre->actors[i];

		while (actor->spec && actor->says_at >= 0 && actor->says_at <= theatre->now)
			speak(actor);
	}
}

static inline int
fake_wait(int nfds, fd_set *readable, fd_set *writable, long milliseconds)
{
	struct timeval none = {0, 0};
	fd_set set = *readable;
	int n;

	take_shown();
	FD_ZERO(writable);
	n = select(nfds, readable, NULL, NULL, &none);
	if (n > 0)
		return n;
	pass_time(milliseconds);
	*readable = set;
	n = select(nfds, readable, NULL, NULL, &none);
	if (n > 0)
		return n;
	FD_ZERO(readable);
	return 0;
}

static inline bool
fake_take(struct sigwatch_signal *signal)
{
	const struct cue *cue = &theatre->cues[theatre->next_cue];

	if (theatre->next_cue == theatre->nr_cues || cue->at > theatre->now)
		return false;
	theatre->next_cue++;
	*signal = (struct sigwatch_signal){cue->number, cue->from_terminal, cue->sender};
	theatre_log("%s comes", signal_name(cue->number));
	return true;
}

static inline long long
fake_now(void)
{
	return theatre->now;
}

static const struct executor_system fake_system = {
	.spawn = fake_spawn,
	.reap = fake_reap,
	.signal = fake_signal,
	.wait = fake_wait,
	.child = fake_child,
	.take = fake_take,
	.now = fake_now,
};

/* ---- What the executor tells. ---- */

static inline void
on_starting(void *ctx, size_t walk, size_t step, bool live)
{
	(void)ctx;
	theatre_log("%s starts%s", spec_of(walk, step)->name, live ? " live" : "");
}

static inline bool
on_showing(void *ctx, size_t walk, size_t step)
{
	(void)ctx;
	/* of a step that prints nothing it may be told or not */
	if (spec_of(walk, step)->says)
		theatre_log("%s is shown", spec_of(walk, step)->name);
	return !spec_of(walk, step)->hidden;
}

static inline void
open_gate(const char *name)
{
	struct spec *spec = spec_by_name(name);

	spec->open = true;
	executor_open(theatre->x, spec->walk, spec->step);
}

/* Does what a line says. */
static inline void
obey(char *line)
{
	char *name, *after;
	const struct spec *spec;

	if (is_key(line, "open", &name)) {
		open_gate(name);
	} else if (is_key(line, "end", &name)) {
		executor_end(theatre->x, spec_by_name(name)->walk);
	} else if (is_key(line, "close", &name)) {
		executor_close(theatre->x, spec_by_name(name)->walk);
	} else if (is_key(line, "halt", &name)) {
		after = strchr(name, ',');
		*after++ = '\0';
		spec = spec_by_name(name);
		executor_halt(theatre->x, spec->walk, spec->step, atol(after));
	}
}

static inline void
on_line(void *ctx, size_t walk, size_t step, const char *line, size_t len)
{
	char *copy = xstrndup(line, len);

	(void)ctx;
	theatre_log("%s: %s", spec_of(walk, step)->name, copy);
	obey(copy);
	free(copy);
}

static inline void
on_signalled(void *ctx, int signal)
{
	(void)ctx;
	theatre_log("told of %s", signal_name(signal));
}

static inline long
on_ended(void *ctx, const struct outcome *outcome)
{
	struct spec *spec = spec_of(outcome->walk, outcome->step);
	long again = -1;
	const char *name;
	char held[64];
	size_t n;

	(void)ctx;
	snprintf(held, sizeof(held), " holding '%.*s'", (int)(outcome->len ? outcome->len - 1 : 0),
		outcome->text);
	theatre_log("%s ends %d%s%s%s%s%s", spec->name, outcome->status,
		outcome->signal ? " by " : "", outcome->signal ? signal_name(outcome->signal) : "",
		outcome->spawn_error ? " not started" : "", outcome->stopped ? " stopped" : "",
		outcome->len ? held : "");
	if (outcome->status && !outcome->stopped && outcome->tries <= spec->nr_retry)
		again = spec->retry[outcome->tries - 1];
	for (name = spec->opens; name && *name; name += n + (name[n] == ',')) {
		char *one = xstrndup(name, n = strcspn(name, ","));

		open_gate(one);
		free(one);
	}
	if (outcome->stopped && spec->accepts)
		again = EXECUTOR_ACCEPTED;
	if (outcome->stopped && spec->closes) {
		spec->open = false;
		again = EXECUTOR_CLOSED;
	}
	if (spec->stops)
		executor_stop(theatre->x, outcome->walk);
	if (spec->adds && again < 0 && theatre->nr_added < theatre->nr_plans) {
		spec->adds = false;
		executor_add(theatre->x, &theatre->plans[theatre->nr_added++]);
	}
	return again;
}

/* ---- A performance. ---- */

static inline void
theatre_open(struct theatre *t, unsigned jobs)
{
	size_t i;

	*t = (struct theatre){.jobs = jobs, .last_pid = 1000};
	theatre = t;
	pump_init(&t->pump, executor_slots(jobs), "/tmp", false, 1, 2);
	strbuf_init(&t->log);
	for (i = 0; i < 2; i++)
		strbuf_init(&t->shown[i]);
	t->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Adds the first plan, and runs. What other plans there are is added by a step, or never. */
static inline void
theatre_run(struct theatre *t, const struct executor_config *with)
{
	static char *env[] = {NULL};
	const struct executor_events events = {
		.starting = on_starting,
		.showing = on_showing,
		.line = on_line,
		.signalled = on_signalled,
		.ended = on_ended,
	};
	struct executor_config config = *with;

	t->env = env;
	config.system = &fake_system;
	config.pump = &t->pump;
	config.jobs = t->jobs;
	config.env = env;
	config.null_fd = t->null_fd;
	t->x = executor_new(&config, &events);
	t->nr_added = 1;
	executor_add(t->x, &t->plans[0]);
	executor_run(t->x);
	take_shown();
}

static inline const char *
state_name(enum step_state state)
{
	static const char *const names[] = {
		"waiting", "ready", "running", "resting", "done", "spared", "failed", "skipped"};

	return names[state];
}

/* Whether the line says that a signal was sent, and the next one too, at the same time. */
static inline bool
are_signals(const char *line, const char *next)
{
	size_t n = strcspn(line, "\n"), m = strcspn(line, " ");
	const char *to = strstr(line, " to ");

	return to && to < line + n && strncmp(line, next, m + 1) == 0 &&
	       (to = strstr(next, " to ")) && to < next + strcspn(next, "\n");
}

/* In which order several are sent a signal does not matter: sorts those lines. */
static inline void
sort_signals(char *log)
{
	bool swapped = true;

	while (swapped) {
		char *line = log, *next;

		swapped = false;
		while ((next = strchr(line, '\n')) && *++next) {
			size_t n = (size_t)(next - line), m = strcspn(next, "\n") + 1;

			if (are_signals(line, next) && strncmp(line, next, n < m ? n : m) > 0) {
				char *copy = xstrndup(line, n);

				memmove(line, next, m);
				memcpy(line + m, copy, n);
				free(copy);
				swapped = true;
				next = line + m;
			}
			line = next;
		}
	}
}

/* Adds to the log when all was over, and how. */
static inline void
theatre_log_states(struct theatre *t)
{
	size_t i;

	sort_signals(t->log.buf);
	strbuf_addf(&t->log, "%lld over: ", t->now);
	for (i = 0; i < t->nr_specs; i++) {
		const struct spec *spec = &t->specs[i];

		if (spec->walk < t->nr_added)
			strbuf_addf(&t->log, "%s%s %s", i ? ", " : "", spec->name,
				state_name(executor_state(t->x, spec->walk, spec->step)));
	}
	strbuf_addf(&t->log, "; status %d", executor_status(t->x));
	if (executor_signal(t->x))
		strbuf_addf(&t->log, ", signal %s", signal_name(executor_signal(t->x)));
	strbuf_addch(&t->log, '\n');
}

static inline void
theatre_close(struct theatre *t)
{
	size_t i;

	if (t->x)
		executor_release(t->x);
	for (i = 0; i < t->nr_plans; i++)
		plan_release(&t->plans[i]);
	for (i = 0; i < t->nr_specs; i++)
		free(t->specs[i].says);
	for (i = 0; i < t->nr_specs; i++)
		free(t->specs[i].opens);
	for (i = 0; i < 2; i++)
		strbuf_release(&t->shown[i]);
	strbuf_release(&t->log);
	pump_release(&t->pump);
	close(t->null_fd);
	theatre = NULL;
}

#endif
