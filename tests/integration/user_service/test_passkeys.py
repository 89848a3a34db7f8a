"""Passkeys: added by who is signed in, and good for signing in."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from tests.integration.user_service.authenticator_app import App, notices
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
from tests.integration.user_service.test_known_devices import told_of_new_devices
from tests.integration.user_service.visitor import PASSWORD, Visitor, code
from tests.support.authenticator import Authenticator, decoded, encoded
from tests.support.waiting import patiently


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
    app, authenticator = App(member), Authenticator()
    app.confirm()
    assert add(member, authenticator.create(creation_options(member, otp=app.now()))).status_code == 201
    assert code(member.try_password(PASSWORD)) == "otp_required"
    assert sign_in(stranger, authenticator).status_code == 200


def test_an_answer_is_good_once_also_when_it_is_sent_at_once(member: Visitor, stranger: Visitor) -> None:
    authenticator = new_passkey(member)
    answer = authenticator.get(request_options(stranger))
    with ThreadPoolExecutor(6) as pool:
        statuses = Counter(pool.map(lambda _: patiently(lambda: log_in(stranger, answer)).status_code, range(6)))
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
    for age, status in (("4 minutes", 200), ("301 seconds", 401)):
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
    assert told_of_new_devices(member) == 1
    used = authenticator.get(request_options(stranger))
    by_passkey = stranger.post(f"{PATH}/login", {"credential": used, "device_token": device})
    by_password = stranger.post("/auth/login", {"email": member.email, "password": PASSWORD, "device_token": device})
    assert [answer.json()["device_token"] for answer in (by_passkey, by_password)] == [device, device]
    assert told_of_new_devices(member) == 1, "and the owner is not told of it again"


def test_an_account_has_twenty_passkeys_at_most(member: Visitor) -> None:
    offers = [creation_options(member) for _ in range(22)]
    with ThreadPoolExecutor(8) as pool:
        made = [partial(add, member, Authenticator().create(each)) for each in offers]
        answers = list(pool.map(patiently, made))
    assert Counter(each.status_code for each in answers) == {201: 20, 409: 2}
    full = member.post(f"{PATH}/options", {"password": PASSWORD}, headers=member.bearer)
    assert (full.status_code, code(full)) == (409, "too_many_passkeys")


def test_an_authenticator_that_does_not_count_is_let_in_again_and_again(member: Visitor, stranger: Visitor) -> None:
    authenticator = new_passkey(member)
    for _ in range(2):
        authenticator.count = -1
        assert sign_in(stranger, authenticator).status_code == 200
