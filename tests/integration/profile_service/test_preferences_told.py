"""The alert service is told how a person wants to be told: every change, in order, also when it was away."""

from collections.abc import Callable
from typing import Any

import pytest

from service_kit.tokens import SERVICE_TOKEN, KeySet, public_jwk_of
from tests.support.callers import Caller, Keys
from tests.support.neighbour import FakeNeighbour, Received, Reply
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually

NewPerson = Callable[..., Caller]
QUIET = {"from": "22:00", "to": "07:00", "timezone": "Asia/Ho_Chi_Minh"}


@pytest.fixture
def service(run_service: RunService, fake_neighbour: FakeNeighbour) -> RunningService:
    return run_service("profile_service", ALERT_SERVICE_URL=fake_neighbour.url)


def change(service: RunningService, person: Caller, changes: dict[str, Any], **headers: str) -> int:
    sent = service.client.put("/preferences/me", json=changes, headers={**person.headers, **headers})
    return sent.status_code


def told(neighbour: FakeNeighbour, count: int) -> list[dict[str, Any]]:
    eventually(lambda: len(neighbour.received) >= count, "the alert service is told")
    return [each.body for each in neighbour.received]


def test_a_change_is_told_whole_with_the_service_s_own_token(
    service: RunningService, fake_neighbour: FakeNeighbour, new_person: NewPerson, keys: Keys
) -> None:
    person = new_person()
    changes = {"language": "vi", "quiet_hours": QUIET, "notifications": {"by_type": {"milestones": {"email": False}}}}
    assert change(service, person, changes) == 200
    (body,) = told(fake_neighbour, 1)
    read = service.client.get("/preferences/me", headers=person.headers).json()
    assert body == {"version": 1, **{key: read[key] for key in ("language", "quiet_hours", "notifications")}}
    assert body["notifications"]["by_type"]["milestones"] == {"in_app": True, "email": False, "webhook": True}
    request = fake_neighbour.received[0]
    assert (request.method, request.path) == ("PUT", f"/internal/delivery-preferences/{person.user_id}")
    own_key = KeySet.from_jwks({"keys": [public_jwk_of(keys.path("profile_service").read_text())]})
    token = request.headers["authorization"].removeprefix("Bearer ")
    own_key.verify(token, token_type=SERVICE_TOKEN, issuer="profile_service", audience="alert_service")


def test_an_alert_service_that_is_away_stops_no_change_and_hears_of_each_in_order(
    service: RunningService, fake_neighbour: FakeNeighbour, new_person: NewPerson
) -> None:
    away = True
    taken: dict[int, str] = {}

    def answer(request: Received) -> Reply:
        if away:
            return Reply(503)
        taken.setdefault(request.body["version"], request.body["language"])
        return Reply()

    fake_neighbour.answer = answer
    person = new_person()
    for language in ("vi", "zh", "en"):
        assert change(service, person, {"language": language}) == 200
    told(fake_neighbour, 1)
    away = False
    eventually(lambda: len(taken) == 3, "the alert service hears of all of them")
    assert list(taken.items()) == [(1, "vi"), (2, "zh"), (3, "en")]


def test_what_was_refused_is_not_told(
    service: RunningService, fake_neighbour: FakeNeighbour, new_person: NewPerson
) -> None:
    person = new_person()
    assert change(service, person, {"language": "de"}) == 422
    assert change(service, person, {"language": "vi"}, **{"If-Match": '"9"'}) == 412
    assert change(service, person, {"language": "zh"}) == 200
    assert [body["language"] for body in told(fake_neighbour, 1)] == ["zh"]
    assert service.sql("SELECT count(*) FROM outbox") == [(1,)]


def test_preferences_stored_before_a_key_existed_have_its_default_and_keep_their_own(
    service: RunningService, fake_neighbour: FakeNeighbour, new_person: NewPerson
) -> None:
    person = new_person()
    service.sql(
        "INSERT INTO preferences (user_id, theme, language, notifications, version) "
        "VALUES (%s, 'dark', 'vi', '{\"email\": false}', 4)",
        person.user_id,
    )
    read = service.client.get("/preferences/me", headers=person.headers).json()["notifications"]
    assert (read["email"], read["webhook"], read["digest"]) == (False, True, "at_once")
    assert change(service, person, {"notifications": {"digest": "weekly"}}) == 200
    (body,) = told(fake_neighbour, 1)
    assert (body["version"], body["notifications"]["email"], body["notifications"]["digest"]) == (5, False, "weekly")
