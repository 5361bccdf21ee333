#include "withhold.h"

#include "rows.h"
#include "strbuf.h"

static const struct row {
	const char *name, *words; /* of a docker build, behind that */
	bool push, store;
	const char *want;
} rows[] = {
	{"nothing to take", "-t a --label x=y .", true, true, "-t a --label x=y ."},
	{"push", "--push -t a .", true, false, "-t a ."},
	{"push=true", "--push=true -t a .", true, false, "-t a ."},
	{"push=1", "--push=1 .", true, false, "."},
	{"push=false stays", "--push=false .", true, false, "--push=false ."},
	{"twice", "--push --push .", true, false, "."},
	{"a flag that starts so", "--pushing .", true, false, "--pushing ."},
	{"not asked for", "--push --cache-to x .", false, false, "--push --cache-to x ."},
	{"an output to a registry", "--output type=registry,name=a .", true, false,
		"--output type=image,name=a ."},
	{"joined", "--output=type=image,push=true .", true, false,
		"--output=type=image,push=false ."},
	{"a letter", "-o type=registry .", true, false, "-o type=image ."},
	{"a letter, joined", "-otype=registry .", true, false, "-otype=image ."},
	{"letters", "-qo type=registry .", true, false, "-qo type=image ."},
	{"letters, joined", "-qqotype=registry .", true, false, "-qqotype=image ."},
	{"letters, another's value", "-tqo type=registry .", true, false, "-tqo type=registry ."},
	{"a letter and =", "-o=type=image,push=1,name=a .", true, false,
		"-o=type=image,push=false,name=a ."},
	{"a folder", "-o out .", true, false, "-o out ."},
	{"an output that lacks its value", ". -o", true, false, ". -o"},
	{"cache-to", "--cache-to type=registry,ref=a .", false, true, "."},
	{"cache-to, joined", "--cache-to=type=gha .", false, true, "."},
	{"cache-to, a reference alone", "--cache-to a -t b .", false, true, "-t b ."},
	{"cache-to, local", "--cache-to type=local,dest=x .", false, true,
		"--cache-to type=local,dest=x ."},
	{"cache-to, inline", "--cache-to type=inline .", false, true, "--cache-to type=inline ."},
	{"cache-to that lacks its value", ". --cache-to", false, true, ". --cache-to"},
	{"quoted, as CSV has it", "-o \"type=registry\",name=a --cache-to \"type=local\",dest=x .",
		true, true, "-o type=image,name=a --cache-to \"type=local\",dest=x ."},
	{"names of more than one field stay", "-o type=image,\"name=a,b\",Push=T .", true, false,
		"-o type=image,\"name=a,b\",push=false ."},
	{"behind a --", "-- --push", true, true, "-- --push"},
};

static void
withholds(void **state)
{
	const struct row *row = *state;
	const char *words = row->words;
	struct strbuf got;
	struct plan plan;
	struct step *step;
	size_t i;

	plan_init(&plan);
	step = plan_add(&plan, STEP_BUILD_STAGE, 0);
	strvec_pushl(&step->argv[0], "docker", "build");
	while (*words) {
		size_t n = strcspn(words, " ");

		strvec_take(&step->argv[0], xstrndup(words, n));
		words += n + (words[n] == ' ');
	}
	withhold(&plan, row->push, row->store);
	strbuf_init(&got);
	for (i = 2; i < step->argv[0].nr; i++)
		strbuf_addf(&got, "%s%s", i > 2 ? " " : "", step->argv[0].v[i]);
	assert_null(step->argv[0].v[step->argv[0].nr]);
	assert_string_equal(got.buf, row->want);
	strbuf_release(&got);
	plan_release(&plan);
}

static void
other_steps(void **state)
{
	struct plan plan;
	struct step *step;

	(void)state;
	plan_init(&plan);
	step = plan_add(&plan, STEP_TAG_PUSH, 0);
	strvec_pushl(&step->argv[0], "docker", "x", "--push");
	withhold(&plan, true, true);
	assert_int_equal(step->argv[0].nr, 3);
	plan_release(&plan);
}

int
main(void)
{
	add_rows(withholds, rows);
	add_test(other_steps);
	return run_all();
}
