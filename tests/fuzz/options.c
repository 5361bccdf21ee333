/*
 * A command line. The input: words, each ended by a NUL, or by a newline where it holds no NUL.
 * Those that start with DBRC_ are variables (NAME=value), the others argv.
 */
#include "options.h"

#include "build_args.h"
#include "fuzz.h"
#include "image_ref.h"
#include "own_options.h"

#define WORDS_MAX 64

/* What docker may say of flags that we do not know. */
static const char build_help[] =
	"Usage:  docker buildx build [OPTIONS] PATH | URL | -\n\nOptions:\n"
	"      --new string[=\"x\"]   Text\n"
	"      --new-bool         Text\n"
	"  -Z, --new-flag stringArray   Text\n";

struct line {
	char **argv; /* exactly as long as it must be */
	size_t nr;
	struct strvec env;
};

static const char *
line_variable(const void *ctx, const char *name)
{
	const struct line *line = ctx;
	size_t i;

	for (i = 0; i < line->env.nr; i++) {
		const char *rest = str_skip_prefix(line->env.v[i], name);

		if (rest && *rest == '=')
			return rest + 1;
	}
	return NULL;
}

static void
line_read(struct line *line, struct input in)
{
	char end = in.len && memchr(in.p, '\0', in.len) ? '\0' : '\n';
	struct input word;
	char *words[WORDS_MAX];

	line->nr = 0;
	strvec_init(&line->env);
	while (line->nr < WORDS_MAX && input_take(&in, end, &word)) {
		char *text = input_text(word);

		if (str_skip_prefix(text, "DBRC_"))
			strvec_take(&line->env, text);
		else
			words[line->nr++] = text;
	}
	line->argv = xcalloc(line->nr + 1, sizeof(*line->argv));
	if (line->nr)
		memcpy(line->argv, words, line->nr * sizeof(*words));
}

static void
line_release(struct line *line)
{
	size_t i;

	for (i = 0; i < line->nr; i++)
		free(line->argv[i]);
	free(line->argv);
	strvec_release(&line->env);
}

/* docker's words are words of argv, in order. */
static void
check_order(const struct options *o, const struct line *line)
{
	size_t i = 1, w;

	for (w = 0; w < o->words.nr; w++) {
		while (i < line->nr && !str_eq(line->argv[i], o->words.v[w]))
			i++;
		HOLDS(i++ < line->nr);
	}
}

static size_t
count(char *const words[], size_t nr, const char *word)
{
	size_t n = 0, i;

	for (i = 0; i < nr; i++)
		n += str_eq(words[i], word);
	return n;
}

static const struct own_option *
own_option(const char *word)
{
	return str_skip_prefix(word, "--") ? own_option_by_name(word + 2, strcspn(word + 2, "="))
					   : NULL;
}

/* Whether the word may be the value of the one before. */
static bool
may_be_value(const struct line *line, size_t i)
{
	const struct own_option *before = i > 1 ? own_option(line->argv[i - 1]) : NULL;

	return before && own_option_needs_value(before) && !strchr(line->argv[i - 1], '=');
}

/* None of docker's flags is lost. */
static void
check_flags(const struct options *o, const struct line *line)
{
	size_t i;

	for (i = 1; i < line->nr && !str_eq(line->argv[i], "--"); i++) {
		const char *word = line->argv[i];
		bool flag = word[0] == '-' && word[1] && !own_option(word) &&
			    !str_eq(word, "--version");

		if (!flag || may_be_value(line, i))
			continue;
		HOLDS(strvec_has(&o->words, word));
		HOLDS(count(o->words.v, o->words.nr, word) <=
			count(line->argv + 1, line->nr - 1, word));
	}
}

static void
check_values(const struct options *o)
{
	size_t i;

	HOLDS(o->docker && *o->docker);
	HOLDS(o->jobs >= 1 && o->jobs <= JOBS_MAX && o->retries <= RETRIES_MAX);
	HOLDS(o->mode <= MODE_INLINE && o->shared <= SHARED_NEVER && o->dry_run <= DRY_RUN_JSON);
	HOLDS(!o->cache_prefix ||
		(tag_is_legal(o->cache_prefix) && strlen(o->cache_prefix) <= TAG_PREFIX_MAX));
	HOLDS(!o->cache_branch || *o->cache_branch);
	HOLDS(!o->cache_key || *o->cache_key);
	for (i = 0; i < o->cache_stages.nr; i++)
		HOLDS(*o->cache_stages.v[i]);
	if (o->cache_repo) {
		struct image_ref ref;

		HOLDS(image_ref_parse(&ref, o->cache_repo, NULL) && !ref.tag && !ref.digest);
		image_ref_release(&ref);
	}
	if (o->program == PROGRAM_BUILD)
		HOLDS(o->image && (!o->drop_in || o->tags.nr));
	else
		HOLDS(o->references.nr == 1 || o->references.nr == 2);
	HOLDS(*options_context(o) || o->contexts.nr);
	options_push(o);
}

static void
check_same(const struct options *a, const struct options *b)
{
	HOLDS(a->program == b->program && a->help == b->help && a->version == b->version);
	HOLDS(str_eq(a->image, b->image) && str_eq(a->target, b->target));
	HOLDS(str_eq(a->file, b->file) && str_eq(a->docker, b->docker));
	HOLDS(a->plain == b->plain && a->push == b->push && a->load == b->load);
	HOLDS(same_words(&a->tags, &b->tags) && same_words(&a->contexts, &b->contexts));
	HOLDS(same_words(&a->every, &b->every) && same_words(&a->final, &b->final));
	HOLDS(a->asks_help == b->asks_help && same_words(&a->build_args, &b->build_args));
	HOLDS(same_words(&a->words, &b->words) && same_words(&a->references, &b->references));
	HOLDS(memcmp(a->given, b->given, sizeof(a->given)) == 0);
}

/* A message is one line, and nothing in it moves the cursor. */
static void
check_error(const struct strbuf *err)
{
	size_t i;

	HOLDS(err->len);
	for (i = 0; i < err->len; i++)
		HOLDS((unsigned char)err->buf[i] >= 0x20 && err->buf[i] != 0x7f);
}

/* Takes a word off a line as a shell reads it; only the quotes that strbuf_add_quoted makes. */
static char *
shell_word(const char **line)
{
	struct strbuf word;
	bool quoted = false;
	const char *p;

	strbuf_init(&word);
	for (p = *line; *p && (quoted || *p != ' '); p++) {
		if (*p == '\'') {
			quoted = !quoted;
			continue;
		}
		if (!quoted && *p == '\\')
			p++;
		else
			HOLDS(quoted || !strchr("\t\n;&|<>()$`\"*?[]#~!{}", *p));
		strbuf_addch(&word, *p);
	}
	HOLDS(!quoted);
	*line = p + (*p == ' ');
	return strbuf_detach(&word);
}

/* A shell reads back what is printed of a command. */
static void
check_quoting(const struct line *line)
{
	struct strbuf text;
	const char *p;
	size_t i;

	strbuf_init(&text);
	strbuf_add_command(&text, line->argv);
	for (p = text.buf, i = 0; i < line->nr; i++) {
		char *word = shell_word(&p);

		HOLDS(str_eq(word, line->argv[i]));
		free(word);
	}
	HOLDS(!*p);
	strbuf_release(&text);
}

/* What is read of a platform reads as itself. */
static void
check_platform(const char *platform)
{
	char *normal = platform_normal(platform), *again = platform_normal(normal);

	HOLDS(str_eq(normal, again) && strchr(normal, '/'));
	free(again);
	free(normal);
}

static void
check_build_args(const struct options *o, const struct lookup *env)
{
	struct build_args args;
	size_t i;

	build_args_make(&args, o, env, "linux/x86_64", NULL);
	HOLDS(args.contexts.nr == o->build_contexts.nr && args.given.nr <= o->build_args.nr);
	for (i = 0; i < args.given.nr; i++)
		HOLDS(strchr(args.given.v[i], '='));
	HOLDS(args.target && strchr(args.target, '/'));
	for (i = 0; i < o->platforms.nr; i++)
		check_platform(o->platforms.v[i]);
	build_args_release(&args);
	options_stdin(o);
}

static void
check(const struct line *line, const struct lookup *env, const char *help_of_docker)
{
	struct options o, again;
	struct strbuf err, err_again, help;
	bool good;

	strbuf_init(&err);
	strbuf_init(&err_again);
	strbuf_init(&help);
	good = options_parse(&o, line->argv, env, help_of_docker, &err);
	HOLDS(options_parse(&again, line->argv, env, help_of_docker, &err_again) == good);
	HOLDS(str_eq(err.buf, err_again.buf));
	check_same(&o, &again);
	check_order(&o, line);
	options_help(&o, &help);
	HOLDS(str_skip_prefix(help.buf, "Usage:"));
	if (!good)
		check_error(&err);
	else
		HOLDS(!err.len);
	if (good)
		check_flags(&o, line);
	HOLDS(!o.asks_help || !help_of_docker);
	if (good && o.program == PROGRAM_BUILD)
		check_build_args(&o, env);
	if (good && !o.help && !o.version)
		check_values(&o);
	options_release(&o);
	options_release(&again);
	strbuf_release(&err);
	strbuf_release(&err_again);
	strbuf_release(&help);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct line line;
	struct lookup env = {.get = line_variable, .ctx = &line};

	line_read(&line, input_of(data, size));
	check(&line, &env, NULL);
	check(&line, &env, build_help);
	check_quoting(&line);
	line_release(&line);
	return 0;
}
