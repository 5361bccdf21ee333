#include "own_options.h"

#include <stdlib.h>
#include <string.h>

#include "docker_flags.h"
#include "image_ref.h"

struct value {
	const char *text;    /* what was given */
	const char *subject; /* the option or variable it was given to, for messages */
	struct strbuf *err;
};

/* Takes a value up in the field; false when it is none the option takes, with err saying why. */
typedef bool take_fn(const struct value *value, void *field);

static bool
refuse(const struct value *value, const char *wanted)
{
	strbuf_addf(value->err, "%s: '", value->subject);
	strbuf_add_visible(value->err, value->text);
	strbuf_addf(value->err, "' is not %s", wanted);
	return false;
}

static bool
take_text(const struct value *value, void *field)
{
	char **text = field;

	if (!*value->text)
		return refuse(value, "a name");
	free(*text);
	*text = xstrdup(value->text);
	return true;
}

static bool
take_item(const struct value *value, void *field)
{
	if (!*value->text)
		return refuse(value, "a name");
	strvec_push(field, value->text);
	return true;
}

static bool
take_repository(const struct value *value, void *field)
{
	struct image_ref ref;
	bool good = image_ref_parse(&ref, value->text, NULL) && !ref.tag && !ref.digest;

	image_ref_release(&ref);
	return good ? take_text(value, field) : refuse(value, "a repository without tag");
}

static bool
take_prefix(const struct value *value, void *field)
{
	if (!tag_is_legal(value->text) || strlen(value->text) > TAG_PREFIX_MAX)
		return refuse(value, "the start of a tag (up to 32 of letters, digits, _.-)");
	return take_text(value, field);
}

/* Which of the words the value is; -1: none, and err names them. */
static int
which_word(const struct value *value, const char *const words[])
{
	struct strbuf wanted;
	int i;

	for (i = 0; words[i]; i++) {
		if (str_eq(words[i], value->text))
			return i;
	}
	strbuf_init(&wanted);
	for (i = 0; words[i]; i++)
		strbuf_addf(&wanted, "%s%s", i == 0 ? "one of " : ", ", words[i]);
	refuse(value, wanted.buf);
	strbuf_release(&wanted);
	return -1;
}

/* The words of each enumeration stand in the order of its values in options.h. */
static bool
take_mode(const struct value *value, void *field)
{
	static const char *const words[] = {"auto", "pull", "inline", "registry", NULL};
	int chosen = which_word(value, words);

	if (chosen >= 0)
		*(enum cache_mode *)field = (enum cache_mode)chosen;
	return chosen >= 0;
}

static bool
take_shared(const struct value *value, void *field)
{
	static const char *const words[] = {"default", "always", "never", NULL};
	int chosen = which_word(value, words);

	if (chosen >= 0)
		*(enum shared *)field = (enum shared)chosen;
	return chosen >= 0;
}

static bool
take_dry_run(const struct value *value, void *field)
{
	static const char *const words[] = {"false", "true", "json", NULL};
	int chosen = which_word(value, words);

	if (chosen >= 0)
		*(enum dry_run *)field = (enum dry_run)chosen;
	return chosen >= 0;
}

static bool
take_shell(const struct value *value, void *field)
{
	static const char *const words[] = {"bash", "zsh", "fish", NULL};

	return which_word(value, words) >= 0 && take_text(value, field);
}

static bool
take_bool(const struct value *value, void *field)
{
	return docker_flag_bool(value->text, field) || refuse(value, "true or false");
}

static bool
take_number(const struct value *value, unsigned *field, unsigned min, unsigned max)
{
	const char *text = value->text;
	unsigned n = 0;
	char *wanted;
	size_t i;

	for (i = 0; is_digit(text[i]) && n <= max; i++)
		n = n * 10 + (unsigned)(text[i] - '0');
	if (i && !text[i] && n >= min && n <= max) {
		*field = n;
		return true;
	}
	wanted = xasprintf("a number from %u to %u", min, max);
	refuse(value, wanted);
	free(wanted);
	return false;
}

static bool
take_jobs(const struct value *value, void *field)
{
	return take_number(value, field, 1, JOBS_MAX);
}

static bool
take_retries(const struct value *value, void *field)
{
	return take_number(value, field, 0, RETRIES_MAX);
}

static bool
take_checkpoint(const struct value *value, void *field)
{
	return take_number(value, field, 0, CHECKPOINT_MAX);
}

static bool
take_grace(const struct value *value, void *field)
{
	return take_number(value, field, 0, GRACE_MAX);
}

#define AT(field) offsetof(struct options, field)

/* None is what a flag of docker's is called. */
static const struct own_option {
	const char *name;
	const char *value; /* what --help calls its value; NULL: needs none */
	bool repeatable;   /* its variable holds words with white space between */
	take_fn *take;
	size_t offset; /* of its field in struct options */
	const char *help;
} rows[] = {
	{"cache-stage", "NAME", true, take_item, AT(cache_stages),
		"cache this stage; default: every stage that the target needs"},
	{"cache-branch", "BRANCH", false, take_text, AT(cache_branch),
		"the branch to load from and store under, instead of the one detected"},
	{"cache-default-branch", "BRANCH", false, take_text, AT(cache_default_branch),
		"the default branch, instead of the one detected"},
	{"cache-fallback", "BRANCH", true, take_item, AT(cache_fallbacks),
		"a further branch to load from"},
	{"cache-repo", "REPO", false, take_repository, AT(cache_repo),
		"keep the cache in this repository instead of IMAGE's"},
	{"cache-key", "KEY", false, take_text, AT(cache_key),
		"a variant (of a build matrix, say) with a cache of its own"},
	{"cache-prefix", "PREFIX", false, take_prefix, AT(cache_prefix),
		"start every cache tag with this, so that retention rules can tell them"},
	{"cache-mode", "MODE", false, take_mode, AT(mode),
		"pull (legacy builder), inline (BuildKit), registry (BuildKit that exports "
		"caches), "
		"or auto: ask docker (default)"},
	{"cache-shared", "WHEN", false, take_shared, AT(shared),
		"store un-prefixed tags: default (from the default branch), always, never"},
	{"cache-read-only", NULL, false, take_bool, AT(read_only), "load the cache, store none"},
	{"jobs", "N", false, take_jobs, AT(jobs),
		"lookups, pulls and pushes side by side, and builds; default: 4"},
	{"retries", "N", false, take_retries, AT(retries),
		"further tries after a time-out, reset, 429 or 5xx; default: 3"},
	{"checkpoint", "SECONDS", false, take_checkpoint, AT(checkpoint),
		"store finished steps while the build goes on, once they took so long; 0: never; "
		"default: 10"},
	{"grace", "SECONDS", false, take_grace, AT(grace),
		"from a signal on, what is finished is stored for so long at most; default: 8"},
	{"report", "FILE", false, take_text, AT(report),
		"write what the run has done there, as JSON"},
	{"summary", "FILE", false, take_text, AT(summary), "the same as Markdown, for people"},
	{"dotenv", "FILE", false, take_text, AT(dotenv),
		"write DBRC_IMAGE, DBRC_DIGEST and DBRC_CACHE_HIT there, as NAME=value"},
	{"completion", "SHELL", false, take_shell, AT(completion),
		"print what makes bash, zsh or fish complete these options"},
	{"explain", NULL, false, take_bool, AT(explain),
		"say where the cache would be looked for and stored, and why; run nothing"},
	{"dry-run", NULL, false, take_dry_run, AT(dry_run),
		"print what would be run as shell commands, or as =json; run nothing"},
};

_Static_assert(ARRAY_SIZE(rows) <= OWN_OPTIONS_MAX, "struct options remembers which were given");

const struct own_option *
own_option_by_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
			return &rows[i];
	}
	return NULL;
}

bool
own_option_needs_value(const struct own_option *option)
{
	return option->value != NULL;
}

static bool
take(struct options *o, const struct own_option *option, const struct value *value)
{
	return option->take(value, (char *)o + option->offset);
}

bool
own_option_take(
	struct options *o, const struct own_option *option, const char *text, struct strbuf *err)
{
	char *subject = xasprintf("--%s", option->name);
	struct value value = {.text = text ? text : "true", .subject = subject, .err = err};
	bool good = false;

	o->given[option - rows] = true;
	if (!text && option->value)
		strbuf_addf(err, "%s: needs a value", subject);
	else
		good = take(o, option, &value);
	free(subject);
	return good;
}

/* The words of a repeatable option's variable, each as if given by itself. */
static bool
take_words(struct options *o, const struct own_option *option, const struct value *words)
{
	static const char white[] = " \t\n";
	const char *p = words->text + strspn(words->text, white);
	struct value value = *words;
	bool good = true;

	while (good && *p) {
		size_t n = strcspn(p, white);
		char *item = xstrndup(p, n);

		value.text = item;
		good = take(o, option, &value);
		free(item);
		p += n + strspn(p + n, white);
	}
	return good;
}

/* DBRC_CACHE_MODE for --cache-mode */
static char *
variable_name(const struct own_option *option)
{
	char *name = xasprintf("DBRC_%s", option->name), *c;

	for (c = name; *c; c++)
		*c = *c == '-' ? '_' : to_upper(*c);
	return name;
}

bool
own_options_from_env(struct options *o, const struct lookup *env, struct strbuf *err)
{
	bool good = true;
	size_t i;

	for (i = 0; good && i < ARRAY_SIZE(rows); i++) {
		char *name = variable_name(&rows[i]);
		struct value value = {.text = lookup_text(env, name), .subject = name, .err = err};

		if (value.text && !o->given[i])
			good = rows[i].repeatable ? take_words(o, &rows[i], &value)
						  : take(o, &rows[i], &value);
		free(name);
	}
	return good;
}

bool
own_option_at(size_t i, struct own_option_text *text)
{
	if (i >= ARRAY_SIZE(rows))
		return false;
	*text = (struct own_option_text){rows[i].name, rows[i].value, rows[i].help};
	return true;
}

size_t
own_options_number(void)
{
	return ARRAY_SIZE(rows);
}

void
own_options_help(struct strbuf *out)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		strbuf_addf(out, "  --%s", rows[i].name);
		if (rows[i].value)
			strbuf_addf(out, " %s", rows[i].value);
		strbuf_addf(out, "%s\n        %s\n", rows[i].repeatable ? " (repeatable)" : "",
			rows[i].help);
	}
}
