"""`POST /auth/forgot-password` and `/auth/reset-password`: getting in again by a code that came by mail."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest

from tests.integration.user_service.letters import CodeMail, code_in, subject_of
from tests.integration.user_service.visitor import PASSWORD, Visitor, code, new_email
from tests.support.mail_server import Mail, MailServer
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually, patiently

NEW_PASSWORD = "lotus-pond-at-dawn"
RECOVERY = {"en": "Choose a new password", "vi": "Đặt mật khẩu mới", "zh": "设置新密码"}
WINDOW_OVER = "UPDATE failed_attempts SET failed_at = ARRAY(SELECT t - interval '1 hour' FROM unnest(failed_at) t)"


def ask(visitor: Visitor, email: str | None = None) -> httpx.Response:
    return visitor.post("/auth/forgot-password", {"email": email or visitor.email})


def letters(server: MailServer, visitor: Visitor, count: int = 1) -> list[Mail]:
    """The mails of recovery a visitor got, as soon as there are so many; mails of other kinds are left out."""
    eventually(lambda: len(_letters(server, visitor)) >= count)
    return _letters(server, visitor)


def _letters(server: MailServer, visitor: Visitor) -> list[Mail]:
    return [mail for mail in server.mails_to(visitor.email) if subject_of(mail) in RECOVERY.values()]


def asked(server: MailServer, visitor: Visitor) -> CodeMail:
    """Ask for a code and read it."""
    before = len(_letters(server, visitor))
    assert ask(visitor).status_code == 202
    return code_in(letters(server, visitor, before + 1)[-1])


def reset(visitor: Visitor, token: str, password: str = NEW_PASSWORD, **more: Any) -> httpx.Response:
    return visitor.post("/auth/reset-password", {"reset_token": token, "new_password": password, **more})


def wait_until_sent(service: RunningService) -> None:
    eventually(lambda: service.sql("SELECT count(*) FROM mails WHERE delivered_at IS NULL")[0][0] == 0)


def test_a_code_sets_a_new_password_and_ends_every_session(member: Visitor, mail_server: MailServer) -> None:
    phone = member.on_another_device()
    assert reset(member, asked(mail_server, member).token).status_code == 200
    assert (phone.refresh().status_code, member.refresh().status_code) == (401, 401)
    assert member.try_password(PASSWORD).status_code == 401
    assert member.try_password(NEW_PASSWORD).status_code == 200


def test_whoever_asks_is_answered_the_same_and_only_accounts_get_mail(
    user_service: RunningService, mail_server: MailServer
) -> None:
    known, unknown, disabled = (Visitor(user_service) for _ in range(3))
    known.sign_up()
    disabled.sign_up()
    wait_until_sent(user_service)
    user_service.sql("UPDATE users SET disabled = true WHERE id = %s", disabled.user_id)
    notes, answers = [], []
    for somebody in (known, unknown, disabled):
        answers.append(ask(somebody))
        [(noted,)] = user_service.sql("SELECT count(*) FROM mails WHERE kind = 'recovery'")
        notes.append(noted)
    assert [(answer.status_code, answer.json()) for answer in answers] == [(202, {})] * 3
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1
    assert [notes[1] - notes[0], notes[2] - notes[1]] == [1, 1], "the same is written for each of them"
    letters(mail_server, known)
    wait_until_sent(user_service)
    assert [_letters(mail_server, unknown), _letters(mail_server, disabled)] == [[], []]


@pytest.mark.parametrize(("spoken", "language"), [("vi-VN, vi;q=0.9, en;q=0.1", "vi"), ("zh-CN", "zh"), ("fr", "en")])
def test_the_mail_is_in_the_language_of_the_account(
    visitor: Visitor, mail_server: MailServer, spoken: str, language: str
) -> None:
    body = {"email": visitor.email, "password": PASSWORD}
    assert visitor.post("/auth/signup", body, headers={"Accept-Language": spoken}).status_code == 201
    other = "zh" if language == "vi" else "vi"
    ask_in_other = visitor.post("/auth/forgot-password", {"email": visitor.email}, headers={"Accept-Language": other})
    assert ask_in_other.status_code == 202
    [letter] = letters(mail_server, visitor)
    assert subject_of(letter) == RECOVERY[language]


def test_a_code_works_once(member: Visitor, mail_server: MailServer) -> None:
    token = asked(mail_server, member).token
    assert reset(member, token).status_code == 200
    again = reset(member, token, "another-good-lantern")
    assert (again.status_code, code(again)) == (400, "invalid_code")
    assert member.try_password(NEW_PASSWORD).status_code == 200


def test_of_many_resets_with_one_code_one_wins(member: Visitor, mail_server: MailServer) -> None:
    token = asked(mail_server, member).token
    passwords = [f"lantern-number-{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda password: patiently(lambda: reset(member, token, password)), passwords))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 7}
    winner = next(each for each, answer in zip(passwords, answers, strict=True) if answer.status_code == 200)
    assert member.try_password(winner).status_code == 200


def test_a_reset_voids_the_other_codes_of_the_account(member: Visitor, mail_server: MailServer) -> None:
    first, second = asked(mail_server, member), asked(mail_server, member)
    assert reset(member, second.token).status_code == 200
    assert reset(member, first.token).status_code == 400


def test_a_code_is_too_old_after_ten_minutes(member: Visitor, mail_server: MailServer) -> None:
    token = asked(mail_server, member).token
    age = "UPDATE one_time_codes SET expires_at = expires_at - interval '{}' WHERE user_id = %s"
    member.service.sql(age.format("9 minutes 50 seconds"), member.user_id)
    assert reset(member, token, "short").status_code == 422, "the code itself would still do"
    member.service.sql(age.format("11 seconds"), member.user_id)
    assert reset(member, token).status_code == 400
    assert member.try_password(PASSWORD).status_code == 200


def test_neither_form_of_a_code_is_stored(member: Visitor, mail_server: MailServer) -> None:
    found = asked(mail_server, member)
    stored = str(
        member.service.sql("SELECT t::text FROM one_time_codes t") + member.service.sql("SELECT t::text FROM mails t")
    )
    assert [form for form in (found.token, found.token.encode().hex(), found.short_code) if form in stored] == []
    assert [form for form in (found.token, found.short_code, member.email) if form in member.service.log] == []


@pytest.mark.parametrize("spelling", ["{}", "{} ", "{:.4}-{:.4}"])
def test_the_short_form_needs_the_email(member: Visitor, mail_server: MailServer, spelling: str) -> None:
    digits = asked(mail_server, member).short_code
    typed = f"{digits[:4]} {digits[4:]}" if ":" in spelling else spelling.format(digits)
    without = reset(member, typed)
    assert (without.status_code, without.json()["errors"][0]["pointer"]) == (422, "/email")
    assert reset(member, typed, email=new_email()).status_code == 400
    assert reset(member, typed, email=member.email.upper()).status_code == 200
    assert member.try_password(NEW_PASSWORD).status_code == 200


def wrong(digits: str, number: int) -> str:
    return f"{(int(digits) + 1 + number) % 10**8:08}"


def test_the_short_form_has_five_tries_and_the_link_goes_on(member: Visitor, mail_server: MailServer) -> None:
    found = asked(mail_server, member)
    for number in range(5):
        answer = reset(member, wrong(found.short_code, number), email=member.email)
        assert (answer.status_code, code(answer)) == (400, "invalid_code")
    assert reset(member, found.short_code, email=member.email).status_code == 400
    assert reset(member, found.token).status_code == 200


def test_the_fifth_try_may_be_the_right_one_even_when_four_come_at_once(
    member: Visitor, mail_server: MailServer
) -> None:
    found = asked(mail_server, member)
    with ThreadPoolExecutor(4) as pool:
        guesses = [partial(reset, member, wrong(found.short_code, n), email=member.email) for n in range(4)]
        assert {answer.status_code for answer in pool.map(patiently, guesses)} == {400}
    assert reset(member, found.short_code, email=member.email).status_code == 200


def test_more_than_five_tries_at_once_are_not_looked_at(member: Visitor, mail_server: MailServer) -> None:
    found = asked(mail_server, member)
    with ThreadPoolExecutor(20) as pool:
        guesses = [partial(reset, member, wrong(found.short_code, n), email=member.email) for n in range(20)]
        assert {answer.status_code for answer in pool.map(patiently, guesses)} == {400}
    assert reset(member, found.short_code, email=member.email).status_code == 400


def test_an_account_gets_a_few_mails_an_hour_and_nobody_is_told(
    visitor: Visitor, user_service: RunningService, mail_server: MailServer
) -> None:
    visitor.sign_up()
    for _ in range(8):
        assert ask(Visitor(user_service), visitor.email).status_code == 202
    wait_until_sent(user_service)
    assert len(letters(mail_server, visitor, 5)) == 5


def test_one_address_asks_for_a_few_accounts_an_hour(user_service: RunningService) -> None:
    somebody = Visitor(user_service)
    before = user_service.sql("SELECT count(*) FROM mails WHERE kind = 'recovery'")[0][0]
    for _ in range(33):
        assert ask(somebody, new_email()).status_code == 202
    assert user_service.sql("SELECT count(*) FROM mails WHERE kind = 'recovery'")[0][0] == before + 30


@pytest.mark.parametrize(
    ("pointer", "change"),
    [
        ("/new_password", {"new_password": "short"}),
        ("/new_password", {"new_password": "password123"}),
        ("/new_password", {"new_password": None}),
        ("/reset_token", {"reset_token": ""}),
        ("/reset_token", {"reset_token": "x" * 129}),
        ("/email", {"email": "nobody"}),
        ("/is_admin", {"is_admin": True}),
    ],
)
def test_a_bad_reset_is_named_and_the_code_stays_good(
    member: Visitor, mail_server: MailServer, pointer: str, change: dict[str, Any]
) -> None:
    found = asked(mail_server, member)
    body = {"reset_token": found.token, "new_password": NEW_PASSWORD, **change}
    answer = member.post("/auth/reset-password", body)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert member.try_password(PASSWORD).status_code == 200
    assert member.post("/auth/reset-password", {"token": found.token, "newPassword": NEW_PASSWORD}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"email": "nobody"}, {"email": "an@example.com", "phone": "1"}])
def test_a_malformed_question_is_refused(visitor: Visitor, body: dict[str, Any]) -> None:
    assert visitor.post("/auth/forgot-password", body).status_code == 422


def test_a_code_that_nobody_sent_opens_nothing(visitor: Visitor) -> None:
    answer = reset(visitor, "nB2Y4mUq0Zr7Jx1Tt5VQp8cLwE3sKdG6hAiOyNfXvMb")
    assert (answer.status_code, code(answer)) == (400, "invalid_code")


def test_a_get_uses_nothing_up(member: Visitor, mail_server: MailServer) -> None:
    token = asked(mail_server, member).token
    assert member.call("GET", f"/auth/reset-password?reset_token={token}").status_code == 405
    assert reset(member, token).status_code == 200


def test_a_code_opens_no_disabled_account(member: Visitor, mail_server: MailServer) -> None:
    token = asked(mail_server, member).token
    member.service.sql("UPDATE users SET disabled = true WHERE id = %s", member.user_id)
    assert reset(member, token).status_code == 400


def test_a_server_that_is_away_only_delays_the_mail(
    run_service: RunService, visitor: Visitor, mail_server: MailServer
) -> None:
    away = run_service("user_service", SMTP_URL="smtp://127.0.0.1:9", ARGON2_MEMORY_KIB="1024", ARGON2_ROUNDS="1")
    owner = Visitor(away).sign_up()
    assert ask(owner).status_code == 202
    away.close()
    back = {"SMTP_URL": mail_server.url, "ARGON2_MEMORY_KIB": "1024", "ARGON2_ROUNDS": "1"}
    owner.service = run_service("user_service", database_url=away.database_url, **back)
    [letter] = letters(mail_server, owner)
    assert reset(owner, code_in(letter).token).status_code == 200
