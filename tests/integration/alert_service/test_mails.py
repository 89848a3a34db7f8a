"""Alerts by mail: once, in the person's language, gathered, held in the night, and never to an unverified address."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import text

from alert_service.domain.delivery import Channel
from alert_service.services.messages import MOST_IN_MAIL
from service_kit.schemas import utc_now
from tests.integration.alert_service.outgoing import NIGHT_IN_HANOI, Outgoing, address, run
from tests.support.callers import Keys
from tests.support.mail_server import MailServer
from tests.support.neighbour import FakeNeighbour
from tests.support.postgres import TestServer

Run = Callable[[Callable[[Outgoing], Awaitable[None]]], None]
NOON = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)  # in Hanoi, a Wednesday
NIGHT = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)  # 23:30
SEVEN = datetime(2026, 11, 26, 0, 0, tzinfo=UTC)
BOTH = "You reached 670 (and 1 more)"
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def outgoing(postgres: TestServer, keys: Keys, mail_server: MailServer) -> Run:
    return lambda work: run(postgres, keys, mail_server.url, work)


def test_a_score_in_the_night_is_one_mail_at_seven_in_the_person_s_language(
    outgoing: Run, mail_server: MailServer
) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person(language="vi", quiet_hours=NIGHT_IN_HANOI)
        await world.score(person, 1, 660, NIGHT)
        await world.score(person, 2, 690, NIGHT + HOUR)
        for moment in (NIGHT, NIGHT + HOUR, SEVEN - SECOND):
            assert await world.sender.send_due(moment) == 0
        assert mail_server.mails_to(address(person)) == []
        assert await world.sender.send_due(SEVEN) == 1
        assert await world.sender.send_due(SEVEN + HOUR) == 0
        (mail,) = mail_server.mails_to(address(person))
        assert mail.message["Subject"] == "Bạn đã đạt mốc 670 điểm (và 3 thông báo khác)"
        assert mail.text.startswith("Bạn đã đạt mốc 670 điểm\nĐiểm của bạn tăng từ 660 lên 690")
        assert "Bạn đã có điểm tín dụng đầu tiên" in mail.text

    outgoing(work)


def test_what_one_score_makes_by_day_is_one_mail_at_once(outgoing: Run, mail_server: MailServer) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person(quiet_hours=NIGHT_IN_HANOI)
        await world.score(person, 1, 660, NOON)
        assert await world.sender.send_due(NOON) == 1
        await world.score(person, 2, 690, NOON + HOUR)
        assert await world.sender.send_due(NOON + HOUR) == 1
        first, second = mail_server.mails_to(address(person))
        assert first.message["Subject"] == "Your first score is here"
        assert second.message["Subject"] == "You reached 670 (and 2 more)"
        assert first.message["Message-ID"] != second.message["Message-ID"]

    outgoing(work)


@pytest.mark.parametrize(
    ("digest", "goes_out"),
    [("daily", datetime(2026, 11, 26, 1, tzinfo=UTC)), ("weekly", datetime(2026, 11, 30, 1, tzinfo=UTC))],
)
def test_a_digest_gathers_several_scores_into_one_mail(
    outgoing: Run, mail_server: MailServer, digest: str, goes_out: datetime
) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person(notifications={"digest": digest})
        for version, score in enumerate((660, 690, 600), start=1):
            await world.score(person, version, score, NOON + version * HOUR)
        assert await world.sender.send_due(goes_out - SECOND) == 0
        assert await world.sender.send_due(goes_out) == 1
        (mail,) = mail_server.mails_to(address(person))
        for title in ("Your first score is here", "You reached 670", "Your score fell below 670"):
            assert title in mail.text

    outgoing(work)


def test_who_has_no_verified_address_gets_no_mail(outgoing: Run, mail_server: MailServer) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person()
        await world.score(person, 1, 660, NOON)
        query = text("UPDATE recipients SET email = NULL WHERE user_id = :user")
        await world.database.reader.execute(query, {"user": person})
        assert await world.sender.send_due(NOON) == 1
        (given_up,) = await world.deliveries(person)
        assert (given_up.problem, given_up.dead_at) == ("no_address", NOON)
        await world.score(person, 2, 690, NOON)
        assert len(await world.deliveries(person)) == 1
        assert mail_server.mails_to(address(person)) == []

    outgoing(work)


@pytest.mark.parametrize(
    ("notifications", "subjects"),
    [
        ({"email": False}, []),
        ({"milestones": False}, ["Your score rose by 30 points"]),
        (
            {"by_type": {"score_changes": {"email": False}}},
            ["Your first score is here", "You reached 670 (and 1 more)"],
        ),
    ],
)
def test_only_what_is_wanted_by_mail_is_mailed(
    outgoing: Run, mail_server: MailServer, notifications: dict[str, Any], subjects: list[str]
) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person(notifications=notifications)
        await world.score(person, 1, 660, NOON)
        await world.sender.send_due(NOON)
        await world.score(person, 2, 690, NOON)
        await world.sender.send_due(NOON)
        assert [mail.message["Subject"] for mail in mail_server.mails_to(address(person))] == subjects

    outgoing(work)


def test_quiet_hours_that_came_after_the_alert_hold_its_mail_too_and_drop_nothing(
    outgoing: Run, mail_server: MailServer
) -> None:
    """Planned for 21:59:59 and still waiting at 22:00, it joins what goes out at seven."""

    async def work(world: Outgoing) -> None:
        person = await world.person(quiet_hours=NIGHT_IN_HANOI)
        begin = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
        await world.score(person, 1, 660, begin - SECOND)
        await world.score(person, 2, 690, begin + SECOND)
        assert await world.sender.send_due(begin) == 1
        assert mail_server.mails_to(address(person)) == []
        assert await world.sender.send_due(SEVEN) == 1
        (mail,) = mail_server.mails_to(address(person))
        assert "Your first score is here" in mail.text
        assert "You reached 670" in mail.text

    outgoing(work)


def test_several_replicas_send_each_mail_once(outgoing: Run, mail_server: MailServer) -> None:
    async def work(world: Outgoing) -> None:
        people = [await world.person() for _ in range(30)]
        for person in people:
            await world.score(person, 1, 660, NOON)
        rounds = [await asyncio.gather(*(world.sender.send_due(NOON) for _ in range(3))) for _ in range(4)]
        assert sum(map(sum, rounds)) == len(people)
        assert [len(mail_server.mails_to(address(person))) for person in people] == [1] * len(people)

    outgoing(work)


def test_a_server_that_is_away_is_tried_again_with_the_same_id_and_after_the_schedule_given_up(
    outgoing: Run, mail_server: MailServer
) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person()
        await world.score(person, 1, 660, NOON)
        away = True
        mail_server.on_data = lambda to: "451 Later" if away and to == address(person) else "250 Taken"
        moment, waits = NOON, []
        while (row := (await world.deliveries(person))[0]).dead_at is None:
            waits.append(row.next_at - moment)
            moment = row.next_at
            assert await world.sender.send_due(moment) == 1
        assert row.problem == "mail_server"
        assert len(waits) == 10
        assert timedelta(days=3) < moment - NOON < timedelta(days=4)
        assert waits[1:] == sorted(waits[1:])
        away = False
        assert await world.sender.send_due(moment + timedelta(days=30)) == 0

    try:
        outgoing(work)
    finally:
        mail_server.on_data = lambda _to: "250 Taken"


def test_a_recipient_that_is_refused_for_good_is_not_tried_again(outgoing: Run, mail_server: MailServer) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person()
        await world.score(person, 1, 660, NOON)
        mail_server.on_recipient = lambda to: "550 Nobody" if to == address(person) else "250 Taken"
        assert await world.sender.send_due(NOON) == 1
        (given_up,) = await world.deliveries(person)
        assert (given_up.problem, given_up.attempts) == ("mail_refused", 1)

    try:
        outgoing(work)
    finally:
        mail_server.on_recipient = lambda _to: "250 Taken"


def test_a_mail_that_breaks_the_sender_holds_nobody_else_s_up(outgoing: Run, mail_server: MailServer) -> None:
    async def work(world: Outgoing) -> None:
        broken, other = await world.person(), await world.person()
        for person in (broken, other):
            await world.score(person, 1, 660, NOON)
        # A language that nobody speaks any more, say after an update that dropped it.
        spoil = text("UPDATE recipients SET language = 'xx' WHERE user_id = :user")
        await world.database.reader.execute(spoil, {"user": broken})
        assert await world.sender.send_due(NOON) == 2
        assert len(mail_server.mails_to(address(other))) == 1
        (waiting,) = await world.deliveries(broken)
        assert (waiting.problem, waiting.sent_at, waiting.dead_at) == ("unexpected", None, None)
        assert waiting.next_at > NOON

    outgoing(work)


def test_what_a_killed_replica_had_taken_goes_out_when_its_lease_is_over_under_the_same_id(
    outgoing: Run, mail_server: MailServer
) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person()
        await world.score(person, 1, 660, NOON)

        async def killed_before_noting(*_arguments: Any) -> Any:
            raise asyncio.CancelledError

        (row,) = await world.deliveries(person)
        with (
            patch("alert_service.crud.deliveries.mark_sent", killed_before_noting),
            pytest.raises(asyncio.CancelledError),
        ):
            await world.sender.send_due(NOON)
        assert await world.sender.send_due(NOON + timedelta(seconds=29)) == 0
        assert await world.sender.send_due(NOON + timedelta(seconds=31)) == 1
        first, second = mail_server.mails_to(address(person))
        assert first.message["Message-ID"] == second.message["Message-ID"]
        assert str(row.id) in first.message["Message-ID"]

    outgoing(work)


def test_an_alert_deleted_meanwhile_is_not_mailed(outgoing: Run, mail_server: MailServer) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person()
        await world.score(person, 1, 660, NOON)
        await world.database.reader.execute(text("DELETE FROM alerts WHERE user_id = :user"), {"user": person})
        assert await world.sender.send_due(NOON) == 1
        assert mail_server.mails_to(address(person)) == []
        assert (await world.deliveries(person))[0].sent_at == NOON

    outgoing(work)


def test_a_mail_names_so_many_and_counts_the_rest(outgoing: Run, mail_server: MailServer) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person(notifications={"digest": "daily"})
        for version in range(1, 21):
            await world.score(person, version, 640 if version % 2 else 690, NOON)
        (row,) = await world.deliveries(person)
        assert await world.sender.send_due(row.due_at) == 1
        (mail,) = mail_server.mails_to(address(person))
        assert len(row.alert_ids) > MOST_IN_MAIL
        assert f"There are {len(row.alert_ids) - MOST_IN_MAIL} more, which you find in the app." in mail.text
        assert mail.text.count("\n\n") == MOST_IN_MAIL + 1

    outgoing(work)


def test_webhooks_that_take_their_time_are_sent_apart_from_mails(
    outgoing: Run, mail_server: MailServer, fake_neighbour: FakeNeighbour
) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person()
        await world.webhook(person, fake_neighbour.url)
        await world.score(person, 1, 660, utc_now())
        assert await world.sender.send_due(utc_now(), Channel.EMAIL) == 2
        assert len(mail_server.mails_to(address(person))) == 2
        assert fake_neighbour.received == []
        assert await world.sender.send_due(utc_now(), Channel.WEBHOOK) == 1
        assert len(fake_neighbour.received) == 1

    outgoing(work)
