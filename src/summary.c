#include "summary.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "plan_print.h"

#define SHORTEST  100 /* milliseconds; a command that took less is left out of timelines */
#define ROWS_MAX  24  /* of a timeline in the log */
#define LABEL_MAX 40
#define BARS_MIN  80 /* columns that bars need */

static void
add_seconds(struct strbuf *out, long long ms)
{
	strbuf_addf(out, "%lld.%lld s", ms / 1000, ms % 1000 / 100);
}

static void
add_steps(struct strbuf *out, const struct record_entry *it)
{
	strbuf_addf(out, "%u of %u steps from the cache", it->cached, it->steps);
	if (it->kilobytes >= 100)
		strbuf_addf(out, it->kilobytes < 9950 ? " (%.1f MB)" : " (%.0f MB)",
			it->kilobytes / 1000.0);
	if (it->tenths)
		strbuf_addf(out, ", %u.%u s for the others", it->tenths / 10, it->tenths % 10);
}

/* What has become of an entry. Where docker draws on a terminal itself, and with -q, it does not
 * tell how much came from the cache. */
static void
add_state(struct strbuf *out, const struct record *r, const struct record_entry *it)
{
	if (it->steps)
		add_steps(out, it);
	else if (!r->status && !r->signal)
		strbuf_addstr(out, "built");
	else if (it->saved_of)
		strbuf_addf(out, "%u of %u steps stored", it->saved, it->saved_of);
	else
		strbuf_addstr(out, it->saved ? "finished steps stored" : "not built");
}

static void
add_entry(struct strbuf *out, const struct record *r, const struct record_entry *it)
{
	strbuf_addstr(out, "::   ");
	strbuf_add_visible(out, it->name);
	strbuf_addstr(out, ": ");
	add_state(out, r, it);
	if (it->source) {
		strbuf_addstr(out, "; cache ");
		strbuf_add_visible(out, it->source);
	} else if (!it->cached) {
		strbuf_addstr(out, "; no cache was found");
	}
	if (it->rescued) {
		strbuf_addstr(out, " and ");
		strbuf_add_visible(out, it->rescued);
	}
	strbuf_addch(out, '\n');
}

static void
add_refs(struct strbuf *out, const char *what, const struct strvec *refs)
{
	size_t i;

	if (!refs->nr)
		return;
	strbuf_addf(out, "::   %s:", what);
	for (i = 0; i < refs->nr; i++) {
		strbuf_addch(out, ' ');
		strbuf_add_visible(out, refs->v[i]);
	}
	strbuf_addch(out, '\n');
}

static int
by_start(const void *a, const void *b)
{
	const struct record_step *const *x = a, *const *y = b;

	return (*x)->from < (*y)->from ? -1 : (*x)->from > (*y)->from;
}

static int
by_length(const void *a, const void *b)
{
	const struct record_step *const *x = a, *const *y = b;

	return (*x)->took > (*y)->took ? -1 : (*x)->took < (*y)->took;
}

/* The commands of a timeline in the order of their start, the longest most of them; owned by the
 * caller. */
static const struct record_step **
timeline(const struct record *r, size_t most, size_t *nr)
{
	const struct record_step **steps = xcalloc(r->nr_steps + 1, sizeof(*steps));
	size_t i;

	*nr = 0;
	for (i = 0; i < r->nr_steps; i++) {
		if (r->steps[i].took >= SHORTEST)
			steps[(*nr)++] = &r->steps[i];
	}
	if (*nr > most) {
		qsort(steps, *nr, sizeof(*steps), by_length);
		*nr = most;
	}
	if (*nr)
		qsort(steps, *nr, sizeof(*steps), by_start);
	return steps;
}

/* What a command is called there: "Pushing cached images for main: reg/app:main" */
static void
add_label(struct strbuf *out, const struct record_step *step)
{
	strbuf_addstr(out, step->what ? step->what : step_kind_name(step->kind));
	if (step->kind != STEP_BUILD_STAGE && step->subject && !str_eq(step->what, step->subject))
		strbuf_addf(out, " %s", step->subject);
	if (step->stopped)
		strbuf_addstr(out, " (stopped)");
	else if (step->status && (step->kind == STEP_PROBE || step->kind == STEP_PULL_TAG))
		strbuf_addstr(
			out, " (nothing)"); /* most often it is not there, which is no failure */
	else if (step->status)
		strbuf_addstr(out, " (failed)");
}

/* In a column, cut in the middle where it is longer: what is at its end tells references apart. */
static void
add_cut_label(struct strbuf *out, const struct record_step *step)
{
	struct strbuf label, shown;

	strbuf_init(&label);
	strbuf_init(&shown);
	add_label(&label, step);
	strbuf_add_visible(&shown, label.buf);
	if (shown.len <= LABEL_MAX)
		strbuf_addf(out, "%-*s", LABEL_MAX, shown.buf);
	else
		strbuf_addf(out, "%.*s...%s", LABEL_MAX / 2 - 3, shown.buf,
			shown.buf + shown.len - LABEL_MAX / 2);
	strbuf_release(&label);
	strbuf_release(&shown);
}

static void
add_bar(struct strbuf *out, const struct record *r, const struct record_step *step, unsigned width)
{
	long long whole = r->took ? r->took : 1;
	long long from = step->from * width / whole, to = (step->from + step->took) * width / whole;
	long long i;

	if (to >= width)
		to = width - 1;
	strbuf_addch(out, ' ');
	for (i = 0; i < from; i++)
		strbuf_addch(out, ' ');
	for (; i <= to; i++)
		strbuf_addch(out, '=');
}

static void
add_timeline(struct strbuf *out, const struct record *r, unsigned bars)
{
	const struct record_step **steps;
	size_t nr, i;

	steps = timeline(r, ROWS_MAX, &nr);
	if (nr)
		strbuf_addstr(out, "::    started    took\n");
	for (i = 0; i < nr; i++) {
		strbuf_addf(out, "::   %6lld.%lld s %5lld.%lld s  ", steps[i]->from / 1000,
			steps[i]->from % 1000 / 100, steps[i]->took / 1000,
			steps[i]->took % 1000 / 100);
		if (bars >= BARS_MIN) {
			add_cut_label(out, steps[i]);
			add_bar(out, r, steps[i], bars - BARS_MIN + 12);
		} else {
			struct strbuf label;

			strbuf_init(&label);
			add_label(&label, steps[i]);
			strbuf_add_visible(out, label.buf);
			strbuf_release(&label);
		}
		strbuf_addch(out, '\n');
	}
	free(steps);
}

void
summary_text(const struct record *r, unsigned bars, struct strbuf *out)
{
	size_t i;

	if (r->mode == MODE_AUTO)
		return;
	strbuf_addstr(out, ":: Summary: ");
	add_seconds(out, r->took);
	strbuf_addch(out, '\n');
	for (i = 0; i < r->nr_entries; i++)
		add_entry(out, r, &r->entries[i]);
	add_refs(out, "stored", &r->stored);
	add_refs(out, "pushed", &r->pushed);
	add_timeline(out, r, bars);
}

static void
json_member(struct json_writer *w, const char *name, const char *value)
{
	json_name(w, name);
	json_string(w, value);
}

static void
json_count(struct json_writer *w, const char *name, long long value)
{
	json_name(w, name);
	json_number(w, value > 0 ? (size_t)value : 0);
}

static void
json_list(struct json_writer *w, const char *name, const struct strvec *texts)
{
	size_t i;

	json_name(w, name);
	json_open(w, '[');
	for (i = 0; i < texts->nr; i++)
		json_string(w, texts->v[i]);
	json_close(w, ']');
}

static void
json_entry(struct json_writer *w, const struct record_entry *it)
{
	json_open(w, '{');
	json_member(w, "name", it->name);
	json_member(w, "source", it->source);
	json_member(w, "rescued", it->rescued);
	json_count(w, "steps", it->steps ? it->steps : it->saved_of);
	json_count(w, "cached", it->cached);
	json_count(w, "ms", it->tenths * 100LL);
	json_count(w, "fetched", it->kilobytes * 1000LL);
	json_count(w, "saved", it->saved);
	json_close(w, '}');
}

static void
json_command(struct json_writer *w, const struct record_step *step)
{
	json_open(w, '{');
	json_member(w, "kind", step_kind_name(step->kind));
	json_member(w, "what", step->what);
	json_member(w, "subject", step->subject);
	json_count(w, "start_ms", step->from);
	json_count(w, "ms", step->took);
	json_count(w, "status", step->status);
	json_count(w, "tries", step->tries);
	json_name(w, "stopped");
	json_bool(w, step->stopped);
	json_close(w, '}');
}

void
summary_json(const struct record *r, struct strbuf *out)
{
	struct json_writer w = {.out = out};
	size_t i;

	json_open(&w, '{');
	json_count(&w, "version", 1);
	json_member(&w, "image", r->image);
	json_member(&w, "branch", r->branch);
	json_member(&w, "mode", r->mode == MODE_AUTO ? NULL : cache_mode_name(r->mode));
	json_count(&w, "status", r->status);
	json_name(&w, "signal");
	if (r->signal)
		json_number(&w, (size_t)r->signal);
	else
		json_string(&w, NULL);
	json_count(&w, "ms", r->took);
	json_name(&w, "hit");
	json_bool(&w, record_is_hit(r));
	json_member(&w, "digest", r->digest);
	json_name(&w, "stages");
	json_open(&w, '[');
	for (i = 0; i < r->nr_entries; i++)
		json_entry(&w, &r->entries[i]);
	json_close(&w, ']');
	json_list(&w, "stored", &r->stored);
	json_list(&w, "pushed", &r->pushed);
	json_list(&w, "warnings", &r->warnings);
	json_name(&w, "commands");
	json_open(&w, '[');
	for (i = 0; i < r->nr_steps; i++)
		json_command(&w, &r->steps[i]);
	json_close(&w, ']');
	json_close(&w, '}');
	strbuf_addch(out, '\n');
}

/* Text for a cell of a table, or a line of Mermaid: what would end that, or be read as markup, is
 * written otherwise. */
static void
add_cell(struct strbuf *out, const char *text, const char *markup)
{
	struct strbuf shown;
	const char *p;

	strbuf_init(&shown);
	strbuf_add_visible(&shown, text);
	for (p = shown.buf; *p; p++) {
		if (!strchr(markup, *p))
			strbuf_addch(out, *p);
		else if (*p == '<')
			strbuf_addstr(out, "&lt;");
		else
			strbuf_addch(out, ' ');
	}
	strbuf_release(&shown);
}

static void
add_code(struct strbuf *out, const char *text)
{
	if (!text) {
		strbuf_addstr(out, " none |");
		return;
	}
	strbuf_addstr(out, " `");
	add_cell(out, text, "`|");
	strbuf_addstr(out, "` |");
}

static void
add_mermaid(struct strbuf *out, const struct record *r)
{
	const struct record_step **steps;
	size_t nr, i;

	steps = timeline(r, ROWS_MAX, &nr);
	if (nr)
		strbuf_addstr(out, "\n```mermaid\ngantt\n    dateFormat x\n    axisFormat %M:%S\n");
	for (i = 0; i < nr; i++) {
		struct strbuf label;

		strbuf_init(&label);
		add_label(&label, steps[i]);
		strbuf_addstr(out, "    ");
		add_cell(out, label.buf, ":;#,`<");
		strbuf_addf(out, " :%s%lld, %lld\n",
			steps[i]->status && !steps[i]->stopped ? "crit, " : "", steps[i]->from,
			steps[i]->from + steps[i]->took);
		strbuf_release(&label);
	}
	if (nr)
		strbuf_addstr(out, "```\n");
	free(steps);
}

static void
add_list(struct strbuf *out, const char *what, const struct strvec *texts)
{
	size_t i;

	if (!texts->nr)
		return;
	strbuf_addf(out, "\n%s:", what);
	for (i = 0; i < texts->nr; i++) {
		strbuf_addstr(out, i ? ", `" : " `");
		add_cell(out, texts->v[i], "`");
		strbuf_addch(out, '`');
	}
	strbuf_addch(out, '\n');
}

void
summary_markdown(const struct record *r, struct strbuf *out)
{
	size_t i;

	strbuf_addstr(out, "### Image build: `");
	add_cell(out, r->image ? r->image : "", "`");
	strbuf_addstr(out, "`\n\n");
	if (r->signal)
		strbuf_addf(out, "Ended by signal %d after ", r->signal);
	else if (r->status)
		strbuf_addf(out, "Failed with status %d after ", r->status);
	else
		strbuf_addstr(out, "Built in ");
	add_seconds(out, r->took);
	strbuf_addstr(out, record_is_hit(r) ? ", all from the cache.\n" : ".\n");
	if (r->nr_entries)
		strbuf_addstr(out, "\n| stage | state | cache |\n|---|---|---|\n");
	for (i = 0; i < r->nr_entries; i++) {
		const struct record_entry *it = &r->entries[i];

		strbuf_addstr(out, "|");
		add_code(out, it->name);
		strbuf_addch(out, ' ');
		add_state(out, r, it);
		strbuf_addstr(out, " |");
		add_code(out, it->source);
		strbuf_addch(out, '\n');
	}
	add_list(out, "Pushed", &r->pushed);
	add_list(out, "Stored", &r->stored);
	add_list(out, "Warnings", &r->warnings);
	add_mermaid(out, r);
}

static void
add_output(struct strbuf *out, const char *name, bool upper, const char *value)
{
	const char *p;

	if (!value || strpbrk(value, "\r\n"))
		return;
	strbuf_addstr(out, upper ? "DBRC_" : "");
	for (p = name; *p; p++)
		strbuf_addch(out, !upper ? *p : *p == '-' ? '_' : to_upper(*p));
	strbuf_addf(out, "=%s\n", value);
}

void
summary_outputs(const struct record *r, bool upper, struct strbuf *out)
{
	add_output(out, "image", upper, r->image);
	add_output(out, "digest", upper, r->digest);
	add_output(out, "cache-hit", upper, record_is_hit(r) ? "true" : "false");
}
