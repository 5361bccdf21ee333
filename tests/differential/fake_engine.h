/*
 * fake_engine: as much of a docker engine as a client needs to send off a build, on a unix socket.
 *
 * It lives in the test itself, in the same poll() as the client that it serves: it listens before
 * the client starts, and ends with the test, whatever ends that.
 */
#ifndef FAKE_ENGINE_H
#define FAKE_ENGINE_H

#include <poll.h>

#include "strbuf.h"
#include "strvec.h"

#define PEERS_MAX 16

enum protocol { HTTP, BUILDKIT, SESSION };

struct peer {
	int fd; /* -1: free */
	enum protocol protocol;
	struct strbuf in;
};

struct fake_engine {
	int listener;
	struct peer peers[PEERS_MAX];
	unsigned builds;          /* how many were asked for */
	struct strbuf query;      /* of the last one, as it was sent */
	struct strbuf context;    /* and what was sent as its context */
	struct strvec attributes; /* what BuildKit was told of builds */
};

/* The path is taken as it is: short, and relative to where we are. False: errno says why not. */
bool fake_engine_listen(struct fake_engine *e, const char *path);
void fake_engine_release(struct fake_engine *e);

/* Forgets the last client: what it asked for, and its connections. */
void fake_engine_reset(struct fake_engine *e);

/* Fills in what to poll for, up to 1 + PEERS_MAX; returns how many. serve takes the same ones. */
size_t fake_engine_poll(const struct fake_engine *e, struct pollfd *fds);
void fake_engine_serve(struct fake_engine *e, const struct pollfd *fds, size_t nr);

#endif
