/*
 * planner: what the builds of one run are planned from, and what can be told from that: what the
 * builder does by itself, what stands on its own, what can be copied; pure. plan_build.c orders the
 * builds, build_command.c makes their commands.
 */
#ifndef PLANNER_H
#define PLANNER_H

#include "plan_build.h"

/* What makes one plan. */
struct planner {
	struct plan *plan;
	const struct build_setup *setup;
	const struct cache_refs *refs; /* the setup's */
	const struct dockerfile *df;
	const struct options *o;
	enum cache_mode mode;
	const struct cache_source *sources;
	size_t *builds; /* the step that builds each entry; STEP_NONE: the final build does too */
	bool *takes;    /* whether what was rescued of each is taken up first */
	size_t *again;  /* the step that builds each once more; STEP_NONE: none does */
	size_t exports; /* the step that exports the cache of all stages; STEP_NONE: none does */
	size_t whole;   /* the attempt that stands for the final build; STEP_NONE: there is none */
	bool copies;    /* the registry can be told to copy what is in it as it is */
	struct strvec filters; /* stages of --no-cache-filter */
	size_t *filtered;      /* the build that built each of them anew; STEP_NONE: none yet */
};

void planner_begin(struct planner *p, struct plan *plan, const struct build_setup *setup);
void planner_end(struct planner *p);

/* Whether the entry has a build of its own. */
bool planner_is_apart(const struct planner *p, size_t entry);

/* Sets needed[i] for each stage that the entry is made from; false: they are not known. */
bool planner_needs_stages(const struct planner *p, size_t entry, bool *needed);

/* Whether an --output counts; and whether the final build makes an image: --output type=local, say,
 * makes none. */
bool planner_has_output(const struct planner *p);
bool planner_makes_image(const struct planner *p);

/* Whether images that are built get into the engine. */
bool planner_loads(const struct planner *p);

/* What an entry that is stored is called in the engine: never one of IMAGE's own tags. */
const char *planner_local(const struct cache_entry *it);

/* Whether the build of a stage leaves nothing in the engine, and one that stores it does that
 * itself. */
bool planner_stores_itself(const struct planner *p);

/* Whether the build of the image pushes it too, under all the names that it is stored under. */
bool planner_pushes(const struct planner *p);

/* Whether the cache of all stages is exported by a build of its own, and not by that of the image.
 */
bool planner_exports_apart(const struct planner *p);

/* Whether the client can have the registry copy what is in it; and as it is, whatever it is. */
bool planner_can_copy(const struct build_setup *setup);
bool planner_copies_all(const struct build_setup *setup);

#endif
