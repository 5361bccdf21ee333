#include "record.h"

#include <stdlib.h>
#include <string.h>

void
record_init(struct record *r, const char *image)
{
	*r = (struct record){.image = image ? xstrdup(image) : NULL};
	strvec_init(&r->stored);
	strvec_init(&r->pushed);
	strvec_init(&r->warnings);
}

void
record_release(struct record *r)
{
	size_t i;

	for (i = 0; i < r->nr_entries; i++) {
		free(r->entries[i].name);
		free(r->entries[i].source);
		free(r->entries[i].rescued);
	}
	for (i = 0; i < r->nr_steps; i++) {
		free(r->steps[i].what);
		free(r->steps[i].subject);
	}
	free(r->entries);
	free(r->steps);
	free(r->image);
	free(r->branch);
	free(r->digest);
	strvec_release(&r->stored);
	strvec_release(&r->pushed);
	strvec_release(&r->warnings);
}

static char *
copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

/* The entry that an event is about, from when it is first met; valid until the next is. */
static struct record_entry *
entry_of(struct record *r, const struct cache_entry *entry)
{
	const char *name = entry->name ? entry->name : "image";
	size_t i;

	for (i = 0; i < r->nr_entries; i++) {
		if (str_eq(r->entries[i].name, name))
			return &r->entries[i];
	}
	r->entries = xreallocarray(r->entries, r->nr_entries + 1, sizeof(*r->entries));
	r->entries[r->nr_entries] = (struct record_entry){.name = xstrdup(name)};
	return &r->entries[r->nr_entries++];
}

static void
take_source(struct record *r, const struct event *event)
{
	struct record_entry *it = entry_of(r, event->entry);

	free(it->source);
	free(it->rescued);
	it->source = copy(event->ref);
	it->rescued = copy(event->rescued);
}

static void
take_built(struct record *r, const struct event *event)
{
	struct record_entry *it = entry_of(r, event->entry);

	it->cached = event->cached;
	it->steps = event->steps;
	it->tenths = event->tenths;
	it->kilobytes = event->kilobytes;
}

static void
take_saved(struct record *r, const struct event *event)
{
	struct record_entry *it = entry_of(r, event->entry);

	it->saved = event->cached;
	it->saved_of = event->steps;
	if (event->ref)
		strvec_push_new(&r->stored, event->ref);
}

static void
add_all(struct strvec *refs, const struct strvec *more)
{
	size_t i;

	for (i = 0; more && i < more->nr; i++)
		strvec_push_new(refs, more->v[i]);
}

static void
take_step(struct record *r, const struct event *event)
{
	const struct step *step = event->step;

	if (!r->nr_steps)
		r->began = event->from;
	r->steps = xreallocarray(r->steps, r->nr_steps + 1, sizeof(*r->steps));
	r->steps[r->nr_steps++] = (struct record_step){.kind = step->kind,
		.what = copy(step->heading ? step->heading : step->subject),
		.subject = copy(step->subject),
		.from = event->from - r->began,
		.took = event->to - event->from,
		.status = event->error,
		.tries = event->tries,
		.stopped = event->stopped};
	add_all(&r->stored, event->stored);
	add_all(&r->pushed, event->pushed);
	if (event->detail) {
		free(r->digest);
		r->digest = xstrdup(event->detail);
	}
}

void
record_event(struct record *r, const struct event *event)
{
	switch (event->kind) {
	case EVENT_SETUP:
		free(r->branch);
		r->branch = copy(event->refs->branch);
		r->mode = event->mode;
		break;
	case EVENT_SOURCE:
		take_source(r, event);
		break;
	case EVENT_BUILT:
		take_built(r, event);
		break;
	case EVENT_SAVED:
		take_saved(r, event);
		break;
	case EVENT_STEP:
		take_step(r, event);
		break;
	case EVENT_END:
		r->took = r->nr_steps ? event->to - r->began : 0;
		r->status = event->error;
		r->signal = event->signal;
		break;
	default:
		break;
	}
}

bool
record_is_hit(const struct record *r)
{
	bool any = false, all = true;
	size_t i;

	for (i = 0; i < r->nr_entries; i++) {
		any |= r->entries[i].steps > 0;
		all &= r->entries[i].cached == r->entries[i].steps;
	}
	return any && all && !r->status && !r->signal;
}
