"""Guessing passwords: failures are counted per account and per address, in the database; successes are not."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.integration.user_service.visitor import PASSWORD, Visitor, code, new_address, new_email
from tests.support.services import RunningService
from tests.support.waiting import patiently

FORGET = "UPDATE failed_attempts SET failed_at = ARRAY(SELECT t - interval '{}' FROM unnest(failed_at) t) RETURNING 1"


def guess(victim: Visitor) -> int:
    """A wrong password from an address nobody has used before."""
    guesser = Visitor(victim.service, victim.email)
    return patiently(lambda: guesser.try_password("not the password")).status_code


def test_the_eleventh_failure_within_an_hour_is_not_looked_at(visitor: Visitor) -> None:
    visitor.sign_up()
    assert [guess(visitor) for _ in range(12)] == [401] * 10 + [429] * 2
    refused = visitor.try_password(PASSWORD)
    assert (refused.status_code, code(refused)) == (429, "too_many_attempts")
    assert 3_500 < int(refused.headers["retry-after"]) <= 3_600


def test_an_unknown_address_is_throttled_the_same(visitor: Visitor) -> None:
    assert [guess(visitor) for _ in range(12)] == [401] * 10 + [429] * 2


def test_guesses_sent_at_once_get_no_more_answers(visitor: Visitor) -> None:
    visitor.sign_up()
    with ThreadPoolExecutor(30) as pool:
        statuses = Counter(pool.map(lambda _: guess(visitor), range(30)))
    assert statuses == {401: 10, 429: 20}


def test_successes_are_never_counted_and_do_not_wash_failures_away(visitor: Visitor) -> None:
    visitor.sign_up()
    for _ in range(15):
        assert visitor.try_password(PASSWORD).status_code == 200
    for _ in range(9):
        guess(visitor)
    assert visitor.try_password(PASSWORD).status_code == 200
    assert guess(visitor) == 401
    assert visitor.try_password(PASSWORD).status_code == 429


def test_one_address_may_fail_two_hundred_times_an_hour(user_service: RunningService) -> None:
    address = new_address()

    def fail(_: int) -> int:
        somebody = Visitor(user_service, new_email(), address=address)
        return patiently(lambda: somebody.try_password(PASSWORD)).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(fail, range(208)))
    assert statuses == {401: 200, 429: 8}
    spoofed = Visitor(user_service, address=f"{new_address()}, {address}")
    assert spoofed.try_password(PASSWORD).status_code == 429
    elsewhere = Visitor(user_service)
    assert elsewhere.try_password(PASSWORD).status_code == 401


def test_a_wrong_current_password_counts_as_a_guess(member: Visitor) -> None:
    body = {"old_password": "not the password", "new_password": "another-good-lantern"}
    answers = [member.post("/auth/change-password", body, headers=member.bearer) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [403] * 10 + [429]
    assert member.try_password(PASSWORD).status_code == 429


def test_after_an_hour_the_owner_is_let_in_again(user_service: RunningService, visitor: Visitor) -> None:
    visitor.sign_up()
    for _ in range(10):
        guess(visitor)
    user_service.sql(FORGET.format("59 minutes"))
    assert guess(visitor) == 429
    user_service.sql(FORGET.format("1 minute"))
    assert visitor.try_password(PASSWORD).status_code == 200
