#include "rows.h"

#include "strbuf.h"

static void
starts_and_ends_empty(void **state)
{
	struct strbuf sb;
	char *text;

	(void)state;
	strbuf_init(&sb);
	assert_string_equal(sb.buf, "");
	assert_int_equal(sb.len, 0);
	text = strbuf_detach(&sb); /* of nothing, still ours to free */
	assert_string_equal(text, "");
	free(text);
	strbuf_reset(&sb);
	strbuf_release(&sb);
	strbuf_release(&sb);
	assert_string_equal(sb.buf, "");

	strbuf_addstr(&sb, "abc");
	strbuf_reset(&sb);
	assert_int_equal(sb.len, 0);
	assert_string_equal(sb.buf, "");
	strbuf_addstr(&sb, "d");
	assert_string_equal(sb.buf, "d");
	strbuf_release(&sb);
	assert_string_equal(sb.buf, "");
	assert_int_equal(sb.len, 0);
}

static void
detached_text_is_the_callers(void **state)
{
	struct strbuf sb;
	char *first, *second;

	(void)state;
	strbuf_init(&sb);
	strbuf_addstr(&sb, "first");
	first = strbuf_detach(&sb);
	assert_string_equal(sb.buf, "");
	strbuf_addstr(&sb, "second");
	second = strbuf_detach(&sb);
	assert_string_equal(first, "first");
	assert_string_equal(second, "second");
	free(first);
	free(second);
}

static void
holds_any_bytes(void **state)
{
	struct strbuf sb;
	char all[256];
	int i;

	(void)state;
	for (i = 0; i < 256; i++)
		all[i] = (char)i;
	strbuf_init(&sb);
	strbuf_add(&sb, NULL, 0);
	strbuf_add(&sb, all, sizeof(all));
	strbuf_addch(&sb, '\0');
	strbuf_addstr(&sb, "");
	strbuf_addch(&sb, '\xff');
	assert_int_equal(sb.len, 258);
	assert_memory_equal(sb.buf, all, sizeof(all));
	assert_memory_equal(sb.buf + 256, "\0\xff", 3); /* the NUL behind it too */
	strbuf_release(&sb);
}

static void
grows_byte_by_byte(void **state)
{
	struct strbuf sb;
	size_t i;

	(void)state;
	strbuf_init(&sb);
	for (i = 0; i < 5000; i++) {
		strbuf_addch(&sb, (char)('a' + i % 26));
		assert_int_equal(sb.len, i + 1);
		assert_int_equal(sb.buf[i + 1], '\0');
	}
	for (i = 0; i < 5000; i++)
		assert_int_equal(sb.buf[i], 'a' + i % 26);
	strbuf_release(&sb);
}

static void
grows_by_pieces(void **state)
{
	static const size_t lengths[] = {1, 62, 63, 64, 65, 127, 128, 4095, 4096, 100000};
	size_t i, total = 0;
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct strbuf one;
		char *piece = xasprintf("%*s", (int)lengths[i], "x");

		strbuf_init(&one); /* into an empty one of its own, too */
		strbuf_add(&one, piece, lengths[i]);
		assert_string_equal(one.buf, piece);
		strbuf_release(&one);
		strbuf_add(&sb, piece, lengths[i]);
		total += lengths[i];
		assert_int_equal(sb.len, total);
		assert_int_equal(sb.buf[total - 1], 'x');
		assert_int_equal(sb.buf[total], '\0');
		free(piece);
	}
	strbuf_release(&sb);
}

static void
formats(void **state)
{
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb);
	strbuf_addf(&sb, "%s-%d%%", "a", -5);
	strbuf_addf(&sb, "%s", "");
	strbuf_addf(&sb, "%*s", 3000, "!");
	assert_int_equal(sb.len, 3005);
	assert_memory_equal(sb.buf, "a--5% ", 6);
	assert_string_equal(sb.buf + 3004, "!");
	strbuf_release(&sb);
}

/* How words are quoted: no more than needed, and readable. */
static const struct word {
	const char *name, *word, *want;
} words[] = {
	{"empty", "", "''"},
	{"plain", "abc", "abc"},
	{"flag", "--build-arg", "--build-arg"},
	{"assignment", "A=b", "A=b"},
	{"reference", "reg.io:5000/a_b/c:t-1@sha256:0f", "reg.io:5000/a_b/c:t-1@sha256:0f"},
	{"list", "type=registry,ref=x", "type=registry,ref=x"},
	{"percent and plus", "50%+1", "50%+1"},
	{"blank", "a b", "'a b'"},
	{"tab", "\t", "'\t'"},
	{"line end", "a\nb", "'a\nb'"},
	{"single quote", "it's", "'it'\\''s'"},
	{"only a single quote", "'", "''\\'''"},
	{"double quote", "\"", "'\"'"},
	{"dollar", "$HOME", "'$HOME'"},
	{"command", "$(reboot)", "'$(reboot)'"},
	{"back quote", "`reboot`", "'`reboot`'"},
	{"backslash", "\\", "'\\'"},
	{"glob", "*.c", "'*.c'"},
	{"question mark", "a?", "'a?'"},
	{"brackets", "[a]", "'[a]'"},
	{"braces", "{a,b}", "'{a,b}'"},
	{"home", "~", "'~'"},
	{"comment", "#x", "'#x'"},
	{"history", "!x", "'!x'"},
	{"operators", "a;b&c|d", "'a;b&c|d'"},
	{"redirection", "<a>b", "'<a>b'"},
	{"parentheses", "(a)", "'(a)'"},
	{"not ASCII", "\xc3\xbc", "'\xc3\xbc'"},
	{"escape character", "\033[31m", "'\033[31m'"},
};

static void
quotes(void **state)
{
	const struct word *row = *state;
	struct strbuf sb;

	strbuf_init(&sb);
	strbuf_add_quoted(&sb, row->word);
	assert_string_equal(sb.buf, row->want);
	strbuf_release(&sb);
}

static const struct word shown[] = {
	{"nothing", "", ""},
	{"plain", "feature/x", "feature/x"},
	{"blank and quotes stay", "a 'b' \"c\"", "a 'b' \"c\""},
	{"colour", "\033[31mred", "\\033[31mred"},
	{"line end", "a\nb", "a\\012b"},
	{"carriage return", "a\rb", "a\\015b"},
	{"tab", "a\tb", "a\\011b"},
	{"the first control character", "\001", "\\001"},
	{"the last one", "\037", "\\037"},
	{"delete", "a\177", "a\\177"},
	{"a backslash stays", "a\\b", "a\\b"},
	{"UTF-8 stays", "\xc3\xbc\xe2\x82\xac", "\xc3\xbc\xe2\x82\xac"},
	{"a digit behind an escape", "\0331", "\\0331"},
	{"controls that UTF-8 has too",
		"\xc2\x9b"
		"31m",
		"\xc2\\23331m"},
	{"as the second half of a letter", "\xc3\x9b", "\xc3\x9b"},
};

static void
shows(void **state)
{
	const struct word *row = *state;
	struct strbuf sb;

	strbuf_init(&sb);
	strbuf_add_visible(&sb, row->word);
	assert_string_equal(sb.buf, row->want);
	strbuf_release(&sb);
}

static const struct command {
	const char *name, *want, *argv[6];
} commands[] = {
	{"nothing", "", {NULL}},
	{"one word", "docker", {"docker"}},
	{"an empty word", "docker '' x", {"docker", "", "x"}},
	{"two empty words", "'' ''", {"", ""}},
	{"mixed", "docker build -t 'a b' .", {"docker", "build", "-t", "a b", "."}},
};

static void
prints_command(void **state)
{
	const struct command *row = *state;
	struct strbuf sb;
	char *argv[6] = {NULL};
	size_t i;

	for (i = 0; row->argv[i]; i++)
		argv[i] = xstrdup(row->argv[i]);
	strbuf_init(&sb);
	strbuf_add_command(&sb, argv);
	assert_string_equal(sb.buf, row->want);
	strbuf_release(&sb);
	for (i = 0; argv[i]; i++)
		free(argv[i]);
}

/* What the shell makes of a command line: its words, each with a NUL behind. */
static void
read_by_shell(const char *line, struct strbuf *out)
{
	FILE *shell = popen(line, "r");
	char part[4096];
	size_t n;

	assert_non_null(shell);
	while ((n = fread(part, 1, sizeof(part), shell)) > 0)
		strbuf_add(out, part, n);
	assert_int_equal(pclose(shell), 0);
}

#define MAX_WORDS 700

/* Prints the words as a command, and asks a real shell what it reads. */
static void
round_trip(char *const some[], size_t nr)
{
	char *argv[MAX_WORDS + 3], print[] = "printf", format[] = "%s\\0";
	struct strbuf line, want, got;
	size_t i;

	strbuf_init(&line);
	strbuf_init(&want);
	strbuf_init(&got);
	argv[0] = print;
	argv[1] = format;
	for (i = 0; i < nr; i++) {
		argv[i + 2] = some[i];
		strbuf_add(&want, some[i], strlen(some[i]) + 1);
	}
	argv[nr + 2] = NULL;
	strbuf_add_command(&line, argv);
	read_by_shell(line.buf, &got);
	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.buf, want.buf, want.len);
	strbuf_release(&line);
	strbuf_release(&want);
	strbuf_release(&got);
}

static void
is_cut(void **state)
{
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb);
	strbuf_addstr(&sb, "ab\xc3\xbc");
	strbuf_cut(&sb, 5);
	strbuf_cut(&sb, 4);
	assert_int_equal(sb.len, 4);
	strbuf_cut(&sb, 3); /* within a character */
	assert_string_equal(sb.buf, "ab");
	strbuf_cut(&sb, 0);
	assert_string_equal(sb.buf, "");
	strbuf_release(&sb);
}

static void
a_shell_reads_every_byte_back(void **state)
{
	char *some[MAX_WORDS];
	size_t nr = 0, i;

	(void)state;
	for (i = 1; i < 256; i++) {
		some[nr++] = xasprintf("%c", (int)i);
		some[nr++] = xasprintf("a%cb", (int)i);
	}
	round_trip(some, nr);
	for (i = 0; i < nr; i++)
		free(some[i]);
}

static void
a_shell_reads_any_word_back(void **state)
{
	static const char nasty[] = "'\\\"$`! \t\n*?[]{}();&|<>~#=-ab\xc3\xbc\xff";
	uint64_t seed = 1;
	char *some[MAX_WORDS];
	size_t nr, i, n;

	(void)state;
	for (nr = 0; nr < 600; nr++) {
		n = random_below(&seed, 12);
		some[nr] = xcalloc(n + 1, 1);
		for (i = 0; i < n; i++)
			some[nr][i] = nasty[random_below(&seed, sizeof(nasty) - 1)];
	}
	round_trip(some, nr);
	for (i = 0; i < nr; i++)
		free(some[i]);
}

int
main(void)
{
	add_test(starts_and_ends_empty);
	add_test(detached_text_is_the_callers);
	add_test(holds_any_bytes);
	add_test(grows_byte_by_byte);
	add_test(grows_by_pieces);
	add_test(formats);
	add_test(is_cut);
	add_rows(quotes, words);
	add_rows(shows, shown);
	add_rows(prints_command, commands);
	add_test(a_shell_reads_every_byte_back);
	add_test(a_shell_reads_any_word_back);
	return run_all();
}
