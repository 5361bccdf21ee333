#include "rows.h"

#include "reason.h"

/* What docker prints, from its sources and from engines of 20.10, 26.1 and 28.5. */
static const struct line {
	const char *name; /* the line */
	enum reason want;
} lines[] = {
	/* pull, push, manifest inspect: a graph driver's engine */
	{"Error response from daemon: manifest for reg.io/a:b not found: manifest unknown: "
	 "manifest unknown",
		REASON_ABSENT},
	{"manifest for a:b not found: manifest unknown: manifest tagged by \"b\" is not found",
		REASON_ABSENT},
	{"Error response from daemon: repository reg.io/a not found: name unknown: repository name "
	 "not known to registry",
		REASON_ABSENT},
	{"no such manifest: reg.io/a:b", REASON_ABSENT},
	{"Error response from daemon: pull access denied for a/b, repository does not exist or may "
	 "require 'docker login': denied: requested access to the resource is denied",
		REASON_DENIED},
	{"denied: requested access to the resource is denied", REASON_DENIED},
	{"unauthorized: authentication required", REASON_DENIED},
	{"error from registry: authentication required", REASON_DENIED},
	{"error from registry: unknown error", REASON_SERVER},
	{"error from registry: service unavailable", REASON_SERVER},
	{"ERROR: failed to build: failed to solve: failed to push reg.io/a:b: denied",
		REASON_DENIED},
	{"no basic auth credentials", REASON_DENIED},
	{"Error response from daemon: toomanyrequests: You have reached your unauthenticated pull "
	 "rate limit. https://www.docker.com/increase-rate-limit",
		REASON_BUSY},
	{"received unexpected HTTP status: 503 Service Unavailable", REASON_SERVER},
	{"received unexpected HTTP status: 500 Internal Server Error", REASON_SERVER},
	{"Error response from daemon: Get \"https://127.0.0.1:5000/v2/\": dial tcp 127.0.0.1:5000: "
	 "connect: connection refused",
		REASON_UNREACHABLE},
	{"Error response from daemon: Get \"https://reg.io/v2/\": dial tcp: lookup reg.io on "
	 "127.0.0.53:53: no such host",
		REASON_UNREACHABLE},
	{"dial tcp: lookup reg.io on 10.0.0.1:53: server misbehaving", REASON_UNREACHABLE},
	{"dial tcp 10.1.2.3:443: connect: no route to host", REASON_UNREACHABLE},
	{"dial tcp 10.1.2.3:443: connect: network is unreachable", REASON_UNREACHABLE},
	{"dial tcp 10.1.2.3:443: i/o timeout", REASON_TIMEOUT},
	{"Get \"https://reg.io/v2/\": net/http: request canceled while waiting for connection "
	 "(Client.Timeout exceeded while awaiting headers)",
		REASON_TIMEOUT},
	{"Get \"https://reg.io/v2/\": net/http: TLS handshake timeout", REASON_TIMEOUT},
	{"Get \"https://reg.io/v2/\": context deadline exceeded", REASON_TIMEOUT},
	{"write tcp 10.0.0.1:1->10.0.0.2:443: write: connection reset by peer", REASON_RESET},
	{"write tcp 10.0.0.1:1->10.0.0.2:443: write: broken pipe", REASON_RESET},
	{"Get \"https://reg.io/v2/\": EOF", REASON_RESET},
	{"unexpected EOF", REASON_RESET},
	{"Error response from daemon: Get \"https://reg.io/v2/\": tls: failed to verify "
	 "certificate: "
	 "x509: certificate signed by unknown authority",
		REASON_CERTIFICATE},
	{"x509: certificate is valid for a, not b", REASON_CERTIFICATE},
	{"Error response from daemon: Get \"https://reg.io:5000/v2/\": http: server gave HTTP "
	 "response "
	 "to HTTPS client",
		REASON_PLAIN_HTTP},
	{"An image does not exist locally with the tag: reg.io/a", REASON_NO_IMAGE},
	{"tag does not exist: reg.io/a:b", REASON_NO_IMAGE},
	{"Error response from daemon: No such image: a:b", REASON_NO_IMAGE},

	/* the containerd store */
	{"Error response from daemon: failed to resolve reference \"docker.io/a/b:c\": "
	 "docker.io/a/b:c: not found",
		REASON_ABSENT},
	{"failed to resolve reference \"reg.io/a:b\": pull access denied, repository does not "
	 "exist "
	 "or may require authorization: server message: insufficient_scope: authorization failed",
		REASON_DENIED},
	{"push access denied, repository does not exist or may require authorization: server "
	 "message: insufficient_scope: authorization failed",
		REASON_DENIED},
	{"unexpected status from HEAD request to https://reg.io/v2/a/manifests/b: 401 Unauthorized",
		REASON_DENIED},
	{"unexpected status from HEAD request to https://reg.io/v2/a/manifests/b: 403 Forbidden",
		REASON_DENIED},
	{"unexpected status from GET request to https://reg.io/v2/a: 429 Too Many Requests",
		REASON_BUSY},
	{"unexpected status from HEAD request to https://reg.io/v2/a/manifests/b: 503 Service "
	 "Unavailable",
		REASON_SERVER},
	{"unexpected status from PUT request to https://reg.io/v2/a: 502 Bad Gateway",
		REASON_SERVER},
	{"unexpected status from PUT request to https://reg.io/v2/a: 504 Gateway Timeout",
		REASON_SERVER},
	{"failed to do request: Head \"https://reg.io/v2/a\": dial tcp 10.0.0.1:443: connect: "
	 "connection refused",
		REASON_UNREACHABLE},

	/* buildx imagetools inspect */
	{"ERROR: reg.io/a:b: not found", REASON_ABSENT},
	{"ERROR: unexpected status from HEAD request to https://reg.io/v2/a/manifests/b: 404 Not "
	 "Found",
		REASON_ABSENT},

	/* registries that keep tags, or limit space */
	{"tag invalid: The image tag 'main' already exists in the 'a' repository and cannot be "
	 "overwritten because the repository is immutable.",
		REASON_IMMUTABLE},
	{"ImageTagAlreadyExistsException: The image tag 'x' already exists", REASON_IMMUTABLE},
	{"unknown: Failed to process request due to 'a:main' configured as immutable.",
		REASON_IMMUTABLE},
	{"denied: Quota exceeded when processing the request of adding 5.6 MiB of storage resource",
		REASON_QUOTA},

	/* this machine */
	{"Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon "
	 "running?",
		REASON_NO_DAEMON},
	{"error during connect: Get \"http://x/v1.47/info\": EOF", REASON_NO_DAEMON},
	{"failed to register layer: write /x: no space left on device", REASON_NO_SPACE},
	{"write /var/lib/docker/x: disk quota exceeded", REASON_NO_SPACE},

	/* any case */
	{"CANNOT CONNECT TO THE DOCKER DAEMON", REASON_NO_DAEMON},
	{"Manifest Unknown", REASON_ABSENT},

	/* no errors */
	{"", REASON_NONE},
	{"5401 bytes", REASON_NONE},
	{"unexpected status from HEAD request to https://reg.io/v2/: 522 <none>", REASON_SERVER},
	{"lookup reg.io: Temporary failure in name resolution", REASON_UNREACHABLE},
	{"http2: server sent GOAWAY and closed the connection", REASON_RESET},
	{"Using default tag: latest", REASON_NONE},
	{"latest: Pulling from library/ok", REASON_NONE},
	{"00b2c738e6fc: Pull complete", REASON_NONE},
	{"Digest: sha256:e859a99cc0afd0ca0c25712d8205cf96a295722c656c6f714fc369781c7ed1e7",
		REASON_NONE},
	{"Status: Downloaded newer image for localhost:5000/base:1", REASON_NONE},
	{"Status: Image is up to date for localhost:5000/base:1", REASON_NONE},
	{"docker.io/library/ok:latest", REASON_NONE},
	{"The push refers to repository [localhost:5000/nope]", REASON_NONE},
	{"00b2c738e6fc: Layer already exists", REASON_NONE},
	{"00b2c738e6fc: Mounted from base", REASON_NONE},
	{"00b2c738e6fc: Retrying in 5 seconds", REASON_NONE},
	{"latest: digest: sha256:e859a99cc0afd0ca0c25712d8205cf96a295722c656c6f714fc369781c7ed1e7 "
	 "size: "
	 "430",
		REASON_NONE},
	{"Name:      localhost:5000/base:1", REASON_NONE},
	{"MediaType: application/vnd.docker.distribution.manifest.v2+json", REASON_NONE},
	{"{", REASON_NONE},
	{"\t\"Ref\": \"localhost:5000/base:1\",", REASON_NONE},
};

static void
says(void **state)
{
	const struct line *row = *state;
	size_t len = strlen(row->name);
	char *line = exact_copy(row->name, len); /* it need not end in NUL */
	enum reason got = reason_of_line(line, len, NULL);

	free(line);
	if (got != row->want)
		fail_msg("'%s' instead of '%s'", reason_text(got), reason_text(row->want));
}

/* What the command was about does not count, whatever it is called. */
static const struct about {
	const char *name; /* the line */
	const char *ref;
	enum reason want;
} abouts[] = {
	{"Error response from daemon: manifest for reg.io/app:fix-timeout not found: manifest "
	 "unknown: "
	 "manifest unknown",
		"reg.io/app:fix-timeout", REASON_ABSENT},
	{"Error response from daemon: failed to resolve reference \"reg.io/a:fix-quota-s\": "
	 "reg.io/a:fix-quota-s: not found",
		"reg.io/a:fix-quota-s", REASON_ABSENT},
	{"ERROR: reg.io/certificate-api:main: not found", "reg.io/certificate-api:main",
		REASON_ABSENT},
	{"no such manifest: docker.io/library/immutable:x", "immutable:x", REASON_ABSENT},
	{"no such manifest: reg.io:5000/team/immutable:x", "reg.io:5000/team/immutable:x",
		REASON_ABSENT},
	{"The push refers to repository [reg.io/credential-store]", "reg.io/credential-store:main",
		REASON_NONE},
	{"latest: Pulling from team/quota", "reg.io/team/quota:latest", REASON_NONE},
	{"Get \"https://reg.io/v2/team/quota/manifests/x509-new\": i/o timeout",
		"reg.io/team/quota:x509-new", REASON_TIMEOUT},
	{"manifest for reg.io/team/app:not-found not found: manifest unknown",
		"reg.io/team/app:not-found", REASON_ABSENT},
	{"reg.io/quota:x: not found", "reg.io/quota:x", REASON_ABSENT},
	{"ERROR: reg.io/app:not: not found", "reg.io/app:not", REASON_ABSENT},
	{"tag does not exist: reg.io/tag:tag", "reg.io/app:tag", REASON_NO_IMAGE},
	{"dial tcp 10.0.0.1:443: i/o timeout", "reg.io/app:timeout", REASON_TIMEOUT},
	{"denied: requested access to the resource is denied", "reg.io/app:denied", REASON_DENIED},
	/* names that are words, or parts of words */
	{"manifest for reg.io/a:main not found: manifest unknown: manifest unknown",
		"reg.io/a:main", REASON_ABSENT},
	{"manifest unknown", "reg.io/own:main", REASON_ABSENT},
	{"dial tcp 127.0.0.1:1: connect: connection refused", "reg.io/e:x", REASON_UNREACHABLE},
	{"toomanyrequests: rate limit", "reg.io/e:x", REASON_BUSY},
	{"unauthorized: authentication required", "a:x", REASON_DENIED},
	{"net/http: i/o timeout", "reg.io/timeout:x", REASON_TIMEOUT},
	{"fix-timeout: Pulling from team/app", "reg.io/team/app:fix-timeout", REASON_NONE},
	{"fix-timeout: digest: sha256:0 size: 1", "reg.io/team/app:fix-timeout", REASON_NONE},
	{"manifest for certificate.example/a:x not found: manifest unknown",
		"certificate.example/a:x", REASON_ABSENT},
	{"Get \"https://quota.example/v2/\": i/o timeout", "quota.example/a:x", REASON_TIMEOUT},
	{"pull access denied for quota, repository does not exist or may require 'docker login'",
		"quota", REASON_DENIED},
};

static void
says_of_what_it_was_about(void **state)
{
	const struct about *row = *state;
	size_t len = strlen(row->name);
	char *line = exact_copy(row->name, len);
	enum reason got = reason_of_line(line, len, row->ref);

	assert_memory_equal(line, row->name, len);
	free(line);
	if (got != row->want)
		fail_msg("'%s' instead of '%s'", reason_text(got), reason_text(row->want));
}

static void
reads_no_further_than_the_line(void **state)
{
	static const char line[] = "manifest unknown";
	size_t len;

	(void)state;
	for (len = 0; len < strlen(line); len++)
		assert_int_equal(reason_of_line(line, len, NULL), REASON_NONE);
	assert_int_equal(reason_of_line(line, len, NULL), REASON_ABSENT);
}

static void
looks_behind_a_nul(void **state)
{
	static const char line[] = "a\0\xff\n manifest unknown\0";

	(void)state;
	assert_int_equal(reason_of_line(line, sizeof(line) - 1, NULL), REASON_ABSENT);
}

/* What is told the user, and whether it is tried again (docker's own exit status never says). */
static const struct kind {
	const char *name;
	enum reason reason;
	bool may_pass, advice;
} kinds[] = {
	{"none", REASON_NONE, false, false},
	{"absent", REASON_ABSENT, false, false},
	{"denied", REASON_DENIED, false, true},
	{"time-out", REASON_TIMEOUT, true, false},
	{"reset", REASON_RESET, true, false},
	{"429", REASON_BUSY, true, false},
	{"5xx", REASON_SERVER, true, false},
	{"plain http", REASON_PLAIN_HTTP, false, true},
	{"certificate", REASON_CERTIFICATE, false, true},
	{"no space", REASON_NO_SPACE, false, false},
	{"quota", REASON_QUOTA, false, true},
	{"immutable", REASON_IMMUTABLE, false, true},
	{"no image", REASON_NO_IMAGE, false, false},
	{"no daemon", REASON_NO_DAEMON, false, false},
	{"no docker", REASON_SPAWN, false, false},
	{"BuildKit itself", REASON_BUILDER, true, false},
};

static void
is_told(void **state)
{
	const struct kind *row = *state;

	assert_true(strlen(reason_text(row->reason)) > 0);
	assert_int_equal(reason_may_pass(row->reason), row->may_pass);
	assert_int_equal(reason_advice(row->reason) != NULL, row->advice);
}

static void
the_way_out_is_named(void **state)
{
	(void)state;
	assert_non_null(strstr(reason_advice(REASON_IMMUTABLE), "--cache-repo"));
	assert_non_null(strstr(reason_advice(REASON_QUOTA), "--cache-repo"));
}

static void
garbage_is_harmless(void **state)
{
	uint64_t seed = 8;
	size_t round, i, n;
	char text[80], *line;

	(void)state;
	for (round = 0; round < 20000; round++) {
		n = random_below(&seed, sizeof(text) - 1);
		for (i = 0; i < n; i++)
			text[i] = (char)random_below(&seed, 256);
		line = exact_copy(text, n);
		reason_of_line(line, n, NULL);
		reason_of_line(line, n, "a");
		reason_of_line(line, n, "reg.io:5000/a/b:c");
		text[n] = '\0';
		reason_of_line(line, n, text);
		free(line);
	}
}

static void
long_lines_are_harmless(void **state)
{
	static const char why[] = "manifest unknown ";
	static const size_t lengths[] = {4095, 4096, 4097, 65536, 1000000};
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		char *line = xcalloc(lengths[i], 1);

		for (n = 0; n < lengths[i]; n++)
			line[n] = why[n % (sizeof(why) - 1)];
		assert_int_equal(reason_of_line(line, lengths[i], NULL), REASON_ABSENT);
		assert_int_equal(reason_of_line(line, lengths[i], "reg.io/app:x"), REASON_ABSENT);
		free(line);
	}
}

int
main(void)
{
	add_rows(says, lines);
	add_rows(says_of_what_it_was_about, abouts);
	add_test(reads_no_further_than_the_line);
	add_test(looks_behind_a_nul);
	add_rows(is_told, kinds);
	add_test(the_way_out_is_named);
	add_test(long_lines_are_harmless);
	add_test(garbage_is_harmless);
	return run_all();
}
