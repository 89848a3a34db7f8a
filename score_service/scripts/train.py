"""Train scorecards on a file of outcomes: `python -m score_service.scripts.train --data cs-training.csv`.

Prints cross-validated figures, writes the artifacts, and reads them back the way the service does.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from score_service.domain.artifact import load_scorecard
from score_service.scripts.training import uci
from score_service.scripts.training.artifact import band_table, document, rates, to_bytes
from score_service.scripts.training.bootstrap import model_sd
from score_service.scripts.training.coverage import coverage
from score_service.scripts.training.data import Sample
from score_service.scripts.training.gmsc import read_gmsc
from score_service.scripts.training.measures import auc
from score_service.scripts.training.model import train
from score_service.scripts.training.terms import Floats
from score_service.scripts.training.validation import Figures, cross_validate
from score_service.scripts.training.whole_pairs import Ints

SCORECARDS = Path(__file__).parent.parent / "scorecards"
# Of each outcome; fewer say nothing in five folds.
OUTCOMES_MIN = 100
SEVEN = ("utilisation", "late30", "late60", "late90", "debt_ratio", "lines", "mortgages")
NINE = (*SEVEN, "age", "dependents")


@dataclass(frozen=True)
class Recipe:
    """What tells one model from another: its name, what it may look at, and the bootstrap refits of its interval."""

    version: str
    features: tuple[str, ...]
    replicates: int


@dataclass(frozen=True)
class Population:
    """A file of outcomes: how it is read, what is learned from it, and where the artifacts go."""

    read: Callable[[Path], Sample]
    recipes: tuple[Recipe, ...]
    folder: Path


RECIPES = (Recipe("gmsc-7f-2026.11.2", SEVEN, 20), Recipe("gmsc-9f-2026.11.3", NINE, 40))
UCI_RECIPES = (Recipe("uci-6f-draft", tuple(uci.DECLARATION.features), 20),)
# A service loads every scorecard of its folder, and one of other questions it could not ask: drafts are kept apart.
POPULATIONS = {
    "gmsc": Population(read_gmsc, RECIPES, SCORECARDS),
    "uci": Population(uci.read_uci, UCI_RECIPES, Path("drafts")),
}


def build(recipe: Recipe, sample: Sample, figures: Figures | None, replicates: int) -> bytes:
    """Return the artifact of one recipe, trained on the whole sample. Same arguments, same bytes."""
    trained = train(sample, recipe.features)
    deviations = model_sd(trained, replicates)
    scores = trained.points.scores(trained.codes)
    card = _card(sample, scores, trained.points.probabilities(scores), figures, replicates)
    draft = load_scorecard(to_bytes(document(recipe.version, trained, deviations, card)), sample.declaration.features)
    card["interval_coverage_with_answers_hidden"] = coverage(draft, sample)
    return to_bytes(document(recipe.version, trained, deviations, card))


def _card(
    sample: Sample, scores: Ints, probabilities: Floats, figures: Figures | None, replicates: int
) -> dict[str, Any]:
    held_out = figures and {
        "auc": round(figures.auc, 5),
        "auc_by_fold": [round(value, 5) for value in figures.fold_aucs],
        "auc_without_cap_on_unknown": round(figures.learned_auc, 5),
        "auc_pooled": round(figures.pooled_auc, 5),
        "calibration_error": round(figures.calibration_error, 5),
        "method": "5-fold stratified, shuffled with seed 42, integer scores; calibration error over 20 equal groups",
    }
    return {
        "outcome": sample.declaration.outcome,
        "limits": sample.declaration.limits,
        "default_rate": round(float(sample.bad.mean()), 5),
        "cross_validation": held_out,
        "training_auc": round(auc(sample.bad, -scores), 5),
        "bootstrap_replicates": replicates,
        "bands": band_table(sample, scores, probabilities),
        "fairness_by_age": _fairness(sample, scores, probabilities),
    }


def _fairness(sample: Sample, scores: Ints, probabilities: Floats) -> list[dict[str, Any]]:
    """Return mean score, observed and predicted default, AUC and share of 670 or more by age; age is watched here
    also where the model never sees it."""
    rows = []
    age = sample.values["age"]
    for low, high in ((18, 30), (30, 40), (40, 50), (50, 60), (60, 70), (70, 111)):
        inside = (age >= low) & (age < high)
        outcomes = sample.bad[inside]
        both = 0 < outcomes.sum() < len(outcomes)
        rows.append({
            "age": f"{low}-{high - 1}",
            **rates(sample, inside, probabilities),
            "mean_score": round(float(scores[inside].mean()), 1) if len(outcomes) else None,
            "auc": round(auc(outcomes, -scores[inside]), 4) if both else None,
            "share_670_or_more": round(float((scores[inside] >= 670).mean()), 4) if len(outcomes) else None,
        })  # fmt: skip
    return rows


def main() -> None:
    """Train, report, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="CSV of outcomes, plain or .gz")
    parser.add_argument("--population", choices=POPULATIONS, default="gmsc", help="which file it is")
    parser.add_argument("--out", type=Path, help="folder for the artifacts")
    parser.add_argument("--replicates", type=int, help="bootstrap refits for the interval, instead of the recipe's")
    arguments = parser.parse_args()
    population = POPULATIONS[arguments.population]
    try:
        sample = population.read(arguments.data)
    except (OSError, EOFError, ValueError) as error:
        parser.error(f"{arguments.data} cannot be learned from: {error}")
    if min(sample.bad.sum(), len(sample) - sample.bad.sum()) < OUTCOMES_MIN:
        parser.error(f"{arguments.data} has fewer than {OUTCOMES_MIN} people of one of the two outcomes")
    folder = arguments.out or population.folder
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{len(sample):,} clean rows, {sample.rows_dropped} coded rows dropped, {sample.bad.mean():.2%} bad\n")
    print("| scorecard | AUC (mean of 5 folds) | without the cap on unknown | pooled | calibration error | sha256 |")
    print("|---|---|---|---|---|---|")
    for recipe in population.recipes:
        figures = cross_validate(sample, recipe.features)
        raw = build(recipe, sample, figures, arguments.replicates or recipe.replicates)
        digest = load_scorecard(raw, sample.declaration.features).sha256
        (folder / f"{recipe.version}.json").write_bytes(raw)
        print(
            f"| {recipe.version} | {figures.auc:.5f} | {figures.learned_auc:.5f} | {figures.pooled_auc:.5f} "
            f"| {figures.calibration_error:.5f} | {digest[:12]} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
