"""What the alert service hears of people: the newest is kept, whatever the order, and only from who may say it."""

from collections.abc import Callable
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tests.support.callers import Caller
from tests.support.services import RunningService

QUIET = {"from": "22:00", "to": "07:00", "timezone": "Asia/Ho_Chi_Minh"}
PREFERENCES = {"language": "vi", "notifications": {"digest": "daily"}, "quiet_hours": QUIET}
ADDRESS = {"version": 1, "email": "an@example.com"}
ServiceHeaders = Callable[..., dict[str, str]]


def test_the_newest_preferences_are_kept_however_often_and_late_they_come(
    alert_service: RunningService, service_headers: ServiceHeaders
) -> None:
    headers, user_id = service_headers("profile_service", "alert_service"), uuid7()
    for version, language in [(1, "en"), (3, "vi"), (2, "zh"), (3, "zh")]:
        body = {**PREFERENCES, "version": version, "language": language, "later": "grown"}
        path = f"/internal/delivery-preferences/{user_id}"
        assert alert_service.client.put(path, json=body, headers=headers).status_code == 204
    query = "SELECT language, preferences_version, quiet_hours, email FROM recipients WHERE user_id = %s"
    assert alert_service.sql(query, user_id) == [("vi", 3, QUIET, None)]


def test_an_address_neither_waits_for_preferences_nor_takes_their_place(
    alert_service: RunningService, service_headers: ServiceHeaders
) -> None:
    profile, user = (service_headers(name, "alert_service") for name in ("profile_service", "user_service"))
    user_id, put = uuid7(), alert_service.client.put
    addresses = f"/internal/addresses/{user_id}"
    assert put(addresses, json=ADDRESS, headers=user).status_code == 204
    preferences = {**PREFERENCES, "version": 1}
    assert put(f"/internal/delivery-preferences/{user_id}", json=preferences, headers=profile).status_code == 204
    query = "SELECT language, email FROM recipients WHERE user_id = %s"
    assert alert_service.sql(query, user_id) == [("vi", "an@example.com")]
    assert put(addresses, json={"version": 2, "email": None}, headers=user).status_code == 204
    assert put(addresses, json=ADDRESS, headers=user).status_code == 204
    assert alert_service.sql(query, user_id) == [("vi", None)]


@pytest.mark.parametrize(
    ("path", "body", "speakers"),
    [
        ("delivery-preferences", {**PREFERENCES, "version": 1}, ("user_service", "score_service", "survey_service")),
        ("addresses", ADDRESS, ("profile_service", "score_service", "survey_service")),
    ],
)
def test_who_may_not_say_it_is_not_heard(
    alert_service: RunningService,
    service_headers: ServiceHeaders,
    new_admin: Callable[[], Caller],
    *,
    path: str,
    body: dict[str, Any],
    speakers: tuple[str, ...],
) -> None:
    user_id = uuid7()
    others = [service_headers(name, "alert_service") for name in speakers]
    for headers in ({}, new_admin().headers, service_headers("user_service", "score_service"), *others):
        answer = alert_service.client.put(f"/internal/{path}/{user_id}", json=body, headers=headers)
        assert answer.status_code == 401
    assert alert_service.sql("SELECT 1 FROM recipients WHERE user_id = %s", user_id) == []


@pytest.mark.parametrize(
    ("pointer", "changes"),
    [
        ("/version", {"version": 0}),
        ("/language", {"language": "de"}),
        ("/notifications/digest", {"notifications": {"digest": "hourly"}}),
        ("/quiet_hours/timezone", {"quiet_hours": {**QUIET, "timezone": "Mars/Olympus"}}),
        ("/quiet_hours/from", {"quiet_hours": {**QUIET, "from": "7"}}),
    ],
)
def test_preferences_that_could_not_be_followed_are_refused(
    alert_service: RunningService, service_headers: ServiceHeaders, pointer: str, changes: dict[str, Any]
) -> None:
    user_id, headers = uuid7(), service_headers("profile_service", "alert_service")
    body = {**PREFERENCES, "version": 1, **changes}
    answer = alert_service.client.put(f"/internal/delivery-preferences/{user_id}", json=body, headers=headers)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert alert_service.sql("SELECT 1 FROM recipients WHERE user_id = %s", user_id) == []
