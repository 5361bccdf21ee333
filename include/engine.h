/*
 * engine: what the docker commands answered -> which builder, which mode, how to look a tag up;
 * pure. The commands themselves are steps of the ask plan (plan_ask.c).
 */
#ifndef ENGINE_H
#define ENGINE_H

#include "options.h"

/* The Go template for `docker info --format`, and what engine_read_info reads. */
#define ENGINE_INFO_FORMAT                                                                         \
	"{\"client\":{{json .ClientInfo}},\"server\":{{json .ServerVersion}},"                     \
	"\"os\":{{json .OSType}},\"arch\":{{json .Architecture}},"                                 \
	"\"store\":{{json .DriverStatus}},\"registry\":{{json .RegistryConfig}}}"

/* Commands that can stand in for docker's. */
enum engine_kind { ENGINE_DOCKER, ENGINE_PODMAN, ENGINE_NERDCTL };

struct engine {
	enum engine_kind kind;
	char *kind_version; /* of podman or nerdctl; NULL: unknown */
	bool dead;          /* no engine answers, which docker will say itself; set by the caller */
	bool has_buildx;    /* the client has the plugin */
	char *buildx_version; /* 0.29.1; NULL: unknown */
	char *driver; /* of the builder that was named; NULL: none was, it is the engine's own */
	bool snapshotter;       /* that builder says that its layers live in a snapshotter */
	bool containerd_store;  /* images live in containerd, not in a graph driver */
	char *client_version;   /* NULL: clients before 23.0 do not tell */
	char *server_version;   /* NULL: unknown */
	char *platform;         /* linux/x86_64: the engine's own; NULL: unknown */
	char *builder_platform; /* that of a builder with another driver; NULL: unknown */
	struct strvec insecure; /* insecure registries: host, host:port, or a network */
	enum tri old_buildkit;  /* of a client that does not tell its version: TRI_YES: it builds
				   with  BuildKit by default; TRI_UNSET: not known */
};

void engine_init(struct engine *e);
void engine_release(struct engine *e);

/* Reads the output of `docker info --format ENGINE_INFO_FORMAT`; what is not in it stays unknown.
 */
void engine_read_info(struct engine *e, const char *text, size_t len);

/*
 * Reads the output of `docker buildx inspect NAME`. Of its features only -D tells, which 0.13 takes
 * in another place; so it goes by the driver (buildx driver/docker/driver.go Features).
 */
void engine_read_builder(struct engine *e, const char *text, size_t len);

/* What builds run on, NULL: unknown. */
const char *engine_platform(const struct engine *e);

/* Whether the builder exports caches with --cache-to; and whether what it builds gets into the
 * engine by itself. */
bool engine_exports(const struct engine *e);
bool engine_loads(const struct engine *e);

/* Whether a build on the engine's own builder pushes to the registry as well as `docker push` does,
 * and keeps the image where it cannot: where images live in containerd, tested from Docker 28 on.
 */
bool engine_pushes(const struct engine *e);

/* Whether builds on the engine's own builder keep the names of their steps under a source policy
 * that changes what they are made from: tested from Docker 28 on; that of 26.1 loses them. One that
 * was named may be another engine's. */
bool engine_takes_policy(const struct engine *e);

/* Whether `docker buildx imagetools` can speak to the registry; and whether it copies an image as
 * it is only if told not to make an index of it (buildx 0.15). */
bool engine_reaches(const struct engine *e, const char *domain);

/* Whether `docker manifest inspect` reads what BuildKit stores: OCI manifests (docker/cli pull
 * 3990, in 23.0). It takes a third of the time of buildx, which is one more program to be started;
 * but it says of what may not be read that it is not there. */
bool engine_inspects(const struct engine *e);
bool engine_reaches_image(const struct engine *e, const char *image); /* the one that image is in */
bool engine_prefers_index(const struct engine *e);

/*
 * Whether a build out of the builder's own cache can export what another build has taken from an
 * exported cache: of 26.1 with the containerd store the next build missed steps in 6 of 10 runs
 * behind such exports, of 28.5 in none of 15 (tests/e2e/cache.bats "exported again and again").
 */
bool engine_exports_taken(const struct engine *e);

/* Whether the engine's BuildKit, 0.12 to 0.14 (Docker 25.0 to 27.0), goes on for ever with a RUN
 * that is stopped before it has begun: it finds nothing to kill, and starts it (buildkit
 * executor/runcexecutor/executor.go, runcProcessHandle). */
bool engine_misses_stops(const struct engine *e);

/*
 * Reads the output of `docker --version`, for what does not understand `docker info` as we ask it:
 * "podman version 5.4.2", also of podman's own `docker`; "nerdctl version 2.3.5".
 */
void engine_read_version(struct engine *e, const char *text, size_t len);

/* Whether it is podman 4.2 or later, whose build keeps each step in a registry by itself. */
bool engine_keeps_layers(const struct engine *e);

/*
 * Reads the output of `docker build --help`. Clients before 23.0 hide the flags that the builder
 * they would use does not have (docker/cli v20.10 cmd/docker/docker.go hideUnsupportedFeatures),
 * and no other command tells which builder that is: an engine may ask for BuildKit
 * (features.buildkit).
 */
void engine_read_build_help(struct engine *e, const char *text, size_t len);

/*
 * The mode for this builder: what was asked for, else by the builder that `docker build` would use
 * (docker/cli cmd/docker/builder.go processBuilder), docker_buildkit being that variable's value.
 * MODE_AUTO: only `docker build --help` can tell; read it and ask again.
 */
enum cache_mode engine_mode(
	const struct engine *e, enum cache_mode wanted, const char *docker_buildkit);

/* Whether the registry is on this machine: docker and buildx speak plain http to it by themselves.
 */
bool engine_is_loopback(const char *domain);

/* Whether the engine speaks plain http to the registry, or does not check its certificate:
 * loopback, or named in its insecure registries, as host, host:port or network. */
bool engine_is_insecure(const struct engine *e, const char *domain);
bool engine_has_insecure(const struct engine *e, const char *image); /* the one that image is in */

/* The digest that a line of a look-up's output names (imagetools inspect: "Digest:    sha256:...";
 * manifest inspect -v: "digest": "sha256:..."); false when it names none. */
#define DIGEST_MAX 72 /* "sha256:", 64 digits, NUL */
bool engine_line_digest(const char *line, size_t len, char digest[DIGEST_MAX]);

/* The same of what was pushed: docker push says "1.2: digest: sha256:... size: 1573", a build that
 * pushes "#9 pushing manifest for reg.io/app:1.2@sha256:...". */
bool engine_pushed_digest(const char *line, size_t len, char digest[DIGEST_MAX]);

#endif
