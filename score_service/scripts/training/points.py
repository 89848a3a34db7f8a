"""From a fitted sum to integer points on the scale 300 to 850, and from a score back to a probability of default."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from score_service.domain.bands import HIGHEST_SCORE, LOWEST_SCORE
from score_service.scripts.training.additive import Additive, Codes, Problem, fit_additive
from score_service.scripts.training.data import Floats
from score_service.scripts.training.link import IDENTITY, Link, fit_link

Ints = NDArray[np.int64]

ROUNDS = 6
# Tables are rounded this much high, and the base that much lower. An unknown answer is held to the mean rounded down:
# with a mean just above a whole number that costs a quarter of a point, with one just below it a whole one.
_HEADROOM = 0.25
# The best possible person has 850; the worst half percent of the population shares 300.
_SHARE_AT_LOWEST = 0.005


@dataclass(frozen=True)
class Fit:
    """Tables and link fitted in turn on the same rows."""

    additive: Additive
    link: Link


@dataclass(frozen=True)
class Scale:
    """score = 850 - factor x (top - f): `top` is the best sum anyone can have, `factor` the points a unit of f."""

    top: float
    factor: float

    def sums(self, score: Ints) -> Floats:
        """Return the sum f that a score stands for."""
        return self.top - (HIGHEST_SCORE - score) / self.factor


@dataclass(frozen=True)
class Points:
    """An integer scorecard: base, one table a term with the unknown bin last, and default probabilities by score.

    `learned` is what the outcomes say; `served` is the same with no unknown answer above the population's mean.
    """

    base: int
    learned: tuple[Ints, ...]
    served: tuple[Ints, ...]
    scale: Scale
    default_probability: Floats

    def earned(self, codes: tuple[Codes, ...]) -> Ints:
        """Return the served points of rows given as bins, one column a term."""
        return np.column_stack([table[code] for table, code in zip(self.served, codes, strict=True)])

    def scores(self, codes: tuple[Codes, ...]) -> Ints:
        """Return clip(base + Σ points, 300, 850) of rows given as bins, as served."""
        return clipped_sum(self.base, self.served, codes)

    def probabilities(self, scores: Ints) -> Floats:
        """Return the probability of default at each score."""
        return self.default_probability[scores - LOWEST_SCORE]


def clipped_sum(base: int, tables: tuple[Ints, ...], codes: tuple[Codes, ...]) -> Ints:
    """Return clip(base + Σ points, 300, 850) of rows given as bins."""
    total: Ints = np.full(len(codes[0]), base, dtype=np.int64)
    for table, code in zip(tables, codes, strict=True):
        total += table[code]
    scores: Ints = np.clip(total, LOWEST_SCORE, HIGHEST_SCORE)
    return scores


def fit(problem: Problem, bad: Ints) -> Fit:
    """Return tables and link: the tables under the identity, then link and tables in turn, six times."""
    additive, link = fit_additive(problem, IDENTITY), IDENTITY
    for _ in range(ROUNDS):
        link = fit_link(additive.values(problem.codes), bad)
        additive = fit_additive(problem, link, additive.parameters)
    return Fit(additive, fit_link(additive.values(problem.codes), bad))


def scale_of(additive: Additive, codes: tuple[Codes, ...]) -> Scale:
    """Return the scale on which the best sum is 850 and the lowest half percent of `codes` is at 300."""
    top = additive.intercept + sum(float(table[:-1].max()) for table in additive.tables)
    low = float(np.quantile(additive.values(codes), _SHARE_AT_LOWEST))
    return Scale(top, (HIGHEST_SCORE - LOWEST_SCORE) / (top - low))


def to_points(fitted: Fit, codes: tuple[Codes, ...], bad: Ints) -> Points:
    """Return the integer scorecard of a fit. The probabilities are fitted to the clipped integer scores."""
    scale = scale_of(fitted.additive, codes)
    tables = fitted.additive.tables
    base = round(HIGHEST_SCORE - scale.factor * (scale.top - fitted.additive.intercept) - _HEADROOM * len(tables))
    learned = tuple(np.rint(table * scale.factor + _HEADROOM).astype(np.int64) for table in tables)
    served = tuple(_capped(table, code) for table, code in zip(learned, codes, strict=True))
    link = fit_link(scale.sums(clipped_sum(base, served, codes)), bad)
    every_score = np.arange(LOWEST_SCORE, HIGHEST_SCORE + 1)
    return Points(base, learned, served, scale, np.round(expit(-link(scale.sums(every_score))), 9))


def _capped(table: Ints, code: Codes) -> Ints:
    """Hiding must not help: an unknown answer earns what was learned, or the population's mean where that is less."""
    return np.append(table[:-1], min(table[-1], int(np.floor(table[code].mean()))))
