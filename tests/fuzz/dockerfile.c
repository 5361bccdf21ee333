/* A Dockerfile: the input as it is, without anything on the command line and with some. */
#include "dockerfile.h"

#include "fuzz.h"

#define CUTS_MAX 16 /* of one file, so that an input takes linear time */

static const char *
some_build_args(const void *ctx, const char *name)
{
	(void)ctx;
	if (str_eq(name, "V"))
		return "${a:-1} 2";
	return str_eq(name, "BASE") ? "b" : NULL;
}

static const char *
some_platform(const void *ctx, const char *name)
{
	(void)ctx;
	return str_eq(name, "TARGETARCH") ? "amd64" : NULL;
}

static unsigned
lines_in(const char *text, size_t len)
{
	unsigned nr = 0;
	size_t i;

	for (i = 0; i < len; i++)
		nr += text[i] == '\n';
	return nr + (len && text[len - 1] != '\n');
}

static void
check_instructions(const struct dockerfile *df, const char *text, size_t len)
{
	const struct instruction *in, *end = df->instructions + df->nr_instructions;
	size_t at = 0;
	unsigned line = 0;
	int stage = -1;

	for (in = df->instructions; in < end; in++) {
		HOLDS(in->start >= at && in->start < in->end && in->end <= len);
		HOLDS(in->line > line && in->last_line >= in->line);
		HOLDS(in->line == lines_in(text, in->start) + 1);
		HOLDS(in->last_line == lines_in(text, in->end));
		HOLDS(in->start == 0 || text[in->start - 1] == '\n');
		HOLDS(in->end == len || text[in->end - 1] == '\n');
		HOLDS(in->tail > in->start && in->tail <= in->end);
		HOLDS(*in->word && in->args);
		HOLDS(in->stage == stage + str_eq(in->word, "FROM"));
		HOLDS(in->stage >= 0 || str_eq(in->word, "ARG"));
		at = in->end;
		line = in->last_line;
		stage = in->stage;
	}
	HOLDS(stage == (int)df->nr_stages - 1);
}

static void
check_deps(const struct stage *stage, size_t self)
{
	size_t i, j;

	for (i = 0; i < stage->nr_deps; i++) {
		HOLDS(stage->deps[i] < self);
		for (j = 0; j < i; j++)
			HOLDS(stage->deps[j] != stage->deps[i]);
	}
}

/* A label is the stage's name, or nobody's. */
static void
check_label(const struct dockerfile *df, size_t self)
{
	const char *label = df->stages[self].label;
	size_t i;

	if (df->stages[self].name) {
		HOLDS(str_eq(label, df->stages[self].name));
		return;
	}
	HOLDS(label && is_lower(*label));
	for (i = 0; i < df->nr_stages; i++)
		HOLDS(i == self || !str_eq(df->stages[i].label, label));
}

static void
check_stages(const struct dockerfile *df)
{
	size_t i, j, at = df->nr_stages ? df->stages[0].first : 0;

	for (i = 0; i < df->nr_stages; i++) {
		const struct stage *stage = &df->stages[i];

		HOLDS(stage->first == at && stage->nr >= 1);
		HOLDS(stage->nr <= df->nr_instructions - at);
		for (j = 0; j < stage->nr; j++)
			HOLDS(df->instructions[at + j].stage == (int)i);
		HOLDS(stage->line == df->instructions[at].line);
		HOLDS(stage->base && *stage->base);
		HOLDS(!stage->name || (is_lower(*stage->name) && !strpbrk(stage->name, " \t/:")));
		HOLDS(stage->base_stage >= -1 && stage->base_stage < (int)i);
		check_deps(stage, i);
		check_label(df, i);
		at += stage->nr;
	}
	HOLDS(at == df->nr_instructions);
}

/* needed holds the target, what it needs, and nothing that no needed stage names. */
static void
check_needed(const struct dockerfile *df, size_t target)
{
	bool *needed = xcalloc(df->nr_stages, sizeof(*needed));
	bool *named = xcalloc(df->nr_stages, sizeof(*named));
	size_t i, j;

	dockerfile_needed(df, target, needed);
	HOLDS(needed[target]);
	named[target] = true;
	for (i = df->nr_stages; i-- > 0;) {
		HOLDS(needed[i] == named[i]);
		for (j = 0; needed[i] && j < df->stages[i].nr_deps; j++)
			named[df->stages[i].deps[j]] = true;
	}
	free(named);
	free(needed);
}

static void
check_targets(const struct dockerfile *df)
{
	size_t i;

	HOLDS(dockerfile_target(df, NULL) == (int)df->nr_stages - 1);
	HOLDS(dockerfile_target(df, "") == (int)df->nr_stages - 1);
	for (i = 0; i < df->nr_stages; i++) {
		const char *name = df->stages[i].name;
		int found;

		if (!name)
			continue;
		found = dockerfile_target(df, name);
		HOLDS(found >= (int)i && str_eq(df->stages[found].name, name));
	}
	check_needed(df, 0);
	check_needed(df, df->nr_stages / 2);
	check_needed(df, df->nr_stages - 1);
}

/* whole: the cut left the stage as it was; else it took instructions off its end. */
static void
check_same_stage(const struct stage *stage, const struct stage *cut, bool whole)
{
	size_t i;

	HOLDS(str_eq(stage->name, cut->name) && str_eq(stage->base, cut->base));
	HOLDS(str_eq(stage->platform, cut->platform));
	HOLDS(stage->base_stage == cut->base_stage && stage->replaced == cut->replaced);
	HOLDS(stage->line == cut->line && stage->first == cut->first);
	HOLDS(whole ? stage->nr == cut->nr : stage->nr > cut->nr);
	HOLDS(whole ? stage->nr_deps == cut->nr_deps : stage->nr_deps >= cut->nr_deps);
	for (i = 0; i < cut->nr_deps; i++)
		HOLDS(stage->deps[i] == cut->deps[i]);
}

static void
check_same_instruction(const struct instruction *a, const struct instruction *b)
{
	HOLDS(str_eq(a->word, b->word) && str_eq(a->args, b->args));
	HOLDS(a->start == b->start && a->end == b->end);
	HOLDS(a->line == b->line && a->last_line == b->last_line && a->stage == b->stage);
}

/* Cut before an instruction, the file is one with exactly what stands above. */
static void
check_cut(const struct dockerfile *df, const char *text, size_t at,
	const struct dockerfile_args *args)
{
	size_t len = dockerfile_cut(df, at), i;
	size_t stages = (size_t)df->instructions[at - 1].stage + 1;
	struct dockerfile cut;
	char *part;

	HOLDS(len <= df->instructions[at].start && len >= df->instructions[at - 1].end);
	part = input_bytes((struct input){text, len});
	HOLDS(dockerfile_parse(&cut, part, len, args));
	HOLDS(cut.nr_instructions == at && cut.nr_stages == stages);
	for (i = 0; i < at; i++)
		check_same_instruction(&df->instructions[i], &cut.instructions[i]);
	for (i = 0; i < stages; i++)
		check_same_stage(
			&df->stages[i], &cut.stages[i], df->instructions[at].stage != (int)i);
	dockerfile_release(&cut);
	free(part);
}

static void
check_cuts(const struct dockerfile *df, const char *text, const struct dockerfile_args *args)
{
	size_t first = df->stages[0].first + 1, step = df->nr_instructions / CUTS_MAX + 1, at;

	for (at = first; at < df->nr_instructions; at += step)
		check_cut(df, text, at, args);
	step = df->nr_stages / CUTS_MAX + 1;
	for (at = 1; at < df->nr_stages; at += step)
		check_cut(df, text, df->stages[at].first, args);
}

/* With a name for each stage it is the same file. */
static void
check_named(const struct dockerfile *df, const char *text, size_t len,
	const struct dockerfile_args *args)
{
	struct dockerfile named;
	struct strbuf out;
	size_t i;

	strbuf_init(&out);
	dockerfile_name_stages(df, text, len, &out);
	HOLDS(dockerfile_parse(&named, out.buf, out.len, args));
	HOLDS(named.nr_stages == df->nr_stages && named.nr_instructions == df->nr_instructions);
	for (i = 0; i < df->nr_stages; i++) {
		HOLDS(str_eq(named.stages[i].name, df->stages[i].label));
		HOLDS(str_eq(named.stages[i].base, df->stages[i].base));
		HOLDS(named.stages[i].first == df->stages[i].first);
		HOLDS(named.stages[i].nr_deps == df->stages[i].nr_deps);
		HOLDS(named.stages[i].base_stage == df->stages[i].base_stage);
	}
	for (i = 0; i < df->nr_instructions; i++) {
		HOLDS(named.instructions[i].line == df->instructions[i].line);
		HOLDS(named.instructions[i].last_line == df->instructions[i].last_line);
		HOLDS(str_eq(named.instructions[i].word, df->instructions[i].word));
	}
	dockerfile_release(&named);
	strbuf_release(&out);
}

static void
check(const char *text, size_t len, const struct dockerfile_args *args)
{
	struct dockerfile df;

	if (dockerfile_parse(&df, text, len, args)) {
		HOLDS(!df.problem && df.nr_stages);
		check_instructions(&df, text, len);
		check_stages(&df);
		check_targets(&df);
		check_cuts(&df, text, args);
		check_named(&df, text, len, args);
	} else {
		HOLDS(df.problem && *df.problem && !df.nr_stages);
	}
	dockerfile_release(&df);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = input_bytes(input_of(data, size));
	struct strvec contexts;
	const struct dockerfile_args args = {.build = {.get = some_build_args},
		.platform = {.get = some_platform},
		.contexts = &contexts};

	strvec_init(&contexts);
	strvec_push(&contexts, "ctx");
	check(text, size, NULL);
	check(text, size, &args);
	strvec_release(&contexts);
	free(text);
	return 0;
}
