#include "build_args.h"

#include <stdlib.h>
#include <string.h>

static const char *
find(const void *ctx, const char *name)
{
	const struct strvec *values = ctx;
	size_t i;

	for (i = values->nr; i-- > 0;) {
		const char *value = str_skip_prefix(values->v[i], name);

		if (value && *value == '=')
			return value + 1;
	}
	return NULL;
}

/* Other names of architectures, and variants that are what the name alone means. */
static const struct {
	const char *from, *to;
} same[] = {
	{"x86_64", "amd64"},
	{"x86-64", "amd64"},
	{"amd64/v1", "amd64"},
	{"aarch64", "arm64"},
	{"arm64/v8", "arm64"},
	{"arm64/8", "arm64"},
	{"i386", "386"},
	{"i486", "386"},
	{"i586", "386"},
	{"i686", "386"},
	{"armhf", "arm/v7"},
	{"armel", "arm/v6"},
	{"arm", "arm/v7"},
	{"armv7l", "arm/v7"},
	{"armv6l", "arm/v6"},
	{"arm/7", "arm/v7"},
	{"arm/6", "arm/v6"},
};

static const char *const systems[] = {"linux", "windows", "darwin", "freebsd"};

static bool
is_system(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(systems); i++) {
		if (strlen(systems[i]) == len && strncmp(systems[i], name, len) == 0)
			return true;
	}
	return false;
}

char *
platform_normal(const char *platform)
{
	char *lower = xstrdup(platform), *normal, *c;
	const char *arch = lower;
	size_t os, i;

	for (c = lower; *c; c++)
		*c = to_lower(*c);
	os = strcspn(lower, "/");
	if (lower[os] && is_system(lower, os))
		arch = lower + os + 1;
	else
		os = 0;
	for (i = 0; i < ARRAY_SIZE(same); i++) {
		if (str_eq(arch, same[i].from))
			arch = same[i].to;
	}
	if (os)
		normal = xasprintf("%.*s/%s", (int)os, lower, arch);
	else
		normal = xasprintf("linux/%s", arch);
	free(lower);
	return normal;
}

/* linux/amd64,linux/arm64 */
static char *
normal_list(const char *platforms)
{
	struct strbuf list;

	strbuf_init(&list);
	while (*platforms) {
		size_t n = strcspn(platforms, ",");
		char *one = xstrndup(platforms, n), *normal = platform_normal(one);

		strbuf_addf(&list, "%s%s", list.len ? "," : "", normal);
		free(one);
		free(normal);
		platforms += n + (platforms[n] == ',');
	}
	return strbuf_detach(&list);
}

/* BUILD... or TARGET... variables of one platform (dockerfile2llb/platform.go defaultArgs). Of an
 * ARM machine that is not spelt out the variant is not known. */
static void
add_platform(struct strvec *vars, const char *prefix, const char *platform, bool spelt_out)
{
	size_t os = strcspn(platform, "/");
	const char *arch = platform[os] ? platform + os + 1 : "";
	size_t len = strcspn(arch, "/");
	const char *variant = arch[len] ? arch + len + 1 : "";

	if (!len || (!spelt_out && len == 3 && strncmp(arch, "arm", len) == 0))
		return;
	strvec_pushf(vars, "%sPLATFORM=%s", prefix, platform);
	strvec_pushf(vars, "%sOS=%.*s", prefix, (int)os, platform);
	strvec_pushf(vars, "%sARCH=%.*s", prefix, (int)len, arch);
	strvec_pushf(vars, "%sVARIANT=%s", prefix, variant);
	if (strncmp(platform, "linux/", 6) == 0)
		strvec_pushf(vars, "%sOSVERSION=", prefix);
}

/* The values of --platform, which may be repeated, as one list; NULL: none is given. */
static char *
given_platforms(const struct options *o, const char *default_platform)
{
	struct strbuf list;
	size_t i;

	if (!o->platforms.nr)
		return default_platform && *default_platform ? normal_list(default_platform) : NULL;
	strbuf_init(&list);
	for (i = 0; i < o->platforms.nr; i++) {
		char *normal = normal_list(o->platforms.v[i]);

		strbuf_addf(&list, "%s%s", list.len && *normal ? "," : "", normal);
		free(normal);
	}
	if (list.len)
		return strbuf_detach(&list);
	strbuf_release(&list);
	return NULL;
}

static void
add_platforms(struct build_args *b, const struct options *o, const char *engine,
	const char *default_platform)
{
	char *own = engine ? platform_normal(engine) : NULL;
	bool given;

	b->target = given_platforms(o, default_platform);
	given = b->target != NULL;
	if (!given)
		b->target = xstrdup(own);
	if (own)
		add_platform(&b->platform, "BUILD", own, false);
	/* what is built for several platforms has no one TARGETARCH */
	if (b->target && !strchr(b->target, ','))
		add_platform(&b->platform, "TARGET", b->target, given);
	free(own);
}

void
build_args_make(struct build_args *b, const struct options *o, const struct lookup *env,
	const char *engine, const char *default_platform)
{
	size_t i;

	*b = (struct build_args){.target = NULL};
	strvec_init(&b->given);
	strvec_init(&b->platform);
	strvec_init(&b->contexts);
	for (i = 0; i < o->build_args.nr; i++) {
		const char *arg = o->build_args.v[i], *value = NULL;

		if (strchr(arg, '='))
			strvec_push(&b->given, arg);
		else if ((value = lookup_get(env, arg)))
			strvec_pushf(&b->given, "%s=%s", arg, value);
	}
	for (i = 0; i < o->build_contexts.nr; i++) {
		const char *context = o->build_contexts.v[i];

		strvec_take(&b->contexts, xstrndup(context, strcspn(context, "=")));
	}
	add_platforms(b, o, engine, default_platform);
	b->args = (struct dockerfile_args){{find, &b->given}, {find, &b->platform}, &b->contexts};
}

void
build_args_release(struct build_args *b)
{
	strvec_release(&b->given);
	strvec_release(&b->platform);
	strvec_release(&b->contexts);
	free(b->target);
}
