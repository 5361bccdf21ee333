#include "expect.h"
#include "rows.h"

#include "engine.h"

#define CLIENT_28                                                                                  \
	"\"client\":{\"Debug\":false,\"Version\":\"28.5.2\",\"DefaultAPIVersion\":\"1.51\","       \
	"\"GitCommit\":\"ecc6942\",\"GoVersion\":\"go1.25.3\",\"Os\":\"linux\",\"Arch\":"          \
	"\"amd64\",\"BuildTime\":\"Wed Nov  5 14:43:33 2025\",\"Context\":\"default\","            \
	"\"Plugins\":["
#define COMPOSE                                                                                    \
	"{\"SchemaVersion\":\"0.1.0\",\"Vendor\":\"Docker Inc.\",\"Version\":\"v2.40.0\","         \
	"\"ShortDescription\":\"Docker Compose\",\"Name\":\"compose\","                            \
	"\"Path\":\"/usr/libexec/docker/cli-plugins/docker-compose\"}"
#define BUILDX                                                                                     \
	"{\"SchemaVersion\":\"0.1.0\",\"Vendor\":\"Docker Inc.\",\"Version\":\"v0.29.1\","         \
	"\"ShortDescription\":\"Docker Buildx\",\"Name\":\"buildx\","                              \
	"\"Path\":\"/usr/libexec/docker/cli-plugins/docker-buildx\"}"
#define GRAPH_STORE                                                                                \
	"\"store\":[[\"Backing Filesystem\",\"extfs\"],[\"Supports d_type\",\"true\"],"            \
	"[\"Using metacopy\",\"false\"],[\"Native Overlay Diff\",\"true\"],"                       \
	"[\"userxattr\",\"false\"]]"
#define DOCKER_IO                                                                                  \
	"\"docker.io\":{\"Mirrors\":[],\"Name\":\"docker.io\",\"Official\":true,\"Secure\":true}"
#define INSECURE(host)                                                                             \
	"\"" host "\":{\"Mirrors\":[],\"Name\":\"" host "\",\"Official\":false,\"Secure\":false}"
#define REGISTRIES(indexes)                                                                        \
	"\"registry\":{\"IndexConfigs\":{" indexes                                                 \
	"},\"InsecureRegistryCIDRs\":[\"::1/128\",\"127.0.0.0/8\"],\"Mirrors\":null}"
#define CLIENT_20                                                                                  \
	"\"client\":{\"Debug\":false,\"Context\":\"default\",\"Plugins\":[],\"Warnings\":null}"

#define ANSWER_28                                                                                  \
	"{" CLIENT_28 BUILDX "," COMPOSE "],\"Warnings\":null},\"server\":\"28.5.2\"," GRAPH_STORE \
	"," REGISTRIES(DOCKER_IO "," INSECURE("reg.local:5000")) "}\n"

#define LOOPBACK "::1/128 127.0.0.0/8 " /* which every engine names */

/* Answers of real clients: what is read of them; NULL: stays unknown. */
static const struct answer {
	const char *name, *text;
	const char *client, *server;
	bool buildx, containerd;
	const char *insecure; /* each with a blank behind */
} answers[] = {
	{"28.5", ANSWER_28, "28.5.2", "28.5.2", true, false, "reg.local:5000 " LOOPBACK},
	{"28.5, containerd store",
		"{" CLIENT_28 COMPOSE "," BUILDX "],\"Warnings\":null},\"server\":\"28.5.2\","
		"\"store\":[[\"driver-type\",\"io.containerd.snapshotter.v1\"]]," REGISTRIES(
			DOCKER_IO) "}\n",
		"28.5.2", "28.5.2", true, true, LOOPBACK},
	{"28.5, no buildx",
		"{" CLIENT_28 COMPOSE "],\"Warnings\":null},\"server\":\"28.5.2\"," GRAPH_STORE
		"," REGISTRIES(DOCKER_IO) "}\n",
		"28.5.2", "28.5.2", false, false, LOOPBACK},
	{"28.5, buildx is broken",
		"{\"client\":{\"Version\":\"28.5.2\",\"Plugins\":[{\"Name\":\"buildx\",\"Path\":\"/"
		"x\","
		"\"Err\":\"failed to fetch metadata: exit status 3\"}]},\"server\":\"28.5.2\"}",
		"28.5.2", "28.5.2", false, false, ""},
	{"28.5, no engine",
		"{" CLIENT_28 BUILDX "],\"Warnings\":null},\"server\":\"\",\"store\":null,"
		"\"registry\":null}\n",
		"28.5.2", NULL, true, false, ""},
	{"20.10",
		"{" CLIENT_20 ",\"server\":\"20.10.24\"," GRAPH_STORE
		"," REGISTRIES(DOCKER_IO) "}\n",
		NULL, "20.10.24", false, false, LOOPBACK},
	{"20.10, no engine: its template breaks off", "{" CLIENT_20 ",\"server\":", NULL, NULL,
		false, false, ""},
	{"several insecure registries",
		"{" CLIENT_28 "],\"Warnings\":null},\"server\":\"28.5.2\",\"store\":[]," REGISTRIES(
			INSECURE("a") "," DOCKER_IO "," INSECURE("[::2]:5000")) "}",
		"28.5.2", "28.5.2", false, false, "a [::2]:5000 " LOOPBACK},
	{"no registries", "{\"server\":\"1\",\"registry\":{\"IndexConfigs\":{}}}", NULL, "1", false,
		false, ""},
	{"registries unknown", "{\"server\":\"1\",\"registry\":null}", NULL, "1", false, false, ""},
	{"words around it do not count", "{\"server\":\"1\"}\nWARNING: No swap limit support\n",
		NULL, "1", false, false, ""},
	{"no answer", "", NULL, NULL, false, false, ""},
	{"no JSON", "Cannot connect to the Docker daemon", NULL, NULL, false, false, ""},
	{"other types",
		"{\"client\":[],\"server\":{},\"store\":\"io.containerd.snapshotter.v1\","
		"\"registry\":1}",
		NULL, NULL, false, false, ""},
	{"a plugin like buildx",
		"{\"client\":{\"Plugins\":[{\"Name\":\"buildx2\"},{\"Name\":\"Buildx\"},"
		"{\"Path\":\"buildx\"},\"buildx\"]}}",
		NULL, NULL, false, false, ""},
	{"a store's driver by another name",
		"{\"store\":[[\"driver-type\",\"io.containerd.snapshotter.v2\"]]}", NULL, NULL,
		false, false, ""},
	{"a registry that says nothing of security",
		"{\"registry\":{\"IndexConfigs\":{\"a\":{\"Name\":\"a\"},\"b\":{\"Secure\":true}}}"
		"}",
		NULL, NULL, false, false, ""},
};

static void
reads_info(void **state)
{
	const struct answer *row = *state;
	size_t len = strlen(row->text), i;
	char *text = exact_copy(row->text, len);
	struct strbuf insecure;
	struct engine e;

	engine_init(&e);
	engine_read_info(&e, text, len);
	free(text); /* nothing of it is kept */
	assert_true(str_eq(e.client_version, row->client));
	assert_true(str_eq(e.server_version, row->server));
	assert_int_equal(e.has_buildx, row->buildx);
	assert_int_equal(e.containerd_store, row->containerd);
	assert_false(e.dead);
	strbuf_init(&insecure);
	for (i = 0; i < e.insecure.nr; i++)
		strbuf_addf(&insecure, "%s ", e.insecure.v[i]);
	assert_string_equal(insecure.buf, row->insecure);
	strbuf_release(&insecure);
	engine_release(&e);
}

static void
read_part(const char *text, size_t len)
{
	char *copy = exact_copy(text, len);
	struct engine e;

	engine_init(&e);
	engine_read_info(&e, copy, len);
	engine_read_build_help(&e, copy, len);
	engine_read_builder(&e, copy, len);
	engine_read_version(&e, copy, len);
	free(copy); /* nothing of it is kept */
	engine_keeps_layers(&e);
	engine_platform(&e);
	engine_release(&e);
}

static void
a_cut_answer_says_nothing(void **state)
{
	static const char text[] = ANSWER_28;
	size_t len = strlen(text) - 2, i; /* without its last bracket */
	struct engine e;

	(void)state;
	for (i = 0; i <= len; i++) {
		read_part(text, i);
		engine_init(&e);
		engine_read_info(&e, text, i);
		assert_null(e.client_version);
		assert_null(e.server_version);
		assert_false(e.has_buildx);
		assert_int_equal(e.insecure.nr, 0);
		engine_release(&e);
	}
	for (i = 0; i < len; i++)
		read_part(text + i, len - i);
}

static void
a_damaged_answer_is_harmless(void **state)
{
	static const char damage[] = "\"\\{}[]:,\0x";
	char *text = xstrdup(ANSWER_28);
	size_t len = strlen(text), i, j;

	(void)state;
	for (i = 0; i < len; i++) {
		char was = text[i];

		for (j = 0; j < sizeof(damage) - 1; j++) {
			text[i] = damage[j];
			read_part(text, len);
		}
		text[i] = was;
	}
	free(text);
}

/* From a 20.10 client, in both of its modes. */
static const struct help {
	const char *name, *text;
	enum tri want;
} helps[] = {
	{"legacy",
		"\nUsage:  docker build [OPTIONS] PATH | URL | -\n\nBuild an image from a "
		"Dockerfile\n\n"
		"Options:\n      --add-host list           Add a custom host-to-IP mapping "
		"(host:ip)\n"
		"      --security-opt strings    Security options\n"
		"      --shm-size bytes          Size of /dev/shm\n",
		TRI_NO},
	{"BuildKit",
		"\nUsage:  docker build [OPTIONS] PATH | URL | -\n\nBuild an image from a "
		"Dockerfile\n\n"
		"Options:\n      --add-host list           Add a custom host-to-IP mapping "
		"(host:ip)\n"
		"      --secret stringArray      Secret file to expose to the build (only\n"
		"      --ssh stringArray         SSH agent socket or keys to expose to the\n",
		TRI_YES},
	{"BuildKit, first and last words", "Usage: --secret", TRI_YES},
	{"legacy, first words", "Usage: --secre", TRI_NO},
	{"no help", "docker: 'build' is not a docker command.\n", TRI_UNSET},
	{"nothing", "", TRI_UNSET},
};

static void
reads_build_help(void **state)
{
	const struct help *row = *state;
	size_t len = strlen(row->text);
	char *text = exact_copy(row->text, len);
	struct engine e;

	engine_init(&e);
	assert_int_equal(e.old_buildkit, TRI_UNSET);
	engine_read_build_help(&e, text, len);
	assert_int_equal(e.old_buildkit, row->want);
	engine_release(&e);
	free(text);
}

/* A client: its version, NULL before 23.0; whether it has buildx; what its build --help said. */
static const struct choice {
	const char *name, *client;
	bool buildx;
	enum tri old_buildkit;
	enum cache_mode wanted;
	const char *variable;
	enum cache_mode want;
	const char *driver; /* of the builder that is named; NULL: none is */
	bool store;         /* its layers live in a snapshotter, or the engine's images do */
} choices[] = {
	{"asked for pull", "28.5.2", true, TRI_UNSET, MODE_PULL, NULL, MODE_PULL},
	{"asked for inline", "28.5.2", false, TRI_UNSET, MODE_INLINE, NULL, MODE_INLINE},
	{"asked for, against the variable", "28.5.2", true, TRI_UNSET, MODE_PULL, "1", MODE_PULL},
	{"asked for inline, against the variable", "28.5.2", true, TRI_UNSET, MODE_INLINE, "0",
		MODE_INLINE},
	{"asked for, of an old client", NULL, false, TRI_UNSET, MODE_PULL, NULL, MODE_PULL},
	{"variable: on", "28.5.2", true, TRI_UNSET, MODE_AUTO, "1", MODE_INLINE},
	{"variable: off", "28.5.2", true, TRI_UNSET, MODE_AUTO, "0", MODE_PULL},
	{"variable: true", NULL, false, TRI_UNSET, MODE_AUTO, "true", MODE_INLINE},
	{"variable: F", NULL, false, TRI_YES, MODE_AUTO, "F", MODE_PULL},
	{"variable: empty", "28.5.2", true, TRI_UNSET, MODE_AUTO, "", MODE_INLINE},
	{"variable: empty, no buildx", "28.5.2", false, TRI_UNSET, MODE_AUTO, "", MODE_PULL},
	{"buildx", "23.0.0", true, TRI_UNSET, MODE_AUTO, NULL, MODE_INLINE},
	{"no buildx", "28.5.2", false, TRI_UNSET, MODE_AUTO, NULL, MODE_PULL},
	{"no buildx, whatever an old client's help says", "28.5.2", false, TRI_YES, MODE_AUTO, NULL,
		MODE_PULL},
	{"old client, not asked", NULL, false, TRI_UNSET, MODE_AUTO, NULL, MODE_AUTO},
	{"old client, legacy", NULL, false, TRI_NO, MODE_AUTO, NULL, MODE_PULL},
	{"old client, BuildKit", NULL, false, TRI_YES, MODE_AUTO, NULL, MODE_INLINE},
	{"old client with buildx, which it does not build with", NULL, true, TRI_NO, MODE_AUTO,
		NULL, MODE_PULL},
	{"old client with buildx, not asked", NULL, true, TRI_UNSET, MODE_AUTO, NULL, MODE_AUTO},

	{"containerd store", "28.5.2", true, TRI_UNSET, MODE_AUTO, NULL, MODE_REGISTRY,
		.store = true},
	{"containerd store, variable: on", "28.5.2", true, TRI_UNSET, MODE_AUTO, "1", MODE_REGISTRY,
		.store = true},
	{"containerd store, variable: off", "28.5.2", true, TRI_UNSET, MODE_AUTO, "0", MODE_PULL,
		.store = true},
	{"containerd store, no buildx", "28.5.2", false, TRI_UNSET, MODE_AUTO, NULL, MODE_PULL,
		.store = true},
	{"containerd store, no buildx, variable: on", "28.5.2", false, TRI_UNSET, MODE_AUTO, "1",
		MODE_INLINE, .store = true},
	{"containerd store, asked for inline", "28.5.2", true, TRI_UNSET, MODE_INLINE, NULL,
		MODE_INLINE, .store = true},
	{"graph store, asked for registry", "28.5.2", true, TRI_UNSET, MODE_REGISTRY, NULL,
		MODE_REGISTRY},
	{"docker driver", "28.5.2", true, TRI_UNSET, MODE_AUTO, NULL, MODE_INLINE, "docker"},
	{"docker driver, snapshotter", "28.5.2", true, TRI_UNSET, MODE_AUTO, NULL, MODE_REGISTRY,
		"docker", true},
	{"docker-container driver", "28.5.2", true, TRI_UNSET, MODE_AUTO, NULL, MODE_REGISTRY,
		"docker-container"},
	{"remote driver", "28.5.2", true, TRI_UNSET, MODE_AUTO, NULL, MODE_REGISTRY, "remote"},
	{"remote driver, variable: on", "28.5.2", true, TRI_UNSET, MODE_AUTO, "1", MODE_REGISTRY,
		"remote"},
	{"remote driver, variable: off", "28.5.2", true, TRI_UNSET, MODE_AUTO, "0", MODE_PULL,
		"remote"},
	{"remote driver, asked for inline", "28.5.2", true, TRI_UNSET, MODE_INLINE, NULL,
		MODE_INLINE, "remote"},
};

static void
chooses_mode(void **state)
{
	const struct choice *row = *state;
	struct engine e;

	engine_init(&e);
	e.client_version = xstrdup(row->client);
	e.has_buildx = row->buildx;
	e.old_buildkit = row->old_buildkit;
	e.driver = xstrdup(row->driver);
	e.snapshotter = row->driver && row->store;
	e.containerd_store = !row->driver && row->store;
	assert_int_equal(engine_mode(&e, row->wanted, row->variable), row->want);
	engine_release(&e);
}

#define NODE(driver, node)                                                                         \
	"Name:          r\nDriver:        " driver "\nLast Activity: 2025-11-05 14:43:33 +0000 "   \
	"UTC\n\nNodes:\nName:             r0\n" node
#define REMOTE_NODE                                                                                \
	"Endpoint:         tcp://buildkit:1234\nStatus:           running\n"                       \
	"BuildKit version: v0.13.2\nPlatforms:        linux/amd64, linux/arm64\n"                  \
	"Labels:\n org.mobyproject.buildkit.worker.executor:         oci\n"                        \
	" org.mobyproject.buildkit.worker.snapshotter:      overlayfs\n"
#define GRAPH_NODE                                                                                 \
	"Endpoint:         default\nStatus:           running\nBuildKit version: v0.25.1\n"        \
	"Platforms:        linux/amd64\n"                                                          \
	"Labels:\n org.mobyproject.buildkit.worker.moby.host-gateway-ip: 172.17.0.1\n"
#define SNAPSHOTTER_NODE                                                                           \
	GRAPH_NODE " org.mobyproject.buildkit.worker.snapshotter:          overlayfs\n"

/* What `docker buildx inspect` says of a builder, and what that means. */
static const struct builder {
	const char *name, *text;
	const char *driver; /* NULL: not known */
	bool exports, loads;
	const char *platform; /* NULL: the engine's own */
} builders[] = {
	{"remote", NODE("remote", REMOTE_NODE), "remote", true, false, "linux/amd64"},
	{"docker-container", NODE("docker-container", REMOTE_NODE), "docker-container", true, false,
		"linux/amd64"},
	{"kubernetes", NODE("kubernetes", REMOTE_NODE), "kubernetes", true, false, "linux/amd64"},
	{"a platform that was asked for", NODE("remote", "Platforms:  linux/arm64*, linux/amd64\n"),
		"remote", true, false, "linux/arm64"},
	{"one platform, with a variant", NODE("remote", "Platforms: linux/arm/v7"), "remote", true,
		false, "linux/arm/v7"},
	{"the first node's", NODE("remote", "Platforms: a/b\n\nName: r1\nPlatforms: c/d\n"),
		"remote", true, false, "a/b"},
	{"no platforms", NODE("remote", "Platforms:\nLabels:\n"), "remote", true, false},
	{"docker, graph store", NODE("docker", GRAPH_NODE), "docker", false, true},
	{"docker, containerd store", NODE("docker", SNAPSHOTTER_NODE), "docker", true, true},
	{"few blanks", "Name:   r\nDriver: remote\n", "remote", true, false},
	{"a tab", "Name:\tr\nDriver:\tremote\n", "remote", true, false},
	{"no end of line", "Driver:        remote", "remote", true, false},
	{"the first counts", "Driver: docker\nDriver: remote\n", "docker", false, true},
	{"a builder called so", "Name: Driver:\nDriver: docker\n", "docker", false, true},
	{"not first in its line", "Name: r Driver: remote\n Driver: remote\n", NULL, false, true},
	{"no driver", "Name: r\nDriver:\nNodes:\n", NULL, false, true},
	{"no driver but blanks", "Driver:   \nNodes:\n", NULL, false, true},
	{"no builder", "ERROR: no builder \"r\" found\n", NULL, false, true},
	{"nothing", "", NULL, false, true},
};

static void
reads_builder(void **state)
{
	const struct builder *row = *state;
	size_t len = strlen(row->text), i;
	char *text = exact_copy(row->text, len);
	struct engine e;

	engine_init(&e);
	e.client_version = xstrdup("28.5.2");
	assert_true(engine_loads(&e));
	engine_read_builder(&e, text, len);
	free(text);
	assert_true(str_eq(e.driver, row->driver));
	assert_int_equal(engine_exports(&e), row->exports);
	assert_int_equal(engine_loads(&e), row->loads);
	/* one with another driver is all there needs to be: `docker info` has told nothing here */
	assert_int_equal(e.has_buildx, !row->loads);
	assert_int_equal(engine_mode(&e, MODE_AUTO, NULL), row->loads ? MODE_PULL : MODE_REGISTRY);
	assert_true(str_eq(engine_platform(&e), row->platform));
	e.platform = xstrdup("linux/s390x");
	assert_string_equal(engine_platform(&e), row->platform ? row->platform : "linux/s390x");
	/* the build of a client before 23.0 knows nothing of builders */
	free(e.client_version);
	e.client_version = NULL;
	assert_true(engine_loads(&e));
	assert_int_equal(engine_mode(&e, MODE_AUTO, NULL), MODE_AUTO);
	assert_string_equal(engine_platform(&e), "linux/s390x");
	for (i = 0; i < len; i++) {
		text = exact_copy(row->text, i);
		engine_read_builder(&e, text, i);
		free(text);
	}
	engine_release(&e);
}

/* What `docker --version` says where it is not docker; whether its build keeps each step in a
 * registry. */
static const struct kind {
	const char *name, *text;
	enum engine_kind kind;
	const char *version;
	bool keeps;
} kinds[] = {
	{"podman", "podman version 5.4.2\n", ENGINE_PODMAN, "5.4.2", true},
	{"podman's own docker",
		"Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg.\n"
		"podman version 4.9.3\n",
		ENGINE_PODMAN, "4.9.3", true},
	{"podman, the first that does", "podman version 4.2.0\n", ENGINE_PODMAN, "4.2.0", true},
	{"podman, the last that does not", "podman version 4.1.1\n", ENGINE_PODMAN, "4.1.1", false},
	{"podman, two digits", "podman version 4.10.0\n", ENGINE_PODMAN, "4.10.0", true},
	{"podman, long ago", "podman version 3.4.4\n", ENGINE_PODMAN, "3.4.4", false},
	{"podman, not out yet", "podman version 6.0.0-dev\n", ENGINE_PODMAN, "6.0.0-dev", true},
	{"podman, no minor version", "podman version 4\n", ENGINE_PODMAN, "4", false},
	{"podman, no end of line", "podman version 5.4.2", ENGINE_PODMAN, "5.4.2", true},
	{"podman, no number", "podman version abc\n", ENGINE_PODMAN, "abc", false},
	{"podman, many digits", "podman version 99999999999999999999.1\n", ENGINE_PODMAN,
		"99999999999999999999.1", true},
	{"podman, nothing more", "podman version \n", ENGINE_DOCKER, NULL, false},
	{"podman, cut", "podman version", ENGINE_DOCKER, NULL, false},
	{"nerdctl", "nerdctl version 2.3.5\n", ENGINE_NERDCTL, "2.3.5", false},
	{"nerdctl, no version", "nerdctl version\n", ENGINE_DOCKER, NULL, false},
	{"docker", "Docker version 28.5.2, build ecc6942\n", ENGINE_DOCKER, NULL, false},
	{"not first in its line", "my podman version 5.4.2\n", ENGINE_DOCKER, NULL, false},
	{"other case", "Podman version 5.4.2\n", ENGINE_DOCKER, NULL, false},
	{"garbage", "\xff\x01\n\npodman\nversion 5.4.2\n", ENGINE_DOCKER, NULL, false},
	{"nothing", "", ENGINE_DOCKER, NULL, false},
};

static void
reads_version(void **state)
{
	const struct kind *row = *state;
	size_t len = strlen(row->text);
	char *text = exact_copy(row->text, len);
	struct engine e;

	engine_init(&e);
	engine_read_version(&e, text, len);
	free(text);
	assert_int_equal(e.kind, row->kind);
	assert_true(str_eq(e.kind_version, row->version));
	assert_int_equal(engine_keeps_layers(&e), row->keeps);
	/* what nerdctl builds with exports caches */
	assert_int_equal(engine_mode(&e, MODE_AUTO, NULL),
		row->kind == ENGINE_NERDCTL ? MODE_REGISTRY : MODE_AUTO);
	assert_int_equal(engine_mode(&e, MODE_INLINE, NULL), MODE_INLINE);
	engine_release(&e);
}

static const struct version {
	const char *name;
	bool want;
} versions[] = {
	{"v0.13.1", false},
	{"v0.14.1", false},
	{"v0.14.99", false},
	{"v0.15.0", true},
	{"0.15.0-rc1", true},
	{"v0.29.1", true},
	{"0.29.1-1", true}, /* Debian's, or Fedora's */
	{"0.9.1+ds1", false},
	{"v1.0.0", true},
	{"v1", true},
	{"v0", false},
	{"v0.", false},
	{"v0.15", true},
	{"v0.2.15", false},
	{"v0-15", false},
	{"abcdef0", false}, /* built without a version */
	{"", false},
};

static void
prefers_index(void **state)
{
	const struct version *row = *state;
	struct engine e;

	engine_init(&e);
	assert_false(engine_prefers_index(&e));
	e.buildx_version = xstrdup(row->name);
	assert_int_equal(engine_prefers_index(&e), row->want);
	engine_release(&e);
}

#define DIGEST "sha256:e859a99cc0afd0ca0c25712d8205cf96a295722c656c6f714fc369781c7ed1e7"

/* What docker push says, and a build that pushes; but no step that prints the same. */
static const struct pushed {
	const char *name; /* the line */
	bool told;
} pushed_lines[] = {
	{"1.2: digest: " DIGEST " size: 1573", true},
	{"#9 pushing manifest for reg.io/app:1.2@" DIGEST, true},
	{"#14 pushing manifest for reg.io/app:1.2@" DIGEST " 0.1s done", true},
	{"#9 0.123 pushing manifest for reg.io/app:1.2@" DIGEST, false},
	{"#9 0.123 1.2: digest: " DIGEST " size: 1573", false},
	{"#9 pushing manifest for reg.io/app:1.2", false},
	{"#9 pushing layers " DIGEST, false},
	{"1.2: digest: " DIGEST "0 size: 1573", false},
	{"1.2: digest: sha256:", false},
	{"#", false},
	{"", false},
};

static void
tells_what_was_pushed(void **state)
{
	const struct pushed *row = *state;
	char digest[DIGEST_MAX] = "", *line = exact_copy(row->name, strlen(row->name));

	assert_int_equal(engine_pushed_digest(line, strlen(row->name), digest), row->told);
	assert_string_equal(digest, row->told ? DIGEST : "");
	free(line);
}

static const struct version pushing[] = {
	{"28.5.2", true},
	{"29.0.0", true},
	{"27.5.1", false},
	{"master", false},
};

static void
init_server(struct engine *e, const char *version)
{
	engine_init(e);
	e->server_version = xstrdup(version);
	e->client_version = xstrdup("28.5.2");
	e->has_buildx = true;
}

static void
pushes(void **state)
{
	const struct version *row = *state;
	struct engine e;

	init_server(&e, row->name);
	assert_false(engine_pushes(&e));
	e.containerd_store = true;
	assert_int_equal(engine_pushes(&e), row->want);
	e.driver = xstrdup("remote");
	assert_false(engine_pushes(&e));
	engine_release(&e);
}

/* And so it is with a source policy, in both stores. */
static void
takes_policies(void **state)
{
	const struct version *row = *state;
	struct engine e;

	init_server(&e, row->name);
	assert_int_equal(engine_takes_policy(&e), row->want);
	e.containerd_store = true;
	assert_int_equal(engine_takes_policy(&e), row->want);
	e.kind = ENGINE_NERDCTL;
	assert_false(engine_takes_policy(&e));
	e.kind = ENGINE_DOCKER;
	e.driver = xstrdup("docker"); /* that of another engine, perhaps */
	assert_false(engine_takes_policy(&e));
	free(e.driver);
	e.driver = NULL;
	e.has_buildx = false;
	assert_false(engine_takes_policy(&e));
	engine_release(&e);
}

static const struct version servers[] = {
	{"20.10.24+dfsg1", false},
	{"24.0.9", false},
	{"25.0.0", true},
	{"26.1.5+dfsg1", true},
	{"27.0.3", true},
	{"27.1.0", false},
	{"28.5.2", false},
	{"master", false},
	{"", false},
};

static void
misses_stops(void **state)
{
	const struct version *row = *state;
	struct engine e;

	engine_init(&e);
	assert_false(engine_misses_stops(&e));
	e.server_version = xstrdup(row->name);
	assert_int_equal(engine_misses_stops(&e), row->want);
	engine_release(&e);
}

static void
buildx_version_is_read(void **state)
{
	struct engine e;

	(void)state;
	engine_init(&e);
	engine_read_info(&e, ANSWER_28, strlen(ANSWER_28));
	assert_string_equal(e.buildx_version, "v0.29.1");
	assert_true(engine_prefers_index(&e));
	engine_read_info(&e, ANSWER_28, strlen(ANSWER_28));
	assert_string_equal(e.buildx_version, "v0.29.1");
	engine_release(&e);
}

/* Whether buildx can speak to a registry: of an engine that calls reg.local:5000 insecure. */
static const struct reach {
	const char *name;
	bool buildx, want;
} reaches[] = {
	{"reg.io", true, true},
	{"reg.local:5000", true, false},
	{"localhost:5000", true, true},
	{"127.0.0.1:5000", true, true},
	{"", true, true},
	{"reg.io", false, false},
	{"localhost:5000", false, false},
};

static void
reaches_registry(void **state)
{
	const struct reach *row = *state;
	struct engine e;

	engine_init(&e);
	e.has_buildx = row->buildx;
	strvec_pushl(&e.insecure, "reg.local:5000", "127.0.0.0/8");
	assert_int_equal(engine_reaches(&e, row->name), row->want);
	engine_release(&e);
}

/* Of an engine that names reg.local:5000, plain.local, [fd00::1]:5000 and two networks. */
static const struct host {
	const char *name;
	bool want;
} hosts[] = {
	{"localhost", true},
	{"localhost:5000", true},
	{"127.0.0.1", true},
	{"127.0.0.1:5000", true},
	{"127.1.2.3:80", true},
	{"[::1]", true},
	{"[::1]:5000", true},
	{"reg.local:5000", true},
	{"plain.local", true},
	{"[fd00::1]:5000", true},
	{"LOCALHOST:5000", true},
	{"[0:0:0:0:0:0:0:1]:5000", true},
	{"10.1.2.3:5000", true},
	{"[fd01::7]", true},
	{"10.2.2.3:5000", false},
	{"10.3.0.0", false},
	{"127.evil.com", false},
	{"127.0.0.1.nip.io:80", false},
	{"docker.io", false},
	{"reg.local", false},
	{"reg.local:5001", false},
	{"reg.local:50000", false},
	{"a.reg.local:5000", false},
	{"plain.local:80", false},
	{"localhost.example.com", false},
	{"localhosts", false},
	{"mylocalhost:5000", false},
	{"local", false},
	{"128.0.0.1", false},
	{"1127.0.0.1", false},
	{"12.7.0.1", false},
	{"[::2]:5000", false},
	{"[fd00::1]", false},
	{"", false},
};

static void
is_insecure(void **state)
{
	const struct host *row = *state;
	struct engine e;

	engine_init(&e);
	strvec_pushl(&e.insecure, "reg.local:5000", "plain.local", "[fd00::1]:5000", "10.1.0.0/16",
		"fd01::/16", "10.3.0.0/33", "x/8");
	assert_int_equal(engine_is_insecure(&e, row->name), row->want);
	engine_release(&e);
}

#define SIXTY_FOUR "e859a99cc0afd0ca0c25712d8205cf96a295722c656c6f714fc369781c7ed1e7"

static const struct digest_line {
	const char *name, *line, *want;
} digest_lines[] = {
	{"imagetools", "Digest:    sha256:" SIXTY_FOUR, "sha256:" SIXTY_FOUR},
	{"one blank", "Digest: sha256:" SIXTY_FOUR, "sha256:" SIXTY_FOUR},
	{"manifest inspect", "\t\t\"digest\": \"sha256:" SIXTY_FOUR "\",", "sha256:" SIXTY_FOUR},
	{"manifest inspect, last member", "  \"digest\": \"sha256:" SIXTY_FOUR "\"",
		"sha256:" SIXTY_FOUR},
	{"carriage return", "Digest: sha256:" SIXTY_FOUR "\r", "sha256:" SIXTY_FOUR},
	{"one digit more", "Digest: sha256:" SIXTY_FOUR "a", NULL},
	{"one digit short",
		"Digest: sha256:859a99cc0afd0ca0c25712d8205cf96a295722c656c6f714fc369781c7ed1e7",
		NULL},
	{"no digits", "Digest: sha256:", NULL},
	{"no digest", "Digest: ", NULL},
	{"no blank", "Digest:", NULL},
	{"another algorithm", "Digest: sha512:" SIXTY_FOUR SIXTY_FOUR, NULL},
	{"upper case",
		"Digest: sha256:E859A99CC0AFD0CA0C25712D8205CF96A295722C656C6F714FC369781C7ED1E7",
		NULL},
	{"no hexadecimal",
		"Digest: sha256:g859a99cc0afd0ca0c25712d8205cf96a295722c656c6f714fc369781c7ed1e7",
		NULL},
	{"no hexadecimal at the end",
		"Digest: sha256:e859a99cc0afd0ca0c25712d8205cf96a295722c656c6f714fc369781c7ed1eg",
		NULL},
	{"in a name", "Name: reg.io/a@sha256:" SIXTY_FOUR, NULL},
	{"in a longer word", "XDigest: sha256:" SIXTY_FOUR, NULL},
	{"not first", "the Digest: sha256:" SIXTY_FOUR, NULL},
	{"other case", "digest: sha256:" SIXTY_FOUR, NULL},
	{"nothing", "", NULL},
	{"blanks", " \t ", NULL},
};

static void
names_digest(void **state)
{
	const struct digest_line *row = *state;
	size_t len = strlen(row->line);
	char *copy = exact_copy(row->line, len), digest[DIGEST_MAX];
	bool good = engine_line_digest(copy, len, digest);

	free(copy);
	assert_int_equal(good, row->want != NULL);
	if (good)
		assert_string_equal(digest, row->want);
}

static void
names_no_digest_in_a_part_of_a_line(void **state)
{
	static const char line[] = "\t\"digest\": \"sha256:" SIXTY_FOUR;
	char digest[DIGEST_MAX], *copy;
	size_t len;

	(void)state;
	for (len = 0; len <= strlen(line); len++) {
		copy = exact_copy(line, len);
		assert_int_equal(engine_line_digest(copy, len, digest), len == strlen(line));
		free(copy);
	}
}

static void
garbage_is_harmless(void **state)
{
	static const char *const pieces[] = {"Digest: ", "\"digest\": \"", "sha256:", SIXTY_FOUR,
		" ", "\t", "e", "\"", "{", "}", "[", "]", ":", ",", "\"client\"", "\"Plugins\"",
		"\"Name\"", "\"buildx\"", "\"registry\"", "\"IndexConfigs\"", "false",
		"Usage:", "--secret", "Driver:", "Platforms:", "*", "podman version ",
		"nerdctl version ", "4.", "2", "\n", "\\", "\xff"};
	uint64_t seed = 9;
	struct strbuf text;
	size_t round, n;

	(void)state;
	strbuf_init(&text);
	for (round = 0; round < 30000; round++) {
		char digest[DIGEST_MAX], *copy;

		strbuf_reset(&text);
		for (n = random_below(&seed, 12); n > 0; n--)
			strbuf_addstr(&text, pieces[random_below(&seed, ARRAY_SIZE(pieces))]);
		read_part(text.buf, text.len);
		copy = exact_copy(text.buf, text.len);
		if (engine_line_digest(copy, text.len, digest))
			assert_int_equal(strlen(digest), DIGEST_MAX - 1);
		free(copy);
	}
	strbuf_release(&text);
}

int
main(void)
{
	add_rows(reads_info, answers);
	add_test(a_cut_answer_says_nothing);
	add_test(a_damaged_answer_is_harmless);
	add_rows(reads_build_help, helps);
	add_rows(chooses_mode, choices);
	add_rows(reads_builder, builders);
	add_rows(reads_version, kinds);
	add_rows(prefers_index, versions);
	add_rows(misses_stops, servers);
	add_rows(pushes, pushing);
	add_rows(takes_policies, pushing);
	add_rows(tells_what_was_pushed, pushed_lines);
	add_test(buildx_version_is_read);
	add_rows(reaches_registry, reaches);
	add_rows(is_insecure, hosts);
	add_rows(names_digest, digest_lines);
	add_test(names_no_digest_in_a_part_of_a_line);
	add_test(garbage_is_harmless);
	return run_all();
}
