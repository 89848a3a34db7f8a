"""`/users/me` and changing the password."""

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from service_kit.tokens import PERSON_TOKEN
from tests.integration.user_service.visitor import PASSWORD, Visitor, code, new_email
from tests.support.callers import Keys, person_claims

NEW_PASSWORD = "bamboo-boat-at-dawn"


def me(member: Visitor) -> dict[str, Any]:
    answer = member.call("GET", "/users/me", headers=member.bearer)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def change(member: Visitor, body: dict[str, Any], method: str = "PATCH") -> Any:
    return member.call(method, "/users/me", json=body, headers=member.bearer)


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_username_is_changed_and_cleared(member: Visitor, method: str) -> None:
    assert change(member, {"username": "An"}, method).json()["username"] == "An"
    assert change(member, {}, method).json()["username"] == "An"
    assert change(member, {"email": member.email}, method).json()["username"] == "An"
    assert change(member, {"username": None}, method).json()["username"] is None
    assert me(member)["username"] is None


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_new_email_needs_the_password_and_is_not_verified(member: Visitor, method: str) -> None:
    member.service.sql("UPDATE users SET email_verified = true WHERE id = %s RETURNING 1", member.user_id)
    email = new_email()
    without = change(member, {"email": email}, method)
    assert (without.status_code, without.json()["errors"][0]["pointer"]) == (422, "/password")
    wrong = change(member, {"email": email, "password": "not the password"}, method)
    assert (wrong.status_code, code(wrong)) == (403, "wrong_password")
    assert me(member)["email"] == member.email
    assert me(member)["email_verified"] is True
    changed = change(member, {"email": email.upper(), "password": PASSWORD}, method)
    assert (changed.status_code, changed.json()["email"]) == (200, email)
    assert me(member)["email_verified"] is False
    assert member.try_password(PASSWORD).status_code == 401
    assert Visitor(member.service, email).sign_in().tokens["user"]["id"] == member.user_id


def test_an_email_that_is_somebody_elses_is_refused(member: Visitor) -> None:
    other = Visitor(member.service).sign_up()
    answer = change(member, {"email": other.email, "password": PASSWORD, "username": "An"})
    assert (answer.status_code, code(answer)) == (409, "email_taken")
    assert (me(member)["email"], me(member)["username"]) == (member.email, None)


@pytest.mark.parametrize(
    ("pointer", "body"),
    [
        ("/email", {"email": "nobody"}),
        ("/username", {"username": ""}),
        ("/username", {"username": "a\x00b"}),
        ("/is_admin", {"is_admin": True}),
        ("/email_verified", {"email_verified": True}),
    ],
)
def test_a_bad_change_is_named_and_nothing_changes(member: Visitor, pointer: str, body: dict[str, Any]) -> None:
    before = me(member)
    answer = change(member, {"username": "Changed", **body})
    assert (answer.status_code, code(answer)) == (422, "malformed_request")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert me(member) == before


def test_a_token_of_nobody_or_of_a_disabled_person_is_no_identity(member: Visitor, keys: Keys) -> None:
    nobody = keys.signing_key().sign(person_claims(uuid7()), PERSON_TOKEN)
    answer = member.call("GET", "/users/me", headers={"Authorization": f"Bearer {nobody}"})
    assert (answer.status_code, code(answer)) == (401, "unauthenticated")
    member.service.sql("UPDATE users SET disabled = true WHERE id = %s RETURNING 1", member.user_id)
    assert member.call("GET", "/users/me", headers=member.bearer).status_code == 401
    assert change(member, {"username": "An"}).status_code == 401


def test_nobody_reads_an_account_without_a_token_or_by_a_header(member: Visitor) -> None:
    assert member.call("GET", "/users/me").status_code == 401
    assert member.call("GET", "/users/me", headers={"X-User-Id": member.user_id}).status_code == 401


@pytest.mark.parametrize(("old", "new"), [("old_password", "new_password"), ("oldPassword", "newPassword")])
def test_a_new_password_ends_the_other_sessions_only(member: Visitor, old: str, new: str) -> None:
    phone = member.on_another_device()
    body = {old: PASSWORD, new: NEW_PASSWORD}
    assert member.post("/auth/change-password", body, headers=member.bearer).status_code == 204
    assert phone.refresh().status_code == 401
    assert member.refresh().status_code == 200
    assert member.try_password(PASSWORD).status_code == 401
    assert member.try_password(NEW_PASSWORD).status_code == 200


@pytest.mark.parametrize(
    ("pointer", "body"),
    [
        ("/new_password", {"old_password": PASSWORD, "new_password": "short"}),
        ("/new_password", {"old_password": PASSWORD, "new_password": "password123"}),
        ("/new_password", {"old_password": PASSWORD}),
        ("/old_password", {"new_password": NEW_PASSWORD}),
        ("/user_id", {"old_password": PASSWORD, "new_password": NEW_PASSWORD, "user_id": "x"}),
    ],
)
def test_a_bad_new_password_changes_nothing(member: Visitor, pointer: str, body: dict[str, Any]) -> None:
    phone = member.on_another_device()
    answer = member.post("/auth/change-password", body, headers=member.bearer)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert phone.refresh().status_code == 200
    assert member.try_password(PASSWORD).status_code == 200


def test_the_current_password_must_be_right(member: Visitor) -> None:
    body = {"old_password": "not the password", "new_password": NEW_PASSWORD}
    answer = member.post("/auth/change-password", body, headers=member.bearer)
    assert (answer.status_code, code(answer)) == (403, "wrong_password")
    assert member.try_password(PASSWORD).status_code == 200
