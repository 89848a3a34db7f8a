"""An authenticator app as a second factor, and the recovery codes for the day it is lost."""

import base64
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.integration.user_service.authenticator_app import PATH, App, forget_steps, notices, remove, sign_in, status
from tests.integration.user_service.test_recovery import asked, reset
from tests.integration.user_service.visitor import PASSWORD, Visitor, code
from tests.support.mail_server import MailServer
from tests.support.services import RunningService
from tests.support.waiting import patiently


@pytest.fixture
def guarded(member: Visitor) -> tuple[Visitor, App, list[str]]:
    """Somebody whose account needs a code."""
    app = App(member)
    return member, app, app.confirm()


Guarded = tuple[Visitor, App, list[str]]
HALF_AN_HOUR_LATER = (
    "UPDATE failed_attempts SET failed_at = ARRAY(SELECT t - interval '30 minutes' FROM unnest(failed_at) t)"
)


def test_an_offer_can_be_scanned_or_typed_in(member: Visitor) -> None:
    offer = App(member).offer
    uri = urlsplit(offer["otpauth_uri"])
    assert (uri.scheme, uri.netloc, unquote(uri.path)) == ("otpauth", "totp", f"/Credit Score:{member.email}")
    assert parse_qs(uri.query) == {"secret": [offer["secret"]], "issuer": ["Credit Score"]}
    kind, _, data = offer["qr_png"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(data).startswith(b"\x89PNG")
    assert len(base64.b32decode(offer["secret"])) >= 20


def test_an_offer_guards_nothing_until_it_is_confirmed(member: Visitor) -> None:
    first, second = App(member), App(member)
    assert sign_in(member).status_code == 200
    replaced = member.post(f"{PATH}/confirm", {"otp": first.now()}, headers=member.bearer)
    assert (replaced.status_code, code(replaced)) == (403, "wrong_otp")
    assert sign_in(member).status_code == 200
    second.confirm()
    assert code(sign_in(member)) == "otp_required"


def test_its_owner_sees_whether_it_is_on_and_how_many_codes_are_left(member: Visitor) -> None:
    assert member.call("GET", PATH).status_code == 401
    app = App(member)
    assert status(member) == {"is_on": False, "recovery_codes_left": 0}
    codes = app.confirm()
    assert sign_in(member, codes[0]).status_code == 200
    assert status(member) == {"is_on": True, "recovery_codes_left": 9}


def test_the_owner_is_told_when_it_is_added_and_removed_and_not_before(member: Visitor) -> None:
    app = App(member)
    assert notices(member) == []
    codes = app.confirm()
    assert notices(member) == ["second_factor_changed"]
    assert remove(member, PASSWORD, app.wrong()).status_code == 403
    assert notices(member) == ["second_factor_changed"]
    assert remove(member, PASSWORD, codes[0]).status_code == 204
    assert notices(member) == ["second_factor_changed"] * 2


def test_who_has_the_password_is_asked_for_a_code_and_nobody_else_is(guarded: Guarded) -> None:
    member, app, _ = guarded
    without = sign_in(member)
    assert (without.status_code, code(without)) == (401, "otp_required")
    for otp in (None, app.now()):
        wrong = sign_in(member, otp, "not the password")
        assert (wrong.status_code, code(wrong)) == (401, "invalid_credentials")
    assert code(sign_in(member, app.wrong())) == "invalid_otp"
    signed_in = sign_in(member, app.now())
    assert signed_in.status_code == 200
    assert "access_token" in signed_in.headers["set-cookie"]
    assert member.service.sql(
        "SELECT details FROM audit_events WHERE user_id = %s AND event = 'signed_in' ORDER BY id DESC LIMIT 1",
        member.user_id,
    ) == [({"by": ["password", "totp"]},)]


def test_a_code_is_good_once_and_none_before_it_is_good_after_it(guarded: Guarded) -> None:
    member, app, _ = guarded
    newest, *older = [app.now(shift) for shift in (1, 0, -1)]
    assert sign_in(member, newest).status_code == 200
    for otp in (newest, *older):
        assert code(sign_in(member, otp)) == "invalid_otp"
    forget_steps(member)
    assert sign_in(member, app.now()).status_code == 200


def test_a_code_of_another_time_is_not_good(guarded: Guarded) -> None:
    member, app, _ = guarded
    forget_steps(member)
    for shift in (-3, 3):
        assert code(sign_in(member, app.now(shift))) == "invalid_otp"


def test_of_one_code_sent_twenty_times_at_once_one_is_let_in(guarded: Guarded) -> None:
    member, app, _ = guarded
    member.service.sql("DELETE FROM failed_attempts")
    otp = app.now(1)
    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(lambda _: patiently(lambda: sign_in(member, otp)).status_code, range(8)))
    assert answers == {200: 1, 401: 7}


def test_a_recovery_code_lets_in_once_however_it_is_typed(guarded: Guarded) -> None:
    member, _, codes = guarded
    assert len(set(codes)) == 10
    assert sign_in(member, codes[0]).status_code == 200
    assert code(sign_in(member, codes[0])) == "invalid_otp"
    assert sign_in(member, codes[1].replace("-", " ").lower()).status_code == 200
    with ThreadPoolExecutor(4) as pool:
        answers = Counter(each.status_code for each in pool.map(lambda _: sign_in(member, codes[2]), range(4)))
    assert answers == {200: 1, 401: 3}
    events = member.service.sql(
        "SELECT count(*) FROM audit_events WHERE user_id = %s AND event = 'recovery_code_used'", member.user_id
    )
    assert events == [(3,)]


def test_a_recovery_code_of_somebody_else_is_not_good(guarded: Guarded, new_member: Callable[[], Visitor]) -> None:
    _, _, codes = guarded
    other = new_member()
    App(other).confirm()
    assert code(sign_in(other, codes[0])) == "invalid_otp"


def test_wrong_codes_are_counted_like_wrong_passwords(guarded: Guarded) -> None:
    member, app, codes = guarded
    statuses = [sign_in(member, app.wrong()).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert [sign_in(member, otp).status_code for otp in (app.now(), codes[0])] == [429, 429]
    member.service.sql("DELETE FROM failed_attempts")
    assert sign_in(member, codes[0]).status_code == 200


def test_wrong_codes_sent_at_once_get_no_more_answers(guarded: Guarded) -> None:
    member, app, _ = guarded
    wrong = app.wrong()
    with ThreadPoolExecutor(20) as pool:
        statuses = Counter(pool.map(lambda _: patiently(lambda: sign_in(member, wrong)).status_code, range(20)))
    assert statuses == {401: 10, 429: 10}


def test_who_took_over_the_mailbox_gets_no_more_guesses_by_resetting_again(
    guarded: Guarded, mail_server: MailServer
) -> None:
    member, app, codes = guarded
    statuses, body = Counter[int](), {"email": member.email}
    for number in range(3):
        thief, body["password"] = Visitor(member.service), f"lotus-pond-at-dawn-{number}"
        answer = reset(thief, asked(mail_server, member).token, body["password"])
        body["device_token"] = answer.json()["device_token"]
        statuses.update(thief.post("/auth/login", {**body, "otp": app.wrong()}).status_code for _ in range(6))
    assert statuses == {401: 10, 429: 8}
    assert member.post("/auth/login", {**body, "otp": app.now()}).status_code == 429
    owner = member.post("/auth/login", {**body, "otp": codes[0]})
    assert owner.status_code == 200, "nobody guesses at 80 bits, so the owner gets in by a recovery code"
    assert member.post("/auth/login", {**body, "otp": app.now()}).status_code == 200, "and by the app, once signed in"


def test_guesses_beyond_the_limit_do_not_make_the_owner_wait_longer(guarded: Guarded, mail_server: MailServer) -> None:
    member, app, _ = guarded
    for _ in range(10):
        sign_in(member, app.wrong())
    password = "lotus-pond-at-dawn"
    assert reset(member, asked(mail_server, member).token, password).status_code == 200
    member.service.sql(HALF_AN_HOUR_LATER)
    for _ in range(10):
        answer = sign_in(member, app.wrong(), password)
        assert (answer.status_code, int(answer.headers["Retry-After"]) <= 1_800) == (429, True)
    assert sign_in(member, app.now(), password).status_code == 429
    member.service.sql(HALF_AN_HOUR_LATER)
    assert sign_in(member, app.now(), password).status_code == 200


def test_neither_secret_nor_codes_are_stored_as_they_are(guarded: Guarded) -> None:
    member, app, codes = guarded
    [(factor,)] = member.service.sql("SELECT f::text FROM totp_factors f WHERE user_id = %s", member.user_id)
    stored = member.service.sql("SELECT c::text FROM recovery_codes c WHERE user_id = %s", member.user_id)
    assert app.offer["secret"] not in factor
    assert len(stored) == 10
    for each in codes:
        assert not any(each in row[0] or each.encode().hex() in row[0] for row in stored)
    log = member.service.log
    assert [secret for secret in (app.offer["secret"], *codes) if secret in log] == []


def test_it_is_taken_away_with_password_and_code(guarded: Guarded) -> None:
    member, app, codes = guarded
    assert code(remove(member, "not the password", codes[0])) == "wrong_password"
    assert code(remove(member, PASSWORD, app.wrong())) == "wrong_otp"
    assert code(sign_in(member)) == "otp_required"
    assert remove(member, PASSWORD, codes[0]).status_code == 204
    assert sign_in(member).status_code == 200
    assert member.service.sql("SELECT 1 FROM recovery_codes WHERE user_id = %s", member.user_id) == []
    assert code(remove(member, PASSWORD, codes[1])) == "totp_not_found"
    told = member.service.sql(
        "SELECT event FROM audit_events WHERE user_id = %s AND event LIKE 'totp%%' ORDER BY id", member.user_id
    )
    assert told == [("totp_added",), ("totp_removed",)]


def test_it_is_added_by_who_knows_the_password_only(member: Visitor) -> None:
    anonymous = member.post(PATH, {"password": PASSWORD})
    assert (anonymous.status_code, code(anonymous)) == (401, "unauthenticated")
    wrong = member.post(PATH, {"password": "not the password"}, headers=member.bearer)
    assert (wrong.status_code, code(wrong)) == (403, "wrong_password")
    assert member.service.sql("SELECT 1 FROM totp_factors WHERE user_id = %s", member.user_id) == []


def test_one_that_is_on_is_not_replaced(guarded: Guarded) -> None:
    member, app, _ = guarded
    again = member.post(PATH, {"password": PASSWORD}, headers=member.bearer)
    assert (again.status_code, code(again)) == (409, "totp_is_on")
    confirmed = member.post(f"{PATH}/confirm", {"otp": app.now()}, headers=member.bearer)
    assert (confirmed.status_code, code(confirmed)) == (404, "totp_not_found")
    assert sign_in(member, app.now()).status_code == 200


def test_of_two_confirmations_at_once_one_shows_codes(member: Visitor) -> None:
    app = App(member)
    body = {"otp": app.now()}
    with ThreadPoolExecutor(6) as pool:
        confirm = partial(member.post, f"{PATH}/confirm", body, headers=member.bearer)
        answers = Counter(each.status_code for each in pool.map(lambda _: patiently(confirm), range(6)))
    assert answers == {200: 1, 404: 5}
    rows = member.service.sql("SELECT count(*) FROM recovery_codes WHERE user_id = %s", member.user_id)
    assert rows == [(10,)]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("", {}, "/password"),
        ("", {"password": PASSWORD, "more": 1}, "/more"),
        ("/confirm", {}, "/otp"),
        ("/confirm", {"otp": ""}, "/otp"),
        ("/confirm", {"otp": "1" * 65}, "/otp"),
    ],
)
def test_a_malformed_request_names_the_field(member: Visitor, path: str, body: Any, pointer: str) -> None:
    answer = member.post(PATH + path, body, headers=member.bearer)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("otp", ["12345", "1234567", "１２３４５６", "abcdef", "' OR 1=1 --", "-", "\u00e9" * 6])
def test_what_is_no_code_is_a_wrong_one(guarded: Guarded, otp: str) -> None:
    member, _, _ = guarded
    answer = sign_in(member, otp)
    assert (answer.status_code, code(answer)) == (401, "invalid_otp")


def test_a_deleted_account_takes_its_factor_along(guarded: Guarded, user_service: RunningService) -> None:
    member, _, _ = guarded
    user_service.sql("DELETE FROM users WHERE id = %s", member.user_id)
    assert user_service.sql("SELECT 1 FROM totp_factors WHERE user_id = %s", member.user_id) == []
