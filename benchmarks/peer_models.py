"""What else one might use to rank people, each with what it may look at; all are fitted and asked alike."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scorecardpy
from interpret.glassbox import ExplainableBoostingClassifier
from lightgbm import LGBMClassifier
from optbinning import BinningProcess
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from score_service.scripts.train import NINE, POPULATIONS, SEVEN
from score_service.scripts.training.terms import Floats
from score_service.scripts.training.whole_pairs import Ints

# An explainable boosting machine warns that its own pictures leave unknown values out; none is drawn here.
warnings.filterwarnings("ignore", category=UserWarning, module="interpret")
# scorecardpy has a thousand of them in a run, all about what a later pandas will do.
warnings.filterwarnings("ignore", category=FutureWarning, module="scorecardpy")

# Directions of the risk: +1 rises with the value. What has a peak is left free where a peer knows none.
FALLS = {"age", "paid_share", "limit"}
PEAKED = {"lines", "mortgages"}

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
        binning_fit_params={
            name: {"monotonic_trend": "valley" if name in PEAKED else "auto_asc_desc"} for name in features
        },
        # Left alone, no first bin has less than a twentieth of the people, and nearly all late payments are in one.
        min_prebin_size=0.002,
        max_n_prebins=100,
        # Left alone, an unknown value weighs nothing, and what was learned for it is thrown away.
        binning_transform_params={name: {"metric_missing": "empirical"} for name in features},
    )
    return Pipeline([("bins", binning), ("model", LogisticRegression(max_iter=1_000))])


class WeightsOfEvidence:
    """A scorecard of the other library, with its own way of choosing bins and a logistic model on them."""

    def __init__(self, features: tuple[str, ...]) -> None:
        self.features, self.model = list(features), LogisticRegression(max_iter=1_000)

    def fit(self, values: Floats, bad: Ints) -> "WeightsOfEvidence":
        """Choose bins and fit the weights."""
        rows = pd.DataFrame(values, columns=self.features).assign(bad=bad)
        self.bins = scorecardpy.woebin(rows, y="bad", no_cores=1, print_info=False)
        self.model.fit(self._weights(values), bad)
        return self

    def predict_proba(self, values: Floats) -> Floats:
        """Return both probabilities of each row."""
        probability: Floats = self.model.predict_proba(self._weights(values))
        return probability

    def _weights(self, values: Floats) -> Floats:
        rows = pd.DataFrame(values, columns=self.features)
        found = scorecardpy.woebin_ply(rows, self.bins, no_cores=1, print_info=False)
        # Of an unknown value that no one in training had, it knows nothing: no weight either way.
        return np.nan_to_num(found[[f"{name}_woe" for name in self.features if name in self.bins]].to_numpy())


def boosted(features: tuple[str, ...], *, monotone: bool, tuned: bool = True) -> Model:
    """Return gradient boosting, held to the same directions or free: with settings found for these very folds, or with
    the plain ones of many small steps."""
    constraint = {"monotone_constraints": directions(features)} if monotone else {}
    found = {
        "n_estimators": 350, "learning_rate": 0.03, "num_leaves": 12, "min_child_samples": 200, "colsample_bytree": 0.7,
        "subsample": 0.7, "subsample_freq": 1, "reg_lambda": 20, "monotone_constraints_method": "advanced",
    }  # fmt: skip
    plain = {"n_estimators": 500, "learning_rate": 0.02, "num_leaves": 16, "min_child_samples": 100}
    return LGBMClassifier(n_jobs=1, random_state=1, verbose=-1, **(found if tuned else plain), **constraint)


def explainable(features: tuple[str, ...], *, monotone: bool) -> Model:
    """Return an explainable boosting machine as it comes: additive and monotone, or free with ten interactions."""
    return ExplainableBoostingClassifier(
        interactions=0 if monotone else 10, monotone_constraints=directions(features) if monotone else None,
        n_jobs=1, random_state=1,
    )  # fmt: skip


def peers_of(population: str) -> tuple[Peer, ...]:
    """Return the peers of a population, the quick ones first."""
    if population != "gmsc":
        features = POPULATIONS[population].recipes[0].features
        return (
            Peer("logistic", features, logistic),
            Peer("scorecardpy", features, WeightsOfEvidence),
            Peer("optbinning monotone", features, binned),
            Peer("LightGBM monotone", features, lambda f: boosted(f, monotone=True)),
            Peer("LightGBM unconstrained", features, lambda f: boosted(f, monotone=False)),
        )
    raw = tuple(f"raw {name}" for name in (*NINE, "income"))
    everything = (*NINE, "raw income", "raw debt_ratio")
    return (
        Peer("logistic, raw", raw, logistic),
        Peer("logistic, 7 features cleaned", SEVEN, logistic),
        Peer("logistic, 9 features cleaned", NINE, logistic),
        Peer("LightGBM unconstrained, 7 features", SEVEN, lambda f: boosted(f, monotone=False)),
        Peer("LightGBM unconstrained, 9 features", NINE, lambda f: boosted(f, monotone=False)),
        Peer("LightGBM unconstrained, everything", everything, lambda f: boosted(f, monotone=False)),
        Peer("LightGBM monotone, 7 features", SEVEN, lambda f: boosted(f, monotone=True)),
        Peer("LightGBM monotone, 9 features", NINE, lambda f: boosted(f, monotone=True)),
        Peer("LightGBM monotone, everything", everything, lambda f: boosted(f, monotone=True)),
        Peer("LightGBM plain, monotone, 7 features", SEVEN, lambda f: boosted(f, monotone=True, tuned=False)),
        Peer(
            "LightGBM plain, unconstrained, everything", everything, lambda f: boosted(f, monotone=False, tuned=False)
        ),
        Peer("optbinning monotone, 9 features", NINE, binned),
        Peer("EBM monotone additive, 9 features", NINE, lambda f: explainable(f, monotone=True)),
        Peer("optbinning monotone, 7 features", SEVEN, binned),
        Peer("scorecardpy, 9 features", NINE, WeightsOfEvidence),
        Peer("EBM free, 10 interactions, 9 features", NINE, lambda f: explainable(f, monotone=False)),
        Peer("optbinning monotone, everything", everything, binned),
    )
