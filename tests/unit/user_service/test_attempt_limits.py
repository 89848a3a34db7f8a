"""How many wrong passwords are too many, and for how long."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from user_service.domain.throttling import ACCOUNT_FAILURES_MAX, WINDOW, wait_s

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def minutes_ago(*ages: float) -> list[datetime]:
    return [NOON - timedelta(minutes=age) for age in ages]


def test_below_the_limit_nobody_waits() -> None:
    assert wait_s([], 2, NOON) == 0
    assert wait_s(minutes_ago(0), 2, NOON) == 0


def test_at_the_limit_one_waits_until_the_oldest_that_counts_is_an_hour_old() -> None:
    assert wait_s(minutes_ago(10, 20), 2, NOON) == 2_400
    assert wait_s(minutes_ago(10, 59.99), 2, NOON) == 1
    assert wait_s(minutes_ago(10, 60), 2, NOON) == 0


def test_older_failures_than_the_limit_looks_at_change_nothing() -> None:
    assert wait_s(minutes_ago(10, 20, 30, 40), 2, NOON) == wait_s(minutes_ago(10, 20), 2, NOON)


@given(st.lists(st.floats(0, 180), max_size=60))
def test_no_hour_holds_more_than_the_limit(attempts: list[float]) -> None:
    """Let attempts fail whenever they are allowed: any window of an hour then has at most ten of them."""
    allowed: list[datetime] = []
    for minute in sorted(attempts):
        now = NOON + timedelta(minutes=minute)
        if wait_s(allowed[::-1], ACCOUNT_FAILURES_MAX, now) == 0:
            allowed.append(now)
    for start in allowed:
        assert sum(start <= each < start + WINDOW for each in allowed) <= ACCOUNT_FAILURES_MAX


@given(st.lists(st.floats(0, 60), min_size=10, max_size=20))
def test_the_promised_wait_is_enough(ages: list[float]) -> None:
    failures = minutes_ago(*sorted(ages))
    wait = wait_s(failures, ACCOUNT_FAILURES_MAX, NOON)
    assert 0 <= wait <= WINDOW.total_seconds()
    assert wait_s(failures, ACCOUNT_FAILURES_MAX, NOON + timedelta(seconds=wait)) == 0
