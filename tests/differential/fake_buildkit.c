#include "fake_buildkit.h"

#include <stdlib.h>
#include <string.h>

enum frame_type { FRAME_DATA = 0, FRAME_HEADERS = 1, FRAME_SETTINGS = 4, FRAME_PING = 6 };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };

#define FRAME_HEAD   9
#define MESSAGE_HEAD 5 /* of a gRPC message: compressed or not, and its length */

/* HPACK: ":status: 200" from the static table, and literals that nobody has to remember. */
static const char head[] = "\x88\x0f\x10\x10"
			   "application/grpc";
static const char done[] = "\x00\x0b"
			   "grpc-status\x01"
			   "0";
static const char nothing[MESSAGE_HEAD] = "";

/* ListWorkersResponse{record: {ID: "w"}}, and also PongResponse{FrontendAPICaps: {ID: "w"}} */
static const char workers[] = "\x00\x00\x00\x00\x05\x0a\x03\x0a\x01w";

void
drop_front(struct strbuf *in, size_t len)
{
	size_t rest = in->len - len;
	char *copy = xstrndup(in->buf + len, rest);

	strbuf_reset(in);
	strbuf_add(in, copy, rest);
	free(copy);
}

static void
add_frame(struct strbuf *out, enum frame_type type, int flags, const char *stream, const char *data,
	size_t len)
{
	const char frame[] = {0, (char)(len >> 8), (char)len, (char)type, (char)flags};

	strbuf_add(out, frame, sizeof(frame));
	strbuf_add(out, stream, 4);
	strbuf_add(out, data, len);
}

/* A number of a protobuf message; false: it is cut short. */
static bool
read_number(const char **p, const char *end, size_t *number)
{
	unsigned shift = 0;

	for (*number = 0; *p < end && shift < 63; shift += 7) {
		unsigned char c = (unsigned char)*(*p)++;

		*number |= (size_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return true;
	}
	return false;
}

/* The next field of a message: its number, and its text if it is one (else NULL). */
static bool
read_field(const char **p, const char *end, size_t *field, const char **text, size_t *len)
{
	size_t tag;

	*text = NULL;
	if (!read_number(p, end, &tag))
		return false;
	*field = tag >> 3;
	if ((tag & 7) == 0)
		return read_number(p, end, len);
	if ((tag & 7) != 2 || !read_number(p, end, len) || *len > (size_t)(end - *p))
		return false;
	*text = *p;
	*p += *len;
	return true;
}

/* Adds "key=value" if it is an entry of a map of strings. */
static void
add_entry(struct strvec *attributes, const char *p, size_t len)
{
	const char *end = p + len, *key, *value = "";
	size_t field, key_len, value_len = 0;

	if (!read_field(&p, end, &field, &key, &key_len) || field != 1 || !key)
		return;
	if (p < end && (!read_field(&p, end, &field, &value, &value_len) || field != 2))
		return;
	if (p == end && value)
		strvec_pushf(attributes, "%.*s=%.*s", (int)key_len, key, (int)value_len, value);
}

/* What a request says in maps of strings: of both Solve calls, the frontend's options, and the
 * exporter's. The ninth field of one of them lists entitlements. */
static void
read_message(struct strvec *attributes, const char *p, size_t len)
{
	const char *end = p + len, *text;
	size_t field;

	while (read_field(&p, end, &field, &text, &len)) {
		if (text && field == 9)
			strvec_pushf(attributes, "entitlement=%.*s", (int)len, text);
		else if (text && (field == 3 || field == 4 || field == 7))
			add_entry(attributes, text, len);
	}
}

/* The questions of what there is are empty. */
static void
answer_call(struct strbuf *reply, const char *stream, size_t message)
{
	bool asks = message <= MESSAGE_HEAD;

	add_frame(reply, FRAME_HEADERS, END_HEADERS, stream, head, sizeof(head) - 1);
	add_frame(reply, FRAME_DATA, 0, stream, asks ? workers : nothing,
		asks ? sizeof(workers) - 1 : sizeof(nothing));
	add_frame(reply, FRAME_HEADERS, END_HEADERS | END_STREAM, stream, done, sizeof(done) - 1);
}

void
fake_buildkit_serve(struct strbuf *in, struct strbuf *reply, struct strvec *attributes)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	static const char connection[4] = "";

	if (in->len >= sizeof(preface) - 1 && str_skip_prefix(in->buf, preface)) {
		drop_front(in, sizeof(preface) - 1);
		add_frame(reply, FRAME_SETTINGS, 0, connection, "", 0);
	}
	while (in->len >= FRAME_HEAD && in->buf[0] != 'P') {
		const unsigned char *p = (const unsigned char *)in->buf;
		size_t len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];

		if (in->len < FRAME_HEAD + len)
			return;
		if (p[3] == FRAME_DATA && len > MESSAGE_HEAD)
			read_message(attributes, in->buf + FRAME_HEAD + MESSAGE_HEAD,
				len - MESSAGE_HEAD);
		if (p[3] == FRAME_DATA && (p[4] & END_STREAM))
			answer_call(reply, in->buf + 5, len);
		else if (p[3] == FRAME_SETTINGS && !(p[4] & ACK))
			add_frame(reply, FRAME_SETTINGS, ACK, connection, "", 0);
		else if (p[3] == FRAME_PING && !(p[4] & ACK))
			add_frame(reply, FRAME_PING, ACK, connection, in->buf + FRAME_HEAD, len);
		drop_front(in, FRAME_HEAD + len);
	}
}
