#include "fold.h"

#include "expect.h"
#include "rows.h"

/* GitLab's sections have their times. */
static void
folds_with_times(void **state)
{
	struct strbuf got;

	(void)state;
	strbuf_init(&got);
	fold_begin(fold_of("GitLab CI"), "Building", 3, 1234567890, &got);
	fold_end(fold_of("GitLab CI"), "Building", 3, 1234567891, &got);
	expect_text("GitLab", got.buf,
		"\033[0Ksection_start:1234567890:dbrc_3\r\033[0K:: Building\n"
		"\033[0Ksection_end:1234567891:dbrc_3\r\033[0K\n");
	assert_null(fold_of(NULL));
	strbuf_release(&got);
}

/* What a title could end the command of a system with is not in it. */
static void
titles_are_harmless(void **state)
{
	struct strbuf got;

	(void)state;
	strbuf_init(&got);
	fold_begin(fold_of("TeamCity"), "a'] ##teamcity[x |n", 1, 0, &got);
	fold_begin(fold_of("GitHub Actions"), "a\n::add-mask::b%0Ac", 1, 0, &got);
	expect_text("titles", got.buf,
		"##teamcity[blockOpened name=':: a   ##teamcity x  n']\n"
		"::group:::: a\\012::add-mask::b 0Ac\n");
	strbuf_release(&got);
}

int
main(void)
{
	add_test(folds_with_times);
	add_test(titles_are_harmless);
	return run_all();
}
