#include "rows.h"

#include "build_args.h"

static const struct row {
	const char *name, *given, *want;
} platforms[] = {
	{"as it is", "linux/amd64", "linux/amd64"},
	{"an architecture alone", "arm64", "linux/arm64"},
	{"as uname has it", "x86_64", "linux/amd64"},
	{"as uname has it, ARM", "aarch64", "linux/arm64"},
	{"as docker info has it", "linux/x86_64", "linux/amd64"},
	{"the variant that all have", "linux/arm64/v8", "linux/arm64"},
	{"a variant", "linux/arm/v6", "linux/arm/v6"},
	{"ARM without a variant", "linux/arm", "linux/arm/v7"},
	{"a variant of amd64", "linux/amd64/v3", "linux/amd64/v3"},
	{"in upper case", "Linux/AMD64", "linux/amd64"},
	{"another system", "windows/amd64", "windows/amd64"},
	{"not known", "riscv64", "linux/riscv64"},
	{"a variant without a system", "arm/v7", "linux/arm/v7"},
};

static void
is_normal(void **state)
{
	const struct row *row = *state;
	char *got = platform_normal(row->given);

	assert_string_equal(got, row->want);
	free(got);
}

/* SET is the one variable there is. */
static const char *
get(const void *ctx, const char *name)
{
	(void)ctx;
	return str_eq(name, "SET") ? "from-env" : NULL;
}

/* What a command line gives: target; values; variables of the platform; contexts. */
static const struct gift {
	const char *name, *words, *engine, *default_platform, *want;
} gifts[] = {
	{"nothing", "img", NULL, NULL, "-;"},
	{"values, and one from the environment",
		"img --build-arg A=1 --build-arg SET --build-arg UNSET", NULL, NULL,
		"-; A=1 SET=from-env"},
	{"an empty value", "img --build-arg A=", NULL, NULL, "-; A="},
	{"the engine's platform", "img", "x86_64", NULL,
		"linux/amd64; BUILDPLATFORM=linux/amd64 BUILDOS=linux BUILDARCH=amd64 "
		"BUILDVARIANT= "
		"BUILDOSVERSION= TARGETPLATFORM=linux/amd64 TARGETOS=linux TARGETARCH=amd64 "
		"TARGETVARIANT= TARGETOSVERSION="},
	{"another one", "img --platform linux/arm/v6", "x86_64", NULL,
		"linux/arm/v6; BUILDPLATFORM=linux/amd64 BUILDOS=linux BUILDARCH=amd64 "
		"BUILDVARIANT= "
		"BUILDOSVERSION= TARGETPLATFORM=linux/arm/v6 TARGETOS=linux TARGETARCH=arm "
		"TARGETVARIANT=v6 TARGETOSVERSION="},
	{"the default one", "img", NULL, "linux/s390x",
		"linux/s390x; TARGETPLATFORM=linux/s390x TARGETOS=linux TARGETARCH=s390x "
		"TARGETVARIANT= "
		"TARGETOSVERSION="},
	{"the flag before the default", "img --platform=linux/amd64", NULL, "linux/s390x",
		"linux/amd64; TARGETPLATFORM=linux/amd64 TARGETOS=linux TARGETARCH=amd64 "
		"TARGETVARIANT= "
		"TARGETOSVERSION="},
	{"several: none of the target's is known", "img --platform linux/amd64,linux/aarch64", NULL,
		NULL, "linux/amd64,linux/arm64;"},
	{"several flags", "img --platform linux/amd64 --platform arm64", NULL, NULL,
		"linux/amd64,linux/arm64;"},
	{"an ARM machine's variant is not known", "img", "armv7l", NULL, "linux/arm/v7;"},
	{"an empty one", "img --platform=", NULL, NULL, "-;"},
	{"contexts", "img --build-context a=b --build-context c:1=docker-image://d", NULL, NULL,
		"-; +a +c:1"},
};

static void
gives(void **state)
{
	const struct gift *row = *state;
	const struct lookup env = {get, NULL};
	struct options o;
	struct build_args b;
	struct strvec argv;
	struct strbuf got;
	const char *p;
	size_t n, i;

	strvec_init(&argv);
	strvec_push(&argv, "docker-build-remote-cache");
	for (p = row->words; *p; p += n + (p[n] == ' ')) {
		n = strcspn(p, " ");
		strvec_take(&argv, xstrndup(p, n));
	}
	strbuf_init(&got);
	assert_true(options_parse(&o, argv.v, &env, NULL, &got));
	build_args_make(&b, &o, &env, row->engine, row->default_platform);
	strbuf_addf(&got, "%s;", b.target ? b.target : "-");
	for (i = 0; i < b.given.nr; i++)
		strbuf_addf(&got, " %s", b.given.v[i]);
	for (i = 0; i < b.platform.nr; i++)
		strbuf_addf(&got, " %s", b.platform.v[i]);
	for (i = 0; i < b.contexts.nr; i++)
		strbuf_addf(&got, " +%s", b.contexts.v[i]);
	assert_string_equal(got.buf, row->want);
	build_args_release(&b);
	options_release(&o);
	strvec_release(&argv);
	strbuf_release(&got);
}

static void
the_last_of_one_name_counts(void **state)
{
	char *argv[] = {(char[]){"x"}, (char[]){"img"}, (char[]){"--build-arg=A=1"},
		(char[]){"--build-arg=AB=3"}, (char[]){"--build-arg=A=2"}, NULL};
	const struct lookup env = {get, NULL};
	struct options o;
	struct build_args b;
	struct strbuf err;

	(void)state;
	strbuf_init(&err);
	assert_true(options_parse(&o, argv, &env, NULL, &err));
	build_args_make(&b, &o, &env, NULL, NULL);
	assert_string_equal(lookup_get(&b.args.build, "A"), "2");
	assert_null(lookup_get(&b.args.build, "B"));
	assert_null(lookup_get(&b.args.platform, "TARGETARCH"));
	build_args_release(&b);
	options_release(&o);
	strbuf_release(&err);
}

int
main(void)
{
	add_rows(is_normal, platforms);
	add_rows(gives, gifts);
	add_test(the_last_of_one_name_counts);
	return run_all();
}
