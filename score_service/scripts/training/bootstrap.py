"""How much the score would move had other people been in the sample."""

import numpy as np

from score_service.domain.bands import BAND_FLOORS, HIGHEST_SCORE
from score_service.scripts.training.additive import Problem, fit_additive
from score_service.scripts.training.measures import SEED
from score_service.scripts.training.model import Trained
from score_service.scripts.training.terms import Floats


def model_sd(trained: Trained, replicates: int) -> dict[str, float]:
    """Return, by band, the standard deviation in points of a person's score over refits on resampled rows.

    The link stays as trained: it fixes the unit in which sums are measured, so refits can be compared point by point.
    """
    codes, bad, scale = trained.codes, trained.sample.bad, trained.points.scale
    additive, link = trained.fit.additive, trained.fit.link
    generator = np.random.default_rng(SEED)
    mean, squares = np.zeros(len(bad)), np.zeros(len(bad))
    for number in range(1, replicates + 1):
        weights = generator.multinomial(len(bad), np.full(len(bad), 1 / len(bad))).astype(np.float64)
        problem = Problem(trained.terms, codes, bad, weights, trained.corners)
        refit = problem.sums(fit_additive(problem, link, additive.parameters).parameters)
        step = refit - mean
        mean += step / number
        squares += step * (refit - mean)
    variance = scale.factor**2 * squares / (replicates - 1)
    return _by_band(variance, HIGHEST_SCORE - scale.factor * (scale.top - additive.values(codes)))


def _by_band(variance: Floats, scores: Floats) -> dict[str, float]:
    bands = np.searchsorted(list(BAND_FLOORS.values())[1:], scores, side="right")
    overall = float(variance.mean())
    means = [variance[bands == i].mean() if np.any(bands == i) else overall for i in range(len(BAND_FLOORS))]
    return {band.value: round(float(np.sqrt(m)), 3) for band, m in zip(BAND_FLOORS, means, strict=True)}
