/*
 * cut: how far a stage got -> where its Dockerfile is cut, so that what stands before has only
 * finished steps; pure.
 *
 * BuildKit numbers the steps of a stage: FROM, unless that is another stage or scratch, then each
 * RUN, COPY, ADD and WORKDIR; and it says how many there are (frontend/dockerfile/dockerfile2llb/
 * convert.go, cmdTotal). Where that is another number than ours a base image has brought steps of
 * its own (ONBUILD), and nothing is cut.
 */
#ifndef CUT_H
#define CUT_H

#include "dockerfile.h"

/* The instruction of the stage that is its step number `step` of `of`; 0: none is, or it cannot be
 * told which. */
size_t cut_instruction(const struct dockerfile *df, size_t stage, unsigned step, unsigned of);

/*
 * Where to cut the file so that the build of the last stage in it has all that stands before the
 * instruction `at`, which is one of that stage or the first behind it; and before that, one after
 * the other, for builds that have to find all in the cache before the next one is begun. What was
 * copied from the context may have changed since, by a log that is written there, say; so before a
 * RUN that comes after such a copy there is a cut, and no build ever has a RUN behind a copy that
 * is not known to be cached. Returns how many; they are the caller's to free. 0: the last would
 * have such a RUN, for it mounts the context.
 */
size_t cut_before(const struct dockerfile *df, size_t stage, size_t at, size_t **cuts);

#endif
