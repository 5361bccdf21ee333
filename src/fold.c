#include "fold.h"

#include <string.h>

/*
 * In begin and end %t stands for the title, %n for its number, %s for the time, %e for ESC. What is
 * in special is left out of titles. Where these come from: docs.github.com "Workflow commands",
 * docs.gitlab.com "Job logs", learn.microsoft.com "Logging commands", buildkite.com "Managing log
 * output", jetbrains.com "Service messages", travis-build lib/travis/build/bash/travis_fold.bash.
 */
static const struct fold {
	const char *ci, *begin, *end, *special;
} rows[] = {
	{"GitHub Actions", "::group:::: %t\n", "::endgroup::\n", "%"},
	{"Gitea Actions", "::group:::: %t\n", "::endgroup::\n", "%"},
	{"Forgejo Actions", "::group:::: %t\n", "::endgroup::\n", "%"},
	{"GitLab CI", "%e[0Ksection_start:%s:dbrc_%n\r%e[0K:: %t\n",
		"%e[0Ksection_end:%s:dbrc_%n\r%e[0K\n", ""},
	{"Azure Pipelines", "##[group]:: %t\n", "##[endgroup]\n", ""},
	{"Buildkite", "--- :: %t\n", "", ""},
	{"TeamCity", "##teamcity[blockOpened name=':: %t']\n",
		"##teamcity[blockClosed name=':: %t']\n", "|'[]"},
	{"Travis CI", "travis_fold:start:dbrc_%n\r%e[0K:: %t\n", "travis_fold:end:dbrc_%n\r%e[0K\n",
		""},
};

const struct fold *
fold_of(const char *ci)
{
	size_t i;

	for (i = 0; ci && i < ARRAY_SIZE(rows); i++) {
		if (str_eq(rows[i].ci, ci))
			return &rows[i];
	}
	return NULL;
}

static void
add_title(const struct fold *fold, const char *title, struct strbuf *out)
{
	struct strbuf shown;
	const char *p;

	strbuf_init(&shown);
	strbuf_add_visible(&shown, title);
	for (p = shown.buf; *p; p++)
		strbuf_addch(out, strchr(fold->special, *p) ? ' ' : *p);
	strbuf_release(&shown);
}

static void
fill(const struct fold *fold, const char *text, const char *title, unsigned number, long long now,
	struct strbuf *out)
{
	const char *p;

	for (p = text; *p; p++) {
		if (*p != '%') {
			strbuf_addch(out, *p);
			continue;
		}
		switch (*++p) {
		case 't':
			add_title(fold, title, out);
			break;
		case 'n':
			strbuf_addf(out, "%u", number);
			break;
		case 's':
			strbuf_addf(out, "%lld", now);
			break;
		default:
			strbuf_addch(out, '\033');
		}
	}
}

void
fold_begin(const struct fold *fold, const char *title, unsigned number, long long now,
	struct strbuf *out)
{
	fill(fold, fold->begin, title, number, now, out);
}

void
fold_end(const struct fold *fold, const char *title, unsigned number, long long now,
	struct strbuf *out)
{
	fill(fold, fold->end, title, number, now, out);
}
