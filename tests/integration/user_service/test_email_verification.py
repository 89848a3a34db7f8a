"""`POST /auth/verify-email` and what a change of the address does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.integration.user_service.letters import code_in, subject_of
from tests.integration.user_service.visitor import PASSWORD, Visitor, code, new_email
from tests.support.mail_server import Mail, MailServer
from tests.support.services import RunningService
from tests.support.waiting import eventually, patiently

CONFIRM = "Confirm your email address"
CHANGED = "Your email address was changed"


def letters(server: MailServer, address: str, count: int = 1, subject: str = CONFIRM) -> list[Mail]:
    def found() -> list[Mail]:
        return [mail for mail in server.mails_to(address) if subject_of(mail) == subject]

    eventually(lambda: len(found()) >= count)
    return found()


def is_verified(member: Visitor) -> bool:
    return bool(member.call("GET", "/users/me", headers=member.bearer).json()["email_verified"])


def verify(visitor: Visitor, token: str) -> int:
    return patiently(lambda: visitor.post("/auth/verify-email", {"token": token})).status_code


def resend(member: Visitor) -> int:
    return member.post("/auth/verify-email/resend", headers=member.bearer).status_code


def addresses_told(service: RunningService, user_id: str) -> list[str | None]:
    rows = service.sql(
        "SELECT payload->>'email' FROM outbox WHERE key = %s AND kind = 'address_changed' ORDER BY id", user_id
    )
    return [row[0] for row in rows]


def test_a_sign_up_sends_a_code_that_confirms_the_address_once(member: Visitor, mail_server: MailServer) -> None:
    assert not is_verified(member)
    token = code_in(letters(mail_server, member.email)[0]).token
    assert verify(Visitor(member.service), token) == 204
    assert is_verified(member)
    assert addresses_told(member.service, member.user_id) == [member.email]
    again = member.post("/auth/verify-email", {"token": token})
    assert (again.status_code, code(again)) == (400, "invalid_code")


def test_two_who_confirm_at_once_use_the_code_once(member: Visitor, mail_server: MailServer) -> None:
    token = code_in(letters(mail_server, member.email)[0]).token
    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(lambda _: verify(member, token), range(6)))
    assert statuses == [204, *[400] * 5]


def test_a_get_confirms_nothing(member: Visitor, mail_server: MailServer) -> None:
    token = code_in(letters(mail_server, member.email)[0]).token
    assert member.call("GET", f"/auth/verify-email?token={token}").status_code == 405
    assert not is_verified(member)
    assert verify(member, token) == 204


def test_a_code_for_one_thing_is_none_for_another(member: Visitor, mail_server: MailServer) -> None:
    confirming = code_in(letters(mail_server, member.email)[0]).token
    body = {"reset_token": confirming, "new_password": "lotus-pond-at-dawn"}
    assert member.post("/auth/reset-password", body).status_code == 400
    member.post("/auth/forgot-password", {"email": member.email})
    recovering = code_in(letters(mail_server, member.email, subject="Choose a new password")[0]).token
    assert verify(member, recovering) == 400
    assert not is_verified(member)


def test_a_code_is_too_old_after_ten_minutes_as_its_mail_says_and_another_can_be_had(
    member: Visitor, mail_server: MailServer
) -> None:
    [letter] = letters(mail_server, member.email)
    assert "10 minutes" in letter.text
    lives = "SELECT expires_at - m.created_at FROM one_time_codes c JOIN mails m ON event_id = c.id WHERE user_id = %s"
    assert member.service.sql(lives, member.user_id) == [(timedelta(minutes=10),)]
    age = "UPDATE one_time_codes SET expires_at = expires_at - interval '10 minutes' WHERE user_id = %s"
    member.service.sql(age, member.user_id)
    assert verify(member, code_in(letter).token) == 400
    assert not is_verified(member)
    assert resend(member) == 202
    assert verify(member, code_in(letters(mail_server, member.email, 2)[-1]).token) == 204


def test_the_mail_can_be_asked_for_again_a_few_times(member: Visitor, mail_server: MailServer) -> None:
    assert [resend(member) for _ in range(6)] == [202] * 5 + [429]
    last = letters(mail_server, member.email, 6)[-1]
    assert verify(member, code_in(last).token) == 204
    refused = member.post("/auth/verify-email/resend", headers=member.bearer)
    assert (refused.status_code, code(refused)) == (409, "email_already_verified")


def test_only_who_is_signed_in_asks_for_it(member: Visitor) -> None:
    assert member.post("/auth/verify-email/resend").status_code == 401


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": "x" * 129}, {"token": "a\x00b"}, {"token": "x", "a": 1}])
def test_a_malformed_code_is_refused(visitor: Visitor, body: dict[str, object]) -> None:
    assert visitor.post("/auth/verify-email", body).status_code == 422


def test_a_changed_address_is_confirmed_anew_and_the_old_one_is_told(member: Visitor, mail_server: MailServer) -> None:
    old, new = member.email, new_email()
    first = code_in(letters(mail_server, old)[0]).token
    assert verify(member, first) == 204
    body = {"email": new, "password": PASSWORD}
    assert member.call("PATCH", "/users/me", json=body, headers=member.bearer).status_code == 200
    assert not is_verified(member)
    [news] = letters(mail_server, old, subject=CHANGED)
    assert new not in news.text
    assert verify(member, code_in(letters(mail_server, new)[0]).token) == 204
    assert is_verified(member)
    assert [mail for mail in mail_server.mails_to(new) if subject_of(mail) == CHANGED] == []
    assert addresses_told(member.service, member.user_id) == [old, None, new]


def test_codes_that_went_to_the_old_address_open_nothing_more(member: Visitor, mail_server: MailServer) -> None:
    confirming = code_in(letters(mail_server, member.email)[0]).token
    member.post("/auth/forgot-password", {"email": member.email})
    recovering = code_in(letters(mail_server, member.email, subject="Choose a new password")[0]).token
    body = {"email": new_email(), "password": PASSWORD}
    assert member.call("PATCH", "/users/me", json=body, headers=member.bearer).status_code == 200
    assert verify(member, confirming) == 400
    reset = {"reset_token": recovering, "new_password": "lotus-pond-at-dawn"}
    assert member.post("/auth/reset-password", reset).status_code == 400


def test_a_reset_confirms_the_address_its_code_came_to(member: Visitor, mail_server: MailServer) -> None:
    member.post("/auth/forgot-password", {"email": member.email})
    token = code_in(letters(mail_server, member.email, subject="Choose a new password")[0]).token
    reset = {"reset_token": token, "new_password": "lotus-pond-at-dawn"}
    assert member.post("/auth/reset-password", reset).status_code == 200
    member.password = "lotus-pond-at-dawn"
    assert is_verified(member.sign_in())


def test_a_mailbox_that_does_not_exist_is_not_written_to_again(
    user_service: RunningService, mail_server: MailServer
) -> None:
    somebody = Visitor(user_service)
    mail_server.on_recipient = lambda address: "550 No such mailbox" if address == somebody.email else "250 Taken"
    try:
        somebody.sign_up()
        sent = "SELECT count(*) FROM mails WHERE payload->>'user_id' = %s AND delivered_at IS NOT NULL"
        eventually(lambda: user_service.sql(sent, somebody.user_id) == [(1,)])
    finally:
        mail_server.on_recipient = lambda _address: "250 Taken"
    assert mail_server.mails_to(somebody.email) == []
    assert '"event":"mail_refused"' in user_service.log
