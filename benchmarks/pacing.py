"""Requests that come at a steady pace, sent by something cheap and exact enough to time the slowest of them.

No event loop: one with a thousandth of a second for its shortest wait sends two or three at once and then none, and
what it costs itself is taken from those it measures.
"""

import os
import select
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import Answers

# Far more than are under way at once; whoever comes when all are taken waits, and that is counted.
LINES = 64


def paced(port: int, requests: Sequence[bytes], a_second: float, lasting_s: float, lines: int = LINES) -> Answers:
    """Requests come when they come, whether or not those before have been answered; they wait from when they came."""
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(lines)]
    answers, busy, sent, total = Answers(), dict[socket.socket, float](), 0, int(a_second * lasting_s)
    started = time.perf_counter()
    while len(answers.seconds) < total:
        until_next = started + sent / a_second - time.perf_counter() if sent < total and idle else 1.0
        if until_next > 0:
            for line in select.select(busy, [], [], until_next)[0]:
                answers.statuses[_read_answer(line)] += 1
                answers.seconds.append(time.perf_counter() - busy.pop(line))
                idle.append(line)
        else:
            line = idle.pop()
            busy[line] = started + sent / a_second
            line.sendall(requests[sent % len(requests)])
            sent += 1
    answers.took_s = time.perf_counter() - started
    for line in idle:
        line.close()
    return answers


def _read_answer(line: socket.socket) -> int:
    answer = b""
    while True:
        read = line.recv(65_536)
        if not read:
            raise SystemExit("a connection was closed instead of an answer")
        answer += read
        head, whole, body = answer.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if whole and len(body) >= int(length or 0):
            return int(head[9:12])


@contextmanager
def on_a_core_of_its_own(pid: int, others: Iterable[int]) -> Iterator[None]:
    """A server on one core; on the rest those whom it asks, and we who measure. Where there is one core, as it is."""
    cores = os.sched_getaffinity(0)
    own, rest = {min(cores)}, cores - {min(cores)} or cores
    placed = [(pid, own), (os.getpid(), rest), *((other, rest) for other in others)]
    try:
        for process, where in placed:
            _place(process, where)
        yield
    finally:
        for process, _ in placed:
            _place(process, cores)


def _place(pid: int, cores: set[int]) -> None:
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        os.sched_setaffinity(int(thread.name), cores)


def seconds_ready_to_run(pid: int) -> float:
    """How long a process could have run and had no core to run on, so far."""
    return sum(int(each.read_text().split()[1]) for each in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9
