#include "rows.h"

#include "cut.h"
#include "strbuf.h"

static const struct row {
	const char *name;
	const char *file; /* an instruction a line */
	size_t stage;
	unsigned step, of;
	size_t want; /* the instruction; 0: none */
} rows[] = {
	{"FROM an image is the first step", "FROM a\nRUN x\nRUN y\n", 0, 2, 3, 1},
	{"the last step", "FROM a\nRUN x\nRUN y\n", 0, 3, 3, 2},
	{"there is none behind the last", "FROM a\nRUN x\nRUN y\n", 0, 4, 3, 0},
	{"FROM scratch is none", "FROM scratch\nCOPY x /\nADD y /\n", 0, 1, 2, 1},
	{"nor is FROM a stage", "FROM a AS b\nFROM b\nRUN x\n", 1, 1, 1, 2},
	{"only some instructions are steps",
		"FROM a\nENV A=1\nWORKDIR /x\nUSER u\nARG C\nRUN x\nCMD y\n", 0, 3, 3, 5},
	{"of the second stage", "ARG X\nFROM a AS b\nRUN x\nFROM c\nLABEL l=1\nRUN y\n", 1, 2, 2,
		5},
	{"docker counts more: ONBUILD", "FROM a\nRUN x\nRUN y\n", 0, 2, 4, 0},
	{"docker counts fewer", "FROM a\nRUN x\nRUN y\n", 0, 2, 2, 0},
	{"a base in a variable that is scratch", "ARG B=scratch\nFROM $B\nCOPY x /\n", 0, 1, 1, 0},
	{"FROM is not to be cut before", "FROM a\nRUN x\n", 0, 1, 2, 0},
};

static void
finds(void **state)
{
	const struct row *row = *state;
	struct dockerfile df;

	assert_true(dockerfile_parse(&df, row->file, strlen(row->file), NULL));
	assert_int_equal(cut_instruction(&df, row->stage, row->step, row->of), row->want);
	dockerfile_release(&df);
}

#define COPIES "FROM a\nCOPY x .\nRUN x\nCOPY y .\nRUN y\n"
#define STAGES                                                                                     \
	"FROM a AS b\nRUN b\nCOPY x .\nFROM c AS d\nCOPY y .\nRUN d\nFROM a\nCOPY --from=b /x "    \
	"/\nRUN z\n"

static const struct chain {
	const char *name;
	const char *file;
	size_t at;
	const char *want; /* before which instructions it is cut */
} chains[] = {
	{"nothing is copied", "FROM a\nRUN x\nRUN y\n", 2, "2"},
	{"a copy before a RUN", COPIES, 3, "2 3"},
	{"a copy at the end", COPIES, 4, "2 4"},
	{"copies side by side", "FROM a\nCOPY x .\nADD y .\nWORKDIR /z\nRUN x\nRUN y\n", 5, "4 5"},
	{"ADD, of the network maybe", "FROM a\nADD --chmod=1 https://x .\nRUN x\nRUN y\n", 3,
		"2 3"},
	{"a copy from a stage",
		"FROM a AS b\nRUN x\nFROM a\nCOPY --chmod=1 --from=b /x .\nRUN x\nRUN y\n", 5, "5"},
	{"a copy from a stage is told by its flags", "FROM a\nCOPY x --from=b .\nRUN x\nRUN y\n", 3,
		"2 3"},
	{"a stage it needs ends with a copy; one it does not need does not count", STAGES, 8,
		"3 8"},
	{"a whole stage", STAGES, 3, "3"},
	{"the last stage, whole", STAGES, 9, "3 9"},
	{"of the stage that is not needed", STAGES, 5, "5"},
	{"a RUN that mounts a stage",
		"FROM a AS b\nRUN x\nFROM a\nRUN --mount=from=b,target=/b x\nRUN y\n", 4, "4"},
	{"a RUN that mounts a cache",
		"FROM a\nRUN --network=none --mount=type=cache,target=/c x\nRUN y\n", 2, "2"},
	{"a RUN that mounts the context", "FROM a\nRUN --mount=target=/c x\nRUN y\n", 2, ""},
	{"that is said to be a bind mount", "FROM a\nRUN --mount=type=bind,target=/c x\nRUN y\n", 2,
		""},
	{"the one that is cut before may", "FROM a\nRUN x\nRUN --mount=target=/c y\n", 2, "2"},
	{"what looks like one is a word of its command", "FROM a\nRUN x --mount=target=/c\nRUN y\n",
		2, "2"},
};

static void
cuts(void **state)
{
	const struct chain *row = *state;
	struct dockerfile df;
	struct strbuf got;
	size_t *v, nr, i;

	assert_true(dockerfile_parse(&df, row->file, strlen(row->file), NULL));
	nr = cut_before(&df, (size_t)df.instructions[row->at - 1].stage, row->at, &v);
	strbuf_init(&got);
	for (i = 0; i < nr; i++)
		strbuf_addf(&got, "%s%zu", i ? " " : "", v[i]);
	assert_string_equal(got.buf, row->want);
	strbuf_release(&got);
	free(v);
	dockerfile_release(&df);
}

int
main(void)
{
	add_rows(finds, rows);
	add_rows(cuts, chains);
	return run_all();
}
