"""Events reach the receiver in order per key, once in effect, with one relay or several."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import Row
from uuid_utils.compat import uuid7

from service_kit import outbox
from service_kit.database import Database
from service_kit.outbox import REFUSED_ATTEMPTS_MAX, Relay, by_kind, receive_event, send_again
from tests.integration.service_kit.events import (
    INBOX,
    LEASE_S,
    OUTBOX,
    A,
    B,
    Receiver,
    deliver_batch,
    drain,
    make_due,
    run,
    turn_clock,
    undelivered,
    write,
)
from tests.support.postgres import TestServer


def test_events_of_one_key_arrive_in_the_order_they_were_written(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        await write(database, A, 1, 2, 3)
        await write(database, B, 1, 2)
        receiver = Receiver()
        await drain(database, Relay(database, OUTBOX, receiver, LEASE_S))
        assert receiver.taken == {A: [1, 2, 3], B: [1, 2]}

    run(postgres, work)


def test_a_failing_event_holds_back_its_own_key_only(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        await write(database, A, 1, 2)
        await write(database, B, 1, 2)
        receiver = Receiver(fail=lambda event: event.key == A)
        relay = Relay(database, OUTBOX, receiver, LEASE_S)
        for _ in range(4):
            await deliver_batch(database, relay)
            await make_due(database)
        assert receiver.taken == {B: [1, 2]}
        assert await undelivered(database) == 2

    run(postgres, work)


def test_a_failure_backs_off_and_is_sent_again(postgres: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "backoff_s", lambda _attempts: 600)

    async def work(database: Database) -> None:
        await write(database, A, 1)
        failures = iter([True, False])
        receiver = Receiver(fail=lambda _event: next(failures))
        relay = Relay(database, OUTBOX, receiver, LEASE_S)
        assert await deliver_batch(database, relay) == 0
        assert await deliver_batch(database, relay) == 0, "it must wait out its back-off"
        await make_due(database)
        assert await deliver_batch(database, relay) == 1
        assert receiver.taken == {A: [1]}

    run(postgres, work)


def test_several_relays_share_the_work_and_keep_the_order(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        keys = [uuid7() for _ in range(6)]
        for key in keys:
            await write(database, key, *range(8))
        receiver = Receiver()
        await drain(database, *(Relay(database, OUTBOX, receiver, LEASE_S) for _ in range(4)))
        assert receiver.taken == {key: list(range(8)) for key in keys}
        assert receiver.attempts == 48, "an event went to two relays at once"

    run(postgres, work)


def test_a_leased_event_is_left_alone_until_the_lease_ends(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        await write(database, A, 1)
        sending = asyncio.Event()

        async def hangs(_event: Row[Any]) -> None:
            sending.set()
            await asyncio.Event().wait()

        stuck = asyncio.create_task(deliver_batch(database, Relay(database, OUTBOX, hangs, lease_s=LEASE_S)))
        await sending.wait()
        receiver = Receiver()
        assert await deliver_batch(database, Relay(database, OUTBOX, receiver)) == 0
        stuck.cancel()  # as a SIGKILL would: no answer, no release
        await asyncio.gather(stuck, return_exceptions=True)
        assert await deliver_batch(database, Relay(database, OUTBOX, receiver)) == 0
        await turn_clock(database, seconds=LEASE_S)
        assert await deliver_batch(database, Relay(database, OUTBOX, receiver)) == 1

    run(postgres, work)


def test_an_event_is_received_once_however_often_it_is_sent_at_once(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        event_id = uuid7()

        async def receive() -> bool:
            async with database.transaction() as transaction:
                return await receive_event(transaction, INBOX, event_id)

        assert sorted(await asyncio.gather(*(receive() for _ in range(8)))) == [False] * 7 + [True]

    run(postgres, work)


def test_an_event_whose_receiver_rolled_back_was_not_received(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        event_id = uuid7()
        with pytest.raises(ConnectionError):  # noqa: PT012 - the failure must come inside the transaction
            async with database.transaction() as transaction:
                assert await receive_event(transaction, INBOX, event_id)
                raise ConnectionError
        async with database.transaction() as transaction:
            assert await receive_event(transaction, INBOX, event_id)

    run(postgres, work)


def refusing(status: int) -> Callable[[Row[Any]], bool]:
    """A receiver that answers so to the first event of key A, and takes all others."""

    def fail(event: Row[Any]) -> bool:
        if event.key == A and event.payload["n"] == 1:
            request = httpx.Request("POST", "http://receiver")
            raise httpx.HTTPStatusError("", request=request, response=httpx.Response(status, request=request))
        return False

    return fail


async def try_often(database: Database, receiver: Receiver) -> None:
    relay = Relay(database, OUTBOX, receiver, LEASE_S)
    for _ in range(REFUSED_ATTEMPTS_MAX + 2):
        await deliver_batch(database, relay)
        await make_due(database)


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_refused_event_makes_way_is_kept_and_can_be_sent_again(postgres: TestServer, status: int) -> None:
    async def work(database: Database) -> None:
        await write(database, A, 1, 2)
        receiver = Receiver(refusing(status))
        await try_often(database, receiver)
        assert receiver.taken == {A: [2]}
        assert receiver.attempts == REFUSED_ATTEMPTS_MAX + 1, "it was not tried again once it was set aside"
        async with database.transaction() as db:
            assert await send_again(db, OUTBOX, OUTBOX.c.set_aside_at.is_not(None)) == 1
            assert await send_again(db, OUTBOX, OUTBOX.c.set_aside_at.is_not(None)) == 0
        mended = Receiver()
        await drain(database, Relay(database, OUTBOX, mended))
        assert mended.taken == {A: [1]}

    run(postgres, work)


def test_an_event_of_whom_the_receiver_has_erased_has_nothing_left_to_say(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        await write(database, A, 1, 2)
        receiver = Receiver(refusing(410))
        await drain(database, Relay(database, OUTBOX, receiver, LEASE_S))
        assert (receiver.taken, receiver.attempts) == ({A: [2]}, 2)

    run(postgres, work)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_an_answer_that_does_not_judge_the_event_sets_nothing_aside(postgres: TestServer, status: int) -> None:
    async def work(database: Database) -> None:
        await write(database, A, 1, 2)
        receiver = Receiver(refusing(status))
        await try_often(database, receiver)
        assert receiver.taken == {}
        async with database.transaction() as db:
            assert await send_again(db, OUTBOX, OUTBOX.c.set_aside_at.is_not(None)) == 0

    run(postgres, work)


def test_each_event_is_delivered_the_way_of_its_kind_and_one_of_no_known_kind_stays(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        await write(database, A, 1)
        receiver = Receiver()
        assert await deliver_batch(database, Relay(database, OUTBOX, by_kind({}))) == 0
        await make_due(database)
        assert await deliver_batch(database, Relay(database, OUTBOX, by_kind({"thing.changed.v1": receiver}))) == 1
        assert receiver.taken == {A: [1]}

    run(postgres, work)
