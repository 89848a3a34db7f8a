"""How good a score is, and on which rows: stratified folds, AUC, calibration error."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from score_service.scripts.training.terms import Floats

FOLDS = 5
SEED = 42


def stratified_folds(bad: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the fold (0..4) of each row, both outcomes spread evenly, shuffled with seed 42.

    The assignment equals scikit-learn's StratifiedKFold(5, shuffle=True, random_state=42), so figures published with
    that split can be compared. It numbers outcomes by first appearance and uses the legacy generator, whose stream
    is frozen.
    """
    _, first, encoded = np.unique(bad, return_index=True, return_inverse=True)
    outcome = np.argsort(np.argsort(first))[encoded]
    ordered = np.sort(outcome)
    generator = np.random.RandomState(SEED)
    folds = np.empty(len(bad), dtype=np.int64)
    for value in range(len(first)):
        sizes = [np.count_nonzero(ordered[fold::FOLDS] == value) for fold in range(FOLDS)]
        labels = np.arange(FOLDS).repeat(sizes)
        generator.shuffle(labels)
        folds[outcome == value] = labels
    return folds


def auc(bad: NDArray[np.int64], risk: NDArray[Any]) -> float:
    """Return the chance that a bad row has the higher risk than a good one, ties counting half."""
    # By hand, since scipy's module of ranks takes a third of a second to import.
    _, place, count = np.unique(risk, return_inverse=True, return_counts=True)
    ranks = (count.cumsum() - (count - 1) / 2)[place]
    bads = int(bad.sum())
    goods = len(bad) - bads
    return float((ranks[bad == 1].sum() - bads * (bads + 1) / 2) / (bads * goods))


def calibration_error(bad: NDArray[np.int64], probability: Floats, groups: int = 20) -> float:
    """Return the expected calibration error over equally large groups: mean |observed - predicted| rate of default."""
    order = np.argsort(probability, kind="stable")
    gaps = [abs(bad[rows].sum() - probability[rows].sum()) for rows in np.array_split(order, groups)]
    return float(sum(gaps) / len(bad))
