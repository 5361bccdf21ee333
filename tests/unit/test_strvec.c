#include "rows.h"

#include "strvec.h"

static void
can_be_spawned_at_any_length(void **state)
{
	struct strvec sv;
	size_t i;

	(void)state;
	strvec_init(&sv);
	assert_non_null(sv.v);
	assert_null(sv.v[0]);
	assert_int_equal(sv.nr, 0);
	for (i = 0; i < 100; i++) {
		strvec_pushf(&sv, "%zu", i);
		assert_int_equal(sv.nr, i + 1);
		assert_null(sv.v[i + 1]);
	}
	assert_string_equal(sv.v[0], "0");
	assert_string_equal(sv.v[99], "99");
	strvec_release(&sv);
	assert_non_null(sv.v);
	assert_null(sv.v[0]);
	assert_int_equal(sv.nr, 0);
	strvec_release(&sv);
	strvec_push(&sv, "again");
	assert_string_equal(sv.v[0], "again");
	strvec_release(&sv);
}

static void
owns_its_words(void **state)
{
	struct strvec sv;
	char word[] = "word", *taken = xstrdup("taken");
	size_t i;

	(void)state;
	strvec_init(&sv);
	strvec_push(&sv, word);
	word[0] = 'x';
	assert_string_equal(sv.v[0], "word");
	strvec_take(&sv, taken);
	assert_ptr_equal(sv.v[1], taken);
	strvec_push(&sv, "");
	for (i = 0; i < 40; i++) /* a word of its own, while it grows */
		strvec_push(&sv, sv.v[0]);
	assert_string_equal(sv.v[2], "");
	assert_string_equal(sv.v[42], "word");
	strvec_release(&sv);
}

static void
takes_many_words(void **state)
{
	static const char *const words[] = {"a", "", "b", NULL};
	static const char *const no_words[] = {NULL};
	struct strvec sv, other;

	(void)state;
	strvec_init(&sv);
	strvec_init(&other);
	strvec_push_words(&sv, no_words);
	strvec_push_all(&sv, &other);
	assert_int_equal(sv.nr, 0);
	strvec_push_words(&sv, words);
	strvec_pushl(&sv, "c", "d");
	strvec_pushl(&sv, "e");
	strvec_push_all(&other, &sv);
	strvec_release(&sv);
	assert_int_equal(other.nr, 6);
	assert_string_equal(other.v[0], "a");
	assert_string_equal(other.v[1], "");
	assert_string_equal(other.v[2], "b");
	assert_string_equal(other.v[3], "c");
	assert_string_equal(other.v[5], "e");
	assert_null(other.v[6]);
	strvec_release(&other);
}

static void
finds_and_adds_what_is_new(void **state)
{
	struct strvec sv;

	(void)state;
	strvec_init(&sv);
	assert_false(strvec_has(&sv, ""));
	assert_false(strvec_has_nocase(&sv, "a"));
	strvec_push_new(&sv, "Main");
	assert_true(strvec_has_nocase(&sv, "main"));
	strvec_push_new(&sv, "main");
	strvec_push_new(&sv, "Main");
	strvec_push_new(&sv, "");
	strvec_push_new(&sv, "");
	assert_int_equal(sv.nr, 3);
	assert_true(strvec_has(&sv, "main"));
	assert_false(strvec_has(&sv, "MAIN"));
	strvec_push_new(&sv, "Last");
	assert_true(strvec_has_nocase(&sv, "MAIN"));
	assert_true(strvec_has_nocase(&sv, "lASt"));
	assert_true(strvec_has(&sv, "Main"));
	assert_true(strvec_has(&sv, "Last"));
	assert_false(strvec_has(&sv, "Las"));
	assert_false(strvec_has_nocase(&sv, "mai"));
	assert_true(strvec_has(&sv, ""));
	strvec_release(&sv);
}

int
main(void)
{
	add_test(can_be_spawned_at_any_length);
	add_test(owns_its_words);
	add_test(takes_many_words);
	add_test(finds_and_adds_what_is_new);
	return run_all();
}
