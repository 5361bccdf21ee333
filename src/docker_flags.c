#include "docker_flags.h"

#include <string.h>

/* In alphabetical order, for the reader; letters are unique. */
static const struct docker_flag flags[] = {
	{"add-host", 0, true, FLAG_EVERY},
	{"allow", 0, true, FLAG_EVERY},
	{"annotation", 0, true, FLAG_FINAL},
	{"attest", 0, true, FLAG_FINAL},
	{"build-arg", 0, true, FLAG_EVERY},
	{"build-context", 0, true, FLAG_EVERY},
	{"builder", 0, true, FLAG_EVERY},
	{"cache-from", 0, true, FLAG_CACHE_FROM},
	{"cache-to", 0, true, FLAG_CACHE_TO},
	{"call", 0, true, FLAG_QUESTION},
	{"cgroup-parent", 0, true, FLAG_EVERY},
	{"check", 0, false, FLAG_QUESTION},
	{"compress", 0, false, FLAG_EVERY},
	{"console", 0, false, FLAG_EVERY},
	{"cpu-period", 0, true, FLAG_EVERY},
	{"cpu-quota", 0, true, FLAG_EVERY},
	{"cpu-shares", 'c', true, FLAG_EVERY},
	{"cpuset-cpus", 0, true, FLAG_EVERY},
	{"cpuset-mems", 0, true, FLAG_EVERY},
	{"debug", 'D', false, FLAG_EVERY},
	{"detach", 0, false, FLAG_EVERY},
	{"disable-content-trust", 0, false, FLAG_EVERY},
	{"file", 'f', true, FLAG_FILE},
	{"force-rm", 0, false, FLAG_EVERY},
	{"help", 'h', false, FLAG_HELP},
	{"iidfile", 0, true, FLAG_FINAL},
	{"invoke", 0, true, FLAG_EVERY},
	{"isolation", 0, true, FLAG_EVERY},
	{"label", 0, true, FLAG_FINAL},
	{"load", 0, false, FLAG_LOAD},
	{"memory", 'm', true, FLAG_EVERY},
	{"memory-swap", 0, true, FLAG_EVERY},
	{"metadata-file", 0, true, FLAG_FINAL},
	{"network", 0, true, FLAG_EVERY},
	{"no-cache", 0, false, FLAG_NO_CACHE},
	{"no-cache-filter", 0, true, FLAG_NO_CACHE_FILTER},
	{"output", 'o', true, FLAG_FINAL},
	{"platform", 0, true, FLAG_EVERY},
	{"policy", 0, true, FLAG_EVERY},
	{"print", 0, true, FLAG_QUESTION},
	{"progress", 0, true, FLAG_EVERY},
	{"provenance", 0, true, FLAG_FINAL},
	{"pull", 0, false, FLAG_EVERY},
	{"push", 0, false, FLAG_PUSH},
	{"quiet", 'q', false, FLAG_QUIET},
	{"resource", 0, true, FLAG_EVERY},
	{"rm", 0, false, FLAG_EVERY},
	{"root", 0, true, FLAG_EVERY},
	{"sbom", 0, true, FLAG_FINAL},
	{"secret", 0, true, FLAG_EVERY},
	{"security-opt", 0, true, FLAG_EVERY},
	{"server-config", 0, true, FLAG_EVERY},
	{"shm-size", 0, true, FLAG_EVERY},
	{"squash", 0, false, FLAG_FINAL},
	{"ssh", 0, true, FLAG_EVERY},
	{"stream", 0, false, FLAG_EVERY},
	{"tag", 't', true, FLAG_TAG},
	{"target", 0, true, FLAG_TARGET},
	{"ulimit", 0, true, FLAG_EVERY},
};

const struct docker_flag *
docker_flag_at(size_t i)
{
	return i < ARRAY_SIZE(flags) ? &flags[i] : NULL;
}

const struct docker_flag *
docker_flag_by_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		if (strlen(flags[i].name) == len && memcmp(flags[i].name, name, len) == 0)
			return &flags[i];
	}
	return NULL;
}

const struct docker_flag *
docker_flag_by_letter(char letter)
{
	size_t i;

	for (i = 0; letter && i < ARRAY_SIZE(flags); i++) {
		if (flags[i].letter == letter)
			return &flags[i];
	}
	return NULL;
}

/*
 * Whether a line of the help is the flag's, and has it take a value: "  -t, --tag stringArray ...".
 * One with a default for when it stands alone ("--call string[="build"]") never takes the next
 * word.
 */
static bool
read_help_line(const char *line, char wanted, const char *name, size_t len, bool *value)
{
	const char *p = line + strspn(line, " ");
	char letter = '\0';
	size_t n;

	if (p[0] == '-' && is_alnum(p[1])) {
		letter = p[1];
		p += p[2] == ',' ? 3 : 2;
		p += strspn(p, " ");
	}
	p = str_skip_prefix(p, "--");
	n = p ? strcspn(p, " \n") : 0;
	if (wanted ? letter != wanted : n != len || memcmp(p, name, len) != 0)
		return false;
	*value = false;
	if (p && p[n] == ' ' && p[n + 1] != ' ' && p[n + 1] != '\n' && p[n + 1])
		*value = !memchr(p + n + 1, '[', strcspn(p + n + 1, " \n"));
	return true;
}

bool
docker_flag_in_help(
	const char *help, char letter, const char *name, size_t len, struct docker_flag *flag)
{
	bool value;

	for (; help; help = strchr(help, '\n')) {
		help += *help == '\n';
		if ((!letter && !len) || !read_help_line(help, letter, name, len, &value))
			continue;
		*flag = (struct docker_flag){.name = "", .value = value, .use = FLAG_EVERY};
		return true;
	}
	return false;
}

bool
docker_flag_bool(const char *text, bool *value)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{"1", true},
		{"t", true},
		{"T", true},
		{"TRUE", true},
		{"true", true},
		{"True", true},
		{"0", false},
		{"f", false},
		{"F", false},
		{"FALSE", false},
		{"false", false},
		{"False", false},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (str_eq(words[i].text, text)) {
			*value = words[i].value;
			return true;
		}
	}
	return false;
}
