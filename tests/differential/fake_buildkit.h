/*
 * fake_buildkit: as much of BuildKit's gRPC, and of HTTP/2 below it, as buildx asks for before it
 * has read its context: the list of workers. Every other call is answered as not implemented.
 */
#ifndef FAKE_BUILDKIT_H
#define FAKE_BUILDKIT_H

#include "strbuf.h"
#include "strvec.h"

/* Takes what it can from what the client sent, adds what to answer, and "key=value" for what was
 * said of the build. */
void fake_buildkit_serve(struct strbuf *in, struct strbuf *reply, struct strvec *attributes);

/* Removes the first bytes of a text. */
void drop_front(struct strbuf *in, size_t len);

#endif
