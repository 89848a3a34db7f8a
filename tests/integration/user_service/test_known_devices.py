"""Known devices: guesses from elsewhere shut nobody out of them, and a sign-in from elsewhere is told of."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from tests.integration.user_service.letters import code_in, subject_of
from tests.integration.user_service.visitor import PASSWORD, Visitor
from tests.support.mail_server import MailServer
from tests.support.services import ORIGIN
from tests.support.waiting import eventually, patiently

NEW_PASSWORD = "lotus-pond-at-dawn"
NEW_DEVICE = "A new device signed in to your account"


def devices_cookie(answer: httpx.Response) -> str:
    cookies: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        cookies.load(line)
    return cookies["devices"].value


def try_from(device: str, owner: Visitor, password: str = PASSWORD) -> httpx.Response:
    """From a browser with this cookie, at an address of its own."""
    body = {"email": owner.email, "password": password}
    return Visitor(owner.service).post("/auth/login", body, headers={"Cookie": f"devices={device}", "Origin": ORIGIN})


def guess(owner: Visitor) -> int:
    guesser = Visitor(owner.service, owner.email)
    return patiently(lambda: guesser.try_password("not the password")).status_code


def told_of_new_devices(owner: Visitor) -> int:
    rows = owner.service.sql(
        "SELECT count(*) FROM mails WHERE payload->>'user_id' = %s AND kind = 'new_device'", owner.user_id
    )
    return int(rows[0][0])


def test_guesses_from_many_addresses_do_not_shut_the_owner_out(member: Visitor) -> None:
    device = member.tokens["device_token"]
    with ThreadPoolExecutor(8) as pool:
        guesses = Counter(pool.map(lambda _: guess(member), range(24)))
    assert guesses == {401: 10, 429: 14}, "ten guesses an hour are looked at, and no more"
    assert member.try_password(PASSWORD).status_code == 429, "without the cookie the owner is anybody"
    assert try_from(device, member).status_code == 200
    assert guess(member) == 429


def test_an_app_sends_its_token_along(member: Visitor) -> None:
    for _ in range(10):
        guess(member)
    body = {"email": member.email, "password": PASSWORD, "device_token": member.tokens["device_token"]}
    answer = Visitor(member.service).post("/auth/login", body)
    assert (answer.status_code, answer.json()["device_token"]) == (200, member.tokens["device_token"])


def test_a_known_device_has_a_limit_too_and_shuts_nobody_else_out(member: Visitor) -> None:
    device = member.tokens["device_token"]
    statuses = [try_from(device, member, "not the password").status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert try_from(device, member).status_code == 429
    assert member.try_password(PASSWORD).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "x" * 64, "x" * 5_000, ".....", "a.b.c.d.e.f.g"])
def test_a_token_that_is_none_opens_nothing(member: Visitor, token: str) -> None:
    for _ in range(10):
        guess(member)
    assert try_from(token, member).status_code == 429


def test_another_account_s_device_is_not_known(member: Visitor) -> None:
    attacker = Visitor(member.service).sign_up().sign_in()
    for _ in range(10):
        guess(member)
    assert try_from(attacker.tokens["device_token"], member).status_code == 429


def test_a_planted_token_does_not_become_the_victim_s(member: Visitor) -> None:
    """Else whoever planted it would share the victim's limit, and sign in without a word to the victim."""
    attacker = Visitor(member.service).sign_up().sign_in()
    planted = attacker.tokens["device_token"]
    answer = try_from(planted, member)
    assert answer.status_code == 200
    assert answer.json()["device_token"] != planted
    for _ in range(10):
        guess(member)
    assert try_from(planted, member).status_code == 429


def test_one_browser_is_known_to_all_who_use_it(member: Visitor) -> None:
    other = Visitor(member.service).sign_up().sign_in()
    first = devices_cookie(try_from("", member))
    both = devices_cookie(try_from(first, other))
    assert len(both.split(".")) == 2
    before = told_of_new_devices(member), told_of_new_devices(other)
    assert devices_cookie(try_from(both, member)).split(".") == both.split(".")[::-1]
    assert try_from(both, other).status_code == 200
    assert (told_of_new_devices(member), told_of_new_devices(other)) == before


def test_a_cookie_of_many_accounts_keeps_the_newest_five(member: Visitor) -> None:
    device = ""
    for _ in range(7):
        device = devices_cookie(try_from(device, Visitor(member.service).sign_up()))
    assert len(device.split(".")) == 5


def test_only_a_new_device_after_the_first_is_told_of(member: Visitor, mail_server: MailServer) -> None:
    assert told_of_new_devices(member) == 0
    assert try_from(member.tokens["device_token"], member).status_code == 200
    assert told_of_new_devices(member) == 0
    member.on_another_device()
    assert told_of_new_devices(member) == 1
    eventually(lambda: NEW_DEVICE in [subject_of(mail) for mail in mail_server.mails_to(member.email)])


def test_a_wrong_password_is_not_told_of(member: Visitor) -> None:
    guess(member)
    assert told_of_new_devices(member) == 0


def test_a_program_that_keeps_no_token_is_not_told_of_without_end(member: Visitor) -> None:
    for _ in range(9):
        member.sign_in()
    assert told_of_new_devices(member) == 5


def test_such_a_program_does_not_push_a_browser_out(member: Visitor) -> None:
    service = member.service
    assert try_from(member.tokens["device_token"], member).status_code == 200
    service.sql(
        "INSERT INTO devices (id, user_id, token_hash) SELECT gen_random_uuid(), %s, sha256(n::text::bytea)"
        " FROM generate_series(1, 60) n WHERE %s IS NOT NULL",
        member.user_id, member.user_id,
    )  # fmt: skip
    member.sign_in()
    [(kept,)] = service.sql("SELECT count(*) FROM devices WHERE user_id = %s", member.user_id)
    assert kept == 51
    for _ in range(10):
        guess(member)
    assert try_from(member.tokens["device_token"], member).status_code == 200


def test_a_token_is_stored_as_a_hash_only(member: Visitor) -> None:
    token = member.tokens["device_token"]
    stored = str(member.service.sql("SELECT d::text FROM devices d WHERE user_id = %s", member.user_id))
    assert member.user_id in stored
    assert token not in stored
    assert token.encode().hex() not in stored
    assert token not in member.service.log


def change_password(member: Visitor, headers: dict[str, str]) -> int:
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    return member.post("/auth/change-password", body, headers={**member.bearer, **headers}).status_code


def test_a_new_password_makes_the_other_devices_strange(member: Visitor) -> None:
    here, there = member.tokens["device_token"], member.on_another_device().tokens["device_token"]
    assert change_password(member, {"Cookie": f"devices={here}", "Origin": ORIGIN}) == 204
    for _ in range(10):
        guess(member)
    assert try_from(there, member, NEW_PASSWORD).status_code == 429
    assert try_from(here, member, NEW_PASSWORD).status_code == 200


def reset(member: Visitor, mail_server: MailServer) -> httpx.Response:
    subject = "Choose a new password"
    assert member.post("/auth/forgot-password", {"email": member.email}).status_code == 202
    eventually(lambda: subject in [subject_of(mail) for mail in mail_server.mails_to(member.email)])
    letter = next(mail for mail in mail_server.mails_to(member.email) if subject_of(mail) == subject)
    body: dict[str, Any] = {"reset_token": code_in(letter).token, "new_password": NEW_PASSWORD}
    return member.post("/auth/reset-password", body)


def test_a_recovery_lets_the_owner_in_though_the_account_was_guessed_at(
    member: Visitor, mail_server: MailServer
) -> None:
    old = member.tokens["device_token"]
    for _ in range(10):
        guess(member)
    answer = reset(member, mail_server)
    assert answer.status_code == 200
    assert member.try_password(NEW_PASSWORD).status_code == 200, "even from nowhere known"
    for _ in range(10):
        guess(member)
    device = answer.json()["device_token"]
    assert devices_cookie(answer).split(".")[0] == device
    assert try_from(device, member, NEW_PASSWORD).status_code == 200
    assert try_from(old, member, NEW_PASSWORD).status_code == 429


def test_the_language_of_mails_follows_the_owner_and_no_stranger(member: Visitor) -> None:
    def sign_in(language: str, cookie: str) -> None:
        body = {"email": member.email, "password": PASSWORD}
        headers = {"Accept-Language": language, "Cookie": f"devices={cookie}", "Origin": ORIGIN}
        assert member.post("/auth/login", body, headers=headers).status_code == 200

    def language() -> str:
        return str(member.service.sql("SELECT language FROM users WHERE id = %s", member.user_id)[0][0])

    sign_in("zh", "")
    assert language() == "en"
    sign_in("vi-VN", member.tokens["device_token"])
    assert language() == "vi"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: sign_in("zh", member.tokens["device_token"]), range(4)))
