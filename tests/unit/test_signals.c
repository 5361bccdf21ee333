#include "signals.h"

#include "rows.h"

/* Signals one after the other, as NUMBER SENDER TIME, and what the last one is. */
static const struct row {
	const char *name;
	struct {
		int number, sender;
		long long now;
	} come[4];
	enum signals_what want;
} rows[] = {
	{"the first", {{SIGTERM, 7, 0}}, SIGNALS_FIRST},
	{"another", {{SIGINT, 7, 0}, {SIGTERM, 7, 7500}}, SIGNALS_OTHER},
	{"a third", {{SIGINT, 7, 0}, {SIGTERM, 7, 10}, {SIGHUP, 8, 20}}, SIGNALS_OTHER},
	{"the same a moment later", {{SIGTERM, 7, 0}, {SIGTERM, 7, 249}}, SIGNALS_SAME},
	{"then again", {{SIGTERM, 7, 0}, {SIGTERM, 7, 250}}, SIGNALS_AGAIN},
	{"from another", {{SIGTERM, 7, 0}, {SIGTERM, 8, 1}}, SIGNALS_AGAIN},
	{"from who knows", {{SIGINT, 0, 0}, {SIGINT, 0, 1}}, SIGNALS_AGAIN},
	{"again behind another", {{SIGINT, 7, 0}, {SIGTERM, 7, 9}, {SIGTERM, 7, 999}},
		SIGNALS_AGAIN},
};

static void
takes(void **state)
{
	const struct row *row = *state;
	struct signals s = {.number = {0}};
	enum signals_what what = SIGNALS_AGAIN;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row->come) && row->come[i].number; i++) {
		const struct sigwatch_signal signal = {
			row->come[i].number, false, row->come[i].sender};

		what = signals_take(&s, &signal, row->come[i].now);
	}
	assert_int_equal(what, row->want);
	assert_int_equal(s.number[0], row->come[0].number);
	assert_true(s.came[0] == row->come[0].now);
}

int
main(void)
{
	add_rows(takes, rows);
	return run_all();
}
