#include "completion.h"

#include <string.h>

#include "docker_flags.h"
#include "own_options.h"

#define NAME "docker-build-remote-cache"

/* Words that an option's value is one of; options whose value is a file. */
static const struct {
	const char *option, *words;
} values[] = {
	{"cache-mode", "auto pull inline registry"},
	{"cache-shared", "default always never"},
	{"completion", "bash zsh fish"},
	{"progress", "auto plain tty rawjson quiet"},
};
static const char *const files[] = {
	"report", "summary", "dotenv", "file", "iidfile", "metadata-file", "server-config"};

static const char *
words_of(const char *option)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		if (str_eq(values[i].option, option))
			return values[i].words;
	}
	return NULL;
}

static bool
is_file(const char *option)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if (str_eq(files[i], option))
			return true;
	}
	return false;
}

/* The option of a number, ours first, then docker's; false: there are no more. docker's have no
 * help: that is docker's to give. */
static bool
option_at(size_t i, struct own_option_text *it)
{
	const struct docker_flag *flag;

	if (own_option_at(i, it))
		return true;
	flag = docker_flag_at(i - own_options_number());
	if (!flag)
		return false;
	*it = (struct own_option_text){flag->name, flag->value ? "VALUE" : NULL, "of docker build"};
	return true;
}

static void
bash(struct strbuf *out)
{
	struct own_option_text it;
	size_t i;

	strbuf_addstr(out,
		"# bash completion of " NAME "\n"
		"_docker_build_remote_cache() {\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		"\tcase $prev in\n");
	for (i = 0; i < ARRAY_SIZE(values); i++)
		strbuf_addf(out, "\t--%s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n",
			values[i].option, values[i].words);
	strbuf_addstr(out, "\t-f");
	for (i = 0; i < ARRAY_SIZE(files); i++)
		strbuf_addf(out, " | --%s", files[i]);
	strbuf_addstr(out, ") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
			   "\tesac\n"
			   "\tcase $cur in\n"
			   "\t-*) COMPREPLY=($(compgen -W '--help --version");
	for (i = 0; option_at(i, &it); i++)
		strbuf_addf(out, " --%s", it.name);
	strbuf_addstr(out, "' -- \"$cur\")) ;;\n"
			   "\t*) COMPREPLY=($(compgen -d -- \"$cur\")) ;;\n"
			   "\tesac\n"
			   "}\n"
			   "complete -o filenames -F _docker_build_remote_cache " NAME "\n");
}

/* Help within single quotes of zsh, and there within brackets of _arguments. */
static void
add_zsh_help(struct strbuf *out, const char *help)
{
	for (; *help; help++) {
		if (strchr("[]:\\", *help))
			strbuf_addch(out, '\\');
		strbuf_addstr(out, *help == '\'' ? "'\\'" : "");
		strbuf_addch(out, *help);
	}
}

/* Within single quotes of fish. */
static void
add_fish_help(struct strbuf *out, const char *help)
{
	for (; *help; help++) {
		if (strchr("'\\", *help))
			strbuf_addch(out, '\\');
		strbuf_addch(out, *help);
	}
}

static void
zsh(struct strbuf *out)
{
	struct own_option_text it;
	size_t i;

	strbuf_addstr(out, "#compdef " NAME "\n_arguments \\\n");
	for (i = 0; option_at(i, &it); i++) {
		const char *words = words_of(it.name);

		strbuf_addf(out, "\t'*--%s%s[", it.name, it.value ? "=" : "");
		add_zsh_help(out, it.help);
		strbuf_addch(out, ']');
		if (words)
			strbuf_addf(out, ":%s:(%s)", it.value, words);
		else if (it.value)
			strbuf_addf(out, ":%s:%s", it.value, is_file(it.name) ? "_files" : "");
		strbuf_addstr(out, "' \\\n");
	}
	strbuf_addstr(out, "\t'--help[help]' '--version[version]' '*:path:_files -/'\n");
}

static void
fish(struct strbuf *out)
{
	struct own_option_text it;
	size_t i;

	for (i = 0; option_at(i, &it); i++) {
		const char *words = words_of(it.name);

		strbuf_addf(out, "complete -c " NAME " -l %s", it.name);
		if (it.value)
			strbuf_addstr(out, is_file(it.name) ? " -r -F" : " -x");
		if (words)
			strbuf_addf(out, " -a '%s'", words);
		strbuf_addstr(out, " -d '");
		add_fish_help(out, it.help);
		strbuf_addstr(out, "'\n");
	}
	strbuf_addstr(out, "complete -c " NAME " -l help\ncomplete -c " NAME " -l version\n");
}

void
completion_script(const char *shell, struct strbuf *out)
{
	if (str_eq(shell, "bash"))
		bash(out);
	else if (str_eq(shell, "zsh"))
		zsh(out);
	else
		fish(out);
}
