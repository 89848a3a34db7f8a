"""How well the scorecards rank people beside what else one might use, on the same folds in the same run (M1).

`make bench-model DATA=FILE` runs it in an environment of its own: the peers are measured, not required by this project.
A row is kept as soon as it is measured, and a run that was stopped goes on after the last; `--only EBM` measures those.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.kept import Kept
from benchmarks.limits import within
from benchmarks.model_plots import Curve, write_plots
from benchmarks.peer_models import Peer, binned, peers_of
from score_service.domain.artifact import load_scorecard
from score_service.domain.portfolio import Portfolio
from score_service.scripts.train import POPULATIONS, RECIPES, SCORECARDS, SEVEN, Recipe
from score_service.scripts.training.data import Sample, read_columns
from score_service.scripts.training.gmsc import COLUMNS, FIRST_LATE_CODE, INCOME, LATE_COUNTS
from score_service.scripts.training.measures import FOLDS, SEED, auc, calibration_error, stratified_folds
from score_service.scripts.training.terms import Floats
from score_service.scripts.training.validation import cross_validate

SPEED_ROWS = 1_000_000
SPEED_ROUNDS = 7
# The first card had no pairs.
SPEED_CARDS = ("gmsc-7f-2026.11", RECIPES[0].version)
write = sys.stdout.write
PLOTS = Path(__file__).parent / "plots"


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


def speeds(sample: Sample) -> str:
    """Return a table of the CPU a person takes, on the same rows in turn: the library's card and two of ours.

    The card without pairs is what the library can express, too; the other is the one that serves.
    """
    rows = np.resize(np.arange(len(sample)), SPEED_ROWS)
    columns = {name: sample.values[name][rows] for name in SEVEN}
    peer, values = binned(SEVEN).fit(matrix(sample.values, SEVEN), sample.bad), matrix(columns, SEVEN)
    acts: dict[str, Callable[[], object]] = {
        "optbinning": lambda: peer.predict_proba(values),
        "reading the columns": lambda: [np.add.reduce(column) for column in columns.values()],
    }
    for name in SPEED_CARDS:
        portfolio = Portfolio(load_scorecard((SCORECARDS / f"{name}.json").read_bytes()))
        acts[name] = partial(portfolio.score, columns)
    rounds = [{name: _cpu_ns(act) for name, act in acts.items()} for _ in range(SPEED_ROUNDS)]
    lines = [f"\n| {SPEED_ROWS:,} people, 7 features | ns of CPU a person | optbinning takes |\n|---|---|---|\n"]
    for name in acts:
        cost = statistics.median(each[name] for each in rounds) / SPEED_ROWS
        ratio = statistics.median(each["optbinning"] / each[name] for each in rounds)
        lines.append(f"| {name} | {cost:.1f} | {ratio:.0f} times |\n")
    return "".join(lines)


def _cpu_ns(act: Callable[[], object]) -> int:
    start = time.process_time_ns()
    act()
    return time.process_time_ns() - start


def rows_of_ours(sample: Sample, recipe: Recipe) -> tuple[Curve, str]:
    """Return our curve and the lines of the table: as served, and had unknown answers what was learned for them."""
    start = time.process_time()
    ours = cross_validate(sample, recipe.features)
    curve = Curve(f"**{recipe.version}**, as served", ours.auc, ours.calibration_error, ours.probabilities)
    uncapped = f"| **{recipe.version}**, unknown uncapped as in the peers | {ours.learned_auc:.5f} | | |\n"
    return curve, line(curve, time.process_time() - start) + uncapped


def row_of_peer(sample: Sample, columns: dict[str, Floats], peer: Peer) -> tuple[Curve, str]:
    """Return a peer's curve and its line of the table."""
    start = time.process_time()
    curve = peer_curve(sample, columns, peer)
    return curve, line(curve, time.process_time() - start)


def line(curve: Curve, seconds: float) -> str:
    """Return a line of the table."""
    return f"| {curve.title} | {curve.auc:.5f} | {curve.calibration_error:.5f} | {seconds:.0f} |\n"


def table(sample: Sample, columns: dict[str, Floats], population: str, only: str, minutes: int) -> list[Curve]:
    """Print a line a model whose name has `only` in it, each in a process of its own that may take so many minutes of
    CPU, and return the curves."""
    tasks = [(peer.title, partial(row_of_peer, sample, columns, peer)) for peer in peers_of(population)]
    tasks += [(recipe.version, partial(rows_of_ours, sample, recipe)) for recipe in POPULATIONS[population].recipes]
    kept, curves = Kept(sample.sha256), []
    write(f"{len(sample):,} rows, {FOLDS} stratified folds, seed {SEED}\n\n")
    write("| Model | AUC (mean of 5 folds) | calibration error | seconds of CPU |\n|---|---|---|---|\n")
    for title, task in tasks:
        if only.lower() not in title.lower():
            continue
        try:
            curve, lines = kept.read(title) or within(60 * minutes, task)
            kept.write(title, curve, lines)
            curves.append(curve)
        except TimeoutError:
            lines = f"| {title} | did not finish in {minutes} min of CPU | | |\n"
        except EOFError:
            lines = f"| {title} | failed, see above | | |\n"
        write(lines)
        sys.stdout.flush()
    if len(curves) == len(tasks):
        kept.clear()
    return curves


def main() -> None:
    """Print one table of figures and one of speeds, and draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--population", choices=POPULATIONS, default="gmsc")
    parser.add_argument("--minutes", type=int, default=10, help="the most CPU that one model may take")
    parser.add_argument("--only", default="", help="a part of the names of the models to measure, such as EBM")
    arguments = parser.parse_args()
    sample = POPULATIONS[arguments.population].read(arguments.data)
    columns = {**sample.values, **(raw_columns(arguments.data) if arguments.population == "gmsc" else {})}
    curves = table(sample, columns, arguments.population, arguments.only, arguments.minutes)
    if arguments.population == "gmsc" and not arguments.only:
        write_plots(PLOTS, sample.bad, curves, load_scorecard((SCORECARDS / f"{RECIPES[0].version}.json").read_bytes()))
        try:
            write(within(60 * arguments.minutes, partial(speeds, sample)))
        except TimeoutError:
            write(f"\nThe speed of optbinning: did not finish in {arguments.minutes} min of CPU.\n")


if __name__ == "__main__":
    main()
