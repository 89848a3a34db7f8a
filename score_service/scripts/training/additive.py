"""The monotone additive fit: f(x) = b + Σ T_j[bin_j(x_j)], each table a cumulative sum of jumps with bounded signs,
plus a few pairs of features (`pairs`), whose prices are bounded too.

Logistic loss, an L1 price on the jumps and a little L2 make a convex problem with box bounds, solved by L-BFGS-B.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from score_service.scripts.training.link import Link
from score_service.scripts.training.optimise import Bound, minimise
from score_service.scripts.training.pairs import PairFit, beyond
from score_service.scripts.training.terms import Codes, Corners, Floats, Term

L1 = 1.0
L2 = 1.0


@dataclass(frozen=True)
class Additive:
    """A fitted sum. A table has one number a bin and one for unknown, centred on the answers' mean; good is high.

    `prices` are those of each pair in `pairs`.
    """

    intercept: float
    tables: tuple[Floats, ...]
    pairs: tuple[PairFit, ...]
    prices: tuple[Floats, ...]
    parameters: Floats

    def values(self, codes: tuple[Codes, ...]) -> Floats:
        """Return f for rows given as bins."""
        total = np.full(len(codes[0]), self.intercept)
        for table, code in zip(self.tables, codes, strict=True):
            total += table[code]
        for pair, prices in zip(self.pairs, self.prices, strict=True):
            total += pair.table(prices).ravel()[pair.cells(codes)]
        return total


class Problem:
    """The rows and terms of a fit; parameters are the intercept, then each term's jump sizes and its unknown shift,
    then the prices of each pair."""

    def __init__(
        self,
        terms_: tuple[Term, ...],
        codes: tuple[Codes, ...],
        bad: NDArray[np.int64],
        weights: Floats,
        corners: tuple[Corners, ...] = (),
    ) -> None:
        self.terms, self.codes, self.weights = terms_, codes, weights
        self.good = 1.0 - bad
        self.signs = tuple(term.signs for term in terms_)
        counts = [np.bincount(code, weights, len(term.edges) + 2) for term, code in zip(terms_, codes, strict=True)]
        self.shares = tuple(count[:-1] / count[:-1].sum() for count in counts)
        self.unknown_shares = tuple(float(count[-1] / count.sum()) for count in counts)
        self.slices = tuple(_slices([len(term.edges) for term in terms_]))
        self.pairs = tuple(self._pair(pair) for pair in corners)
        ends = np.cumsum([self.slices[-1][1] + 1, *(pair.size for pair in self.pairs)])
        self.prices = tuple(slice(start, end) for start, end in pairwise(ends.tolist()))
        self.cells = tuple(pair.cells(codes) for pair in self.pairs)
        self.size = int(ends[-1])
        self.is_jump = np.zeros(self.size, dtype=bool)
        for jumps in (*(jumps for jumps, _ in self.slices), *self.prices):
            self.is_jump[jumps] = True
        self.is_penalised = np.arange(self.size) > 0

    def _pair(self, corners: Corners) -> PairFit:
        names = [term.feature for term in self.terms]
        own, given = names.index(corners.feature), names.index(corners.given)
        rows = beyond(self.terms[given], corners.given_edges, self.shares[given])
        columns = beyond(self.terms[own], corners.edges, self.shares[own])
        return PairFit(own, given, corners, rows, columns)

    def model(self, parameters: Floats) -> Additive:
        """Return the tables that `parameters` mean, each centred on the mean of the whole population."""
        tables = []
        parts = zip(self.signs, self.shares, self.unknown_shares, self.slices, strict=True)
        for signs, share, unknown_share, (jumps, shift) in parts:
            known = np.concatenate(([0.0], np.cumsum(parameters[jumps] * signs)))
            table = np.append(known - share @ known, parameters[shift])
            tables.append(table - unknown_share * parameters[shift])
        prices = tuple(parameters[part] for part in self.prices)
        return Additive(float(parameters[0]), tuple(tables), self.pairs, prices, parameters)

    def sums(self, parameters: Floats) -> Floats:
        """Return f of the problem's own rows, whose cells of every pair are at hand."""
        model = self.model(parameters)
        total = np.full(len(self.good), model.intercept)
        for table, code in zip(model.tables, self.codes, strict=True):
            total += table[code]
        for pair, prices, cells in zip(self.pairs, model.prices, self.cells, strict=True):
            total += pair.table(prices).ravel()[cells]
        return total

    def loss(self, parameters: Floats, link: Link, penalty: tuple[float, float]) -> tuple[float, Floats]:
        """Return the penalised mean logistic loss and its gradient."""
        total = self.weights.sum()
        log_odds, slope = link.with_slope(self.sums(parameters))
        # Probability and loss from one exponential, which is most of what a fit spends its time on.
        small = np.exp(-np.abs(log_odds))
        repaid = np.where(log_odds >= 0, 1.0, small) / (1 + small)
        residual = self.weights * (repaid - self.good) * slope
        gradient = np.empty(self.size)
        gradient[0] = residual.sum()
        parts = zip(self.signs, self.codes, self.shares, self.unknown_shares, self.slices, strict=True)
        for signs, code, share, unknown_share, (jumps, shift) in parts:
            by_bin = np.bincount(code, residual, len(signs) + 2)
            known = by_bin[:-1] - share * by_bin[:-1].sum()
            gradient[jumps] = np.cumsum(known[::-1])[::-1][1:] * signs
            gradient[shift] = by_bin[-1] - unknown_share * by_bin.sum()
        for pair, part, cells in zip(self.pairs, self.prices, self.cells, strict=True):
            by_cell = np.bincount(cells, residual, pair.table(parameters[part]).size).astype(np.float64)
            gradient[part] = pair.gradient(by_cell)
        gradient += penalty[0] * self.is_jump + penalty[1] * self.is_penalised * parameters
        fit = (self.weights * (np.maximum(log_odds, 0) + np.log(1 + small) - self.good * log_odds)).sum()
        price = penalty[0] * parameters[self.is_jump].sum() + penalty[1] / 2 * (parameters[1:] @ parameters[1:])
        return float((fit + price) / total), gradient / total


def fit_additive(problem: Problem, link: Link, start: Floats | None = None, prices: Floats | None = None) -> Additive:
    """Return the tables of least penalised loss under `link`, from `start` or from the overall odds.

    With `prices`, those of all pairs are held at these numbers and only the tables are fitted.
    """
    if start is None:
        start = np.zeros(problem.size)
        share = np.average(problem.good, weights=problem.weights)
        start[0] = np.log(share / (1 - share))
    bounds: list[Bound] = [(0, None) if is_jump else (None, None) for is_jump in problem.is_jump]
    if prices is not None and len(prices):
        start = np.concatenate((start[: -len(prices)], prices))
        bounds[-len(prices) :] = [(price, price) for price in prices]
    return problem.model(minimise(lambda parameters: problem.loss(parameters, link, (L1, L2)), start, bounds))


def _slices(edge_counts: list[int]) -> list[tuple[slice, int]]:
    slices, position = [], 1
    for count in edge_counts:
        slices.append((slice(position, position + count), position + count))
        position += count + 1
    return slices
