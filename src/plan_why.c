#include "plan_why.h"

#include <stdlib.h>
#include <string.h>

#include "image_ref.h"
#include "why_inline.h"

static struct step *
add_question(struct plan *plan, const char *subject, size_t entry)
{
	struct step *step = plan_add(plan, STEP_PROBE, STEP_OPTIONAL);

	step->subject = xstrdup(subject);
	step->entry = entry;
	return step;
}

/* As plan_load.c: buildx speaks plain http to this machine alone. */
static bool
buildx_can_ask(const char *from, const struct engine *e)
{
	struct image_ref ref;
	bool can = image_ref_parse(&ref, from, NULL) && ref.digest && e->has_buildx &&
		   (engine_is_loopback(ref.domain) || !engine_is_insecure(e, ref.domain));

	image_ref_release(&ref);
	return can;
}

bool
plan_why_registry(struct plan *plan, const char *docker, const char *from, const struct engine *e,
	size_t entry)
{
	struct step *step;

	if (!buildx_can_ask(from, e))
		return false;
	step = add_question(plan, from, entry);
	strvec_pushl(&step->argv[0], docker, "buildx", "imagetools", "inspect", "--format",
		WHY_REGISTRY_FORMAT, from);
	return true;
}

void
plan_why_raw(
	struct plan *plan, const char *docker, const char *from, const char *digest, size_t entry)
{
	struct step *step = add_question(plan, from, entry);

	strvec_pushl(&step->argv[0], docker, "buildx", "imagetools", "inspect", "--raw");
	strvec_pushf(&step->argv[0], "%.*s@%s", (int)strcspn(from, "@"), from, digest);
}

void
plan_why_engine(struct plan *plan, const char *docker, const char *image, size_t entry)
{
	struct step *step = add_question(plan, image, entry);

	strvec_pushl(&step->argv[0], docker, "history", "--no-trunc", "--format",
		WHY_HISTORY_FORMAT, image);
	strvec_pushl(
		&step->argv[1], docker, "image", "inspect", "--format", WHY_LAYERS_FORMAT, image);
}
