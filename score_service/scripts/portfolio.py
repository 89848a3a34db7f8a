"""Scoring many people at once with numpy: the same points as `evaluate`, found by looking up instead of searching.

Counts index their points directly. A ratio is first placed among hundredths, where every edge lies, and then held
against the exact hundredth beside it, so that no input is ever rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from score_service.domain.bands import HIGHEST_SCORE, LOWEST_SCORE
from score_service.domain.features import FEATURES
from score_service.domain.scorecard import Scorecard, Table

Floats = NDArray[np.float64]
Columns = Mapping[str, Floats]

# Rows scored together: their columns and what is looked up for them stay in the processor's cache.
ROWS_AT_ONCE = 16_384
# 0.29 x 100 is 28.999999999999996. With four roundings' worth added, a product is never too small, only one too large.
_HUNDRED_AND_A_BIT = 100 * (1 + 4 * 2**-53)
# Points for a required answer nobody gave: far below any sum, and several of them still fit in 16 bits.
_NO_SCORE = -4_000


@dataclass(frozen=True)
class Scored:
    """Scores (0 where a required answer is missing) and probabilities of default (NaN there)."""

    scores: NDArray[np.int16]
    default_probability: Floats

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Which rows have a score."""
        return self.scores > 0


class Portfolio:
    """A scorecard as look-up tables. Building one takes a millisecond; scoring a person some tens of nanoseconds."""

    def __init__(self, scorecard: Scorecard) -> None:
        self._base = scorecard.base_points
        self._columns = tuple(_Column(table) for table in scorecard.tables)
        probabilities = np.full(HIGHEST_SCORE + 1, np.nan)
        probabilities[LOWEST_SCORE:] = scorecard.default_probability
        self._probabilities = probabilities

    def score(self, columns: Columns) -> Scored:
        """Score rows given as float columns by wire name, NaN for an empty cell.

        Empty utilisation is no card, an empty debt ratio or mortgages is unknown, an empty late count or number of
        lines leaves the row without a score. Values beyond a bound count as the bound. `KeyError` for an absent column.
        """
        arrays = [np.ascontiguousarray(columns[column.feature], dtype=np.float64) for column in self._columns]
        scores = np.empty(len(arrays[0]), dtype=np.int16)
        for start in range(0, len(scores), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            self._score_into(scores[rows], [array[rows] for array in arrays])
        return Scored(scores, self._probabilities[scores])

    def _score_into(self, scores: NDArray[np.int16], arrays: list[Floats]) -> None:
        total = np.full(len(scores), self._base, dtype=np.int16)
        for column, values in zip(self._columns, arrays, strict=True):
            total += column.points(values)
        incomplete = total < _NO_SCORE / 2
        np.clip(total, LOWEST_SCORE, HIGHEST_SCORE, out=scores)
        scores[incomplete] = 0


class _Column:
    """The points of one feature at every step of its grid, with those of an unknown value one whole unit beyond."""

    def __init__(self, table: Table) -> None:
        feature = FEATURES[table.feature]
        self.feature = feature.name
        self._lower, self._upper, self._whole = feature.lower, feature.upper, feature.whole
        unit = round(1 / feature.step)
        steps = np.arange((round(feature.upper) + 1) * unit + 2)
        # 29 / 100 is the very number that an edge written 0.29 is; 29 x 0.01 is not.
        self._grid = steps / unit
        points = np.asarray(table.points, dtype=np.int16)[np.searchsorted(table.edges, self._grid, side="right")]
        unknown = _NO_SCORE if table.missing_points is None else table.missing_points
        self._points = np.where(self._grid > feature.upper + 0.5, np.int16(unknown), points)

    def points(self, values: Floats) -> NDArray[np.int16]:
        # minimum keeps NaN, fmin prefers a number to it: what is unknown ends one unit above the upper bound.
        inside = np.fmin(np.minimum(values, self._upper), self._upper + 1)
        np.maximum(inside, self._lower, out=inside)
        if self._whole:
            return self._points.take(inside.astype(np.intp))
        cell = (inside * _HUNDRED_AND_A_BIT).astype(np.intp)
        cell -= inside < self._grid.take(cell)
        return self._points.take(cell)
