"""Whoever has withdrawn their consent is scored no more, until they give it again."""

from collections.abc import Callable

import pytest

from tests.integration.score_service.borrower import FEATURES, Borrower
from tests.support.callers import Caller

ServiceHeaders = Callable[..., dict[str, str]]


@pytest.fixture
def profiles(service_headers: ServiceHeaders) -> dict[str, str]:
    return service_headers("profile_service", "score_service")


def tell(borrower: Borrower, headers: dict[str, str], number: int, granted: bool) -> int:
    body = {"number": number, "granted": granted}
    path = f"/internal/consents/{borrower.user_id}"
    return borrower.service.client.put(path, json=body, headers=headers).status_code


@pytest.mark.parametrize("path", ["/calculate", ""])
def test_calculate_is_refused_after_a_withdrawal_and_stores_nothing(
    borrower: Borrower, profiles: dict[str, str], path: str
) -> None:
    assert borrower.calculate()["version"] == 1
    before = borrower.stored()
    assert tell(borrower, profiles, 1, False) == 204
    refused = borrower.post(path, {"features": FEATURES})
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_required")
    assert borrower.stored() == before
    assert borrower.get().status_code == 200, "what was decided before can still be read"
    assert tell(borrower, profiles, 2, True) == 204
    assert borrower.calculate()["version"] == 2


def test_a_first_score_is_refused_too(borrower: Borrower, profiles: dict[str, str]) -> None:
    tell(borrower, profiles, 1, False)
    refused = borrower.post("/calculate", {"features": FEATURES})
    assert (refused.status_code, refused.json()["code"], borrower.stored()) == (403, "consent_required", (0, 0, 0))


def test_a_dispute_is_not_corrected_by_scoring_whoever_has_withdrawn(
    borrower: Borrower, profiles: dict[str, str], new_admin: Callable[[], Caller]
) -> None:
    borrower.calculate()
    body = {"evidence": "It was the bank's mistake.", "feature": "late30"}
    client = borrower.service.client
    opened = client.post("/disputes", json=body, headers=borrower.caller.headers).json()
    tell(borrower, profiles, 1, False)
    path = f"/scores/admin/disputes/{opened['dispute_id']}/resolve"
    resolution = {"outcome": "corrected", "resolution": "We looked into it.", "changes": {"late30": 0}}
    refused = client.post(path, json=resolution, headers=new_admin().headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_required")
    assert client.get("/disputes", headers=borrower.caller.headers).json()["items"][0]["state"] == "open"


def test_old_news_that_comes_late_or_twice_changes_nothing(borrower: Borrower, profiles: dict[str, str]) -> None:
    for number, granted in ((5, False), (4, True), (5, True)):
        assert tell(borrower, profiles, number, granted) == 204
    assert borrower.post("/calculate", {"features": FEATURES}).status_code == 403


def test_only_the_profile_service_tells_of_consents(borrower: Borrower, service_headers: ServiceHeaders) -> None:
    for stranger in ({}, borrower.caller.headers, service_headers("user_service", "score_service")):
        assert tell(borrower, stranger, 1, False) == 401
    assert borrower.calculate()["version"] == 1


@pytest.mark.parametrize(
    "body", [{"number": 0, "granted": True}, {"number": 1}, {"number": 1, "granted": True, "x": 1}]
)
def test_news_that_is_none_is_refused(borrower: Borrower, profiles: dict[str, str], body: dict[str, object]) -> None:
    path = f"/internal/consents/{borrower.user_id}"
    assert borrower.service.client.put(path, json=body, headers=profiles).status_code == 422
