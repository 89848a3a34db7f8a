"""`/consents/me`: a ledger that only grows, and news of it to the score service."""

from collections.abc import Callable
from typing import Any

import psycopg2
import pytest
from uuid_utils.compat import uuid4

from tests.integration.privacy.lives import rows_with
from tests.support.callers import Caller
from tests.support.neighbour import FakeNeighbour, Reply
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually

NewPerson = Callable[..., Caller]
ServiceHeaders = Callable[..., dict[str, str]]


def say(service: RunningService, person: Caller, granted: bool, purpose: str = "scoring") -> dict[str, Any]:
    body = {"purpose": purpose, "granted": granted, "text_version": "2026-11"}
    answer = service.client.post("/consents/me", json=body, headers=person.headers)
    assert answer.status_code == 201, answer.text
    consent: dict[str, Any] = answer.json()
    return consent


def read(service: RunningService, person: Caller, **params: Any) -> dict[str, Any]:
    answer = service.client.get("/consents/me", params=params, headers=person.headers)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def test_the_newest_entry_of_each_purpose_holds_and_the_others_stay_on_record(
    profile_service: RunningService, new_person: NewPerson
) -> None:
    person, other = new_person(), new_person()
    first = say(profile_service, person, True)
    say(profile_service, person, True, "marketing")
    last = say(profile_service, person, False)
    say(profile_service, other, True)
    page = read(profile_service, person)
    assert [(each["purpose"], each["granted"]) for each in page["in_force"]] == [
        ("marketing", True),
        ("scoring", False),
    ]
    assert (page["items"][0], page["items"][2], page["next"]) == (last, first, None)
    assert first["text_version"] == "2026-11"


def test_the_ledger_is_read_in_pages(profile_service: RunningService, new_person: NewPerson) -> None:
    person = new_person()
    for granted in (True, False, True):
        say(profile_service, person, granted)
    page = read(profile_service, person, limit=2)
    rest = read(profile_service, person, limit=2, cursor=page["next"])
    assert [each["granted"] for each in page["items"] + rest["items"]] == [True, False, True]
    assert rest["next"] is None


def test_somebody_who_was_never_asked_has_an_empty_ledger(
    profile_service: RunningService, new_person: NewPerson
) -> None:
    assert read(profile_service, new_person()) == {"in_force": [], "items": [], "next": None}
    assert profile_service.client.get("/consents/me").status_code == 401


@pytest.mark.parametrize(
    ("field", "value"),
    [("purpose", "selling"), ("granted", "perhaps"), ("granted", None), ("text_version", ""),
     ("text_version", "x" * 51), ("event_id", "x"),
     ("user_id", "0193b1f0-c2d4-7e0f-9a5b-000000000001")],
)  # fmt: skip
def test_a_bad_consent_is_named_and_nothing_is_recorded(
    profile_service: RunningService, new_person: NewPerson, field: str, value: Any
) -> None:
    person = new_person()
    body = {"purpose": "scoring", "granted": False, "text_version": "2026-11", field: value}
    answer = profile_service.client.post("/consents/me", json=body, headers=person.headers)
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, [f"/{field}"])
    assert read(profile_service, person)["items"] == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE consents SET granted = true WHERE user_id = %s", "DELETE FROM consents WHERE user_id = %s",
     "TRUNCATE consents -- %s"],
)  # fmt: skip
def test_the_database_itself_changes_and_removes_no_entry(
    profile_service: RunningService, new_person: NewPerson, statement: str
) -> None:
    person = new_person()
    say(profile_service, person, False)
    with pytest.raises(psycopg2.errors.RestrictViolation, match="only ever added"):
        profile_service.sql(statement, person.user_id)
    assert [each["granted"] for each in read(profile_service, person)["items"]] == [False]


def test_an_erasure_takes_the_ledger_along(
    profile_service: RunningService, new_person: NewPerson, service_headers: ServiceHeaders
) -> None:
    person = new_person()
    say(profile_service, person, False)
    headers = service_headers("user_service", "profile_service")
    assert profile_service.client.delete(f"/internal/privacy/{person.user_id}", headers=headers).status_code == 204
    assert rows_with(profile_service, person.user_id) == {"tombstones": 1}


def told(service: RunningService, person: Caller, headers: dict[str, str], **changes: Any) -> int:
    body = {"event_id": str(uuid4()), "purpose": "scoring", "granted": True, "text_version": "2026-11", **changes}
    return service.client.post(f"/internal/consents/{person.user_id}", json=body, headers=headers).status_code


def test_a_consent_given_at_sign_up_is_recorded_once_however_often_it_is_told(
    profile_service: RunningService, new_person: NewPerson, service_headers: ServiceHeaders
) -> None:
    person, event_id = new_person(), str(uuid4())
    headers = service_headers("user_service", "profile_service")
    assert [told(profile_service, person, headers, event_id=event_id) for _ in range(3)] == [204] * 3
    assert [each["granted"] for each in read(profile_service, person)["items"]] == [True]
    for stranger in ({}, person.headers, service_headers("score_service", "profile_service")):
        assert told(profile_service, person, stranger) == 401


def test_a_withdrawal_reaches_the_score_service_and_outlasts_its_absence(
    run_service: RunService, new_person: NewPerson, fake_neighbour: FakeNeighbour
) -> None:
    refusals = iter([503, 503])
    fake_neighbour.answer = lambda _request: Reply(next(refusals, 200))
    service, person = run_service("profile_service", SCORE_SERVICE_URL=fake_neighbour.url), new_person()
    say(service, person, False)
    say(service, person, True, "marketing")
    say(service, person, True)
    eventually(lambda: service.sql("SELECT count(*) FROM outbox WHERE delivered_at IS NULL") == [(0,)])
    taken = {each.body["number"]: each.body["granted"] for each in fake_neighbour.received[2:]}
    assert {each.path for each in fake_neighbour.received} == {f"/internal/consents/{person.user_id}"}
    assert list(taken.values()) == [False, True]
    assert list(taken) == sorted(taken)
