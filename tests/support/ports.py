"""Ports for the tests' own servers, below the range the kernel hands out to outgoing connections."""

import random
import socket


def free_port() -> int:
    """A port nobody listens on right now; chosen at random, so that workers and runs beside each other seldom meet."""
    for _ in range(200):
        port = random.randrange(12_000, 20_000)  # noqa: S311 - a port is no secret
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port between 12000 and 20000")
