"""`POST /auth/mfa/totp/recovery-codes`: ten new codes for who has both factors, and the old ones are void."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.integration.user_service.authenticator_app import PATH, App, forget_steps, notices, remove, sign_in, status
from tests.integration.user_service.visitor import PASSWORD, Visitor, code
from tests.support.waiting import patiently


@pytest.fixture
def app(member: Visitor) -> App:
    return App(member)


def replace(app: App, otp: str | None, password: str = PASSWORD) -> httpx.Response:
    body = {"password": password, "otp": otp}
    return app.member.post(f"{PATH}/recovery-codes", body, headers=app.member.bearer)


def events(member: Visitor) -> list[str]:
    rows = member.service.sql(
        "SELECT event FROM audit_events WHERE user_id = %s AND event LIKE 'recovery%%' ORDER BY id", member.user_id
    )
    return [event for (event,) in rows]


def test_ten_new_codes_are_good_once_each_and_the_old_ones_no_more(app: App) -> None:
    old = app.confirm()
    assert sign_in(app.member, old[0]).status_code == 200
    answer = replace(app, app.now())
    assert answer.status_code == 200, answer.text
    new = answer.json()["recovery_codes"]
    assert len({*old, *new}) == 20
    assert status(app.member) == {"is_on": True, "recovery_codes_left": 10}
    assert code(sign_in(app.member, old[1])) == "invalid_otp"
    assert [sign_in(app.member, new[0]).status_code for _ in range(2)] == [200, 401]
    assert app.member.refresh().status_code == 200
    forget_steps(app.member)
    assert sign_in(app.member, app.now()).status_code == 200, "the app itself goes on"


def test_the_last_code_of_who_lost_the_app_makes_ten(app: App) -> None:
    last = app.confirm()[-1]
    answer = replace(app, last)
    assert answer.status_code == 200
    assert code(replace(app, last)) == "wrong_otp"
    assert status(app.member)["recovery_codes_left"] == 10


def test_the_owner_is_told_and_the_log_tells_it(app: App) -> None:
    app.confirm()
    assert replace(app, app.wrong()).status_code == 403
    assert notices(app.member) == ["second_factor_changed"]
    assert replace(app, app.now()).status_code == 200
    assert notices(app.member) == ["second_factor_changed"] * 2
    assert events(app.member) == ["recovery_codes_replaced"]


def test_it_takes_both_factors_and_a_refusal_changes_nothing(app: App) -> None:
    old = app.confirm()
    anonymous = app.member.post(f"{PATH}/recovery-codes", {"password": PASSWORD, "otp": app.now()})
    assert (anonymous.status_code, code(anonymous)) == (401, "unauthenticated")
    for otp, password, problem in (
        (app.now(), "not the password", "wrong_password"),
        (app.wrong(), PASSWORD, "wrong_otp"),
    ):
        refused = replace(app, otp, password)
        assert (refused.status_code, code(refused)) == (403, problem)
    assert status(app.member)["recovery_codes_left"] == 10
    assert sign_in(app.member, old[0]).status_code == 200


def test_there_are_none_without_an_authenticator_app(app: App) -> None:
    offered_only = replace(app, app.now())
    assert (offered_only.status_code, code(offered_only)) == (404, "totp_not_found")
    assert status(app.member) == {"is_on": False, "recovery_codes_left": 0}


def test_who_guesses_here_is_stopped_as_at_the_door(app: App) -> None:
    app.confirm()
    assert [replace(app, app.wrong()).status_code for _ in range(11)] == [403] * 10 + [429]
    assert replace(app, app.now()).status_code == 429


def test_of_many_at_once_ten_codes_are_left(app: App) -> None:
    spent = app.confirm()[:6]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda otp: patiently(lambda: replace(app, otp)), spent))
    made = Counter(each.status_code for each in answers)
    assert made[200] >= 1
    assert made.keys() <= {200, 403}, "whose code another request has voided is refused"
    assert status(app.member)["recovery_codes_left"] == 10


def test_of_one_sent_at_once_with_a_removal_nothing_is_left_behind(app: App) -> None:
    first, second = app.confirm()[:2]
    with ThreadPoolExecutor(2) as pool:
        replaced = pool.submit(replace, app, first)
        removed = pool.submit(remove, app.member, PASSWORD, second)
        statuses = replaced.result().status_code, removed.result().status_code
    assert statuses in {(200, 204), (404, 204), (200, 403)}
    left = app.member.service.sql("SELECT count(*) FROM recovery_codes WHERE user_id = %s", app.member.user_id)
    assert left == [(10 if statuses[1] == 403 else 0,)]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"otp": "287082"}, "/password"),
        ({"password": PASSWORD}, "/otp"),
        ({"password": PASSWORD, "otp": ""}, "/otp"),
        ({"password": PASSWORD, "otp": "1" * 65}, "/otp"),
        ({"password": PASSWORD, "otp": "287082", "count": 100}, "/count"),
    ],
)
def test_a_malformed_request_names_the_field(app: App, body: Any, pointer: str) -> None:
    old = app.confirm()
    answer = app.member.post(f"{PATH}/recovery-codes", body, headers=app.member.bearer)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert sign_in(app.member, old[0]).status_code == 200
