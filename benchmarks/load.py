"""Load over plain sockets, so that what sends costs as little as it can, and what a process spends meanwhile."""

import asyncio
import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CONNECTIONS = 8


@dataclass
class Answers:
    """What came back: seconds until each answer, how many of each status, and how long all of it took."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    took_s: float = 0.0

    @property
    def a_second(self) -> float:
        return self.statuses[200] / self.took_s

    def quantile(self, share: float) -> float:
        """The nearest-rank quantile: of 1, 2, …, 100 ms the quantile of .99 is 99 ms."""
        return sorted(self.seconds)[math.ceil(share * len(self.seconds)) - 1]

    def only(self, status: int) -> "Answers":
        if set(self.statuses) != {status}:
            raise SystemExit(f"only {status} was expected, and came: {dict(self.statuses)}")
        return self


class Connection:
    """One keep-alive connection. It reads answers with a Content-Length, which all of ours have."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> "Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> int:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await self._reader.readexactly(int(length or 0))
        return int(head[9:12])

    def close(self) -> None:
        self._writer.close()


def request(method: str, path: str, token: str = "", body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"Authorization: Bearer {token}"] * bool(token)
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] * bool(body)
    return "\r\n".join([*lines, "", ""]).encode() + body


async def closed_loop(port: int, requests: Sequence[bytes], count: int, connections: int = CONNECTIONS) -> Answers:
    """Every connection sends its next request when it has its answer; the requests are dealt out to connections."""
    answers = Answers()

    async def one(number: int) -> None:
        connection = await Connection.open(port)
        for _ in range(count // connections):
            before = time.perf_counter()
            answers.statuses[await connection.ask(requests[number % len(requests)])] += 1
            answers.seconds.append(time.perf_counter() - before)
        connection.close()

    started = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(connections)))
    answers.took_s = time.perf_counter() - started
    return answers


async def open_loop(port: int, requests: Sequence[bytes], a_second: float, lasting_s: float) -> Answers:
    """Requests come when they come, whether or not those before have been answered; they wait from when they came."""
    answers, idle = Answers(), list[Connection]()

    async def one(came: float, number: int) -> None:
        connection = idle.pop() if idle else await Connection.open(port)
        answers.statuses[await connection.ask(requests[number % len(requests)])] += 1
        answers.seconds.append(time.perf_counter() - came)
        idle.append(connection)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(a_second * lasting_s)):
            came = started + number / a_second
            if (ahead := came - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
            group.create_task(one(came, number))
    answers.took_s = time.perf_counter() - started
    for connection in idle:
        connection.close()
    return answers


def cpu_seconds(pid: int) -> float:
    """To the nanosecond; /proc/…/stat counts in hundredths of a second, a twentieth of what some rounds take."""
    return sum(int(each.read_text().split()[0]) for each in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def cpu_us_a_request(pid: int, port: int, requests: Sequence[bytes], count: int) -> float:
    """Microseconds of a server's CPU for each of `count` requests answered 200."""
    before = cpu_seconds(pid)
    asyncio.run(closed_loop(port, requests, count)).only(200)
    return (cpu_seconds(pid) - before) / count * 1e6


def throughput(port: int, requests: Sequence[bytes], count: int) -> float:
    return asyncio.run(closed_loop(port, requests, count)).only(200).a_second


def ratios(rounds: int, measure: Callable[[], float], beside: Callable[[], float]) -> tuple[float, float, float]:
    """Medians of a measure, of what stands beside it, and of their ratio in each round.

    Taken in turns, so that whatever else the machine does meets both; the first round warms up and does not count.
    """
    taken = [(measure(), beside()) for _ in range(rounds + 1)][1:]
    ours, theirs = zip(*taken, strict=True)
    return (
        statistics.median(ours),
        statistics.median(theirs),
        statistics.median(mine / other for mine, other in taken),
    )
