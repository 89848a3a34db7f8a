"""Do the people scored now resemble those the scorecard was trained on? A population stability index with a test.

An index alone misleads: a hundred people always look shifted and a million never look the same. So a shift is called
one only when it is both larger than chance at that sample size and large enough to matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log, sqrt

from score_service.domain.scorecard import Scorecard, Table

# The usual marks of an index: below 0.1 nothing to see, above 0.25 the scorecard is looking at other people.
MOVED, SHIFTED = 0.10, 0.25
_Z99 = 2.3263478740408408
# Below five expected people a cell's share is noise; such cells are counted together.
_EXPECTED_LEAST = 5.0


class Verdict(StrEnum):
    """Stable; moved (worth a look); shifted (worth a new training)."""

    STABLE = "stable"
    MOVED = "moved"
    SHIFTED = "shifted"


@dataclass(frozen=True, slots=True)
class Drift:
    """A population stability index over `people`; `chance` is what 99 of 100 samples of that size stay below."""

    index: float
    chance: float
    people: int
    verdict: Verdict


def drift(expected: Sequence[float], counts: Sequence[int], trained_on: int) -> Drift:
    """Return how far `counts` are from the shares `expected`, which came from `trained_on` people.

    The index is Σ (a - e) ln(a / e). Shares of 0.5 and 0.5 seen as 60 and 40 people give 0.2 ln(1.5) = 0.041, where
    chance alone reaches 0.067; 600 and 400 give the same index against 0.0073, not chance but too small to matter.
    `ValueError` when lengths differ or nobody was counted.
    """
    people = sum(counts)
    if len(expected) != len(counts) or people <= 0:
        raise ValueError("one count for each expected share, and somebody to count, are needed")
    cells = _pooled(expected, counts, people)
    index = sum(_term(share, (count + 0.5) / (people + 0.5 * len(cells))) for share, count in cells)
    # Of like samples, index x n is distributed as chi-squared; the training sample's own noise adds its share.
    chance = chi_squared_99(len(cells) - 1) * (1 / people + 1 / trained_on) if len(cells) > 1 else 0.0
    return Drift(index, chance, people, _verdict(index, chance))


def feature_drift(table: Table, counts: Sequence[int], trained_on: int) -> Drift:
    """Return the drift of one feature from counts by bin, the unknown one last (the characteristic stability index)."""
    return drift(table.frequencies, counts, trained_on)


def score_drift(scorecard: Scorecard, counts: Sequence[int]) -> Drift:
    """Return the drift of the score from counts by `Scorecard.decile_of`, the lowest tenth first."""
    return drift(scorecard.decile_frequencies, counts, scorecard.trained_on)


def chi_squared_99(freedom: int) -> float:
    """Return the 99 % point of chi-squared by Wilson and Hilferty: 21.7 for 9 degrees of freedom (exact: 21.666)."""
    spread = 2 / (9 * freedom)
    return float(freedom * (1 - spread + _Z99 * sqrt(spread)) ** 3)


def _term(expected: float, actual: float) -> float:
    return (actual - expected) * log(actual / expected)


def _pooled(expected: Sequence[float], counts: Sequence[int], people: int) -> list[tuple[float, int]]:
    """Cells with enough expected people as they are, the others as one; a lone sparse rest joins the last cell."""
    cells = sorted(zip(expected, counts, strict=True), reverse=True)
    large = [cell for cell in cells if cell[0] * people >= _EXPECTED_LEAST]
    rest = cells[len(large) :]
    share, count = sum(e for e, _ in rest), sum(c for _, c in rest)
    if share * people >= _EXPECTED_LEAST or not large:
        return [*large, (share, count)]
    return [*large[:-1], (large[-1][0] + share, large[-1][1] + count)]


def _verdict(index: float, chance: float) -> Verdict:
    if index <= chance or index < MOVED:
        return Verdict.STABLE
    return Verdict.SHIFTED if index >= SHIFTED else Verdict.MOVED
