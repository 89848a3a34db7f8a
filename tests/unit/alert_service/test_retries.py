"""A delivery is tried ten times over three days; a webhook is switched off after three days without a success."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alert_service.domain.retries import FAILING_MAX, PAUSES, is_given_up, next_attempt

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_the_schedule_begins_with_seconds_and_ends_after_three_days() -> None:
    assert next_attempt(MONDAY, 1, 0.0) == MONDAY + timedelta(seconds=5)
    assert next_attempt(MONDAY, 9, 1.0) == MONDAY + timedelta(hours=26.4)
    assert next_attempt(MONDAY, 10, 0.0) is None
    assert timedelta(days=3) < sum(PAUSES, timedelta()) < timedelta(days=3.5)


@given(st.integers(1, 9), st.floats(0, 1))
def test_a_pause_is_never_shorter_than_the_schedule_s_nor_much_longer(attempts: int, chance: float) -> None:
    again_at = next_attempt(MONDAY, attempts, chance)
    assert again_at is not None
    assert PAUSES[attempts - 1] <= again_at - MONDAY <= PAUSES[attempts - 1] * 1.11


def test_a_webhook_is_switched_off_on_the_third_day() -> None:
    assert not is_given_up(MONDAY + FAILING_MAX - timedelta(seconds=1), MONDAY)
    assert is_given_up(MONDAY + FAILING_MAX, MONDAY)
