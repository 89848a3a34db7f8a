"""A score is stale once it is older than 90 days, and not a moment before."""

from datetime import UTC, datetime, timedelta

import pytest

from alert_service.domain.milestones import BANDS, band_of
from alert_service.domain.staleness import stale_before

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "is_stale"),
    [
        (timedelta(0), False),
        (timedelta(days=-1), False),
        (timedelta(days=90), False),
        (timedelta(days=90, microseconds=1), True),
        (timedelta(days=900), True),
    ],
)
def test_a_score_is_stale_beyond_ninety_days(age: timedelta, is_stale: bool) -> None:
    assert (NOW - age < stale_before(NOW)) is is_stale


def test_every_score_lies_in_the_band_that_begins_below_it() -> None:
    assert [band_of(score) for score in (300, 579, 580, 669, 670, 850)] == [
        "poor", "poor", "fair", "fair", "good", "exceptional"
    ]  # fmt: skip
    assert {band_of(score) for score in range(300, 851)} == {"poor", *BANDS.values()}
