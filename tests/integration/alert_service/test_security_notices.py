"""`POST /internal/security-notices`: what the user service says of an account becomes an alert, once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.alert_service.notices import Tell, check_not_heard, check_refused, check_told_once
from tests.integration.alert_service.scored_person import ScoredPerson
from tests.support.callers import Caller
from tests.support.services import RunningService

ServiceHeaders = Callable[..., dict[str, str]]
KINDS = ("new_device", "password_changed", "email_changed", "second_factor_changed", "second_factors_removed")
TITLES = {
    "en": "Your password was changed",
    "vi": "Mật khẩu của bạn đã được thay đổi",
    "zh": "您的密码已更改",
}


def notice(person: ScoredPerson, **changes: Any) -> dict[str, Any]:
    made = {"event_id": str(uuid4()), "user_id": str(person.user_id), "kind": "password_changed"}
    return {**made, "happened_at": "2026-11-26T08:30:00Z", **changes}


@pytest.fixture
def tell(alert_service: RunningService, service_headers: ServiceHeaders) -> Tell:
    headers = service_headers("user_service", "alert_service")
    return lambda body: alert_service.client.post("/internal/security-notices", json=body, headers=headers)


@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_becomes_an_alert_of_the_type_security(person: ScoredPerson, tell: Tell, kind: str) -> None:
    assert tell(notice(person, kind=kind)).status_code == 204
    [alert] = person.get("/alerts/me", type="security").json()
    assert (alert["kind"], alert["type"], alert["is_read"], alert["score"]) == (kind, "security", False, None)
    assert alert["severity"] in {"medium", "high"}
    assert alert["created_at"].startswith("2026-11-26T08:30:00")
    assert person.get("/alerts/me", type="milestone").json() == []


@pytest.mark.parametrize("language", TITLES)
def test_it_is_read_in_the_reader_s_language(person: ScoredPerson, tell: Tell, language: str) -> None:
    tell(notice(person))
    headers = {**person.caller.headers, "Accept-Language": language}
    [alert] = person.service.client.get("/alerts/me", headers=headers).json()
    assert alert["title"] == TITLES[language]


def test_a_notice_told_again_and_at_once_makes_one_alert(person: ScoredPerson, tell: Tell) -> None:
    check_told_once(person, tell, notice(person), {"kind": "email_changed"})


def test_it_is_mailed_by_the_user_service_and_by_no_other(person: ScoredPerson, tell: Tell) -> None:
    service = person.service
    service.sql(
        "INSERT INTO recipients (user_id, email, address_version) VALUES (%s, 'an@example.com', 1)", person.user_id
    )
    assert tell(notice(person)).status_code == 204
    assert service.sql("SELECT 1 FROM deliveries WHERE user_id = %s", person.user_id) == []
    person.scored(700)
    assert service.sql("SELECT 1 FROM deliveries WHERE user_id = %s", person.user_id) != [], "as a milestone would be"


@pytest.mark.parametrize(
    ("pointer", "change"),
    [
        ("/kind", {"kind": "big_rise"}),
        ("/kind", {"kind": "webhook_added"}),
        ("/event_id", {"event_id": "1"}),
        ("/user_id", {"user_id": None}),
        ("/happened_at", {"happened_at": "2026-11-26T08:30:00"}),
        ("/text", {"text": "Click here"}),
    ],
)
def test_a_bad_notice_is_named_and_makes_no_alert(
    person: ScoredPerson, tell: Tell, pointer: str, change: dict[str, Any]
) -> None:
    check_refused(person, tell, notice(person, **change), pointer)


def test_only_the_user_service_may_tell(
    person: ScoredPerson, service_headers: ServiceHeaders, new_admin: Callable[[], Caller]
) -> None:
    others = [service_headers(name, "alert_service") for name in ("score_service", "profile_service")]
    callers = [{}, person.caller.headers, new_admin().headers, *others, service_headers("user_service", "x")]
    check_not_heard(person, "/internal/security-notices", notice(person), callers)
