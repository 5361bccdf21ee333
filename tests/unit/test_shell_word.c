#include "rows.h"

#include "shell_word.h"

/* set is "x 1", empty is "", and nothing else is. */
static const char *
get(const void *ctx, const char *name)
{
	(void)ctx;
	if (str_eq(name, "set"))
		return "x 1";
	if (str_eq(name, "path"))
		return "a/b.c/d.c";
	return str_eq(name, "empty") ? "" : NULL;
}

static const struct lookup vars = {get, NULL};

/* "!" is SHELL_ERROR, "!!" SHELL_TOO_DEEP. */
static const struct row {
	const char *name, *text, *want;
} expansions[] = {
	{"plain", "a b", "a b"},
	{"nothing", "", ""},
	{"single quotes", "'a $set' b", "a $set b"},
	{"double quotes", "\"a $set\"'b'", "a x 1b"},
	{"quotes in quotes", "\"it's\" '\"'", "it's \""},
	{"open single quote", "a'b", "!"},
	{"open double quote", "a\"b", "!"},
	{"escapes", "\\a\\\\\\$set\\'", "a\\$set'"},
	{"escape at the end", "a\\", "a"},
	{"escapes in double quotes", "\"\\a\\$\\\"\\\\\"", "\\a$\"\\"},
	{"escape at the end of open quotes", "\"a\\", "!"},
	{"variable", "$set-$empty-$none.", "x 1--."},
	{"braces", "${set}y${none}", "x 1y"},
	{"dollar alone", "a$ $. $", "a$ $. $"},
	{"special parameters are not set", "$1$@$$-", "-"},
	{"digits end a name", "$1set", "set"},
	{"default", "${set:-d}${empty:-d}${none:-d}", "x 1dd"},
	{"default, unless set", "${set-d}${empty-d}${none-d}", "x 1d"},
	{"alternative", "${set:+a}${empty:+a}${none:+a}", "a"},
	{"alternative, if set", "${set+a}${empty+a}${none+a}", "aa"},
	{"demand met", "${set:?m}${empty?m}", "x 1"},
	{"demand", "${none?m}", "!"},
	{"demand of a text", "${empty:?m}", "!"},
	{"default of a variable", "${none:-a${set}b}", "ax 1b"},
	{"default with quotes", "${none:-'}'\"$set\"}", "}x 1"},
	{"shortest start", "${path#*/}", "b.c/d.c"},
	{"longest start", "${path##*/}", "d.c"},
	{"shortest end", "${path%.*}", "a/b.c/d"},
	{"longest end", "${path%%.*}", "a/b"},
	{"any character", "${path#?/}", "b.c/d.c"},
	{"no match", "${path#x}${path%x}", "a/b.c/d.ca/b.c/d.c"},
	{"the whole", "${path#*}-${path##*}-${path%%*}", "a/b.c/d.c--"},
	{"replace one", "${path/.c/-o}", "a/b-o/d.c"},
	{"replace all", "${path//.c/-o}", "a/b-o/d-o"},
	{"replace a slash", "${path/\\//-}", "a-b.c/d.c"},
	{"replace by nothing", "${path//.c/}", "a/b/d"},
	{"a dot is a dot", "${path//./x}", "a/bxc/dxc"},
	{"no such operator", "${set*}", "!"},
	{"colon and none", "${set:x}", "!"},
	{"pattern with a colon", "${set:#x}", "!"},
	{"no name", "${}", "!"},
	{"brace in brace", "${{set}}", "!"},
	{"open brace", "${set", "!"},
	{"open default", "${set:-", "!"},
	{"open replacement", "${set/a", "!"},
	{"open replacement, second", "${set/a/b", "!"},
	{"less is no quote", "a<b <<c << d", "a<b <<c << d"},
	{"too deep",
		"${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-"
		"${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-${a-",
		"!!"},
};

static void
check(enum shell_result result, const char *got, const char *want)
{
	if (str_eq(want, "!"))
		assert_int_equal(result, SHELL_ERROR);
	else if (str_eq(want, "!!"))
		assert_int_equal(result, SHELL_TOO_DEEP);
	else
		assert_int_equal(result, SHELL_OK);
	assert_string_equal(got, *want == '!' ? "" : want);
}

static void
expands(void **state)
{
	const struct row *row = *state;
	const struct shell_rules rules = {.escape = '\\', .vars = &vars};
	struct strbuf got;
	enum shell_result result;

	strbuf_init(&got);
	result = shell_expand(&rules, row->text, &got);
	check(result, got.buf, row->want);
	strbuf_release(&got);
}

/* Words with | between. */
static const struct row splits[] = {
	{"nothing", "", ""},
	{"blanks", " \t ", ""},
	{"two", " a  b\t", "a|b"},
	{"white space beyond ASCII",
		"a\xc2\xa0"
		"b\xe3\x80\x80"
		"c",
		"a|b|c"},
	{"quotes hold", "'a b' \"c d\"e", "'a b'|\"c d\"e"},
	{"an empty quoted word", "'' a", "''|a"},
	{"an escaped blank", "a\\ b", "a\\ b"},
	{"heredoc", "cat <<EOF x", "cat|<<EOF|x"},
	{"heredoc behind blanks", "cat << EOF x", "cat|<< EOF|x"},
	{"heredoc of tabs", "cat <<- EOF", "cat|<<-|EOF"},
	{"here-string", "cat <<<EOF", "cat|<<<EOF"},
	{"unset variables stay", "$none ${none} ${none:-a} ${none/a/b}",
		"$none|${none}|${none:-a}|${none/a/b}"},
	{"a default with a blank is two words", "${none:-a b}", "${none:-a|b}"},
	{"what stands before a default is lost", "x${none:-a}y", "${none:-a}y"},
	{"a lone quote", "it's", "!"},
};

static void
splits_words(void **state)
{
	const struct row *row = *state;
	const struct shell_rules rules = {
		.escape = '\\', .raw_quotes = true, .raw_escapes = true, .keep_unset = true};
	struct strvec words;
	struct strbuf got;
	enum shell_result result;
	size_t i;

	strvec_init(&words);
	strbuf_init(&got);
	result = shell_split(&rules, row->text, &words);
	for (i = 0; i < words.nr; i++)
		strbuf_addf(&got, "%s%s", i ? "|" : "", words.v[i]);
	check(result, got.buf, row->want);
	strbuf_release(&got);
	strvec_release(&words);
}

/* Each doubles the one before: sixty lines of it would fill any memory. */
static const char *
doubled(const void *ctx, const char *name)
{
	(void)name;
	return ctx;
}

static void
a_long_text_is_given_up(void **state)
{
	char *word = xcalloc(1, 40000);
	struct lookup map = {doubled, word};
	const struct shell_rules rules = {.escape = '\\', .vars = &map};
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	memset(word, 'x', 39999);
	assert_int_equal(shell_expand(&rules, "$a", &out), SHELL_OK);
	strbuf_reset(&out);
	assert_int_equal(shell_expand(&rules, "$a$a", &out), SHELL_TOO_DEEP);
	assert_int_equal(shell_expand(&rules, "${a#*a*b*c}", &out), SHELL_TOO_DEEP);
	assert_int_equal(out.len, 0);
	strbuf_release(&out);
	free(word);
}

int
main(void)
{
	add_rows(expands, expansions);
	add_rows(splits_words, splits);
	add_test(a_long_text_is_given_up);
	return run_all();
}
