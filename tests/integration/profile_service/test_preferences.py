"""`/preferences/me` against a real database over real HTTP."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.callers import Caller
from tests.support.services import RunningService

NewPerson = Callable[..., Caller]
QUIET = {"from": "22:00", "to": "07:00", "timezone": "Asia/Ho_Chi_Minh"}


def test_everyone_has_defaults_before_anything_is_stored(
    profile_service: RunningService, new_person: NewPerson
) -> None:
    person = new_person()
    answer = profile_service.client.get("/preferences/me", headers=person.headers).json()
    assert (answer["theme"], answer["language"], answer["quiet_hours"]) == ("auto", "en", None)
    stored = profile_service.sql("SELECT 1 FROM preferences WHERE user_id = %s", person.user_id)
    assert stored == []


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_one_key_changes_that_key_and_stays(
    profile_service: RunningService, new_person: NewPerson, method: str
) -> None:
    client, person = profile_service.client, new_person()
    changes: list[dict[str, Any]] = [
        {"theme": "dark"}, {"language": "vi"}, {"notifications": {"tips": True}}, {"quiet_hours": QUIET}
    ]  # fmt: skip
    for change in changes:
        answer = client.request(method, "/preferences/me", json=change, headers=person.headers)
        assert answer.status_code == 200, answer.text
    stored = client.get("/preferences/me", headers=person.headers).json()
    assert (stored["theme"], stored["language"], stored["quiet_hours"]) == ("dark", "vi", QUIET)
    assert stored["notifications"]["tips"] is True
    assert stored["notifications"]["in_app"] is True
    ended = client.request(method, "/preferences/me", json={"quiet_hours": None}, headers=person.headers).json()
    assert ended["quiet_hours"] is None
    assert ended["theme"] == "dark"


def test_changes_sent_at_once_all_count(profile_service: RunningService, new_person: NewPerson) -> None:
    person = new_person()
    changes = [{"notifications": {key: value}} for key, value in [("tips", True), ("email", False), ("push", True)]]
    with ThreadPoolExecutor(3) as pool:
        list(
            pool.map(
                lambda change: profile_service.client.put("/preferences/me", json=change, headers=person.headers),
                changes,
            )
        )
    stored = profile_service.client.get("/preferences/me", headers=person.headers).json()["notifications"]
    assert (stored["tips"], stored["email"], stored["push"]) == (True, False, True)


@pytest.mark.parametrize(
    ("pointer", "payload"),
    [
        ("/theme", {"theme": "pink"}),
        ("/language", {"language": "de"}),
        ("/notifications/carrier_pigeon", {"notifications": {"carrier_pigeon": True}}),
        ("/notifications/digest", {"notifications": {"digest": "hourly"}}),
        ("/notifications/by_type/tips", {"notifications": {"by_type": {"tips": {}}}}),
        ("/notifications/by_type/reminders/push", {"notifications": {"by_type": {"reminders": {"push": True}}}}),
        ("/quiet_hours/timezone", {"quiet_hours": {**QUIET, "timezone": "Mars/Olympus"}}),
        ("/quiet_hours/from", {"quiet_hours": {**QUIET, "from": "24:00"}}),
        ("/font", {"font": "serif"}),
    ],
)
def test_a_bad_preference_is_named_and_nothing_is_stored(
    profile_service: RunningService, new_person: NewPerson, pointer: str, payload: dict[str, Any]
) -> None:
    person = new_person()
    answer = profile_service.client.put("/preferences/me", json=payload, headers=person.headers)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert profile_service.sql("SELECT 1 FROM preferences WHERE user_id = %s", person.user_id) == []


def test_if_match_guards_preferences_too(profile_service: RunningService, new_person: NewPerson) -> None:
    client, person = profile_service.client, new_person()
    etag = client.get("/preferences/me", headers=person.headers).headers["etag"]
    guarded = {**person.headers, "If-Match": etag}
    assert client.put("/preferences/me", json={"theme": "dark"}, headers=guarded).status_code == 200
    assert client.put("/preferences/me", json={"theme": "light"}, headers=guarded).status_code == 412
    assert client.get("/preferences/me", headers=person.headers).json()["theme"] == "dark"
