"""The monotone additive fit: f(x) = b + Σ T_j[bin_j(x_j)], each table a cumulative sum of jumps with bounded signs.

Logistic loss, an L1 price on the jumps and a little L2 make a convex problem with box bounds, solved by L-BFGS-B.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from score_service.domain.features import FEATURES
from score_service.domain.scorecard import Shape
from score_service.scripts.training.data import Floats
from score_service.scripts.training.link import Link
from score_service.scripts.training.optimise import Bound, minimise

Codes = NDArray[np.int32]

L1 = 1.0
L2 = 1.0


@dataclass(frozen=True)
class Term:
    """One feature's candidate bins and the direction in which its points may move."""

    feature: str
    shape: Shape
    peak: float | None
    edges: Floats

    @property
    def signs(self) -> Floats:
        """+1 where points may rise across an edge, -1 where they may fall."""
        if self.shape is Shape.PEAKED and self.peak is not None:
            return np.where(self.edges <= self.peak, 1.0, -1.0)
        return np.full(len(self.edges), 1.0 if self.shape is Shape.RISING else -1.0)

    def codes(self, values: Floats) -> Codes:
        """Return each value's bin; unknown values get the bin after the last."""
        bins = np.searchsorted(self.edges, values, side="right")
        return np.where(np.isnan(values), len(self.edges) + 1, bins).astype(np.int32)


# The last candidate edge of each feature: beyond it a handful of rows would decide.
_LAST_EDGE = {
    "utilisation": 1.99, "late30": 11, "late60": 7, "late90": 11, "debt_ratio": 5, "lines": 39, "mortgages": 15,
    "age": 95, "dependents": 7,
}  # fmt: skip
_PEAKS = {"lines": 9.0, "mortgages": 1.0}


def terms(features: tuple[str, ...]) -> tuple[Term, ...]:
    """Return the terms of a model: candidate edges lie on the answers' grid."""
    return tuple(_term(name) for name in features)


def _term(name: str) -> Term:
    feature = FEATURES[name]
    first, last = feature.lower / feature.step + 1, _LAST_EDGE[name] / feature.step
    # Dividing whole numbers gives 0.29, where 29 x 0.01 would give 0.29000000000000004.
    steps = np.arange(round(first), round(last) + 1)
    if not feature.whole:
        # Every hundredth up to 1.2, every twentieth beyond, where few people are.
        steps = steps[(steps <= 120) | (steps % 5 == 0)]
    shape = Shape.PEAKED if name in _PEAKS else Shape.RISING if name == "age" else Shape.FALLING
    return Term(name, shape, _PEAKS.get(name), steps / round(1 / feature.step))


@dataclass(frozen=True)
class Additive:
    """A fitted sum. A table has one number a bin and one for unknown, centred on the answers' mean; good is high."""

    intercept: float
    tables: tuple[Floats, ...]
    parameters: Floats

    def values(self, codes: tuple[Codes, ...]) -> Floats:
        """Return f for rows given as bins."""
        total = np.full(len(codes[0]), self.intercept)
        for table, code in zip(self.tables, codes, strict=True):
            total += table[code]
        return total


class Problem:
    """The rows and terms of a fit; parameters are the intercept, then each term's jump sizes and its unknown shift."""

    def __init__(
        self, terms_: tuple[Term, ...], codes: tuple[Codes, ...], bad: NDArray[np.int64], weights: Floats
    ) -> None:
        self.terms, self.codes, self.weights = terms_, codes, weights
        self.good = 1.0 - bad
        self.signs = tuple(term.signs for term in terms_)
        counts = [np.bincount(code, weights, len(term.edges) + 2) for term, code in zip(terms_, codes, strict=True)]
        self.shares = tuple(count[:-1] / count[:-1].sum() for count in counts)
        self.unknown_shares = tuple(float(count[-1] / count.sum()) for count in counts)
        self.slices = tuple(_slices([len(term.edges) for term in terms_]))
        self.size = self.slices[-1][1] + 1
        self.is_jump = np.zeros(self.size, dtype=bool)
        for jumps, _ in self.slices:
            self.is_jump[jumps] = True
        self.is_penalised = np.arange(self.size) > 0

    def model(self, parameters: Floats) -> Additive:
        """Return the tables that `parameters` mean, each centred on the mean of the whole population."""
        tables = []
        parts = zip(self.signs, self.shares, self.unknown_shares, self.slices, strict=True)
        for signs, share, unknown_share, (jumps, shift) in parts:
            known = np.concatenate(([0.0], np.cumsum(parameters[jumps] * signs)))
            table = np.append(known - share @ known, parameters[shift])
            tables.append(table - unknown_share * parameters[shift])
        return Additive(float(parameters[0]), tuple(tables), parameters)

    def loss(self, parameters: Floats, link: Link, penalty: tuple[float, float]) -> tuple[float, Floats]:
        """Return the penalised mean logistic loss and its gradient."""
        total = self.weights.sum()
        value = self.model(parameters).values(self.codes)
        log_odds, slope = link.with_slope(value)
        residual = self.weights * (expit(log_odds) - self.good) * slope
        gradient = np.empty(self.size)
        gradient[0] = residual.sum()
        parts = zip(self.signs, self.codes, self.shares, self.unknown_shares, self.slices, strict=True)
        for signs, code, share, unknown_share, (jumps, shift) in parts:
            by_bin = np.bincount(code, residual, len(signs) + 2)
            known = by_bin[:-1] - share * by_bin[:-1].sum()
            gradient[jumps] = np.cumsum(known[::-1])[::-1][1:] * signs
            gradient[shift] = by_bin[-1] - unknown_share * by_bin.sum()
        gradient += penalty[0] * self.is_jump + penalty[1] * self.is_penalised * parameters
        fit = (self.weights * (np.logaddexp(0, log_odds) - self.good * log_odds)).sum()
        price = penalty[0] * parameters[self.is_jump].sum() + penalty[1] / 2 * (parameters[1:] @ parameters[1:])
        return float((fit + price) / total), gradient / total


def fit_additive(problem: Problem, link: Link, start: Floats | None = None) -> Additive:
    """Return the tables of least penalised loss under `link`, from `start` or from the overall odds."""
    if start is None:
        start = np.zeros(problem.size)
        share = np.average(problem.good, weights=problem.weights)
        start[0] = np.log(share / (1 - share))
    bounds: list[Bound] = [(0, None) if is_jump else (None, None) for is_jump in problem.is_jump]
    return problem.model(minimise(lambda parameters: problem.loss(parameters, link, (L1, L2)), start, bounds))


def code_all(terms_: tuple[Term, ...], values: Mapping[str, Floats]) -> tuple[Codes, ...]:
    """Return the bins of every row, one array a term."""
    return tuple(term.codes(values[term.feature]) for term in terms_)


def _slices(edge_counts: list[int]) -> list[tuple[slice, int]]:
    slices, position = [], 1
    for count in edge_counts:
        slices.append((slice(position, position + count), position + count))
        position += count + 1
    return slices
