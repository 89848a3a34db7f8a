"""`POST /auth/logout` ends the session it is told of, by whatever names it."""

from typing import Any
from uuid import UUID

from service_kit.tokens import PERSON_TOKEN
from tests.integration.user_service.visitor import Visitor
from tests.support.callers import Keys, person_claims


def test_a_bearer_names_the_session(member: Visitor) -> None:
    phone = member.on_another_device()
    assert member.post("/auth/logout", headers=member.bearer).status_code == 204
    assert member.refresh().status_code == 401
    assert member.post("/auth/verify-token", headers=member.bearer).status_code == 401
    assert phone.refresh().status_code == 200


def test_a_refresh_token_names_it_when_the_access_token_has_expired(member: Visitor, keys: Keys) -> None:
    expired = keys.signing_key().sign(person_claims(UUID(member.user_id), exp=1), PERSON_TOKEN)
    headers = {"Authorization": f"Bearer {expired}"}
    body = {"refresh_token": member.tokens["refresh_token"]}
    assert member.post("/auth/logout", body, headers=headers).status_code == 204
    assert member.refresh().status_code == 401


def test_a_spent_refresh_token_names_it_too(member: Visitor) -> None:
    child = member.refresh().json()["refresh_token"]
    assert member.post("/auth/logout", {"refresh_token": member.tokens["refresh_token"]}).status_code == 204
    assert member.refresh(child).status_code == 401


def test_an_unknown_refresh_token_does_not_hide_a_good_bearer(member: Visitor) -> None:
    assert member.post("/auth/logout", {"refresh_token": "unknown"}, headers=member.bearer).status_code == 204
    assert member.refresh().status_code == 401


def test_signing_out_again_or_without_any_name_is_no_error(member: Visitor) -> None:
    bodies: list[Any] = [None, {}, {"refresh_token": "unknown"}, {"refresh_token": member.tokens["refresh_token"]}]
    for body in bodies * 2:
        answer = member.post("/auth/logout", body)
        assert (answer.status_code, answer.content) == (204, b"")
        assert "set-cookie" not in answer.headers


def test_a_forged_bearer_ends_nobodys_session(member: Visitor, keys: Keys) -> None:
    sid = member.service.sql("SELECT id::text FROM sessions WHERE user_id = %s", member.user_id)[0][0]
    forged = keys.signing_key("stranger").sign(person_claims(UUID(member.user_id), sid=sid), PERSON_TOKEN)
    assert member.post("/auth/logout", headers={"Authorization": f"Bearer {forged}"}).status_code == 204
    assert member.refresh().status_code == 200
