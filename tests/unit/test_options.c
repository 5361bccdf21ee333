#include "rows.h"

#include "docker_flags.h"
#include "options.h"
#include "own_options.h"

/* ---- command lines and environments as texts: words with a blank between, '' for an empty one
 * ---- */

static void
split(struct strvec *words, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, " ");

		if (n == 2 && strncmp(text, "''", 2) == 0)
			strvec_push(words, "");
		else if (n)
			strvec_take(words, xstrndup(text, n));
		text += n + (text[n] == ' ');
	}
}

/* A variable of an environment that is a vector of NAME=VALUE; a '+' in VALUE stands for a blank.
 */
struct environment {
	struct strvec assignments;
};

static const char *
get(const void *ctx, const char *name)
{
	const struct environment *env = ctx;
	size_t i;

	for (i = 0; i < env->assignments.nr; i++) {
		const char *value = str_skip_prefix(env->assignments.v[i], name);

		if (value && *value == '=')
			return value + 1;
	}
	return NULL;
}

static void
fill_environment(struct environment *env, const char *text)
{
	size_t i;
	char *c;

	strvec_init(&env->assignments);
	split(&env->assignments, text);
	for (i = 0; i < env->assignments.nr; i++) {
		for (c = env->assignments.v[i]; *c; c++)
			*c = *c == '+' ? ' ' : *c;
	}
}

/* ---- struct options as a text: what is not as if nothing had been given ---- */

static void
show_words(struct strbuf *out, const char *what, const struct strvec *words)
{
	if (!words->nr)
		return;
	strbuf_addf(out, "%s%s=", out->len ? "; " : "", what);
	strbuf_add_command(out, words->v);
}

static void
show_text(struct strbuf *out, const char *what, const char *text)
{
	if (!text)
		return;
	strbuf_addf(out, "%s%s=", out->len ? "; " : "", what);
	strbuf_add_quoted(out, text);
}

static void
show_if(struct strbuf *out, const char *what, bool shown)
{
	if (shown)
		strbuf_addf(out, "%s%s", out->len ? "; " : "", what);
}

static void
show_number(struct strbuf *out, const char *what, unsigned n, unsigned usual)
{
	if (n != usual)
		strbuf_addf(out, "%s%s=%u", out->len ? "; " : "", what, n);
}

/* The -t beside IMAGE, which in the drop-in form is a -t itself. */
static void
show_tags(struct strbuf *out, const struct options *o)
{
	struct strvec others;
	size_t i;

	strvec_init(&others);
	for (i = 0; i < o->tags.nr; i++) {
		if (!str_eq(o->tags.v[i], o->image))
			strvec_push(&others, o->tags.v[i]);
	}
	show_words(out, "tags", &others);
	strvec_release(&others);
}

static void
show_docker(struct strbuf *out, const struct options *o)
{
	static const char *const push[] = {NULL, "no", "yes"};

	show_text(out, "image", o->image);
	show_if(out, "drop-in", o->drop_in);
	show_tags(out, o);
	show_words(out, "contexts", &o->contexts);
	show_words(out, "every", &o->every);
	show_words(out, "final", &o->final);
	show_text(out, "target", o->target);
	show_text(out, "file", o->file);
	show_words(out, "cache-from", &o->cache_from);
	show_words(out, "cache-to", &o->cache_to);
	show_words(out, "no-cache-filter", &o->no_cache_filter);
	show_if(out, "no-cache", o->no_cache);
	show_if(out, "quiet", o->quiet);
	show_text(out, "push", push[o->push]);
	show_text(out, "load", push[o->load]);
	show_if(out, "plain", o->plain);
}

static void
show_own(struct strbuf *out, const struct options *o)
{
	static const char *const modes[] = {NULL, "pull", "inline", "registry"};
	static const char *const shared[] = {NULL, "always", "never"};
	static const char *const dry_run[] = {NULL, "text", "json"};

	show_words(out, "stages", &o->cache_stages);
	show_words(out, "fallbacks", &o->cache_fallbacks);
	show_text(out, "branch", o->cache_branch);
	show_text(out, "default", o->cache_default_branch);
	show_text(out, "repo", o->cache_repo);
	show_text(out, "key", o->cache_key);
	show_text(out, "prefix", o->cache_prefix);
	show_text(out, "mode", modes[o->mode]);
	show_text(out, "shared", shared[o->shared]);
	show_if(out, "read-only", o->read_only);
	show_number(out, "jobs", o->jobs, 4);
	show_number(out, "retries", o->retries, 3);
	show_number(out, "checkpoint", o->checkpoint, 10);
	show_number(out, "grace", o->grace, 8);
	show_text(out, "report", o->report);
	show_text(out, "summary", o->summary);
	show_text(out, "dotenv", o->dotenv);
	show_text(out, "completion", o->completion);
	show_if(out, "explain", o->explain);
	show_text(out, "dry-run", dry_run[o->dry_run]);
	show_text(out, "docker", str_eq(o->docker, "docker") ? NULL : o->docker);
}

/* Of a request for help nothing else counts. */
static void
show(struct strbuf *out, const struct options *o)
{
	show_if(out, "docker-pull-tag", o->program == PROGRAM_PULL_TAG);
	show_if(out, "docker-tag-push", o->program == PROGRAM_TAG_PUSH);
	show_if(out, "help", o->help);
	show_if(out, "version", o->version);
	if (o->help || o->version)
		return;
	assert_non_null(o->docker);
	show_words(out, "references", &o->references);
	if (o->program == PROGRAM_BUILD)
		show_docker(out, o);
	show_own(out, o);
}

/* Parses, and shows the result, or "!" and the error. */
static void
parse_argv(struct strbuf *out, char *const argv[], const char *environment)
{
	struct environment env;
	const struct lookup map = {get, &env};
	struct options o;
	struct strbuf err;

	fill_environment(&env, environment ? environment : "");
	strbuf_init(&err);
	if (options_parse(&o, argv, &map, NULL, &err)) {
		assert_int_equal(err.len, 0);
		show(out, &o);
	} else {
		assert_true(err.len > 0);
		strbuf_addf(out, "!%s", err.buf);
	}
	options_release(&o);
	strbuf_release(&err);
	strvec_release(&env.assignments);
}

static void
parse(struct strbuf *out, const char *program, const char *words, const char *environment)
{
	struct strvec argv;

	strvec_init(&argv);
	strvec_push(&argv, program ? program : "docker-build-remote-cache");
	split(&argv, words);
	parse_argv(out, argv.v, environment);
	strvec_release(&argv);
}

/* A usage error is one line, and holds what is wanted of it; all else is shown in full. */
static void
check_shown(const struct strbuf *got, const char *want)
{
	if (want[0] != '!') {
		assert_string_equal(got->buf, want);
		return;
	}
	assert_null(strchr(got->buf, '\n'));
	if (got->buf[0] != '!' || !strstr(got->buf, want + 1))
		fail_msg("'%s' instead of '%s'", got->buf, want);
}

/* A command line, without the program. */
static const struct line {
	const char *name, *want;
} lines[] = {
	/* the two forms */
	{"img", "image=img"},
	{"img .", "image=img; contexts=."},
	{"img -", "image=img; contexts=-"},
	{"img https://x/y.git#main:dir", "image=img; contexts='https://x/y.git#main:dir'"},
	{"img . more", "image=img; contexts=. more"},
	{"reg.io:5000/a/b:c .", "image=reg.io:5000/a/b:c; contexts=."},
	{"-t img .", "image=img; drop-in; contexts=."},
	{"-t img a b --check", "image=a; tags=img; contexts=b; plain"},
	{"-t img --future a b", "image=img; drop-in; contexts=a b; every=--future"},
	{"-t img", "image=img; drop-in; plain"},
	{". -t img", "image=img; drop-in; contexts=."},
	{"-t img -t b -t c .", "image=img; drop-in; tags=b c; contexts=."},
	{"-t img -", "image=img; drop-in; contexts=-"},
	{"-t img ''", "image=img; drop-in; contexts=''"},
	{"img . -t b", "image=img; tags=b; contexts=."},
	{"-t b img -t c .", "image=img; tags=b c; contexts=."},
	{"-t b img . more", "image=img; tags=b; contexts=. more"},
	{"img -t b", "image=b; drop-in; contexts=img"}, /* the lone one is the context */
	{"", "!no image given"},
	{"''", "!no image given"},
	{"'' .", "!no image given"},
	{"--pull -q", "!no image given"},
	{".", "!no image given: '.' is a path"},
	{"--iidfile x ./sub", "!no image given: './sub' is a path"},
	{"/src .", "!no image given: '/src' is a path"},

	/* positionals and flags mix, and -- ends flags */
	{"--pull img -q . --rm", "image=img; contexts=.; every=--pull --rm; quiet"},
	{"-- img .", "image=img; contexts=."},
	{"img -- --pull", "image=img; contexts=--pull"},
	{"img -- -q", "image=img; contexts=-q"},
	{"img -- --", "image=img; contexts=--"},
	{"-t img -- --", "image=img; drop-in; contexts=--"},
	{"-t img -- -- .", "image=--; tags=img; contexts=."},
	{"-t img -- -t b", "image=-t; tags=img; contexts=b"},
	{"img --", "image=img"},
	{"-- --help", "image=--help"},
	{"-- --cache-mode pull", "image=--cache-mode; contexts=pull"},

	/* values */
	{"-timg .", "image=img; drop-in; contexts=."},
	{"-t=img .", "image=img; drop-in; contexts=."},
	{"--tag img .", "image=img; drop-in; contexts=."},
	{"--tag=img .", "image=img; drop-in; contexts=."},
	{"--tag=a=b .", "image=a=b; drop-in; contexts=."},
	{"-t=a=b .", "image=a=b; drop-in; contexts=."},
	{"-t==a .", "image==a; drop-in; contexts=."},
	{"-t= .", "image==; drop-in; contexts=."}, /* pflag: with nothing behind it, a value */
	{"--tag= .", "image=''; drop-in; contexts=."},
	{"-t '' .", "image=''; drop-in; contexts=."},
	{"-t -q .", "image=-q; drop-in; contexts=."},
	{"--tag --pull .", "image=--pull; drop-in; contexts=."},
	{"-t -- .", "image=--; drop-in; contexts=."},
	{"-t - .", "image=-; drop-in; contexts=."},
	{"img -f a -f b", "image=img; file=b"},
	{"img -f -", "image=img; file=-"},
	{"img --target a --target=b", "image=img; target=b"},
	{"img --target=", "image=img"},
	{"img --target a --target=", "image=img"},
	{"img --build-arg A=b --build-arg=C=d", "image=img; every=--build-arg A=b --build-arg=C=d"},
	{"img --build-arg=", "image=img; every=--build-arg="},
	{"img --build-arg ''", "image=img; every=--build-arg ''"},
	{"img --cache-from a,b --cache-from=c", "image=img; cache-from=a,b c"},
	{"img --label a=b --label=c", "image=img; final=--label a=b --label=c"},
	{"img -o a -oa -o=a --output=a", "image=img; final=-o a -o a -o=a --output=a"},
	{"img -m1g -m=1g -m 1g", "image=img; every=-m 1g -m=1g -m 1g"},
	{"img --provenance false", "image=img; final=--provenance false"},

	/* booleans */
	{"--pull false .", "image=false; contexts=.; every=--pull"},
	{"--pull=false img", "image=img; every=--pull=false"},
	{"--no-cache img", "image=img; no-cache"},
	{"--no-cache=1 img", "image=img; no-cache"},
	{"--no-cache --no-cache=false img", "image=img"},
	{"--no-cache=false --no-cache img", "image=img; no-cache"},
	{"--push img", "image=img; push=yes"},
	{"--push=F img", "image=img; push=no"},
	{"--push=false --push=t img", "image=img; push=yes"},
	{"--load img", "image=img; load=yes"},
	{"--load=FALSE img", "image=img; load=no"},
	{"--quiet img", "image=img; quiet"},
	{"-q -q=false img", "image=img"},
	{"--rm=false img", "image=img; every=--rm=false"},

	/* all at once, in both orders: none changes another */
	{"-q --no-cache --push --load -f f --target t --cache-from a --cache-to b "
	 "--no-cache-filter c --pull --label d -t e img .",
		"image=img; tags=e; contexts=.; every=--pull; final=--label d; target=t; file=f; "
		"cache-from=a; cache-to=b; no-cache-filter=c; no-cache; quiet; push=yes; load=yes"},
	{". -t e --label d --pull --no-cache-filter c --cache-to b --cache-from a --target t -f f "
	 "--load=0 --push=0 --no-cache -q",
		"image=e; drop-in; contexts=.; every=--pull; final=--label d; target=t; file=f; "
		"cache-from=a; cache-to=b; no-cache-filter=c; no-cache; quiet; push=no; load=no"},

	/* bundles */
	{"-qt img .", "image=img; drop-in; contexts=.; quiet"},
	{"-qtimg .", "image=img; drop-in; contexts=.; quiet"},
	{"-qt=img .", "image=img; drop-in; contexts=.; quiet"},
	{"-qt= .", "image==; drop-in; contexts=.; quiet"},
	{"-qfX img", "image=img; file=X; quiet"},
	{"-qf X img", "image=img; file=X; quiet"},
	{"-fqX img", "image=img; file=qX"},
	{"-qq=false img", "image=img"},
	{"-qD=false img", "image=img; every=-D=false; quiet"},
	{"-Dqt img .", "image=img; drop-in; contexts=.; every=-D; quiet"},
	{"-qc 5 img", "image=img; every=-c 5; quiet"},
	{"-qDc=5 img", "image=img; every=-D -c=5; quiet"},

	/* what docker has to refuse */
	{"img -t", "image=img; plain"},
	{"img --tag", "image=img; plain"},
	{"img --build-arg", "image=img; plain"},
	{"img -qf", "image=img; quiet; plain"},
	{"img --pull=maybe", "image=img; every=--pull=maybe; plain"},
	{"img --pull=", "image=img; every=--pull=; plain"},
	{"img --no-cache=maybe", "image=img; plain"},
	{"img -q=maybe", "image=img; plain"},
	{"img --help=maybe", "image=img; plain"},
	{"img --check", "image=img; plain"},
	{"img --check=false", "image=img"},
	{"img --call=build", "image=img"},
	{"img --call=outline", "image=img; plain"},
	{"img --call outline .", "image=img; contexts=.; plain"},
	{"img --print x", "image=img; plain"},

	/* what nobody knows goes to docker */
	{"img --new", "image=img; every=--new"},
	{"img --new=x --newer", "image=img; every=--new=x --newer"},
	{"img --build-ar=x", "image=img; every=--build-ar=x"}, /* no abbreviations */
	{"img --cache-stag=x", "image=img; every=--cache-stag=x"},
	{"img --TAG=x", "image=img; every=--TAG=x"},
	{"img ---x", "image=img; every=---x"},
	{"img --=x", "image=img; every=--=x"},
	{"img -Z", "image=img; every=-Z"},
	{"img -qZx", "image=img; every=-Zx; quiet"},
	{"img -q=", "image=img; every=-=; quiet"},

	/* our own */
	{"--cache-stage a --cache-stage=b img", "image=img; stages=a b"},
	{"--cache-fallback a --cache-fallback=b/c img", "image=img; fallbacks=a b/c"},
	{"--cache-branch a --cache-branch=b img", "image=img; branch=b"},
	{"--cache-branch --pull img", "image=img; branch=--pull"},
	{"--cache-branch=a=b img", "image=img; branch=a=b"},
	{"--cache-default-branch trunk img", "image=img; default=trunk"},
	{"--cache-key k img", "image=img; key=k"},
	{"--cache-repo reg:5000/a/b img", "image=img; repo=reg:5000/a/b"},
	{"--cache-prefix p- img", "image=img; prefix=p-"},
	{"--cache-prefix 0123456789012345678901234567890a img",
		"image=img; prefix=0123456789012345678901234567890a"},
	{"--cache-mode auto img", "image=img"},
	{"--cache-mode pull img", "image=img; mode=pull"},
	{"--cache-mode=inline img", "image=img; mode=inline"},
	{"--cache-mode registry img", "image=img; mode=registry"},
	{"--cache-mode pull --cache-mode auto img", "image=img"},
	{"--cache-shared default img", "image=img"},
	{"--cache-shared never --cache-shared default img", "image=img"},
	{"--cache-shared always img", "image=img; shared=always"},
	{"--cache-shared never img", "image=img; shared=never"},
	{"--cache-read-only img", "image=img; read-only"},
	{"--cache-read-only=T img", "image=img; read-only"},
	{"--cache-read-only --cache-read-only=0 img", "image=img"},
	{"--cache-read-only false", "image=false; read-only"}, /* never takes the next word */
	{"--jobs 1 img", "image=img; jobs=1"},
	{"--jobs=32 img", "image=img; jobs=32"},
	{"--jobs 008 img", "image=img; jobs=8"},
	{"--retries 0 img", "image=img; retries=0"},
	{"--retries 100 img", "image=img; retries=100"},
	{"--checkpoint 0 img", "image=img; checkpoint=0"},
	{"--grace 0 img", "image=img; grace=0"},
	{"--grace=3600 img", "image=img; grace=3600"},
	{"--checkpoint=86400 img", "image=img; checkpoint=86400"},
	{"--dry-run img", "image=img; dry-run=text"},
	{"--dry-run=true img", "image=img; dry-run=text"},
	{"--dry-run=json img", "image=img; dry-run=json"},
	{"--dry-run --dry-run=false img", "image=img"},
	{"--dry-run json", "image=json; dry-run=text"},
	{"img --cache-mode pull . -t b --jobs 2",
		"image=img; tags=b; contexts=.; mode=pull; jobs=2"},
	{"-t img --cache-mode pull .", "image=img; drop-in; contexts=.; mode=pull"},

	/* errors of ours */
	{"img --cache-branch", "!--cache-branch"},
	{"img --jobs", "!--jobs"},
	{"img --cache-branch=", "!--cache-branch: ''"},
	{"img --cache-stage ''", "!--cache-stage: ''"},
	{"img --cache-key=", "!--cache-key: ''"},
	{"img --cache-repo a:b", "!--cache-repo: 'a:b'"},
	{"img --cache-repo localhost:5000", "!--cache-repo: 'localhost:5000'"},
	{"img --cache-repo "
	 "a@sha256:0000000000000000000000000000000000000000000000000000000000000000",
		"!--cache-repo: 'a@sha256:"},
	{"img --cache-repo UPPER", "!--cache-repo: 'UPPER'"},
	{"img --cache-repo=", "!--cache-repo: ''"},
	{"img --cache-prefix -p", "!--cache-prefix: '-p'"},
	{"img --cache-prefix a/b", "!--cache-prefix: 'a/b'"},
	{"img --cache-prefix 01234567890123456789012345678901a", "!--cache-prefix: '0123"},
	{"img --cache-prefix=", "!--cache-prefix: ''"},
	{"img --cache-mode local", "!--cache-mode: 'local'"},
	{"img --cache-mode local", "!auto, pull, inline, registry"},
	{"img --cache-shared yes", "!default, always, never"},
	{"img --dry-run=yaml", "!false, true, json"},
	{"img --jobs 0", "!from 1 to 32"},
	{"img --retries 101", "!from 0 to 100"},
	{"img --checkpoint 86401", "!from 0 to 86400"},
	{"img --grace 3601", "!from 0 to 3600"},
	{"img --checkpoint 1.5", "!from 0 to 86400"},
	{"img --cache-mode PULL", "!--cache-mode: 'PULL'"},
	{"img --cache-mode=", "!--cache-mode: ''"},
	{"img --cache-shared yes", "!--cache-shared: 'yes'"},
	{"img --cache-read-only=maybe", "!--cache-read-only: 'maybe'"},
	{"img --dry-run=yaml", "!--dry-run: 'yaml'"},
	{"img --jobs 0", "!--jobs: '0'"},
	{"img --jobs 33", "!--jobs: '33'"},
	{"img --jobs -1", "!--jobs: '-1'"},
	{"img --jobs +1", "!--jobs: '+1'"},
	{"img --jobs 4x", "!--jobs: '4x'"},
	{"img --jobs 1.5", "!--jobs: '1.5'"},
	{"img --jobs=", "!--jobs: ''"},
	{"img --jobs 4294967297", "!--jobs: '4294967297'"},
	{"img --jobs 99999999999999999999999999", "!--jobs: '99999"},
	{"img --retries 101", "!--retries: '101'"},

	/* requests */
	{"--help", "help"},
	{"-h", "help"},
	{"-qh", "help"},
	{"img . --help --new", "help"},
	{"--help -t", "help"},
	{"--version", "version"},
	{"img --version", "version"},
	{"--help=false img", "image=img"},
	{"-h=0 img", "image=img"},
};

/* The same with variables; in a value '+' stands for a blank. */
static const struct assigned {
	const char *name, *words, *want;
} assigned[] = {
	{"DBRC_JOBS=bad", "--help", "help"},
	{"DBRC_CACHE_STAGE=a+b", "img", "image=img; stages=a b"},
	{"DBRC_CACHE_STAGE=++a++b+", "img", "image=img; stages=a b"},
	{"DBRC_CACHE_STAGE=+", "img", "image=img"},
	{"DBRC_CACHE_STAGE=a+b", "img --cache-stage c", "image=img; stages=c"},
	{"DBRC_CACHE_FALLBACK=a+b", "img", "image=img; fallbacks=a b"},
	{"DBRC_CACHE_BRANCH=a+b", "img", "image=img; branch='a b'"},
	{"DBRC_CACHE_BRANCH=a", "img --cache-branch b", "image=img; branch=b"},
	{"DBRC_CACHE_BRANCH=", "img", "image=img"},
	{"DBRC_CACHE_READ_ONLY=1", "img", "image=img; read-only"},
	{"DBRC_CACHE_READ_ONLY=true", "img --cache-read-only=false", "image=img"},
	{"DBRC_DRY_RUN=json", "img", "image=img; dry-run=json"},
	{"DBRC_DRY_RUN=true", "img --dry-run=false", "image=img"},
	{"DBRC_JOBS=9 DBRC_RETRIES=1", "img", "image=img; jobs=9; retries=1"},
	{"DBRC_JOBS=9 DBRC_RETRIES=1", "img --jobs 2", "image=img; jobs=2; retries=1"},
	{"DBRC_JOBS=9", "img --jobs 4", "image=img"},
	{"DBRC_JOBS=33", "img", "!DBRC_JOBS: '33'"},
	{"DBRC_JOBS=33", "img --jobs 2", "image=img; jobs=2"},
	{"DBRC_CACHE_MODE=x", "img", "!DBRC_CACHE_MODE: 'x'"},
	{"DBRC_CACHE_MODE=pull", "img --cache-mode auto", "image=img"},
	{"DBRC_CACHE_SHARED=never", "img --cache-shared=default", "image=img"},
	{"DBRC_CACHE_MODE=pull+inline", "img", "!DBRC_CACHE_MODE: 'pull inline'"},
	{"DBRC_CACHE_SHARED=never+never", "img", "!DBRC_CACHE_SHARED: 'never never'"},
	{"DBRC_CACHE_PREFIX=a+b", "img", "!DBRC_CACHE_PREFIX: 'a b'"},
	{"DBRC_CACHE_READ_ONLY=true+true", "img", "!DBRC_CACHE_READ_ONLY: 'true true'"},
	{"DBRC_DRY_RUN=true+true", "img", "!DBRC_DRY_RUN: 'true true'"},
	{"DBRC_JOBS=1+2", "img", "!DBRC_JOBS: '1 2'"},
	{"DBRC_CACHE_KEY=a+b", "img", "image=img; key='a b'"},
	{"DBRC_CACHE_REPO=a:b", "img", "!DBRC_CACHE_REPO: 'a:b'"},
	{"DBRC_DOCKER=podman", "img", "image=img; docker=podman"},
	{"DBRC_DOCKER=", "img", "image=img"},
	{"CACHE_MODE=pull dbrc_cache_mode=pull DBRC_TAG=x DBRC_PULL=1", "img", "image=img"},
	{"DBRC_CACHE_MODE=pull", "-t img .", "image=img; drop-in; contexts=.; mode=pull"},
};

/* The same with another program, and variables. */
static const struct called {
	const char *name, *environment, *words, *want;
} called[] = {
	{"docker-pull-tag", "", "a", "docker-pull-tag; references=a"},
	{"docker-pull-tag", "", "a b", "docker-pull-tag; references=a b"},
	{"docker-tag-push", "", "a b", "docker-tag-push; references=a b"},
	{"/usr/local/bin/docker-tag-push", "", "a b", "docker-tag-push; references=a b"},
	{"../docker-pull-tag", "", "a b", "docker-pull-tag; references=a b"},
	{"docker-pull-tag", "", "--retries 5 a", "docker-pull-tag; references=a; retries=5"},
	{"docker-pull-tag", "DBRC_RETRIES=5 DBRC_DOCKER=podman", "a",
		"docker-pull-tag; references=a; retries=5; docker=podman"},
	{"docker-pull-tag", "", "--help", "docker-pull-tag; help"},
	{"docker-tag-push", "", "--version", "docker-tag-push; version"},
	{"docker-tag-push", "", "-- a b", "docker-tag-push; references=a b"},
	{"docker-pull-tag", "", "", "!no image given"},
	{"docker-pull-tag", "", "a b c", "!too many arguments"},
	{"docker-pull-tag", "", "--dry-run a b", "docker-pull-tag; references=a b; dry-run=text"},
	{"docker-pull-tag", "", "--dry-run=json a b", "!--dry-run=json is for builds"},
	{"docker-tag-push", "DBRC_EXPLAIN=true", "a", "!--explain is for builds"},
	{"docker-pull-tag", "", "-q a", "!unknown option '-q'"},
	{"docker-tag-push", "", "--new a", "!unknown option '--new'"},
	{"docker-tag-push", "", "a -t b", "!unknown option '-t'"},
	{"docker-pull-tag", "", "''", "!''"},
	{"docker-pull-tag", "", "-- -a", "!'-a'"},
	{"docker-tag-push", "", "a -", "!'-'"},
	{"docker-pull-tags", "", "a .", "image=a; contexts=."},
	{"docker-pull-tag/x", "", "a .", "image=a; contexts=."},
	{"docker-pull-tag/", "", "a .", "image=a; contexts=."},
	{"", "", "a .", "image=a; contexts=."},
};

static void
check_line(const char *program, const char *words, const char *environment, const char *want)
{
	struct strbuf got;

	strbuf_init(&got);
	parse(&got, program, words, environment);
	check_shown(&got, want);
	strbuf_release(&got);
}

static void
reads(void **state)
{
	const struct line *row = *state;

	check_line(NULL, row->name, NULL, row->want);
}

static void
reads_variables(void **state)
{
	const struct assigned *row = *state;

	check_line(NULL, row->words, row->name, row->want);
}

static void
reads_as(void **state)
{
	const struct called *row = *state;

	check_line(row->name, row->words, row->environment, row->want);
}

/* Rows with one name are told apart by their command lines. */
static void
add_longer_lines(void)
{
	size_t i;
	char *name;

	for (i = 0; i < ARRAY_SIZE(assigned); i++) {
		name = xasprintf("%s %s", assigned[i].name, assigned[i].words);
		add_named("reads_variables", name, reads_variables, &assigned[i]);
		free(name);
	}
	for (i = 0; i < ARRAY_SIZE(called); i++) {
		name = xasprintf("%s %s", called[i].name, called[i].words);
		add_named("reads_as", name, reads_as, &called[i]);
		free(name);
	}
}

/* ---- each of docker's flags, in each way to write it ---- */

enum { NAME, LETTER, ARITY, USE }; /* columns of tests/unit/docker_flags.tsv */

/* What is shown of a flag: the use's own word with the value, or the words that go on to docker. */
static void
expect_flag(struct strbuf *want, const struct table_row *row, const char *typed, const char *value)
{
	const char *use = row->columns[USE];
	const bool on = !value || !str_eq(value, "false");

	strbuf_reset(want);
	if (str_eq(use, "help") && on) {
		strbuf_addstr(want, "help");
		return;
	}
	strbuf_addstr(want, "image=img");
	if (str_eq(use, "tag"))
		strbuf_addf(want, "; tags=%s", value);
	strbuf_addstr(want, "; contexts=ctx");
	if (str_eq(use, "every") || str_eq(use, "final"))
		strbuf_addf(want, "; %s=%s", use, typed);
	else if (str_eq(use, "question"))
		strbuf_addstr(want, "; plain");
	else if (str_eq(use, "push") || str_eq(use, "load"))
		strbuf_addf(want, "; %s=%s", use, on ? "yes" : "no");
	else if (str_eq(row->columns[ARITY], "boolean") && on)
		strbuf_addf(want, "; %s", use);
	else if (str_eq(row->columns[ARITY], "value") && !str_eq(use, "tag"))
		strbuf_addf(want, "; %s=%s", use, value);
}

/* Parses "img FLAG... ctx", and compares; typed is what docker is given of it, NULL: the same. */
static void
check_flag(const struct table_row *row, const char *words, const char *typed, const char *value)
{
	char *line = xasprintf("img %s ctx", words);
	struct strbuf got, want;

	strbuf_init(&got);
	strbuf_init(&want);
	expect_flag(&want, row, typed ? typed : words, value);
	parse(&got, NULL, line, NULL);
	assert_string_equal(got.buf, want.buf);
	strbuf_release(&got);
	strbuf_release(&want);
	free(line);
}

static void
check_value_flag(const struct table_row *row, const char *flag, bool letter)
{
	static const char *const values[] = {"v", "-v", "--", "-", "--pull"};
	struct strbuf got;
	char *words, *typed;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		typed = xasprintf("%s %s", flag, values[i]);
		check_flag(row, typed, NULL, values[i]);
		words = xasprintf("%s%s", flag, values[i]);
		if (letter)
			check_flag(row, words, typed, values[i]);
		free(words);
		words = xasprintf("%s=%s", flag, values[i]);
		check_flag(row, words, NULL, values[i]);
		free(words);
		free(typed);
	}
	strbuf_init(&got);
	words = xasprintf("img ctx %s", flag); /* and no value */
	parse(&got, NULL, words, NULL);
	assert_string_equal(got.buf, "image=img; contexts=ctx; plain");
	strbuf_release(&got);
	free(words);
}

static void
check_boolean_flag(const struct table_row *row, const char *flag)
{
	char *words = xasprintf("%s=false", flag);

	check_flag(row, flag, NULL, NULL);
	if (!str_eq(row->columns[USE], "question"))
		check_flag(row, words, NULL, "false");
	free(words);
}

static void
goes_where_it_belongs(void **state)
{
	const struct table_row *row = *state;
	char *name = xasprintf("--%s", row->columns[NAME]);
	char *letter = xasprintf("-%s", row->columns[LETTER]);
	bool value = str_eq(row->columns[ARITY], "value");

	if (value)
		check_value_flag(row, name, false);
	else
		check_boolean_flag(row, name);
	if (value && letter[1])
		check_value_flag(row, letter, true);
	else if (letter[1])
		check_boolean_flag(row, letter);
	free(name);
	free(letter);
}

/* ---- what is kept to be given to docker as it stood ---- */

static const struct line kept[] = {
	{"img . --pull -t a", "--pull -t a"},
	{"--pull=false img -qf X . -Zx --new", "--pull=false -qf X -Zx --new"},
	{"img -ta --tag=b -t=c", "-ta --tag=b -t=c"},
	{"img --check --cache-mode pull --jobs=3 .", "--check"},
	{"img --tag", "--tag"},
	{"img -t '' --pull=maybe", "-t '' --pull=maybe"},
	{"img --cache-branch --pull", ""},
	{"img -- --pull", ""},
};

static void
keeps_words(void **state)
{
	const struct line *row = *state;
	struct environment none;
	const struct lookup map = {get, &none};
	struct options o;
	struct strvec argv;
	struct strbuf got, err;

	fill_environment(&none, "");
	strvec_init(&argv);
	strbuf_init(&got);
	strbuf_init(&err);
	strvec_push(&argv, "docker-build-remote-cache");
	split(&argv, row->name);
	assert_true(options_parse(&o, argv.v, &map, NULL, &err));
	strbuf_add_command(&got, o.words.v);
	assert_string_equal(got.buf, row->want);
	options_release(&o);
	strvec_release(&argv);
	strbuf_release(&got);
	strbuf_release(&err);
}

/* ---- the answers that are derived ---- */

static const struct answer {
	const char *name; /* the command line */
	bool push;
	const char *context;
} answers[] = {
	{"img", true, "."},
	{"img --push=false", false, "."},
	{"img --push dir", true, "dir"},
	{"-t img dir", false, "dir"},
	{"-t img --push dir", true, "dir"},
	{"-t img --push=false dir", false, "dir"},
	{"-t img", false, "."},
	{"-t b img dir", true, "dir"},
	{"img -", true, "-"},
};

static void
answers_with(void **state)
{
	const struct answer *row = *state;
	struct environment none;
	const struct lookup map = {get, &none};
	struct options o;
	struct strvec argv;
	struct strbuf err;

	fill_environment(&none, "");
	strvec_init(&argv);
	strbuf_init(&err);
	strvec_push(&argv, "docker-build-remote-cache");
	split(&argv, row->name);
	assert_true(options_parse(&o, argv.v, &map, NULL, &err));
	assert_int_equal(options_push(&o), row->push);
	assert_string_equal(options_context(&o), row->context);
	options_release(&o);
	strvec_release(&argv);
	strbuf_release(&err);
}

/* ---- our own options, each on the command line and as a variable ---- */

static const struct own {
	const char *name, *value; /* NULL: it needs none */
	const char *bad;          /* a value it does not take */
} owns[] = {
	{"cache-stage", "builder", ""},
	{"cache-branch", "feature/x", ""},
	{"cache-default-branch", "trunk", ""},
	{"cache-fallback", "develop", ""},
	{"cache-repo", "reg.io/cache", "reg.io/cache:tag"},
	{"cache-key", "arm64", ""},
	{"cache-prefix", "cache-", "/"},
	{"cache-mode", "pull", "push"},
	{"cache-shared", "never", "ever"},
	{"cache-read-only", NULL, "maybe"},
	{"jobs", "7", "0"},
	{"retries", "7", "101"},
	{"checkpoint", "7", "86401"},
	{"grace", "7", "3601"},
	{"report", "report.json", ""},
	{"summary", "summary.md", ""},
	{"dotenv", "build.env", ""},
	{"completion", "zsh", "csh"},
	{"explain", NULL, "maybe"},
	{"dry-run", NULL, "maybe"},
};

static char *
variable_of(const char *name)
{
	char *variable = xasprintf("DBRC_%s", name), *c;

	for (c = variable; *c; c++)
		*c = *c == '-' ? '_' : to_upper(*c);
	return variable;
}

static void
means_the_same_as_its_variable(void **state)
{
	const struct own *row = *state;
	const char *value = row->value ? row->value : "true";
	char *variable = variable_of(row->name);
	char *joined = xasprintf("--%s=%s img", row->name, value);
	char *apart = xasprintf("--%s %s img", row->name, row->value ? row->value : "");
	char *assignment = xasprintf("%s=%s", variable, value);
	struct strbuf a, b, c;

	strbuf_init(&a);
	strbuf_init(&b);
	strbuf_init(&c);
	parse(&a, NULL, joined, NULL);
	parse(&b, NULL, apart, NULL);
	parse(&c, NULL, "img", assignment);
	assert_int_equal(strncmp(a.buf, "image=img; ", 11), 0);
	assert_string_equal(a.buf, b.buf);
	assert_string_equal(a.buf, c.buf);
	strbuf_release(&a);
	strbuf_release(&b);
	strbuf_release(&c);
	free(joined);
	free(apart);
	free(assignment);
	free(variable);
}

static void
refuses_in_one_line(void **state)
{
	const struct own *row = *state;
	char *option = xasprintf("--%s", row->name), *joined = xasprintf("%s=%s", option, row->bad);
	char *hostile = xasprintf("%s=\n\033[31m%s", option, row->bad);
	char *const bad[] = {(char[]){"x"}, (char[]){"img"}, joined, NULL};
	char *const ugly[] = {(char[]){"x"}, (char[]){"img"}, hostile, NULL};
	struct strbuf got;

	strbuf_init(&got);
	parse_argv(&got, bad, NULL);
	assert_int_equal(got.buf[0], '!');
	assert_non_null(strstr(got.buf, option));
	assert_null(strchr(got.buf, '\n'));
	strbuf_reset(&got);
	parse_argv(&got, ugly, NULL); /* a text may be anything; an error shows it so that it cannot
					 write to the terminal */
	if (got.buf[0] == '!') {
		assert_null(strchr(got.buf, '\n'));
		assert_null(strchr(got.buf, '\033'));
	}
	strbuf_release(&got);
	free(option);
	free(joined);
	free(hostile);
}

static void
is_an_option_of_ours(void **state)
{
	const struct own *row = *state;
	size_t len = strlen(row->name);
	char *longer = xasprintf("%s=x", row->name), *exact = exact_copy(row->name, len);
	const struct own_option *option = own_option_by_name(exact, len);

	assert_non_null(option);
	assert_ptr_equal(own_option_by_name(longer, len), option);
	assert_null(own_option_by_name(longer, len + 1));
	assert_null(own_option_by_name(row->name, len - 1));
	assert_null(own_option_by_name(row->name, 0));
	assert_int_equal(own_option_needs_value(option), row->value != NULL);
	assert_null(docker_flag_by_name(row->name, len));
	free(longer);
	free(exact);
}

static void
an_option_without_its_value_is_an_error(void **state)
{
	const struct own *row = *state;
	const struct own_option *option = own_option_by_name(row->name, strlen(row->name));
	struct environment none;
	const struct lookup map = {get, &none};
	char *const argv[] = {(char[]){"x"}, (char[]){"img"}, NULL};
	struct options o;
	struct strbuf err;

	fill_environment(&none, "");
	strbuf_init(&err);
	assert_true(options_parse(&o, argv, &map, NULL, &err));
	assert_int_equal(own_option_take(&o, option, NULL, &err), row->value == NULL);
	assert_int_equal(err.len > 0, row->value != NULL);
	options_release(&o);
	strbuf_release(&err);
}

/* ---- help ---- */

static void
help_of(struct strbuf *out, const char *program)
{
	struct environment none;
	const struct lookup map = {get, &none};
	char *name = xstrdup(program), flag[] = "--help";
	char *const argv[] = {name, flag, NULL};
	struct options o;
	struct strbuf err;

	fill_environment(&none, "");
	strbuf_init(&err);
	strbuf_init(out);
	assert_true(options_parse(&o, argv, &map, NULL, &err));
	options_help(&o, out);
	options_release(&o);
	strbuf_release(&err);
	free(name);
}

static const struct program_name {
	const char *name;
} programs[] = {
	{"docker-build-remote-cache"},
	{"docker-pull-tag"},
	{"docker-tag-push"},
};

static void
has_help(void **state)
{
	const struct program_name *row = *state;
	struct strbuf help;
	size_t i;

	help_of(&help, row->name);
	assert_int_equal(strncmp(help.buf, "Usage: ", 7), 0);
	assert_int_equal(strncmp(help.buf + 7, row->name, strlen(row->name)), 0);
	assert_int_equal(help.buf[help.len - 1], '\n');
	for (i = 0; i < ARRAY_SIZE(owns); i++) {
		char *option = xasprintf("\n  --%s", owns[i].name);

		assert_non_null(strstr(help.buf, option));
		free(option);
	}
	strbuf_release(&help);
}

/* What --help names is an option, and tested here. */
static void
help_names_no_others(void **state)
{
	struct strbuf help;
	const char *p;
	size_t i, nr = 0;

	(void)state;
	help_of(&help, "docker-build-remote-cache");
	for (p = help.buf; (p = strstr(p, "\n  --")); nr++) {
		size_t len;

		p += 5;
		len = strcspn(p, " ,\n");
		for (i = 0; i < ARRAY_SIZE(owns); i++) {
			if (strlen(owns[i].name) == len && memcmp(owns[i].name, p, len) == 0)
				break;
		}
		if (i == ARRAY_SIZE(owns) && strncmp(p, "help, --version", 15) != 0)
			fail_msg("--%.*s is in no row of this test", (int)len, p);
	}
	assert_int_equal(nr, ARRAY_SIZE(owns) + 1);
	strbuf_release(&help);
}

/* ---- odd argument vectors ---- */

static void
a_program_without_a_name(void **state)
{
	char *const argv[] = {NULL};
	struct strbuf got;

	(void)state;
	strbuf_init(&got);
	parse_argv(&got, argv, NULL);
	assert_string_equal(got.buf, "!no image given");
	strbuf_release(&got);
}

static void
any_words_are_harmless(void **state)
{
	static const char *const pieces[] = {"-", "--", "t", "q", "f", "=", "a", "", "tag", "pull",
		"cache-mode", "cache-stage", "jobs", "inline", "3", "\n", "\xff", "'", "help",
		"no-cache", "D", "h", "build-arg"};
	uint64_t seed = 7;
	size_t round, i, n;

	(void)state;
	for (round = 0; round < 20000; round++) {
		struct strvec argv;
		struct strbuf word, got;

		strvec_init(&argv);
		strbuf_init(&word);
		strbuf_init(&got);
		for (i = random_below(&seed, 7); i > 0; i--) {
			strbuf_reset(&word);
			for (n = random_below(&seed, 4); n > 0; n--)
				strbuf_addstr(
					&word, pieces[random_below(&seed, ARRAY_SIZE(pieces))]);
			strvec_push(&argv, word.buf);
		}
		parse_argv(&got, argv.v, "DBRC_CACHE_STAGE=a+b");
		strvec_release(&argv);
		strbuf_release(&word);
		strbuf_release(&got);
	}
}

int
main(void)
{
	struct table flags;
	int failed;

	read_table(&flags, "tests/unit/docker_flags.tsv");
	add_rows(reads, lines);
	add_longer_lines();
	add_table(goes_where_it_belongs, flags);
	add_rows(keeps_words, kept);
	add_rows(answers_with, answers);
	add_rows(means_the_same_as_its_variable, owns);
	add_rows(refuses_in_one_line, owns);
	add_rows(is_an_option_of_ours, owns);
	add_rows(an_option_without_its_value_is_an_error, owns);
	add_rows(has_help, programs);
	add_test(help_names_no_others);
	add_test(a_program_without_a_name);
	add_test(any_words_are_harmless);
	failed = run_all();
	release_table(&flags);
	return failed;
}
