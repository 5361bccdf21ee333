#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "plan_print.h"
#include "summary.h"

#define NAME    "docker-build-remote-cache"
#define WARNING NAME ": warning: "
#ifndef VERSION
#define VERSION "unknown"
#endif

void
report_init(struct report *r, struct pump *pump, struct record *record, bool quiet)
{
	r->quiet = quiet;
	r->pump = pump;
	r->record = record;
	r->columns = r->nr_folds = 0;
	r->fold = NULL;
	r->folded = false;
	strbuf_init(&r->text);
	strbuf_init(&r->heading);
}

void
report_release(struct report *r)
{
	strbuf_release(&r->text);
	strbuf_release(&r->heading);
}

static struct strbuf *
start(struct report *r, const char *prefix)
{
	strbuf_reset(&r->text);
	strbuf_addstr(&r->text, prefix);
	return &r->text;
}

/* Ends the section that the log has folded, if it has. */
static void
unfold(struct report *r)
{
	struct strbuf end;

	if (!r->folded)
		return;
	strbuf_init(&end);
	fold_end(r->fold, r->heading.buf, r->nr_folds, time(NULL), &end);
	pump_say(r->pump, end.buf, end.len);
	strbuf_release(&end);
	r->folded = false;
}

/* Says the heading as that of a section that the log folds: docker's output, up to what we say
 * next.
 */
static void
fold(struct report *r)
{
	strbuf_reset(&r->text);
	fold_begin(r->fold, r->heading.buf, ++r->nr_folds, time(NULL), &r->text);
	pump_say(r->pump, r->text.buf, r->text.len);
	r->folded = true;
}

static void
say(struct report *r)
{
	const char *warning = str_skip_prefix(r->text.buf, WARNING);

	if (warning)
		strvec_push(&r->record->warnings, warning);
	strbuf_addch(&r->text, '\n');
	unfold(r);
	pump_say(r->pump, r->text.buf, r->text.len);
}

/* Says a heading, unless it stands there already. */
static void
heading(struct report *r, const char *text)
{
	if (!text || r->quiet || str_eq(r->heading.buf, text))
		return;
	unfold(r);
	strbuf_reset(&r->heading);
	strbuf_addstr(&r->heading, text);
	if (r->fold) {
		fold(r);
		return;
	}
	strbuf_add_visible(start(r, ":: "), text);
	say(r);
}

static const char *
entry_name(const struct cache_entry *entry)
{
	return entry->name ? entry->name : "image";
}

static void
setup(struct report *r, const struct event *event)
{
	const struct cache_refs *refs = event->refs;
	struct strbuf *text = start(r, ":: ");
	size_t i;

	if (refs->branch) {
		strbuf_addstr(text, "Branch ");
		strbuf_add_visible(text, refs->branch);
		strbuf_addf(text, " (%s)", refs->branch_from);
	} else {
		strbuf_addstr(text, "No branch known");
		if (!refs->branches.nr)
			strbuf_addstr(text, ": only unprefixed tags are used");
	}
	strbuf_addf(text, ", cache mode %s", cache_mode_name(event->mode));
	for (i = 0; i < refs->branches.nr; i++) {
		strbuf_addstr(text, i ? ", " : ", looked for under ");
		strbuf_add_visible(text, refs->branches.v[i]);
	}
	strbuf_addstr(text, refs->branches.nr ? ", unprefixed" : "");
	if (refs->not_stored)
		strbuf_addf(text, ", no cache is stored (%s)", refs->not_stored);
	if (refs->not_pushed)
		strbuf_addf(text, ", the image is not pushed (%s)", refs->not_pushed);
	say(r);
}

static void
uncached(struct report *r, const struct event *event)
{
	strbuf_addf(start(r, ":: "), "Nothing is cached: %s (see --cache-repo)", event->detail);
	say(r);
}

/* The stages are not known, so there is one build, with the cache of the image alone. */
static void
not_understood(struct report *r, const struct event *event)
{
	struct strbuf *text = start(
		r, ":: The stages of the Dockerfile are not cached one by one: ");

	strbuf_add_visible(text, event->detail);
	say(r);
}

static void
secret(struct report *r, const struct event *event)
{
	struct strbuf *text = start(r, WARNING);

	strbuf_addstr(text, "build argument ");
	strbuf_add_visible(text, event->detail);
	strbuf_addstr(text, " looks like a secret, and whoever can pull the image or its cache can "
			    "read it there; give it by --secret, and RUN --mount=type=secret");
	say(r);
}

static void
no_file(struct report *r, const struct event *event)
{
	strbuf_addf(start(r, WARNING),
		"stages are not cached one by one, for no temporary file can be written: %s",
		strerror(event->error));
	say(r);
}

static void
source(struct report *r, const struct event *event)
{
	struct strbuf *text = start(r, ":: Cache of ");
	const struct strvec *lookup = event->mode == MODE_REGISTRY ? &event->entry->exports
								   : &event->entry->lookup;
	size_t i;

	strbuf_addf(text, "%s: ", entry_name(event->entry));
	if (event->ref) {
		strbuf_addstr(text, event->ref);
		if (event->rescued)
			strbuf_addf(text, ", and %s", event->rescued);
	} else {
		strbuf_addstr(text, "none (looked for");
		for (i = 0; i < lookup->nr; i++)
			strbuf_addf(text, " %s", lookup->v[i]);
		strbuf_addch(text, ')');
	}
	say(r);
}

static void
why(struct report *r, const struct event *event)
{
	strbuf_addf(start(r, ":: "), "%s: not all of %s could be used: %s",
		entry_name(event->entry), event->ref, event->detail);
	say(r);
}

static void
taken(struct report *r, const struct event *event)
{
	strbuf_addf(start(r, ":: "), "%s: %u finished step%s taken up from %s",
		entry_name(event->entry), event->cached, event->cached == 1 ? "" : "s", event->ref);
	say(r);
}

static void
built(struct report *r, const struct event *event)
{
	strbuf_addf(start(r, ":: "), "%s: %u of %u steps from the cache", entry_name(event->entry),
		event->cached, event->steps);
	say(r);
}

/* "push of 'reg/app:main' failed: no access" */
static void
failure(struct report *r, const char *prefix, const struct event *event)
{
	static const char *const verbs[] = {
		[STEP_PROBE] = "look-up",
		[STEP_PULL_TAG] = "pull",
		[STEP_BUILD_STAGE] = "build",
		[STEP_TAG_PUSH] = "push",
	};
	struct strbuf *text = start(r, prefix);

	strbuf_addf(
		text, "%s of '", event->kind == EVENT_UNPUSHED ? "push" : verbs[event->step->kind]);
	strbuf_add_visible(text, event->step->subject);
	strbuf_addf(text, "' failed: %s", reason_text(event->reason));
	if (event->detail) {
		strbuf_addstr(text, ": ");
		strbuf_add_visible(text, event->detail);
	} else if (event->error) {
		strbuf_addf(text, ": %s", strerror(event->error));
	}
}

static void
retry(struct report *r, const struct event *event)
{
	failure(r, ":: ", event);
	strbuf_addf(&r->text, "; trying again in %ld.%ld s", event->delay / 1000,
		event->delay % 1000 / 100);
	say(r);
}

static void
failed(struct report *r, const struct event *event)
{
	const char *advice = reason_advice(event->reason);

	failure(r, WARNING, event);
	if (advice)
		strbuf_addf(&r->text, "; %s", advice);
	say(r);
}

/* The build is as it would be without a cache. */
static void
layers(struct report *r, const struct event *event)
{
	if (event->detail)
		strbuf_addf(start(r, WARNING), "%s: built without cache", event->detail);
	else
		strbuf_addf(start(r, ":: "),
			"podman keeps the cache of all steps in %s, for all branches and stages",
			event->ref);
	say(r);
}

static void
unpushed(struct report *r, const struct event *event)
{
	failure(r, ":: The image is built; ", event);
	strbuf_addstr(&r->text, "; pushing each of its names by itself");
	say(r);
}

static void
tried(struct report *r)
{
	strbuf_addstr(start(r, ":: "),
		"nerdctl cannot tell which caches there are: all are tried (not tested with it)");
	say(r);
}

static void
not_exported(struct report *r, const struct event *event)
{
	const char *advice = reason_advice(event->reason);
	struct strbuf *text = start(r, WARNING);

	strbuf_addf(text, "the cache of '%s' could not be stored: %s", entry_name(event->entry),
		reason_text(event->reason));
	if (event->detail) {
		strbuf_addstr(text, ": ");
		strbuf_add_visible(text, event->detail);
	}
	if (advice)
		strbuf_addf(text, "; %s", advice);
	say(r);
}

static void
saved(struct report *r, const struct event *event)
{
	struct strbuf *text = start(r, ":: ");

	strbuf_addf(text, "%s: ", entry_name(event->entry));
	if (event->steps)
		strbuf_addf(text, "%u of %u steps", event->cached, event->steps);
	else
		strbuf_addstr(text, "the finished steps");
	strbuf_addstr(text, " stored");
	if (event->ref)
		strbuf_addf(text, " as %s", event->ref);
	if (event->line)
		strbuf_addf(text, ", the next build starts at step %u, line %u of the Dockerfile",
			event->cached + 1, event->line);
	say(r);
}

static void
no_start(struct report *r, const struct event *event)
{
	strbuf_addf(start(r, NAME ": "), "cannot run docker: %s", strerror(event->error));
	say(r);
}

static void
signalled(struct report *r, const struct event *event)
{
	strbuf_addstr(start(r, NAME ": stopped by a signal"),
		event->stores ? "; the stages that are built are still being stored" : "");
	say(r);
}

static void
summary(struct report *r)
{
	unfold(r);
	strbuf_reset(&r->text);
	summary_text(r->record, r->columns, &r->text);
	pump_say(r->pump, r->text.buf, r->text.len);
}

/* What is not said with -q. */
static void
report_more(struct report *r, const struct event *event)
{
	switch (event->kind) {
	case EVENT_SETUP:
		setup(r, event);
		break;
	case EVENT_UNCACHED:
		uncached(r, event);
		break;
	case EVENT_NOT_UNDERSTOOD:
		not_understood(r, event);
		break;
	case EVENT_SOURCE:
		source(r, event);
		break;
	case EVENT_TAKEN:
		taken(r, event);
		break;
	case EVENT_RETRY:
		retry(r, event);
		break;
	case EVENT_UNPUSHED:
		unpushed(r, event);
		break;
	case EVENT_BUILT:
		built(r, event);
		break;
	case EVENT_LAYERS:
		layers(r, event);
		break;
	case EVENT_TRIED:
		tried(r);
		break;
	case EVENT_END:
		summary(r);
		break;
	default:
		break;
	}
}

/* A line on what is waited for, as long as the terminal is wide. */
static void
working(struct report *r, const struct event *event)
{
	const struct step *step = event->step;
	struct strbuf *text = start(r, ":: ");
	struct strbuf time;

	if (!r->columns || r->quiet)
		return;
	if (step->heading)
		strbuf_add_visible(text, step->heading);
	if (step->subject && !(step->heading && strstr(step->heading, step->subject))) {
		strbuf_addstr(text, step->heading ? " " : "");
		strbuf_add_visible(text, step->subject);
	}
	strbuf_init(&time);
	if (event->steps > 1)
		strbuf_addf(&time, ", and %u more", event->steps - 1);
	strbuf_addf(&time, " (%lld s)", (event->to - event->from) / 1000);
	strbuf_cut(text, r->columns > time.len + 1 ? r->columns - time.len - 1 : 0);
	strbuf_add(text, time.buf, time.len);
	pump_status(r->pump, text->buf, text->len);
	strbuf_release(&time);
}

void
report_event(void *ctx, const struct event *event)
{
	struct report *r = ctx;

	record_event(r->record, event);
	switch (event->kind) {
	case EVENT_NO_FILE:
		no_file(r, event);
		break;
	case EVENT_SECRET:
		secret(r, event);
		break;
	case EVENT_HEADING:
		heading(r, event->step->heading);
		break;
	case EVENT_WHY:
		why(r, event);
		break;
	case EVENT_FAILED:
		failed(r, event);
		break;
	case EVENT_NOT_EXPORTED:
		not_exported(r, event);
		break;
	case EVENT_SAVED:
		saved(r, event);
		break;
	case EVENT_NO_START:
		no_start(r, event);
		break;
	case EVENT_SIGNAL:
		signalled(r, event);
		break;
	case EVENT_WORKING:
		working(r, event);
		break;
	default:
		/* podman without a cache is a warning */
		if (!r->quiet || (event->kind == EVENT_LAYERS && event->detail))
			report_more(r, event);
	}
}

void
report_usage(enum program program, const struct strbuf *problem)
{
	static const char *const names[] = {
		[PROGRAM_BUILD] = NAME,
		[PROGRAM_PULL_TAG] = "docker-pull-tag",
		[PROGRAM_TAG_PUSH] = "docker-tag-push",
	};

	fprintf(stderr, "%s: %s; see '%s --help'\n", names[program], problem->buf, names[program]);
}

void
report_no_input(int error)
{
	fprintf(stderr, "%s: cannot keep standard input: %s\n", NAME, strerror(error));
}

typedef int write_fn(const char *path, const struct strbuf *text);

static void
write_text(write_fn *write, const char *path, const struct strbuf *text)
{
	int error = path ? write(path, text) : 0;

	if (error)
		fprintf(stderr, "%scannot write '%s': %s\n", WARNING, path, strerror(error));
}

void
report_files(const struct record *record, const struct options *o, const struct facts *f)
{
	struct strbuf text;

	strbuf_init(&text);
	summary_json(record, &text);
	write_text(facts_write_file, o->report, &text);
	strbuf_reset(&text);
	summary_markdown(record, &text);
	write_text(facts_write_file, o->summary, &text);
	write_text(facts_append_file, f->github_summary, &text);
	strbuf_reset(&text);
	summary_outputs(record, true, &text);
	write_text(facts_write_file, o->dotenv, &text);
	strbuf_reset(&text);
	summary_outputs(record, false, &text);
	write_text(facts_append_file, f->github_output, &text);
	strbuf_release(&text);
}

void
report_version(struct strbuf *out)
{
	strbuf_addf(out, "%s %s\n", NAME, VERSION);
}

void
report_metadata(struct strbuf *out)
{
	struct json_writer w = {.out = out};

	json_open(&w, '{');
	json_name(&w, "SchemaVersion");
	json_string(&w, "0.1.0");
	json_name(&w, "Vendor");
	json_string(&w, NAME);
	json_name(&w, "Version");
	json_string(&w, VERSION);
	json_name(&w, "ShortDescription");
	json_string(&w, "Build an image with a layer cache kept in a registry");
	json_close(&w, '}');
	strbuf_addch(out, '\n');
}

bool
report_print(const struct strbuf *text)
{
	if (fwrite(text->buf, 1, text->len, stdout) == text->len && fflush(stdout) == 0)
		return true;
	fprintf(stderr, "%s: cannot write to standard output: %s\n", NAME, strerror(errno));
	return false;
}
