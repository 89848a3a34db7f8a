"""Any one service stopped: every journey that does not need it goes on, and the others say so in their own words."""

import httpx

from tests.faults.campaign import report
from tests.support.people import SignedIn
from tests.support.stack import Stack

FEATURES = {
    "utilisation": 0.4, "late30": 0, "late60": 0, "late90": 0, "debt_ratio": 0.3, "lines": 6, "mortgages": 1
}  # fmt: skip
# One read of each service that needs no other, for somebody who has a score.
READS = {
    "user_service": "/users/me",
    "profile_service": "/preferences/me",
    "alert_service": "/alerts/me",
    "survey_service": "/survey/questions",
    "score_service": "/scores/me",
}


def is_away(answer: httpx.Response) -> bool:
    """The gateway's own words: a problem document that asks to come back."""
    document = answer.json()
    return (answer.status_code, document["status"], answer.headers["content-type"]) == (
        503, 503, "application/problem+json"
    )  # fmt: skip


def scored(stack: Stack) -> SignedIn:
    person = stack.new_person()
    person.ok("POST", "/scores/me/calculate", {"features": FEATURES})
    return person


def test_each_service_is_missed_by_its_own_callers_only(stack: Stack) -> None:
    person = scored(stack)
    for away in READS:
        with stack.without(away):
            for service, path in READS.items():
                answer = person.client.get(path)
                assert is_away(answer) if service == away else answer.status_code == 200, (away, service, answer.text)
    report("R8", f"each of {len(READS)} services stopped: only its own callers missed it, of {len(READS) ** 2} tries")


def test_without_the_user_service_those_signed_in_go_on_and_nobody_can_sign_in(stack: Stack) -> None:
    person = scored(stack)
    with stack.without("user_service"):
        person.ok("PUT", "/preferences/me", {"theme": "dark"})
        person.ok("POST", "/scores/me/calculate", {"features": FEATURES})
        assert is_away(person.client.post("/auth/login", json={"email": person.email, "password": "x" * 12}))
    person.ok("GET", "/users/me")


def test_without_the_survey_scores_are_made_from_features_and_refused_from_the_survey(stack: Stack) -> None:
    person = scored(stack)
    with stack.without("survey_service"):
        assert person.ok("POST", "/scores/me/calculate", {"features": FEATURES})["version"] == 2
        refused = person.client.post("/scores/me/calculate")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert int(refused.headers["retry-after"]) >= 1
        assert person.ok("GET", "/scores/me")["version"] == 2
