/*
 * facts: what the world outside says: environment, files, .git, terminals. Nothing else calls
 * getenv, isatty or stat, or opens a file to read. It decides nothing.
 */
#ifndef FACTS_H
#define FACTS_H

#include "ci.h"
#include "options.h"
#include "replay.h"
#include "strbuf.h"

struct facts {
	struct ci ci;
	/* The checkout: GIT_DIR's, else the one we are in, else the context's. No git is needed. */
	char *git_branch; /* from its HEAD; NULL: detached, no files for refs, no checkout */
	char *git_default_branch; /* from refs/remotes/origin/HEAD; NULL: not there */
	bool in_git;              /* there is one */

	bool context_is_directory;
	char *dockerfile_path;    /* where the Dockerfile was read; NULL: not from a file */
	bool has_dockerfile;      /* it was read, from there or from standard input */
	struct strbuf dockerfile; /* its bytes */
	char *dockerignore_path; /* the ignore file of that Dockerfile alone; NULL: there is none */

	bool secret_once;    /* a secret is read from a pipe: there can be one build only */
	struct replay input; /* what came on standard input, where the build reads that */
	int input_error;     /* why it could not be kept: an error number; 0: it was */

	char *machine;                /* what uname calls this machine's architecture */
	const char *default_platform; /* DOCKER_DEFAULT_PLATFORM; not owned, NULL: not set */

	const char *buildx_builder;  /* BUILDX_BUILDER's value, not owned; NULL: not set or empty */
	const char *progress;        /* BUILDKIT_PROGRESS's value, not owned; NULL: the same */
	const char *docker_buildkit; /* the variable's value, not owned; NULL: not set */
	bool has_policy; /* the user has a source policy: EXPERIMENTAL_BUILDKIT_SOURCE_POLICY */

	/*
	 * Where docker shall draw on the terminal itself: standard error is one, and nothing says
	 * that a log is wanted (a CI system, BUILDKIT_PROGRESS=plain).
	 */
	bool terminal;
	bool terminal_group; /* we are in the terminal's foreground process group */
	unsigned columns;    /* of that terminal, for what is drawn with characters; 0: draw nothing
				(NO_COLOR, TERM=dumb) */
	/* Files that GitHub takes outputs and summaries of a step from; not owned, NULL: none. */
	const char *github_output, *github_summary;
	const char
		*plugin_socket; /* by which docker tells a plugin to end; not owned, NULL: none */
	bool one_output;        /* standard output and error are one file */
	char *tmpdir;           /* TMPDIR, else /tmp */
};

/* The environment, as a pure module takes it. */
extern const struct lookup facts_env;

/* Opens /dev/null for each of descriptors 0 to 2 that is closed. To be called first of all. */
void facts_open_standard(void);

/* /dev/null for reading, close-on-exec: what commands read that are not to read anything. */
int facts_open_null(void);

/* A descriptor for what fd writes to. Of a terminal it is another one, which does not block: select
 * says that a terminal takes something, not how much, and a write of more would wait for the
 * reader. The caller closes it where it is not fd. */
int facts_open_output(int fd);

/*
 * Writes text to a file called like the Dockerfile that was read, in a folder of its own, with that
 * one's own ignore file, if it has one, beside it. Returns its path, owned by the caller; NULL:
 * errno says why not. facts_remove_named removes both, and frees the path.
 */
char *facts_write_named(const struct facts *f, const char *text, size_t len);
void facts_remove_named(char *path);

/*
 * Puts text in the file: a new one takes its place as a whole, so nobody reads a part of it; what
 * is no ordinary file is written to. Or adds it to the file's end. Returns 0 or an error number.
 */
int facts_write_file(const char *path, const struct strbuf *text);
int facts_append_file(const char *path, const struct strbuf *text);

void facts_read(struct facts *f, const struct options *o);

/* Only where we write to and put temporary files: for asking docker something before the options
 * are known. */
void facts_read_terminal(struct facts *f);
void facts_release(struct facts *f);

/*
 * The environment of a docker command: ours, with up to two NAME=value set or replaced (NULL:
 * none). The caller frees the vector; its texts are not the caller's, and the assignments are some
 * of them.
 */
char **facts_child_env(char *first, char *second);

#endif
