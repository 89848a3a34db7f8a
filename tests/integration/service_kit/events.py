"""An outbox and an inbox of things, and a receiver, for the tests of how events travel."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import Row, Table, text
from uuid_utils.compat import uuid7

from service_kit.database import Database
from service_kit.models import InboxColumns, Model, OutboxColumns, service_metadata
from service_kit.outbox import Relay, add_event
from service_kit.settings import ServiceSettings
from tests.support.postgres import TestServer, close
from tests.support.waiting import PATIENCE_S

# Nothing here takes so long that what one relay has taken would be another's.
LEASE_S = 5 * PATIENCE_S


class Settings(ServiceSettings):
    service: ClassVar[str] = "things_service"


class Base(Model):
    __abstract__ = True
    metadata = service_metadata()


class Outbox(OutboxColumns, Base):
    pass


class Inbox(InboxColumns, Base):
    pass


OUTBOX, INBOX = Outbox.__table__, Inbox.__table__
assert isinstance(OUTBOX, Table)
assert isinstance(INBOX, Table)
A, B = uuid7(), uuid7()
COUNT = text("SELECT count(*) FROM outbox WHERE delivered_at IS NULL")


class Receiver:
    """Takes events in, or fails as the test says."""

    def __init__(self, fail: Callable[[Row[Any]], bool] = lambda _event: False) -> None:
        self.taken: dict[UUID, list[int]] = defaultdict(list)
        self.attempts = 0
        self._fail = fail

    async def __call__(self, event: Row[Any]) -> None:
        self.attempts += 1
        await asyncio.sleep(0)
        if self._fail(event):
            raise ConnectionError
        self.taken[event.key].append(event.payload["n"])


def run(server: TestServer, work: Callable[[Database], Awaitable[None]]) -> None:
    async def main() -> None:
        url = SecretStr(server.create_empty_database())
        database = Database(Settings(database_url=url, statement_timeout_ms=60_000, pool_size=8))
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        try:
            await work(database)
        finally:
            await close(database)

    asyncio.run(main())


async def write(database: Database, key: UUID, *numbers: int) -> None:
    for number in numbers:
        async with database.transaction() as transaction:
            await add_event(transaction, OUTBOX, key=key, kind="thing.changed.v1", payload={"n": number})


async def undelivered(database: Database) -> int:
    return int((await database.reader.execute(COUNT)).scalar_one())


async def deliver_batch(database: Database, relay: Relay) -> int:
    """Let the relay look once, and see how many events fewer are waiting once it has tried what it found."""
    before = await undelivered(database)
    await asyncio.gather(*(relay.deliver(event) for event in await relay.claim()))
    return before - await undelivered(database)


async def comes_to(database: Database, most: int, limit_s: float = PATIENCE_S) -> bool:
    """Whether no more than so many events are left undelivered, after a while at the latest."""
    deadline = time.monotonic() + limit_s
    while await undelivered(database) > most:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True


async def end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def make_due(database: Database) -> None:
    """Let every lease and back-off run out, without waiting for the clock."""
    await database.reader.execute(text("UPDATE outbox SET available_at = now()"))


async def turn_clock(database: Database, seconds: float) -> None:
    """As if so much time had passed for what waits."""
    earlier = text("UPDATE outbox SET available_at = available_at - make_interval(secs => :seconds)")
    await database.reader.execute(earlier, {"seconds": seconds})


async def drain(database: Database, *relays: Relay, rounds: int = 200) -> None:
    for _ in range(rounds):
        await asyncio.gather(*(deliver_batch(database, relay) for relay in relays))
        if await undelivered(database) == 0:
            return
    raise AssertionError("the outbox did not drain")
