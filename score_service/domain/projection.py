"""Month by month, where a plan leads: arithmetic with the same scorecard under stated assumptions, not a forecast."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from score_service.domain.evaluation import Evaluation, evaluate
from score_service.domain.features import FEATURES, Features, Group, Value
from score_service.domain.scorecard import Scorecard
from score_service.domain.simulation import changed
from score_service.domain.uncertainty import NO_RANGES, Ranges

MONTHS_MOST = 36
# The late counts ask about the last 24 months, so an event older than that is no longer counted.
WINDOW_MONTHS = 24
ASSUMPTIONS = (
    "assumes_no_new_late_payments.v1",
    "assumes_even_spread.v1",
    "assumes_straight_balances.v1",
    "assumes_counts_change_next_month.v1",
    "assumes_rest_unchanged.v1",
    "assumes_no_forecast.v1",
)


@dataclass(frozen=True, slots=True)
class MonthlyScore:
    """The score `month` months from today and its 90 % interval."""

    month: int
    simulated: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Projection:
    """A path from today's evaluation to the last month's; `assumptions` are codes of texts."""

    today: Evaluation
    last: Evaluation
    path: tuple[MonthlyScore, ...]
    assumptions: tuple[str, ...]

    @property
    def delta(self) -> int:
        """The points between today and the last month."""
        return self.last.score - self.today.score


def project(
    scorecard: Scorecard,
    features: Features,
    changes: Mapping[str, object],
    months: int = 12,
    ranges: Ranges = NO_RANGES,
) -> Projection:
    """Return the scores of months 0 (today, before any change) to `months` (1 to 36).

    A utilisation of 0.80 with 0.20 planned over 12 months is 0.65 in month 3. Two late payments are one after month
    12 and none after month 24; one more, entered as a change, counts from month 1 and leaves after month 24. Raises
    `ValueError` for other months, and whatever `simulation.simulate` raises. An answer that names a band, with its ends
    in `ranges`, does so for as long as it stays what it is.
    """
    if not 1 <= months <= MONTHS_MOST:
        raise ValueError(f"months must be between 1 and {MONTHS_MOST}")
    target = changed(features, changes)
    evaluations = [
        evaluate(scorecard, then, {name: ends for name, ends in ranges.items() if then[name] == features[name]})
        for then in (features_in(features, target, month, months) for month in range(months + 1))
    ]
    path = tuple(MonthlyScore(month, e.score, *e.interval) for month, e in enumerate(evaluations))
    return Projection(evaluations[0], evaluations[-1], path, ASSUMPTIONS)


def features_in(today: Features, target: Features, month: int, months: int) -> dict[str, Value]:
    """Return what a person answers in `month`, on the way from `today` to `target` in `months`."""
    return {
        name: today.get(name) if month == 0 else _value(name, today.get(name), value, month, months)
        for name, value in target.items()
        if month > 0 or name in today
    }


def _value(name: str, today: Value, target: Value, month: int, months: int) -> Value:
    if today is None or target is None:
        return target
    feature = FEATURES[name]
    if feature.group is Group.PAYMENT_HISTORY:
        return late_count(today, target, month)
    if feature.whole:
        return target
    # At the last month the line must end on the very number that was planned, so that it meets simulate.
    return target if month == months else today + (target - today) * month / months


def late_count(today: float, target: float, month: int) -> float:
    """Return how many late payments still count in `month`: the present ones leave evenly, new ones after 24 months.

    Of 3 today, 3 x (24 - 9) / 24 = 1.9 are left in month 9, counted as 2. A target below today's count means that
    many were counted wrongly or have left: those remaining leave evenly too.
    """
    old = min(today, target)
    new = max(0.0, target - today) if month <= WINDOW_MONTHS else 0.0
    return ceil(old * max(0, WINDOW_MONTHS - month) / WINDOW_MONTHS) + new
