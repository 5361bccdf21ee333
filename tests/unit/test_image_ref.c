#include "rows.h"

#include "image_ref.h"

/* ---- references; the columns of tests/unit/references.tsv ---- */

enum { TEXT, DOMAIN_COLUMN, PATH_COLUMN, TAG, DIGEST, PROBLEM };

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

/* The name is what was written: the text less tag and digest. */
static void
check_name(const struct image_ref *ref, const char *text)
{
	char *whole = xasprintf("%s%s%s%s%s", ref->name, ref->tag ? ":" : "", or_empty(ref->tag),
		ref->digest ? "@" : "", or_empty(ref->digest));

	assert_string_equal(whole, text);
	free(whole);
}

static void
check_empty(const struct image_ref *ref)
{
	assert_null(ref->name);
	assert_null(ref->domain);
	assert_null(ref->path);
	assert_null(ref->tag);
	assert_null(ref->digest);
}

static void
check_reference(const char *text, const char *const columns[])
{
	struct image_ref ref;
	struct strbuf err;
	bool good;

	strbuf_init(&err);
	good = image_ref_parse(&ref, text, &err);
	assert_string_equal(err.buf, columns[PROBLEM]);
	assert_int_equal(good, !*columns[PROBLEM]);
	if (good) {
		assert_string_equal(ref.domain, columns[DOMAIN_COLUMN]);
		assert_string_equal(ref.path, columns[PATH_COLUMN]);
		assert_string_equal(or_empty(ref.tag), columns[TAG]);
		assert_string_equal(or_empty(ref.digest), columns[DIGEST]);
		check_name(&ref, text);
	} else {
		check_empty(&ref);
	}
	image_ref_release(&ref);
	assert_int_equal(image_ref_parse(&ref, text, NULL), good);
	image_ref_release(&ref);
	check_empty(&ref);
	strbuf_release(&err);
}

static void
parses(void **state)
{
	const struct table_row *row = *state;

	check_reference(row->columns[TEXT], (const char *const *)row->columns);
}

/* ---- references: the limits ---- */

/* The text is head, then n times the letter, then tail. */
static const struct limit {
	const char *name, *head;
	char letter;
	size_t n;
	const char *tail, *problem;
} limits[] = {
	{"tag of 128", "a:", 't', 128, "", ""},
	{"tag of 129", "a:", 't', 129, "", "invalid reference format"},
	{"path of 255", "h.io/", 'a', 255, "", ""},
	{"path of 256", "h.io/", 'a', 256, "",
		"repository name must not be more than 255 characters"},
	{"path of 255 with library/", "", 'a', 247, "", ""},
	{"path of 256 with library/", "", 'a', 248, "",
		"repository name must not be more than 255 characters"},
	{"path of 256, but no path", "h.io/A", 'a', 256, "",
		NULL /* in lower case it is asked for first */},
	{"path of 256 and a bad tag", "h.io/", 'a', 256, ":-", "invalid reference format"},
	{"path of 256 and a short digest", "h.io/", 'a', 256,
		"@sha256:0123456789abcdef0123456789abcdef",
		"repository name must not be more than 255 characters"},
	{"long domain", "h.", 'a', 300, "/b", ""},
	{"long port", "h:", '1', 300, "/b", ""},
	{"hexadecimal of 63", "", 'a', 63, "", ""},
	{"hexadecimal of 64", "", '0', 64, "",
		"invalid repository name "
		"(0000000000000000000000000000000000000000000000000000000000000000), "
		"cannot specify 64-byte hexadecimal strings"},
	{"one letter that is not hexadecimal first, of 64", "g", 'a', 63, "", ""},
	{"one letter that is not hexadecimal last, of 64", "", 'a', 63, "g", ""},
	{"hexadecimal of 65", "", 'a', 65, "", ""},
	{"hexadecimal of 64 and a tag", "", 'a', 64, ":t", ""},
	{"sha256 of 63", "a@sha256:", '0', 63, "", "invalid checksum digest length"},
	{"sha256 of 64", "a@sha256:", '0', 64, "", ""},
	{"sha256 of 65", "a@sha256:", '0', 65, "", "invalid checksum digest length"},
	{"sha384 of 95", "a@sha384:", '0', 95, "", "invalid checksum digest length"},
	{"sha384 of 96", "a@sha384:", '0', 96, "", ""},
	{"sha512 of 127", "a@sha512:", '0', 127, "", "invalid checksum digest length"},
	{"sha512 of 128", "a@sha512:", '0', 128, "", ""},
	{"digest of 31", "a@sha256:", '0', 31, "", "invalid reference format"},
	{"digest of 32", "a@sha256:", '0', 32, "", "invalid checksum digest length"},
	{"unknown algorithm of 31", "a@x:", '0', 31, "", "invalid reference format"},
	{"unknown algorithm of 32", "a@x:", '0', 32, "", "unsupported digest algorithm"},
	{"algorithm of parts", "a@x+y.z_w-v:", '0', 32, "", "unsupported digest algorithm"},
	{"algorithm with an empty part", "a@x++y:", '0', 32, "", "invalid reference format"},
	{"algorithm that ends in a sign", "a@x+:", '0', 32, "", "invalid reference format"},
	{"algorithm that starts with a digit", "a@1x:", '0', 32, "", "invalid reference format"},
	{"digest that is not hexadecimal", "a@sha256:", '0', 63, "g", "invalid reference format"},
	{"digest in upper case", "a@sha256:", 'A', 64, "", "invalid checksum digest format"},
	{"digest that starts in upper case", "a@sha256:A", '0', 63, "",
		"invalid checksum digest format"},
	{"digest that ends in upper case", "a@sha256:", '0', 63, "A",
		"invalid checksum digest format"},
	{"two digests", "a@sha256:", '0', 64, "@sha256:0", "invalid reference format"},
	{"tag behind the digest", "a@sha256:", '0', 64, ":t", "invalid reference format"},
};

static void
keeps_limit(void **state)
{
	const struct limit *row = *state;
	struct image_ref ref;
	struct strbuf text, err;
	size_t i;

	strbuf_init(&text);
	strbuf_init(&err);
	strbuf_addstr(&text, row->head);
	for (i = 0; i < row->n; i++)
		strbuf_addch(&text, row->letter);
	strbuf_addstr(&text, row->tail);
	if (row->problem) {
		assert_int_equal(image_ref_parse(&ref, text.buf, &err), !*row->problem);
		assert_string_equal(err.buf, row->problem);
	} else {
		assert_false(image_ref_parse(&ref, text.buf, &err));
		assert_non_null(strstr(err.buf, "must be lowercase"));
	}
	image_ref_release(&ref);
	strbuf_release(&text);
	strbuf_release(&err);
}

#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789"
#define ANY   LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Where a byte stands, and the only ones that may stand there. */
static const struct place {
	const char *name, *text, *legal;
} places[] = {
	{"first of a name", "%ca", LOWER},
	{"inside a name", "a%cb", LOWER "._-:/"},
	{"last of a name", "a%c", LOWER},
	{"first of a path", "h.io/%ca", LOWER},
	{"last of a path", "h.io/a%c", LOWER},
	{"first of a domain", "%c.io/a", ANY},
	{"inside a domain", "h%c1/a", ANY "-.:/_"}, /* h_1 is no domain, and so part of the path */
	{"last of a domain", "h.io%c/a", ANY},
	{"only one of a tag", "a:%c", ANY "_"},
	{"last of a tag", "a:t%c", ANY "_.-"},
};

static void
takes_no_other_byte(void **state)
{
	const struct place *row = *state;
	struct image_ref ref;
	int byte;

	for (byte = 1; byte < 256; byte++) {
		char *text = xasprintf(row->text, byte);
		bool want = strchr(row->legal, byte);

		if (image_ref_parse(&ref, text, NULL) != want)
			fail_msg("'%s' should%s be legal", text, want ? "" : " not");
		image_ref_release(&ref);
		free(text);
	}
}

/* ---- tags ---- */

static const struct tag {
	const char *name, *tag;
	bool legal;
} tags[] = {
	{"plain", "latest", true},
	{"one letter", "a", true},
	{"one digit", "0", true},
	{"underscore alone", "_", true},
	{"all kinds", "aZ0_.-", true},
	{"nothing", "", false},
	{"dot first", ".a", false},
	{"hyphen first", "-a", false},
	{"dot alone", ".", false},
	{"slash", "a/b", false},
	{"colon", "a:b", false},
	{"blank", "a b", false},
	{"plus", "1.0+1", false},
	{"line end", "a\n", false},
	{"not ASCII", "\xc3\xbc", false},
};

static void
is_legal(void **state)
{
	const struct tag *row = *state;

	assert_int_equal(tag_is_legal(row->tag), row->legal);
}

static void
a_tag_has_128_bytes_at_most(void **state)
{
	char *tag = xasprintf("%0128d", 1);

	(void)state;
	assert_true(tag_is_legal(tag));
	free(tag);
	tag = xasprintf("%0129d", 1);
	assert_false(tag_is_legal(tag));
	free(tag);
}

#define TEN   "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

/*
 * What tags are made of. A later version has to find what an earlier one stored, so these do not
 * change: the hashes are the last eight digits of FNV-1a.
 */
static const struct made {
	const char *name, *prefix, *text, *suffix, *want;
	bool distinct;
} makes[] = {
	{"a branch", "", "main", "", "main", false},
	{"a stage of it", "", "main", "-builder", "main-builder", false},
	{"with a prefix", "cache-", "main", "-builder", "cache-main-builder", false},
	{"a slash is no loss", "", "feature/x", "-s", "feature-x-s", false},
	{"all that is legal stays", "", "aZ09_.-", "", "aZ09_.-", false},
	{"a colon is", "", "a:b", "", "a-b-04a01160", false},
	{"another byte, another hash", "", "a+b", "", "a-b-0474c8c5", false},
	{"blank before a suffix", "", "A B", "-s", "A-B-a0cae6d2-s", false},
	{"a bot's branch", "", "renovate/node@18.x", "", "renovate-node-18.x-26a10c9d", false},
	{"each byte by itself", "", "\xc3\xbc", "", "_--b71807ea", false},
	{"slash first", "", "/a", "", "_a-b49cd92d", false},
	{"hyphen first", "", "-a", "", "_a-b498591b", false},
	{"dot first", "", ".a", "", "_a-b4a09270", false},
	{"hyphen first behind a prefix", "p-", "-a", "", "p--a", false},
	{"number sign first", "", "#12", "", "_12-d36fc311", false},
	{"distinct", "", "main", "", "main-ce9803c8", true},
	{"distinct with a suffix", "", "main", "-builder", "main-ce9803c8-builder", true},
	{"distinct and changed", "", "a:b", "", "a-b-04a01160", true},
	{"128 bytes", "", SIXTY SIXTY "01234567", "", SIXTY SIXTY "01234567", false},
	{"129 bytes", "",
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"",
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-324d7507",
		false},
	{"128 bytes with all parts", "p-", SIXTY SIXTY, "-stage", "p-" SIXTY SIXTY "-stage", false},
	{"changed suffix", "", "main", "-s:1", "main-s-1-713a74a0", false},
	{"slash in a suffix", "", "main", "-a/b", "main-a-b", false},
	{"suffix of 64", "", "m", "-" SIXTY "abc", "m-" SIXTY "abc", false},
	{"suffix of 65", "", "m",
		"sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss",
		"msssssssssssssssssssssssssssssssssssssssssssssssssssssss-fbe3d7e2", false},
	{"prefix of 32", TEN TEN TEN "ab", "m", "", TEN TEN TEN "abm", false},
	{"prefix of 33", TEN TEN TEN "abc", "m", "", TEN TEN TEN "abm", false},
};

static void
makes_tag(void **state)
{
	const struct made *row = *state;
	char *tag = tag_make(row->prefix, row->text, row->suffix, row->distinct);

	assert_string_equal(tag, row->want);
	assert_true(tag_is_legal(tag));
	free(tag);
}

struct pair {
	char *text, *tag;
};

static int
by_tag(const void *a, const void *b)
{
	return strcmp(((const struct pair *)a)->tag, ((const struct pair *)b)->tag);
}

/* As far as texts may share a tag: 'a/b' and 'a-b'. */
static bool
same_but_for_slashes(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		if (*a != *b && !(strchr("/-", *a) && strchr("/-", *b)))
			return false;
	}
	return *a == *b;
}

/* Makes each text's tag, and looks for two that share one. */
static void
check_distinct(struct pair *pairs, size_t nr, const char *prefix, const char *suffix)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		pairs[i].tag = tag_make(prefix, pairs[i].text, suffix, false);
		if (!tag_is_legal(pairs[i].tag))
			fail_msg("'%s' of '%s'", pairs[i].tag, pairs[i].text);
	}
	qsort(pairs, nr, sizeof(*pairs), by_tag);
	for (i = 1; i < nr; i++) {
		if (strcmp(pairs[i - 1].tag, pairs[i].tag) == 0 &&
			!same_but_for_slashes(pairs[i - 1].text, pairs[i].text))
			fail_msg("'%s' of '%s' and '%s'", pairs[i].tag, pairs[i - 1].text,
				pairs[i].text);
	}
	for (i = 0; i < nr; i++)
		free(pairs[i].tag);
}

static void
check_all_parts(struct pair *pairs, size_t nr)
{
	size_t i;

	check_distinct(pairs, nr, "", "");
	check_distinct(pairs, nr, "", "-builder");
	check_distinct(pairs, nr, "cache-", "");
	check_distinct(pairs, nr, "-" SIXTY, "\xff" SIXTY TEN);
	for (i = 0; i < nr; i++)
		free(pairs[i].text);
}

/* Long texts differ in few bytes, so that what is cut off makes the difference. */
static char *
random_text(uint64_t *seed, const char *alphabet, size_t letters, size_t max)
{
	size_t n = 1 + random_below(seed, max), i;
	char *text = xcalloc(n + 1, 1);

	for (i = 0; i < n; i++)
		text[i] = alphabet[i < n - 3 && n > 100 ? 0 : random_below(seed, letters)];
	return text;
}

static void
different_texts_get_different_tags(void **state)
{
	static struct pair pairs[6000];
	static const char branch[] = "ab/-_.:#@+ A";
	char every[255];
	uint64_t seed = 4;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(every); i++)
		every[i] = (char)(i + 1);
	for (i = 0; i < ARRAY_SIZE(pairs); i++)
		pairs[i].text = i % 2 ? random_text(&seed, branch, sizeof(branch) - 1, 8)
				      : random_text(&seed, every, sizeof(every), 200);
	check_all_parts(pairs, ARRAY_SIZE(pairs));
}

static void
near_texts_get_different_tags(void **state)
{
	static struct pair pairs[255 * 20];
	static const char second[] = "a/-_.:#@+ A\n\"'\\\xff\x80~0";
	size_t nr = 0, i;
	int byte;

	(void)state;
	for (byte = 1; byte < 256; byte++) {
		pairs[nr++].text = xasprintf("%c", byte);
		for (i = 0; second[i]; i++)
			pairs[nr++].text = xasprintf("%c%c", byte, second[i]);
	}
	check_all_parts(pairs, nr);
}

static void
parts_of_any_bytes_make_a_legal_tag(void **state)
{
	uint64_t seed = 5;
	char parts[3][256];
	size_t round, i, j;

	(void)state;
	for (round = 0; round < 20000; round++) {
		char *tag, *again;

		for (i = 0; i < 3; i++) {
			size_t n = random_below(&seed, round % 2 ? 200 : 10);

			for (j = 0; j < n; j++)
				parts[i][j] = (char)(1 + random_below(&seed, 255));
			parts[i][n] = '\0';
		}
		if (!parts[1][0])
			parts[1][0] = 'x', parts[1][1] = '\0';
		tag = tag_make(parts[0], parts[1], parts[2], round % 3 == 0);
		again = tag_make(parts[0], parts[1], parts[2], round % 3 == 0);
		assert_true(tag_is_legal(tag));
		assert_string_equal(tag, again);
		free(tag);
		free(again);
	}
}

int
main(void)
{
	struct table references;
	int failed;

	read_table(&references, "tests/unit/references.tsv");
	add_table(parses, references);
	add_rows(keeps_limit, limits);
	add_rows(takes_no_other_byte, places);
	add_rows(is_legal, tags);
	add_test(a_tag_has_128_bytes_at_most);
	add_rows(makes_tag, makes);
	add_test(different_texts_get_different_tags);
	add_test(near_texts_get_different_tags);
	add_test(parts_of_any_bytes_make_a_legal_tag);
	failed = run_all();
	release_table(&references);
	return failed;
}
