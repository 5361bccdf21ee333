/*
 * lines: the command lines, as they are given to us and as they are given to docker.
 */
#ifndef LINES_H
#define LINES_H

#include "strvec.h"

/* The clients that lines are for. */
enum client { LEGACY_20, LEGACY_26, BUILDX_26, NR_CLIENTS };

struct line {
	enum client client;
	struct strvec ours;   /* the words to us */
	struct strvec docker; /* what they say in docker's language: the words of `docker build` */
};

struct lines {
	struct line *v;
	size_t nr;
};

/* Adds the lines for one client, the same ones in every run, from tests/unit/docker_flags.tsv and
 * values.tsv. False: one cannot be read. */
bool lines_add(struct lines *lines, enum client client, const char *flags, const char *values);
void lines_release(struct lines *lines);

#endif
