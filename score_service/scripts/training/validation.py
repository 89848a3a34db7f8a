"""Cross-validation of the whole procedure: every fold fits, rounds to points and calibrates on the other four."""

from dataclasses import dataclass

import numpy as np

from score_service.scripts.training.additive import Problem, code_all, terms
from score_service.scripts.training.data import Sample
from score_service.scripts.training.measures import FOLDS, auc, calibration_error, stratified_folds
from score_service.scripts.training.points import Points, fit, to_points


@dataclass(frozen=True)
class Figures:
    """Held-out figures of integer scores: AUC by fold and pooled, and the calibration error of pooled predictions."""

    fold_aucs: tuple[float, ...]
    pooled_auc: float
    calibration_error: float

    @property
    def auc(self) -> float:
        """The mean of the folds' AUCs."""
        return float(np.mean(self.fold_aucs))


def train(sample: Sample, features: tuple[str, ...], rows: np.ndarray | None = None) -> Points:
    """Return the integer scorecard learned from `rows` of a sample, or from all of them."""
    chosen = np.arange(len(sample)) if rows is None else rows
    terms_, bad = terms(features), sample.bad[chosen]
    codes = tuple(code[chosen] for code in code_all(terms_, sample.values))
    fitted = fit(Problem(terms_, codes, bad, np.ones(len(bad))), bad)
    return to_points(fitted, terms_, codes, bad)


def cross_validate(sample: Sample, features: tuple[str, ...]) -> Figures:
    """Return held-out figures of five folds, scored as served: in integer points, unknown values at their points."""
    folds = stratified_folds(sample.bad)
    codes = code_all(terms(features), sample.values)
    scores = np.empty(len(sample), dtype=np.int64)
    probabilities = np.empty(len(sample))
    aucs = []
    for fold in range(FOLDS):
        held_out = np.flatnonzero(folds == fold)
        points = train(sample, features, np.flatnonzero(folds != fold))
        scores[held_out] = points.scores(tuple(code[held_out] for code in codes))
        probabilities[held_out] = points.probabilities(scores[held_out])
        aucs.append(auc(sample.bad[held_out], -scores[held_out]))
    error = calibration_error(sample.bad, probabilities)
    return Figures(tuple(aucs), auc(sample.bad, -scores), error)
