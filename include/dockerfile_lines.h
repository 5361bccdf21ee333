/*
 * dockerfile_lines: bytes -> instructions: lines, continuations, comments, directives, heredocs;
 * pure. What the words of an instruction mean is not known here, but which may hold a heredoc.
 *
 * The rules are those of BuildKit's parser (frontend/dockerfile/parser: parser.go, directives.go,
 * split_command.go), which the legacy builder has too. By version they differ in heredocs: there
 * are none before Docker 23 unless a # syntax= line brings them, and no blanks behind their "<<"
 * before BuildKit 0.22. A file that uses either is refused by builders that do not know it.
 */
#ifndef DOCKERFILE_LINES_H
#define DOCKERFILE_LINES_H

#include "strbuf.h"

/* An instruction's text, and where it stood. */
struct line_span {
	char *word;           /* FROM, RUN, ... in upper case */
	char *args;           /* the rest, continuation lines joined, no line ends, no heredocs */
	unsigned first, last; /* its lines, counted from 1 */
	size_t start, end;    /* its bytes: from its first line to behind its last line end */
	size_t tail;          /* where its joined text ends in the file: more can be added there */
};

struct line_reader {
	const char *text;
	size_t len;
	size_t at;     /* where the next line starts */
	unsigned line; /* number of the line last read, from 1 */
	char escape;   /* \ or, by a directive, ` */
	unsigned directives_seen;
	bool directives_over;
	char *problem; /* why it cannot be read; NULL: it can, so far */
};

void line_reader_init(struct line_reader *r, const char *text, size_t len);
void line_reader_release(struct line_reader *r);

/* Splits a joined line into its word and its arguments; the other fields stay. The caller frees. */
void line_span_split(struct line_span *span, const char *line);

/* Reads the next instruction, whose texts the caller frees; false at the end, or at a problem. */
bool line_reader_next(struct line_reader *r, struct line_span *span);

/*
 * The frontend that a "# syntax=", "// syntax=" or {"syntax": ...} at the start of the file names,
 * which may stand behind a #! line; owned by the caller, NULL: none.
 */
char *dockerfile_syntax(const char *text, size_t len);

/*
 * Takes the next flag off *args, which moves behind it: a word that starts with "--", without its
 * quotes and escapes, which may hide blanks. NULL: the flags are over; a "--" alone ends them too.
 */
char *take_builder_flag(const char **args, char escape);

#endif
