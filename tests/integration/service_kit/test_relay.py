"""A relay that runs: what wakes it, what one slow delivery means to others, and how it ends and goes on."""

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
from sqlalchemy import Row
from sqlalchemy.exc import OperationalError
from uuid_utils.compat import uuid7

from service_kit import outbox
from service_kit.database import Database
from service_kit.outbox import Relay
from tests.integration.service_kit.events import (
    COUNT,
    LEASE_S,
    OUTBOX,
    A,
    Receiver,
    comes_to,
    drain,
    end,
    make_due,
    run,
    write,
)
from tests.support.postgres import TestServer
from tests.support.waiting import PATIENCE_S


async def idle(relay: Relay) -> asyncio.Task[None]:
    """The relay at work, once it has looked and found nothing."""
    looked, claim = asyncio.Event(), relay.claim

    async def look() -> Any:
        events = await claim()
        looked.set()
        return events

    relay.claim = look  # type: ignore[method-assign]
    running = asyncio.create_task(relay.run())
    await asyncio.wait_for(looked.wait(), PATIENCE_S)
    return running


def test_a_commit_wakes_the_relay_which_does_not_wait_for_its_next_look(
    postgres: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "POLL_S", 3_600.0)

    async def work(database: Database) -> None:
        arrived = asyncio.Event()

        async def receive(_event: Row[Any]) -> None:
            arrived.set()

        running = await idle(Relay(database, OUTBOX, receive))
        await write(database, A, 1)
        await asyncio.wait_for(arrived.wait(), PATIENCE_S)
        await end(running)

    run(postgres, work)


@pytest.mark.parametrize("own", [True, False])
def test_events_get_out_while_requests_hold_every_connection(
    postgres: TestServer, own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(database: Database) -> None:
        if not own:  # the control: a relay that waits with the others
            monkeypatch.setattr(database, "relaying", database.reader)
        await write(database, A, 1)
        arrived = asyncio.Event()

        async def receive(_event: Row[Any]) -> None:
            arrived.set()

        async with AsyncExitStack() as held:
            for _ in range(8):
                await held.enter_async_context(database.transaction())
            running = asyncio.create_task(Relay(database, OUTBOX, receive).run())
            with suppress(TimeoutError):
                await asyncio.wait_for(arrived.wait(), PATIENCE_S if own else 1)
            assert arrived.is_set() == own
        await end(running)

    run(postgres, work)


async def others_arrive_beside_a_slow_one(database: Database, limit_s: float) -> bool:
    """Whether all events of more keys than one relay sends at once arrive while the receiver ponders one key's."""
    others = [uuid7() for _ in range(outbox.AT_ONCE + 5)]
    for key in (A, *others):
        await write(database, key, 1, 2)
    ponders, receiver = asyncio.Event(), Receiver()

    async def receive(event: Row[Any]) -> None:
        if event.key == A:
            await ponders.wait()
        await receiver(event)

    running = asyncio.create_task(Relay(database, OUTBOX, receive, LEASE_S).run())
    arrived = await comes_to(database, 2, limit_s)
    ponders.set()
    assert await comes_to(database, 0)
    assert receiver.taken == {key: [1, 2] for key in (A, *others)}
    await end(running)
    return arrived


def test_a_receiver_that_is_slow_for_one_key_delays_no_other(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        assert await others_arrive_beside_a_slow_one(database, PATIENCE_S)

    run(postgres, work)


def test_were_there_no_room_beside_it_a_slow_delivery_would_delay_all_others(
    postgres: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AT_ONCE", 1)

    async def work(database: Database) -> None:
        assert not await others_arrive_beside_a_slow_one(database, limit_s=1)

    run(postgres, work)


def test_a_relay_that_is_stopped_leaves_nothing_running_and_what_it_was_sending_to_the_next(
    postgres: TestServer,
) -> None:
    async def work(database: Database) -> None:
        await write(database, A, 1)
        sending, cut = asyncio.Event(), asyncio.Event()

        async def hangs(_event: Row[Any]) -> None:
            sending.set()
            try:
                await asyncio.Event().wait()
            finally:
                cut.set()

        running = asyncio.create_task(Relay(database, OUTBOX, hangs).run())
        await asyncio.wait_for(sending.wait(), PATIENCE_S)
        await end(running)
        assert cut.is_set()
        assert running.cancelled()
        await make_due(database)
        receiver = Receiver()
        await drain(database, Relay(database, OUTBOX, receiver))
        assert receiver.taken == {A: [1]}

    run(postgres, work)


def test_a_relay_that_is_stopped_just_as_something_is_committed_stops(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        running = await idle(Relay(database, OUTBOX, Receiver()))
        async with database.transaction():
            pass
        running.cancel()
        await asyncio.wait([running], timeout=PATIENCE_S)
        assert running.cancelled()

    run(postgres, work)


def test_a_relay_outlives_a_database_that_is_away(postgres: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(database: Database) -> None:
        await write(database, A, 1)
        receiver, failures = Receiver(), 0
        execute = database.reader.execute

        async def away(*arguments: Any) -> Any:
            nonlocal failures
            if arguments[0] is not COUNT and failures < 3:
                failures += 1
                raise OperationalError("", None, ConnectionError())
            return await execute(*arguments)

        monkeypatch.setattr(database.relaying, "execute", away)
        running = asyncio.create_task(Relay(database, OUTBOX, receiver).run())
        assert await comes_to(database, 0)
        assert (receiver.taken, failures) == ({A: [1]}, 3)
        await end(running)

    run(postgres, work)
