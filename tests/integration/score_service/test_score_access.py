"""Who may see and make scores: the person and administrators, by a token this service checks itself."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from service_kit.tokens import PERSON_TOKEN
from tests.integration.score_service.borrower import FEATURES, Borrower, NewBorrower
from tests.support.callers import Caller, Keys, person_claims

OPERATIONS = [
    ("GET", ""),
    ("GET", "/history"),
    ("GET", "/factors"),
    ("POST", ""),
    ("POST", "/calculate"),
    ("POST", "/simulate"),
    ("POST", "/simulate/projection"),
    ("POST", "/plan"),
]
BODIES = {"": {"features": FEATURES}, "/calculate": {"features": FEATURES}, "/plan": {"target": 700}}


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_another_persons_score_is_not_there(new_borrower: NewBorrower, method: str, path: str) -> None:
    owner, stranger = new_borrower(), new_borrower()
    owner.calculate()
    for user_id in (owner.user_id, uuid4(), "nobody", "1"):
        answer = owner.service.client.request(
            method,
            f"/scores/{user_id}{path}",
            json=BODIES.get(path, {}) if method == "POST" else None,
            headers=stranger.caller.headers,
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert owner.stored() == (1, 1, 1)


def test_an_administrator_may_see_and_make_anybodys(borrower: Borrower, new_admin: Callable[[], Caller]) -> None:
    headers = new_admin().headers
    path = f"/scores/{borrower.user_id}"
    made = borrower.service.client.post(path, json={"features": FEATURES}, headers=headers)
    assert made.json()["user_id"] == str(borrower.user_id)
    assert borrower.service.client.get(path, headers=headers).json()["version"] == 1


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_only_a_whole_current_token_of_ours_opens_anything(
    borrower: Borrower, keys: Keys, service_headers: Callable[..., dict[str, str]], method: str, path: str
) -> None:
    def signed(key: str = "people", token_type: str = PERSON_TOKEN, **changes: object) -> dict[str, str]:
        claims = person_claims(borrower.user_id, **changes)
        return {"Authorization": f"Bearer {keys.signing_key(key).sign(claims, token_type)}"}

    refused = [
        {},
        {"Authorization": "Bearer not.a.token"},
        {"X-User-Id": str(borrower.user_id)},
        signed("stranger"),
        signed(exp=1),
        signed(aud="another-api"),
        signed(iss="another-issuer"),
        signed(token_type="svc+jwt"),
        service_headers("survey_service", "score_service"),
    ]
    for headers in refused:
        answer = borrower.service.client.request(
            method,
            f"/scores/{borrower.user_id}{path}",
            json=BODIES.get(path, {}) if method == "POST" else None,
            headers=headers,
        )
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert borrower.stored() == (0, 0, 0)
