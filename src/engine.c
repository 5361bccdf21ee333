#include "engine.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "docker_flags.h"
#include "image_ref.h"
#include "json.h"

void
engine_init(struct engine *e)
{
	*e = (struct engine){.dead = false};
	strvec_init(&e->insecure);
}

void
engine_release(struct engine *e)
{
	free(e->client_version);
	free(e->server_version);
	free(e->buildx_version);
	free(e->driver);
	free(e->builder_platform);
	free(e->kind_version);
	free(e->platform);
	strvec_release(&e->insecure);
}

/* The text at a path, owned by the caller; NULL: not there or empty. */
static char *
text_at(struct json value, const char *path)
{
	struct strbuf text;
	char *found = NULL;

	strbuf_init(&text);
	if (json_text(json_at(value, path), &text) && text.len)
		found = strbuf_detach(&text);
	strbuf_release(&text);
	return found;
}

static void
read_plugins(struct engine *e, struct json plugins)
{
	struct json rest = json_inside(plugins), name, plugin;

	while (json_next(&rest, &name, &plugin)) {
		/* docker does not use one that it cannot ask, and lists it all the same */
		if (!json_is(json_at(plugin, "Name"), "buildx") || json_at(plugin, "Err").len)
			continue;
		e->has_buildx = true;
		free(e->buildx_version);
		e->buildx_version = text_at(plugin, "Version");
	}
}

/* [["driver-type","io.containerd.snapshotter.v1"], ...]: daemon/containerd/service.go */
static void
read_store(struct engine *e, struct json status)
{
	struct json rest = json_inside(status), name, pair;

	while (json_next(&rest, &name, &pair)) {
		struct json words = json_inside(pair), word;

		while (json_next(&words, &name, &word)) {
			if (json_is(word, "io.containerd.snapshotter.v1"))
				e->containerd_store = true;
		}
	}
}

/* {"IndexConfigs":{"host:port":{"Secure":false,...},...},"InsecureRegistryCIDRs":["10.0.0.0/8"]} */
static void
read_registries(struct engine *e, struct json config)
{
	struct json rest = json_inside(json_at(config, "IndexConfigs")), name, item;
	struct strbuf text;

	strbuf_init(&text);
	while (json_next(&rest, &name, &item)) {
		strbuf_reset(&text);
		if (json_is(json_at(item, "Secure"), "false") && json_text(name, &text))
			strvec_push(&e->insecure, text.buf);
	}
	rest = json_inside(json_at(config, "InsecureRegistryCIDRs"));
	while (json_next(&rest, &name, &item)) {
		strbuf_reset(&text);
		if (json_text(item, &text))
			strvec_push(&e->insecure, text.buf);
	}
	strbuf_release(&text);
}

static void
read_platform(struct engine *e, struct json info)
{
	char *os = text_at(info, "os"), *arch = text_at(info, "arch");

	free(e->platform);
	e->platform = os && arch ? xasprintf("%s/%s", os, arch) : NULL;
	free(os);
	free(arch);
}

void
engine_read_info(struct engine *e, const char *text, size_t len)
{
	struct json info = {text, len};

	free(e->client_version);
	free(e->server_version);
	e->client_version = text_at(info, "client.Version");
	e->server_version = text_at(info, "server");
	read_platform(e, info);
	read_plugins(e, json_at(info, "client.Plugins"));
	read_store(e, json_at(info, "store"));
	read_registries(e, json_at(info, "registry"));
}

/* Behind a part that stands in the text; NULL: it does not. */
static const char *
behind(const char *text, size_t len, const char *part)
{
	size_t n = strlen(part), i;

	for (i = 0; i + n <= len; i++) {
		if (memcmp(text + i, part, n) == 0)
			return text + i + n;
	}
	return NULL;
}

static bool
contains(const char *text, size_t len, const char *part)
{
	return behind(text, len, part) != NULL;
}

/* The value of the first line "NAME:   value"; NULL: there is none. Owned by the caller. */
static char *
line_value(const char *text, size_t len, const char *name)
{
	const char *end = text + len, *line, *stop;
	size_t n = strlen(name);

	for (line = text; line < end; line = stop + 1) {
		stop = memchr(line, '\n', (size_t)(end - line));
		if (!stop)
			stop = end;
		if ((size_t)(stop - line) <= n || memcmp(line, name, n) != 0)
			continue;
		for (line += n; line < stop && is_blank(*line);)
			line++;
		return line < stop ? xstrndup(line, (size_t)(stop - line)) : NULL;
	}
	return NULL;
}

static bool
is_own_driver(const struct engine *e)
{
	/* before 23.0 `docker build` is not buildx's */
	return !e->client_version || !e->driver || str_eq(e->driver, "docker");
}

void
engine_read_builder(struct engine *e, const char *text, size_t len)
{
	char *platforms;

	free(e->driver);
	e->driver = line_value(text, len, "Driver:");
	e->snapshotter = contains(text, len, "org.mobyproject.buildkit.worker.snapshotter");
	if (!e->driver || str_eq(e->driver, "docker"))
		return;
	/* it needs no engine, and it is what it builds on that counts */
	e->has_buildx = true;
	platforms = line_value(text, len, "Platforms:");
	if (!platforms)
		return;
	free(e->builder_platform);
	e->builder_platform = xstrndup(platforms, strcspn(platforms, "*, "));
	free(platforms);
}

bool
engine_exports(const struct engine *e)
{
	if (!is_own_driver(e))
		return true;
	return e->driver ? e->snapshotter : e->containerd_store && e->has_buildx;
}

bool
engine_loads(const struct engine *e)
{
	return is_own_driver(e);
}

bool
engine_reaches(const struct engine *e, const char *domain)
{
	return e->has_buildx && (!engine_is_insecure(e, domain) || engine_is_loopback(domain));
}

bool
engine_inspects(const struct engine *e)
{
	return e->kind == ENGINE_DOCKER && e->client_version;
}

/* What is asked of a domain, of that which an image is in. */
static bool
of_image(const struct engine *e, const char *image,
	bool (*ask)(const struct engine *e, const char *domain))
{
	struct image_ref ref;
	bool answer;

	image_ref_parse(&ref, image, NULL);
	answer = ask(e, ref.domain ? ref.domain : "");
	image_ref_release(&ref);
	return answer;
}

bool
engine_reaches_image(const struct engine *e, const char *image)
{
	return of_image(e, image, engine_reaches);
}

bool
engine_has_insecure(const struct engine *e, const char *image)
{
	return of_image(e, image, engine_is_insecure);
}

void
engine_read_version(struct engine *e, const char *text, size_t len)
{
	char *version;

	if ((version = line_value(text, len, "podman version")) != NULL)
		e->kind = ENGINE_PODMAN;
	else if ((version = line_value(text, len, "nerdctl version")) != NULL)
		e->kind = ENGINE_NERDCTL;
	if (version) {
		free(e->kind_version);
		e->kind_version = version;
	}
}

/* "v0.29.1" -> 0 and 29; what is no number is 0, so is all of an unknown version. */
static void
split_version(const char *version, unsigned long *major, unsigned long *minor)
{
	char *end;

	*major = *minor = 0;
	if (!version)
		return;
	*major = strtoul(version + (*version == 'v'), &end, 10);
	if (*end == '.')
		*minor = strtoul(end + 1, &end, 10);
}

bool
engine_keeps_layers(const struct engine *e)
{
	unsigned long major, minor;

	split_version(e->kind_version, &major, &minor);
	return e->kind == ENGINE_PODMAN && (major > 4 || (major == 4 && minor >= 2));
}

bool
engine_prefers_index(const struct engine *e)
{
	unsigned long major, minor;

	split_version(e->buildx_version, &major, &minor);
	return major || minor >= 15;
}

static bool
is_from_28(const struct engine *e)
{
	unsigned long major, minor;

	split_version(e->server_version, &major, &minor);
	return major >= 28;
}

bool
engine_pushes(const struct engine *e)
{
	return is_from_28(e) && engine_loads(e) && engine_exports(e);
}

bool
engine_exports_taken(const struct engine *e)
{
	return is_from_28(e);
}

bool
engine_takes_policy(const struct engine *e)
{
	return is_from_28(e) && e->kind == ENGINE_DOCKER && e->has_buildx && !e->driver;
}

bool
engine_misses_stops(const struct engine *e)
{
	unsigned long major, minor;

	split_version(e->server_version, &major, &minor);
	return major == 25 || major == 26 || (major == 27 && minor == 0);
}

void
engine_read_build_help(struct engine *e, const char *text, size_t len)
{
	if (contains(text, len, "Usage:"))
		e->old_buildkit = contains(text, len, "--secret") ? TRI_YES : TRI_NO;
}

enum cache_mode
engine_mode(const struct engine *e, enum cache_mode wanted, const char *docker_buildkit)
{
	enum cache_mode buildkit = engine_exports(e) ? MODE_REGISTRY : MODE_INLINE;
	bool on;

	if (wanted != MODE_AUTO)
		return wanted;
	if (e->kind == ENGINE_NERDCTL)
		return MODE_REGISTRY;
	if (docker_buildkit && docker_flag_bool(docker_buildkit, &on))
		return on ? buildkit : MODE_PULL;
	if (!is_own_driver(e))
		return buildkit;
	if (e->client_version)
		return e->has_buildx ? buildkit : MODE_PULL;
	if (e->old_buildkit == TRI_UNSET)
		return MODE_AUTO;
	return e->old_buildkit == TRI_YES ? MODE_INLINE : MODE_PULL;
}

/* Whether the address is in the network, "10.0.0.0/8"; false when either is none. */
static bool
in_network(const char *address, const char *network)
{
	const char *slash = strchr(network, '/');
	unsigned char a[16], n[16];
	char *start, *end;
	unsigned long bits, i;
	int family = strchr(network, ':') ? AF_INET6 : AF_INET;
	bool in;

	if (!slash)
		return false;
	start = xstrndup(network, (size_t)(slash - network));
	bits = strtoul(slash + 1, &end, 10);
	in = inet_pton(family, address, a) == 1 && inet_pton(family, start, n) == 1 &&
	     bits <= (family == AF_INET ? 32 : 128) && !*end;
	free(start);
	for (i = 0; in && i < bits; i++)
		in = !((a[i / 8] ^ n[i / 8]) & (0x80 >> i % 8));
	return in;
}

/* The host of a registry, without port and brackets; owned by the caller. */
static char *
host_of(const char *domain)
{
	if (*domain == '[')
		return xstrndup(domain + 1, strcspn(domain + 1, "]"));
	return xstrndup(domain, strcspn(domain, ":"));
}

bool
engine_is_loopback(const char *domain)
{
	char *host = host_of(domain);
	bool loopback = str_eq_nocase(host, "localhost") || in_network(host, "127.0.0.0/8") ||
			in_network(host, "::1/128");

	free(host);
	return loopback;
}

bool
engine_is_insecure(const struct engine *e, const char *domain)
{
	char *host = host_of(domain);
	bool insecure = engine_is_loopback(domain) || strvec_has(&e->insecure, domain);
	size_t i;

	for (i = 0; !insecure && i < e->insecure.nr; i++)
		insecure = in_network(host, e->insecure.v[i]);
	free(host);
	return insecure;
}

/* The digest that stands at a place of a line; false when none does that we know. */
static bool
read_digest(const char *line, size_t len, size_t at, char digest[DIGEST_MAX])
{
	static const char algorithm[] = "sha256:";
	const size_t head = sizeof(algorithm) - 1;
	size_t i;

	if (len - at < head + 64 || memcmp(line + at, algorithm, head) != 0)
		return false;
	for (i = head; i < head + 64; i++) {
		if (!is_digit(line[at + i]) && !(line[at + i] >= 'a' && line[at + i] <= 'f'))
			return false;
	}
	if (at + head + 64 < len && !strchr("\" \t\r,", line[at + head + 64]))
		return false; /* it goes on */
	memcpy(digest, line + at, head + 64);
	digest[head + 64] = '\0';
	return true;
}

bool
engine_line_digest(const char *line, size_t len, char digest[DIGEST_MAX])
{
	static const char *const before[] = {"Digest: ", "\"digest\": \""};
	size_t at = 0, n, i;

	while (at < len && is_blank(line[at]))
		at++;
	for (i = 0; i < ARRAY_SIZE(before); i++) {
		n = strlen(before[i]);
		if (len - at >= n && memcmp(line + at, before[i], n) == 0)
			break;
	}
	if (i == ARRAY_SIZE(before))
		return false;
	for (at += n; at < len && line[at] == ' ';)
		at++;
	return read_digest(line, len, at, digest);
}

bool
engine_pushed_digest(const char *line, size_t len, char digest[DIGEST_MAX])
{
	static const char build[] = " pushing manifest for ";
	const char *before = ": digest: ";
	size_t at = 1;

	if (len && line[0] == '#') {
		while (at < len && is_digit(line[at]))
			at++;
		/* what a step prints has its time there */
		if (len - at < sizeof(build) - 1 ||
			memcmp(line + at, build, sizeof(build) - 1) != 0)
			return false;
		before = "@";
	}
	before = behind(line, len, before);
	return before && read_digest(line, len, (size_t)(before - line), digest);
}

const char *
engine_platform(const struct engine *e)
{
	return e->builder_platform && !is_own_driver(e) ? e->builder_platform : e->platform;
}
