#include "cursor.h"

#include "expect.h"
#include "rows.h"

/* A prefix and then a number are read. */
static const struct row {
	const char *name; /* the line */
	const char *prefix;
	bool skipped, numbered;
	unsigned number;
	const char *rest;
} rows[] = {
	{"#7 DONE", "#", true, true, 7, " DONE"},
	{"#7", "#", true, true, 7, ""},
	{"#", "#", true, false, 0, ""},
	{"# 7", "#", true, false, 0, " 7"},
	{"Step 1/4 : FROM", "Step ", true, true, 1, "/4 : FROM"},
	{"Step", "Step ", false, false, 0, "Step"},
	{"step 1", "Step ", false, false, 0, "step 1"},
	{"7", "", true, true, 7, ""},
	{"007x", "", true, true, 7, "x"},
	{"-7", "", true, false, 0, "-7"},
	{"999999999", "", true, true, 999999999, ""},
	/* as many digits as a number can hold, whatever they are */
	{"1234567890", "", true, true, 123456789, "0"},
	{"", "", true, false, 0, ""},
	{"", "#", false, false, 0, ""},
};

static void
reads(void **state)
{
	const struct row *row = *state;
	size_t len = strlen(row->name);
	char *line = exact_copy(row->name, len); /* without a NUL */
	struct cursor c = {line, len};
	unsigned number = 1;

	assert_int_equal(cursor_skip(&c, row->prefix), row->skipped);
	assert_int_equal(cursor_number(&c, &number), row->numbered);
	assert_int_equal(number, row->number);
	assert_int_equal(c.len, strlen(row->rest));
	assert_memory_equal(c.p, row->rest, c.len);
	assert_ptr_equal(c.p + c.len, line + len);
	free(line);
}

int
main(void)
{
	add_rows(reads, rows);
	return run_all();
}
