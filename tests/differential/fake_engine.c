#define _GNU_SOURCE /* accept4 */
#include "fake_engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake_buildkit.h"

struct request {
	const char *method, *target; /* not NUL-terminated */
	size_t method_len, target_len;
	struct strbuf body;
	size_t total; /* bytes of the whole request; 0: not all of it is here yet */
};

static const struct route {
	const char *method, *path, *answer;
} routes[] = {
	{"HEAD", "/_ping", ""},
	{"GET", "/_ping", "OK"},
	{"GET", "/version",
		"{\"Version\":\"20.10.24\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\","
		"\"Os\":\"linux\",\"Arch\":\"amd64\",\"Experimental\":true}\n"},
	{"GET", "/info",
		"{\"ID\":\"fake\",\"ServerVersion\":\"20.10.24\",\"OSType\":\"linux\","
		"\"Architecture\":\"x86_64\",\"Driver\":\"overlay2\",\"ExperimentalBuild\":true}"
		"\n"},
	{"POST", "/build",
		"{\"stream\":\"Step 1/1 : FROM scratch\\n\"}\n"
		"{\"aux\":{\"ID\":\"sha256:"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}}\n"
		"{\"stream\":\"Successfully built 0123456789ab\\n\"}\n"},
};

bool
fake_engine_listen(struct fake_engine *e, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t i;

	*e = (struct fake_engine){.listener = -1};
	for (i = 0; i < PEERS_MAX; i++) {
		e->peers[i].fd = -1;
		strbuf_init(&e->peers[i].in);
	}
	strbuf_init(&e->query);
	strbuf_init(&e->context);
	strvec_init(&e->attributes);
	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(address.sun_path, path, strlen(path));
	e->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return e->listener >= 0 &&
	       bind(e->listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	       listen(e->listener, PEERS_MAX) == 0;
}

static void
hang_up(struct peer *peer)
{
	close(peer->fd);
	peer->fd = -1;
	peer->protocol = HTTP;
	strbuf_reset(&peer->in);
}

void
fake_engine_reset(struct fake_engine *e)
{
	size_t i;

	for (i = 0; i < PEERS_MAX; i++) {
		if (e->peers[i].fd >= 0)
			hang_up(&e->peers[i]);
	}
	e->builds = 0;
	strbuf_reset(&e->query);
	strbuf_reset(&e->context);
	strvec_release(&e->attributes);
}

void
fake_engine_release(struct fake_engine *e)
{
	size_t i;

	fake_engine_reset(e);
	for (i = 0; i < PEERS_MAX; i++)
		strbuf_release(&e->peers[i].in);
	strbuf_release(&e->query);
	strbuf_release(&e->context);
	if (e->listener >= 0)
		close(e->listener);
}

size_t
fake_engine_poll(const struct fake_engine *e, struct pollfd *fds)
{
	size_t i;

	fds[0] = (struct pollfd){.fd = e->listener, .events = POLLIN};
	for (i = 0; i < PEERS_MAX; i++)
		fds[1 + i] = (struct pollfd){.fd = e->peers[i].fd, .events = POLLIN};
	return 1 + PEERS_MAX;
}

/* The value of a header in the head, which ends in an empty line; NULL: it has none such. */
static const char *
header(const char *head, const char *name)
{
	const char *line = strstr(head, "\r\n");

	while (line && strncmp(line, "\r\n\r\n", 4) != 0) {
		const char *a = line + 2, *b = name;

		while (*b && to_lower(*a) == *b)
			a++, b++;
		if (!*b && *a == ':')
			return a + 1 + strspn(a + 1, " ");
		line = strstr(line + 2, "\r\n");
	}
	return NULL;
}

/* Decodes a chunked body; returns where it ends, NULL when not all of it is there yet. */
static const char *
read_chunks(const char *p, const char *end, struct strbuf *body)
{
	while (p < end) {
		const char *line_end = memchr(p, '\n', (size_t)(end - p));
		size_t size;

		if (!line_end)
			return NULL;
		size = strtoul(p, NULL, 16);
		p = line_end + 1;
		if ((size_t)(end - p) < size + 2)
			return NULL;
		if (!size)
			return p + 2; /* clients send no trailers */
		strbuf_add(body, p, size);
		p += size + 2;
	}
	return NULL;
}

/* False when the request is not all there yet. */
static bool
read_request(const struct strbuf *in, struct request *r)
{
	const char *head_end = strstr(in->buf, "\r\n\r\n"), *end = in->buf + in->len, *value;
	size_t len;

	if (!head_end)
		return false;
	r->method = in->buf;
	r->method_len = strcspn(in->buf, " ");
	r->target = r->method + r->method_len + 1;
	r->target_len = strcspn(r->target, " ");
	head_end += 4;
	value = header(in->buf, "transfer-encoding");
	if (value && strncmp(value, "chunked", 7) == 0) {
		head_end = read_chunks(head_end, end, &r->body);
		r->total = head_end ? (size_t)(head_end - in->buf) : 0;
		return head_end != NULL;
	}
	value = header(in->buf, "content-length");
	len = value ? strtoul(value, NULL, 10) : 0;
	if ((size_t)(end - head_end) < len)
		return false;
	strbuf_add(&r->body, head_end, len);
	r->total = (size_t)(head_end - in->buf) + len;
	return true;
}

static void
send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* the client is gone, and its result will tell */
		data += n;
		len -= (size_t)n;
	}
}

static bool
is_text(const char *text, const char *p, size_t len)
{
	return strlen(text) == len && memcmp(text, p, len) == 0;
}

/* Turns the connection over to another protocol. */
static void
upgrade(struct peer *peer, enum protocol protocol)
{
	static const char upgraded[] =
		"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";

	send_all(peer->fd, upgraded, strlen(upgraded));
	peer->protocol = protocol;
}

static void
answer(struct fake_engine *e, struct peer *peer, const struct request *r)
{
	static const char nothing[] = "{\"message\":\"the fake engine has no such thing\"}\n";
	const char *path = r->target, *end = path + r->target_len, *text = NULL;
	const char *query = memchr(path, '?', r->target_len);
	struct strbuf reply;
	size_t i;

	if (!query)
		query = end;
	if (path + 2 < query && path[1] == 'v' && is_digit(path[2]))
		path += 1 + strcspn(path + 1, "/"); /* /v1.41/build */
	for (i = 0; i < ARRAY_SIZE(routes); i++) {
		if (is_text(routes[i].method, r->method, r->method_len) &&
			is_text(routes[i].path, path, (size_t)(query - path)))
			text = routes[i].answer;
	}
	if (text && is_text("/build", path, (size_t)(query - path))) {
		e->builds++;
		strbuf_reset(&e->query);
		if (query < end)
			strbuf_add(&e->query, query + 1, (size_t)(end - query - 1));
		strbuf_reset(&e->context);
		strbuf_add(&e->context, r->body.buf, r->body.len);
	}
	if (is_text("/grpc", path, (size_t)(query - path)) ||
		is_text("/session", path, (size_t)(query - path))) {
		upgrade(peer, path[1] == 'g' ? BUILDKIT : SESSION);
		return;
	}
	strbuf_init(&reply);
	strbuf_addf(&reply,
		"HTTP/1.1 %s\r\nApi-Version: 1.41\r\nDocker-Experimental: true\r\nOstype: linux\r\n"
		"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		text ? "200 OK" : "404 Not Found", strlen(text ? text : nothing),
		text ? text : nothing);
	send_all(peer->fd, reply.buf, reply.len);
	strbuf_release(&reply);
}

static void
serve_http(struct fake_engine *e, struct peer *peer)
{
	struct request r = {0};

	strbuf_init(&r.body);
	while (peer->protocol == HTTP && read_request(&peer->in, &r)) {
		answer(e, peer, &r);
		drop_front(&peer->in, r.total);
		strbuf_reset(&r.body);
	}
	strbuf_release(&r.body);
}

static void
serve_peer(struct fake_engine *e, struct peer *peer)
{
	char buf[65536];
	ssize_t n = read(peer->fd, buf, sizeof(buf));
	struct strbuf reply;

	if (n <= 0) {
		hang_up(peer);
		return;
	}
	strbuf_add(&peer->in, buf, (size_t)n);
	serve_http(e, peer);
	if (peer->protocol != BUILDKIT)
		return; /* in a session it is the client that answers */
	strbuf_init(&reply);
	fake_buildkit_serve(&peer->in, &reply, &e->attributes);
	send_all(peer->fd, reply.buf, reply.len);
	strbuf_release(&reply);
}

static void
take_peer(struct fake_engine *e)
{
	int fd = accept4(e->listener, NULL, NULL, SOCK_CLOEXEC);
	size_t i;

	for (i = 0; fd >= 0 && i < PEERS_MAX; i++) {
		if (e->peers[i].fd < 0) {
			e->peers[i].fd = fd;
			return;
		}
	}
	if (fd >= 0)
		close(fd);
}

void
fake_engine_serve(struct fake_engine *e, const struct pollfd *fds, size_t nr)
{
	size_t i;

	for (i = 1; i < nr; i++) {
		if (fds[i].fd >= 0 && fds[i].revents)
			serve_peer(e, &e->peers[i - 1]);
	}
	if (fds[0].revents)
		take_peer(e);
}
