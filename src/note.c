#include "note.h"

#include <string.h>

#include "cursor.h"
#include "engine.h"

static void
keep_reason(struct note *note, enum reason reason, const char *line, size_t len)
{
	note->reason = reason;
	if (len >= DETAIL_MAX)
		len = DETAIL_MAX - 1;
	memcpy(note->detail, line, len);
	note->detail[len] = '\0';
}

/* Remembers the last line that gave a reason, else the last line. */
static void
read_reason(struct note *note, const struct step *step, const char *line, size_t len)
{
	enum reason reason = reason_of_line(line, len, step->subject);

	/* without one that is known, the last line is what there is to say */
	if (reason || !note->reason)
		keep_reason(note, reason, line, len);
}

static void
read_digest(struct note *note, const char *line, size_t len)
{
	if (!note->begun)
		note->is_list = line[0] == '[';
	note->begun = true;
	if (!note->is_list && !note->look_up.digest[0])
		engine_line_digest(line, len, note->look_up.digest);
}

/* With ignore-error an export that fails is told by a line alone. */
static void
read_export(struct note *note, const struct step *step, const char *line, size_t len)
{
	struct vertex v;

	if (!vertex_read(&v, line, len))
		return;
	note->is_built |= v.kind == VERTEX_OUTPUT || v.kind == VERTEX_EXPORT;
	note->is_pushed |= v.kind == VERTEX_PUSHED;
	if (v.kind == VERTEX_EXPORT)
		note->exporting = v.number + 1;
	if (v.kind != VERTEX_ERROR || v.number + 1 != note->exporting)
		return;
	note->export_failed = true;
	read_reason(note, step, v.text, v.len);
}

/* Goes to what a build says in the end of why it failed. No step can print such a line, for what
 * they print has a number before it. */
static bool
skip_last_word(struct cursor *t)
{
	if (!cursor_skip(t, "ERROR: "))
		return false;
	cursor_skip(t, "failed to build: ");
	return cursor_skip(t, "failed to solve: ");
}

/* Whether a text is somewhere in what is left. */
static bool
has_text(struct cursor t, const char *text)
{
	while (t.len && !cursor_skip(&t, text)) {
		t.p++;
		t.len--;
	}
	return t.len > 0;
}

/*
 * An error of BuildKit's own. A build that comes to a step which another one runs takes that one's;
 * up to BuildKit 0.13 it loses the step if the other ends first (buildkit solver/jobs.go, setEdge:
 * the jobs are not handed on). Seen with 26.1 beside a build that could not be stopped, see
 * ATTEMPT_BEGIN; the second try hits.
 */
static bool
is_lost(const char *line, size_t len)
{
	struct cursor t = {line, len};

	return skip_last_word(&t) && has_text(t, "failed to get state for index ");
}

/*
 * That a source policy is not taken: docker may not be able to read our file (buildx
 * commands/build.go), and what a step runs may say anything (buildkit sourcepolicy/engine.go).
 */
static bool
is_policy(const char *line, size_t len)
{
	struct cursor t = {line, len};

	if (!cursor_skip(&t, "ERROR: "))
		return false;
	cursor_skip(&t, "failed to build: ");
	if (cursor_skip(&t, "failed to read policy file: ") ||
		cursor_skip(&t, "failed to parse source policy: "))
		return true;
	if (!cursor_skip(&t, "failed to solve: ") || cursor_skip(&t, "process ") ||
		has_text(t, "denied") || has_text(t, "not allowed")) /* ours allows all */
		return false;
	return has_text(t, ": could not resolve image due to policy: ") ||
	       has_text(t, "error evaluating the source policy: ");
}

/*
 * That another build gave an image the same name in that moment: "image "reg.io/app:main": already
 * exists". Two runs of one branch on one engine with the containerd store do, one run in eight
 * (buildkit exporter/containerimage/export.go: it updates the image, else creates it).
 */
static bool
is_same_name(const char *line, size_t len)
{
	static const char end[] = "\": already exists";
	const size_t n = sizeof(end) - 1;
	struct cursor t = {line, len};

	return skip_last_word(&t) && cursor_skip(&t, "image \"") && t.len >= n &&
	       memcmp(t.p + t.len - n, end, n) == 0;
}

/* That a build could not push what it has built (buildkit exporter/containerimage/export.go): its
 * last word is "failed to push REF: why". */
static bool
is_unpushed(const char *line, size_t len)
{
	struct cursor t = {line, len};

	return skip_last_word(&t) && cursor_skip(&t, "failed to push ");
}

static void
read_build(struct note *note, const struct step *step, const char *line, size_t len)
{
	progress_line(&note->progress, line, len);
	note->finished = note->watch ? watch_line(note->watch, line, len) : -1;
	note->attempt.beside = step->gate != STEP_NONE || (step->flags & STEP_BESIDE);
	if ((step->flags & STEP_ATTEMPT) && note->state != ATTEMPT_OVER)
		note->state = attempt_line(&note->attempt, line, len);
	read_export(note, step, line, len);
	if ((step->flags & STEP_STDOUT) && line[0] == '#') /* BuildKit's own, no step's */
		engine_pushed_digest(line, len, note->pushed);
	if (is_lost(line, len)) {
		keep_reason(note, REASON_BUILDER, line, len);
	} else if (is_policy(line, len)) {
		keep_reason(note, REASON_POLICY, line, len);
	} else if (is_same_name(line, len)) {
		/* what may be but a cache's name is given to the image by another command */
		note->push_failed |= (step->flags & STEP_PUSHES) != 0;
		keep_reason(note, REASON_SAME_NAME, line, len);
	} else if ((step->flags & STEP_PUSHES) && is_unpushed(line, len)) {
		note->push_failed = true;
		keep_reason(note, reason_of_line(line, len, step->subject), line, len);
	}
	if ((step->flags & STEP_READ) && !note->export_failed && note->reason != REASON_BUILDER &&
		note->reason != REASON_SAME_NAME && note->reason != REASON_POLICY)
		read_reason(note, step, line, len);
}

/* Keeps why the last reference that cannot be read cannot. */
static void
read_sift(struct note *note, const char *line, size_t len)
{
	enum reason reason = sift_line(note->sift, line, len);
	struct vertex v;

	if (reason && vertex_read(&v, line, len))
		keep_reason(note, reason, v.text, v.len);
}

void
note_line(struct note *note, const struct step *step, const char *line, size_t len)
{
	if (note->sift) {
		read_sift(note, line, len);
		return;
	}
	if (step->kind == STEP_BUILD_STAGE) {
		read_build(note, step, line, len);
		return;
	}
	read_reason(note, step, line, len);
	read_digest(note, line, len);
	if (step->kind == STEP_TAG_PUSH)
		engine_pushed_digest(line, len, note->pushed);
}

enum found
note_found(const struct note *note)
{
	switch (note->reason) {
	case REASON_PLAIN_HTTP:
	case REASON_CERTIFICATE:
	case REASON_NONE:
		return FOUND_UNSURE; /* docker may fare better than the client that asked */
	default:
		return FOUND_NO;
	}
}
