"""Scoring many people at once with numpy: the same points as `evaluate`, found by looking up instead of searching.

A double's leading bits name a small cell of numbers: in order, unknown (NaN) in cells of its own, whatever lies beyond
a bound beside the bound. A cell that no edge cuts has one answer. One that an edge cuts holds the edge too, and the
value is held against it, bit for bit, so that no input is ever rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from score_service.domain.bands import HIGHEST_SCORE, LOWEST_SCORE
from score_service.domain.evaluation import clip
from score_service.domain.scorecard import Pair, Scorecard, Table

Floats = NDArray[np.float64]
Columns = Mapping[str, Floats]

# Rows scored together: their columns and what is looked up for them stay in the processor's cache.
ROWS_AT_ONCE = 32_768
# Points for a required answer nobody gave: below any sum of points, and several of them still fit in 16 bits.
_NO_SCORE = -4_000
_EXPONENT_BITS, _FRACTION_BITS = 11, 52
# With so many bits of the fraction, each whole number below 256 begins a cell.
_COUNT_BITS = 8


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
    """A scorecard as look-up tables of a few megabytes: tens of milliseconds to build, nanoseconds a person."""

    def __init__(self, scorecard: Scorecard) -> None:
        self._columns = tuple(_Column(table) for table in scorecard.tables)
        self._pairs = tuple(_PairPoints(pair) for pair in scorecard.pairs)
        self._paired = {place for pair in scorecard.pairs for place in (pair.position, pair.given_position)}
        parts: tuple[_Column | _PairPoints, ...] = (*self._columns, *self._pairs)
        self._lowest, highest = sum(part.lowest for part in parts), sum(part.highest for part in parts)
        totals = [scorecard.base_points + total for total in range(self._lowest, highest + 1)]
        scores = [0 if total < _NO_SCORE / 2 else clip(total) for total in totals]
        probabilities = np.full(HIGHEST_SCORE + 1, np.nan)
        probabilities[LOWEST_SCORE:] = scorecard.default_probability
        self._scores = np.array(scores, dtype=np.int16)
        self._probabilities = probabilities[self._scores]

    def score(self, columns: Columns) -> Scored:
        """Score rows given as float columns by wire name, NaN for an empty cell.

        Empty utilisation is no card, an empty debt ratio or mortgages is unknown, an empty late count or number of
        lines leaves the row without a score. Values beyond a bound count as the bound. `KeyError` for an absent column.
        """
        arrays = [np.ascontiguousarray(columns[column.feature], dtype=np.float64) for column in self._columns]
        rows = len(arrays[0])
        scored = Scored(np.empty(rows, dtype=np.int16), np.empty(rows))
        for start in range(0, rows, ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            total = self._total([array[part] for array in arrays])
            # No index here or below leaves its table; `wrap` is the mode that spends least on finding that out.
            self._scores.take(total, mode="wrap", out=scored.scores[part])
            self._probabilities.take(total, mode="wrap", out=scored.default_probability[part])
        return scored

    def _total(self, arrays: list[Floats]) -> NDArray[np.intp]:
        total = np.full(len(arrays[0]), -self._lowest, dtype=np.int16)
        cells = [column.cells(values) for column, values in zip(self._columns, arrays, strict=True)]
        for column, cell in zip(self._columns, cells, strict=True):
            total += column.points(cell)
        bins = {place: self._columns[place].bins(cells[place]) for place in self._paired}
        for pair in self._pairs:
            total += pair.points(bins)
        return total.astype(np.intp)


class _Column:
    """The points of one feature by cell; of a cell that an edge cuts, those below the edge and those from it on."""

    def __init__(self, table: Table) -> None:
        self.feature = table.feature
        edges = np.array(table.edges)
        bits = _bits_for(edges)
        self._shift = np.uint64(_FRACTION_BITS - bits)
        begins = (np.arange(2 << (_EXPONENT_BITS + bits), dtype=np.uint64) << self._shift).view(np.float64)
        # Each edge's cell, and the bin its beginning is in; negative numbers are all below the first edge.
        bins = np.where(np.isnan(begins), table.missing_bin, np.searchsorted(edges, begins, side="right"))
        unknown = _NO_SCORE if table.missing_points is None else table.missing_points
        points = np.array([*table.points, unknown], dtype=np.int16)
        self.lowest, self.highest = int(points.min()), int(points.max())
        cells = _cells(edges, self._shift)
        self._edges = None if np.array_equal(begins[cells], edges) else np.full(len(begins), np.inf)
        if self._edges is not None:
            self._edges[cells] = edges
            from_edge = bins.copy()
            from_edge[cells] = np.arange(1, len(edges) + 1)
            bins = np.column_stack([bins, from_edge]).ravel()
        self._points, self._bins = points[bins], bins.astype(np.int16)

    def cells(self, values: Floats) -> NDArray[np.intp]:
        cells: NDArray[np.intp] = (values.view(np.uint64) >> self._shift).view(np.intp)
        if self._edges is not None:
            from_edge = values >= self._edges.take(cells, mode="wrap")
            cells += cells
            cells += from_edge
        return cells

    def points(self, cells: NDArray[np.intp]) -> NDArray[np.int16]:
        return self._points.take(cells, mode="wrap")

    def bins(self, cells: NDArray[np.intp]) -> NDArray[np.int16]:
        return self._bins.take(cells, mode="wrap")


class _PairPoints:
    """The points of a pair by the bins of its two features, as one row of numbers."""

    def __init__(self, pair: Pair) -> None:
        self._position, self._given_position = pair.position, pair.given_position
        # A row with a required answer missing has no score, whatever it is given here: one more cell each way.
        grid = np.pad(np.array(pair.points, dtype=np.int16), ((0, 1), (0, 1)))
        self._width, self._points = np.int16(grid.shape[1]), grid.ravel()
        self.lowest, self.highest = int(grid.min()), int(grid.max())

    def points(self, bins: Mapping[int, NDArray[np.int16]]) -> NDArray[np.int16]:
        return self._points.take(bins[self._given_position] * self._width + bins[self._position], mode="wrap")


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
