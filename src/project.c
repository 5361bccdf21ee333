#include "project.h"

/*
 * Whether the image has a registry to keep a cache in: nobody can push to docker.io/library, where
 * docker looks for a name that has no slash.
 */
static bool
has_registry(const struct options *o, const struct image_ref *ref)
{
	if (o->cache_repo)
		return true;
	return !str_eq(ref->domain, "docker.io") || !str_skip_prefix(ref->path, "library/");
}

/* Finds out whether there can be a cache; docker refuses what is no image itself. */
static void
find_registry(struct project *p, const struct options *o)
{
	struct image_ref ref;

	if (o->plain)
		return;
	if (image_ref_parse(&ref, o->image, NULL)) {
		p->cached = has_registry(o, &ref);
		if (!p->cached)
			p->uncached = "the image's name has no registry";
	}
	image_ref_release(&ref);
}

static void
name_stages(struct project *p, const struct facts *f)
{
	bool unnamed = false;
	size_t i;

	for (i = 0; i < p->refs.nr; i++)
		unnamed |= p->refs.entries[i].unnamed;
	if (unnamed)
		dockerfile_name_stages(&p->df, f->dockerfile.buf, f->dockerfile.len, &p->named);
}

bool
project_make(struct project *p, const struct options *o, const struct facts *f,
	const char *platform, struct strbuf *err)
{
	*p = (struct project){.cached = false};
	strbuf_init(&p->named);
	build_args_make(&p->args, o, &facts_env, platform, f->default_platform);
	if (f->secret_once)
		p->df.problem = xstrdup("a secret can be read only once");
	else if (f->has_dockerfile)
		dockerfile_parse(&p->df, f->dockerfile.buf, f->dockerfile.len, &p->args.args);
	find_registry(p, o);
	if (!p->cached)
		return true;
	if (!cache_refs_make(&p->refs, o, f, &p->df, p->args.target, err))
		return false;
	name_stages(p, f);
	return true;
}

void
project_release(struct project *p)
{
	if (p->cached)
		cache_refs_release(&p->refs);
	dockerfile_release(&p->df);
	build_args_release(&p->args);
	strbuf_release(&p->named);
}
