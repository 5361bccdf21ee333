#include "stagecraft.h"

/*
 * What happens when a plan is walked. A row that gives a second plan has it added by the step that
 * says so. jobs is 4 where it is not given.
 */
static const struct row {
	const char *name;
	unsigned jobs;
	const char *plans[2];
	const char *signals;
	bool terminal, in_group;
	long grace;
	const char *want;
	const char *out, *err; /* what is shown; NULL: not looked at */
} rows[] = {
	/* readiness */
	{.name = "nothing to do", .plans = {""}, .want = "0 over: ; status 0\n"},
	{.name = "one step",
		.plans = {"push a\n"},
		.want = "0 a starts\n"
			"10 a ends 0\n"
			"10 over: a done; status 0\n"},
	{.name = "independent steps run side by side",
		.plans = {"pull a\n"
			  "pull b takes=20\n"
			  "build c\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"0 c starts\n"
			"10 a ends 0\n"
			"10 c ends 0\n"
			"20 b ends 0\n"
			"20 over: a done, b done, c done; status 0\n"},
	{.name = "needs: it waits for success",
		.plans = {"build a\n"
			  "build b needs=a\n"
			  "build c needs=a,b\n"},
		.want = "0 a starts\n"
			"10 a ends 0\n"
			"10 b starts\n"
			"20 b ends 0\n"
			"20 c starts\n"
			"30 c ends 0\n"
			"30 over: a done, b done, c done; status 0\n"},
	{.name = "needs: not without success",
		.plans = {"build a exit=3\n"
			  "push b needs=a\n"
			  "push c needs=b\n"},
		.want = "0 a starts\n"
			"10 a ends 3\n"
			"10 over: a failed, b skipped, c skipped; status 3\n"},
	{.name = "needs of an optional step that failed: skipped, and no failure of the run",
		.plans = {"pull a optional exit=1\n"
			  "build b needs=a\n"
			  "build c after=a\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"10 c starts\n"
			"20 c ends 0\n"
			"20 over: a failed, b skipped, c done; status 0\n"},
	{.name = "after: it waits, whatever comes of it",
		.plans = {"push a optional exit=1\n"
			  "push b after=a\n"
			  "push c optional takes=30\n"
			  "push d after=b,c\n"},
		.want = "0 a starts\n"
			"0 c starts\n"
			"10 a ends 1\n"
			"10 b starts\n"
			"20 b ends 0\n"
			"30 c ends 0\n"
			"30 d starts\n"
			"40 d ends 0\n"
			"40 over: a failed, b done, c done, d done; status 0\n"},
	{.name = "after a step that was skipped",
		.plans = {"pull a optional exit=1\n"
			  "pull b optional needs=a\n"
			  "build c after=b\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"10 c starts\n"
			"20 c ends 0\n"
			"20 over: a failed, b skipped, c done; status 0\n"},
	{.name = "else: not run where the other one succeeded",
		.plans = {"pull a\n"
			  "pull b else=a\n"
			  "build c needs=b\n"},
		.want = "0 a starts\n"
			"10 a ends 0\n"
			"10 c starts\n"
			"20 c ends 0\n"
			"20 over: a done, b spared, c done; status 0\n"},
	{.name = "else: run where it failed",
		.plans = {"pull a optional exit=1\n"
			  "pull b optional else=a\n"
			  "pull c optional else=b\n"
			  "build d needs=c\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"10 b starts\n"
			"20 b ends 0\n"
			"20 d starts\n"
			"30 d ends 0\n"
			"30 over: a failed, b done, c spared, d done; status 0\n"},
	{.name = "else: a chain to its end",
		.plans = {"pull a optional exit=1\n"
			  "pull b optional else=a exit=1\n"
			  "pull c optional else=b exit=1\n"
			  "build d needs=c\n"
			  "build e after=c\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"10 b starts\n"
			"20 b ends 1\n"
			"20 c starts\n"
			"30 c ends 1\n"
			"30 e starts\n"
			"40 e ends 0\n"
			"40 over: a failed, b failed, c failed, d skipped, e done; status 0\n"},
	{.name = "else: not where the other one was skipped",
		.plans = {"pull a optional exit=1\n"
			  "pull b optional needs=a\n"
			  "pull c optional else=b\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"10 over: a failed, b skipped, c skipped; status 0\n"},
	{.name = "else: two stand in for one, side by side",
		.plans = {"probe a optional exit=1\n"
			  "probe b optional else=a\n"
			  "probe c optional else=a exit=1\n"
			  "build d after=b,c\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"10 b starts\n"
			"10 c starts\n"
			"20 b ends 0\n"
			"20 c ends 1\n"
			"20 d starts\n"
			"30 d ends 0\n"
			"30 over: a failed, b done, c failed, d done; status 0\n"},
	{.name = "else and needs",
		.plans = {"pull a optional exit=1\n"
			  "pull b optional exit=1\n"
			  "pull c optional else=a needs=b\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"10 a ends 1\n"
			"10 b ends 1\n"
			"10 over: a failed, b failed, c skipped; status 0\n"},

	/* failure */
	{.name = "a required step fails: the rest of its plan does not start",
		.jobs = 1,
		.plans = {"build a exit=3\n"
			  "build b after=a\n"
			  "push c cleanup after=a\n"
			  "push d after=a\n"},
		.want = "0 a starts\n"
			"10 a ends 3\n"
			"10 c starts\n"
			"20 c ends 0\n"
			"20 over: a failed, b skipped, c done, d skipped; status 3\n"},
	{.name = "a cleanup step still needs what it needs",
		.jobs = 1,
		.plans = {"build a\n"
			  "build b exit=1\n"
			  "push c optional cleanup needs=a after=b\n"
			  "push d optional cleanup needs=b\n"},
		.want = "0 a starts\n"
			"10 a ends 0\n"
			"10 b starts\n"
			"20 b ends 1\n"
			"20 c starts\n"
			"30 c ends 0\n"
			"30 over: a done, b failed, c done, d skipped; status 1\n"},
	{.name = "what is running is stopped, but for pushes",
		.plans = {"build a exit=3\n"
			  "build b takes=30\n"
			  "push c takes=30\n"
			  "pull d takes=30\n"
			  "probe e optional takes=30\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"0 c starts\n"
			"0 d starts\n"
			"0 e starts\n"
			"10 a ends 3\n"
			"10 TERM to b\n"
			"10 TERM to d\n"
			"10 TERM to e\n"
			"11 b ends 143 by TERM stopped\n"
			"11 d ends 143 by TERM stopped\n"
			"11 e ends 143 by TERM stopped\n"
			"30 c ends 0\n"
			"30 over: a failed, b failed, c done, d failed, e failed; status 3\n"},
	{.name = "what was ready for a slot does not start any more",
		.jobs = 1,
		.plans = {"build a exit=3\n"
			  "build b\n"
			  "push c\n"},
		.want = "0 a starts\n"
			"0 c starts\n"
			"10 a ends 3\n"
			"10 c ends 0\n"
			"10 over: a failed, b skipped, c done; status 3\n"},
	{.name = "two fail: the status is the first one's",
		.plans = {"build a exit=3 takes=20\n"
			  "build b exit=4\n"
			  "push c exit=5 takes=30\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"0 c starts\n"
			"10 b ends 4\n"
			"10 TERM to a\n"
			"11 a ends 143 by TERM stopped\n"
			"30 c ends 5\n"
			"30 over: a failed, b failed, c failed; status 4\n"},
	{.name = "a stopped step that ends well all the same",
		.plans = {"build a exit=3\n"
			  "build b takes=30 quits=0\n"
			  "push c cleanup needs=b\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"10 a ends 3\n"
			"10 TERM to b\n"
			"11 b ends 0 stopped\n"
			"11 c starts\n"
			"21 c ends 0\n"
			"21 over: a failed, b done, c done; status 3\n"},
	{.name = "a stopped step that does not listen",
		.plans = {"build a exit=3\n"
			  "build b takes=30 deaf\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"10 a ends 3\n"
			"10 TERM to b\n"
			"30 b ends 0 stopped\n"
			"30 over: a failed, b done; status 3\n"},
	{.name = "an optional step fails beside others",
		.plans = {"push a optional exit=1\n"
			  "build b takes=20\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"10 a ends 1\n"
			"20 b ends 0\n"
			"20 over: a failed, b done; status 0\n"},
	{.name = "an attempt fails: its stand-ins run",
		.plans = {"build a attempt exit=1\n"
			  "build b else=a\n"
			  "build c else=a needs=b\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"10 b starts\n"
			"20 b ends 0\n"
			"20 c starts\n"
			"30 c ends 0\n"
			"30 over: a failed, b done, c done; status 0\n"},
	{.name = "killed by a signal from elsewhere",
		.plans = {"build a exit=k9\n"
			  "build b after=a\n"},
		.want = "0 a starts\n"
			"10 a ends 137 by KILL\n"
			"10 over: a failed, b skipped; status 137\n"},
	{.name = "statuses are taken as they are",
		.plans = {"build a exit=255\n"
			  "push b optional exit=100\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"10 a ends 255\n"
			"10 b ends 100\n"
			"10 over: a failed, b failed; status 255\n"},
	{.name = "a callback stops the plan",
		.plans = {"pull a optional stops exit=1\n"
			  "pull b optional takes=30\n"
			  "pull c optional else=a\n"
			  "push d cleanup after=a\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"10 a ends 1\n"
			"10 TERM to b\n"
			"10 d starts\n"
			"11 b ends 143 by TERM stopped\n"
			"20 d ends 0\n"
			"20 over: a failed, b failed, c skipped, d done; status 0\n"},

	/* jobs */
	{.name = "no more than so many, in order",
		.jobs = 2,
		.plans = {"pull a\n"
			  "pull b\n"
			  "pull c takes=5\n"
			  "pull d\n"
			  "pull e\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"10 a ends 0\n"
			"10 b ends 0\n"
			"10 c starts\n"
			"10 d starts\n"
			"15 c ends 0\n"
			"15 e starts\n"
			"20 d ends 0\n"
			"25 e ends 0\n"
			"25 over: a done, b done, c done, d done, e done; status 0\n"},
	{.name = "builds and other steps have a share each",
		.jobs = 1,
		.plans = {"build a takes=30\n"
			  "build b takes=30\n"
			  "push c\n"
			  "push d\n"},
		.want = "0 a starts\n"
			"0 c starts\n"
			"10 c ends 0\n"
			"10 d starts\n"
			"20 d ends 0\n"
			"30 a ends 0\n"
			"30 b starts\n"
			"60 b ends 0\n"
			"60 over: a done, b done, c done, d done; status 0\n"},
	{.name = "a later step goes first where an earlier one waits",
		.jobs = 2,
		.plans = {"build a takes=20\n"
			  "build b needs=a\n"
			  "build c\n"},
		.want = "0 a starts\n"
			"0 c starts\n"
			"10 c ends 0\n"
			"20 a ends 0\n"
			"20 b starts\n"
			"30 b ends 0\n"
			"30 over: a done, b done, c done; status 0\n"},

	/* live output */
	{.name = "one is live at a time",
		.plans = {"build a live\n"
			  "build b live\n"
			  "push c\n"},
		.want = "0 a starts live\n"
			"0 b starts\n"
			"0 c starts\n"
			"10 a ends 0\n"
			"10 b ends 0\n"
			"10 c ends 0\n"
			"10 over: a done, b done, c done; status 0\n"},
	{.name = "the oldest one that may be is live next",
		.plans = {"build a live\n"
			  "build b live takes=30 says=1:b1;25:b2\n"
			  "build c live takes=20 says=2:c\n"
			  "push d takes=40\n"},
		.want = "0 a starts live\n"
			"0 b starts\n"
			"0 c starts\n"
			"0 d starts\n"
			"1 b: b1\n"
			"2 c: c\n"
			"10 a ends 0\n"
			"10 b is shown\n"
			"20 c is shown\n"
			"20 c ends 0 holding 'c'\n"
			"25 b is shown\n"
			"25 b: b2\n"
			"30 b ends 0 holding 'b1'\n"
			"40 d ends 0\n"
			"40 over: a done, b done, c done, d done; status 0\n",
		.err = "b1\nc\nb2\n"},
	{.name = "held output is shown when the step ends",
		.plans = {"build a live takes=30 says=1:a1;15:a2\n"
			  "build b live says=2:b1;3:b2\n"},
		.want = "0 a starts live\n"
			"0 b starts\n"
			"1 a is shown\n"
			"1 a: a1\n"
			"2 b: b1\n"
			"3 b: b2\n"
			"10 b is shown\n"
			"10 b ends 0 holding 'b1\n"
			"b2'\n"
			"15 a is shown\n"
			"15 a: a2\n"
			"30 a ends 0\n"
			"30 over: a done, b done; status 0\n",
		.err = "a1\nb1\nb2\na2\n"},
	{.name = "what was held is shown when the step becomes live, and then goes on",
		.plans = {"build a live says=1:a1\n"
			  "build b live takes=30 says=2:b1;20:b2\n"},
		.want = "0 a starts live\n"
			"0 b starts\n"
			"1 a is shown\n"
			"1 a: a1\n"
			"2 b: b1\n"
			"10 a ends 0\n"
			"10 b is shown\n"
			"20 b: b2\n"
			"30 b ends 0 holding 'b1'\n"
			"30 over: a done, b done; status 0\n",
		.err = "a1\nb1\nb2\n"},
	{.name = "what was held is not shown where the callback says so",
		.plans = {"push a hidden says=1:a\n"},
		.want = "0 a starts\n"
			"1 a: a\n"
			"10 a is shown\n"
			"10 a ends 0 holding 'a'\n"
			"10 over: a done; status 0\n",
		.err = ""},
	{.name = "what was held of a failed try is shown too",
		.plans = {"push a exit=1,0 retry=100 says=1:a\n"},
		.want = "0 a starts\n"
			"1 a: a\n"
			"10 a is shown\n"
			"10 a ends 1 holding 'a'\n"
			"110 a starts\n"
			"111 a: a\n"
			"120 a is shown\n"
			"120 a ends 0 holding 'a'\n"
			"120 over: a done; status 0\n",
		.err = "a\na\n"},
	{.name = "a live step that rests leaves its place to another",
		.plans = {"push a live exit=1,0 retry=100 says=1:a\n"
			  "build b takes=300 live\n"},
		.want = "0 a starts live\n"
			"0 b starts\n"
			"1 a is shown\n"
			"1 a: a\n"
			"10 a ends 1\n"
			"110 a starts\n"
			"111 a: a\n"
			"120 a is shown\n"
			"120 a ends 0 holding 'a'\n"
			"300 b ends 0\n"
			"300 over: a done, b done; status 0\n",
		.err = "a\na\n"},
	{.name = "a probe's output is told, not shown",
		.plans = {"probe a optional says=1:there\n"
			  "probe b optional says=2:there exit=1\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"1 a: there\n"
			"2 b: there\n"
			"10 a ends 0 holding 'there'\n"
			"10 b ends 1 holding 'there'\n"
			"10 over: a done, b failed; status 0\n",
		.err = ""},
	{.name = "the image's output is never mixed into another's",
		.plans = {"build a live takes=30 says=1:a\n"
			  "build b live stdout says=1:b;2:!c\n"
			  "build c live takes=20\n"},
		.want = "0 a starts live\n"
			"0 c starts\n"
			"1 a is shown\n"
			"1 a: a\n"
			"20 c ends 0\n"
			"30 a ends 0\n"
			"30 b starts live\n"
			"31 b is shown\n"
			"31 b: b\n"
			"32 b: c\n"
			"40 b ends 0\n"
			"40 over: a done, b done, c done; status 0\n",
		.out = "b\n",
		.err = "a\nc\n"},
	{.name = "with a terminal: a live build has it, others wait for its end",
		.plans = {"build a live says=1:a\n"
			  "build b live says=3:b takes=20\n"
			  "push c says=2:c takes=5\n"},
		.terminal = true,
		.want = "0 a starts live\n"
			"0 a has the terminal\n"
			"0 b starts\n"
			"0 c starts\n"
			"2 c: c\n"
			"3 b: b\n"
			"5 c is shown\n"
			"5 c ends 0 holding 'c'\n"
			"10 a ends 0\n"
			"20 b is shown\n"
			"20 b ends 0 holding 'b'\n"
			"20 over: a done, b done, c done; status 0\n",
		.err = "c\nb\n"},
	{.name = "with a terminal: a live step that is no build goes through us",
		.plans = {"push a live says=1:a\n"},
		.terminal = true,
		.want = "0 a starts live\n"
			"1 a is shown\n"
			"1 a: a\n"
			"10 a ends 0\n"
			"10 over: a done; status 0\n"},
	{.name = "a live step stays in our group where that is asked for",
		.plans = {"build a live\n"
			  "build b live takes=20\n"
			  "push c\n"},
		.in_group = true,
		.want = "0 a starts live\n"
			"0 a is in our group\n"
			"0 b starts\n"
			"0 c starts\n"
			"10 a ends 0\n"
			"10 c ends 0\n"
			"20 b ends 0\n"
			"20 over: a done, b done, c done; status 0\n"},

	/* two commands */
	{.name = "the second runs after the first",
		.plans = {"pull a two takes=7\n"},
		.want = "0 a starts\n"
			"7 a goes on\n"
			"14 a ends 0\n"
			"14 over: a done; status 0\n"},
	{.name = "the first fails: the second does not run",
		.plans = {"pull a two exit=1\n"
			  "build b after=a\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"10 over: a failed, b skipped; status 1\n"},
	{.name = "the second fails",
		.plans = {"pull a two exit=0,2\n"
			  "build b\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"10 a goes on\n"
			"10 b ends 0\n"
			"20 a ends 2\n"
			"20 over: a failed, b done; status 2\n"},
	{.name = "the output of both is held and shown together",
		.plans = {"push a optional two says=1:x\n"},
		.want = "0 a starts\n"
			"1 a: x\n"
			"10 a goes on\n"
			"11 a: x\n"
			"20 a is shown\n"
			"20 a ends 0 holding 'x\n"
			"x'\n"
			"20 over: a done; status 0\n"},
	{.name = "only the failing one is tried again",
		.plans = {"push a two exit=0,1,1,0 retry=100,200\n"
			  "push b needs=a\n"},
		.want = "0 a starts\n"
			"10 a goes on\n"
			"20 a ends 1\n"
			"120 a starts\n"
			"120 a goes on\n"
			"130 a ends 1\n"
			"330 a starts\n"
			"330 a goes on\n"
			"340 a ends 0\n"
			"340 b starts\n"
			"350 b ends 0\n"
			"350 over: a done, b done; status 0\n"},
	{.name = "the first one fails twice, then both",
		.plans = {"push a two exit=1,1,0,0 retry=100,200\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"110 a starts\n"
			"120 a ends 1\n"
			"320 a starts\n"
			"330 a goes on\n"
			"340 a ends 0\n"
			"340 over: a done; status 0\n"},

	/* retries */
	{.name = "again after so long",
		.plans = {"pull a exit=1,1,0 retry=500,1000\n"
			  "build b after=a\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"510 a starts\n"
			"520 a ends 1\n"
			"1520 a starts\n"
			"1530 a ends 0\n"
			"1530 b starts\n"
			"1540 b ends 0\n"
			"1540 over: a done, b done; status 0\n"},
	{.name = "given up",
		.plans = {"pull a optional exit=1,1,1,1 retry=500,1000\n"
			  "build b needs=a\n"
			  "build c after=a\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"510 a starts\n"
			"520 a ends 1\n"
			"1520 a starts\n"
			"1530 a ends 1\n"
			"1530 c starts\n"
			"1540 c ends 0\n"
			"1540 over: a failed, b skipped, c done; status 0\n"},
	{.name = "given up, required",
		.plans = {"push a exit=1,4 retry=500\n"
			  "push b after=a\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"510 a starts\n"
			"520 a ends 4\n"
			"520 over: a failed, b skipped; status 4\n"},
	{.name = "a slot is free while it rests",
		.jobs = 1,
		.plans = {"pull a exit=1,0 retry=100\n"
			  "pull b\n"
			  "pull c\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"10 b starts\n"
			"20 b ends 0\n"
			"20 c starts\n"
			"30 c ends 0\n"
			"110 a starts\n"
			"120 a ends 0\n"
			"120 over: a done, b done, c done; status 0\n"},
	{.name = "at once",
		.plans = {"pull a exit=1,0 retry=0\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"10 a starts\n"
			"20 a ends 0\n"
			"20 over: a done; status 0\n"},
	{.name = "not after the plan was stopped, but for a push that is cleanup",
		.plans = {"build a exit=1 takes=15\n"
			  "push b optional cleanup exit=1,0 takes=20 retry=100\n"
			  "pull c optional takes=30 deaf exit=1 retry=100\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"0 c starts\n"
			"15 a ends 1\n"
			"15 TERM to c\n"
			"20 b ends 1\n"
			"30 c ends 1 stopped\n"
			"120 b starts\n"
			"140 b ends 0\n"
			"140 over: a failed, b done, c failed; status 1\n"},
	{.name = "two rest",
		.plans = {"push a exit=1,0 retry=300\n"
			  "push b exit=1,0 retry=200 takes=20\n"
			  "push c needs=a,b\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"10 a ends 1\n"
			"20 b ends 1\n"
			"220 b starts\n"
			"240 b ends 0\n"
			"310 a starts\n"
			"320 a ends 0\n"
			"320 c starts\n"
			"330 c ends 0\n"
			"330 over: a done, b done, c done; status 0\n"},

	/* what cannot be started */
	{.name = "the first command",
		.plans = {"build a exit=e2\n"
			  "build b needs=a\n"
			  "push c cleanup after=a\n"},
		.want = "0 a starts\n"
			"0 a ends 127 not started\n"
			"0 c starts\n"
			"10 c ends 0\n"
			"10 over: a failed, b skipped, c done; status 127\n"},
	{.name = "not executable",
		.plans = {"build a exit=e13\n"},
		.want = "0 a starts\n"
			"0 a ends 126 not started\n"
			"0 over: a failed; status 126\n"},
	{.name = "too long",
		.plans = {"build a exit=e7\n"},
		.want = "0 a starts\n"
			"0 a ends 126 not started\n"
			"0 over: a failed; status 126\n"},
	{.name = "the second command",
		.plans = {"push a two exit=0,e2\n"
			  "push b needs=a\n"},
		.want = "0 a starts\n"
			"10 a goes on\n"
			"10 a ends 127 not started\n"
			"10 over: a failed, b skipped; status 127\n"},
	{.name = "optional",
		.plans = {"push a optional exit=e13\n"
			  "build b after=a\n"},
		.want = "0 a starts\n"
			"0 a ends 126 not started\n"
			"0 b starts\n"
			"10 b ends 0\n"
			"10 over: a failed, b done; status 0\n"},
	{.name = "it is tried again",
		.plans = {"push a exit=e11,0 retry=50\n"},
		.want = "0 a starts\n"
			"0 a ends 126 not started\n"
			"50 a starts\n"
			"60 a ends 0\n"
			"60 over: a done; status 0\n"},
	{.name = "an else of it",
		.plans = {"pull a optional exit=e2\n"
			  "pull b optional else=a\n"},
		.want = "0 a starts\n"
			"0 a ends 127 not started\n"
			"0 b starts\n"
			"10 b ends 0\n"
			"10 over: a failed, b done; status 0\n"},
	{.name = "on the terminal",
		.plans = {"build a live exit=e2\n"
			  "push b cleanup after=a says=1:x\n"},
		.terminal = true,
		.want = "0 a starts live\n"
			"0 a has the terminal\n"
			"0 a ends 127 not started\n"
			"0 b starts\n"
			"1 b: x\n"
			"10 b is shown\n"
			"10 b ends 0 holding 'x'\n"
			"10 over: a failed, b done; status 127\n"},

	{.name = "one that rests has failed when its plan is stopped",
		.plans = {"push a exit=4 retry=16000\n"
			  "build b exit=3 takes=20\n"
			  "push c optional cleanup after=a\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"10 a ends 4\n"
			"20 b ends 3\n"
			"20 c starts\n"
			"30 c ends 0\n"
			"30 over: a failed, b failed, c done; status 3\n"},
	{.name = "one that rests has failed when a signal comes, unless it is cleanup",
		.plans = {"push a exit=4 retry=16000\n"
			  "push b optional cleanup after=a\n"},
		.signals = "20 TERM",
		.want = "0 a starts\n"
			"10 a ends 4\n"
			"20 TERM comes\n"
			"20 told of TERM\n"
			"20 b starts\n"
			"30 b ends 0\n"
			"30 over: a failed, b done; status 4, signal TERM\n"},
	{.name = "one that rests when all is ended has failed at once",
		.plans = {"push a optional cleanup exit=1 retry=16000\n"},
		.signals = "20 TERM, 30 TERM",
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"20 TERM comes\n"
			"20 told of TERM\n"
			"30 TERM comes\n"
			"30 over: a failed; status 0, signal TERM\n"},
	{.name = "a push that is not cleanup does not rest once its plan is stopped",
		.plans = {"push b takes=20 exit=4 retry=100\n"},
		.signals = "5 TERM",
		.want = "0 b starts\n"
			"5 TERM comes\n"
			"5 told of TERM\n"
			"20 b ends 4\n"
			"20 over: b failed; status 4, signal TERM\n"},
	{.name = "ended between its two commands: failed",
		.plans = {"push a two takes=50 deaf\n"},
		.signals = "20 TERM, 30 TERM",
		.want = "0 a starts\n"
			"20 TERM comes\n"
			"20 told of TERM\n"
			"30 TERM comes\n"
			"30 TERM to a\n"
			"50 a ends 143 stopped\n"
			"50 over: a failed; status 143, signal TERM\n"},
	{.name = "stopped before its second command: that is not started",
		.plans = {"pull b two takes=50 quits=0\n"},
		.signals = "20 TERM",
		.want = "0 b starts\n"
			"20 TERM comes\n"
			"20 told of TERM\n"
			"20 TERM to b\n"
			"21 b ends 143 stopped\n"
			"21 over: b failed; status 143, signal TERM\n"},
	{.name = "a cleanup build is not stopped by a second signal",
		.plans = {"build a takes=30\n"
			  "build b cleanup after=a takes=50\n"},
		.signals = "10 INT, 25 TERM",
		.want = "0 a starts\n"
			"10 INT comes\n"
			"10 told of INT\n"
			"10 INT to a\n"
			"11 a ends 130 by INT stopped\n"
			"11 b starts\n"
			"25 TERM comes\n"
			"61 b ends 0\n"
			"61 over: a failed, b done; status 130, signal INT\n"},
	{.name = "a signal that came before others, again",
		.plans = {"push a takes=100\n"},
		.signals = "10 INT, 20 TERM, 30 HUP, 40 TERM",
		.want = "0 a starts\n"
			"10 INT comes\n"
			"10 told of INT\n"
			"20 TERM comes\n"
			"30 HUP comes\n"
			"40 TERM comes\n"
			"40 TERM to a\n"
			"41 a ends 143 by TERM stopped\n"
			"41 over: a failed; status 143, signal INT\n"},
	{.name = "a plan added while a step that cannot be started is taken out",
		.plans = {"pull a optional exit=e2 adds\n"
			  "pull b\n",
			"build c\n"},
		.want = "0 a starts\n"
			"0 a ends 127 not started\n"
			"0 b starts\n"
			"0 c starts\n"
			"10 b ends 0\n"
			"10 c ends 0\n"
			"10 over: a failed, b done, c done; status 0\n"},

	/* signals */
	{.name = "the first one is passed on, and only cleanup starts",
		.plans = {"build a takes=30\n"
			  "build b after=a\n"
			  "push c optional cleanup after=a\n"
			  "push d takes=30\n"
			  "pull e optional takes=40\n"},
		.signals = "15 INT",
		.want = "0 a starts\n"
			"0 d starts\n"
			"0 e starts\n"
			"15 INT comes\n"
			"15 told of INT\n"
			"15 INT to a\n"
			"15 INT to e\n"
			"16 a ends 130 by INT stopped\n"
			"16 e ends 130 by INT stopped\n"
			"16 c starts\n"
			"26 c ends 0\n"
			"30 d ends 0\n"
			"30 over: a failed, b skipped, c done, d done, e failed; status 130, "
			"signal INT\n"},
	{.name = "a running push goes on, and what stores it",
		.plans = {"build a\n"
			  "push b needs=a takes=30 \n"
			  "push c optional cleanup needs=a after=b\n"},
		.signals = "15 TERM",
		.want = "0 a starts\n"
			"10 a ends 0\n"
			"10 b starts\n"
			"15 TERM comes\n"
			"15 told of TERM\n"
			"40 b ends 0\n"
			"40 c starts\n"
			"50 c ends 0\n"
			"50 over: a done, b done, c done; status 0, signal TERM\n"},
	{.name = "a different one is passed on too",
		.plans = {"build a takes=100 slow=50\n"
			  "push b optional cleanup after=a\n"},
		.signals = "15 INT, 20 TERM",
		.want = "0 a starts\n"
			"15 INT comes\n"
			"15 told of INT\n"
			"15 INT to a\n"
			"20 TERM comes\n"
			"20 TERM to a\n"
			"65 a ends 130 by INT stopped\n"
			"65 b starts\n"
			"75 b ends 0\n"
			"75 over: a failed, b done; status 130, signal INT\n"},
	{.name = "the same one again ends everything",
		.plans = {"build a takes=100 slow=50\n"
			  "push b takes=100\n"
			  "push c optional cleanup after=a\n"},
		.signals = "15 INT, 20 INT",
		.want = "0 a starts\n"
			"0 b starts\n"
			"15 INT comes\n"
			"15 told of INT\n"
			"15 INT to a\n"
			"20 INT comes\n"
			"20 TERM to a\n"
			"20 TERM to b\n"
			"21 b ends 143 by TERM stopped\n"
			"65 a ends 130 by INT stopped\n"
			"65 over: a failed, b failed, c skipped; status 143, signal INT\n"},
	{.name = "the same one from the same process within a quarter of a second is one",
		.plans = {"build a takes=100 slow=50\n"
			  "push b optional cleanup after=a takes=1500\n"},
		.signals = "15 TERM@7, 16 TERM@7, 264 TERM@7, 265 TERM@7",
		.want = "0 a starts\n"
			"15 TERM comes\n"
			"15 told of TERM\n"
			"15 TERM to a\n"
			"16 TERM comes\n"
			"65 a ends 143 by TERM stopped\n"
			"65 b starts\n"
			"264 TERM comes\n"
			"265 TERM comes\n"
			"265 TERM to b\n"
			"266 b ends 143 by TERM stopped\n"
			"266 over: a failed, b failed; status 143, signal TERM\n"},
	{.name = "what is stopped may have done what it was for: what stands in for it is not run",
		.plans = {"build a attempt accepts takes=100\n"
			  "build b else=a\n"
			  "build c after=b\n"
			  "probe d says=5:halt=a,0\n"},
		.want = "0 a starts\n"
			"0 d starts\n"
			"5 d: halt=a,0\n"
			"5 TERM to a\n"
			"6 a ends 143 by TERM stopped\n"
			"6 c starts\n"
			"10 d ends 0 holding 'halt=a,0'\n"
			"16 c ends 0\n"
			"16 over: a done, b spared, c done, d done; status 0\n"},
	{.name = "at the end of the grace all is ended, whatever other signal came",
		.plans = {"build a takes=1000\n"
			  "push b optional cleanup after=a takes=9000 deaf\n"
			  "push c optional cleanup after=b\n"},
		.signals = "10 INT, 50 TERM",
		.grace = 500,
		.want = "0 a starts\n"
			"10 INT comes\n"
			"10 told of INT\n"
			"10 INT to a\n"
			"11 a ends 130 by INT stopped\n"
			"11 b starts\n"
			"50 TERM comes\n"
			"510 TERM to b\n"
			"1510 KILL to b\n"
			"1511 b ends 137 by KILL stopped\n"
			"1511 over: a failed, b failed, c skipped; status 130, signal INT\n"},
	{.name = "what is added when the grace is over does not start",
		.plans = {"build a takes=1000\n"
			  "build b optional cleanup after=a takes=9000 adds\n",
			"build c optional cleanup\n"},
		.signals = "10 INT",
		.grace = 500,
		.want = "0 a starts\n"
			"10 INT comes\n"
			"10 told of INT\n"
			"10 INT to a\n"
			"11 a ends 130 by INT stopped\n"
			"11 b starts\n"
			"510 TERM to b\n"
			"511 b ends 143 by TERM stopped\n"
			"511 over: a failed, b failed, c skipped; status 130, signal INT\n"},
	{.name = "nothing is left to be ended at the end of the grace",
		.plans = {"build a takes=1000\n"
			  "push b optional cleanup after=a takes=100\n"},
		.signals = "10 INT",
		.grace = 500,
		.want = "0 a starts\n"
			"10 INT comes\n"
			"10 told of INT\n"
			"10 INT to a\n"
			"11 a ends 130 by INT stopped\n"
			"11 b starts\n"
			"111 b ends 0\n"
			"111 over: a failed, b done; status 130, signal INT\n"},
	{.name = "the second one again",
		.plans = {"build a takes=100 deaf\n"
			  "push b takes=100\n"},
		.signals = "15 INT, 20 TERM, 25 TERM",
		.want = "0 a starts\n"
			"0 b starts\n"
			"15 INT comes\n"
			"15 told of INT\n"
			"15 INT to a\n"
			"20 TERM comes\n"
			"20 TERM to a\n"
			"25 TERM comes\n"
			"25 TERM to a\n"
			"25 TERM to b\n"
			"26 b ends 143 by TERM stopped\n"
			"100 a ends 0 stopped\n"
			"100 over: a done, b failed; status 143, signal INT\n"},
	{.name = "what does not end then is killed a second later",
		.plans = {"build a takes=9999 deaf\n"
			  "push b takes=9999 deaf\n"},
		.signals = "15 INT, 20 INT",
		.want = "0 a starts\n"
			"0 b starts\n"
			"15 INT comes\n"
			"15 told of INT\n"
			"15 INT to a\n"
			"20 INT comes\n"
			"20 TERM to a\n"
			"20 TERM to b\n"
			"1020 KILL to a\n"
			"1020 KILL to b\n"
			"1021 a ends 137 by KILL stopped\n"
			"1021 b ends 137 by KILL stopped\n"
			"1021 over: a failed, b failed; status 137, signal INT\n"},
	{.name = "and at once by one more",
		.plans = {"build a takes=9999 deaf\n"
			  "push b takes=9999 deaf\n"},
		.signals = "15 INT, 20 INT, 30 INT",
		.want = "0 a starts\n"
			"0 b starts\n"
			"15 INT comes\n"
			"15 told of INT\n"
			"15 INT to a\n"
			"20 INT comes\n"
			"20 TERM to a\n"
			"20 TERM to b\n"
			"30 INT comes\n"
			"30 KILL to a\n"
			"30 KILL to b\n"
			"31 a ends 137 by KILL stopped\n"
			"31 b ends 137 by KILL stopped\n"
			"31 over: a failed, b failed; status 137, signal INT\n"},
	{.name = "a terminal's signal has reached what is in our group",
		.plans = {"build a live takes=30\n"
			  "build b takes=30 live\n"
			  "push c takes=20\n"},
		.signals = "15 ^INT",
		.in_group = true,
		.want = "0 a starts live\n"
			"0 a is in our group\n"
			"0 b starts\n"
			"0 c starts\n"
			"15 INT comes\n"
			"15 told of INT\n"
			"15 INT to b\n"
			"16 b ends 130 by INT stopped\n"
			"20 c ends 0\n"
			"30 a ends 0 stopped\n"
			"30 over: a done, b failed, c done; status 130, signal INT\n"},
	{.name = "another's has not",
		.plans = {"build a live takes=30\n"
			  "build b takes=30\n"},
		.signals = "15 INT",
		.in_group = true,
		.want = "0 a starts live\n"
			"0 a is in our group\n"
			"0 b starts\n"
			"15 INT comes\n"
			"15 told of INT\n"
			"15 INT to a\n"
			"15 INT to b\n"
			"16 a ends 130 by INT stopped\n"
			"16 b ends 130 by INT stopped\n"
			"16 over: a failed, b failed; status 130, signal INT\n"},
	{.name = "a terminal's signal, nothing in our group",
		.plans = {"build a live takes=30\n"},
		.signals = "15 ^INT",
		.want = "0 a starts live\n"
			"15 INT comes\n"
			"15 told of INT\n"
			"15 INT to a\n"
			"16 a ends 130 by INT stopped\n"
			"16 over: a failed; status 130, signal INT\n"},
	{.name = "before anything could end",
		.jobs = 1,
		.plans = {"build a\n"
			  "build b\n"},
		.signals = "0 HUP",
		.want = "0 a starts\n"
			"0 HUP comes\n"
			"0 told of HUP\n"
			"0 HUP to a\n"
			"1 a ends 129 by HUP stopped\n"
			"1 over: a failed, b skipped; status 129, signal HUP\n"},
	{.name = "a signal while all is over but a push",
		.plans = {"build a\n"
			  "push b optional cleanup needs=a\n"},
		.signals = "15 TERM",
		.want = "0 a starts\n"
			"10 a ends 0\n"
			"10 b starts\n"
			"15 TERM comes\n"
			"15 told of TERM\n"
			"20 b ends 0\n"
			"20 over: a done, b done; status 0, signal TERM\n"},
	{.name = "a build that ends well in spite of it",
		.plans = {"build a takes=30 quits=0\n"
			  "push b optional cleanup needs=a\n"
			  "push c needs=a\n"},
		.signals = "15 TERM",
		.want = "0 a starts\n"
			"15 TERM comes\n"
			"15 told of TERM\n"
			"15 TERM to a\n"
			"16 a ends 0 stopped\n"
			"16 b starts\n"
			"26 b ends 0\n"
			"26 over: a done, b done, c skipped; status 0, signal TERM\n"},
	{.name = "retries of a cleanup push go on",
		.plans = {"push a optional cleanup exit=1,0 retry=100\n"},
		.signals = "15 TERM",
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"15 TERM comes\n"
			"15 told of TERM\n"
			"110 a starts\n"
			"120 a ends 0\n"
			"120 over: a done; status 0, signal TERM\n"},
	{.name = "both commands of a running push go on",
		.plans = {"push a two takes=20\n"},
		.signals = "15 TERM",
		.want = "0 a starts\n"
			"15 TERM comes\n"
			"15 told of TERM\n"
			"20 a goes on\n"
			"40 a ends 0\n"
			"40 over: a done; status 0, signal TERM\n"},
	{.name = "a stopped attempt is no failure",
		.plans = {"build a attempt takes=30\n"
			  "push b optional cleanup after=a\n"},
		.signals = "15 HUP",
		.want = "0 a starts\n"
			"15 HUP comes\n"
			"15 told of HUP\n"
			"15 HUP to a\n"
			"16 a ends 129 by HUP stopped\n"
			"16 b starts\n"
			"26 b ends 0\n"
			"26 over: a failed, b done; status 0, signal HUP\n"},
	{.name = "a signal and a failure",
		.plans = {"build a exit=3\n"
			  "build b takes=30 slow=20\n"
			  "push c optional cleanup after=b\n"},
		.signals = "15 TERM",
		.want = "0 a starts\n"
			"0 b starts\n"
			"10 a ends 3\n"
			"10 TERM to b\n"
			"15 TERM comes\n"
			"15 told of TERM\n"
			"15 TERM to b\n"
			"30 b ends 0 stopped\n"
			"30 c starts\n"
			"40 c ends 0\n"
			"40 over: a failed, b done, c done; status 3, signal TERM\n"},

	/* several plans */
	{.name = "added by a step that ended",
		.plans = {"build a adds\n"
			  "build b needs=a\n",
			"build c takes=5\n"
			"push d needs=c\n"},
		.want = "0 a starts\n"
			"10 a ends 0\n"
			"10 b starts\n"
			"10 c starts\n"
			"15 c ends 0\n"
			"15 d starts\n"
			"20 b ends 0\n"
			"25 d ends 0\n"
			"25 over: a done, b done, c done, d done; status 0\n"},
	{.name = "added while others run, in order of its own",
		.jobs = 2,
		.plans = {"build a adds takes=5\n"
			  "build b takes=20\n"
			  "build c\n",
			"build d\n"
			"build e\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"5 a ends 0\n"
			"5 c starts\n"
			"15 c ends 0\n"
			"15 d starts\n"
			"20 b ends 0\n"
			"20 e starts\n"
			"25 d ends 0\n"
			"30 e ends 0\n"
			"30 over: a done, b done, c done, d done, e done; status 0\n"},
	{.name = "a failure stops its own plan only",
		.plans = {"pull a adds takes=5\n"
			  "build b exit=3 takes=20\n"
			  "build c after=b\n",
			"build d takes=50\n"
			"push e after=d\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"5 a ends 0\n"
			"5 d starts\n"
			"20 b ends 3\n"
			"55 d ends 0\n"
			"55 e starts\n"
			"65 e ends 0\n"
			"65 over: a done, b failed, c skipped, d done, e done; status 3\n"},
	{.name = "added after a signal: only cleanup",
		.plans = {"build a takes=30\n"
			  "push b cleanup after=a adds\n",
			"push c cleanup optional\n"
			"push d optional\n"},
		.signals = "15 TERM",
		.want = "0 a starts\n"
			"15 TERM comes\n"
			"15 told of TERM\n"
			"15 TERM to a\n"
			"16 a ends 143 by TERM stopped\n"
			"16 b starts\n"
			"26 b ends 0\n"
			"26 c starts\n"
			"36 c ends 0\n"
			"36 over: a failed, b done, c done, d skipped; status 143, signal TERM\n"},
	{.name = "an empty one",
		.plans = {"build a adds\n", ""},
		.want = "0 a starts\n"
			"10 a ends 0\n"
			"10 over: a done; status 0\n"},
	{.name = "a signal reaches the steps of all",
		.plans = {"pull a adds takes=5\n"
			  "build b takes=50\n",
			"build c takes=50\n"
			"push d optional cleanup after=c\n"},
		.signals = "20 INT",
		.want = "0 a starts\n"
			"0 b starts\n"
			"5 a ends 0\n"
			"5 c starts\n"
			"20 INT comes\n"
			"20 told of INT\n"
			"20 INT to b\n"
			"20 INT to c\n"
			"21 c ends 130 by INT stopped\n"
			"21 b ends 130 by INT stopped\n"
			"21 d starts\n"
			"31 d ends 0\n"
			"31 over: a done, b failed, c failed, d done; status 130, signal INT\n"},

	/* gates */
	{.name = "gate: opened while the step it waits for runs",
		.plans = {"build a takes=30 says=5:open=b\n"
			  "build b gate=a\n"
			  "push c needs=b\n"},
		.want = "0 a starts\n"
			"5 a: open=b\n"
			"5 b starts\n"
			"15 b ends 0\n"
			"15 c starts\n"
			"25 c ends 0\n"
			"30 a is shown\n"
			"30 a ends 0 holding 'open=b'\n"
			"30 over: a done, b done, c done; status 0\n"},
	{.name = "gate: nobody opens it",
		.plans = {"build a\n"
			  "build b gate=a\n"
			  "push c needs=b\n"
			  "push d after=b\n"},
		.want = "0 a starts\n"
			"10 a ends 0\n"
			"10 d starts\n"
			"20 d ends 0\n"
			"20 over: a done, b skipped, c skipped, d done; status 0\n"},
	{.name = "gate: opened when the other one has ended",
		.plans = {"build a opens=b,d\n"
			  "build b gate=a\n"
			  "build c gate=a\n"
			  "build d gate=a\n"},
		.want = "0 a starts\n"
			"10 a ends 0\n"
			"10 b starts\n"
			"10 d starts\n"
			"20 b ends 0\n"
			"20 d ends 0\n"
			"20 over: a done, b done, c skipped, d done; status 0\n"},
	{.name = "gate: it has other things to wait for too",
		.plans = {"build a takes=30 says=5:open=c\n"
			  "build b takes=20\n"
			  "build c gate=a needs=b\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"5 a: open=c\n"
			"20 b ends 0\n"
			"20 c starts\n"
			"30 a is shown\n"
			"30 a ends 0 holding 'open=c'\n"
			"30 c ends 0\n"
			"30 over: a done, b done, c done; status 0\n"},
	{.name = "gate: what it needs failed",
		.plans = {"build a takes=30 says=5:open=c\n"
			  "build b optional exit=1\n"
			  "build c gate=a needs=b\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"5 a: open=c\n"
			"10 b ends 1\n"
			"30 a is shown\n"
			"30 a ends 0 holding 'open=c'\n"
			"30 over: a done, b failed, c skipped; status 0\n"},
	{.name = "gate: of a step that is spared",
		.plans = {"build a\n"
			  "build b else=a\n"
			  "build c gate=b\n"},
		.want = "0 a starts\n"
			"10 a ends 0\n"
			"10 over: a done, b spared, c skipped; status 0\n"},
	{.name = "gate: not opened where the step it waits for failed",
		.plans = {"build a exit=1\n"
			  "build b cleanup gate=a\n"
			  "push c cleanup needs=b\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"10 over: a failed, b skipped, c skipped; status 1\n"},
	{.name = "gate: opened as that one fails, for what may start then",
		.plans = {"build a exit=1 opens=b,c\n"
			  "build b optional cleanup gate=a\n"
			  "build c gate=a\n"
			  "push d cleanup needs=b\n"},
		.want = "0 a starts\n"
			"10 a ends 1\n"
			"10 b starts\n"
			"20 b ends 0\n"
			"20 d starts\n"
			"30 d ends 0\n"
			"30 over: a failed, b done, c skipped, d done; status 1\n"},
	{.name = "gate: opened before that one fails",
		.plans = {"build a takes=20 exit=1 says=5:open=b\n"
			  "build b optional cleanup takes=30 gate=a\n"
			  "push c cleanup needs=b\n"},
		.want = "0 a starts\n"
			"5 a: open=b\n"
			"5 b starts\n"
			"20 a is shown\n"
			"20 a ends 1 holding 'open=b'\n"
			"35 b ends 0\n"
			"35 c starts\n"
			"45 c ends 0\n"
			"45 over: a failed, b done, c done; status 1\n"},
	{.name = "gate: a signal comes, and cleanup steps behind it go on, one build at a time",
		.plans = {"build a takes=50 says=5:open=b opens=c\n"
			  "build b optional cleanup takes=30 gate=a\n"
			  "build c optional cleanup gate=a\n"
			  "push d cleanup needs=b\n"
			  "push e cleanup needs=c\n"},
		.signals = "20 TERM",
		.want = "0 a starts\n"
			"5 a: open=b\n"
			"5 b starts\n"
			"20 TERM comes\n"
			"20 told of TERM\n"
			"20 TERM to a\n"
			"21 a is shown\n"
			"21 a ends 143 by TERM stopped holding 'open=b'\n"
			"35 b ends 0\n"
			"35 c starts\n"
			"35 d starts\n"
			"45 c ends 0\n"
			"45 d ends 0\n"
			"45 e starts\n"
			"55 e ends 0\n"
			"55 over: a failed, b done, c done, d done, e done; status 143, signal "
			"TERM\n"},
	{.name = "gate: none starts when the same signal comes twice",
		.plans = {"build a takes=50 slow=20 opens=b\n"
			  "build b cleanup gate=a\n"},
		.signals = "20 TERM, 25 TERM",
		.want = "0 a starts\n"
			"20 TERM comes\n"
			"20 told of TERM\n"
			"20 TERM to a\n"
			"25 TERM comes\n"
			"25 TERM to a\n"
			"40 a ends 143 by TERM stopped\n"
			"40 over: a failed, b skipped; status 143, signal TERM\n"},
	{.name = "closed: too early, it waits once more",
		.plans = {"build a takes=50 says=5:open=b;10:halt=b,0 opens=b\n"
			  "build b optional gate=a takes=30 closes\n"},
		.want = "0 a starts\n"
			"5 a: open=b\n"
			"5 b starts\n"
			"10 a: halt=b,0\n"
			"10 TERM to b\n"
			"11 b ends 143 by TERM stopped\n"
			"50 a is shown\n"
			"50 a ends 0 holding 'open=b\n"
			"halt=b,0'\n"
			"50 b starts\n"
			"80 b ends 0\n"
			"80 over: a done, b done; status 0\n"},
	{.name = "closed: opened once more while the other one runs",
		.plans = {"build a takes=90 says=5:open=b;10:halt=b,0;40:open=b\n"
			  "build b optional gate=a takes=30 closes\n"
			  "push c needs=b\n"},
		.want = "0 a starts\n"
			"5 a: open=b\n"
			"5 b starts\n"
			"10 a: halt=b,0\n"
			"10 TERM to b\n"
			"11 b ends 143 by TERM stopped\n"
			"40 a: open=b\n"
			"40 b starts\n"
			"70 b ends 0\n"
			"70 c starts\n"
			"80 c ends 0\n"
			"90 a is shown\n"
			"90 a ends 0 holding 'open=b\n"
			"halt=b,0\n"
			"open=b'\n"
			"90 over: a done, b done, c done; status 0\n"},
	{.name = "closed: never opened again",
		.plans = {"build a takes=50 says=5:open=b;10:halt=b,0\n"
			  "build b optional gate=a takes=30 closes\n"
			  "push c needs=b\n"},
		.want = "0 a starts\n"
			"5 a: open=b\n"
			"5 b starts\n"
			"10 a: halt=b,0\n"
			"10 TERM to b\n"
			"11 b ends 143 by TERM stopped\n"
			"50 a is shown\n"
			"50 a ends 0 holding 'open=b\n"
			"halt=b,0'\n"
			"50 over: a done, b skipped, c skipped; status 0\n"},
	{.name = "closed: too late, for the other one has ended",
		.plans = {"build a takes=10 says=5:open=b\n"
			  "build b optional gate=a takes=30 says=10:halt=b,0 closes\n"
			  "push c needs=b\n"},
		.want = "0 a starts\n"
			"5 a: open=b\n"
			"5 b starts\n"
			"10 a is shown\n"
			"10 a ends 0 holding 'open=b'\n"
			"15 b: halt=b,0\n"
			"15 TERM to b\n"
			"16 b is shown\n"
			"16 b ends 143 by TERM stopped holding 'halt=b,0'\n"
			"16 over: a done, b failed, c skipped; status 0\n"},
	{.name = "closed: its second command was running, and it starts with the first",
		.plans = {"build a takes=90 says=5:open=b;20:halt=b,0;40:open=b\n"
			  "push b optional gate=a two closes\n"},
		.want = "0 a starts\n"
			"5 a: open=b\n"
			"5 b starts\n"
			"15 b goes on\n"
			"20 a: halt=b,0\n"
			"20 TERM to b\n"
			"21 b ends 143 by TERM stopped\n"
			"40 a: open=b\n"
			"40 b starts\n"
			"50 b goes on\n"
			"60 b ends 0\n"
			"90 a is shown\n"
			"90 a ends 0 holding 'open=b\n"
			"halt=b,0\n"
			"open=b'\n"
			"90 over: a done, b done; status 0\n"},

	/* ended early */
	{.name = "halt: now",
		.plans = {"build a optional takes=50 says=5:halt=a,0\n"},
		.want = "0 a starts\n"
			"5 a: halt=a,0\n"
			"5 TERM to a\n"
			"6 a is shown\n"
			"6 a ends 143 by TERM stopped holding 'halt=a,0'\n"
			"6 over: a failed; status 0\n"},
	{.name = "end: what runs is halted, and nothing else of the plan starts, no cleanup step "
		 "either",
		.plans = {"probe z adds takes=1\nbuild a takes=50 says=5:end=b;20:end=b\n",
			"build b optional cleanup takes=90\n"
			"build c optional cleanup after=b takes=10\n"
			"push d optional cleanup takes=90\n"
			"push e optional cleanup needs=d takes=10\n"},
		.want = "0 z starts\n"
			"0 a starts\n"
			"1 z ends 0\n"
			"1 b starts\n"
			"1 d starts\n"
			"5 a: end=b\n"
			"5 TERM to b\n"
			"5 TERM to d\n"
			"6 b ends 143 by TERM stopped\n"
			"6 d ends 143 by TERM stopped\n"
			"20 a: end=b\n"
			"50 a is shown\n"
			"50 a ends 0 holding 'end=b\n"
			"end=b'\n"
			"50 over: z done, a done, b failed, c skipped, d failed, e skipped; "
			"status 0\n"},
	{.name = "end: another plan goes on",
		.plans = {"probe z adds takes=1\nbuild a takes=50 says=5:end=b\n"
			  "push d optional cleanup needs=a takes=10\n",
			"build b optional cleanup deaf takes=90\n"},
		.want = "0 z starts\n"
			"0 a starts\n"
			"1 z ends 0\n"
			"1 b starts\n"
			"5 a: end=b\n"
			"5 TERM to b\n"
			"50 a is shown\n"
			"50 a ends 0 holding 'end=b'\n"
			"50 d starts\n"
			"60 d ends 0\n"
			"91 b ends 0 stopped\n"
			"91 over: z done, a done, d done, b done; status 0\n"},
	{.name = "close: what runs goes on, and nothing else of the plan starts",
		.plans = {"probe z adds takes=1\nbuild a takes=50 says=5:close=b\n",
			"build b optional cleanup takes=30\n"
			"build c optional cleanup after=b takes=10\n"},
		.want = "0 z starts\n"
			"0 a starts\n"
			"1 z ends 0\n"
			"1 b starts\n"
			"5 a: close=b\n"
			"31 b ends 0\n"
			"50 a is shown\n"
			"50 a ends 0 holding 'close=b'\n"
			"50 over: z done, a done, b done, c skipped; status 0\n"},
	{.name = "halt: later",
		.plans = {"build a optional takes=50 says=5:halt=a,20\n"},
		.want = "0 a starts\n"
			"5 a: halt=a,20\n"
			"25 TERM to a\n"
			"26 a is shown\n"
			"26 a ends 143 by TERM stopped holding 'halt=a,20'\n"
			"26 over: a failed; status 0\n"},
	{.name = "halt: it ends before",
		.plans = {"build a takes=20 says=5:halt=a,30\n"
			  "push b needs=a takes=30\n"},
		.want = "0 a starts\n"
			"5 a: halt=a,30\n"
			"20 a is shown\n"
			"20 a ends 0 holding 'halt=a,30'\n"
			"20 b starts\n"
			"50 b ends 0\n"
			"50 over: a done, b done; status 0\n"},
	{.name = "halt: not any more",
		.plans = {"build a takes=50 says=5:halt=a,20;15:halt=a,-1\n"},
		.want = "0 a starts\n"
			"5 a: halt=a,20\n"
			"15 a: halt=a,-1\n"
			"50 a is shown\n"
			"50 a ends 0 holding 'halt=a,20\n"
			"halt=a,-1'\n"
			"50 over: a done; status 0\n"},
	{.name = "halt: later than was said",
		.plans = {"build a optional takes=50 says=5:halt=a,10;12:halt=a,20\n"},
		.want = "0 a starts\n"
			"5 a: halt=a,10\n"
			"12 a: halt=a,20\n"
			"32 TERM to a\n"
			"33 a is shown\n"
			"33 a ends 143 by TERM stopped holding 'halt=a,10\n"
			"halt=a,20'\n"
			"33 over: a failed; status 0\n"},
	{.name = "halt: the one that is due first",
		.plans = {"build a optional takes=50 says=5:halt=a,20\n"
			  "build b optional takes=50 says=6:halt=b,10\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"5 a: halt=a,20\n"
			"6 b: halt=b,10\n"
			"16 TERM to b\n"
			"17 b is shown\n"
			"17 b ends 143 by TERM stopped holding 'halt=b,10'\n"
			"25 TERM to a\n"
			"26 a is shown\n"
			"26 a ends 143 by TERM stopped holding 'halt=a,20'\n"
			"26 over: a failed, b failed; status 0\n"},
	{.name = "halt: what does not run",
		.plans = {"build a takes=20 says=5:halt=b,0;6:halt=b,20\n"
			  "build b needs=a takes=30\n"},
		.want = "0 a starts\n"
			"5 a: halt=b,0\n"
			"6 a: halt=b,20\n"
			"20 a is shown\n"
			"20 a ends 0 holding 'halt=b,0\n"
			"halt=b,20'\n"
			"20 b starts\n"
			"50 b ends 0\n"
			"50 over: a done, b done; status 0\n"},
	{.name = "halt: an attempt fails, and what stands in for it runs",
		.plans = {"build a attempt takes=50 says=5:halt=a,0\n"
			  "build b else=a\n"},
		.want = "0 a starts\n"
			"5 a: halt=a,0\n"
			"5 TERM to a\n"
			"6 a ends 143 by TERM stopped holding 'halt=a,0'\n"
			"6 b starts\n"
			"16 b ends 0\n"
			"16 over: a failed, b done; status 0\n"},
	{.name = "halt: one that may not fail ends its plan",
		.plans = {"build a takes=50 says=5:halt=a,0\n"
			  "build b takes=50\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"5 a: halt=a,0\n"
			"5 TERM to a\n"
			"6 a is shown\n"
			"6 a ends 143 by TERM stopped holding 'halt=a,0'\n"
			"6 TERM to b\n"
			"7 b ends 143 by TERM stopped\n"
			"7 over: a failed, b failed; status 143\n"},
	{.name = "halt: a signal comes first",
		.plans = {"build a takes=50 slow=30 says=5:halt=a,20\n"
			  "push b cleanup after=a\n"},
		.signals = "10 TERM",
		.want = "0 a starts\n"
			"5 a: halt=a,20\n"
			"10 TERM comes\n"
			"10 told of TERM\n"
			"10 TERM to a\n"
			"25 TERM to a\n"
			"40 a is shown\n"
			"40 a ends 143 by TERM stopped holding 'halt=a,20'\n"
			"40 b starts\n"
			"50 b ends 0\n"
			"50 over: a failed, b done; status 143, signal TERM\n"},
	{.name = "attempt: what it prints is shown only where it succeeds",
		.plans = {"build a attempt exit=1 says=1:lost\n"
			  "build b attempt says=1:kept\n"},
		.want = "0 a starts\n"
			"0 b starts\n"
			"1 b: kept\n"
			"1 a: lost\n"
			"10 a ends 1 holding 'lost'\n"
			"10 b is shown\n"
			"10 b ends 0 holding 'kept'\n"
			"10 over: a failed, b done; status 0\n",
		.err = "kept\n"},
};

static unsigned
play_row(const struct row *row)
{
	struct executor_config config = {
		.terminal = row->terminal, .in_group = row->in_group, .grace = row->grace};
	struct theatre t;
	unsigned bad = 0;
	size_t i;

	theatre_open(&t, row->jobs ? row->jobs : 4);
	for (i = 0; i < 2 && row->plans[i]; i++)
		theatre_read_plan(row->plans[i]);
	theatre_read_cues(row->signals);
	theatre_run(&t, &config);
	theatre_log_states(&t);
	bad += !expect_same(row->name, t.log.buf, row->want);
	if (row->out)
		bad += !expect_same(row->name, t.shown[0].buf, row->out);
	if (row->err)
		bad += !expect_same(row->name, t.shown[1].buf, row->err);
	if (t.wrong) {
		fprintf(stderr, "# row '%s': %s\n", row->name, t.wrong);
		bad++;
	}
	theatre_close(&t);
	return bad;
}

static void
walks(void **state)
{
	unsigned bad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		bad += play_row(&rows[i]);
	assert_int_equal(bad, 0);
}

/* ---- What no row shows. ---- */

static void
slots_for_both_kinds(void **state)
{
	(void)state;
	assert_int_equal(executor_slots(1), 2);
	assert_int_equal(executor_slots(32), 64);
}

/* Plans one after the other, as conduct runs them. */
static void
run_again_with_another_plan(void **state)
{
	const struct executor_config config = {.terminal = false};
	char *other[] = {NULL};
	struct theatre t;

	(void)state;
	theatre_open(&t, 2);
	theatre_read_plan("probe a optional exit=1\n");
	theatre_read_plan("build b exit=7\npush c cleanup\n");
	theatre_read_plan("build d\n");
	theatre_run(&t, &config);
	assert_int_equal(executor_status(t.x), 0);
	/* with another environment from now on */
	executor_set_env(t.x, other);
	t.env = other;
	assert_int_equal(executor_add(t.x, &t.plans[1]), 1);
	executor_run(t.x);
	assert_int_equal(executor_status(t.x), 7);
	assert_int_equal(executor_add(t.x, &t.plans[2]), 2);
	executor_run(t.x);
	executor_run(t.x); /* there is nothing left to run */
	t.nr_added = 3;
	theatre_log_states(&t);
	expect_text("log", t.log.buf,
		"0 a starts\n"
		"10 a ends 1\n"
		"10 b starts\n"
		"10 c starts\n"
		"20 b ends 7\n"
		"20 c ends 0\n"
		"20 d starts\n"
		"30 d ends 0\n"
		"30 over: a failed, b failed, c done, d done; status 7\n");
	assert_null(t.wrong);
	theatre_close(&t);
}

/* How often it has been run, and all that it printed. */
static unsigned tries_told[3];
static size_t text_told[3];

static long
remember(void *ctx, const struct outcome *outcome)
{
	(void)ctx;
	assert_in_range(outcome->tries, 1, 3);
	tries_told[outcome->tries - 1]++;
	text_told[outcome->tries - 1] = outcome->len;
	return outcome->tries < 3 ? 10 : -1;
}

static bool
do_show(void *ctx, size_t walk, size_t step)
{
	(void)ctx;
	(void)walk;
	(void)step;
	return true;
}

static void
tries_and_text_are_told(void **state)
{
	const struct executor_events events = {.starting = on_starting,
		.showing = do_show,
		.line = on_line,
		.signalled = on_signalled,
		.ended = remember};
	static char *env[] = {NULL};
	struct executor_config config = {.system = &fake_system, .jobs = 1, .env = env};
	struct theatre t;

	(void)state;
	theatre_open(&t, 1);
	theatre_read_plan("push a two exit=0,1,1,1 says=1:hello\n");
	t.env = env;
	config.pump = &t.pump;
	config.null_fd = t.null_fd;
	t.x = executor_new(&config, &events);
	executor_add(t.x, &t.plans[0]);
	executor_run(t.x);
	assert_int_equal(executor_state(t.x, 0, 0), STATE_FAILED);
	assert_int_equal(tries_told[0], 1);
	assert_int_equal(tries_told[1], 1);
	assert_int_equal(tries_told[2], 1);
	/* both commands' output in the first try, the second one's in the others */
	assert_int_equal(text_told[0], 2 * strlen("hello\n"));
	assert_int_equal(text_told[1], strlen("hello\n"));
	assert_int_equal(text_told[2], strlen("hello\n"));
	theatre_close(&t);
}

/* ---- Writing what is still queued. ---- */

/* A wait that has the first outlet written to after the second call. */
static unsigned flush_waits;

static int
flush_wait(int nfds, fd_set *readable, fd_set *writable, long milliseconds)
{
	(void)nfds;
	assert_int_equal(milliseconds, -1);
	FD_ZERO(readable);
	flush_waits++;
	if (theatre->cues[0].at && flush_waits == 2)
		theatre->now = theatre->cues[0].at;
	if (flush_waits >= 3 && FD_ISSET((unsigned)theatre->pump.outlets[1].fd, writable))
		return 1;
	FD_ZERO(writable);
	return 0;
}

static void
open_for_flush(struct theatre *t, struct executor_system *system, const char *signals)
{
	static char *env[] = {NULL};
	const struct executor_events events = {.starting = on_starting,
		.showing = on_showing,
		.line = on_line,
		.signalled = on_signalled,
		.ended = on_ended};
	struct executor_config config = {.system = system, .jobs = 1, .env = env};

	theatre_open(t, 1);
	*system = fake_system;
	system->wait = flush_wait;
	theatre_read_cues(signals);
	config.pump = &t->pump;
	t->x = executor_new(&config, &events);
	flush_waits = 0;
}

static void
flushing(void **state)
{
	struct executor_system system;
	struct strbuf got;
	struct theatre t;
	int ends[2];

	(void)state;
	open_for_flush(&t, &system, NULL);
	expect_pipe(ends);
	t.pump.outlets[1].fd = ends[1];
	executor_flush(t.x); /* nothing is queued: it does not wait */
	assert_int_equal(flush_waits, 0);
	pump_say(&t.pump, "words\n", 6);
	executor_flush(t.x);
	assert_int_equal(flush_waits, 3);
	assert_true(pump_is_idle(&t.pump));
	assert_int_equal(executor_signal(t.x), 0);
	close(ends[1]);
	strbuf_init(&got);
	expect_read_all(ends[0], &got);
	expect_text("written", got.buf, "words\n");
	strbuf_release(&got);
	close(ends[0]);
	theatre_close(&t);
}

static void
flushing_until_a_signal_comes(void **state)
{
	struct executor_system system;
	struct theatre t;

	(void)state;
	open_for_flush(&t, &system, "5 TERM");
	pump_say(&t.pump, "words\n", 6);
	executor_flush(t.x);
	assert_int_equal(flush_waits, 2);
	assert_false(pump_is_idle(&t.pump));
	assert_int_equal(executor_signal(t.x), SIGTERM);
	theatre_close(&t);
}

/* ---- Plans by chance, against a slow model of the rules in executor.h. ---- */

struct model_step {
	const struct step *step;
	const struct spec *spec;
	enum step_state state;
	unsigned tries;
	size_t runs;
	bool second, live, stopped, own_group;
	int failed_with;
	long long at; /* it ends, or is tried again */
	struct ending ending;
};

struct model {
	const struct executor_config *config;
	unsigned jobs;
	struct model_step steps[SPECS_MAX];
	size_t nr;
	long long now, kill_at;
	bool draining, aborting;
	int status, signals[2];
	struct strbuf log;
};

static bool
is_over(enum step_state state)
{
	return state == STATE_DONE || state == STATE_SPARED || state == STATE_FAILED ||
	       state == STATE_SKIPPED;
}

static bool
is_good(enum step_state state)
{
	return state == STATE_DONE || state == STATE_SPARED;
}

static bool
is_any_live(const struct model *m)
{
	size_t i;

	for (i = 0; i < m->nr; i++) {
		if (m->steps[i].state == STATE_RUNNING && m->steps[i].live)
			return true;
	}
	return false;
}

static void
model_signal(struct model *m, struct model_step *s, int number)
{
	bool kills = number == SIGKILL;
	long long end = m->now + (kills ? 1 : s->spec->slow);

	s->stopped = true;
	if (s->at <= m->now + s->spec->slow || (s->spec->deaf && !kills))
		return;
	s->at = end;
	s->ending = (struct ending){.status = 128 + number, .signal = number};
	if (s->spec->quits >= 0 && !kills)
		s->ending = (struct ending){.status = s->spec->quits};
}

/* All that is running, or all but what goes on: pushes and cleanup steps. */
static void
model_signal_running(struct model *m, int number, bool pushes, bool from_terminal)
{
	size_t i;

	for (i = 0; i < m->nr; i++) {
		struct model_step *s = &m->steps[i];

		bool goes_on = s->step->kind == STEP_TAG_PUSH || s->step->flags & STEP_CLEANUP;

		if (s->state != STATE_RUNNING || (!pushes && goes_on))
			continue;
		s->stopped = true;
		if (s->own_group || !from_terminal)
			model_signal(m, s, number);
	}
}

static void
model_failed(struct model *m, struct model_step *s, int status)
{
	s->state = STATE_FAILED;
	if (s->step->flags & (STEP_OPTIONAL | STEP_ATTEMPT))
		return;
	if (!m->status)
		m->status = status;
	if (!m->draining)
		model_signal_running(m, SIGTERM, false, false);
	m->draining = true;
}

static void model_command(struct model *m, struct model_step *s);

static void
model_end(struct model *m, struct model_step *s)
{
	int status = s->ending.status;
	long again = -1;
	size_t i;

	if (s->ending.error)
		status = s->ending.error == ENOENT ? 127 : 126;
	if (!status && !s->second && s->step->argv[1].nr && s->stopped)
		status = 128 + SIGTERM;
	if (!status && !s->second && s->step->argv[1].nr) {
		s->second = true;
		model_command(m, s);
		return;
	}
	strbuf_addf(&m->log, "%lld %s ends %d\n", m->now, s->spec->name, status);
	if (status && !s->stopped && s->tries <= s->spec->nr_retry)
		again = s->spec->retry[s->tries - 1];
	s->state = STATE_DONE;
	if (status && again >= 0 && !m->aborting &&
		(!m->draining || s->step->flags & STEP_CLEANUP)) {
		s->state = STATE_RESTING;
		s->failed_with = status;
		s->at = m->now + again;
	} else if (status) {
		model_failed(m, s, status);
	}
	for (i = 0; i < m->nr && !m->config->terminal && !is_any_live(m); i++) {
		if (m->steps[i].state == STATE_RUNNING && m->steps[i].step->flags & STEP_LIVE)
			m->steps[i].live = true;
	}
}

static void
model_command(struct model *m, struct model_step *s)
{
	s->ending = (struct ending){0, 0, 0};
	if (s->runs < s->spec->nr_ends)
		s->ending = s->spec->ends[s->runs];
	s->runs++;
	s->at = m->now + s->spec->takes;
	s->own_group = !(s->live && m->config->in_group);
	if (s->ending.error)
		model_end(m, s);
}

static void
model_start(struct model *m, struct model_step *s)
{
	s->live = s->step->flags & STEP_LIVE && !is_any_live(m);
	s->state = STATE_RUNNING;
	s->stopped = false;
	s->tries++;
	strbuf_addf(&m->log, "%lld %s starts%s\n", m->now, s->spec->name, s->live ? " live" : "");
	model_command(m, s);
}

/* What becomes of a step that waits or is ready. */
static enum step_state
model_decide(const struct model *m, const struct model_step *s)
{
	const struct step *step = s->step;
	enum step_state other = STATE_FAILED;
	size_t i;

	for (i = 0; i < step->needs.nr; i++) {
		if (!is_over(m->steps[step->needs.v[i]].state))
			return STATE_WAITING;
	}
	for (i = 0; i < step->after.nr; i++) {
		if (!is_over(m->steps[step->after.v[i]].state))
			return STATE_WAITING;
	}
	if (step->instead_of != STEP_NONE)
		other = m->steps[step->instead_of].state;
	if (!is_over(other))
		return STATE_WAITING;
	if (m->aborting || (m->draining && !(step->flags & STEP_CLEANUP)))
		return STATE_SKIPPED;
	for (i = 0; i < step->needs.nr; i++) {
		if (!is_good(m->steps[step->needs.v[i]].state))
			return STATE_SKIPPED;
	}
	if (other != STATE_FAILED)
		return is_good(other) ? STATE_SPARED : STATE_SKIPPED;
	return STATE_READY;
}

/* Builds that store what is built take turns. */
static bool
stores(const struct model_step *s)
{
	return s->step->kind == STEP_BUILD_STAGE && s->step->flags & STEP_CLEANUP;
}

static bool
model_has_room(const struct model *m, const struct model_step *s)
{
	unsigned same = 0;
	size_t i;

	for (i = 0; i < m->nr; i++) {
		same += m->steps[i].state == STATE_RUNNING &&
			(m->steps[i].step->kind == STEP_BUILD_STAGE) ==
				(s->step->kind == STEP_BUILD_STAGE);
	}
	for (i = 0; i < m->nr && stores(s); i++) {
		if (m->steps[i].state == STATE_RUNNING && stores(&m->steps[i]))
			return false;
	}
	return same < m->jobs && !(s->step->flags & STEP_STDOUT && is_any_live(m));
}

/* Starts the first step that can be; whether there was one. */
static bool
model_start_one(struct model *m)
{
	size_t i;

	for (i = 0; i < m->nr; i++) {
		struct model_step *s = &m->steps[i];

		if (s->state == STATE_WAITING || s->state == STATE_READY)
			s->state = model_decide(m, s);
	}
	for (i = 0; i < m->nr; i++) {
		if (m->steps[i].state == STATE_READY && model_has_room(m, &m->steps[i])) {
			model_start(m, &m->steps[i]);
			return true;
		}
	}
	return false;
}

static void
model_take_signal(struct model *m, const struct cue *cue)
{
	if (m->aborting) {
		model_signal_running(m, SIGKILL, true, false);
	} else if (cue->number == m->signals[0] || cue->number == m->signals[1]) {
		m->aborting = true;
		m->kill_at = m->now + 1000;
		model_signal_running(m, SIGTERM, true, false);
	} else {
		m->signals[m->signals[0] != 0] = cue->number;
		m->draining = true;
		model_signal_running(m, cue->number, false, cue->from_terminal);
	}
}

/* What rests and would not be started any more has failed; that may end the plan, and so on. */
static void
model_give_up(struct model *m)
{
	size_t i;

	for (i = 0; i < m->nr; i++) {
		struct model_step *s = &m->steps[i];
		bool may = !m->aborting && (!m->draining || s->step->flags & STEP_CLEANUP);

		if (s->state != STATE_RESTING || may)
			continue;
		model_failed(m, s, s->failed_with);
		i = SIZE_MAX; /* from the start again */
	}
}

/* Goes on to the next thing that happens; false: nothing does any more. */
static bool
model_pass_time(struct model *m, const struct cue **cue, const struct cue *cues_end)
{
	struct model_step *next = NULL;
	long long at = -1;
	size_t i;

	for (i = 0; i < m->nr; i++) {
		struct model_step *s = &m->steps[i];

		if ((s->state == STATE_RUNNING || s->state == STATE_RESTING) &&
			(!next || s->at < next->at))
			next = s;
	}
	if (!next)
		return false;
	at = next->at;
	if (*cue < cues_end && (*cue)->at < at) {
		m->now = (*cue)->at;
		model_take_signal(m, (*cue)++);
	} else if (m->kill_at && m->kill_at < at) {
		m->now = m->kill_at;
		m->kill_at = 0;
		model_signal_running(m, SIGKILL, true, false);
	} else {
		m->now = at;
		if (next->state == STATE_RUNNING)
			model_end(m, next);
		else
			next->state = STATE_READY;
	}
	model_give_up(m);
	return true;
}

static void
model_run(struct model *m, const struct theatre *t, const struct executor_config *config)
{
	const struct cue *cue = t->cues;
	size_t i;

	*m = (struct model){.config = config, .jobs = t->jobs, .nr = t->nr_specs};
	strbuf_init(&m->log);
	for (i = 0; i < m->nr; i++) {
		m->steps[i].step = &t->plans[0].steps[i];
		m->steps[i].spec = &t->specs[i];
	}
	do {
		while (model_start_one(m))
			model_give_up(m);
	} while (model_pass_time(m, &cue, t->cues + t->nr_cues));
	for (i = 0; i < m->nr; i++)
		strbuf_addf(&m->log, "%s%s %s", i ? ", " : "", m->steps[i].spec->name,
			state_name(m->steps[i].state));
	strbuf_addf(&m->log, "; status %d signal %d\n", m->status, m->signals[0]);
}

/* Numbers by chance, always the same ones. */
static unsigned long long chance_state;

static unsigned
chance(unsigned n)
{
	chance_state = chance_state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(chance_state >> 33) % n;
}

static void
add_chance_edges(struct strbuf *out, const char *word, size_t self)
{
	unsigned n = chance(4) ? chance(2) : chance(3), i;

	for (i = 0; i < n && self; i++)
		strbuf_addf(out, "%ss%u", i ? "," : word, chance((unsigned)self));
}

/* How the commands of a step end. */
static void
add_chance_ends(struct strbuf *out, bool retried)
{
	static const char *const ends[] = {"0", "0", "0", "0", "1", "17", "k9", "e2", "e13"};
	unsigned n = 1 + chance(4), i;

	for (i = 0; i < n; i++)
		strbuf_addf(
			out, "%s%s", i ? "," : " exit=", ends[chance((unsigned)ARRAY_SIZE(ends))]);
	if (!chance(3))
		strbuf_addstr(out, " two");
	if (retried)
		strbuf_addf(out, " retry=%u,%u", chance(1000000), chance(1000000));
	strbuf_addf(out, " takes=%u slow=%u", 1 + chance(1000000), 1 + chance(100000));
	if (!chance(8))
		strbuf_addstr(out, " deaf");
	else if (!chance(6))
		strbuf_addf(out, " quits=%u", chance(3));
}

static void
add_chance_step(struct strbuf *out, size_t self)
{
	static const char *const kinds[] = {"build", "push", "pull", "probe"};
	unsigned kind = chance(4);
	bool cleanup = !chance(3);

	strbuf_addf(out, "%s s%zu%s%s%s", kinds[kind], self, cleanup ? " cleanup" : "",
		chance(2) ? " optional" : "", chance(8) ? "" : " attempt");
	strbuf_addstr(out, chance(2) ? " live" : "");
	strbuf_addstr(out, chance(6) ? "" : " stdout");
	add_chance_edges(out, " needs=", self);
	add_chance_edges(out, " after=", self);
	if (self && !chance(4))
		strbuf_addf(out, " else=s%u", chance((unsigned)self));
	add_chance_ends(out, kind != 0 && chance(2));
	strbuf_addch(out, '\n');
}

static void
add_chance_signals(struct strbuf *out, bool aborted)
{
	static const char *const names[] = {"INT", "TERM", "HUP"};
	unsigned first = chance(3), at = chance(2000000), kind = aborted ? 3 : chance(4);

	if (kind == 0 && !aborted)
		return;
	strbuf_addf(out, "%u %s%s", at, chance(2) ? "^" : "", names[first]);
	at += 1 + chance(200000);
	if (kind == 2)
		strbuf_addf(out, ", %u %s", at, names[(first + 1) % 3]);
	if (aborted)
		strbuf_addf(out, ", %u %s", at, names[first]);
	if (aborted && chance(2))
		strbuf_addf(out, ", %u %s", at + chance(900), names[chance(3)]);
}

static bool
is_start(const char *line, size_t n)
{
	const char *start = strstr(line, " starts");

	return start && start < line + n;
}

/* The lines about starts and ends, with no more than the status; then how all ended. */
static void
starts_and_ends(const struct theatre *t, struct strbuf *out)
{
	const char *line;
	size_t i, n;

	for (line = t->log.buf; *line; line += n + 1) {
		const char *end = strstr(line, " ends ");

		n = strcspn(line, "\n");
		if (end && end < line + n)
			strbuf_add(out, line,
				(size_t)(end - line) + 6 + strspn(end + 6, "0123456789"));
		else if (is_start(line, n))
			strbuf_add(out, line, n);
		else
			continue;
		strbuf_addch(out, '\n');
	}
	for (i = 0; i < t->nr_specs; i++)
		strbuf_addf(out, "%s%s %s", i ? ", " : "", t->specs[i].name,
			state_name(executor_state(t->x, 0, i)));
	strbuf_addf(out, "; status %d signal %d\n", executor_status(t->x), executor_signal(t->x));
}

static bool
play_by_chance(unsigned number)
{
	struct executor_config config = {.terminal = false};
	struct strbuf plan, signals, got;
	bool aborted, good;
	size_t n, i;
	struct theatre t;
	struct model m;
	char *name;

	chance_state = number;
	chance(1);
	strbuf_init(&plan);
	strbuf_init(&signals);
	strbuf_init(&got);
	aborted = !chance(5);
	config.terminal = !chance(3);
	config.in_group = !chance(3);
	theatre_open(&t, 1 + chance(3));
	for (i = 0, n = 1 + chance(9); i < n; i++)
		add_chance_step(&plan, i);
	add_chance_signals(&signals, aborted);
	theatre_read_plan(plan.buf);
	theatre_read_cues(signals.buf);
	model_run(&m, &t, &config);
	theatre_run(&t, &config);
	starts_and_ends(&t, &got);
	name = xasprintf("%u: jobs %u%s%s, signals %s", number, t.jobs,
		config.terminal ? ", terminal" : "", config.in_group ? ", in group" : "",
		signals.buf);
	good = expect_same(name, got.buf, m.log.buf);
	if (t.wrong)
		fprintf(stderr, "# row '%s': %s\n", name, t.wrong);
	good &= !t.wrong;
	if (!good)
		expect_show("plan", plan.buf);
	free(name);
	strbuf_release(&m.log);
	strbuf_release(&plan);
	strbuf_release(&signals);
	strbuf_release(&got);
	theatre_close(&t);
	return good;
}

static void
plans_by_chance(void **state)
{
	unsigned i, bad = 0;

	(void)state;
	for (i = 0; i < 4000 && bad < 3; i++)
		bad += !play_by_chance(i);
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks),
		cmocka_unit_test(slots_for_both_kinds),
		cmocka_unit_test(run_again_with_another_plan),
		cmocka_unit_test(tries_and_text_are_told),
		cmocka_unit_test(flushing),
		cmocka_unit_test(flushing_until_a_signal_comes),
		cmocka_unit_test(plans_by_chance),
	};

	alarm(WATCHDOG);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
