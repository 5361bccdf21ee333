#include "conducting.h"

#include <stdlib.h>
#include <string.h>

#include "plan_compare.h"

/* Carries out a plan of look-ups and takes up what they found. */
static void
look_up(struct conduct *c, size_t number, struct cache_source *sources)
{
	struct phase *phase = &c->phases[number];
	struct look_up *look_ups;
	size_t i;

	conducting_carry_out(c, number);
	look_ups = xcalloc(phase->plan.nr, sizeof(*look_ups));
	for (i = 0; i < phase->plan.nr; i++)
		look_ups[i] = phase->notes[i].look_up;
	load_choose(sources, &phase->plan, look_ups, &c->project.refs);
	free(look_ups);
}

/*
 * Has the builder say which references there are, where that is worth a build, and takes it for
 * known from now on. False: it cannot reach the registry.
 */
static bool
sift(struct conduct *c, size_t number, struct load_setup *setup, enum sift_what what)
{
	const struct phase *phase = &c->phases[number];

	if (!load_sifts(setup, c->mode))
		return true;
	if (!c->sift.text.len &&
		replay_take(&c->sift, sift_dockerfile, strlen(sift_dockerfile), c->f->tmpdir))
		return true;
	sift_release(&c->known);
	sift_init(&c->known, &c->project.refs, what);
	setup->known = &c->known;
	plan_load_sift(&c->phases[number].plan, setup);
	conducting_carry_out(c, number);
	if (!sift_unreachable(&c->known))
		return true;
	conducting_tell(c, &(struct event){.kind = EVENT_FAILED,
				   .step = &phase->plan.steps[0],
				   .reason = phase->notes[0].reason,
				   .detail = phase->notes[0].detail});
	c->unreachable = true;
	return false;
}

/* Whether all answers were either that it is there or that it is not. */
static bool
is_plain(const struct phase *phase)
{
	size_t i;

	for (i = 0; i < phase->plan.nr; i++) {
		const struct note *note = &phase->notes[i];

		if (note->look_up.found != FOUND_YES && note->begun &&
			note->reason != REASON_ABSENT)
			return false;
	}
	return true;
}

/*
 * Asks for few exported caches in the quickest way, and takes what it finds for known. False: it
 * does not find the image's, or something is in the way, and others can tell what.
 */
static bool
inspect(struct conduct *c, struct load_setup *setup)
{
	const struct phase *phase = &c->phases[INSPECT];
	size_t i;

	if (!load_inspects(setup, c->mode))
		return false;
	plan_load_inspect(&c->phases[INSPECT].plan, setup);
	look_up(c, INSPECT, c->sources);
	c->unreachable = false; /* from here */
	if (!load_found_export(c->sources, &c->project.refs) || !is_plain(phase)) {
		load_release(c->sources, c->project.refs.nr);
		c->sources = load_new(&c->project.refs);
		return false;
	}
	sift_init(&c->known, &c->project.refs, SIFT_EXPORTS);
	for (i = 0; i < phase->plan.nr; i++)
		sift_learn(&c->known, phase->plan.steps[i].subject, phase->notes[i].look_up.found);
	setup->known = &c->known;
	return true;
}

/* Looks for what builders of another kind have left, where there is not all of one's own. */
static void
look_for_others(struct conduct *c, struct load_setup *setup, enum sift_what what)
{
	const struct cache_refs *refs = &c->project.refs;
	struct plan *plan = &c->phases[LOAD_MORE].plan;
	struct cache_source *found;

	if (c->mode == MODE_REGISTRY && !load_found_export(c->sources, refs)) {
		if (what != SIFT_ALL && !sift(c, SIFT_MORE, setup, SIFT_IMAGES))
			return;
		if (!conducting_goes_on(c))
			return;
		plan_load_images(plan, setup);
		look_up(c, LOAD_MORE, c->sources);
		load_take(c->sources, setup, false);
	} else if (c->mode == MODE_INLINE && c->engine.has_buildx &&
		   load_lacks_stage(c->sources, refs)) {
		found = load_new(refs);
		plan_load_export(plan, setup);
		look_up(c, LOAD_MORE, found);
		load_take(found, setup, true);
		load_share(c->sources, found, refs);
		load_release(found, refs->nr);
	}
}

/* Forgets what was rescued where it is a part of what was found whole. */
static void
compare_rescued(struct conduct *c, const struct load_setup *setup)
{
	const struct phase *phase = &c->phases[COMPARE];
	struct strbuf *answers;
	size_t i;

	plan_compare(&c->phases[COMPARE].plan, setup, c->sources, c->mode);
	conducting_carry_out(c, COMPARE);
	answers = xcalloc(phase->plan.nr + 1, sizeof(*answers));
	for (i = 0; i < phase->plan.nr; i++)
		answers[i] = phase->notes[i].answer;
	for (i = 0; i < phase->plan.nr;)
		i += compare_take(&c->sources[phase->plan.steps[i].entry], &answers[i], c->mode);
	free(answers);
}

/* What there is of the entry beside its source; NULL: nothing. */
static const char *
rescued_of(const struct conduct *c, size_t entry)
{
	const struct cache_entry *it = &c->project.refs.entries[entry];

	if (!c->sources[entry].rescued)
		return NULL;
	return c->mode == MODE_REGISTRY ? it->export_rescued : it->rescued;
}

static void
report_sources(const struct conduct *c)
{
	bool all = load_found_export(c->sources, &c->project.refs);
	size_t i;

	for (i = 0; i < c->project.refs.nr; i++) {
		/* the exported cache of the image is that of all stages */
		if (all && !c->sources[i].ref)
			continue;
		conducting_tell(c, &(struct event){.kind = EVENT_SOURCE,
					   .refs = &c->project.refs,
					   .mode = c->mode,
					   .entry = &c->project.refs.entries[i],
					   .ref = c->sources[i].ref,
					   .rescued = rescued_of(c, i)});
	}
}

static void
look_for_all(struct conduct *c, struct load_setup *setup, enum sift_what what)
{
	sift(c, SIFT, setup, what);
	if (!conducting_goes_on(c) || c->unreachable)
		return;
	plan_load(&c->phases[LOAD].plan, setup, c->mode);
	look_up(c, LOAD, c->sources);
	if (c->mode == MODE_REGISTRY)
		load_take(c->sources, setup, true);
}

void
conducting_load(struct conduct *c)
{
	struct load_setup setup = {.refs = &c->project.refs, .o = c->o, .engine = &c->engine};
	enum sift_what what = load_sifts_for(&setup, c->mode);

	if (c->engine.kind == ENGINE_NERDCTL) {
		conducting_tell(c, &(struct event){.kind = EVENT_TRIED});
		load_try_all(c->sources, &c->project.refs);
		return;
	}
	if (!inspect(c, &setup) && conducting_goes_on(c))
		look_for_all(c, &setup, what);
	if (conducting_goes_on(c) && !c->unreachable)
		look_for_others(c, &setup, what);
	if (conducting_goes_on(c))
		compare_rescued(c, &setup);
	load_settle(c->sources, &c->project.refs, c->mode);
	if (conducting_goes_on(c))
		report_sources(c);
}
