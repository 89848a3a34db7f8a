"""What is wrong with a passkey's answer is refused, and nothing is told of why."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.integration.user_service.authenticator_app import App
from tests.integration.user_service.passkey_page import (
    PATH,
    NewMember,
    add,
    creation_options,
    is_refused,
    log_in,
    new_passkey,
    request_options,
    sign_in,
)
from tests.integration.user_service.visitor import PASSWORD, Visitor, code
from tests.support.authenticator import PRESENT, VERIFIED, Authenticator, encoded

# What is wrong with the answer of an authenticator that holds a good passkey.
WRONG: dict[str, dict[str, Any]] = {
    "another page": {"origin": "http://evil.example"},
    "another page, alike": {"origin": "http://localhost:3000.evil.example"},
    "another port": {"origin": "http://localhost:3001"},
    "another system": {"rp_id": "evil.example"},
    "nobody there": {"flags": VERIFIED},
    "nobody verified": {"flags": PRESENT},
    "another key": {"key": ec.generate_private_key(ec.SECP256R1())},
    "an unknown passkey": {"credential_id": b"\x07" * 32},
    "another user's handle": {"user_handle": b"\x07" * 16},
    "a count that went back": {"count": 3},
    "a count that stands still": {"count": 4},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_answer_signs_nobody_in_and_says_no_more_than_any_other(
    member: Visitor, stranger: Visitor, wrong: str
) -> None:
    authenticator = new_passkey(member)
    authenticator.count = 4
    assert sign_in(stranger, authenticator).status_code == 200
    refused = sign_in(stranger, replace(authenticator, **WRONG[wrong]))
    nonsense = sign_in(stranger, Authenticator(user_handle=b"x" * 16))
    assert is_refused(refused)
    assert {**refused.json(), "request_id": ""} == {**nonsense.json(), "request_id": ""}
    assert sign_in(stranger, authenticator).status_code == 200


def test_refused_uses_of_a_known_passkey_are_recorded(member: Visitor, stranger: Visitor) -> None:
    authenticator = new_passkey(member)
    sign_in(stranger, replace(authenticator, **WRONG["another key"]))
    found = "SELECT count(*) FROM audit_events WHERE user_id = %s AND event = 'passkey_refused'"
    assert member.service.sql(found, member.user_id) == [(1,)]


def test_one_who_claims_somebody_else_s_passkey_is_refused(new_member: NewMember, stranger: Visitor) -> None:
    victim, thief = new_member(), new_member()
    theirs, own = new_passkey(victim), new_passkey(thief)
    # The thief's key and account under the victim's credential id, and the victim's account under the thief's.
    assert is_refused(sign_in(stranger, replace(own, credential_id=theirs.credential_id)))
    assert is_refused(sign_in(stranger, replace(own, user_handle=theirs.user_handle)))
    assert sign_in(stranger, theirs).json()["user"]["id"] == victim.user_id


def test_somebody_else_s_credential_id_cannot_be_added_and_its_owner_is_not_told_of(new_member: NewMember) -> None:
    victim, thief = new_member(), new_member()
    theirs = new_passkey(victim)
    copied = add(thief, Authenticator(credential_id=theirs.credential_id).create(creation_options(thief)))
    wrong = add(thief, Authenticator(origin="http://evil.example").create(creation_options(thief)))
    assert (copied.status_code, code(copied)) == (403, "passkey_refused")
    assert {**copied.json(), "request_id": ""} == {**wrong.json(), "request_id": ""}
    assert thief.call("GET", PATH, headers=thief.bearer).json()["items"] == []


@pytest.mark.parametrize("wrong", ["another page", "another system", "nobody there", "nobody verified"])
def test_a_passkey_made_elsewhere_is_not_added(member: Visitor, wrong: str) -> None:
    answer = add(member, Authenticator(**WRONG[wrong]).create(creation_options(member)))
    assert (answer.status_code, code(answer)) == (403, "passkey_refused")


def test_a_challenge_given_to_one_adds_nothing_for_another(new_member: NewMember) -> None:
    one, another = new_member(), new_member()
    made = Authenticator().create(creation_options(one))
    assert code(add(another, made)) == "passkey_refused"
    assert add(one, made).status_code == 201
    again = add(one, made)
    assert (again.status_code, code(again)) == (403, "passkey_refused")


def test_a_passkey_is_added_by_who_knows_the_password_only(member: Visitor) -> None:
    assert member.post(f"{PATH}/options", {"password": PASSWORD}).status_code == 401
    wrong = member.post(f"{PATH}/options", {"password": "not the password"}, headers=member.bearer)
    assert (wrong.status_code, code(wrong)) == (403, "wrong_password")
    assert member.post(PATH, {"credential": Authenticator().create(creation_options(member))}).status_code == 401


def test_past_an_authenticator_app_a_passkey_is_added_with_a_code_only(member: Visitor) -> None:
    app, before = App(member), member.service.sql("SELECT count(*) FROM challenges")
    app.confirm()
    without = member.post(f"{PATH}/options", {"password": PASSWORD}, headers=member.bearer)
    assert (without.status_code, without.json()["errors"][0]["pointer"]) == (422, "/otp")
    wrong = member.post(f"{PATH}/options", {"password": PASSWORD, "otp": app.wrong()}, headers=member.bearer)
    assert (wrong.status_code, code(wrong)) == (403, "wrong_otp")
    assert member.service.sql("SELECT count(*) FROM challenges") == before
    good = app.now()
    assert creation_options(member, otp=good)["challenge"]
    spent = member.post(f"{PATH}/options", {"password": PASSWORD, "otp": good}, headers=member.bearer)
    assert code(spent) == "wrong_otp"


def test_a_disabled_account_is_shut_out_and_a_deleted_one_is_gone(member: Visitor, stranger: Visitor) -> None:
    authenticator, service = new_passkey(member), member.service
    service.sql("UPDATE users SET disabled = true WHERE id = %s", member.user_id)
    assert is_refused(sign_in(stranger, authenticator))
    service.sql("UPDATE users SET disabled = false WHERE id = %s", member.user_id)
    assert sign_in(stranger, authenticator).status_code == 200
    service.sql("DELETE FROM users WHERE id = %s", member.user_id)
    assert is_refused(sign_in(stranger, authenticator))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": None}, "/credential/id"),
        ({"rawId": "no base64url!"}, "/credential/rawId"),
        ({"type": "password"}, "/credential/type"),
        ({"response": {}}, "/credential/response/clientDataJSON"),
        ({"response": None}, "/credential/response"),
    ],
)
def test_a_malformed_answer_names_the_field(stranger: Visitor, change: dict[str, Any], pointer: str) -> None:
    good = Authenticator(user_handle=b"x" * 16).get(request_options(stranger))
    answer = log_in(stranger, {**good, **change})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


NUMBERS = encoded(b'{"type": 1, "challenge": 2, "origin": 3}')
NONSENSE = ["A", "AA", "AAA", "_", encoded(b"{}"), encoded(b"null"), NUMBERS, encoded(b"\xa1\x63fmt\x64none"),
            encoded(b"\x9f" * 5_000), encoded(b"\xff" * 37), "A" * 20_000]  # fmt: skip


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
def test_nonsense_in_any_part_of_a_use_is_refused(member: Visitor, stranger: Visitor, part: str) -> None:
    authenticator = new_passkey(member)
    for nonsense in NONSENSE:
        used = authenticator.get(request_options(stranger))
        used["response"][part] = nonsense
        assert is_refused(log_in(stranger, used)), nonsense[:50]
    for name in ("id", "rawId"):
        used = authenticator.get(request_options(stranger))
        assert is_refused(log_in(stranger, {**used, name: "A"}))


@pytest.mark.parametrize("part", ["clientDataJSON", "attestationObject"])
def test_nonsense_in_any_part_of_a_new_passkey_is_refused(member: Visitor, part: str) -> None:
    for nonsense in NONSENSE:
        made = Authenticator().create(creation_options(member))
        made["response"][part] = nonsense
        answer = add(member, made)
        assert (answer.status_code, code(answer)) == (403, "passkey_refused"), nonsense[:50]
