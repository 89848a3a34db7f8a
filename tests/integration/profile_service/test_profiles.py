"""`/profile/me` against a real database over real HTTP."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from tests.support.callers import Caller
from tests.support.services import RunningService
from tests.support.waiting import patiently

NewPerson = Callable[..., Caller]

FULL = {
    "full_name": "Nguyễn Văn An",
    "email": "an@example.com",
    "phone": "0912 345 678",
    "avatar": "https://example.com/an.png",
    "date_of_birth": "1990-05-17",
    "address": "12 Lê Lợi, Huế",
}


def rows_of(service: RunningService, person: Caller) -> list[tuple[Any, ...]]:
    return service.sql("SELECT full_name, phone_e164, version FROM profiles WHERE user_id = %s", person.user_id)


def test_a_profile_is_stored_as_typed_with_the_phone_in_e164_beside_it(
    profile_service: RunningService, new_person: NewPerson
) -> None:
    person = new_person()
    created = profile_service.client.post("/profile/me", json=FULL, headers=person.headers)
    assert created.status_code == 201
    read = profile_service.client.get("/profile/me", headers=person.headers)
    assert read.status_code == 200
    assert read.json() == created.json()
    assert {key: read.json()[key] for key in FULL} == FULL
    assert read.json()["phone_e164"] == "+84912345678"
    assert read.json()["user_id"] == str(person.user_id)


def test_a_second_profile_is_a_conflict_even_when_two_are_sent_at_once(
    profile_service: RunningService, new_person: NewPerson
) -> None:
    person = new_person()
    create = partial(profile_service.client.post, "/profile/me", json=FULL, headers=person.headers)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: patiently(create), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"profile_exists"}
    assert len(rows_of(profile_service, person)) == 1


def test_put_replaces_and_patch_changes_only_what_it_names(
    profile_service: RunningService, new_person: NewPerson
) -> None:
    client, person = profile_service.client, new_person()
    assert client.put("/profile/me", json=FULL, headers=person.headers).status_code == 200
    patched = client.patch("/profile/me", json={"address": None, "phone": None}, headers=person.headers).json()
    assert patched["address"] is None
    assert patched["phone_e164"] is None
    assert patched["full_name"] == FULL["full_name"]
    replaced = client.put("/profile/me", json={"full_name": "An"}, headers=person.headers).json()
    assert replaced["full_name"] == "An"
    assert replaced["email"] is None


def test_completeness_names_what_is_missing(profile_service: RunningService, new_person: NewPerson) -> None:
    client, person = profile_service.client, new_person()
    assert client.get("/profile/me/completeness", headers=person.headers).status_code == 404
    client.put("/profile/me", json={"full_name": "An", "phone": "0912345678"}, headers=person.headers)
    answer = client.get("/profile/me/completeness", headers=person.headers).json()
    assert answer == {"percent": 33, "missing": ["email", "avatar", "date_of_birth", "address"]}


def test_a_deleted_profile_is_gone(profile_service: RunningService, new_person: NewPerson) -> None:
    client, person = profile_service.client, new_person()
    client.put("/profile/me", json=FULL, headers=person.headers)
    assert client.delete("/profile/me", headers=person.headers).status_code == 204
    assert client.delete("/profile/me", headers=person.headers).status_code == 404
    assert client.get("/profile/me", headers=person.headers).json()["code"] == "profile_not_found"
    assert rows_of(profile_service, person) == []


TOO_YOUNG = (date.today() - timedelta(days=365 * 17)).isoformat()  # noqa: DTZ011 - any day will do


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "12"),
        ("phone", "not a number"),
        ("avatar", "javascript:alert(1)"),
        ("avatar", "ftp://example.com/x"),
        ("date_of_birth", "2999-01-01"),
        pytest.param("date_of_birth", TOO_YOUNG, id="too young"),  # workers that collect around midnight agree on it
        ("date_of_birth", "1990-02-30"),
        ("email", "nobody"),
        ("full_name", "x" * 201),
        ("full_name", "   "),
        ("full_name", "a\x00b"),
        ("address", 7),
        ("user_id", "0193b1f0-c2d4-7e0f-9a5b-000000000001"),
        ("is_admin", True),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_bad_field_is_named_and_nothing_changes(
    profile_service: RunningService, new_person: NewPerson, method: str, field: str, value: object
) -> None:
    person = new_person()
    if method != "POST":
        profile_service.client.put("/profile/me", json=FULL, headers=person.headers)
    before = rows_of(profile_service, person)
    answer = profile_service.client.request(method, "/profile/me", json={field: value}, headers=person.headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]
    assert not isinstance(value, str) or len(value) < 3 or value not in answer.text
    assert rows_of(profile_service, person) == before


def test_if_match_stops_a_second_device_from_overwriting(
    profile_service: RunningService, new_person: NewPerson
) -> None:
    client, person = profile_service.client, new_person()
    first = client.put("/profile/me", json={"full_name": "One"}, headers=person.headers).headers["etag"]
    assert client.get("/profile/me", headers=person.headers).headers["etag"] == first
    ok = client.patch("/profile/me", json={"full_name": "Two"}, headers={**person.headers, "If-Match": first})
    assert ok.status_code == 200
    assert ok.headers["etag"] != first
    for method in ("PATCH", "PUT"):
        stale = client.request(
            method, "/profile/me", json={"full_name": "Three"}, headers={**person.headers, "If-Match": first}
        )
        assert stale.status_code == 412
        assert stale.json()["code"] == "changed_meanwhile"
    assert client.get("/profile/me", headers=person.headers).json()["full_name"] == "Two"
