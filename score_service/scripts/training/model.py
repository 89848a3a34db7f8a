"""One trained model with everything it was trained on."""

from dataclasses import dataclass

import numpy as np

from score_service.scripts.training.additive import Problem
from score_service.scripts.training.data import Sample
from score_service.scripts.training.points import Fit, Points, fit, to_points
from score_service.scripts.training.terms import Codes, Corners, Term, code_all


@dataclass(frozen=True)
class Trained:
    """An integer scorecard, the fit it was rounded from, and the rows as bins."""

    sample: Sample
    terms: tuple[Term, ...]
    corners: tuple[Corners, ...]
    codes: tuple[Codes, ...]
    fit: Fit
    points: Points


def train(sample: Sample, features: tuple[str, ...]) -> Trained:
    """Return the scorecard learned from a whole sample."""
    terms, corners = sample.declaration.terms(features), sample.declaration.corners(features)
    codes = code_all(terms, sample.values)
    problem = Problem(terms, codes, sample.bad, np.ones(len(sample)), corners)
    fitted = fit(problem, sample.bad)
    return Trained(sample, terms, corners, codes, fitted, to_points(problem, fitted, sample.bad))
