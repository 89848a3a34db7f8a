"""A write whose connection is lost before its answer has come is sent again, and meets the id it has written."""

from collections.abc import Callable

import httpx
import pytest

from tests.faults.campaign import FEATURES
from tests.integration.user_service.visitor import PASSWORD, Visitor
from tests.support.callers import Caller
from tests.support.services import RunService

LOSING = "tests.support.losing_answers"


def asked_to_come_again(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (503, "unavailable") and bool(answer.headers["retry-after"])


def test_a_score_is_stored_once(run_service: RunService, new_person: Callable[..., Caller]) -> None:
    service, person = run_service("score_service", module=LOSING), new_person()

    def calculate() -> httpx.Response:
        body = {"features": {**FEATURES, "utilisation": 0.4, "late30": 0}}
        return service.client.post("/scores/me/calculate", json=body, headers=person.headers)

    assert asked_to_come_again(calculate())
    [(score,)] = service.sql("SELECT score FROM scores WHERE user_id = %s", person.user_id)
    read = service.client.get("/scores/me", headers=person.headers).json()
    assert (read["current_score"], read["version"]) == (score, 1)
    again = calculate()
    assert (again.status_code, again.json()["version"]) == (200, 2)


@pytest.mark.parametrize("device", ["known", "new"])
def test_a_sign_in_starts_one_session(run_service: RunService, device: str) -> None:
    member = Visitor(run_service("user_service")).sign_up().sign_in()
    losing = Visitor(run_service("user_service", member.service.database_url, LOSING))
    credentials = {"email": member.email, "password": PASSWORD}
    if device == "known":
        credentials["device_token"] = member.tokens["device_token"]
    assert asked_to_come_again(losing.post("/auth/login", credentials))
    assert sessions_of(member) == 2
    assert losing.post("/auth/login", credentials).status_code == 200
    assert sessions_of(member) == 3


def sessions_of(member: Visitor) -> int:
    """How many they have, after each the log names once."""
    query = """SELECT count(*), count(DISTINCT session_id), (SELECT count(*) FROM sessions WHERE user_id = e.user_id)
        FROM audit_events e WHERE user_id = %s AND event = 'signed_in' GROUP BY user_id"""
    [(entries, named, sessions)] = member.service.sql(query, member.user_id)
    assert entries == named == sessions
    return int(sessions)
