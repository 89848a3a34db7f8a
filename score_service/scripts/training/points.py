"""From a fitted sum to integer points on the scale 300 to 850, and from a score back to a probability of default."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from score_service.domain.bands import HIGHEST_SCORE, LOWEST_SCORE
from score_service.scripts.training.additive import Additive, Problem, fit_additive
from score_service.scripts.training.link import IDENTITY, Link, fit_link
from score_service.scripts.training.terms import Codes, Floats
from score_service.scripts.training.whole_pairs import Ints, PairPoints, whole_pair

ROUNDS = 6
# Tables are rounded this much high. An unknown answer is held to the mean rounded down:
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

    `learned` is what the outcomes say; `served` is the same with no unknown answer above the population's mean. A pair
    has one row for each bin of the given feature, unknown last.
    """

    base: int
    learned: tuple[Ints, ...]
    served: tuple[Ints, ...]
    pairs: tuple[PairPoints, ...]
    scale: Scale
    default_probability: Floats

    def earned(self, codes: tuple[Codes, ...], owners: Sequence[int]) -> Ints:
        """Return the served points of rows given as bins, one column a term; those of each pair are its owner's."""
        earned = np.column_stack([table[code] for table, code in zip(self.served, codes, strict=True)])
        for pair, owner in zip(self.pairs, owners, strict=True):
            earned[:, owner] += pair.points(codes)
        return earned

    def scores(self, codes: tuple[Codes, ...]) -> Ints:
        """Return clip(base + Σ points, 300, 850) of rows given as bins, as served."""
        return self._clipped_sum(self.served, codes)

    def scores_uncapped(self, codes: tuple[Codes, ...]) -> Ints:
        """Return the scores had unknown answers their learned points."""
        return self._clipped_sum(self.learned, codes)

    def _clipped_sum(self, tables: tuple[Ints, ...], codes: tuple[Codes, ...]) -> Ints:
        return clipped_sum(self.base, tables, self.pairs, codes)

    def probabilities(self, scores: Ints) -> Floats:
        """Return the probability of default at each score."""
        return self.default_probability[scores - LOWEST_SCORE]


def clipped_sum(base: int, tables: tuple[Ints, ...], pairs: tuple[PairPoints, ...], codes: tuple[Codes, ...]) -> Ints:
    """Return clip(base + Σ points, 300, 850) of rows given as bins."""
    total: Ints = np.full(len(codes[0]), base, dtype=np.int64)
    for table, code in zip(tables, codes, strict=True):
        total += table[code]
    for pair in pairs:
        total += pair.points(codes)
    scores: Ints = np.clip(total, LOWEST_SCORE, HIGHEST_SCORE)
    return scores


def fit(problem: Problem, bad: Ints) -> Fit:
    """Return tables and link: the tables under the identity, then link and tables in turn, six times."""
    additive, link = fit_additive(problem, IDENTITY), IDENTITY
    for _ in range(ROUNDS):
        link = fit_link(problem.sums(additive.parameters), bad)
        additive = fit_additive(problem, link, additive.parameters)
    return Fit(additive, fit_link(problem.sums(additive.parameters), bad))


def scale_of(additive: Additive, codes: tuple[Codes, ...]) -> Scale:
    """Return the scale on which the best sum is 850 and the lowest half percent of `codes` is at 300."""
    top = additive.intercept + sum(float(table[:-1].max()) for table in additive.tables)
    low = float(np.quantile(additive.values(codes), _SHARE_AT_LOWEST))
    return Scale(top, (HIGHEST_SCORE - LOWEST_SCORE) / (top - low))


def to_points(problem: Problem, fitted: Fit, bad: Ints) -> Points:
    """Return the integer scorecard of a fit. The probabilities are fitted to the clipped integer scores."""
    codes, scale = problem.codes, scale_of(fitted.additive, problem.codes)
    # Prices become whole points first, and the tables are fitted once more around them.
    whole = tuple(np.rint(prices * scale.factor) for prices in fitted.additive.prices)
    held = np.concatenate(whole) / scale.factor if whole else None
    additive = fit_additive(problem, fitted.link, fitted.additive.parameters, held)
    learned = [np.rint(table * scale.factor + _HEADROOM).astype(np.int64) for table in additive.tables]
    pairs = tuple(whole_pair(pair, prices, learned, codes) for pair, prices in zip(additive.pairs, whole, strict=True))
    learned = [table - round(float(table[code].mean())) for table, code in zip(learned, codes, strict=True)]
    served = tuple(_capped(table, code) for table, code in zip(learned, codes, strict=True))
    # The best answers are at no corner, so the pairs give them nothing.
    base = HIGHEST_SCORE - sum(int(table[:-1].max()) for table in served)
    link = fit_link(scale.sums(clipped_sum(base, served, pairs, codes)), bad)
    every_score = np.arange(LOWEST_SCORE, HIGHEST_SCORE + 1)
    probability = np.round(expit(-link(scale.sums(every_score))), 9)
    return Points(base, tuple(learned), served, pairs, scale, probability)


def _capped(table: Ints, code: Codes) -> Ints:
    """Hiding must not help: an unknown answer earns what was learned, or the population's mean where that is less."""
    return np.append(table[:-1], min(table[-1], int(np.floor(table[code].mean()))))
