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
ROWS_AT_ONCE = 8_192
# 0.29 x 100 is 28.999999999999996. With four roundings' worth added, a product is never too small, only one too large.
_HUNDRED_AND_A_BIT = 100 * (1 + 4 * 2**-53)


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
        incomplete = None
        for column, values in zip(self._columns, arrays, strict=True):
            points = column.points(values)
            if np.isnan(values.sum()):  # a sum is NaN when any of its terms is, and cheaper than looking at each
                unknown = np.isnan(values)
                if column.missing_points is None:
                    incomplete = unknown if incomplete is None else incomplete | unknown
                else:
                    points[unknown] = column.missing_points
            total += points
        np.clip(total, LOWEST_SCORE, HIGHEST_SCORE, out=scores)
        if incomplete is not None:
            scores[incomplete] = 0


class _Column:
    """The points of one feature at every step of its grid; a NaN reads as the lower bound, to be overwritten."""

    def __init__(self, table: Table) -> None:
        feature = FEATURES[table.feature]
        self.feature, self.missing_points = table.feature, table.missing_points
        self._lower, self._upper, self._whole = feature.lower, feature.upper, feature.whole
        steps = np.arange(round(feature.upper / feature.step) + 2)
        # 29 / 100 is the very number that an edge written 0.29 is; 29 x 0.01 is not.
        self._grid = steps / round(1 / feature.step)
        bins = np.searchsorted(table.edges, self._grid, side="right")
        self._points = np.asarray(table.points, dtype=np.int16)[bins]

    def points(self, values: Floats) -> NDArray[np.int16]:
        # fmax and fmin prefer a number to NaN, so unknown values need no look of their own here.
        inside = np.fmin(np.fmax(values, self._lower), self._upper)
        if self._whole:
            return self._points.take(inside.astype(np.intp))
        cell = (inside * _HUNDRED_AND_A_BIT).astype(np.intp)
        cell -= inside < self._grid.take(cell)
        return self._points.take(cell)
