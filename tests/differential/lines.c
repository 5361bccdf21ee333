#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strbuf.h"

#define IMAGE       "reg.io/app:1"
#define FLAGS_MAX   128
#define RANDOM_SEED 0x9e3779b97f4a7c15u

struct flag {
	char *name, *letter, *value;
	bool takes_value, known;
};

/*
 * Templates: words with blanks between, '' is an empty one. @N is the flag's name, @X its letter,
 * @V a value that docker takes. In front may stand
 *	!	there is no context in these words: docker wants one, our first form takes "."
 *	i	only our first form can say this: IMAGE, then the words
 *	d	only the second can: -t IMAGE, then the words
 */
static const char *const of_values[] = {"--@N @V ctx", "--@N=@V ctx", "ctx --@N @V",
	"--@N --no-cache ctx", "d!--@N ctx", "--@N -- ctx", "--@N= ctx", "--@N '' ctx", "ctx --@N",
	"--@N @V --@N=@V ctx"};
static const char *const of_letters_of_values[] = {"-@X @V ctx", "-@X@V ctx", "-@X=@V ctx",
	"-q@X @V ctx", "-q@X@V ctx", "ctx -q@X=@V", "-@X= ctx", "ctx -@X", "d!-@X ctx",
	"-@X -q ctx", "-@X '' ctx", "-@X=-q ctx", "-@X==q ctx"};
static const char *const of_booleans[] = {"--@N ctx", "ctx --@N=true", "--@N=false ctx",
	"--@N=maybe ctx", "--@N false", "i!--@N --@N=F", "--@N= ctx"};
static const char *const of_letters_of_booleans[] = {"-@X ctx", "-@X=false ctx", "-@X=maybe ctx",
	"-@X= ctx", "-@X@X ctx", "-@X=0@X ctx", "-@X false", "-@Xt reg.io/app:b ctx",
	"ctx -@Xf Dockerfile.other", "-@X=true -@X=f ctx"};
static const char *const of_unknown_values[] = {"--@N @V ctx", "ctx --@N=@V"};
static const char *const of_unknown_booleans[] = {"--@N ctx", "ctx --@N=1"};

/* What no table tells. */
static const char *const others[] = {"ctx", "!", "sub", "-", "ctx/in", "nowhere", "''", "ictx ''",
	"i ctx sub", "ictx sub --no-cache", "i-q ctx --no-cache sub", "d'' --no-cache", "-q -",
	"- -q", "-f - ctx", "-f- ctx", "-f=- ctx", "--file - -", "-f - -", "-- ctx", "i-- ctx sub",
	"-- --no-cache", "-- -q", "--no-cache -- -t", "ictx -- sub", "ctx --", "!--", "i-- ctx --",
	"-- -", "-- ''", "--no-cache ctx -q", "ctx --no-cache -q", "--no-cache -q ctx",
	"--pull false", "--pull true --no-cache", "--no-cache 0", "i--pull false ctx", "-q false",
	"--rm=0 ctx", "--rm 0", "--pull=T --no-cache=t --rm=TRUE ctx", "--pull=yes ctx",
	"--pull=tRue ctx", "d--build-ar A=b ctx", "i--build-ar A=b ctx", "--ta x ctx", "---x ctx",
	"--=x ctx", "-=x ctx", "-x ctx", "-qx ctx", "-qz=1 ctx", "--no-cache-x ctx",
	"--no_cache ctx", "--NO-CACHE ctx", "--unknown", "--unknown=ctx ctx", "-é ctx", "-1 ctx",
	"--pull-- ctx", "ctx --no-cache --pull", "-t reg.io/app:2 ctx",
	"-treg.io/app:2 -t=reg.io/app:3 --tag reg.io/app:4 ctx",
	"-t reg.io/app:1 -t reg.io/app:1 ctx", "-t reg.io/app:2 -t reg.io/app:2 ctx", "-t= ctx",
	"-t== ctx", "--tag= ctx", "-t BAD ctx", "-t -q ctx", "-tq: ctx", "-qt reg.io/app:2 ctx",
	"-qtreg.io/app:2 ctx", "-qt=reg.io/app:2 ctx", "-qt= ctx", "ctx -qt", "-t docker.io/a ctx",
	"-t a@sha256:1 ctx", "-fDockerfile.other ctx", "-f=ctx/Dockerfile ctx",
	"-f ctx/Dockerfile.other ctx", "-f Dockerfile.other .", "-f nofile ctx", "-f '' ctx",
	"-f a -f Dockerfile.other .", "-f sub/Dockerfile ctx", "-qf Dockerfile.other ctx",
	"-qfDockerfile.other ctx", "--target '' ctx", "--target a --target= ctx",
	"--target a --target b ctx", "--no-cache --no-cache=false ctx",
	"--no-cache=false --no-cache ctx", "-q -q=false ctx", "-q=false -q ctx", "-qq ctx",
	"--no-cache --cache-from a:1 ctx", "--cache-from a:1,b:2 --cache-from=c:3 ctx",
	"--cache-from= --cache-from a:1 ctx", "--cache-from \"a ctx", "--cache-from \"a\",b ctx",
	"--build-arg A=1 --build-arg=B=2 --build-arg A=3 ctx", "--build-arg FROM_ENV ctx",
	"--build-arg --build-arg ctx", "--build-arg = ctx", "--build-arg -- ctx",
	"--label --label ctx", "--label a --label=a=b ctx", "--label '' ctx", "-c7 -m64m ctx",
	"-m 64m -c=7 ctx", "-qc7 ctx", "-qm=64m ctx", "-m-1 ctx", "-c -1 ctx", "-c x ctx",
	"--memory-swap -1 ctx", "--memory-swap=-1 ctx", "--ulimit a ctx", "--ulimit nofile=1 ctx",
	"--ulimit nofile=1 --ulimit nproc=2 ctx", "--shm-size x ctx", "--add-host x ctx",
	"--security-opt a,b --security-opt c ctx", "--network= ctx", "--platform= ctx",
	"-h=false ctx", "--help=0 ctx", "--help=maybe ctx", "-h=maybe ctx", "-qh=f ctx",
	"--iidfile id ctx", "--iidfile --no-cache ctx", "--iidfile= ctx", "--iidfile no/where ctx",
	"-D ctx", "-Dq ctx", "-H x ctx", "--config x ctx", "--version=x ctx",
	"http://127.0.0.1:1/x.tar", "-q http://127.0.0.1:1/x.tar", "-o type=cacheonly ctx",
	"-otype=cacheonly ctx", "-o=type=cacheonly ctx", "-o - ctx", "-qo - ctx", "-o nosuch=1 ctx",
	"--check ctx", "--call=check ctx", "--print x ctx"};

static void
expand(struct strbuf *word, const char *text, size_t len, const struct flag *flag)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] != '@' || !strchr("NXV", text[i + 1])) {
			strbuf_addch(word, text[i]);
			continue;
		}
		i++;
		strbuf_addstr(word, text[i] == 'N'   ? flag->name
				    : text[i] == 'X' ? flag->letter
						     : flag->value);
	}
}

/* Adds a line in one of our two forms; words are those of docker's, without image. */
static void
add_line(struct lines *lines, enum client client, const struct strvec *words, bool first_form,
	bool no_context)
{
	struct line *line;

	lines->v = xreallocarray(lines->v, lines->nr + 1, sizeof(*lines->v));
	line = &lines->v[lines->nr++];
	*line = (struct line){.client = client};
	strvec_init(&line->ours);
	strvec_init(&line->docker);
	strvec_pushl(&line->docker, "-t", IMAGE);
	if (first_form)
		strvec_push(&line->ours, IMAGE);
	else
		strvec_pushl(&line->ours, "-t", IMAGE);
	if (no_context && first_form)
		strvec_push(&line->docker, ".");
	strvec_push_all(&line->docker, words);
	strvec_push_all(&line->ours, words);
}

/* number chooses the form where both can say it */
static void
add_template(struct lines *lines, enum client client, const char *text, const struct flag *flag,
	size_t number)
{
	const char *context = "ctx";
	bool first_form = number % 2, no_context = false;
	struct strvec words;
	struct strbuf word;

	for (; *text && strchr("!id", *text); text++) {
		if (*text == '!')
			no_context = true;
		else
			first_form = *text == 'i';
	}
	/* buildx tells which context it took only when there is none such */
	if (client == BUILDX_26 && number % 4 > 1)
		context = "nowhere";
	strvec_init(&words);
	strbuf_init(&word);
	while (*text) {
		size_t len = strcspn(text, " ");

		strbuf_reset(&word);
		if (len == 3 && memcmp(text, "ctx", 3) == 0)
			strbuf_addstr(&word, context);
		else if (len != 2 || memcmp(text, "''", 2) != 0)
			expand(&word, text, len, flag);
		if (len)
			strvec_push(&words, word.buf);
		text += len + (text[len] == ' ');
	}
	add_line(lines, client, &words, first_form, no_context);
	strbuf_release(&word);
	strvec_release(&words);
}

/* Splits at tabs and the end of the line; what is missing is empty. */
static void
split(char *line, char *columns[], size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		columns[i] = line;
		line += strcspn(line, "\t\n");
		if (*line)
			*line++ = '\0';
	}
}

/* Fills in what the client's values.tsv says of the flag. */
static bool
read_values(struct flag *flags, size_t nr, enum client client, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1024], *columns[3];
	size_t i;

	while (file && fgets(line, sizeof(line), file)) {
		split(line, columns, 3);
		for (i = 0; i < nr; i++) {
			if (!str_eq(flags[i].name, columns[0]))
				continue;
			free(flags[i].value);
			flags[i].value = xstrdup(columns[1]);
			flags[i].known = strchr(columns[2], client == BUILDX_26 ? 'b' : 'l');
		}
	}
	if (file)
		fclose(file);
	return file != NULL;
}

static size_t
read_flags(struct flag *flags, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1024], *columns[3];
	size_t nr = 0;

	while (file && nr < FLAGS_MAX && fgets(line, sizeof(line), file)) {
		if (line[0] == '#')
			continue;
		split(line, columns, 3);
		flags[nr++] = (struct flag){.name = xstrdup(columns[0]),
			.letter = xstrdup(columns[1]),
			.value = xstrdup("x"),
			.takes_value = str_eq(columns[2], "value")};
	}
	if (file)
		fclose(file);
	return nr;
}

#define ADD_EACH(templates)                                                                        \
	do {                                                                                       \
		size_t each_;                                                                      \
		for (each_ = 0; each_ < ARRAY_SIZE(templates); each_++)                            \
			add_template(lines, client, (templates)[each_], flag, lines->nr);          \
	} while (0)

/* --help is ours, and --push is done by us: docker does not see them. */
static void
add_lines_of_flag(struct lines *lines, enum client client, const struct flag *flag)
{
	if (str_eq(flag->name, "help") || str_eq(flag->name, "push"))
		return;
	if (!flag->known && flag->takes_value) {
		ADD_EACH(of_unknown_values);
	} else if (!flag->known) {
		ADD_EACH(of_unknown_booleans);
	} else if (flag->takes_value) {
		ADD_EACH(of_values);
		if (*flag->letter)
			ADD_EACH(of_letters_of_values);
	} else {
		ADD_EACH(of_booleans);
		if (*flag->letter)
			ADD_EACH(of_letters_of_booleans);
	}
}

static size_t
below(uint64_t *state, size_t n)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (size_t)(*state % n);
}

/* One good flag in one of its forms. */
static void
push_random_flag(struct strvec *words, const struct flag *flag, uint64_t *state)
{
	size_t form = below(state, *flag->letter ? 6 : 3);

	if (!flag->takes_value) {
		if (form < 2)
			strvec_pushf(words, "--%s", flag->name);
		else if (form == 2)
			strvec_pushf(words, "--%s=%s", flag->name, below(state, 2) ? "1" : "false");
		else
			strvec_pushf(words, "-%s%s", flag->letter, form == 3 ? "=0" : "");
		return;
	}
	if (form == 0) {
		strvec_pushf(words, "--%s=%s", flag->name, flag->value);
	} else if (form < 3) {
		strvec_pushf(words, "--%s", flag->name);
		strvec_push(words, flag->value);
	} else if (form == 3) {
		strvec_pushf(words, "-%s", flag->letter);
		strvec_push(words, flag->value);
	} else {
		strvec_pushf(words, "-%s%s%s%s", below(state, 2) ? "q" : "", flag->letter,
			form == 4 ? "=" : "", flag->value);
	}
}

/* Several good flags, and the context somewhere between them. */
static void
add_random(struct lines *lines, enum client client, const struct flag *flags, size_t nr,
	uint64_t *state)
{
	static const char *const contexts[] = {"ctx", "sub", "false", "ctx/in", "nowhere"};
	size_t pieces = 2 + below(state, 6), where = below(state, pieces), i;
	struct strvec words;

	strvec_init(&words);
	for (i = 0; i < pieces; i++) {
		const struct flag *flag = &flags[below(state, nr)];

		if (i == where)
			strvec_push(&words, contexts[below(state, ARRAY_SIZE(contexts))]);
		while (!flag->known)
			flag = &flags[below(state, nr)];
		push_random_flag(&words, flag, state);
	}
	add_line(lines, client, &words, below(state, 2), false);
	strvec_release(&words);
}

bool
lines_add(struct lines *lines, enum client client, const char *flags_path, const char *values_path)
{
	struct flag flags[FLAGS_MAX];
	size_t nr = read_flags(flags, flags_path), i;
	const struct flag *flag = flags;
	uint64_t state = RANDOM_SEED + client;
	bool good = nr && read_values(flags, nr, client, values_path);

	for (i = 0; good && i < nr; i++)
		add_lines_of_flag(lines, client, &flags[i]);
	if (good)
		ADD_EACH(others);
	for (i = 0; good && i < 150; i++)
		add_random(lines, client, flags, nr, &state);
	for (i = 0; i < nr; i++) {
		free(flags[i].name);
		free(flags[i].letter);
		free(flags[i].value);
	}
	return good;
}

void
lines_release(struct lines *lines)
{
	size_t i;

	for (i = 0; i < lines->nr; i++) {
		strvec_release(&lines->v[i].ours);
		strvec_release(&lines->v[i].docker);
	}
	free(lines->v);
}
