#include "rows.h"

#include <sys/wait.h>
#include <unistd.h>

static void
memory_is_zeroed_and_never_null(void **state)
{
	unsigned char *p = xcalloc(1000, 3);
	size_t i;

	(void)state;
	for (i = 0; i < 3000; i++)
		assert_int_equal(p[i], 0);
	free(p);
	p = xcalloc(0, 8);
	assert_non_null(p);
	free(p);
	p = xcalloc(8, 0);
	assert_non_null(p);
	free(p);
}

static void
arrays_keep_their_contents(void **state)
{
	size_t *p = NULL, n, i;

	(void)state;
	for (n = 1; n < 3000; n = n * 3 + 1) {
		p = xreallocarray(p, n, sizeof(*p));
		p[n - 1] = n;
		for (i = 1; i < n; i = i * 3 + 1)
			assert_int_equal(p[i - 1], i);
	}
	p = xreallocarray(p, 0, sizeof(*p));
	assert_non_null(p);
	free(p);
}

static void
texts_are_copied(void **state)
{
	char *bytes = exact_copy("abcdef", 6), *s;

	(void)state;
	assert_null(xstrdup(NULL));
	s = xstrdup("");
	assert_string_equal(s, "");
	free(s);
	s = xstrdup("abc");
	assert_string_equal(s, "abc");
	free(s);
	s = xstrndup(bytes, 6); /* which does not end in NUL */
	assert_string_equal(s, "abcdef");
	free(s);
	s = xstrndup(bytes + 6, 0);
	assert_string_equal(s, "");
	free(s);
	s = xstrndup("a\0b", 3);
	assert_memory_equal(s, "a\0b", 4);
	free(s);
	free(bytes);
}

static void
texts_are_made_of_any_length(void **state)
{
	static const int lengths[] = {0, 1, 127, 128, 129, 4096, 100000};
	char *empty;
	size_t i;

	(void)state;
	empty = xasprintf("%s", "");
	assert_string_equal(empty, "");
	free(empty);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		char *s = xasprintf("%*s|%d", lengths[i], "", 7);

		assert_int_equal(strlen(s), (size_t)lengths[i] + 2);
		assert_string_equal(s + lengths[i], "|7");
		free(s);
	}
}

/* Asks for more than there can be in a child, whose standard error is a pipe. */
static int
ask_for_too_much(int fd)
{
	fflush(NULL);
	dup2(fd, STDERR_FILENO);
	free(xreallocarray(NULL, SIZE_MAX / 2, 4));
	return 0;
}

static void
out_of_memory_ends_the_program(void **state)
{
	char said[200];
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(ask_for_too_much(ends[1]));
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	n = read(ends[0], said, sizeof(said) - 1);
	close(ends[0]);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_true(n > 1);
	said[n] = '\0';
	assert_ptr_equal(strchr(said, '\n'), said + n - 1); /* one line */
	assert_non_null(strstr(said, "out of memory"));
}

static const char *
get_from_three(const void *ctx, const char *name)
{
	if (strcmp(name, "TEXT") == 0)
		return ctx;
	return strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static void
a_look_up_skips_empty_texts(void **state)
{
	const struct lookup map = {get_from_three, "its text"};

	(void)state;
	assert_string_equal(lookup_text(&map, "TEXT"), "its text");
	assert_null(lookup_text(&map, "EMPTY"));
	assert_null(lookup_text(&map, "ABSENT"));
	assert_null(lookup_text(&map, ""));
}

static const struct pair {
	const char *name, *a, *b;
	bool same, same_nocase;
} pairs[] = {
	{"both empty", "", "", true, true},
	{"equal", "abc", "abc", true, true},
	{"other case", "aBc", "AbC", false, true},
	{"last letter differs", "abc", "abd", false, false},
	{"shorter", "ab", "abc", false, false},
	{"empty and not", "", "a", false, false},
	{"NULL and NULL", NULL, NULL, true, true},
	{"NULL and empty", NULL, "", false, false},
	{"NULL and text", NULL, "a", false, false},
	{"at sign and back quote are no letters", "@", "`", false, false},
	{"brackets and braces are no letters", "[", "{", false, false},
	{"bytes above ASCII have no case", "\xc4", "\xe4", false, false},
	{"the same bytes above ASCII", "\xc3\x84z", "\xc3\x84Z", false, true},
};

static void
compares(void **state)
{
	const struct pair *pair = *state;

	assert_int_equal(str_eq(pair->a, pair->b), pair->same);
	assert_int_equal(str_eq(pair->b, pair->a), pair->same);
	assert_int_equal(str_eq_nocase(pair->a, pair->b), pair->same_nocase);
	assert_int_equal(str_eq_nocase(pair->b, pair->a), pair->same_nocase);
}

static const struct prefix {
	const char *name, *text, *prefix, *rest;
} prefixes[] = {
	{"of nothing", "abc", "", "abc"},
	{"whole", "abc", "abc", ""},
	{"part", "refs/heads/x", "refs/heads/", "x"},
	{"longer than the text", "ab", "abc", NULL},
	{"of an empty text", "", "a", NULL},
	{"nothing of nothing", "", "", ""},
	{"in other case", "Abc", "a", NULL},
};

static void
skips_prefix(void **state)
{
	const struct prefix *row = *state;
	const char *rest = str_skip_prefix(row->text, row->prefix);

	assert_true(str_eq(rest, row->rest));
	if (rest)
		assert_ptr_equal(rest, row->text + strlen(row->prefix));
}

static bool
among(const char *set, char c)
{
	return c && strchr(set, c);
}

static void
classes_of_all_bytes(void **state)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char digits[] = "0123456789";
	int byte;

	(void)state;
	for (byte = 0; byte < 256; byte++) {
		char c = (char)byte;
		bool low = among(lower, c), up = among(upper, c), digit = among(digits, c);

		assert_int_equal(is_lower(c), low);
		assert_int_equal(is_upper(c), up);
		assert_int_equal(is_digit(c), digit);
		assert_int_equal(is_alnum(c), low || up || digit);
		assert_int_equal(is_blank(c), among(" \t\v\f\r", c));
		assert_int_equal(to_lower(c), up ? lower[strchr(upper, c) - upper] : c);
		assert_int_equal(to_upper(c), low ? upper[strchr(lower, c) - lower] : c);
	}
}

/* From the reference vectors of FNV-1a (isthe.com/chongo); the last two are from a program of
 * another language. */
static const struct hash {
	const char *name, *text;
	uint64_t want;
} hashes[] = {
	{"of nothing", "", UINT64_C(0xcbf29ce484222325)},
	{"a", "a", UINT64_C(0xaf63dc4c8601ec8c)},
	{"foobar", "foobar", UINT64_C(0x85944171f73967e8)},
	{"a byte above ASCII", "\xff", UINT64_C(0xaf64724c8602eb6e)},
	{"UTF-8", "\xc3\xbc", UINT64_C(0x0ac20a07b71807ea)},
};

static void
hashes_to(void **state)
{
	const struct hash *row = *state;

	assert_true(hash_text(row->text) == row->want);
}

int
main(void)
{
	add_test(memory_is_zeroed_and_never_null);
	add_test(arrays_keep_their_contents);
	add_test(texts_are_copied);
	add_test(texts_are_made_of_any_length);
	add_test(out_of_memory_ends_the_program);
	add_test(a_look_up_skips_empty_texts);
	add_rows(compares, pairs);
	add_rows(skips_prefix, prefixes);
	add_test(classes_of_all_bytes);
	add_rows(hashes_to, hashes);
	return run_all();
}
