#include "plan_whole.h"

#include <stdlib.h>

#include "withhold.h"

/* The words last, since one may be an option that lacks its value; but not behind a "--". */
static void
push_words(struct strvec *argv, const struct options *o)
{
	bool hidden = options_hides(o);

	if (hidden)
		strvec_push_all(argv, &o->words);
	if (o->contexts.nr || !o->drop_in)
		options_push_contexts(argv, o);
	if (!hidden)
		strvec_push_all(argv, &o->words);
}

void
plan_plain(struct plan *plan, const struct options *o, bool withheld)
{
	struct step *step = plan_add(plan, STEP_BUILD_STAGE, STEP_LIVE | STEP_STDOUT);
	struct strvec *argv = &step->argv[0];
	char *full;

	strvec_pushl(argv, o->docker, "build");
	if (!o->drop_in)
		strvec_push_option(argv, "-t", o->image);
	push_words(argv, o);
	step->subject = xstrdup(o->image);
	/* nothing is kept for what docker has to refuse */
	step->input = options_stdin(o) && !o->plain ? INPUT_KEPT : INPUT_NONE;
	if (withheld)
		withhold(plan, true, true);
	/* what the words say of pushing is docker's to do */
	if (withheld || o->plain || o->drop_in || o->push != TRI_UNSET || o->outputs.nr)
		return;
	full = image_with_tag(o->image);
	step = plan_tag_push(plan, STEP_LIVE, o->docker, full, full);
	step->heading = xstrdup("Pushing final image");
	plan_needs(plan, 0);
	free(full);
}

void
plan_layers(struct plan *plan, const struct options *o, const char *repo, bool stores)
{
	struct step *step = plan_add(
		plan, STEP_BUILD_STAGE, STEP_LIVE | STEP_STDOUT | STEP_OPTIONAL | STEP_READ);
	struct strvec *argv = &step->argv[0];

	strvec_pushl(argv, o->docker, "build", "--layers");
	if (o->no_cache)
		strvec_push(argv, "--no-cache");
	/* what --no-cache put would orphan what others have put */
	strvec_push_option(argv, "--cache-from", o->no_cache ? NULL : repo);
	strvec_push_option(argv, "--cache-to", o->no_cache || !stores ? NULL : repo);
	strvec_push_all(argv, &o->every);
	if (o->quiet)
		strvec_push(argv, "-q");
	strvec_push_option(argv, "-f", o->file);
	strvec_push_option(argv, "--target", o->target);
	options_push_tags(argv, o);
	strvec_push_options(argv, "--cache-from", &o->cache_from);
	strvec_push_options(argv, "--cache-to", &o->cache_to);
	strvec_push_options(argv, "--no-cache-filter", &o->no_cache_filter);
	strvec_push_all(argv, &o->final);
	options_push_contexts(argv, o);
	step->input = options_stdin(o) ? INPUT_KEPT : INPUT_NONE;
	step->heading = xstrdup("Building image");
	step->subject = xstrdup(o->image);
}

void
plan_layers_push(struct plan *plan, const struct options *o, const struct cache_refs *refs)
{
	bool build = plan->nr > 0; /* a build that stands before */
	struct strvec tags;
	size_t i;

	if (!options_push(o) || o->outputs.nr || refs->not_pushed)
		return;
	options_list_tags(&tags, o);
	for (i = 0; i < tags.nr; i++) {
		char *full = image_with_tag(tags.v[i]);
		struct step *step = plan_tag_push(plan, STEP_LIVE, o->docker, full, full);

		step->heading = xstrdup("Pushing final image");
		if (build)
			plan_needs(plan, 0);
		if (i)
			plan_after(plan, plan_last(plan) - 1);
		free(full);
	}
	strvec_release(&tags);
}

void
plan_helper(struct plan *plan, const struct options *o)
{
	const char *first = o->references.v[0];
	const char *second = o->references.nr > 1 ? o->references.v[1] : first;

	if (o->program == PROGRAM_PULL_TAG)
		plan_pull_tag(plan, STEP_LIVE, o->docker, first, second);
	else
		plan_tag_push(plan, STEP_LIVE, o->docker, first, second);
}
