"""`POST /internal/dispute-notices`: what the score service says of a dispute becomes an alert, once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.alert_service.notices import Tell, check_not_heard, check_refused, check_told_once
from tests.integration.alert_service.scored_person import ScoredPerson
from tests.support.callers import Caller
from tests.support.services import RunningService

PATH = "/internal/dispute-notices"
TITLES = {"en": "Your dispute takes longer", "vi": "Khiếu nại của bạn cần thêm thời gian", "zh": "您的异议需要更多时间"}


def notice(person: ScoredPerson, **changes: Any) -> dict[str, Any]:
    made = {"event_id": str(uuid4()), "user_id": str(person.user_id), "outcome": "rejected"}
    return {**made, "decided_at": "2026-11-26T08:30:00Z", **changes}


@pytest.fixture
def tell(alert_service: RunningService, service_headers: Callable[..., dict[str, str]]) -> Tell:
    headers = service_headers("score_service", "alert_service")
    return lambda body: alert_service.client.post(PATH, json=body, headers=headers)


@pytest.mark.parametrize("outcome", ["corrected", "rejected", "extended"])
def test_a_decision_becomes_an_alert_that_is_mailed_too(person: ScoredPerson, tell: Tell, outcome: str) -> None:
    person.service.sql(
        "INSERT INTO recipients (user_id, email, address_version) VALUES (%s, 'an@example.com', 1)", person.user_id
    )
    assert tell(notice(person, outcome=outcome)).status_code == 204
    [alert] = person.get("/alerts/me", type="score_change").json()
    assert (alert["kind"], alert["is_read"], alert["score"]) == (f"dispute_{outcome}", False, None)
    assert alert["created_at"].startswith("2026-11-26T08:30:00")
    assert person.count("deliveries") == 1


@pytest.mark.parametrize("language", TITLES)
def test_it_is_read_in_the_reader_s_language(person: ScoredPerson, tell: Tell, language: str) -> None:
    tell(notice(person, outcome="extended"))
    headers = {**person.caller.headers, "Accept-Language": language}
    [alert] = person.service.client.get("/alerts/me", headers=headers).json()
    assert alert["title"] == TITLES[language]


def test_a_notice_told_again_and_at_once_makes_one_alert(person: ScoredPerson, tell: Tell) -> None:
    check_told_once(person, tell, notice(person), {"outcome": "corrected"})


@pytest.mark.parametrize(
    ("pointer", "change"),
    [
        ("/outcome", {"outcome": "won"}),
        ("/event_id", {"event_id": "1"}),
        ("/user_id", {"user_id": None}),
        ("/decided_at", {"decided_at": "2026-11-26T08:30:00"}),
        ("/resolution", {"resolution": "because"}),
    ],
)
def test_a_bad_notice_is_named_and_makes_no_alert(
    person: ScoredPerson, tell: Tell, pointer: str, change: dict[str, Any]
) -> None:
    check_refused(person, tell, notice(person, **change), pointer)


def test_only_the_score_service_may_tell(
    person: ScoredPerson, service_headers: Callable[..., dict[str, str]], new_admin: Callable[[], Caller]
) -> None:
    others = [service_headers(name, "alert_service") for name in ("user_service", "profile_service")]
    callers = [{}, person.caller.headers, new_admin().headers, *others, service_headers("score_service", "x")]
    check_not_heard(person, PATH, notice(person), callers)
