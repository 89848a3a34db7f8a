"""One trained model with everything it was trained on."""

from dataclasses import dataclass

import numpy as np

from score_service.scripts.training.additive import Codes, Problem, Term, code_all, terms
from score_service.scripts.training.data import Sample
from score_service.scripts.training.points import Fit, Points, fit, to_points


@dataclass(frozen=True)
class Trained:
    """An integer scorecard, the fit it was rounded from, and the rows as bins."""

    sample: Sample
    terms: tuple[Term, ...]
    codes: tuple[Codes, ...]
    fit: Fit
    points: Points


def train(sample: Sample, features: tuple[str, ...]) -> Trained:
    """Return the scorecard learned from a whole sample."""
    terms_ = terms(features)
    codes = code_all(terms_, sample.values)
    fitted = fit(Problem(terms_, codes, sample.bad, np.ones(len(sample))), sample.bad)
    return Trained(sample, terms_, codes, fitted, to_points(fitted, codes, sample.bad))
