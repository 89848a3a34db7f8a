"""Every feature as a person sees it: what it earned, what it could earn, how much it weighs."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from score_service.domain.evaluation import Evaluation
from score_service.domain.features import Value
from score_service.domain.scorecard import Scorecard, Table
from score_service.domain.texts import Text, english

Impact = Literal["positive", "negative", "neutral"]

# Points are whole and averages are not: within half a point of the average nothing can be said.
_NEUTRAL_POINTS = 0.5


class Factor(NamedTuple):
    """One line of the account. `weight` (percent) sums to 100 over all; `score` (0..100) is the place in the range."""

    name: str
    feature: str
    value: Value
    points: int
    max_points: int
    weight: int
    score: int
    impact: Impact
    description: str
    advice: str


def factors(scorecard: Scorecard, evaluation: Evaluation, text: Text = english) -> tuple[Factor, ...]:
    """Return one factor a table, in the scorecard's order; base points + Σ `points` is the unclipped score.

    A table from -174 to 33 points, with 16 earned, gives score 92 ((16 + 174) / 207); among ranges that sum to
    850 points it weighs 24 percent.
    """
    return tuple(factor(*column, text) for column in columns(scorecard, evaluation))


def columns(scorecard: Scorecard, evaluation: Evaluation) -> Iterator[tuple[Table, Value, int, int]]:
    """Yield each table with the person's value, its points and its weight."""
    return zip(scorecard.tables, evaluation.values, evaluation.points, weights(scorecard), strict=True)


@lru_cache(maxsize=64)
def weights(scorecard: Scorecard) -> tuple[int, ...]:
    """Return each table's range as whole percent of all ranges, summing to exactly 100 (largest remainders go up).

    Ranges of 207, 102 and 41 points are 59.1, 29.1 and 11.7 percent: 59, 29 and 12.
    """
    ranges = [table.highest - table.lowest for table in scorecard.tables]
    total = sum(ranges)
    if total == 0:
        raise ValueError("a scorecard whose tables are all flat weighs nothing")
    shares = [divmod(100 * range_, total) for range_ in ranges]
    left_over = 100 - sum(whole for whole, _ in shares)
    by_remainder = sorted(range(len(shares)), key=lambda i: -shares[i][1])
    raised = set(by_remainder[:left_over])
    return tuple(whole + (i in raised) for i, (whole, _) in enumerate(shares))


def factor(table: Table, value: Value, points: int, weight: int, text: Text) -> Factor:
    """Return the line of one table: with 16 points of at most 33, and -174 at least, its `score` is 92."""
    return Factor(
        name=text(f"{table.feature}.name"),
        feature=table.feature,
        value=value,
        points=points,
        max_points=table.highest,
        weight=weight,
        score=place(table, points),
        impact=impact(table, points),
        description=text(f"{table.feature}.description"),
        advice=text(f"{table.feature}.advice"),
    )


def place(table: Table, points: int) -> int:
    """Return where `points` stand in a table's range, 0 to 100: 16 between -174 and 33 is 92; a flat table is 100."""
    range_ = table.highest - table.lowest
    return 100 if range_ == 0 else round(100 * (points - table.lowest) / range_)


def impact(table: Table, points: int) -> Impact:
    """Return whether `points` are above, below or at the population's average for this table (within half a point)."""
    difference = points - table.mean_points
    if abs(difference) <= _NEUTRAL_POINTS:
        return "neutral"
    return "positive" if difference > 0 else "negative"
