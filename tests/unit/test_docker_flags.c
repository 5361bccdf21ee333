#include "rows.h"

#include "docker_flags.h"

enum { NAME, LETTER, ARITY, USE }; /* columns of tests/unit/docker_flags.tsv */

static struct table flags;

/* What the last column says. */
static const struct {
	const char *word;
	enum flag_use use;
} uses[] = {
	{"every", FLAG_EVERY},
	{"final", FLAG_FINAL},
	{"question", FLAG_QUESTION},
	{"tag", FLAG_TAG},
	{"file", FLAG_FILE},
	{"target", FLAG_TARGET},
	{"cache-from", FLAG_CACHE_FROM},
	{"cache-to", FLAG_CACHE_TO},
	{"no-cache", FLAG_NO_CACHE},
	{"no-cache-filter", FLAG_NO_CACHE_FILTER},
	{"push", FLAG_PUSH},
	{"load", FLAG_LOAD},
	{"quiet", FLAG_QUIET},
	{"help", FLAG_HELP},
};

static void
is_known(void **state)
{
	const struct table_row *row = *state;
	const char *name = row->columns[NAME], *letter = row->columns[LETTER];
	const struct docker_flag *flag = docker_flag_by_name(name, strlen(name));
	size_t i;

	assert_non_null(flag);
	assert_string_equal(flag->name, name);
	assert_int_equal(flag->letter, *letter);
	if (*letter)
		assert_ptr_equal(docker_flag_by_letter(*letter), flag);
	assert_int_equal(flag->value, str_eq(row->columns[ARITY], "value"));
	for (i = 0; i < ARRAY_SIZE(uses) && !str_eq(uses[i].word, row->columns[USE]);)
		i++;
	assert_true(i < ARRAY_SIZE(uses));
	assert_int_equal(flag->use, uses[i].use);
}

static void
is_found_by_its_whole_name_only(void **state)
{
	const struct table_row *row = *state;
	const char *name = row->columns[NAME];
	size_t len = strlen(name), i;
	char *longer = xasprintf("%s=x", name), *exact = exact_copy(name, len);
	char *upper = xstrdup(name);

	assert_non_null(docker_flag_by_name(longer, len)); /* it need not end in NUL */
	assert_non_null(docker_flag_by_name(exact, len));
	assert_null(docker_flag_by_name(longer, len + 1));
	upper[0] = to_upper(upper[0]);
	assert_null(docker_flag_by_name(upper, len));
	for (i = 0; i < len; i++) {
		const struct docker_flag *flag = docker_flag_by_name(name, i);

		/* "cache" is none, "memory" of "memory-swap" is */
		assert_true(!flag || strlen(flag->name) == i);
	}
	free(longer);
	free(exact);
	free(upper);
}

static void
there_are_no_other_letters(void **state)
{
	int byte;

	(void)state;
	for (byte = 0; byte < 256; byte++) {
		const struct docker_flag *flag = docker_flag_by_letter((char)byte);
		size_t i;

		for (i = 0; i < flags.nr; i++) {
			if (byte && flags.rows[i].columns[LETTER][0] == (char)byte)
				break;
		}
		assert_int_equal(flag != NULL, i < flags.nr);
	}
}

static const struct name {
	const char *name;
} unknown[] = {
	{""},
	{"-"},
	{"no"},
	{"cache"},
	{"t"},
	{"build-ar"},
	{"build-args"},
	{"no-cache-filters"},
	{"version"},
	{"tag "},
};

static void
is_unknown(void **state)
{
	const struct name *row = *state;

	assert_null(docker_flag_by_name(row->name, strlen(row->name)));
}

/* strconv.ParseBool */
static const struct boolean {
	const char *name;
	bool legal, value;
} booleans[] = {
	{"1", true, true},
	{"t", true, true},
	{"T", true, true},
	{"TRUE", true, true},
	{"true", true, true},
	{"True", true, true},
	{"0", true, false},
	{"f", true, false},
	{"F", true, false},
	{"FALSE", true, false},
	{"false", true, false},
	{"False", true, false},
	{"", false, false},
	{"yes", false, false},
	{"no", false, false},
	{"on", false, false},
	{"tRUE", false, false},
	{"fALSE", false, false},
	{"2", false, false},
	{"01", false, false},
	{" 1", false, false},
	{"1 ", false, false},
	{"true\n", false, false},
	{"maybe", false, false},
};

static void
is_boolean(void **state)
{
	const struct boolean *row = *state;
	bool value = !row->value;

	assert_int_equal(docker_flag_bool(row->name, &value), row->legal);
	if (row->legal)
		assert_int_equal(value, row->value);
}

static const char help[] = "Usage:  docker build [OPTIONS] PATH | URL | -\n"
			   "\n"
			   "Options:\n"
			   "      --add-host strings   Add a host (format: \"host:ip\")\n"
			   "      --call string[=\"build\"]   Set method\n"
			   "      --flag               Do it\n"
			   "  -t, --tag stringArray    Name\n"
			   "  -q, --quiet              Less\n"
			   "  -z                       Letter alone\n"
			   "      --last";

/* What the help says: a value, a boolean, or nothing. */
static const struct told {
	const char *name, *flag, *want;
} tells[] = {
	{"a value", "--add-host", "value"},
	{"a boolean", "--flag", "boolean"},
	{"what need not have its value", "--call", "boolean"},
	{"a letter with a value", "-t", "value"},
	{"a letter without", "-q", "boolean"},
	{"a letter alone", "-z", "boolean"},
	{"the name behind a letter", "--tag", "value"},
	{"the end of the text", "--last", "boolean"},
	{"a part of a name", "--add", "nothing"},
	{"more than a name", "--flags", "nothing"},
	{"a letter for a name", "--t", "nothing"},
	{"a first letter is no letter", "-l", "nothing"},
	{"a word of the text", "--format", "nothing"},
	{"no name", "--", "nothing"},
};

static void
help_tells(void **state)
{
	const struct told *row = *state;
	bool letter = row->flag[1] != '-';
	struct docker_flag flag;
	bool found = docker_flag_in_help(help, letter ? row->flag[1] : '\0', row->flag + 2,
		letter ? 0 : strlen(row->flag) - 2, &flag);

	assert_string_equal(!found ? "nothing" : flag.value ? "value" : "boolean", row->want);
	if (found)
		assert_int_equal(flag.use, FLAG_EVERY);
}

int
main(void)
{
	add_rows(help_tells, tells);
	int failed;

	read_table(&flags, "tests/unit/docker_flags.tsv");
	add_table(is_known, flags);
	add_table(is_found_by_its_whole_name_only, flags);
	add_test(there_are_no_other_letters);
	add_rows(is_unknown, unknown);
	add_rows(is_boolean, booleans);
	failed = run_all();
	release_table(&flags);
	return failed;
}
