#include "plan_ask.h"

#include "engine.h"

void
plan_ask_info(struct plan *plan, const char *docker)
{
	struct step *step = plan_add(plan, STEP_PROBE, STEP_OPTIONAL);

	strvec_pushl(&step->argv[0], docker, "info", "--format", ENGINE_INFO_FORMAT);
	step->subject = xstrdup("docker info");
}

void
plan_ask_builder(struct plan *plan, const char *docker, const char *builder)
{
	struct step *step = plan_add(plan, STEP_PROBE, STEP_OPTIONAL);

	strvec_pushl(&step->argv[0], docker, "buildx", "inspect", builder);
	step->subject = xstrdup("docker buildx inspect");
}

void
plan_ask_version(struct plan *plan, const char *docker)
{
	struct step *step = plan_add(plan, STEP_PROBE, STEP_OPTIONAL);

	strvec_pushl(&step->argv[0], docker, "--version");
	step->subject = xstrdup("docker --version");
}

void
plan_ask_build_help(struct plan *plan, const char *docker)
{
	struct step *step = plan_add(plan, STEP_PROBE, STEP_OPTIONAL);

	strvec_pushl(&step->argv[0], docker, "build", "--help");
	step->subject = xstrdup("docker build --help");
}
