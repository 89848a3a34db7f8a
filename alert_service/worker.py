"""What runs beside the requests: streams are told of new alerts, people of old scores, and what is due is sent."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI

from alert_service.clients.receivers import Receivers
from alert_service.core.settings import Settings
from alert_service.domain.delivery import Channel
from alert_service.models import Base, deliveries
from alert_service.services.sending import Sender
from alert_service.services.staleness import tell_stale_scores
from alert_service.services.streams import Streams
from service_kit.app import repeating
from service_kit.database import Database
from service_kit.mail import Mailer
from service_kit.privacy import erased_again
from service_kit.schemas import utc_now
from service_kit.sweeping import older_than, sweeping

LOOK_EVERY_S = 0.5
STALE_EVERY_S = 600
STALE_AT_ONCE = 200
SEND_EVERY_S = 1
MEASURE_EVERY_S = 5
DELIVERIES_WAIT = "deliveries_wait_for_database"
# Long enough to look into what was sent, and what could not be.
SENT_KEPT, DEAD_KEPT = timedelta(days=7), timedelta(days=90)
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# The server looks for one ten times a second.
SIGNAL_SEEN_S = 0.3

log = structlog.get_logger()


@asynccontextmanager
async def alert_streams(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    streams = app.state.streams = Streams(
        app.state.database.reader,
        app.state.authenticator.revocations,
        most=settings.streams_max,
        most_per_person=settings.streams_per_person_max,
    )
    with _told_of_stopping(streams.end):
        async with repeating(streams.wake, every_s=LOOK_EVERY_S, waits="streams_wait_for_database"):
            yield


@contextmanager
def _told_of_stopping(end: Callable[[], None]) -> Iterator[None]:
    """Call `end` soon after the process is asked to stop.

    The server waits for open connections before it ends a lifespan, so a stream that only ended with that would be
    waited for until the patience is over, and then be cut off. One that ended before the server has seen the signal,
    and so closes each connection after what it carries, would leave its own to another request.
    """
    loop = asyncio.get_running_loop()
    before = {each: signal.getsignal(each) for each in STOP_SIGNALS}

    def stop(number: int, frame: Any) -> None:
        loop.call_soon_threadsafe(loop.call_later, SIGNAL_SEEN_S, end)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for each in STOP_SIGNALS:
        signal.signal(each, stop)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@asynccontextmanager
async def stale_scores(app: FastAPI) -> AsyncIterator[None]:
    tell = partial(_tell_stale_scores, app.state.database)
    async with repeating(tell, every_s=STALE_EVERY_S, waits="stale_scores_wait_for_database"):
        yield


async def _tell_stale_scores(database: Database) -> None:
    # In small transactions, since each holds the locks of the people it tells.
    while (told := await _tell_some(database)) > 0:
        log.info("stale_scores_told", count=told)


async def _tell_some(database: Database) -> int:
    async with database.transaction() as db:
        return await tell_stale_scores(db, utc_now(), STALE_AT_ONCE)


@asynccontextmanager
async def outgoing(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    receivers = app.state.receivers = Receivers(loopback=settings.webhooks_to_loopback, https_only=settings.production)
    sender = Sender(app.state.database, Mailer(settings), receivers)
    # Apart, so that webhooks that take their time hold no mail up.
    async with (
        repeating(partial(_send_all, sender, Channel.EMAIL), every_s=SEND_EVERY_S, waits=DELIVERIES_WAIT),
        repeating(partial(_send_all, sender, Channel.WEBHOOK), every_s=SEND_EVERY_S, waits=DELIVERIES_WAIT),
        repeating(lambda: sender.measure(utc_now()), every_s=MEASURE_EVERY_S, waits=DELIVERIES_WAIT),
    ):
        yield


async def _send_all(sender: Sender, channel: Channel) -> None:
    while await sender.send_due(utc_now(), channel) > 0:
        pass


parts = [
    alert_streams,
    stale_scores,
    outgoing,
    sweeping(
        erased_again(Base.metadata),
        older_than(deliveries.c.sent_at, SENT_KEPT),
        older_than(deliveries.c.dead_at, DEAD_KEPT),
    ),
]
