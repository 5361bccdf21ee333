#include "plan_print.h"

#include <string.h>

#include "json.h"

const char *
cache_mode_name(enum cache_mode mode)
{
	static const char *const names[] = {
		[MODE_AUTO] = "auto",
		[MODE_PULL] = "pull",
		[MODE_INLINE] = "inline",
		[MODE_REGISTRY] = "registry",
	};

	return names[mode];
}

/* Whether all that stands in for the step is to be run, and not just the next that succeeds. */
static bool
is_attempt(const struct plan *plan, size_t step)
{
	size_t i;

	if (step == STEP_NONE || !(plan->steps[step].flags & STEP_ATTEMPT))
		return false;
	for (i = step + 1; i < plan->nr; i++) {
		if (plan->steps[i].instead_of == step)
			return true;
	}
	return false;
}

/* Whether the next step runs in this one's place when it fails, or with it in that of another. */
static bool
has_fallback(const struct plan *plan, size_t step)
{
	size_t other = step + 1 < plan->nr ? plan->steps[step + 1].instead_of : STEP_NONE;

	return other != STEP_NONE && !is_attempt(plan, other) &&
	       (other == step || other == plan->steps[step].instead_of);
}

/* Whether a line of the text is the word. */
static bool
has_line(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, word, n) == 0 && (text[n] == '\n' || !text[n]))
			return true;
	}
	return false;
}

/* A word on a line of its own, for the end of the here-document, that the text does not have. */
static void
find_end(const char *named, struct strbuf *end)
{
	strbuf_init(end);
	strbuf_addstr(end, "DOCKERFILE");
	while (has_line(named, end->buf))
		strbuf_addch(end, '_');
}

/* The step's commands; follow: what goes on behind them on their line. */
static void
print_step(const struct step *step, const char *named, const char *follow, struct strbuf *out)
{
	size_t len;
	struct strbuf end;

	strbuf_add_command(out, step->argv[0].v);
	if (step->argv[1].nr) {
		strbuf_addstr(out, " && ");
		strbuf_add_command(out, step->argv[1].v);
	}
	if (step->input != INPUT_NAMED || !named) {
		strbuf_addf(out, "%s\n", follow);
		return;
	}
	find_end(named, &end);
	len = strlen(named);
	strbuf_addf(out, " <<'%s'%s\n%s%s%s\n", end.buf, follow, named,
		len && named[len - 1] == '\n' ? "" : "\n", end.buf);
	strbuf_release(&end);
}

/* How the text goes on behind a step's commands. */
static const char *
follow_of(const struct plan *plan, size_t step)
{
	if (is_attempt(plan, step))
		return plan->steps[step + 1].instead_of == step ? " || (" : " && {";
	if (has_fallback(plan, step))
		return " ||";
	return plan->steps[step].flags & STEP_OPTIONAL ? " || :" : "";
}

/*
 * The brackets between a step and the next, where one is an attempt or belongs to it: what needs it
 * stands between braces, what stands in for it in a subshell, which ends at the first failure even
 * where the shell that reads all this does not.
 */
static void
print_brackets(const struct plan *plan, size_t step, struct strbuf *out)
{
	size_t own = plan->steps[step].instead_of;
	size_t next = step + 1 < plan->nr ? plan->steps[step + 1].instead_of : STEP_NONE;

	if (next != own && is_attempt(plan, own))
		strbuf_addstr(out, ")\n");
	if (next != own && is_attempt(plan, next))
		strbuf_addstr(out, next == step ? "set -e\n" : "} || (\nset -e\n");
}

void
plan_print_shell(const struct outline *outline, struct strbuf *out)
{
	const char *last = NULL;
	size_t i, j;

	if (outline->assignment)
		strbuf_addf(out, "export %s\n", outline->assignment);
	for (i = 0; i < outline->nr_plans; i++) {
		const struct plan *plan = outline->plans[i];

		for (j = 0; j < plan->nr; j++) {
			const char *heading = plan->steps[j].heading;
			bool inside = j && has_fallback(plan, j - 1);

			/* no comment may stand behind a "||" */
			if (heading && !inside && !str_eq(heading, last)) {
				strbuf_addstr(out, "# :: ");
				strbuf_add_visible(out, heading);
				strbuf_addch(out, '\n');
				last = heading;
			}
			print_step(&plan->steps[j], outline->named, follow_of(plan, j), out);
			print_brackets(plan, j, out);
		}
	}
}

static void
add_numbers(struct json_writer *w, const char *name, const struct step_list *list, size_t base)
{
	size_t i;

	json_name(w, name);
	json_open(w, '[');
	for (i = 0; i < list->nr; i++)
		json_number(w, base + list->v[i]);
	json_close(w, ']');
}

static void
add_number(struct json_writer *w, const char *name, size_t step, size_t base)
{
	json_name(w, name);
	if (step == STEP_NONE)
		json_string(w, NULL);
	else
		json_number(w, base + step);
}

static void
add_vector(struct json_writer *w, const struct strvec *argv)
{
	size_t i;

	if (!argv->nr)
		return;
	json_open(w, '[');
	for (i = 0; i < argv->nr; i++)
		json_string(w, argv->v[i]);
	json_close(w, ']');
}

static void
add_step(struct json_writer *w, const struct step *step, size_t base, const char *named)
{
	json_open(w, '{');
	json_name(w, "kind");
	json_string(w, step_kind_name(step->kind));
	json_name(w, "argv");
	json_open(w, '[');
	add_vector(w, &step->argv[0]);
	add_vector(w, &step->argv[1]);
	json_close(w, ']');
	add_numbers(w, "needs", &step->needs, base);
	add_numbers(w, "after", &step->after, base);
	add_number(w, "gate", step->gate, base);
	add_number(w, "else", step->instead_of, base);
	json_name(w, "attempt");
	json_bool(w, step->flags & STEP_ATTEMPT);
	json_name(w, "optional");
	json_bool(w, step->flags & STEP_OPTIONAL);
	json_name(w, "cleanup");
	json_bool(w, step->flags & STEP_CLEANUP);
	if (step->input != INPUT_NONE) {
		json_name(w, "stdin");
		json_string(w, step->input == INPUT_NAMED ? named : NULL);
	}
	json_close(w, '}');
}

static bool
is_cached(const struct cache_refs *refs, const struct dockerfile *df, size_t stage)
{
	size_t i;

	for (i = 0; refs && i < refs->nr; i++) {
		if (refs->entries[i].stage == (int)stage)
			return refs->entries[i].name || df->stages[stage].name;
	}
	return false;
}

static void
add_stages(struct json_writer *w, const struct outline *outline)
{
	const struct dockerfile *df = outline->df;
	size_t i;

	json_name(w, "stages");
	json_open(w, '[');
	for (i = 0; i < df->nr_stages; i++) {
		json_open(w, '{');
		json_name(w, "index");
		json_number(w, i);
		json_name(w, "name");
		json_string(w, df->stages[i].name);
		json_name(w, "base");
		json_string(w, df->stages[i].base);
		json_name(w, "line");
		json_number(w, df->stages[i].line);
		json_name(w, "cached");
		json_bool(w, is_cached(outline->refs, df, i));
		json_close(w, '}');
	}
	json_close(w, ']');
}

void
plan_print_json(const struct outline *outline, struct strbuf *out)
{
	struct json_writer w = {out, false};
	size_t base = 0, i, j;

	json_open(&w, '{');
	json_name(&w, "image");
	json_string(&w, outline->o->image);
	json_name(&w, "context");
	json_string(&w, options_context(outline->o));
	json_name(&w, "branch");
	json_string(&w, outline->refs ? outline->refs->branch : NULL);
	json_name(&w, "mode");
	json_string(&w, cache_mode_name(outline->mode));
	add_stages(&w, outline);
	json_name(&w, "steps");
	json_open(&w, '[');
	for (i = 0; i < outline->nr_plans; i++) {
		for (j = 0; j < outline->plans[i]->nr; j++)
			add_step(&w, &outline->plans[i]->steps[j], base, outline->named);
		base += outline->plans[i]->nr;
	}
	json_close(&w, ']');
	json_close(&w, '}');
	strbuf_addch(out, '\n');
}
