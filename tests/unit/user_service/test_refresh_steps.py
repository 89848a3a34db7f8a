"""What happens to a refresh token that is presented."""

from datetime import UTC, datetime, timedelta

import pytest

from user_service.domain.refreshing import GRACE, Spent, Step, next_step

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_an_unused_token_rotates() -> None:
    assert next_step(None, NOON) is Step.ROTATE


@pytest.mark.parametrize(
    ("age", "by_same_client", "child_unused", "step"),
    [
        (timedelta(0), True, True, Step.REISSUE),
        (GRACE, True, True, Step.REISSUE),
        (GRACE + timedelta(microseconds=1), True, True, Step.REVOKE),
        (timedelta(seconds=1), False, True, Step.REVOKE),
        (timedelta(seconds=1), True, False, Step.REVOKE),
        (timedelta(days=20), False, False, Step.REVOKE),
    ],
)
def test_a_used_token_is_a_lost_response_or_a_theft(
    age: timedelta, by_same_client: bool, child_unused: bool, step: Step
) -> None:
    assert next_step(Spent(NOON - age, by_same_client, child_unused), NOON) is step
