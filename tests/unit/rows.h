/*
 * rows: tables as tests. Each row becomes a cmocka test of its own, so that a row that fails is
 * named, and hides none of those behind it. A row is any struct with a member name:
 *
 *	static const struct row { const char *name, *input, *want; } rows[] = {...};
 *
 *	static void
 *	gives(void **state)
 *	{
 *		const struct row *row = *state;
 *		...
 *	}
 *
 *	int
 *	main(void)
 *	{
 *		add_rows(gives, rows);
 *		add_test(something_else);
 *		return run_all();
 *	}
 */
#ifndef ROWS_H
#define ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util.h"

#define MAX_TESTS 1024

static struct CMUnitTest all_tests[MAX_TESTS];
static size_t nr_tests;

/* A '#' in a name would start a directive of TAP. */
static inline void
add_named(const char *function, const char *name, CMUnitTestFunction test, const void *row)
{
	char *full = xasprintf("%s%s%s", function, name ? ": " : "", name ? name : ""), *c;

	for (c = full; *c; c++) {
		if (*c == '#' || (unsigned char)*c < ' ')
			*c = '?';
	}
	if (nr_tests == MAX_TESTS)
		abort();
	all_tests[nr_tests++] = (struct CMUnitTest){
		.name = full, .test_func = test, .initial_state = (void *)(uintptr_t)row};
}

#define add_test(test) add_named(#test, NULL, test, NULL)
#define add_rows(test, rows)                                                                       \
	do {                                                                                       \
		size_t row_;                                                                       \
		for (row_ = 0; row_ < ARRAY_SIZE(rows); row_++)                                    \
			add_named(#test, (rows)[row_].name, test, &(rows)[row_]);                  \
	} while (0)

/* Runs them and frees what add_named took. */
static inline int
run_all(void)
{
	int failed = _cmocka_run_group_tests("rows", all_tests, nr_tests, NULL, NULL);
	size_t i;

	for (i = 0; i < nr_tests; i++)
		free((void *)(uintptr_t)all_tests[i].name);
	return failed != 0;
}

/*
 * A table in a file under tests/unit: a row a line, columns with a tab between; lines that start
 * with '#' do not count. The first column is the row's name. Tests run from the top of the project.
 */
#define MAX_COLUMNS 8

struct table_row {
	char *name;
	char *columns[MAX_COLUMNS]; /* those that are not there are empty */
	char *line;                 /* which they are parts of */
};

struct table {
	struct table_row *rows;
	size_t nr;
};

static inline void
read_row(struct table_row *row, const char *line)
{
	char *p = xstrdup(line);
	size_t i;

	row->line = p;
	for (i = 0; i < MAX_COLUMNS; i++) {
		row->columns[i] = p;
		p += strcspn(p, "\t\n");
		if (*p)
			*p++ = '\0';
	}
	row->name = xasprintf("'%.60s'", row->columns[0]);
}

static inline void
read_table(struct table *table, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[4096];

	*table = (struct table){NULL, 0};
	if (!file) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#')
			continue;
		table->rows = xreallocarray(table->rows, table->nr + 1, sizeof(*table->rows));
		read_row(&table->rows[table->nr++], line);
	}
	fclose(file);
}

static inline void
release_table(struct table *table)
{
	size_t i;

	for (i = 0; i < table->nr; i++) {
		free(table->rows[i].name);
		free(table->rows[i].line);
	}
	free(table->rows);
}

#define add_table(test, table)                                                                     \
	do {                                                                                       \
		size_t row_;                                                                       \
		for (row_ = 0; row_ < (table).nr; row_++)                                          \
			add_named(#test, (table).rows[row_].name, test, &(table).rows[row_]);      \
	} while (0)

/* A copy of exactly len bytes, so that a sanitizer sees a read behind its end. */
static inline char *
exact_copy(const void *data, size_t len)
{
	char *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, data, len);
	return copy;
}

/* Pseudo-random numbers, the same in every run (xorshift64). */
static inline uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline size_t
random_below(uint64_t *state, size_t n)
{
	return (size_t)(next_random(state) % n);
}

#endif
