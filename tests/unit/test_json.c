#include "rows.h"

#include "json.h"

static struct json
json_of(const char *text)
{
	return (struct json){text, strlen(text)};
}

/* A value at a path; want NULL: nothing is there. */
static const struct at {
	const char *name, *text, *path, *want;
} ats[] = {
	{"string", "{\"a\":\"b\"}", "a", "\"b\""},
	{"number", "{\"a\":-1.5e3}", "a", "-1.5e3"},
	{"true", "{\"a\":true,\"b\":false}", "a", "true"},
	{"null", "{\"a\":null}", "a", "null"},
	{"object", "{\"a\":{\"b\":1}}", "a", "{\"b\":1}"},
	{"array", "{\"a\":[1,[2],3]}", "a", "[1,[2],3]"},
	{"empty object", "{\"a\":{}}", "a", "{}"},
	{"empty array", "{\"a\":[]}", "a", "[]"},
	{"empty string", "{\"a\":\"\"}", "a", "\"\""},
	{"first of three", "{\"a\":1,\"b\":2,\"c\":3}", "a", "1"},
	{"middle of three", "{\"a\":1,\"b\":2,\"c\":3}", "b", "2"},
	{"last of three", "{\"a\":1,\"b\":2,\"c\":3}", "c", "3"},
	{"path of two", "{\"a\":{\"b\":{\"c\":1}}}", "a.b", "{\"c\":1}"},
	{"path of three", "{\"a\":{\"b\":{\"c\":1}}}", "a.b.c", "1"},
	{"the second object has it", "{\"x\":{\"a\":1},\"y\":{\"a\":2}}", "y.a", "2"},
	{"empty path", "{\"a\":1}", "", "{\"a\":1}"},
	{"white space everywhere", " \t\r\n{ \n\"a\" \n: \t1 \r\n, \"b\" : [ ] } \n", "a", "1"},
	{"white space before the last", "{\"a\":1 , \n \"b\" :\t2\n}", "b", "2"},
	{"what follows does not count", "{\"a\":1}{\"a\":2} trash", "a", "1"},
	{"name in a value first", "{\"x\":\"a\",\"a\":1}", "a", "1"},
	{"name in an inner object first", "{\"x\":{\"a\":2},\"a\":1}", "a", "1"},
	{"longer name first", "{\"ab\":2,\"a\":1}", "a", "1"},
	{"shorter name first", "{\"a\":2,\"ab\":1}", "ab", "1"},
	{"empty name first", "{\"\":2,\"a\":1}", "a", "1"},
	{"brackets in a string", "{\"x\":\"}]{[\",\"a\":1}", "a", "1"},
	{"brackets in a name", "{\"}]\":2,\"a\":1}", "a", "1"},
	{"comma and colon in a string", "{\"x\":\",\\\":\",\"a\":1}", "a", "1"},
	{"escaped quote", "{\"x\":\"\\\"\",\"a\":1}", "a", "1"},
	{"escaped backslash ends a string", "{\"x\":\"\\\\\",\"a\":1}", "a", "1"},
	{"escaped backslash, then a quote", "{\"x\":\"\\\\\\\"\",\"a\":1}", "a", "1"},
	{"bytes above ASCII", "{\"\xc3\xbc\":\"\xff\",\"a\":1}", "a", "1"},
	{"name of bytes above ASCII", "{\"\xc3\xbc\":1}", "\xc3\xbc", "1"},

	{"nothing of that name", "{\"a\":1}", "b", NULL},
	{"a name without quotes", "{xax:5}", "a", NULL},
	{"a list for a name", "{[a]:5}", "a", NULL},
	{"prefix of a name", "{\"ab\":1}", "a", NULL},
	{"name longer by one", "{\"a\":1}", "ab", NULL},
	{"other case", "{\"a\":1}", "A", NULL},
	{"into a string", "{\"a\":\"b\"}", "a.b", NULL},
	{"into a number", "{\"a\":1}", "a.b", NULL},
	{"into null", "{\"a\":null}", "a.b", NULL},
	{"into an array", "{\"a\":[\"b\",1]}", "a.b", NULL},
	{"through what is not there", "{\"a\":{\"b\":1}}", "x.b", NULL},
	{"in an array", "[\"a\",1]", "a", NULL},
	{"in a string", "\"{\\\"a\\\":1}\"", "a", NULL},

	{"no text", "", "a", NULL},
	{"white space alone", " \n", "a", NULL},
	{"no JSON", "Cannot connect to the Docker daemon", "a", NULL},
	{"ends behind the bracket", "{", "a", NULL},
	{"ends in the name", "{\"a", "a", NULL},
	{"ends behind the name", "{\"a\"", "a", NULL},
	{"ends behind the colon", "{\"a\":", "a", NULL},
	{"ends in the value", "{\"a\":\"b", "a", NULL},
	{"ends in an escape", "{\"a\":\"b\\", "a", NULL},
	{"ends behind the value", "{\"a\":1", "a", NULL},
	{"ends behind the comma", "{\"a\":1,", "a", NULL},
	{"closing brackets only", "}]}", "a", NULL},
	{"no value", "{\"a\":}", "a", NULL},
	{"no value, then one", "{\"a\":,\"b\":1}", "b", NULL},
	{"no colon", "{\"a\" 1}", "a", NULL},
	{"two colons", "{\"a\"::1}", "a", NULL},
};

static void
finds(void **state)
{
	const struct at *row = *state;
	size_t len = strlen(row->text);
	char *text = exact_copy(row->text, len);
	struct json found = json_at((struct json){text, len}, row->path), all = {text, len};

	if (row->want) {
		assert_int_equal(found.len, strlen(row->want));
		assert_memory_equal(found.p, row->want, found.len);
	} else {
		assert_int_equal(found.len, 0);
	}
	if (!*row->path)
		assert_ptr_equal(found.p, all.p);
	free(text);
}

/* What a walk over a value meets: NAME=ITEM for members, ITEM for elements, a blank between. */
static const struct walk {
	const char *name, *text, *want;
} walks[] = {
	{"object", "{\"a\":1,\"b\":[2,3]}", "\"a\"=1 \"b\"=[2,3] "},
	{"array", "[1,\"x\",{\"a\":1},[],null]", "1 \"x\" {\"a\":1} [] null "},
	{"spread out", " [ 1 ,\n\t2 ] ", "1 2 "},
	{"empty object", "{}", ""},
	{"empty array", "[ ]", ""},
	{"white space in an empty object", "{ \n }", ""},
	{"name like a value", "{\"\":\"\"}", "\"\"=\"\" "},
	{"string", "\"[1,2]\"", ""},
	{"number", "12", ""},
	{"nothing", "", ""},
	{"unfinished", "[1,2", ""},
	{"lists of lists", "[[1,2],[[3]]]", "[1,2] [[3]] "},
	{"stops where there is no value", "[1,,2]", "1 "},
};

static void
walks_over(void **state)
{
	const struct walk *row = *state;
	struct json rest = json_inside(json_of(row->text)), name, item;
	struct strbuf met;

	strbuf_init(&met);
	while (json_next(&rest, &name, &item)) {
		strbuf_add(&met, name.p, name.len);
		if (name.len)
			strbuf_addch(&met, '=');
		strbuf_add(&met, item.p, item.len);
		strbuf_addch(&met, ' ');
	}
	assert_string_equal(met.buf, row->want);
	strbuf_release(&met);
}

/* The text of a string value; want NULL: it has none. */
static const struct decoded {
	const char *name, *value, *want;
} decodes[] = {
	{"plain", "\"abc\"", "abc"},
	{"empty", "\"\"", ""},
	{"UTF-8", "\"\xc3\xbc\"", "\xc3\xbc"},
	{"each short escape", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
	{"ASCII by number", "\"\\u0041\"", "A"},
	{"digits in both cases", "\"\\u00fC\\u00Fc\"", "\xc3\xbc\xc3\xbc"},
	{"last of one byte", "\"\\u007f\"", "\177"},
	{"first of two bytes", "\"\\u0080\"", "\xc2\x80"},
	{"last of two bytes", "\"\\u07ff\"", "\xdf\xbf"},
	{"first of three bytes", "\"\\u0800\"", "\xe0\xa0\x80"},
	{"last of three bytes", "\"\\uffff\"", "\xef\xbf\xbf"},
	{"first pair", "\"\\ud800\\udc00\"", "\xf0\x90\x80\x80"},
	{"last pair", "\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf"},
	{"pair between letters", "\"a\\ud83d\\ude00b\"",
		"a\xf0\x9f\x98\x80"
		"b"},
	{"last before the halves", "\"\\ud7ff\"", "\xed\x9f\xbf"},
	{"first behind the halves", "\"\\ue000\"", "\xee\x80\x80"},
	{"first of the halves", "\"\\ud800\"", "\xef\xbf\xbd"},
	{"last of the halves", "\"\\udfff\"", "\xef\xbf\xbd"},
	{"half a pair", "\"\\ud83dx\"", "\xef\xbf\xbdx"},
	{"half a pair at the end", "\"\\ud83d\"", "\xef\xbf\xbd"},
	{"second half alone", "\"\\ude00\"", "\xef\xbf\xbd"},
	{"first half twice", "\"\\ud83d\\ud83d\"", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"half a pair, then a letter", "\"\\ud83d\\u0041\"",
		"\xef\xbf\xbd"
		"A"},
	{"escape right before the end", "\"\\\\\"", "\\"},

	{"NUL by number", "\"a\\u0000b\"", NULL},
	{"unknown escape", "\"\\x41\"", NULL},
	{"unknown escape with four digits", "\"\\x0041\"", NULL},
	{"escape in upper case", "\"\\N\"", NULL},
	{"too few digits", "\"\\u004\"", NULL},
	{"no digits", "\"\\u\"", NULL},
	{"bad digit", "\"\\u00g0\"", NULL},
	{"sign for a digit", "\"\\u+041\"", NULL},
	{"end in an escape", "\"\\\"", NULL},
	{"no quotes", "abc", NULL},
	{"one quote", "\"", NULL},
	{"no end", "\"abc", NULL},
	{"no start", "abc\"", NULL},
	{"single quotes", "'abc'", NULL},
	{"number", "12", NULL},
	{"true", "true", NULL},
	{"null", "null", NULL},
	{"array", "[\"a\"]", NULL},
	{"object", "{\"a\":\"b\"}", NULL},
	{"nothing", "", NULL},
};

static void
decodes_to(void **state)
{
	const struct decoded *row = *state;
	size_t len = strlen(row->value);
	char *value = exact_copy(row->value, len), *want;
	struct strbuf out;
	bool good;

	strbuf_init(&out);
	strbuf_addstr(&out, "before ");
	good = json_text((struct json){value, len}, &out);
	want = xasprintf("before %s", row->want ? row->want : "");
	assert_int_equal(good, row->want != NULL);
	assert_string_equal(out.buf, want);
	free(want);
	free(value);
	strbuf_release(&out);
}

static void
a_nul_byte_is_no_text(void **state)
{
	static const char value[] = "\"a\0b\"";
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	assert_false(json_text((struct json){value, sizeof(value) - 1}, &out));
	assert_int_equal(out.len, 0);
	strbuf_release(&out);
}

static const struct literal {
	const char *name, *value, *literal;
	bool want;
} literals[] = {
	{"true", "true", "true", true},
	{"false", "false", "false", true},
	{"null", "null", "null", true},
	{"a string", "\"buildx\"", "buildx", true},
	{"an empty string", "\"\"", "", true},
	{"true and false", "true", "false", false},
	{"longer", "trueish", "true", false},
	{"shorter", "tru", "true", false},
	{"a longer string", "\"buildx2\"", "buildx", false},
	{"a shorter string", "\"build\"", "buildx", false},
	{"other case", "\"Buildx\"", "buildx", false},
	{"nothing", "", "true", false},
	{"an array", "[true]", "true", false},
	{"raw text of a string", "\"a\\u0041\"", "a\\u0041", true},
	{"not what it means", "\"\\u0041\"", "A", false},
};

static void
is(void **state)
{
	const struct literal *row = *state;

	assert_int_equal(json_is(json_of(row->value), row->literal), row->want);
}

/* An answer of `docker info` (28.5, with a registry and a plugin more), as ENGINE_INFO_FORMAT
 * orders it. */
static const char real_answer[] =
	"{\"client\":{\"Debug\":false,\"Version\":\"28.5.2\",\"DefaultAPIVersion\":\"1.51\","
	"\"GitCommit\":\"ecc6942\",\"GoVersion\":\"go1.25.3\",\"Os\":\"linux\",\"Arch\":\"amd64\","
	"\"BuildTime\":\"Wed Nov  5 14:43:33 2025\",\"Context\":\"default\",\"Plugins\":["
	"{\"SchemaVersion\":\"0.1.0\",\"Vendor\":\"Docker Inc.\",\"Version\":\"v0.29.1\","
	"\"ShortDescription\":\"Docker Buildx\",\"Name\":\"buildx\","
	"\"Path\":\"/usr/libexec/docker/cli-plugins/docker-buildx\"},"
	"{\"SchemaVersion\":\"0.1.0\",\"Vendor\":\"a \\\"b\\\" {c} \\u00fc\",\"Name\":\"x\"}],"
	"\"Warnings\":null},\"server\":\"28.5.2\","
	"\"store\":[[\"driver-type\",\"io.containerd.snapshotter.v1\"]],"
	"\"registry\":{\"IndexConfigs\":{\"docker.io\":{\"Mirrors\":[],\"Name\":\"docker.io\","
	"\"Official\":true,\"Secure\":true},\"reg.local:5000\":{\"Mirrors\":[],"
	"\"Name\":\"reg.local:5000\",\"Official\":false,\"Secure\":false}},"
	"\"InsecureRegistryCIDRs\":[\"::1/128\",\"127.0.0.0/8\"],\"Mirrors\":null}}\n";

#define MAX_DEPTH 40

static void
check_span(struct json span, struct json in)
{
	if (!span.len)
		return;
	assert_true(span.p >= in.p && span.len <= in.len);
	assert_true((size_t)(span.p - in.p) <= in.len - span.len);
}

/* Meets every value in a text, down to a depth, and decodes what are strings. */
static size_t
visit_all(struct json text)
{
	struct json rests[MAX_DEPTH], name, item;
	size_t depth = 1, met = 0;
	struct strbuf out;

	strbuf_init(&out);
	rests[0] = json_inside(text);
	while (depth) {
		check_span(rests[depth - 1], text);
		if (!json_next(&rests[depth - 1], &name, &item)) {
			depth--;
			continue;
		}
		met++;
		check_span(name, text);
		check_span(item, text);
		strbuf_reset(&out);
		json_text(name, &out);
		json_text(item, &out);
		json_is(item, "false");
		if (depth < MAX_DEPTH)
			rests[depth++] = json_inside(item);
	}
	strbuf_release(&out);
	return met;
}

static void
visit_copy(const char *text, size_t len)
{
	char *copy = exact_copy(text, len);
	struct json json = {copy, len};

	visit_all(json);
	check_span(json_at(json, "client.Version"), json);
	check_span(json_at(json, "registry.IndexConfigs.reg.local:5000"), json);
	check_span(json_at(json, "a.a"), json);
	free(copy);
}

static void
reads_a_real_answer(void **state)
{
	struct json all = json_of(real_answer), found;

	(void)state;
	assert_int_equal(visit_all(all), 44);
	found = json_at(all, "client.Version");
	assert_true(json_is(found, "28.5.2"));
	found = json_at(all, "registry.IndexConfigs.docker.Official"); /* dots part names */
	assert_int_equal(found.len, 0);
	assert_true(json_is(json_at(all, "registry.Mirrors"), "null"));
}

static void
a_cut_answer_gives_nothing(void **state)
{
	size_t len = strlen(real_answer) - 1, i; /* without its line end */

	(void)state;
	for (i = 0; i < len; i++) {
		struct json cut = {real_answer, i};

		visit_copy(real_answer, i);
		assert_int_equal(json_at(cut, "client.Version").len, 0);
		visit_copy(real_answer + i, len - i);
	}
}

static void
a_damaged_answer_is_harmless(void **state)
{
	static const char damage[] = "\"\\{}[]:,\0x\xff";
	char *copy = xstrdup(real_answer);
	size_t len = strlen(copy), i, j;

	(void)state;
	for (i = 0; i < len; i++) {
		char was = copy[i];

		for (j = 0; j < sizeof(damage) - 1; j++) {
			copy[i] = damage[j];
			visit_copy(copy, len);
		}
		copy[i] = was;
	}
	free(copy);
}

static void
garbage_is_harmless(void **state)
{
	static const char alphabet[] = "{}[]\"\\:,a1 \n\0u\xff";
	uint64_t seed = 2;
	char text[64];
	size_t i, n, round;

	(void)state;
	for (round = 0; round < 30000; round++) {
		n = random_below(&seed, sizeof(text));
		for (i = 0; i < n; i++)
			text[i] = alphabet[random_below(&seed, sizeof(alphabet) - 1)];
		if (n)
			text[0] = round % 2 ? '{' : '[';
		visit_copy(text, n);
	}
}

/* Were the time not linear, these would not end. */
static const struct {
	const char *head, *piece;
} floods[] = {
	{"", "["},
	{"", "{\"a\":"},
	{"", "[]"},
	{"[", "[],"},
	{"[", "1,"},
	{"{", "\"a\":1,"},
	{"{\"b\":[", "{\"a\":1},"},
	{"", "\""},
	{"\"", "\\"},
	{"[\"", "\\\""},
	{"", " "},
	{"[", "]["},
	{"[", ":"},
};

static void
takes_linear_time(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(floods); i++) {
		struct strbuf text;

		strbuf_init(&text);
		strbuf_addstr(&text, floods[i].head);
		for (j = 0; j < 300000; j++)
			strbuf_addstr(&text, floods[i].piece);
		visit_all((struct json){text.buf, text.len});
		json_at((struct json){text.buf, text.len}, "b.a");
		strbuf_addstr(&text, "]}]}");
		visit_all((struct json){text.buf, text.len});
		strbuf_release(&text);
	}
}

/* What the writer makes of a text. */
static const struct written {
	const char *name, *text, *want;
} writes[] = {
	{"plain", "abc", "\"abc\""},
	{"empty", "", "\"\""},
	{"NULL", NULL, "null"},
	{"quote and backslash", "\"\\", "\"\\\"\\\\\""},
	{"UTF-8", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80",
		"\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\""},
	{"slash", "a/b", "\"a/b\""},
	{"blank", " ", "\" \""},
};

static void
writes_as(void **state)
{
	const struct written *row = *state;
	struct strbuf out;
	struct json_writer w = {.out = &out};

	strbuf_init(&out);
	json_string(&w, row->text);
	assert_string_equal(out.buf, row->want);
	strbuf_release(&out);
}

/* What a reader gets of a text that was written; "?" stands for U+FFFD in both columns. */
static const struct written reads[] = {
	{"line end and tab", "a\n\tb", "a\n\tb"},
	{"control characters", "\001\037\177", "\001\037\177"},
	{"lone continuation", "a\x80z", "a?z"},
	{"never legal", "a\xffz", "a?z"},
	{"overlong slash", "\xc0\xafz", "??z"},
	{"overlong in three bytes", "\xe0\x80\xafz", "???z"},
	{"overlong in four bytes", "\xf0\x80\x80\xafz", "????z"},
	{"a surrogate", "\xed\xa0\x80z", "???z"},
	{"behind the last code point", "\xf4\x90\x80\x80z", "????z"},
	{"lead byte at the end", "a\xc3", "a?"},
	{"two of three bytes at the end", "a\xe2\x82", "a??"},
	{"three of four bytes at the end", "a\xf0\x9f\x98", "a???"},
	{"lead byte before a letter", "\xe2z", "?z"},
	{"lead byte before another sequence", "\xe2\xc3\xbc", "?\xc3\xbc"},
};

static void
reads_back(void **state)
{
	const struct written *row = *state;
	struct strbuf out, text, want;
	struct json_writer w = {.out = &out};
	const char *c;

	strbuf_init(&out);
	strbuf_init(&text);
	strbuf_init(&want);
	for (c = row->want; *c; c++) {
		if (*c == '?')
			strbuf_addstr(&want, "\xef\xbf\xbd");
		else
			strbuf_addch(&want, *c);
	}
	json_string(&w, row->text);
	assert_true(json_text((struct json){out.buf, out.len}, &text));
	assert_string_equal(text.buf, want.buf);
	strbuf_release(&out);
	strbuf_release(&text);
	strbuf_release(&want);
}

/* The length of the UTF-8 sequence at s by decoding it; 0: none. Another way than json.c's. */
static size_t
sequence_at(const unsigned char *s)
{
	static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = *s < 0x80 ? 1 : *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : 2, i;
	unsigned long c = n == 1 ? *s : *s & (0x7fu >> n);

	if ((*s >= 0x80 && *s < 0xc0) || *s >= 0xf8)
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

static bool
is_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	for (; *s; s += n) {
		n = sequence_at(s);
		if (!n)
			return false;
	}
	return true;
}

/* Whatever is written is one JSON string of valid UTF-8 without control characters; what was valid
 * comes back as it was. */
static void
check_written(const char *bytes)
{
	struct strbuf out, text;
	struct json_writer w = {.out = &out};
	size_t i;

	strbuf_init(&out);
	strbuf_init(&text);
	json_string(&w, bytes);
	assert_true(is_utf8(out.buf));
	for (i = 0; i < out.len; i++)
		assert_true((unsigned char)out.buf[i] >= ' ');
	assert_true(json_text((struct json){out.buf, out.len}, &text));
	assert_true(is_utf8(text.buf));
	if (is_utf8(bytes))
		assert_string_equal(text.buf, bytes);
	else
		assert_non_null(strstr(text.buf, "\xef\xbf\xbd"));
	strbuf_release(&out);
	strbuf_release(&text);
}

static void
any_bytes_are_written_as_valid_json(void **state)
{
	/* what matters to UTF-8 and JSON comes often */
	static const char often[] =
		"\"\\\n\177\x80\xbf\xc0\xc3\xe0\xa0\xed\x9f\xef\xf0\x90\xf4\x8f";
	uint64_t seed = 3;
	char text[8];
	size_t round, i, n;
	int a, b;

	(void)state;
	for (a = 1; a < 256; a++) {
		for (b = 0; b < 256; b++) {
			text[0] = (char)a;
			text[1] = (char)b;
			text[2] = '\0';
			check_written(text);
		}
	}
	for (round = 0; round < 50000; round++) {
		n = random_below(&seed, sizeof(text));
		for (i = 0; i < n; i++)
			text[i] = random_below(&seed, 4)
					  ? often[random_below(&seed, sizeof(often) - 1)]
					  : (char)(1 + random_below(&seed, 255));
		text[n] = '\0';
		check_written(text);
	}
}

static void
commas_are_right(void **state)
{
	struct strbuf out;
	struct json_writer w = {.out = &out};
	char *want;

	(void)state;
	strbuf_init(&out);
	json_open(&w, '{');
	json_name(&w, "a");
	json_open(&w, '[');
	json_close(&w, ']');
	json_name(&w, "b");
	json_open(&w, '[');
	json_number(&w, 0);
	json_number(&w, SIZE_MAX);
	json_open(&w, '{');
	json_close(&w, '}');
	json_bool(&w, true);
	json_string(&w, NULL);
	json_close(&w, ']');
	json_name(&w, "\"\xff");
	json_bool(&w, false);
	json_name(&w, "d");
	json_open(&w, '{');
	json_name(&w, "e");
	json_string(&w, "f");
	json_close(&w, '}');
	json_name(&w, "g");
	json_string(&w, "");
	json_close(&w, '}');
	want = xasprintf("{\"a\":[],\"b\":[0,%zu,{},true,null],\"\\\"\\ufffd\":false,"
			 "\"d\":{\"e\":\"f\"},\"g\":\"\"}",
		SIZE_MAX);
	assert_string_equal(out.buf, want);
	free(want);
	strbuf_release(&out);
}

static const struct form {
	const char *name, *text;
	bool want;
} forms[] = {
	{"two strings", "[\"a\", \"b\"]", true},
	{"none", "[]", true},
	{"white space", " [ \"a\"\t,\n\"b\" ] \r", true},
	{"escapes", "[\"\\\"\\\\\\/\\b\\u00e4\"]", true},
	{"other bytes", "[\"\xff\"]", true},
	{"a number", "[\"a\", 1]", false},
	{"an array in it", "[[\"a\"]]", false},
	{"an object", "{\"a\":\"b\"}", false},
	{"a string", "\"a\"", false},
	{"nothing", "", false},
	{"more behind it", "[\"a\"] b", false},
	{"a comma at the end", "[\"a\",]", false},
	{"no comma", "[\"a\" \"b\"]", false},
	{"not closed", "[\"a\"", false},
	{"open string", "[\"a", false},
	{"open escape", "[\"a\\", false},
	{"no such escape", "[\"\\x\"]", false},
	{"short number", "[\"\\u00e\"]", false},
	{"control character", "[\"a\tb\"]", false},
	{"single quotes", "['a']", false},
	{"other blanks", "[\v\"a\"]", false},
};

static void
is_strings(void **state)
{
	const struct form *row = *state;

	assert_int_equal(json_is_strings(json_of(row->text)), row->want);
}

int
main(void)
{
	add_rows(is_strings, forms);
	add_rows(finds, ats);
	add_rows(walks_over, walks);
	add_rows(decodes_to, decodes);
	add_test(a_nul_byte_is_no_text);
	add_rows(is, literals);
	add_test(reads_a_real_answer);
	add_test(a_cut_answer_gives_nothing);
	add_test(a_damaged_answer_is_harmless);
	add_test(garbage_is_harmless);
	add_test(takes_linear_time);
	add_rows(writes_as, writes);
	add_rows(reads_back, reads);
	add_test(any_bytes_are_written_as_valid_json);
	add_test(commas_are_right);
	return run_all();
}
