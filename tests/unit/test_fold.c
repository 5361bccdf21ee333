#include "fold.h"

#include "expect.h"
#include "rows.h"

static const struct row {
	const char *name, *ci, *title, *want; /* begun, and ended a second later */
} rows[] = {
	/* its sections have their times */
	{"GitLab", "GitLab CI", "Building",
		"\033[0Ksection_start:1234567890:dbrc_3\r\033[0K:: Building\n"
		"\033[0Ksection_end:1234567891:dbrc_3\r\033[0K\n"},
	/* what a title could end the command of a system with is not in it */
	{"TeamCity", "TeamCity", "a'] ##teamcity[x |n",
		"##teamcity[blockOpened name=':: a   ##teamcity x  n']\n"
		"##teamcity[blockClosed name=':: a   ##teamcity x  n']\n"},
	{"GitHub", "GitHub Actions", "a\n::add-mask::b%0Ac",
		"::group:::: a\\012::add-mask::b 0Ac\n"
		"::endgroup::\n"},
};

static void
folds(void **state)
{
	const struct row *row = *state;
	struct strbuf got;
	bool same;

	strbuf_init(&got);
	fold_begin(fold_of(row->ci), row->title, 3, 1234567890, &got);
	fold_end(fold_of(row->ci), row->title, 3, 1234567891, &got);
	same = expect_same(row->name, got.buf, row->want);
	strbuf_release(&got);
	assert_true(same);
}

static void
not_everywhere(void **state)
{
	(void)state;
	assert_null(fold_of(NULL));
	assert_null(fold_of("Jenkins"));
}

int
main(void)
{
	add_rows(folds, rows);
	add_test(not_everywhere);
	return run_all();
}
