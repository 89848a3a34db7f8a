"""Scoring many people at once with numpy: the same points as `evaluate`, found by looking up instead of searching.

A double's leading bits name a small cell of numbers: in order, unknown (NaN) in cells of its own, whatever lies beyond
a bound beside the bound. A cell that no edge cuts has one answer. One that an edge cuts holds the edge too, and the
value is held against it, bit for bit, so that no input is ever rounded.

What a cell holds is one number: a feature's points in the upper bits, and below them its share of an index for each of
its pairs. Added over the features they are the points of all tables and the cells of all pairs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from score_service.domain.bands import HIGHEST_SCORE, LOWEST_SCORE
from score_service.domain.evaluation import clip
from score_service.domain.portfolio_reasons import PortfolioReasons
from score_service.domain.scorecard import Pair, Scorecard, Table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Columns = Mapping[str, Floats]

# Rows scored together: their columns and what is looked up for them stay in the processor's cache.
ROWS_AT_ONCE = 65_536
# Points for a required answer nobody gave: far below any sum of points, and several of them still fit in 14 bits.
_NO_SCORE = -3_000
_EXPONENT_BITS, _FRACTION_BITS = 11, 52
# With so many bits of the fraction, each whole number below 256 begins a cell.
_COUNT_BITS = 8
# Bits of the index of pairs looked up together, which stay in the first cache, and of all indices in one number, which
# leave room for the points.
_TABLE_BITS, _NUMBER_BITS = 12, 48


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
    """A scorecard as look-up tables of some megabytes: tens of milliseconds to build, nanoseconds a person."""

    def __init__(self, scorecard: Scorecard) -> None:
        self._columns = tuple(_Column(table) for table in scorecard.tables)
        grids = list(_within([_Grid(pair) for pair in scorecard.pairs], _NUMBER_BITS)) or [[]]
        self._sums = tuple(_Sum(self._columns, some, with_points=some is grids[0]) for some in grids)
        lowest, highest = sum(each.lowest for each in self._sums), sum(each.highest for each in self._sums)
        totals = [scorecard.base_points + total for total in range(lowest, highest + 1)]
        scores = [0 if total < _NO_SCORE / 2 else clip(total) for total in totals]
        probabilities = np.full(HIGHEST_SCORE + 1, np.nan)
        probabilities[LOWEST_SCORE:] = scorecard.default_probability
        self._scores = np.array(scores, dtype=np.int16)
        self._probabilities = probabilities[self._scores]
        self._reasons = PortfolioReasons(scorecard)

    def score(self, columns: Columns) -> Scored:
        """Score rows given as float columns by wire name, NaN for an empty cell.

        Empty utilisation is no card, an empty debt ratio or mortgages is unknown, an empty late count or number of
        lines leaves the row without a score. Values beyond a bound count as the bound. `KeyError` for an absent column.
        """
        arrays = self._arrays(columns)
        rows = len(arrays[0])
        scored = Scored(np.empty(rows, dtype=np.int16), np.empty(rows))
        for start in range(0, rows, ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            values = [array[part] for array in arrays]
            total = reduce(np.add, (each.points(values) for each in self._sums))
            # No index here or below leaves its table; `wrap` is the mode that spends least on finding that out.
            self._scores.take(total, mode="wrap", out=scored.scores[part])
            self._probabilities.take(total, mode="wrap", out=scored.default_probability[part])
        return scored

    def reasons(self, columns: Columns) -> tuple[NDArray[np.intp], list[str]]:
        """Return which list of reasons' codes each row has, and the lists (see `PortfolioReasons.name`)."""
        both = zip(self._columns, self._arrays(columns), strict=True)
        return self._reasons.name([column.bins.take(column.cells(array), mode="wrap") for column, array in both])

    def _arrays(self, columns: Columns) -> list[Floats]:
        return [np.ascontiguousarray(columns[column.feature], dtype=np.float64) for column in self._columns]


class _Column:
    """Which cell a value of one feature is in, and the bin of every cell; of one that an edge cuts, both bins."""

    def __init__(self, table: Table) -> None:
        self.feature = table.feature
        unknown = _NO_SCORE if table.missing_points is None else table.missing_points
        self.points = np.array([*table.points, unknown], dtype=np.int64)
        edges = np.array(table.edges)
        bits = _bits_for(edges)
        self._shift = np.uint64(_FRACTION_BITS - bits)
        begins = (np.arange(2 << (_EXPONENT_BITS + bits), dtype=np.uint64) << self._shift).view(np.float64)
        # Each edge's cell, and the bin its beginning is in; negative numbers are all below the first edge.
        self.bins = np.where(np.isnan(begins), table.missing_bin, np.searchsorted(edges, begins, side="right"))
        cells = _cells(edges, self._shift)
        self._edges = None if np.array_equal(begins[cells], edges) else np.full(len(begins), np.inf)
        if self._edges is not None:
            self._edges[cells] = edges
            from_edge = self.bins.copy()
            from_edge[cells] = np.arange(1, len(edges) + 1)
            self.bins = np.column_stack([self.bins, from_edge]).ravel()

    def cells(self, values: Floats) -> NDArray[np.intp]:
        cells: NDArray[np.intp] = (values.view(np.uint64) >> self._shift).view(np.intp)
        if self._edges is not None:
            from_edge = values >= self._edges.take(cells, mode="wrap")
            cells += cells
            cells += from_edge
        return cells


class _Grid:
    """The points of a pair as one row of numbers, and what each bin of its two features adds to the index."""

    def __init__(self, pair: Pair) -> None:
        # Bins that earn alike share a row or column, so that the index has few bits.
        rows, of_row = np.unique(np.array(pair.points, dtype=np.int64), axis=0, return_inverse=True)
        grid, of_column = np.unique(rows, axis=1, return_inverse=True)
        self.points, self.bits = grid.ravel(), (grid.size - 1).bit_length()
        self.shares = {pair.given_position: of_row.ravel() * grid.shape[1], pair.position: of_column.ravel()}


class _Sum:
    """One number a cell of every feature, and how to read the points of some pairs out of their sum."""

    def __init__(self, columns: Sequence[_Column], grids: Sequence[_Grid], *, with_points: bool) -> None:
        self._columns, shares = columns, [np.zeros_like(column.points) for column in columns]
        self._tables: list[tuple[int, int, Ints]] = []
        self._shift = self.lowest = self.highest = 0
        for together in _within(grids, _TABLE_BITS):
            start, points = self._shift, np.zeros(1, dtype=np.int64)
            for grid in together:
                for position, share in grid.shares.items():
                    # A required answer nobody gave is in no pair: without a score, any cell will do.
                    shares[position][: len(share)] += share << self._shift
                # Where there are fewer cells than numbers of so many bits, the last stand for nobody.
                points = np.add.outer(np.resize(grid.points, 1 << grid.bits), points).ravel()
                self._shift += grid.bits
            self._tables.append((start, len(points) - 1, self._from_lowest(points)))
        worth = [self._from_lowest(column.points * with_points) << self._shift for column in columns]
        numbers = [points + share for points, share in zip(worth, shares, strict=True)]
        # The fewer bytes a number has, the less time they take.
        narrow = np.min_scalar_type(-sum(int(each.max()) for each in numbers))
        self._numbers = [each.astype(narrow)[column.bins] for column, each in zip(columns, numbers, strict=True)]

    def points(self, values: Sequence[Floats]) -> Ints:
        """Return the points of rows, counted from the lowest that anyone can have."""
        parts = zip(self._columns, self._numbers, values, strict=True)
        # One feature after the other, so that what is at hand of the rows stays in the cache.
        found = (numbers.take(column.cells(some), mode="wrap") for column, numbers, some in parts)
        number = next(found)
        for other in found:
            number += other
        index = number.astype(np.int64, copy=False)
        total: Ints = index >> self._shift
        for start, mask, points in self._tables:
            total += points.take((index >> start) & mask, mode="wrap")
        return total

    def _from_lowest(self, points: Ints) -> Ints:
        self.lowest, self.highest = self.lowest + int(points.min()), self.highest + int(points.max())
        counted: Ints = points - points.min()
        return counted


def _within(grids: Sequence[_Grid], bits: int) -> Iterator[list[_Grid]]:
    """Yield the grids in groups whose indices have no more than so many bits together."""
    group: list[_Grid] = []
    for grid in grids:
        if group and sum(each.bits for each in (*group, grid)) > bits:
            yield group
            group = []
        group.append(grid)
    if group:
        yield group


def _bits_for(edges: Floats) -> int:
    """Return how much of the fraction tells edges apart: few bits make every count a cell of its own, as 0 to 3 are
    with one bit. Of ratios, no cell may hold two edges: 0.06 and 0.07 need two bits, 1.00 and 1.01 seven.
    """
    widths = range(1, _FRACTION_BITS + 1)  # without a first bit, NaN would be in infinity's cell
    begin_cells = (bits for bits in widths[:_COUNT_BITS] if not (edges.view(np.uint64) << np.uint64(12 + bits)).any())
    apart = (bits for bits in widths if np.diff(_cells(edges, np.uint64(_FRACTION_BITS - bits))).all())
    return next(chain(begin_cells, apart))


def _cells(values: Floats, shift: np.uint64) -> NDArray[np.intp]:
    return (values.view(np.uint64) >> shift).astype(np.intp)
