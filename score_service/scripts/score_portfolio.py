"""Score a CSV file of any size: `python -m score_service.scripts.score_portfolio people.csv scored.csv`.

The header names features by their wire names; other columns are carried along. Each row gains `score`,
`probability_of_default`, `band` and `error`; a row that cannot be scored says why and the others go on.
"""

import argparse
import csv
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np

from score_service.domain.artifact import load_scorecard
from score_service.domain.bands import band_of
from score_service.domain.features import FEATURES
from score_service.domain.portfolio import Portfolio
from score_service.domain.scorecard import Scorecard
from score_service.scripts.train import RECIPES, SCORECARDS

ADDED = ("score", "probability_of_default", "band", "error")
ROWS_AT_ONCE = 50_000

Row = dict[str, str]


def score_file(scorecard: Scorecard, source: TextIO, target: TextIO) -> tuple[int, int]:
    """Score every row of `source` into `target`; return how many rows there were and how many have no score.

    `ValueError` when a required feature has no column at all. An absent optional column is unknown for everyone.
    """
    reader = csv.DictReader(source)
    header = list(reader.fieldnames or ())
    absent = [name for name in scorecard.required if name not in header]
    if absent:
        raise ValueError(f"no column named {', '.join(absent)}")
    writer = csv.DictWriter(target, [*header, *ADDED], lineterminator="\n")
    writer.writeheader()
    portfolio, rows, failed = Portfolio(scorecard), 0, 0
    while batch := list(islice(reader, ROWS_AT_ONCE)):
        scored = list(_scored(portfolio, scorecard, batch))
        writer.writerows(scored)
        rows += len(scored)
        failed += sum(row["error"] != "" for row in scored)
    return rows, failed


def _scored(portfolio: Portfolio, scorecard: Scorecard, batch: list[Row]) -> Iterator[Row]:
    parsed = [_parsed(scorecard, row) for row in batch]
    columns = {name: np.array([values[i] for values, _ in parsed]) for i, name in enumerate(scorecard.feature_names)}
    result = portfolio.score(columns)
    figures = zip(batch, parsed, result.scores.tolist(), result.default_probability.tolist(), strict=True)
    for row, (_, error), score, probability in figures:
        if error:
            yield {**row, **dict.fromkeys(ADDED, ""), "error": error}
        else:
            yield {
                **row,
                "score": str(score),
                "probability_of_default": repr(probability),
                "band": band_of(score).value,
                "error": "",
            }


def _parsed(scorecard: Scorecard, row: Row) -> tuple[list[float], str]:
    values, errors = [], []
    for name in scorecard.feature_names:
        cell = (row.get(name) or "").strip()
        value = _number(cell)
        if cell and math.isnan(value):
            errors.append(f"{name} is not a number")
        elif not cell and not FEATURES[name].nullable:
            errors.append(f"{name} is empty")
        values.append(value)
    return values, "; ".join(errors)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def main() -> None:
    """Score one file with the champion, or with the artifact named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--scorecard", type=Path, default=SCORECARDS / f"{RECIPES[0].version}.json")
    arguments = parser.parse_args()
    scorecard = load_scorecard(arguments.scorecard.read_bytes())
    with (
        arguments.source.open(newline="", encoding="utf-8-sig") as source,
        arguments.target.open("w", newline="", encoding="utf-8") as target,
    ):
        rows, failed = score_file(scorecard, source, target)
    print(f"{rows:,} rows with {scorecard.version}, {failed:,} of them without a score")


if __name__ == "__main__":
    main()
