/*
 * options: the command line and the DBRC_ variables -> struct options; pure.
 *
 * docker's own flags are read by pflag's rules (spf13/pflag flag.go: parseArgs, parseLongArg,
 * parseSingleShortArg), so that what we take for the image or the context is what docker would.
 * What docker would refuse is not judged here but left for docker to refuse: see plain.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "strbuf.h"
#include "strvec.h"

#define JOBS_MAX        32
#define RETRIES_MAX     100
#define CHECKPOINT_MAX  86400
#define GRACE_MAX       3600
#define OWN_OPTIONS_MAX 32

enum program { PROGRAM_BUILD, PROGRAM_PULL_TAG, PROGRAM_TAG_PUSH };
enum tri { TRI_UNSET, TRI_NO, TRI_YES };
enum cache_mode { MODE_AUTO, MODE_PULL, MODE_INLINE, MODE_REGISTRY };
enum shared { SHARED_DEFAULT, SHARED_ALWAYS, SHARED_NEVER };
enum dry_run { DRY_RUN_NO, DRY_RUN_TEXT, DRY_RUN_JSON };

struct options {
	enum program program;     /* by the name we are called as */
	bool help, version;       /* asked for: nothing else counts */
	bool plugin;              /* docker calls us as a plugin */
	bool metadata;            /* the same; by docker, of its plugin */
	struct strvec references; /* of the two helper programs: their one or two arguments */

	char *image;            /* the first form's IMAGE, else the first -t; NULL: none */
	bool drop_in;           /* the image came by -t: pushed only with --push */
	struct strvec tags;     /* further -t, in order */
	struct strvec contexts; /* as many as were given; docker takes exactly one */

	/* values of flags that are also among every and final */
	struct strvec build_args, build_contexts, builders, outputs, platforms, progress, secrets;

	struct strvec every; /* docker's flags for each build, word by word */
	struct strvec final; /* docker's flags for the build of the image alone */
	char *target;        /* NULL: the last stage */
	char *file;          /* NULL: docker's default */
	struct strvec cache_from, cache_to, no_cache_filter;
	bool no_cache, quiet;
	enum tri push, load;

	/*
	 * All docker words as they stood, to be given to one plain `docker build`: for questions
	 * (--check) and for what docker has to refuse.
	 */
	struct strvec words;
	bool plain;
	bool asks_help; /* a flag is in no table: parse again with what `docker build --help` says
			 */

	/* our own */
	struct strvec cache_stages, cache_fallbacks;
	char *cache_branch, *cache_default_branch, *cache_repo, *cache_key, *cache_prefix;
	enum cache_mode mode;
	enum shared shared;
	bool read_only;
	unsigned jobs, retries, checkpoint, grace;
	char *report, *summary, *dotenv; /* files to write; NULL: none */
	enum dry_run dry_run;
	char *completion;            /* the shell to print a script for, as help; NULL: none */
	bool explain;                /* say what would be done, and why; run nothing */
	bool given[OWN_OPTIONS_MAX]; /* rows of the table in own_options.c that were on the command
					line */
	char *docker;                /* the docker command; DBRC_DOCKER, else "docker" */
};

/*
 * Parses argv, whose first word also tells which of the three programs we are. build_help is the
 * output of `docker build --help`; NULL: not known. False: a usage error, said in one line in err.
 * Release either way.
 */
bool options_parse(struct options *o, char *const argv[], const struct lookup *env,
	const char *build_help, struct strbuf *err);
void options_release(struct options *o);

/* Whether IMAGE itself is to be pushed. */
bool options_push(const struct options *o);

/* Whether the build reads standard input: its context, its Dockerfile or a secret is there. */
bool options_stdin(const struct options *o);
bool options_stdin_secret(const struct options *o);

/* The last of a flag's values; NULL: not given. */
const char *options_last(const struct strvec *values);

/* IMAGE, and each -t that is another. */
void options_list_tags(struct strvec *tags, const struct options *o);

/* Adds them to a `docker build`, as -t; and the contexts at its end: docker refuses more than one
 * itself. */
void options_push_tags(struct strvec *argv, const struct options *o);
void options_push_contexts(struct strvec *argv, const struct options *o);

/* Whether a context looks like an option, so that it can stand only behind "--". */
bool options_hides(const struct options *o);

/* What `docker build` takes as its context: the one that was given, else ".". */
const char *options_context(const struct options *o);

/* The text of --help, made from the table that parses. */
void options_help(const struct options *o, struct strbuf *out);

#endif
