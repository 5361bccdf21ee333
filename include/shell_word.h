/*
 * shell_word: words, quotes and variables as BuildKit reads them in a Dockerfile
 * (frontend/dockerfile/shell/lex.go, which the legacy builder has too); pure. It is like a shell,
 * and is none.
 */
#ifndef SHELL_WORD_H
#define SHELL_WORD_H

#include "strbuf.h"
#include "strvec.h"

struct shell_rules {
	char escape;               /* the file's escape character */
	bool raw_quotes;           /* quotes stay in what comes out */
	bool raw_escapes;          /* so do escape characters */
	bool keep_unset;           /* $x stays $x where x is not set; else it is empty */
	const struct lookup *vars; /* the variables; NULL: none is set */
};

enum shell_result {
	SHELL_OK,
	SHELL_ERROR,   /* an open quote or brace, a substitution there is none of, a ${x?} */
	SHELL_TOO_DEEP /* more, longer or deeper substitutions than we follow */
};

/* Adds text to out with its quotes, escapes and variables taken as the rules have it. Unless the
 * result is SHELL_OK out is as it was. */
enum shell_result shell_expand(
	const struct shell_rules *rules, const char *text, struct strbuf *out);

/* The same, split at white space that is not quoted; adds nothing unless the result is SHELL_OK. */
enum shell_result shell_split(
	const struct shell_rules *rules, const char *text, struct strvec *words);

#endif
