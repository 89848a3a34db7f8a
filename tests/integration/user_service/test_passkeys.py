"""Passkeys: added by who is signed in, good for signing in, and worth nothing in other hands."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.integration.user_service.test_totp import App, notices
from tests.integration.user_service.visitor import PASSWORD, Visitor, code
from tests.support.authenticator import PRESENT, VERIFIED, Authenticator, decoded, encoded
from tests.support.services import RunningService

PATH = "/auth/passkeys"
NewMember = Callable[[], Visitor]


def creation_options(member: Visitor) -> dict[str, Any]:
    answer = member.post(f"{PATH}/options", {"password": PASSWORD}, headers=member.bearer)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def add(member: Visitor, credential: dict[str, Any], **more: Any) -> httpx.Response:
    return member.post(PATH, {"credential": credential, **more}, headers=member.bearer)


def new_passkey(member: Visitor, **attributes: Any) -> Authenticator:
    authenticator = Authenticator(**attributes)
    answer = add(member, authenticator.create(creation_options(member)))
    assert answer.status_code == 201, answer.text
    return authenticator


def request_options(visitor: Visitor) -> dict[str, Any]:
    answer = visitor.post(f"{PATH}/login/options")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def log_in(visitor: Visitor, credential: dict[str, Any]) -> httpx.Response:
    return visitor.post(f"{PATH}/login", {"credential": credential})


def sign_in(visitor: Visitor, authenticator: Authenticator) -> httpx.Response:
    return log_in(visitor, authenticator.get(request_options(visitor)))


def is_refused(answer: httpx.Response) -> bool:
    return (answer.status_code, code(answer)) == (401, "invalid_passkey") and "set-cookie" not in answer.headers


@pytest.fixture
def stranger(user_service: RunningService) -> Visitor:
    """A browser that nobody is signed in on."""
    return Visitor(user_service)


def test_a_passkey_signs_its_owner_in_as_a_password_does(member: Visitor, stranger: Visitor) -> None:
    authenticator = new_passkey(member)
    answer = sign_in(stranger, authenticator)
    assert answer.status_code == 200, answer.text
    signed_in = answer.json()
    assert signed_in["user"]["id"] == member.user_id
    assert set(signed_in) == set(member.tokens)
    cookies = {each.partition("=")[0] for each in answer.headers.get_list("set-cookie")}
    assert cookies == {"access_token", "refresh_token", "devices"}
    stranger.tokens = signed_in
    assert stranger.call("GET", "/users/me", headers=stranger.bearer).json()["email"] == member.email
    assert stranger.refresh().status_code == 200
    assert sign_in(stranger, authenticator).status_code == 200
    told = member.service.sql(
        "SELECT event, details FROM audit_events WHERE user_id = %s ORDER BY id OFFSET 2", member.user_id
    )
    assert told == [("passkey_added", {}), *[("signed_in", {"by": ["passkey"]})] * 2]


def test_the_options_are_what_a_browser_needs(member: Visitor, stranger: Visitor) -> None:
    made = creation_options(member)
    assert made["rp"] == {"id": "localhost", "name": "Credit Score"}
    assert (made["user"]["name"], len(decoded(made["user"]["id"]))) == (member.email, 16)
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert {each["alg"] for each in made["pubKeyCredParams"]} == {-7, -8, -257}
    assert len(decoded(made["challenge"])) == 32
    assert made["timeout"] == 300_000
    asked = request_options(stranger)
    assert (asked["rpId"], asked["userVerification"]) == ("localhost", "required")
    # Nobody is named, so nothing is told of who has an account or a passkey.
    assert not asked.get("allowCredentials")


def test_a_passkey_is_not_made_twice_on_one_authenticator(member: Visitor) -> None:
    authenticator = new_passkey(member)
    excluded = [each["id"] for each in creation_options(member)["excludeCredentials"]]
    assert excluded == [encoded(authenticator.credential_id)]


def test_an_authenticator_app_is_not_asked_for_beside_a_passkey(member: Visitor, stranger: Visitor) -> None:
    App(member).confirm()
    authenticator = new_passkey(member)
    assert code(member.try_password(PASSWORD)) == "otp_required"
    assert sign_in(stranger, authenticator).status_code == 200


def test_an_answer_is_good_once_also_when_it_is_sent_at_once(member: Visitor, stranger: Visitor) -> None:
    authenticator = new_passkey(member)
    answer = authenticator.get(request_options(stranger))
    with ThreadPoolExecutor(6) as pool:
        statuses = Counter(each.status_code for each in pool.map(lambda _: log_in(stranger, answer), range(6)))
    assert statuses == {200: 1, 401: 5}
    assert is_refused(log_in(stranger, answer))


def test_a_challenge_is_used_up_by_a_wrong_answer_too(member: Visitor, stranger: Visitor) -> None:
    authenticator = new_passkey(member)
    options = request_options(stranger)
    assert is_refused(log_in(stranger, replace(authenticator, origin="http://evil.example").get(options)))
    assert is_refused(log_in(stranger, authenticator.get(options)))
    assert sign_in(stranger, authenticator).status_code == 200


def test_a_challenge_is_good_for_five_minutes(member: Visitor, stranger: Visitor) -> None:
    authenticator = new_passkey(member)
    for age, status in (("299 seconds", 200), ("301 seconds", 401)):
        answer = authenticator.get(request_options(stranger))
        stranger.service.sql("UPDATE challenges SET created_at = created_at - %s::interval", age)
        assert log_in(stranger, answer).status_code == status


def test_a_challenge_nobody_gave_is_none(member: Visitor, stranger: Visitor) -> None:
    authenticator = new_passkey(member)
    assert is_refused(log_in(stranger, authenticator.get({"challenge": encoded(b"x" * 32)})))
    # One for adding is none for signing in, and the other way round.
    assert is_refused(log_in(stranger, authenticator.get(creation_options(member))))
    for_signing_in = {**creation_options(member), "challenge": request_options(stranger)["challenge"]}
    assert code(add(member, Authenticator().create(for_signing_in))) == "passkey_refused"


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


def test_an_account_has_twenty_passkeys_at_most(member: Visitor) -> None:
    offers = [creation_options(member) for _ in range(22)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda each: add(member, Authenticator().create(each)), offers))
    assert Counter(each.status_code for each in answers) == {201: 20, 409: 2}
    full = member.post(f"{PATH}/options", {"password": PASSWORD}, headers=member.bearer)
    assert (full.status_code, code(full)) == (409, "too_many_passkeys")


def test_passkeys_are_listed_and_removed(member: Visitor, new_member: NewMember, stranger: Visitor) -> None:
    authenticator = new_passkey(member)
    second = Authenticator()
    named = add(member, second.create(creation_options(member)), name=" My telephone ")
    assert named.json()["name"] == "My telephone"
    sign_in(stranger, authenticator)
    listed = member.call("GET", PATH, headers=member.bearer).json()
    assert [each["name"] for each in listed["items"]] == ["My telephone", None]
    assert [each["last_used_at"] is None for each in listed["items"]] == [True, False]
    assert set(listed["items"][0]) == {"id", "name", "created_at", "last_used_at"}
    page = member.call("GET", PATH, params={"limit": 1}, headers=member.bearer).json()
    rest = member.call("GET", PATH, params={"cursor": page["next"]}, headers=member.bearer).json()
    assert page["items"] + rest["items"] == listed["items"]

    path, other = f"{PATH}/{listed['items'][1]['id']}", new_member()
    assert other.call("GET", PATH, headers=other.bearer).json()["items"] == []
    foreign = other.call("DELETE", path, headers=other.bearer)
    assert (foreign.status_code, code(foreign)) == (404, "passkey_not_found")
    assert member.call("DELETE", path).status_code == 401
    assert member.call("DELETE", path, headers=member.bearer).status_code == 204
    assert member.call("DELETE", path, headers=member.bearer).status_code == 404
    assert member.call("DELETE", f"{PATH}/no-id", headers=member.bearer).status_code == 404
    assert is_refused(sign_in(stranger, authenticator))
    assert sign_in(stranger, second).status_code == 200


def test_the_owner_is_told_of_a_passkey_that_is_added_or_removed(member: Visitor) -> None:
    refused = add(member, Authenticator(origin="http://evil.example").create(creation_options(member)))
    assert (refused.status_code, notices(member)) == (403, [])
    new_passkey(member)
    assert notices(member) == ["second_factor_changed"]
    [passkey] = member.call("GET", PATH, headers=member.bearer).json()["items"]
    assert member.call("DELETE", f"{PATH}/{passkey['id']}", headers=member.bearer).status_code == 204
    assert notices(member) == ["second_factor_changed"] * 2


def test_a_device_that_signed_in_by_passkey_is_known_the_next_time(member: Visitor, stranger: Visitor) -> None:
    authenticator = new_passkey(member)
    device = sign_in(stranger, authenticator).json()["device_token"]
    used = authenticator.get(request_options(stranger))
    again = stranger.post(f"{PATH}/login", {"credential": used, "device_token": device})
    assert again.json()["device_token"] == device


def test_a_disabled_account_is_shut_out_and_a_deleted_one_is_gone(member: Visitor, stranger: Visitor) -> None:
    authenticator, service = new_passkey(member), member.service
    service.sql("UPDATE users SET disabled = true WHERE id = %s", member.user_id)
    assert is_refused(sign_in(stranger, authenticator))
    service.sql("UPDATE users SET disabled = false WHERE id = %s", member.user_id)
    assert sign_in(stranger, authenticator).status_code == 200
    service.sql("DELETE FROM users WHERE id = %s", member.user_id)
    assert is_refused(sign_in(stranger, authenticator))


def test_an_authenticator_that_does_not_count_is_let_in_again_and_again(member: Visitor, stranger: Visitor) -> None:
    authenticator = new_passkey(member)
    for _ in range(2):
        authenticator.count = -1
        assert sign_in(stranger, authenticator).status_code == 200


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
