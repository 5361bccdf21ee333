/*
 * main: wiring, and the only exit.
 */
#include <stdlib.h>
#include <unistd.h>

#include "completion.h"
#include "conduct.h"
#include "dry_run.h"
#include "facts.h"
#include "preview.h"
#include "report.h"
#include "secrets.h"

typedef struct verdict carry_out_fn(const struct conduct_config *config, struct strbuf *text);

static struct verdict
helper(const struct conduct_config *config, struct strbuf *text)
{
	(void)text;
	return conduct_helper(config);
}

/* Carries out a run: while it does, signals are ours to handle. */
static struct verdict
run(const struct options *o, const struct facts *f, carry_out_fn *carry_out, struct strbuf *text)
{
	struct pump pump;
	struct record record;
	struct report report;
	struct verdict verdict;
	struct conduct_config config = {.o = o, .f = f, .pump = &pump};
	int out = facts_open_output(1), err_out = facts_open_output(2);

	sigwatch_start();
	if (f->ci.name)
		sigwatch_follow_parent();
	if (f->plugin_socket)
		sigwatch_follow_socket(f->plugin_socket);
	pump_init(&pump, executor_slots(o->jobs), f->tmpdir, f->one_output, out, err_out);
	record_init(&record, o->image);
	report_init(&report, &pump, &record, o->quiet);
	report.columns = f->columns;
	report.fold = fold_of(f->ci.name);
	config.null_fd = facts_open_null();
	config.listener = (struct listener){report_event, &report};
	verdict = carry_out(&config, text);
	close(config.null_fd);
	if (carry_out == conduct_build)
		report_files(&record, o, f);
	report_release(&report);
	record_release(&record);
	pump_release(&pump);
	sigwatch_stop();
	if (out != 1)
		close(out);
	if (err_out != 2)
		close(err_out);
	return verdict;
}

static struct verdict
read_facts_and_run(struct options *o, struct strbuf *out, struct strbuf *err)
{
	struct facts facts;
	struct verdict verdict;

	facts_read(&facts, o);
	if (facts.input_error) {
		report_no_input(facts.input_error);
		verdict = (struct verdict){.status = 1};
	} else if (o->explain && o->program == PROGRAM_BUILD) {
		verdict = preview(o, &facts, out, err);
	} else if (o->dry_run != DRY_RUN_NO && o->program == PROGRAM_BUILD) {
		secrets_hide(o);
		verdict = dry_run(o, &facts, out, err);
	} else {
		verdict = run(o, &facts, o->program == PROGRAM_BUILD ? conduct_build : helper, err);
	}
	facts_release(&facts);
	return verdict;
}

/* Parses once more, when docker has said what it knows of a flag that we do not. */
static bool
parse_with_help(struct options *o, char *argv[], struct verdict *verdict, struct strbuf *err)
{
	struct facts facts;
	struct strbuf help;
	bool good;

	facts_read_terminal(&facts);
	strbuf_init(&help);
	*verdict = run(o, &facts, conduct_build_help, &help);
	facts_release(&facts);
	options_release(o);
	good = options_parse(o, argv, &facts_env, help.buf, err);
	strbuf_release(&help);
	return good;
}

static struct verdict
build(struct options *o, char *argv[], struct strbuf *out, struct strbuf *err)
{
	struct verdict verdict = {0, 0};

	if (o->asks_help && o->dry_run == DRY_RUN_NO && !o->explain &&
		!parse_with_help(o, argv, &verdict, err))
		verdict.status = STATUS_USAGE;
	return verdict.status || verdict.signal ? verdict : read_facts_and_run(o, out, err);
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
	if (!options_parse(&o, argv, &facts_env, NULL, &err))
		verdict.status = STATUS_USAGE;
	else if (o.help)
		options_help(&o, &out);
	else if (o.version)
		report_version(&out);
	else if (o.completion)
		completion_script(o.completion, &out);
	else if (o.metadata)
		report_metadata(&out);
	else if (o.program != PROGRAM_BUILD && o.dry_run != DRY_RUN_NO)
		dry_run_helper(&o, &out);
	else
		verdict = build(&o, argv, &out, &err);
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
