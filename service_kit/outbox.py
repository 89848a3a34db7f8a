"""Events that reach another service exactly once in effect (ADR 0006).

`add_event` writes an event in the business transaction; a `Relay` delivers it, first in, first out per key, safely
beside other replicas; `receive_event` lets the receiver take each event once.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import Row, Table, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Database

log = structlog.get_logger()

POLL_S = 0.5
# Longer than one delivery may take (http_client.TIMEOUT), and short, since a killed relay's events wait it out.
LEASE_S = 3.0
BATCH = 20
# Long enough to look into what was sent.
DELIVERED_EVENTS_KEPT = timedelta(days=7)
# A receiver that is back is heard of within this time; only the oldest event of each key is tried meanwhile.
BACKOFF_MAX_S = 4.0

delivered_total = Counter("outbox_delivered_total", "Events the receiver has taken")
failed_total = Counter("outbox_failed_attempts_total", "Deliveries that will be tried again")
waiting = Gauge("outbox_waiting", "Events not delivered yet")
oldest_seconds = Gauge("outbox_oldest_seconds", "Age of the oldest event not delivered yet")

# Delivers one event; returns when the receiver has it and raises when it must be sent again.
Deliver = Callable[[Row[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Statements:
    claim: Any
    done: Any
    again: Any
    backlog: Any


async def add_event(
    transaction: AsyncConnection, table: Table, *, key: UUID, kind: str, payload: dict[str, Any]
) -> UUID:
    """Store an event beside the change it tells of and return its id.

    Order within a key is by `id`, so the caller must hold a lock that serialises writers of that key.
    """
    statement = insert(table).returning(table.c.event_id)
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    event = {"key": key, "kind": kind, "payload": payload, "request_id": request_id}
    result = await transaction.execute(statement, event)
    return UUID(str(result.scalar_one()))


async def receive_event(transaction: AsyncConnection, table: Table, event_id: UUID) -> bool:
    """True the first time an event id is seen. A second sender of the same event waits for the first to commit."""
    statement = pg_insert(table).on_conflict_do_nothing().returning(table.c.event_id)
    return (await transaction.execute(statement, {"event_id": event_id})).first() is not None


class Relay:
    """Delivers a table's events for as long as it runs. Several may run: a lease keeps an event with one of them."""

    def __init__(self, database: Database, table: Table, deliver: Deliver, lease_s: float = LEASE_S) -> None:
        self._database, self._deliver, self._lease_s = database, deliver, lease_s
        self._sql = _statements(table, lease_s)

    async def run(self) -> None:
        while True:
            self._database.committed.clear()
            try:
                delivered = await self.deliver_batch()
                await self._measure()
            except (SQLAlchemyError, OSError) as error:  # a pool with no connection left is no DBAPIError
                log.warning("relay_waits_for_database", exc_type=type(error).__name__)
                delivered = 0
                await asyncio.sleep(POLL_S)
            if delivered == 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._database.committed.wait(), POLL_S)

    async def deliver_batch(self) -> int:
        """Claim the oldest event of each of up to BATCH keys, deliver them side by side, and count successes."""
        async with self._database.engine.begin() as transaction:
            events = (await transaction.execute(self._sql.claim)).all()
        outcomes = await asyncio.gather(*(self._deliver_one(event) for event in events))
        return sum(outcomes)

    async def _deliver_one(self, event: Row[Any]) -> bool:
        with structlog.contextvars.bound_contextvars(request_id=event.request_id or str(event.event_id)):
            return await self._try_to_deliver(event)

    async def _try_to_deliver(self, event: Row[Any]) -> bool:
        try:
            async with asyncio.timeout(self._lease_s * 0.9):
                await self._deliver(event)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the event stays and is sent again
            failed_total.inc()
            log.warning("event_not_delivered", event_id=str(event.event_id), attempts=event.attempts,
                        exc_type=type(error).__name__)  # fmt: skip
            await self._database.reader.execute(self._sql.again, {"event": event.id, "wait": backoff_s(event.attempts)})
            return False
        await self._database.reader.execute(self._sql.done, {"event": event.id})
        delivered_total.inc()
        return True

    async def _measure(self) -> None:
        backlog = (await self._database.reader.execute(self._sql.backlog)).one()
        waiting.set(backlog.events)
        oldest_seconds.set(backlog.age or 0)


def backoff_s(attempts: int) -> float:
    """Wait after the n-th failure: 0.2 s, 0.4 s, 0.8 s … up to 4 s, shortened at random so that none march in step."""
    doubled: float = 0.2 * 2 ** min(attempts - 1, 10)
    return min(BACKOFF_MAX_S, doubled) * random.uniform(0.5, 1.0)  # noqa: S311


def _statements(table: Table, lease_s: float) -> _Statements:
    waiting_row = table.c.delivered_at.is_(None)
    earlier = table.alias("earlier")
    first_of_its_key = ~(
        select(1)
        .where(earlier.c.key == table.c.key, earlier.c.id < table.c.id, earlier.c.delivered_at.is_(None))
        .exists()
    )
    claimable = (
        select(table.c.id)
        .where(waiting_row, table.c.available_at <= func.now(), first_of_its_key)
        .order_by(table.c.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    lease = text(f"now() + interval '{lease_s} seconds'")
    one = table.c.id == bindparam("event")
    return _Statements(
        claim=update(table)
        .where(table.c.id.in_(claimable))
        .values(available_at=lease, attempts=table.c.attempts + 1)
        .returning(table),
        done=update(table).where(one, waiting_row).values(delivered_at=func.now()),
        again=update(table)
        .where(one, waiting_row)
        .values(available_at=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("wait"))),
        backlog=select(
            func.count().label("events"), func.extract("epoch", func.now() - func.min(table.c.created_at)).label("age")
        ).where(waiting_row),
    )
