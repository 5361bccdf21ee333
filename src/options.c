#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "docker_flags.h"
#include "own_options.h"

#define PLUGIN_COMMAND "cachebuild"

struct parser {
	struct options *o;
	char *const *next; /* the words still to read */
	struct strvec positionals;
	const char *build_help;
	bool unknown; /* a flag was met that nobody knows: the next word may be its value */
	struct strbuf *err;
};

/* Flags that are passed on as they stand, whose values we need to know as well. */
static const struct {
	const char *name;
	size_t offset;
} kept[] = {
	{"build-arg", offsetof(struct options, build_args)},
	{"build-context", offsetof(struct options, build_contexts)},
	{"builder", offsetof(struct options, builders)},
	{"output", offsetof(struct options, outputs)},
	{"platform", offsetof(struct options, platforms)},
	{"progress", offsetof(struct options, progress)},
	{"secret", offsetof(struct options, secrets)},
};

static struct strvec *
kept_values(struct options *o, size_t row)
{
	return (struct strvec *)(void *)((char *)o + kept[row].offset);
}

static void
keep_value(struct options *o, const struct docker_flag *flag, const char *value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		if (str_eq(kept[i].name, flag->name))
			strvec_push(kept_values(o, i), value);
	}
}

static void
replace(char **text, const char *value)
{
	free(*text);
	*text = xstrdup(value);
}

/* Takes up a flag that we read ourselves. False when its value is none that docker would take. */
static bool
take_flag(struct options *o, const struct docker_flag *flag, const char *value)
{
	bool on = false;

	if (!flag->value && !docker_flag_bool(value, &on))
		return false;
	switch (flag->use) {
	case FLAG_TAG:
		strvec_push(&o->tags, value);
		break;
	case FLAG_FILE:
		replace(&o->file, value);
		break;
	case FLAG_TARGET: /* an empty one is the last stage */
		replace(&o->target, *value ? value : NULL);
		break;
	case FLAG_CACHE_FROM:
		strvec_push(&o->cache_from, value);
		break;
	case FLAG_CACHE_TO:
		strvec_push(&o->cache_to, value);
		break;
	case FLAG_NO_CACHE:
		o->no_cache = on;
		break;
	case FLAG_NO_CACHE_FILTER:
		strvec_push(&o->no_cache_filter, value);
		break;
	case FLAG_PUSH:
		o->push = on ? TRI_YES : TRI_NO;
		break;
	case FLAG_LOAD:
		o->load = on ? TRI_YES : TRI_NO;
		break;
	case FLAG_QUIET:
		o->quiet = on;
		break;
	case FLAG_HELP:
		o->help = on;
		break;
	case FLAG_QUESTION: /* --check=false and --call=build ask nothing */
		o->plain |= flag->value ? !str_eq(value, "build") : on;
		break;
	case FLAG_EVERY:
	case FLAG_FINAL:
		break;
	}
	return true;
}

/*
 * Takes up one of docker's flags. typed is how it stood, up to its value: "--name", "-n"; joined
 * says that the value stood behind '=' in the same word.
 */
static void
docker_flag(struct options *o, const struct docker_flag *flag, const char *typed, const char *value,
	bool joined)
{
	struct strvec *to = flag->use == FLAG_FINAL ? &o->final : &o->every;

	if (!take_flag(o, flag, value))
		o->plain = true;
	if (flag->use != FLAG_EVERY && flag->use != FLAG_FINAL)
		return;
	keep_value(o, flag, value);
	if (joined) {
		strvec_pushf(to, "%s=%s", typed, value);
		return;
	}
	strvec_push(to, typed);
	if (flag->value)
		strvec_push(to, value);
}

/* A flag at the end of the line that lacks its value is docker's to refuse. */
static const char *
next_value(struct parser *p)
{
	if (*p->next) {
		strvec_push(&p->o->words, *p->next);
		return *p->next++;
	}
	p->o->plain = true;
	return NULL;
}

/* A flag that is in no table, by what docker says of it; NULL: docker was not asked, or it does not
 * know it and will say so. */
static const struct docker_flag *
unknown_flag(struct parser *p, char letter, const char *name, size_t len, struct docker_flag *flag)
{
	if (p->build_help && docker_flag_in_help(p->build_help, letter, name, len, flag))
		return flag;
	p->unknown = true;
	p->o->asks_help |= !p->build_help;
	p->o->plain |= p->build_help != NULL;
	return NULL;
}

static void
parse_docker_long(struct parser *p, const char *word)
{
	size_t len = strcspn(word + 2, "=");
	const struct docker_flag *flag = docker_flag_by_name(word + 2, len);
	struct docker_flag told;
	bool joined = word[2 + len] == '=';
	const char *value = joined ? word + 3 + len : "true";
	char *typed;

	strvec_push(&p->o->words, word);
	if (!flag)
		flag = unknown_flag(p, '\0', word + 2, len, &told);
	if (!flag) {
		strvec_push(&p->o->every, word);
		return;
	}
	if (flag->value && !joined)
		value = next_value(p);
	if (!value)
		return;
	typed = xstrndup(word, 2 + len);
	docker_flag(p->o, flag, typed, value, joined);
	free(typed);
}

static void
parse_docker_short(struct parser *p, const char *word)
{
	const char *s = word + 1;

	strvec_push(&p->o->words, word);
	for (; *s; s++) {
		const struct docker_flag *flag = docker_flag_by_letter(*s);
		struct docker_flag told;
		const char typed[] = {'-', *s, '\0'};
		const char *value;

		if (!flag)
			flag = unknown_flag(p, *s, "", 0, &told);
		if (!flag) {
			strvec_pushf(&p->o->every, "-%s", s);
			return;
		}
		if (s[1] == '=' && s[2]) {
			docker_flag(p->o, flag, typed, s + 2, true);
			return;
		}
		if (flag->value) {
			value = s[1] ? s + 1 : next_value(p);
			if (value)
				docker_flag(p->o, flag, typed, value, false);
			return;
		}
		docker_flag(p->o, flag, typed, "true", false);
	}
}

/* joined: the value that stood behind '=' in the same word, or NULL */
static bool
parse_own(struct parser *p, const struct own_option *option, const char *joined)
{
	const char *value = joined;

	if (!value && own_option_needs_value(option) && *p->next)
		value = *p->next++;
	return own_option_take(p->o, option, value, p->err);
}

static bool
parse_word(struct parser *p, const char *word)
{
	const struct own_option *option;
	size_t len;

	if (word[0] != '-' || !word[1]) {
		strvec_push(&p->positionals, word);
		return true;
	}
	if (word[1] != '-') {
		parse_docker_short(p, word);
		return true;
	}
	len = strcspn(word + 2, "=");
	option = own_option_by_name(word + 2, len);
	if (option)
		return parse_own(p, option, word[2 + len] ? word + 3 + len : NULL);
	if (str_eq(word, "--version")) {
		p->o->version = true;
		return true;
	}
	parse_docker_long(p, word);
	return true;
}

static bool
parse_words(struct parser *p)
{
	while (*p->next) {
		const char *word = *p->next++;

		if (str_eq(word, "--")) {
			while (*p->next)
				strvec_push(&p->positionals, *p->next++);
			return true;
		}
		if (!parse_word(p, word))
			return false;
	}
	return true;
}

/*
 * Tells image and context apart. Beside -t a lone positional is the context, as docker has it; two
 * are IMAGE and context, and the -t are further tags. But with a flag that is not known one of two
 * may be its value: then all are docker's, and so is -t without any, for docker wants a context.
 */
static bool
place_positionals(struct parser *p)
{
	struct options *o = p->o;
	size_t i;

	o->drop_in = o->tags.nr && (p->positionals.nr < 2 || p->unknown);
	o->plain |= o->drop_in && !p->positionals.nr;
	if (!o->drop_in && (!p->positionals.nr || !*p->positionals.v[0])) {
		strbuf_addstr(p->err, "no image given");
		return false;
	}
	if (!o->drop_in && strchr("./", *p->positionals.v[0])) {
		strbuf_addstr(p->err, "no image given: '");
		strbuf_add_visible(p->err, p->positionals.v[0]);
		strbuf_addstr(p->err, "' is a path");
		return false;
	}
	o->image = xstrdup(o->drop_in ? o->tags.v[0] : p->positionals.v[0]);
	for (i = o->drop_in ? 0 : 1; i < p->positionals.nr; i++)
		strvec_push(&o->contexts, p->positionals.v[i]);
	return true;
}

/* The arguments of the two helper programs. */
static bool
place_references(struct parser *p)
{
	size_t i;

	if (p->o->words.nr) {
		strbuf_addstr(p->err, "unknown option '");
		strbuf_add_visible(p->err, p->o->words.v[0]);
		strbuf_addstr(p->err, "'");
		return false;
	}
	if (p->o->explain || p->o->dry_run == DRY_RUN_JSON) {
		strbuf_addf(
			p->err, "%s is for builds", p->o->explain ? "--explain" : "--dry-run=json");
		return false;
	}
	if (p->positionals.nr < 1 || p->positionals.nr > 2) {
		strbuf_addstr(p->err, p->positionals.nr ? "too many arguments" : "no image given");
		return false;
	}
	for (i = 0; i < p->positionals.nr; i++) {
		const char *ref = p->positionals.v[i];

		if (!*ref || *ref == '-') {
			strbuf_addstr(p->err, "'");
			strbuf_add_visible(p->err, ref);
			strbuf_addstr(p->err, "' is not an image");
			return false;
		}
		strvec_push(&p->o->references, ref);
	}
	return true;
}

static const char *
name_in(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum program
called_as(const char *path)
{
	const char *name = name_in(path);

	if (str_eq(name, "docker-pull-tag"))
		return PROGRAM_PULL_TAG;
	return str_eq(name, "docker-tag-push") ? PROGRAM_TAG_PUSH : PROGRAM_BUILD;
}

static void
options_init(struct options *o)
{
	size_t i;

	*o = (struct options){.jobs = 4, .retries = 3, .checkpoint = 10, .grace = 8};
	strvec_init(&o->references);
	strvec_init(&o->tags);
	strvec_init(&o->contexts);
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		strvec_init(kept_values(o, i));
	strvec_init(&o->every);
	strvec_init(&o->final);
	strvec_init(&o->cache_from);
	strvec_init(&o->cache_to);
	strvec_init(&o->no_cache_filter);
	strvec_init(&o->words);
	strvec_init(&o->cache_stages);
	strvec_init(&o->cache_fallbacks);
}

/*
 * As a plugin of docker's, "docker cachebuild ...", we are called with all of docker's words but
 * the first (docker/cli cli-plugins/manager PluginRunCommand), and before that asked what we are.
 * False: there are options of docker's own before ours.
 */
static bool
skip_command(struct parser *p)
{
	if (str_eq(p->next[0], "docker-cli-plugin-metadata")) {
		p->o->metadata = true;
		p->next++;
	} else if (str_eq(p->next[0], PLUGIN_COMMAND)) {
		p->next++;
	} else if (p->next[0]) {
		strbuf_addstr(p->err, "options of docker's own stand behind '" PLUGIN_COMMAND
				      "', or are variables, like DOCKER_CONTEXT");
		return false;
	}
	return true;
}

static bool
parse_all(struct parser *p, const struct lookup *env)
{
	struct options *o = p->o;
	const char *docker = lookup_text(env, "DBRC_DOCKER");

	if (o->plugin && !skip_command(p))
		return false;
	if (o->metadata)
		return true;
	if (!parse_words(p))
		return false;
	o->docker = xstrdup(docker ? docker : "docker");
	if (o->help || o->version || (o->completion && !p->positionals.nr))
		return true;
	if (!own_options_from_env(o, env, p->err))
		return false;
	return o->program == PROGRAM_BUILD ? place_positionals(p) : place_references(p);
}

bool
options_parse(struct options *o, char *const argv[], const struct lookup *env,
	const char *build_help, struct strbuf *err)
{
	struct parser p = {
		.o = o, .next = argv + (argv[0] != NULL), .build_help = build_help, .err = err};
	bool good;

	options_init(o);
	strvec_init(&p.positionals);
	if (argv[0]) {
		o->program = called_as(argv[0]);
		o->plugin = str_eq(name_in(argv[0]), "docker-" PLUGIN_COMMAND);
	}
	good = parse_all(&p, env);
	strvec_release(&p.positionals);
	return good;
}

void
options_release(struct options *o)
{
	size_t i;

	strvec_release(&o->references);
	strvec_release(&o->tags);
	strvec_release(&o->contexts);
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		strvec_release(kept_values(o, i));
	strvec_release(&o->every);
	strvec_release(&o->final);
	strvec_release(&o->cache_from);
	strvec_release(&o->cache_to);
	strvec_release(&o->no_cache_filter);
	strvec_release(&o->words);
	strvec_release(&o->cache_stages);
	strvec_release(&o->cache_fallbacks);
	free(o->image);
	free(o->target);
	free(o->file);
	free(o->cache_branch);
	free(o->cache_default_branch);
	free(o->cache_repo);
	free(o->cache_key);
	free(o->cache_prefix);
	free(o->report);
	free(o->summary);
	free(o->dotenv);
	free(o->completion);
	free(o->docker);
}

bool
options_push(const struct options *o)
{
	return o->push == TRI_UNSET ? !o->drop_in : o->push == TRI_YES;
}

/* --secret id=x,src=/dev/stdin */
static bool
is_stdin_secret(const char *secret)
{
	const char *p = strstr(secret, "/dev/stdin");

	return p && p > secret && p[-1] == '=';
}

bool
options_stdin_secret(const struct options *o)
{
	size_t i;

	for (i = 0; i < o->secrets.nr && !is_stdin_secret(o->secrets.v[i]);)
		i++;
	return i < o->secrets.nr;
}

bool
options_stdin(const struct options *o)
{
	return str_eq(o->file, "-") || str_eq(options_context(o), "-") || options_stdin_secret(o);
}

const char *
options_last(const struct strvec *values)
{
	return values->nr ? values->v[values->nr - 1] : NULL;
}

const char *
options_context(const struct options *o)
{
	return o->contexts.nr ? o->contexts.v[0] : ".";
}

static const char *const usage[] = {
	[PROGRAM_BUILD] =
		"Usage: docker-build-remote-cache IMAGE [OPTION | DOCKER BUILD OPTION]... [PATH | "
		"URL | -]\n"
		"       docker-build-remote-cache [OPTION | DOCKER BUILD OPTION]... -t IMAGE PATH "
		"| URL | -\n"
		"\n"
		"Loads the layer cache that the registry holds for this branch, builds stage by\n"
		"stage, stores the cache again whatever happens to the build, and pushes IMAGE\n"
		"(the second form, which is docker build's: only with --push). PATH is . by\n"
		"default in the first form, but beside a -t. Options of docker build go to "
		"docker.\n",
	[PROGRAM_PULL_TAG] = "Usage: docker-pull-tag [OPTION]... REMOTE [LOCAL]\n"
			     "\n"
			     "Pulls REMOTE and tags it LOCAL, as docker-build-remote-cache does. "
			     "Of its options\n--retries, --grace and --dry-run count:\n",
	[PROGRAM_TAG_PUSH] = "Usage: docker-tag-push [OPTION]... LOCAL [REMOTE]\n"
			     "\n"
			     "Tags LOCAL as REMOTE and pushes that, as docker-build-remote-cache "
			     "does. Of its\n"
			     "options --retries, --grace and --dry-run count:\n",
};

void
options_help(const struct options *o, struct strbuf *out)
{
	strbuf_addf(out, "%s\n", usage[o->program]);
	own_options_help(out);
	strbuf_addstr(out,
		"  --help, --version\n\n"
		"Each but these two is also a variable: DBRC_CACHE_MODE for --cache-mode.\n"
		"DBRC_DOCKER names the docker command. See docker-build-remote-cache(1).\n");
}

void
options_list_tags(struct strvec *tags, const struct options *o)
{
	size_t i;

	strvec_init(tags);
	strvec_push(tags, o->image);
	for (i = 0; i < o->tags.nr; i++)
		strvec_push_new(tags, o->tags.v[i]);
}

void
options_push_tags(struct strvec *argv, const struct options *o)
{
	struct strvec tags;

	options_list_tags(&tags, o);
	strvec_push_options(argv, "-t", &tags);
	strvec_release(&tags);
}

void
options_push_contexts(struct strvec *argv, const struct options *o)
{
	if (options_hides(o))
		strvec_push(argv, "--");
	if (!o->contexts.nr)
		strvec_push(argv, options_context(o));
	strvec_push_all(argv, &o->contexts);
}

bool
options_hides(const struct options *o)
{
	bool hidden = false;
	size_t i;

	for (i = 0; i < o->contexts.nr; i++)
		hidden |= o->contexts.v[i][0] == '-' && o->contexts.v[i][1];
	return hidden;
}
