#include "plan.h"

#include <assert.h>
#include <stdlib.h>

void
plan_init(struct plan *plan)
{
	*plan = (struct plan){.nr = 0};
}

void
plan_release(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->nr; i++) {
		struct step *step = &plan->steps[i];

		strvec_release(&step->argv[0]);
		strvec_release(&step->argv[1]);
		free(step->needs.v);
		free(step->after.v);
		free(step->heading);
		free(step->subject);
	}
	free(plan->steps);
	plan_init(plan);
}

struct step *
plan_add(struct plan *plan, enum step_kind kind, unsigned flags)
{
	struct step *step;

	if (plan->nr == plan->alloc) {
		plan->alloc = plan->alloc ? plan->alloc * 2 : 16;
		plan->steps = xreallocarray(plan->steps, plan->alloc, sizeof(*plan->steps));
	}
	step = &plan->steps[plan->nr++];
	*step = (struct step){.kind = kind,
		.flags = flags,
		.gate = STEP_NONE,
		.instead_of = STEP_NONE,
		.entry = STEP_NONE,
		.candidate = STEP_NONE};
	strvec_init(&step->argv[0]);
	strvec_init(&step->argv[1]);
	return step;
}

size_t
plan_last(const struct plan *plan)
{
	return plan->nr - 1;
}

static void
add_edge(struct step_list *list, size_t self, size_t on)
{
	if (on == STEP_NONE)
		return;
	assert(on < self);
	list->v = xreallocarray(list->v, list->nr + 1, sizeof(*list->v));
	list->v[list->nr++] = on;
}

void
plan_needs(struct plan *plan, size_t on)
{
	add_edge(&plan->steps[plan_last(plan)].needs, plan_last(plan), on);
}

void
plan_after(struct plan *plan, size_t on)
{
	add_edge(&plan->steps[plan_last(plan)].after, plan_last(plan), on);
}

void
plan_gate(struct plan *plan, size_t during)
{
	assert(during < plan_last(plan));
	plan->steps[plan_last(plan)].gate = during;
}

struct step *
plan_pull_tag(struct plan *plan, unsigned flags, const char *docker, const char *remote,
	const char *local)
{
	struct step *step = plan_add(plan, STEP_PULL_TAG, flags);

	strvec_pushl(&step->argv[0], docker, "pull", remote);
	if (!str_eq(remote, local))
		strvec_pushl(&step->argv[1], docker, "tag", remote, local);
	step->subject = xstrdup(remote);
	return step;
}

struct step *
plan_tag_push(struct plan *plan, unsigned flags, const char *docker, const char *local,
	const char *remote)
{
	struct step *step = plan_add(plan, STEP_TAG_PUSH, flags);
	bool retag = !str_eq(local, remote);

	if (retag)
		strvec_pushl(&step->argv[0], docker, "tag", local, remote);
	strvec_pushl(&step->argv[retag], docker, "push", remote);
	step->subject = xstrdup(remote);
	return step;
}

bool
step_is_again(const struct step *step)
{
	return step->kind == STEP_BUILD_STAGE && (step->flags & STEP_CLEANUP);
}

bool
step_is_export(const struct step *step)
{
	return (step->flags & STEP_EXPORTS) && step_is_again(step) &&
	       !(step->flags & STEP_UNPUSHED);
}

const char *
step_kind_name(enum step_kind kind)
{
	static const char *const names[] = {
		[STEP_PROBE] = "probe",
		[STEP_PULL_TAG] = "pull-tag",
		[STEP_BUILD_STAGE] = "build-stage",
		[STEP_TAG_PUSH] = "tag-push",
	};

	return names[kind];
}
