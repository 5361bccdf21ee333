/*
 * dockerfile: bytes -> stages, instructions and their lines, and which stage needs which; pure.
 *
 * The rules are those of BuildKit's parser (frontend/dockerfile/parser, instructions/parse.go,
 * dockerfile2llb/convert.go), which the legacy builder shares. Where the two disagree the comment
 * at the function says so.
 */
#ifndef DOCKERFILE_H
#define DOCKERFILE_H

#include "dockerfile_vars.h"

struct instruction {
	char *word;    /* FROM, RUN, ... in upper case */
	char *args;    /* the rest, continuation lines joined, no line ends */
	unsigned line; /* its first line, counted from 1 */
	unsigned last_line;
	size_t start, end; /* its bytes: from its first line to behind its last line end */
	size_t tail;       /* where its text ends in the file, heredocs apart */
	int stage;         /* index of its stage; -1 before the first FROM */
};

struct stage {
	char *name;     /* in lower case, as docker keeps it; NULL: unnamed */
	char *label;    /* its name, else one that nothing else in the file is called */
	char *base;     /* as written, variables not expanded */
	char *platform; /* as written, but for quotes; NULL: none */
	unsigned line;  /* of its FROM */
	size_t first;   /* its FROM's index among the instructions */
	size_t nr;      /* how many instructions it has, FROM included */
	size_t *deps; /* indexes of the stages it is made from or copies from, all below its own */
	size_t nr_deps;
	int base_stage; /* the stage it is made from; -1: an image */
	bool replaced;  /* a --build-context of its name stands in for it: it is never built */
};

struct dockerfile {
	struct instruction *instructions;
	size_t nr_instructions;
	struct stage *stages;
	size_t nr_stages;
	char *problem; /* why it could not be read, with the line; NULL: it could */
};

/*
 * Reads the file; args may be NULL. False, with problem set and no stages, when docker would refuse
 * it, when it is for another frontend than docker's own, or when we cannot understand it: then the
 * caller must not guess at stages. Release either way.
 */
bool dockerfile_parse(
	struct dockerfile *df, const char *text, size_t len, const struct dockerfile_args *args);
void dockerfile_release(struct dockerfile *df);

/*
 * The stage --target means, or -1: by name only, in any case; an empty or missing name is the last
 * stage. Of two of one name BuildKit takes the last; the legacy builder refuses the file.
 */
int dockerfile_target(const struct dockerfile *df, const char *name);

/* Sets needed[i] for each stage (there are nr_stages) that target is made from, itself included. */
void dockerfile_needed(const struct dockerfile *df, size_t target, bool *needed);

/*
 * How many bytes of the file stand before an instruction, or the end of the last one. A file cut
 * there is a Dockerfile of its own, since a stage can use only what stands above it, and all its
 * lines keep their numbers.
 */
size_t dockerfile_cut(const struct dockerfile *df, size_t instruction);

/*
 * Adds the file's text to out, with the stages that have no name called by their label, so that
 * --target can mean them. Nothing else changes, lines keep their numbers.
 */
void dockerfile_name_stages(
	const struct dockerfile *df, const char *text, size_t len, struct strbuf *out);

#endif
