"""Cross-validation of the whole procedure: every fold fits, rounds to points and calibrates on the other four."""

from dataclasses import dataclass

import numpy as np

from score_service.scripts.training.data import Sample
from score_service.scripts.training.measures import FOLDS, auc, calibration_error, stratified_folds
from score_service.scripts.training.model import train
from score_service.scripts.training.terms import Floats, code_all


@dataclass(frozen=True)
class Figures:
    """Held-out figures of integer scores: AUC by fold and pooled, and the calibration error of pooled predictions.

    `probabilities` are those of each row, given by the fold that did not learn from it.
    `learned_auc` is the mean of the folds' AUCs had unknown answers their learned points, without the serving cap.
    """

    fold_aucs: tuple[float, ...]
    probabilities: Floats
    learned_auc: float
    pooled_auc: float
    calibration_error: float

    @property
    def auc(self) -> float:
        """The mean of the folds' AUCs."""
        return float(np.mean(self.fold_aucs))


def cross_validate(sample: Sample, features: tuple[str, ...]) -> Figures:
    """Return held-out figures of five folds, scored as served: in integer points, unknown values at their points."""
    folds = stratified_folds(sample.bad)
    codes = code_all(sample.declaration.terms(features), sample.values)
    scores = np.empty(len(sample), dtype=np.int64)
    probabilities = np.empty(len(sample))
    aucs, learned_aucs = [], []
    for fold in range(FOLDS):
        held_out = np.flatnonzero(folds == fold)
        points = train(sample.take(np.flatnonzero(folds != fold)), features).points
        inside = tuple(code[held_out] for code in codes)
        scores[held_out] = points.scores(inside)
        probabilities[held_out] = points.probabilities(scores[held_out])
        aucs.append(auc(sample.bad[held_out], -scores[held_out]))
        learned_aucs.append(auc(sample.bad[held_out], -points.scores_uncapped(inside)))
    error = calibration_error(sample.bad, probabilities)
    return Figures(tuple(aucs), probabilities, float(np.mean(learned_aucs)), auc(sample.bad, -scores), error)
