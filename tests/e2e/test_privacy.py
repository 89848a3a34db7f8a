"""A person's data through the whole stack: agreed to, taken back, taken along, and erased while a service is away."""

from typing import Any

import httpx
import pytest

from local_stack.environment import database_url
from local_stack.keys import ensure_secrets
from tests.integration.privacy.lives import rows_with_id
from tests.support.callers import SERVICES
from tests.support.people import PASSWORD, SignedIn
from tests.support.stack import Stack
from tests.support.waiting import PATIENCE_S, eventually, patiently

HOLDERS = [each for each in SERVICES if each != "user_service"]


@pytest.fixture
def person(stack: Stack) -> SignedIn:
    """Somebody with a profile, answers, a score and alerts."""
    person = stack.new_person()
    person.ok("PUT", "/profile/me", {"full_name": "Trần Thị Bình", "phone": "0912 345 678"})
    person.ok("PUT", "/preferences/me", {"theme": "dark"})
    person.answer_survey()
    person.ok("POST", "/scores/me/calculate")
    person.wait_for("/alerts/me", bool)
    return person


def test_signing_up_agrees_to_scoring_and_taking_it_back_stops_it(person: SignedIn) -> None:
    def calculate() -> int:
        return person.client.post("/scores/me/calculate").status_code

    person.wait_for("/consents/me", lambda page: [each["granted"] for each in page["in_force"]] == [True])
    consent = {"purpose": "scoring", "text_version": "2026-11"}
    person.ok("POST", "/consents/me", {**consent, "granted": False}, 201)
    eventually(lambda: calculate() == 403)
    assert person.client.post("/scores/me/calculate").json()["code"] == "consent_required"
    person.ok("POST", "/consents/me", {**consent, "granted": True}, 201)
    eventually(lambda: calculate() == 200)


def test_an_export_holds_something_of_every_service(stack: Stack, person: SignedIn) -> None:
    document = person.ok("GET", "/users/me/export")
    held = document["services"]
    assert set(held) == set(SERVICES)
    assert held["user_service"]["users"][0]["email"] == person.email
    assert held["profile_service"]["profiles"][0]["full_name"] == "Trần Thị Bình"
    assert len(held["survey_service"]["answers"]) > 3
    assert held["score_service"]["current_scores"][0]["version"] == 1
    assert held["alert_service"]["alerts"]
    with stack.without("survey_service"):
        refused = person.client.get("/users/me/export")
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)


def test_an_erasure_reaches_every_service_though_one_is_away(stack: Stack, person: SignedIn) -> None:
    with httpx.Client(base_url=stack.gateway, timeout=PATIENCE_S) as anybody:
        with stack.without("alert_service"):
            receipt_id = person.ok("DELETE", "/users/me", {"password": PASSWORD}, 202)["receipt_id"]

            def receipt() -> Any:
                return patiently(lambda: anybody.get(f"/auth/erasures/{receipt_id}")).json()

            eventually(lambda: sum(map(bool, receipt()["services"].values())) == 3)
            assert (receipt()["services"]["alert_service"], receipt()["completed_at"]) == (None, None)
            eventually(lambda: person.client.get("/scores/me").status_code == 401)
            login = anybody.post("/auth/login", json={"email": person.email, "password": PASSWORD})
            assert login.status_code == 401
        eventually(lambda: receipt()["completed_at"])
    secrets = ensure_secrets(stack.layout)
    left = {each: rows_with_id(database_url(stack.layout, each, secrets), person.user_id) for each in SERVICES}
    assert set(left.pop("user_service")) == {"tombstones", "audit_events"}
    assert left == {each: {"tombstones": 1} for each in HOLDERS}
