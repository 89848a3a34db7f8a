"""How well the scorecards rank people beside what else one might use, on the same folds in the same run (M1, P5).

`python -m benchmarks.model_peers --data FILE` in an environment that also has scikit-learn, LightGBM and optbinning
(`pip install scikit-learn lightgbm optbinning`); they are peers to be measured, not requirements of this project.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from optbinning import BinningProcess
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from score_service.domain.artifact import load_scorecard
from score_service.domain.portfolio import Portfolio
from score_service.scripts.train import NINE, RECIPES, SCORECARDS, SEVEN
from score_service.scripts.training.data import Sample, read_sample
from score_service.scripts.training.measures import FOLDS, auc, calibration_error, stratified_folds
from score_service.scripts.training.validation import cross_validate

# +1: risk may only rise with the value. Lines and mortgages are left free, as no peer knows a peak.
MONOTONE = {"utilisation": 1, "late30": 1, "late60": 1, "late90": 1, "debt_ratio": 1, "age": -1, "dependents": 1}
SPEED_ROWS = 100_000
SPEED_ROUNDS = 5

Model = Any


def logistic(_features: tuple[str, ...]) -> Model:
    """Return the plainest peer: standardised values, the median for unknown."""
    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=1_000))


def binned(features: tuple[str, ...]) -> Model:
    """Return a scorecard of the best-known library: optimal monotone bins, weights of evidence, a logistic model."""
    binning = BinningProcess(
        list(features),
        binning_fit_params={name: {"monotonic_trend": "auto_asc_desc"} for name in features},
        # Left alone, no first bin has less than a twentieth of the people, and nearly all late payments are in one.
        min_prebin_size=0.002,
        max_n_prebins=100,
        # Left alone, an unknown value weighs nothing, and what was learned for it is thrown away.
        binning_transform_params={name: {"metric_missing": "empirical"} for name in features},
    )
    return Pipeline([("bins", binning), ("model", LogisticRegression(max_iter=1_000))])


def boosted(features: tuple[str, ...], *, monotone: bool) -> Model:
    """Return gradient boosting with small trees, held to the same directions or free."""
    directions = [MONOTONE.get(name, 0) for name in features]
    constraint = {"monotone_constraints": directions, "monotone_constraints_method": "advanced"} if monotone else {}
    return LGBMClassifier(
        n_estimators=350, learning_rate=0.03, num_leaves=12, min_child_samples=200, colsample_bytree=0.7, subsample=0.7,
        subsample_freq=1, reg_lambda=20, n_jobs=1, random_state=1, verbose=-1, **constraint,
    )  # fmt: skip


PEERS: tuple[tuple[str, tuple[str, ...], Callable[[tuple[str, ...]], Model]], ...] = (
    ("logistic, 7 features", SEVEN, logistic),
    ("optbinning monotone, 7 features", SEVEN, binned),
    ("optbinning monotone, 9 features", NINE, binned),
    ("LightGBM monotone, 7 features", SEVEN, lambda features: boosted(features, monotone=True)),
    ("LightGBM unconstrained, 7 features", SEVEN, lambda features: boosted(features, monotone=False)),
    ("LightGBM monotone, 9 features", NINE, lambda features: boosted(features, monotone=True)),
    ("LightGBM unconstrained, 9 features", NINE, lambda features: boosted(features, monotone=False)),
)


def matrix(sample: Sample, features: tuple[str, ...]) -> np.ndarray:
    """Return the features as columns, NaN for unknown."""
    return np.column_stack([sample.values[name] for name in features])


def peer_figures(
    sample: Sample, features: tuple[str, ...], create: Callable[[tuple[str, ...]], Model]
) -> tuple[float, float]:
    """Return a peer's mean AUC over the folds and the calibration error of its pooled held-out probabilities."""
    folds, values = stratified_folds(sample.bad), matrix(sample, features)
    probability, aucs = np.empty(len(sample)), []
    for fold in range(FOLDS):
        inside = folds == fold
        model = create(features).fit(values[~inside], sample.bad[~inside])
        probability[inside] = model.predict_proba(values[inside])[:, 1]
        aucs.append(auc(sample.bad[inside], probability[inside]))
    return float(np.mean(aucs)), calibration_error(sample.bad, probability)


def speeds(sample: Sample) -> tuple[float, float]:
    """Return nanoseconds of CPU a person: the library's card, and ours, on the same rows and features."""
    rows = np.resize(np.arange(len(sample)), SPEED_ROWS)
    values = matrix(sample, SEVEN)
    peer = binned(SEVEN).fit(values, sample.bad)
    scorecard = load_scorecard((SCORECARDS / f"{RECIPES[0].version}.json").read_bytes())
    portfolio, columns = Portfolio(scorecard), {name: sample.values[name][rows] for name in SEVEN}
    theirs, ours = [], []
    for _ in range(SPEED_ROUNDS):
        theirs.append(_cpu_ns(lambda: peer.predict_proba(values[rows])))
        ours.append(_cpu_ns(lambda: portfolio.score(columns)))
    return statistics.median(theirs) / SPEED_ROWS, statistics.median(ours) / SPEED_ROWS


def _cpu_ns(act: Callable[[], object]) -> int:
    start = time.process_time_ns()
    act()
    return time.process_time_ns() - start


def main() -> None:
    """Print one table of figures and one line of speeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    sample = read_sample(parser.parse_args().data)
    write = sys.stdout.write
    write(f"{len(sample):,} rows\n\n| Model | AUC (mean of 5 folds) | calibration error |\n|---|---|---|\n")
    for recipe in RECIPES:
        ours = cross_validate(sample, recipe.features)
        name = f"| **{recipe.version}**"
        write(f"{name}, as served | {ours.auc:.5f} | {ours.calibration_error:.5f} |\n")
        write(f"{name}, unknown uncapped as in the peers | {ours.learned_auc:.5f} | |\n")
    for title, features, create in PEERS:
        mean, error = peer_figures(sample, features, create)
        write(f"| {title} | {mean:.5f} | {error:.5f} |\n")
    theirs_ns, ours_ns = speeds(sample)
    write(f"\noptbinning {theirs_ns:,.0f} ns CPU a person, ours {ours_ns:.0f}: {theirs_ns / ours_ns:.0f} times.\n")


if __name__ == "__main__":
    main()
