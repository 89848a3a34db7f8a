"""`POST /auth/signup`."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.user_service.visitor import PASSWORD, Visitor, code
from tests.support.services import RunningService
from tests.support.waiting import patiently


def accounts(service: RunningService, email: str) -> int:
    return int(service.sql("SELECT count(*) FROM users WHERE email = %s", email.lower())[0][0])


def test_an_account_is_made_in_lower_case_and_without_its_password(visitor: Visitor) -> None:
    answer = visitor.post("/auth/signup", {"email": visitor.email.upper(), "password": PASSWORD, "username": " An "})
    assert answer.status_code == 201
    user = answer.json()
    assert set(user) == {"id", "email", "username", "is_admin", "disabled", "email_verified", "created_at"}
    assert (user["email"], user["username"]) == (visitor.email, "An")
    assert (user["is_admin"], user["disabled"], user["email_verified"]) == (False, False, False)
    stored = visitor.service.sql("SELECT password_hash FROM users WHERE id = %s", user["id"])[0][0]
    assert stored.startswith("$argon2id$v=19$m=1024,t=1,p=1$")


def test_a_taken_email_is_a_conflict_in_any_case(visitor: Visitor) -> None:
    visitor.sign_up()
    answer = visitor.post("/auth/signup", {"email": visitor.email.title(), "password": PASSWORD})
    assert (answer.status_code, code(answer)) == (409, "email_taken")
    assert accounts(visitor.service, visitor.email) == 1


def test_the_same_email_sent_many_times_at_once_makes_one_account(visitor: Visitor) -> None:
    body = {"email": visitor.email, "password": PASSWORD}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: patiently(lambda: visitor.post("/auth/signup", body)), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]
    assert accounts(visitor.service, visitor.email) == 1


def test_two_people_may_be_called_the_same(visitor: Visitor) -> None:
    visitor.sign_up(username="An")
    Visitor(visitor.service).sign_up(username="An")


@pytest.mark.parametrize(
    ("pointer", "change"),
    [
        ("/email", {"email": "not-an-address"}),
        ("/email", {"email": None}),
        ("/email", {"email": f"{'a' * 300}@example.com"}),
        ("/password", {"password": "short-one"}),
        ("/password", {"password": "x1" * 65}),
        ("/password", {"password": "Password123"}),
        ("/password", {"password": "zzzzzzzzzzzz"}),
        ("/password", {"password": "nul\x00in-the-middle"}),
        ("/username", {"username": "   "}),
        ("/username", {"username": "x" * 51}),
        ("/is_admin", {"is_admin": True}),
        ("/disabled", {"disabled": False}),
        ("/id", {"id": "01a21486-5bb3-7031-93d8-e83d6c435163"}),
    ],
)
def test_a_bad_sign_up_is_named_and_makes_no_account(visitor: Visitor, pointer: str, change: dict[str, Any]) -> None:
    answer = visitor.post("/auth/signup", {"email": visitor.email, "password": PASSWORD, **change})
    assert (answer.status_code, code(answer)) == (422, "malformed_request")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert str(change.get("password")) not in answer.text
    assert accounts(visitor.service, visitor.email) == 0


def test_ones_own_address_is_no_password(visitor: Visitor) -> None:
    answer = visitor.post("/auth/signup", {"email": visitor.email, "password": visitor.email.upper()})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/password"


def test_the_longest_password_and_one_of_spaces_and_signs_work(user_service: RunningService) -> None:
    for password in ("ab" * 64, "đường về nhà 🏠"):
        Visitor(user_service, password=password).sign_up().sign_in()


def test_a_password_typed_on_another_keyboard_is_the_same_password(user_service: RunningService) -> None:
    composed = "đường về nhà tôi"
    decomposed = unicodedata.normalize("NFD", composed)
    assert decomposed != composed
    member = Visitor(user_service, password=composed).sign_up()
    assert member.try_password(decomposed).status_code == 200
