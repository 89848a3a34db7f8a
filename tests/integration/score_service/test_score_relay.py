"""From score to alert: every event arrives, in order for each person, whatever the other side does."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import groupby
from typing import Any

import pytest

from service_kit.tokens import SERVICE_TOKEN, KeySet, public_jwk_of
from tests.integration.score_service.borrower import Borrower, Neighbours, NewBorrower
from tests.support.callers import Caller, Keys
from tests.support.neighbour import Received, Reply
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually


def drained(service: RunningService, *people: Borrower | Caller) -> bool:
    """Whether all that is to be told of these people was."""
    waiting = "SELECT count(*) FROM outbox WHERE delivered_at IS NULL AND key::text = ANY(%s::text[])"
    return service.sql(waiting, f"{{{','.join(str(each.user_id) for each in people)}}}") == [(0,)]


def distinct(updates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The updates without repeats of one and the same event in a row, as an idempotent receiver takes them."""
    return [next(group) for _, group in groupby(updates, key=lambda update: update["event_id"])]


@pytest.fixture
def own_neighbours() -> Iterator[Neighbours]:
    neighbours = Neighbours()
    yield neighbours
    neighbours.close()


def test_an_event_says_what_the_score_says(borrower: Borrower, keys: Keys) -> None:
    first, second = borrower.calculate(), borrower.calculate(late90=1)

    def updates() -> list[dict[str, Any]]:
        return distinct(borrower.neighbours.updates_of(borrower.user_id))

    eventually(lambda: len(updates()) == 2)
    for update, score in zip(updates(), (first, second), strict=True):
        assert update.pop("event_id")
        told, read = update.pop("calculated_at"), score["last_calculated"]
        assert datetime.fromisoformat(told) == datetime.fromisoformat(read)
        # The other languages' texts go along with the reasons, for the alerts to be read in.
        assert all({"text_vi", "text_zh"} <= reason.keys() for reason in update["reasons"])
        update["reasons"] = [
            {name: value for name, value in reason.items() if not name.startswith("text_")}
            for reason in update["reasons"]
        ]
        names = {factor["feature"]: (factor["name"], factor["points"]) for factor in score["factors"]}
        assert {each["feature"]: (each["text"], each["points"]) for each in update["factors"]} == names
        assert all(each["text"] != each["text_vi"] != each["text_zh"] for each in update.pop("factors"))
        assert update == {
            "user_id": str(borrower.user_id),
            "old_score": score["previous_score"],
            "new_score": score["current_score"],
            "band": score["band"],
            "category": score["category"],
            "model_version": score["model_version"],
            "score_version": score["version"],
            "reasons": score["reasons"],
        }
    sent = next(each for each in borrower.neighbours.alerts.received if each.body["user_id"] == str(borrower.user_id))
    assert sent.path == "/score-updates"
    own_key = KeySet.from_jwks({"keys": [public_jwk_of(keys.path("score_service").read_text())]})
    token = sent.headers["authorization"].removeprefix("Bearer ")
    own_key.verify(token, token_type=SERVICE_TOKEN, issuer="score_service", audience="alert_service")


def test_an_alert_service_that_is_down_stops_no_score_and_gets_every_event_once_it_is_back(
    new_borrower: NewBorrower,
) -> None:
    people = [new_borrower() for _ in range(5)]
    down = True
    taken: dict[str, dict[str, Any]] = {}

    def answer(request: Received) -> Reply:
        if down:
            return Reply(hang_up=True)
        taken.setdefault(request.body["event_id"], request.body)
        return Reply()

    for person in people:
        person.alerts_say(answer)
        for late in (0, 1, 2):
            person.calculate(late30=late)
    assert all(person.get().json()["version"] == 3 for person in people)
    eventually(lambda: bool(people[0].neighbours.updates_of(people[0].user_id)), "it was tried meanwhile")
    down = False
    eventually(lambda: len(taken) == 15)
    eventually(lambda: drained(people[0].service, *people))
    for person in people:
        own = [update for update in taken.values() if update["user_id"] == str(person.user_id)]
        assert [update["score_version"] for update in own] == [1, 2, 3]


def test_over_a_bad_line_nothing_is_lost_and_the_order_is_kept(new_borrower: NewBorrower) -> None:
    people = [new_borrower() for _ in range(10)]
    chance = random.Random(7)  # noqa: S311 - the same bad line in every run
    faults = [Reply(500), Reply(429), Reply(hang_up=True), Reply(delay_s=0.05), Reply(503, delay_s=0.05)]

    def answer(_request: Received) -> Reply:
        return chance.choice(faults) if chance.random() < 0.3 else Reply()

    for person in people:
        person.alerts_say(answer)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: people[number % 10].calculate(late30=number // 10), range(50)))
    eventually(lambda: drained(people[0].service, *people))
    for person in people:
        versions = [update["score_version"] for update in distinct(person.neighbours.updates_of(person.user_id))]
        assert versions == [1, 2, 3, 4, 5]


def test_a_refused_event_holds_up_that_person_only_until_it_is_set_aside(new_borrower: NewBorrower) -> None:
    stuck, other = new_borrower(), new_borrower()
    stuck.alerts_say(lambda request: Reply(422 if request.body["score_version"] == 1 else 200))
    for person in (stuck, other):
        person.calculate()
        person.calculate(late30=2)
    updates = stuck.neighbours.updates_of
    eventually(lambda: len(updates(other.user_id)) >= 2 and len(updates(stuck.user_id)) >= 2)
    assert {update["score_version"] for update in updates(stuck.user_id)} == {1}
    # As if the back-offs were over; how often it must be refused is the kit's own test.
    stuck.service.sql("UPDATE outbox SET attempts = 100, available_at = now() WHERE key = %s", stuck.user_id)
    eventually(lambda: updates(stuck.user_id)[-1]["score_version"] == 2)
    (kept,) = stuck.service.sql(
        "SELECT payload->>'score_version' FROM outbox WHERE set_aside_at IS NOT NULL AND key = %s", stuck.user_id
    )
    assert kept == ("1",)
    # The session's other tests look whether all was delivered.
    stuck.service.sql("UPDATE outbox SET delivered_at = now() WHERE set_aside_at IS NOT NULL")


def test_two_relays_side_by_side_deliver_each_event_once_and_in_order(
    run_service: RunService, own_neighbours: Neighbours, new_person: Callable[..., Caller]
) -> None:
    urls = {"SURVEY_SERVICE_URL": own_neighbours.survey.url, "ALERT_SERVICE_URL": own_neighbours.alerts.url}
    one = run_service("score_service", **urls)
    two = run_service("score_service", one.database_url, **urls)
    callers = [new_person() for _ in range(10)]
    with ThreadPoolExecutor(8) as pool:
        calls = [(service, caller) for _ in range(3) for caller in callers for service in (one, two)]
        list(pool.map(lambda call: Borrower(*call, own_neighbours).calculate(), calls))
    eventually(lambda: drained(one, *callers))
    for caller in callers:
        versions = [update["score_version"] for update in distinct(own_neighbours.updates_of(caller.user_id))]
        assert versions == [1, 2, 3, 4, 5, 6]
    [(leases,)] = one.sql("SELECT sum(attempts) FROM outbox")
    assert len(own_neighbours.alerts.received) <= leases, "an event was sent by a relay that had not leased it"


def test_a_service_killed_while_it_delivers_sends_the_same_event_again(
    run_service: RunService, own_neighbours: Neighbours, new_person: Callable[..., Caller]
) -> None:
    service = run_service(
        "score_service", SURVEY_SERVICE_URL=own_neighbours.survey.url, ALERT_SERVICE_URL=own_neighbours.alerts.url
    )
    borrower = Borrower(service, new_person(), own_neighbours)
    borrower.alerts_say(lambda _request: Reply(delay_s=60))
    borrower.calculate()
    eventually(lambda: bool(own_neighbours.updates_of(borrower.user_id)))
    service.kill()
    borrower.alerts_say(lambda _request: Reply())
    service.start()
    eventually(lambda: drained(service, borrower))
    updates = own_neighbours.updates_of(borrower.user_id)
    assert len(updates) >= 2
    assert len({update["event_id"] for update in updates}) == 1
    assert borrower.get().json()["version"] == 1
