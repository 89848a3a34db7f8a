"""Ports for the tests' own servers, below the range the kernel hands out to outgoing connections."""

import random
import socket

from filelock import FileLock

from local_stack.layout import PORTS
from tests.support.run_folder import run_dir


def free_port() -> int:
    """A port of the caller's own, chosen at random so that runs beside each other seldom meet."""
    for _ in range(200):
        if claim(port := random.randrange(12_000, 20_000)):  # noqa: S311 - a port is no secret
            return port
    raise RuntimeError("no free port between 12000 and 20000")


def free_offset() -> int:
    """By how much a stack's ports are to be moved for all of them to be its own."""
    for _ in range(200):
        offset = random.randrange(200, 4_000, 10)  # noqa: S311
        if claim(*(port + offset for port in PORTS.values())):
            return offset
    raise RuntimeError("no offset with all ports free")


def claim(*ports: int) -> bool:
    """Take ports for the rest of this run, if nobody listens on any of them and nobody in this run has one.

    Else two workers might choose the same before either listens, or one a port whose server is just being restarted.
    """
    claimed = run_dir() / "ports"
    with FileLock(run_dir() / "ports.lock"):
        taken = set(map(int, claimed.read_text().split())) if claimed.exists() else set[int]()
        if taken.intersection(ports) or not all(map(_is_free, ports)):
            return False
        with claimed.open("a") as file:
            file.writelines(f"{port}\n" for port in ports)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
