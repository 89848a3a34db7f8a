"""P12: how soon an installed stack is up, and how much memory a service holds."""

import time

import psutil

from benchmarks.figures import Figure
from benchmarks.servers import pid_of
from local_stack.layout import SERVICES
from tests.support.stack import Stack

STARTS = 3


def starting(stack: Stack) -> list[Figure]:
    took = []
    for _ in range(STARTS):
        stack.command("down")
        started = time.perf_counter()
        up = stack.command("up", RATE_LIMIT_FACTOR="1000000")
        took.append(time.perf_counter() - started)
        if up.returncode != 0:
            raise SystemExit(up.stdout + up.stderr)
    held = {service: psutil.Process(pid_of(stack, service)).memory_info().rss / 1e6 for service in SERVICES}
    largest = max(held, key=lambda service: held[service])
    return [
        Figure("P12", "`make up` of an installed stack until everything is healthy", f"{max(took):.1f} s", "",
               f"{max(took):.1f} s", "≤ 10 s", f"the slowest of {STARTS}"),
        Figure("P12", f"resident memory of the largest service ({largest}), just started", f"{held[largest]:.0f} MB",
               "", f"{held[largest]:.0f} MB", "≤ 130 MB", "5 services"),
    ]  # fmt: skip
