"""Pairs of features in the monotone fit: what two answers cost together, beyond or below what each costs alone.

Of both answers some edges are corners, beyond which a value is worse. A pair is a sum of prices, each at least 0, paid
where both answers are beyond their corner (*and*) or where either is (*or*): whatever the prices, a worse answer never
helps. A price paid for *or* is the same as one paid for each answer, of which one is given back where both are bad.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from score_service.domain.scorecard import Shape
from score_service.scripts.training.terms import Codes, Corners, Floats, Term


def beyond(term: Term, corners: tuple[float, ...], shares: Floats) -> Floats:
    """Return for every bin of `term` whether it is beyond each corner; an unknown value is so with its probability.

    Ages get better upwards, so 30 is beyond the corner 35; four lines are beyond a corner of 6 below the peak of 9.
    """
    starts = np.concatenate(([-np.inf], term.edges))
    below = [term.shape is Shape.RISING or (term.peak is not None and corner <= term.peak) for corner in corners]
    columns = [starts < corner if low else starts >= corner for corner, low in zip(corners, below, strict=True)]
    known = np.array(columns, dtype=np.float64).T
    return np.vstack((known, shares @ known))


@dataclass(frozen=True)
class PairFit:
    """One pair among the terms at `position` (whose points it changes) and `given_position`."""

    position: int
    given_position: int
    corners: Corners
    rows: Floats
    columns: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """The corners of the given feature and those of the feature."""
        return self.rows.shape[1], self.columns.shape[1]

    @property
    def size(self) -> int:
        """How many prices there are: an *and* and an *or* for each two corners."""
        return 2 * self.shape[0] * self.shape[1]

    def prices(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Return the prices of *and* and of *or*, by corner of the given feature and corner of the feature."""
        both, either = np.split(parameters, 2)
        return both.reshape(self.shape), either.reshape(self.shape)

    @cached_property
    def _kinds(self) -> tuple[Floats, NDArray[np.int64], Floats, NDArray[np.int64]]:
        # Most bins lie between the same corners; the few that differ keep the table of a pair small.
        row, of_row = np.unique(self.rows, axis=0, return_inverse=True)
        column, of_column = np.unique(self.columns, axis=0, return_inverse=True)
        return row, of_row.ravel(), column, of_column.ravel()

    def cells(self, codes: tuple[Codes, ...]) -> Codes:
        """Return each person's cell of the small table."""
        _, of_row, column, of_column = self._kinds
        cells: Codes = of_row[codes[self.given_position]] * len(column) + of_column[codes[self.position]]
        return cells

    def table(self, parameters: Floats) -> Floats:
        """Return what the small table takes from the sum: 0 where nothing is wrong, less elsewhere."""
        both, either = self.prices(parameters)
        row, _, column, _ = self._kinds
        cost: Floats = row @ (both - either) @ column.T + (row @ either.sum(1))[:, None] + column @ either.sum(0)
        return -cost

    def gradient(self, by_cell: Floats) -> Floats:
        """Return the slope of the loss in each price, from its slope in each cell."""
        row, _, column, _ = self._kinds
        by_cell = by_cell.reshape(len(row), len(column))
        both = -(row.T @ by_cell @ column)
        either = -both - (row.T @ by_cell.sum(1))[:, None] - by_cell.sum(0) @ column
        return np.concatenate((both.ravel(), either.ravel()))
