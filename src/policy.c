#include "conducting.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plan_build.h"

/*
 * BuildKit looks into a build's caches while it comes to know what steps are made from. Of a base
 * that another build has in hand it knows that already, so this one finds nothing of what is built
 * on it in its caches, and runs all (moby/buildkit issue 4674; measured with 26.1 and 28.5, both
 * stores). On an engine that several jobs share that is often so.
 *
 * A base is in hand by how it is asked for, but found in a cache by what it is. So a source policy
 * asks for images with a word more, which nothing reads, and which is the same only in builds with
 * the same caches. These still share the steps that they run at once.
 *
 * Only where what the build prints is read: docker may not be able to read the policy, which it
 * says, and then the build is done without.
 */
#define VARIABLE "EXPERIMENTAL_BUILDKIT_SOURCE_POLICY"
static const char rules[] =
	"{\"version\":1,\"rules\":[{\"action\":\"CONVERT\",\"selector\":{\"identifier\":"
	"\"docker-image://*\"},\"updates\":{\"identifier\":\"docker-image://${1}\",\"attrs\":{"
	"\"docker-build-remote-cache\":\"%016" PRIx64 "\"}}}]}\n";

/* All that builds take their caches from; nothing where there is none. */
static void
list_caches(const struct conduct *c, struct strbuf *list)
{
	size_t i, j;

	for (i = 0; i < c->project.refs.nr; i++) {
		const struct cache_source *source = &c->sources[i];

		for (j = 0; source->ref && j < source->from.nr; j++)
			strbuf_addf(list, "%s\n", source->from.v[j]);
		if (source->rescued)
			strbuf_addf(list, "%s\n", source->rescued);
	}
	for (i = 0; i < c->o->cache_from.nr; i++)
		strbuf_addf(list, "%s\n", c->o->cache_from.v[i]);
}

static void
set_env(struct conduct *c)
{
	free(c->env);
	c->env = facts_child_env(c->assignment, c->policy_env);
	executor_set_env(c->x, c->env);
}

/* Whether builds can be kept apart, and may. */
static bool
takes_policy(const struct conduct *c)
{
	return c->mode != MODE_PULL && engine_takes_policy(&c->engine) && !c->f->has_policy &&
	       c->assignment && conducting_setup(c).reads;
}

/* Keeps the policy for these caches where docker can read it: its path; NULL: it cannot be kept. */
static char *
keep_policy(struct conduct *c, const char *caches)
{
	char *text = xasprintf(rules, hash_text(caches)), *path = NULL;

	if (replay_take(&c->policy, text, strlen(text), c->f->tmpdir) == 0)
		path = replay_path(&c->policy, c->f->tmpdir);
	free(text);
	return path;
}

void
policy_begin(struct conduct *c)
{
	struct strbuf caches;
	char *path = NULL;

	strbuf_init(&caches);
	list_caches(c, &caches);
	if (caches.len && takes_policy(c))
		path = keep_policy(c, caches.buf);
	strbuf_release(&caches);
	if (!path)
		return; /* then as well as docker does it */
	c->policy_env = xasprintf(VARIABLE "=%s", path);
	free(path);
	set_env(c);
}

void
policy_give_up(struct conduct *c)
{
	if (!c->policy_env)
		return;
	free(c->policy_env);
	c->policy_env = NULL;
	set_env(c);
}

void
policy_release(struct conduct *c)
{
	replay_release(&c->policy);
	free(c->policy_env);
}
