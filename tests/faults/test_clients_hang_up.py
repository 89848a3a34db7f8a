"""R7: clients that hang up in the middle of a request leave no connection and no memory behind."""

import asyncio
import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from itertools import cycle, islice
from typing import Self

import psutil
import pytest

from tests.faults.campaign import FEATURES, FULL, TOKEN_LIFE_S, report
from tests.support.callers import Caller
from tests.support.postgres import OTHER_SESSIONS
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually

CLIENTS = 10_000 if FULL else 1_000
# By then every pool and cache has the size it keeps.
WARM_AFTER = CLIENTS // 2
AT_ONCE = 20
MOMENTS = ("in the head", "in the body", "before the answer", "in the answer")
# In the short form some caches still fill.
DRIFT_MAX = 0.02 if FULL else 0.05
BUSY = f"SELECT count(*) FROM {OTHER_SESSIONS}"  # noqa: S608


@dataclass(frozen=True)
class Held:
    """What a service holds at a moment: its clients' connections, its database's, and open files of any kind."""

    clients: int
    database: int
    files: int

    def is_within(self, other: Self) -> bool:
        return all(mine <= others for mine, others in zip(astuple(self), astuple(other), strict=True))


def held_by(service: RunningService) -> Held:
    process = psutil.Process(service.process.pid)
    clients = [each for each in process.net_connections("tcp") if each.laddr.port == service.port and each.raddr]
    [(database,)] = service.sql(BUSY)
    return Held(len(clients), database, process.num_fds())


def held_by_nobody(service: RunningService) -> Held:
    """What it keeps once it has noticed that its clients are gone."""
    eventually(lambda: held_by(service).clients == 0, "nobody is connected")
    return held_by(service)


def memory_of(service: RunningService) -> int:
    return psutil.Process(service.process.pid).memory_info().rss


def calculation(person: Caller) -> bytes:
    body = json.dumps({"features": {**FEATURES, "utilisation": 0.4, "late30": 0}})
    lines = ["POST /scores/me/calculate HTTP/1.1", "Host: localhost", f"Authorization: Bearer {person.token}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


async def hang_up(service: RunningService, request: bytes, moment: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write({"in the head": request[:60], "in the body": request[:-20]}.get(moment, request))
    await writer.drain()
    if moment == "in the answer":
        await reader.readexactly(1)
    writer.transport.abort()


async def hang_up_so_often(service: RunningService, people: list[Caller], count: int) -> None:
    calls = islice(zip(cycle(people), cycle(MOMENTS), strict=False), count)

    async def one_after_the_other() -> None:
        for person, moment in calls:
            await hang_up(service, calculation(person), moment)

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))


@pytest.mark.timeout(3_600 if FULL else 900)
def test_clients_that_hang_up_leave_no_connection_and_no_memory_behind(
    run_service: RunService, new_person: Callable[..., Caller]
) -> None:
    service = run_service("score_service")
    # An odd number of people, so that each hangs up at each moment.
    people = [new_person(exp=int(time.time()) + TOKEN_LIFE_S) for _ in range(25)]
    asyncio.run(hang_up_so_often(service, people, WARM_AFTER))
    before, warm = held_by_nobody(service), memory_of(service)
    asyncio.run(hang_up_so_often(service, people, CLIENTS - WARM_AFTER))
    eventually(lambda: held_by(service).is_within(before), lambda: f"{held_by(service)} comes down to {before}")
    drift = memory_of(service) / warm - 1
    [(stored,)] = service.sql("SELECT count(*) FROM scores")
    assert 0 < stored < CLIENTS, "the control: some got through, and some did not"
    assert service.client.get("/scores/me", headers=people[0].headers).status_code == 200
    report("R7", f"{CLIENTS} clients hung up at {len(MOMENTS)} moments: 0 connections left, memory {drift:+.1%}")
    assert drift <= DRIFT_MAX


def test_a_client_that_is_still_there_is_counted(run_service: RunService) -> None:
    service = run_service("score_service")
    before = held_by_nobody(service)
    with ExitStack() as held:
        for _ in range(5):
            held.enter_context(socket.create_connection(("127.0.0.1", service.port)))
        # It may hold one more, of its own and for a moment.
        eventually(lambda: held_by(service).clients == 5 and held_by(service).files >= before.files + 5)
    assert held_by_nobody(service).files < before.files + 5
