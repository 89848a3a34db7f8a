"""How well the scorecards rank people beside what else one might use, on the same folds in the same run (M1).

`make bench-model DATA=FILE` runs it in an environment of its own: the peers are measured, not required by this project.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from interpret.glassbox import ExplainableBoostingClassifier
from lightgbm import LGBMClassifier
from optbinning import BinningProcess
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.model_plots import Curve, write_plots
from score_service.domain.artifact import load_scorecard
from score_service.domain.portfolio import Portfolio
from score_service.scripts.train import NINE, POPULATIONS, RECIPES, SCORECARDS, SEVEN
from score_service.scripts.training.data import Sample, read_columns
from score_service.scripts.training.gmsc import COLUMNS, FIRST_LATE_CODE, INCOME, LATE_COUNTS
from score_service.scripts.training.measures import FOLDS, SEED, auc, calibration_error, stratified_folds
from score_service.scripts.training.terms import Floats
from score_service.scripts.training.validation import cross_validate

# Directions of the risk: +1 rises with the value. What has a peak is left free, as no peer knows one.
FALLS = {"age", "paid_share", "limit"}
PEAKED = {"lines", "mortgages"}
SPEED_ROWS = 100_000
SPEED_ROUNDS = 5
PLOTS = Path(__file__).parent / "plots"

Model = Any
Create = Callable[[tuple[str, ...]], Model]


@dataclass(frozen=True)
class Peer:
    """Something else one might use, and what it may look at."""

    title: str
    features: tuple[str, ...]
    create: Create


def directions(features: tuple[str, ...]) -> list[int]:
    """Return for each feature whether the risk may only rise (1) or fall (-1) with it, or 0."""
    return [-1 if name in FALLS else 0 if name in PEAKED or name.startswith("raw ") else 1 for name in features]


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
    constraint = {"monotone_constraints": directions(features), "monotone_constraints_method": "advanced"}
    return LGBMClassifier(
        n_estimators=350, learning_rate=0.03, num_leaves=12, min_child_samples=200, colsample_bytree=0.7, subsample=0.7,
        subsample_freq=1, reg_lambda=20, n_jobs=1, random_state=1, verbose=-1, **(constraint if monotone else {}),
    )  # fmt: skip


def explainable(features: tuple[str, ...], *, monotone: bool) -> Model:
    """Return an explainable boosting machine: additive and monotone, or free with ten interactions."""
    return ExplainableBoostingClassifier(
        interactions=0 if monotone else 10, monotone_constraints=directions(features) if monotone else None,
        outer_bags=4, n_jobs=1, random_state=1,
    )  # fmt: skip


def peers_of(population: str) -> tuple[Peer, ...]:
    """Return the peers of a population, the quick ones first."""
    if population != "gmsc":
        features = POPULATIONS[population].recipes[0].features
        return (Peer("logistic", features, logistic), Peer("optbinning monotone", features, binned))
    raw = tuple(f"raw {name}" for name in (*NINE, "income"))
    everything = (*NINE, "raw income", "raw debt_ratio")
    return (
        Peer("logistic, raw", raw, logistic),
        Peer("logistic, 7 features cleaned", SEVEN, logistic),
        Peer("logistic, 9 features cleaned", NINE, logistic),
        Peer("optbinning monotone, 7 features", SEVEN, binned),
        Peer("optbinning monotone, 9 features", NINE, binned),
        Peer("optbinning monotone, everything", everything, binned),
        Peer("LightGBM monotone, 7 features", SEVEN, lambda f: boosted(f, monotone=True)),
        Peer("LightGBM monotone, 9 features", NINE, lambda f: boosted(f, monotone=True)),
        Peer("LightGBM unconstrained, 7 features", SEVEN, lambda f: boosted(f, monotone=False)),
        Peer("LightGBM unconstrained, 9 features", NINE, lambda f: boosted(f, monotone=False)),
        Peer("LightGBM unconstrained, everything", everything, lambda f: boosted(f, monotone=False)),
        Peer("EBM monotone additive, 9 features", NINE, lambda f: explainable(f, monotone=True)),
        Peer("EBM free, 10 interactions, 9 features", NINE, lambda f: explainable(f, monotone=False)),
    )


def raw_columns(path: Path) -> dict[str, Floats]:
    """Return the file's own columns of the rows that a sample keeps: nothing made unknown, nothing clipped."""
    columns, _ = read_columns(path, (INCOME, *COLUMNS.values()))
    kept = ~np.any([columns[COLUMNS[name]] >= FIRST_LATE_CODE for name in LATE_COUNTS], axis=0)
    named = {**COLUMNS, "income": INCOME}
    return {f"raw {name}": columns[column][kept] for name, column in named.items()}


def matrix(columns: dict[str, Floats], features: tuple[str, ...]) -> Floats:
    """Return the features as columns, NaN for unknown."""
    return np.column_stack([columns[name] for name in features])


def peer_curve(sample: Sample, columns: dict[str, Floats], peer: Peer) -> Curve:
    """Return a peer's mean AUC over the folds and its held-out probabilities."""
    folds, values = stratified_folds(sample.bad), matrix(columns, peer.features)
    probability, aucs = np.empty(len(sample)), []
    for fold in range(FOLDS):
        inside = folds == fold
        model = peer.create(peer.features).fit(values[~inside], sample.bad[~inside])
        probability[inside] = model.predict_proba(values[inside])[:, 1]
        aucs.append(auc(sample.bad[inside], probability[inside]))
    return Curve(peer.title, float(np.mean(aucs)), calibration_error(sample.bad, probability), probability)


def speeds(sample: Sample) -> tuple[float, float]:
    """Return nanoseconds of CPU a person: the library's card, and ours, on the same rows and features."""
    rows = np.resize(np.arange(len(sample)), SPEED_ROWS)
    values = matrix(sample.values, SEVEN)
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
    """Print one table of figures and one line of speeds, and draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--population", choices=POPULATIONS, default="gmsc")
    arguments = parser.parse_args()
    population = POPULATIONS[arguments.population]
    sample = population.read(arguments.data)
    columns = {**sample.values, **(raw_columns(arguments.data) if arguments.population == "gmsc" else {})}
    write = sys.stdout.write
    write(f"{len(sample):,} rows, {FOLDS} stratified folds, seed {SEED}\n\n")
    write("| Model | AUC (mean of 5 folds) | calibration error | seconds of CPU |\n|---|---|---|---|\n")
    curves, start = [], time.process_time()

    def add(curve: Curve) -> None:
        nonlocal start
        curves.append(curve)
        seconds, start = time.process_time() - start, time.process_time()
        write(f"| {curve.title} | {curve.auc:.5f} | {curve.calibration_error:.5f} | {seconds:.0f} |\n")
        sys.stdout.flush()

    for recipe in population.recipes:
        ours = cross_validate(sample, recipe.features)
        add(Curve(f"**{recipe.version}**, as served", ours.auc, ours.calibration_error, ours.probabilities))
        write(f"| **{recipe.version}**, unknown uncapped as in the peers | {ours.learned_auc:.5f} | | |\n")
    for peer in peers_of(arguments.population):
        add(peer_curve(sample, columns, peer))
    if arguments.population == "gmsc":
        write_plots(PLOTS, sample.bad, curves, load_scorecard((SCORECARDS / f"{RECIPES[0].version}.json").read_bytes()))
        theirs, ours_ns = speeds(sample)
        write(f"\noptbinning {theirs:,.0f} ns CPU a person, ours {ours_ns:.0f}: {theirs / ours_ns:.0f} times.\n")


if __name__ == "__main__":
    main()
