"""Three pictures of a run: who ranks better, whose probabilities are true, and what each answer earns."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from numpy.typing import NDArray

from score_service.domain.features import FEATURES
from score_service.domain.scorecard import Scorecard
from score_service.scripts.training.terms import Floats

GROUPS = 20
POINTS_OF_A_CURVE = 300
SHOWN = ("gmsc-", "logistic, 7", "optbinning monotone, 9", "LightGBM unconstrained, everything")


@dataclass(frozen=True)
class Curve:
    """One model's figures and its held-out probabilities of default."""

    title: str
    auc: float
    calibration_error: float
    probabilities: Floats


def write_plots(folder: Path, bad: NDArray[np.int64], curves: list[Curve], scorecard: Scorecard) -> None:
    """Write roc.svg, calibration.svg and points.svg; the same run gives the same bytes."""
    folder.mkdir(exist_ok=True)
    mpl.use("svg")
    # Without a fixed salt the identifiers inside an SVG are random.
    mpl.rcParams.update({"svg.hashsalt": "scorecard", "font.size": 8})
    shown = [curve for curve in curves if any(name in curve.title for name in SHOWN)]
    _save(folder / "roc.svg", _roc(bad, shown))
    _save(folder / "calibration.svg", _calibration(bad, shown))
    _save(folder / "points.svg", _points(scorecard))


def _save(path: Path, figure: plt.Figure) -> None:
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)


def _roc(bad: NDArray[np.int64], curves: list[Curve]) -> plt.Figure:
    figure, axes = plt.subplots(figsize=(5, 5))
    for curve in curves:
        order = np.argsort(-curve.probabilities, kind="stable")
        caught, falsely = np.cumsum(bad[order]) / bad.sum(), np.cumsum(1 - bad[order]) / (1 - bad).sum()
        shown = np.linspace(0, len(bad) - 1, POINTS_OF_A_CURVE).astype(int)
        axes.plot(falsely[shown], caught[shown], linewidth=1, label=f"{_plain(curve.title)}: {curve.auc:.4f}")
    axes.set(xlabel="good people called bad", ylabel="bad people called bad", title="Held-out rows of five folds")
    axes.legend(loc="lower right")
    return figure


def _calibration(bad: NDArray[np.int64], curves: list[Curve]) -> plt.Figure:
    figure, axes = plt.subplots(figsize=(5, 5))
    for curve in curves:
        groups = np.array_split(np.argsort(curve.probabilities, kind="stable"), GROUPS)
        predicted = [curve.probabilities[rows].mean() for rows in groups]
        observed = [bad[rows].mean() for rows in groups]
        axes.plot(predicted, observed, marker="o", markersize=3, linewidth=1, label=_plain(curve.title))
    axes.plot([1e-3, 1], [1e-3, 1], color="grey", linewidth=0.5)
    axes.set(xscale="log", yscale="log", xlabel="predicted default", ylabel="observed default", title="Twentieths")
    axes.legend(loc="lower right")
    return figure


def _points(scorecard: Scorecard) -> plt.Figure:
    figure, grid = plt.subplots(2, 4, figsize=(11, 5), sharey=True)
    for axes, table in zip(grid.flat, scorecard.tables, strict=False):
        feature = FEATURES[table.feature]
        bounds = [feature.lower, *table.edges, table.edges[-1] + (table.edges[-1] - feature.lower) / 8]
        axes.stairs(table.points, bounds, baseline=None)
        axes.set(title=table.feature, xlabel=feature.unit)
    for axes in list(grid.flat)[len(scorecard.tables) :]:
        axes.axis("off")
    figure.suptitle(f"Points of {scorecard.version}, pairs apart")
    figure.tight_layout()
    return figure


def _plain(title: str) -> str:
    return title.replace("**", "")
