/*
 * main: wiring, and the only exit.
 */
#include <stdlib.h>
#include <unistd.h>

#include "conduct.h"
#include "facts.h"
#include "report.h"

/* Carries out a run: from here on signals are ours to handle. */
static struct verdict
run(const struct options *o, const struct facts *f, struct strbuf *err)
{
	struct pump pump;
	struct report report;
	struct verdict verdict;
	struct conduct_config config = {.o = o, .f = f, .pump = &pump};
	int out = facts_open_output(1), err_out = facts_open_output(2);

	sigwatch_start();
	pump_init(&pump, executor_slots(o->jobs), f->tmpdir, f->one_output, out, err_out);
	report_init(&report, &pump);
	config.null_fd = facts_open_null();
	config.listener = (struct listener){report_event, &report};
	verdict = o->program == PROGRAM_BUILD ? conduct_build(&config, err)
					      : conduct_helper(&config);
	close(config.null_fd);
	report_release(&report);
	pump_release(&pump);
	if (out != 1)
		close(out);
	if (err_out != 2)
		close(err_out);
	return verdict;
}

static struct verdict
read_facts_and_run(const struct options *o, struct strbuf *out, struct strbuf *err)
{
	struct facts facts;
	struct verdict verdict;

	facts_read(&facts, o);
	if (o->dry_run != DRY_RUN_NO && o->program == PROGRAM_BUILD)
		verdict = conduct_dry_run(o, &facts, out, err);
	else
		verdict = run(o, &facts, err);
	facts_release(&facts);
	return verdict;
}

int
main(int argc, char *argv[])
{
	struct options o;
	struct strbuf out, err;
	struct verdict verdict = {0, 0};

	(void)argc;
	facts_open_standard();
	strbuf_init(&out);
	strbuf_init(&err);
	if (!options_parse(&o, argv, &facts_env, &err))
		verdict.status = STATUS_USAGE;
	else if (o.help)
		options_help(&o, &out);
	else if (o.version)
		report_version(&out);
	else
		verdict = read_facts_and_run(&o, &out, &err);
	if (verdict.status == STATUS_USAGE && err.len)
		report_usage(o.program, &err);
	if (!report_print(&out) && !verdict.status)
		verdict.status = 1;
	options_release(&o);
	strbuf_release(&out);
	strbuf_release(&err);
	if (verdict.signal)
		sigwatch_die(verdict.signal);
	exit(verdict.status);
}
