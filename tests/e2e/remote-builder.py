#!/usr/bin/env python3
"""remote-builder.py LISTEN_SOCKET DOCKER_SOCKET: serves the BuildKit inside a docker engine (POST /grpc, which
becomes h2c) as a BuildKit daemon of its own, for `docker buildx create --driver remote unix://LISTEN_SOCKET`."""

import os
import socket
import sys
import threading

REQUEST = b"POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def upgrade(engine):
    engine.sendall(REQUEST)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = engine.recv(1)
        if not byte:
            raise OSError("no answer")
        head += byte
    if b" 101 " not in head.split(b"\r\n")[0]:
        raise OSError(head)


def serve(client, path):
    with client, socket.socket(socket.AF_UNIX) as engine:
        try:
            engine.connect(path)
            upgrade(engine)
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
            return
        back = threading.Thread(target=pump, args=(engine, client), daemon=True)
        back.start()
        pump(client, engine)
        back.join()


def main(listen, docker):
    if os.path.exists(listen):
        os.unlink(listen)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(listen)
        server.listen(64)
        while True:
            client, _ = server.accept()
            threading.Thread(target=serve, args=(client, docker), daemon=True).start()


main(*sys.argv[1:])
