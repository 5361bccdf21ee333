#include "variant.h"

#include <stdlib.h>
#include <string.h>

/* The path without "." folders, doubled slashes and a slash at its end. */
static char *
tidy_path(const char *path)
{
	struct strbuf tidy;

	strbuf_init(&tidy);
	if (*path == '/')
		strbuf_addch(&tidy, '/');
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n && !(n == 1 && *path == '.')) {
			if (tidy.len && tidy.buf[tidy.len - 1] != '/')
				strbuf_addch(&tidy, '/');
			strbuf_add(&tidy, path, n);
		}
		path += n + (path[n] == '/');
	}
	return strbuf_detach(&tidy);
}

/*
 * The -f as a path in the context, so that it is the same wherever the checkout is; NULL where it
 * is the file docker takes by itself, or none that has a name.
 */
static char *
other_dockerfile(const struct options *o, const struct facts *f)
{
	char *file, *folder, *inside = NULL;
	const char *rest;

	if (!o->file || str_eq(o->file, "-"))
		return NULL;
	file = tidy_path(o->file);
	/* of a remote context -f is a path in it anyway */
	folder = tidy_path(f->context_is_directory ? options_context(o) : "");
	rest = str_skip_prefix(file, folder);
	if (rest && *folder)
		rest = *rest == '/' ? rest + 1 : NULL;
	if (!rest)
		inside = xstrdup(file);
	else if (!str_eq_nocase(rest, "Dockerfile"))
		inside = xstrdup(rest);
	free(folder);
	free(file);
	return inside;
}

static void
add_part(struct strbuf *key, const char *part)
{
	if (part && *part)
		strbuf_addf(key, "%s%s", key->len ? "-" : "", part);
}

/* The platforms as a part of the key: arm64 for linux/arm64. Where only linux/amd64 is built there
 * is none. */
static void
add_platforms(struct strbuf *key, const char *platforms)
{
	if (!platforms || str_eq(platforms, "linux/amd64"))
		return;
	while (*platforms) {
		size_t n = strcspn(platforms, ",");
		char *one = xstrndup(platforms, n);
		const char *arch = str_skip_prefix(one, "linux/");

		add_part(key, arch ? arch : one);
		free(one);
		platforms += n + (platforms[n] == ',');
	}
}

char *
variant(const struct options *o, const struct facts *f, const char *platforms)
{
	struct strbuf key;
	char *file = other_dockerfile(o, f);

	strbuf_init(&key);
	add_part(&key, o->cache_key);
	add_platforms(&key, platforms);
	add_part(&key, file);
	free(file);
	return strbuf_detach(&key);
}
