"""`/alerts/stream`: new alerts as they come, once each, also over a reconnection; bounded, and ended in time."""

import asyncio
import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from uuid_utils.compat import uuid4

from alert_service.services.streams import Streams
from service_kit.auth import Principal
from service_kit.schemas import utc_now
from tests.integration.alert_service.outgoing import Outgoing, run
from tests.integration.alert_service.scored_person import NewScoredPerson, ScoredPerson
from tests.support.callers import Caller, Keys
from tests.support.mail_server import MailServer
from tests.support.neighbour import FakeNeighbour, Reply
from tests.support.postgres import TestServer
from tests.support.services import RunService
from tests.support.waiting import PATIENCE_S

PATH = "/alerts/stream"
PER_PERSON, IN_ALL = 5, 7


class Events:
    """The events of an open stream, one block after the other."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def block(self) -> list[str]:
        """The lines of the next block; nothing once the stream has ended."""
        lines: list[str] = []
        for line in self._lines:
            if not line:
                return lines
            lines.append(line)
        return lines

    def alert(self) -> tuple[int, dict[str, Any]]:
        """The next alert's event id and itself."""
        while True:
            block = self.block()
            assert block, "the stream ended"
            fields = dict(line.split(": ", 1) for line in block)
            if fields.get("event") == "alert":
                return int(fields["id"]), json.loads(fields["data"])


@contextmanager
def listening(person: ScoredPerson, last_event_id: object = None, **headers: str) -> Iterator[Events]:
    resumed = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
    with (
        httpx.Client(base_url=person.service.base_url, timeout=PATIENCE_S) as client,
        client.stream("GET", PATH, headers={**person.caller.headers, **resumed, **headers}) as response,
    ):
        assert response.status_code == 200, response.read()
        events = Events(response)
        assert events.block() == [": open", "retry: 2000"]
        yield events


def test_what_happens_while_one_listens_is_told_as_it_is_read_in_ones_language(person: ScoredPerson) -> None:
    person.scored(600)
    with listening(person, **{"Accept-Language": "vi"}) as events:
        headers = events.response.headers
        assert headers["content-type"].startswith("text/event-stream")
        assert (headers["content-language"], headers["x-accel-buffering"]) == ("vi", "no")
        person.scored(625)
        told = [events.alert() for _ in range(2)]
    read = person.service.client.get("/alerts/me", headers={**person.caller.headers, "Accept-Language": "vi"}).json()
    assert [alert for _, alert in told] == list(reversed(read[:2]))
    assert [number for number, _ in told] == [alert["id"] for _, alert in told]


def test_what_happens_as_soon_as_a_stream_is_open_is_told(
    postgres: TestServer, keys: Keys, mail_server: MailServer
) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person()
        streams = Streams(world.database.reader, set(), most=1, most_per_person=1)
        with streams.opened(Principal(person, None, frozenset(), 0), None) as stream:
            events = streams.events(stream, "en")
            assert (await anext(events)).comment == "open"
            await world.score(person, 1, 700, utc_now())
            assert (await asyncio.wait_for(anext(events), PATIENCE_S)).data.score == 700

    run(postgres, keys, mail_server.url, work)


def test_who_comes_back_with_the_last_id_misses_nothing_and_hears_nothing_twice(person: ScoredPerson) -> None:
    with listening(person) as events:
        person.scored(600)
        last, _ = events.alert()
    person.scored(625, 690)
    expected = [alert["id"] for alert in reversed(person.get("/alerts/me").json()) if alert["id"] > last]
    assert len(expected) > 3
    with listening(person, last) as events:
        first_half = [events.alert()[0] for _ in range(2)]
    with listening(person, first_half[-1]) as events:
        assert first_half + [events.alert()[0] for _ in expected[2:]] == expected
        person.scored(800)
        assert events.alert()[0] > expected[-1]


def test_more_than_one_page_of_missed_alerts_is_told_in_order(person: ScoredPerson) -> None:
    person.service.sql(
        "INSERT INTO alerts (user_id, dedupe_key, kind, score, values, reasons) "
        """SELECT %s, gen_random_uuid(), 'personal_best', n, '{"band": "fair"}', '[]' """
        "FROM generate_series(301, 550) n",
        person.user_id,
    )
    with listening(person, 0) as events:
        assert [events.alert()[1]["score"] for _ in range(250)] == list(range(301, 551))


def test_nobody_hears_of_somebody_else(person: ScoredPerson, new_scored_person: NewScoredPerson) -> None:
    other = new_scored_person()
    with listening(person, 0) as events:
        other.scored(600)
        person.scored(700)  # which has the later id, so that it would come second
        assert events.alert()[1]["score"] == 700


def test_a_quiet_stream_has_heartbeats(person: ScoredPerson) -> None:
    with listening(person) as events:
        assert events.block() == [": ping"]


@pytest.mark.parametrize("bad", ["-1", "x", "1.5", str(2**63)])
def test_a_last_event_id_that_is_none_is_named(person: ScoredPerson, bad: str) -> None:
    answer = person.service.client.get(PATH, headers={**person.caller.headers, "Last-Event-ID": bad})
    assert answer.status_code == 422
    assert [error["pointer"].lower() for error in answer.json()["errors"]] == ["/header/last-event-id"]


def test_without_a_sign_in_there_is_no_stream(person: ScoredPerson) -> None:
    answer = person.service.client.get(PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_streams_are_bounded_per_person_and_in_all_and_a_closed_one_makes_room(
    run_service: RunService, new_person: Callable[..., Caller]
) -> None:
    service = run_service("alert_service", STREAMS_PER_PERSON_MAX=str(PER_PERSON), STREAMS_MAX=str(IN_ALL))
    one, two, three = (ScoredPerson(service, new_person(), {}) for _ in range(3))
    with ExitStack() as held:
        for _ in range(PER_PERSON):
            held.enter_context(listening(one))
        refused = one.get(PATH)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        held.enter_context(listening(two))
        with listening(two):
            full = three.get(PATH)
            assert (full.status_code, full.headers["retry-after"]) == (503, "5")
        for _ in range(3 * IN_ALL):
            with when_there_is_room(three):
                pass
    for _ in range(3 * PER_PERSON):
        with when_there_is_room(one):
            pass


@contextmanager
def when_there_is_room(person: ScoredPerson) -> Iterator[None]:
    """A place is given back once the server has noticed that its reader went, a moment after the reader did."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with person.service.client.stream("GET", PATH, headers=person.caller.headers) as response:
            if response.status_code == 200:
                yield
                return
        time.sleep(0.05)
    raise AssertionError("no place was given back")


def test_streams_hold_no_connection_to_the_database(
    run_service: RunService, new_person: Callable[..., Caller], service_headers: Callable[..., dict[str, str]]
) -> None:
    service = run_service("alert_service", POOL_SIZE="1", STREAMS_PER_PERSON_MAX="20")
    person = ScoredPerson(service, new_person(), service_headers("score_service", "alert_service"))
    with ExitStack() as held:
        streams = [held.enter_context(listening(person)) for _ in range(20)]
        person.scored(600)
        assert {events.alert()[1]["kind"] for events in streams} == {"first_score"}


def test_a_stream_ends_with_the_token_it_was_opened_with(
    new_scored_person: NewScoredPerson, new_person: Callable[..., Caller]
) -> None:
    person = new_scored_person()
    person.caller = new_person(exp=int(time.time()) + 12)
    with listening(person) as events:
        while block := events.block():
            assert block == [": ping"], "what it says until it ends"


def test_a_stream_ends_with_the_session_it_was_opened_in_and_no_other_does(
    run_service: RunService, new_person: Callable[..., Caller], fake_neighbour: FakeNeighbour
) -> None:
    ended: list[str] = []
    fake_neighbour.answer = lambda _request: Reply(body={"last": len(ended), "sessions": ended}, delay_s=0.1)
    service = run_service("alert_service", USER_SERVICE_URL=fake_neighbour.url)
    session, other = str(uuid4()), str(uuid4())
    one, two = (ScoredPerson(service, new_person(sid=each), {}) for each in (session, other))
    with listening(one) as ending, listening(two) as staying:
        ended.append(session)
        assert ending.block() == []
        assert one.get(PATH).status_code == 401
        assert staying.block() == [": ping"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_streams_cleanly_before_the_patience_is_over(
    run_service: RunService, new_person: Callable[..., Caller], number: signal.Signals
) -> None:
    service = run_service("alert_service")
    with listening(ScoredPerson(service, new_person(), {})) as events:
        service.process.send_signal(number)
        assert events.block() == []
        service.process.wait(PATIENCE_S)
    assert "service_stopping" in service.log
    assert '"level":"error"' not in service.log, "nothing was left to be cut"
