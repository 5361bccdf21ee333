/*
 * build_sources: --cache-from of each kind of build, for build_command.c; pure.
 *
 * BuildKit with inline cache gets one source a build. What was rescued beside it is taken up by a
 * build before, from that alone. Exported caches are given side by side. The legacy builder gets
 * what was pulled and what was just built.
 */
#ifndef BUILD_SOURCES_H
#define BUILD_SOURCES_H

#include "build_command.h"

void build_push_sources(
	const struct planner *p, struct strvec *argv, size_t entry, enum build_from from);

/* Whether the entry's own exported cache is another than the image's, so that a build of all is
 * given both; and that one alone. */
bool build_has_other(const struct planner *p, size_t entry);
void build_push_source(const struct planner *p, struct strvec *argv, size_t entry);

/* All that any step may have come from. */
void build_push_all_sources(const struct planner *p, struct strvec *argv);

/* What was rescued of an entry, alone; for the legacy builder with the stages built before. */
void build_push_rescued(const struct planner *p, struct strvec *argv, size_t entry);

#endif
