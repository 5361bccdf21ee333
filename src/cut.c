#include "cut.h"

#include <stdlib.h>
#include <string.h>

/* Whether an instruction is one of the steps that BuildKit counts. */
static bool
is_step(const struct instruction *it)
{
	static const char *const words[] = {"ADD", "COPY", "RUN", "WORKDIR"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (str_eq(it->word, words[i]))
			return true;
	}
	return false;
}

/* Whether the FROM is a step. */
static bool
counts_from(const struct stage *stage)
{
	return stage->base_stage < 0 && !str_eq_nocase(stage->base, "scratch");
}

size_t
cut_instruction(const struct dockerfile *df, size_t stage, unsigned step, unsigned of)
{
	const struct stage *it = &df->stages[stage];
	unsigned total = counts_from(it);
	size_t found = 0, i;

	for (i = it->first + 1; i < it->first + it->nr; i++) {
		if (is_step(&df->instructions[i]) && ++total == step)
			found = i;
	}
	return total == of ? found : 0;
}

/* Whether one of an instruction's flags, "--mount=type=bind,from=x", has a part; as far as they go.
 */
static bool
flag_has(const char *flag, size_t len, const char *part)
{
	size_t n = strlen(part), i;

	for (i = 0; i + n <= len; i++) {
		if (memcmp(flag + i, part, n) == 0)
			return true;
	}
	return false;
}

/* Goes through the flags of an instruction; NULL: there are no more. */
static const char *
next_flag(const char **args, size_t *len)
{
	const char *flag = *args + strspn(*args, " \t");

	if (!str_skip_prefix(flag, "--"))
		return NULL;
	*len = strcspn(flag, " \t");
	*args = flag + *len;
	return flag;
}

/* Whether a COPY or ADD takes something from outside: from the context, or the network. */
static bool
copies_context(const struct instruction *it)
{
	const char *args = it->args, *flag;
	size_t len;

	if (str_eq(it->word, "ADD"))
		return true;
	if (!str_eq(it->word, "COPY"))
		return false;
	while ((flag = next_flag(&args, &len)) != NULL) {
		if (str_skip_prefix(flag, "--from="))
			return false;
	}
	return true;
}

/* Whether a RUN mounts the context, or may do. */
static bool
mounts_context(const struct instruction *it)
{
	static const char *const others[] = {"type=cache", "type=tmpfs", "type=secret", "type=ssh"};
	const char *args = it->args, *flag;
	size_t len, i;

	if (!str_eq(it->word, "RUN"))
		return false;
	while ((flag = next_flag(&args, &len)) != NULL) {
		bool harmless = !str_skip_prefix(flag, "--mount") || flag_has(flag, len, "from=");

		for (i = 0; i < ARRAY_SIZE(others); i++)
			harmless |= flag_has(flag, len, others[i]);
		if (!harmless)
			return true;
	}
	return false;
}

static void
add_cut(size_t **cuts, size_t *nr, size_t at)
{
	*cuts = xreallocarray(*cuts, *nr + 1, sizeof(**cuts));
	(*cuts)[(*nr)++] = at;
}

size_t
cut_before(const struct dockerfile *df, size_t stage, size_t at, size_t **cuts)
{
	bool *needed = xcalloc(df->nr_stages, sizeof(*needed));
	bool open = false, good = true; /* open: a copy is not known to be cached */
	size_t nr = 0, i;

	*cuts = NULL;
	dockerfile_needed(df, stage, needed);
	for (i = 0; good && i < at; i++) {
		const struct instruction *it = &df->instructions[i];

		if (open && (str_eq(it->word, "RUN") || str_eq(it->word, "FROM"))) {
			add_cut(cuts, &nr, i);
			open = false;
		}
		if (it->stage < 0 || !needed[it->stage])
			continue;
		open |= copies_context(it);
		good = !mounts_context(it);
	}
	free(needed);
	if (good) {
		add_cut(cuts, &nr, at);
		return nr;
	}
	free(*cuts);
	*cuts = NULL;
	return 0;
}
