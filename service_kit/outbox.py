"""Events that reach another service exactly once in effect (ADR 0006).

`add_event` writes an event in the business transaction; a `Relay` delivers it, first in, first out per key, safely
beside other replicas; `receive_event` lets the receiver take each event once.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import structlog
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge
from sqlalchemy import ColumnElement, Row, Table, and_, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from service_kit.app import repeating
from service_kit.database import AWAY, Database, tell_follower

log = structlog.get_logger()

POLL_S = 0.5
# Longer than one delivery may take (http_client.TIMEOUT), and short, since a killed relay's events wait it out.
LEASE_S = 3.0
AT_ONCE = 20
# What ends and what is committed meanwhile is looked for together; a claim for each would cost as much as sending it.
PAUSE_S = 0.01
MEASURE_EVERY_S = 1.0
# Long enough to look into what was sent.
DELIVERED_EVENTS_KEPT = timedelta(days=7)
# A receiver that is back is heard of within this time; only the oldest event of each key is tried meanwhile.
BACKOFF_MAX_S = 4.0
# Answers that judge what was sent; any other (401, 404, 503 …) speaks of how the two services are set up or fare.
REFUSALS = frozenset({400, 409, 413, 415, 422})
# Whom the event tells of was erased over there (privacy.py): nothing is left to be said.
GONE = frozenset({410})
# After so many attempts, some 20 seconds at least, which outlast a deployment in which the receiver is the older one.
REFUSED_ATTEMPTS_MAX = 10
# Writes and reads a span's `traceparent`; where nothing is traced there is none.
TRAIL = TraceContextTextMapPropagator()

delivered_total = Counter("outbox_delivered_total", "Events the receiver has taken")
set_aside_total = Counter("outbox_set_aside_total", "Events the receiver refuses, set aside until somebody looks")
failed_total = Counter("outbox_failed_attempts_total", "Deliveries that will be tried again")
waiting = Gauge("outbox_waiting", "Events not delivered yet", ["table"])
oldest_seconds = Gauge("outbox_oldest_seconds", "Age of the oldest event not delivered yet", ["table"])

# Delivers one event; returns when the receiver has it and raises when it must be sent again.
Deliver = Callable[[Row[Any]], Awaitable[None]]


async def add_event(
    transaction: AsyncConnection, table: Table, *, key: UUID, kind: str, payload: dict[str, Any]
) -> None:
    """Store an event beside the change it tells of.

    Order within a key is by `id`, so the caller must hold a lock that serialises writers of that key.
    """
    # Nobody asks for the number it gets, which SQLAlchemy would have the database return.
    await transaction.execute(insert(table).inline(), {"key": key, "payload": payload, **new_event(kind)})
    tell_follower(transaction, table.name)


def new_event(kind: str) -> dict[str, Any]:
    """What an event has of its own and of the request that causes it: all columns but whose it is and what it tells."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    event = {"event_id": uuid7(), "kind": kind, "request_id": request_id, "traceparent": None}
    TRAIL.inject(event)
    return event


def by_kind(deliver: Mapping[str, Deliver]) -> Deliver:
    """Deliver each event the way of its kind; one of a kind nobody knows is held, not lost."""
    return lambda event: deliver[event.kind](event)


async def receive_event(transaction: AsyncConnection, table: Table, event_id: UUID) -> bool:
    """True the first time an event id is seen. A second sender of the same event waits for the first to commit."""
    statement = pg_insert(table).on_conflict_do_nothing().returning(table.c.event_id)
    return (await transaction.execute(statement, {"event_id": event_id})).first() is not None


async def send_again(transaction: AsyncConnection, table: Table, which: ColumnElement[bool]) -> int:
    """Let the relay try these events anew, set aside or delivered as they are; how many there were."""
    anew = {"set_aside_at": None, "delivered_at": None, "attempts": 0, "available_at": func.now()}
    return (await transaction.execute(update(table).where(which).values(anew))).rowcount


class Relay:
    """Delivers a table's events for as long as it runs. Several may run: a lease keeps an event with one of them."""

    def __init__(self, database: Database, table: Table, deliver: Deliver, lease_s: float = LEASE_S) -> None:
        self._db, self._deliver, self._lease_s = database.relaying, deliver, lease_s
        self._sql = _statements(table, lease_s)
        self._waiting, self._oldest = waiting.labels(table.name), oldest_seconds.labels(table.name)
        self._look, self._under_way = database.committed[table.name], 0

    async def run(self) -> None:
        """Keep up to AT_ONCE deliveries under way; look for more when one ended, after a commit, and every POLL_S."""
        measuring = repeating(self._measure, every_s=MEASURE_EVERY_S, waits="relay_waits_for_database")
        async with measuring, asyncio.TaskGroup() as deliveries:
            while True:
                self._look.clear()
                try:
                    for event in await self.claim():
                        deliveries.create_task(self.deliver(event))
                except AWAY as error:
                    log.warning("relay_waits_for_database", exc_type=type(error).__name__)
                await asyncio.sleep(PAUSE_S)
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):  # Python 3.11's wait_for now and then drops a cancellation
                        await self._look.wait()

    async def claim(self) -> Sequence[Row[Any]]:
        """Lease the oldest event of each of as many keys as there is room for. Each is then to be delivered."""
        room = AT_ONCE - self._under_way
        events = (await self._db.execute(self._sql.claim, {"room": room})).all() if room > 0 else []
        self._under_way += len(events)
        return events

    async def deliver(self, event: Row[Any]) -> None:
        """Send an event and note what came of it."""
        request_id = event.request_id or str(event.event_id)
        try:
            with structlog.contextvars.bound_contextvars(request_id=request_id), _trace_goes_on(event):
                await self._try_to_deliver(event)
        except AWAY as error:
            log.warning("relay_waits_for_database", exc_type=type(error).__name__)
        finally:
            self._under_way -= 1
            self._look.set()

    async def _try_to_deliver(self, event: Row[Any]) -> None:
        try:
            async with asyncio.timeout(self._lease_s * 0.9):
                await self._deliver(event)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the event stays and is sent again
            if not _has_status(error, GONE):
                return await self._not_delivered(event, error)
        await self._db.first(self._sql.done, {"event": event.id})
        return delivered_total.inc()

    async def _not_delivered(self, event: Row[Any], error: Exception) -> None:
        """A refused event would be refused for ever, and the later ones of its key wait: it makes way, and is kept."""
        failed_total.inc()
        log.warning("event_not_delivered", event_id=str(event.event_id), attempts=event.attempts,
                    exc_type=type(error).__name__)  # fmt: skip
        if event.attempts >= REFUSED_ATTEMPTS_MAX and _has_status(error, REFUSALS):
            set_aside_total.inc()
            log.error("event_set_aside", event_id=str(event.event_id), kind=event.kind)
            await self._db.execute(self._sql.set_aside, {"event": event.id})
        else:
            await self._db.execute(self._sql.again, {"event": event.id, "wait": backoff_s(event.attempts)})

    async def _measure(self) -> None:
        backlog = (await self._db.execute(self._sql.backlog)).one()
        self._waiting.set(backlog.events)
        self._oldest.set(backlog.age or 0)


def _trace_goes_on(event: Row[Any]) -> AbstractContextManager[Any]:
    """What an event causes belongs to the trace of what caused it."""
    if event.traceparent is None:
        return nullcontext()
    parent = TRAIL.extract({"traceparent": event.traceparent})
    return trace.get_tracer(__name__).start_as_current_span(event.kind, parent, trace.SpanKind.PRODUCER)


def _has_status(error: Exception, statuses: Collection[int]) -> bool:
    return isinstance(error, httpx.HTTPStatusError) and error.response.status_code in statuses


def backoff_s(attempts: int) -> float:
    """Wait after the n-th failure: 0.2 s, 0.4 s, 0.8 s … up to 4 s, shortened at random so that none march in step."""
    doubled: float = 0.2 * 2 ** min(attempts - 1, 10)
    return min(BACKOFF_MAX_S, doubled) * random.uniform(0.5, 1.0)  # noqa: S311


def _statements(table: Table, lease_s: float) -> SimpleNamespace:
    earlier = table.alias("earlier")
    waiting_row, waits_earlier = (
        and_(each.c.delivered_at.is_(None), each.c.set_aside_at.is_(None)) for each in (table, earlier)
    )
    has_earlier = select(1).where(earlier.c.key == table.c.key, earlier.c.id < table.c.id, waits_earlier).exists()
    claimable = (
        select(table.c.id)
        .where(waiting_row, table.c.available_at <= func.now(), ~has_earlier)
        .order_by(table.c.id)
        .limit(bindparam("room"))
        .with_for_update(skip_locked=True)
    )
    seconds, age = partial(func.make_interval, *[0] * 6), func.now() - func.min(table.c.created_at)
    one = update(table).where(table.c.id == bindparam("event"), waiting_row)
    return SimpleNamespace(
        claim=update(table)
        .where(table.c.id.in_(claimable))
        .values(available_at=func.now() + seconds(lease_s), attempts=table.c.attempts + 1)
        .returning(table),
        # As `Reader.first` takes it, since every event comes to this.
        done=select(one.values(delivered_at=func.now()).returning(table.c.id).cte("done")),
        again=one.values(available_at=func.now() + seconds(bindparam("wait"))),
        set_aside=one.values(set_aside_at=func.now()),
        backlog=select(func.count().label("events"), func.extract("epoch", age).label("age")).where(waiting_row),
    )
