#include "preview.h"

#include "docker_flags.h"
#include "plan_print.h"

static void
add_line(struct strbuf *out, const char *what, const char *value, const char *why)
{
	strbuf_addf(out, "%s: ", what);
	strbuf_add_visible(out, value);
	if (why) {
		strbuf_addstr(out, " (");
		strbuf_add_visible(out, why);
		strbuf_addch(out, ')');
	}
	strbuf_addch(out, '\n');
}

static void
add_branch(struct strbuf *out, const struct cache_refs *refs)
{
	if (refs->branch)
		add_line(out, "Branch", refs->branch, refs->branch_from);
	else
		add_line(out, "Branch",
			refs->branches.nr ? "none that is stored under" : "none is known",
			refs->branches.nr ? refs->not_stored
					  : "only un-prefixed tags are used; see --cache-branch");
}

/* What there is to say of the mode before docker is asked. */
static void
add_mode(struct strbuf *out, const struct options *o, const struct facts *f)
{
	bool on;

	if (o->mode != MODE_AUTO)
		add_line(out, "Mode", cache_mode_name(o->mode), "--cache-mode");
	else if (f->docker_buildkit && docker_flag_bool(f->docker_buildkit, &on) && !on)
		add_line(out, "Mode", "pull", "DOCKER_BUILDKIT asks for the legacy builder");
	else
		add_line(out, "Mode",
			"registry where the builder exports caches, else inline; pull for the "
			"legacy "
			"builder",
			"docker is asked; see --cache-mode");
}

/* Where a reference is looked for, and why there. */
static void
add_lookup(struct strbuf *out, const struct cache_refs *refs, const struct strvec *lookup)
{
	size_t i;

	for (i = 0; i < lookup->nr; i++) {
		strbuf_addstr(out, "    ");
		strbuf_add_visible(out, lookup->v[i]);
		if (i >= refs->branches.nr) {
			strbuf_addstr(out, ": un-prefixed, the default branch's last");
		} else {
			strbuf_addf(out, ": %s ",
				i == 0 && refs->branch ? "this branch," : "to fall back on,");
			strbuf_add_visible(out, refs->branches.v[i]);
		}
		strbuf_addch(out, '\n');
	}
}

static void
add_stored(struct strbuf *out, const struct cache_entry *it, const char *why_not)
{
	if (!it->store_branch && !it->store_shared) {
		strbuf_addf(
			out, "    stored: no%s%s\n", why_not ? ", " : "", why_not ? why_not : "");
		return;
	}
	strbuf_addstr(out, "    stored:");
	if (it->store_branch) {
		strbuf_addch(out, ' ');
		strbuf_add_visible(out, it->store_branch);
	}
	if (it->store_shared) {
		strbuf_addch(out, ' ');
		strbuf_add_visible(out, it->store_shared);
	}
	strbuf_addstr(out, "\n    what is finished of it if the build fails: ");
	strbuf_add_visible(out, it->rescued);
	strbuf_addch(out, '\n');
}

static void
add_entries(struct strbuf *out, const struct project *project)
{
	const struct cache_refs *refs = &project->refs;
	size_t i;

	strbuf_addstr(out,
		"Caches, of each the first that exists (an exported one has .cache behind "
		"its name):\n");
	for (i = 0; i < refs->nr; i++) {
		const struct cache_entry *it = &refs->entries[i];

		strbuf_addstr(out, it->name ? "  stage " : "  the image");
		if (it->name)
			strbuf_add_visible(out, it->name);
		strbuf_addch(out, '\n');
		add_lookup(out, refs, &it->lookup);
		add_stored(out, it, refs->not_stored);
	}
}

/* withheld: why the image is not pushed, whatever the options say; NULL: it may be. */
static void
add_pushed(struct strbuf *out, const struct options *o, const char *withheld, bool stores)
{
	const char *why = withheld;

	if (!why && !options_push(o))
		why = o->drop_in ? "a build with -t pushes the image only with --push"
				 : "--push=false";
	add_line(out, "Pushed",
		!why     ? "the image"
		: stores ? "nothing but caches"
			 : "nothing",
		why);
}

static void
add_all(struct strbuf *out, const struct project *project, const struct options *o,
	const struct facts *f)
{
	const struct cache_refs *refs = &project->refs;

	add_branch(out, refs);
	add_mode(out, o, f);
	if (project->df.problem)
		add_line(out, "Stages", "not cached one by one", project->df.problem);
	if (o->no_cache)
		add_line(out, "Loaded", "nothing", "--no-cache");
	add_entries(out, project);
	add_pushed(out, o, refs->not_pushed, !refs->not_stored);
}

struct verdict
preview(const struct options *o, const struct facts *f, struct strbuf *out, struct strbuf *err)
{
	struct project project;
	bool good = project_make(&project, o, f, f->machine, err);

	if (good)
		add_line(out, "Image", o->image ? o->image : "none", NULL);
	if (good && project.cached)
		add_all(out, &project, o, f);
	else if (good)
		add_line(out, "Cache", "none",
			project.uncached ? project.uncached
					 : "docker answers, or refuses, these options itself");
	if (good && project.uncached)
		add_pushed(out, o, ci_not_trusted(&f->ci), false);
	project_release(&project);
	return (struct verdict){.status = good ? 0 : STATUS_USAGE};
}
