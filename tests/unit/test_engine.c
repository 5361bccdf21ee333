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
	engine_release(&e);
	free(copy);
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
	assert_int_equal(engine_mode(&e, row->wanted, row->variable), row->want);
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
		"Usage:", "--secret", "\\", "\xff"};
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
	add_rows(is_insecure, hosts);
	add_rows(names_digest, digest_lines);
	add_test(names_no_digest_in_a_part_of_a_line);
	add_test(garbage_is_harmless);
	return run_all();
}
