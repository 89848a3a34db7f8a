"""The people scored now: how they are spread, and whether they still resemble those the scorecard learned from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from score_service.crud import population as population_crud
from score_service.domain.distribution import Cell, by_bands, by_place, by_steps, mean_of, percentiles_of, share_of
from score_service.domain.drift import drift
from score_service.services.scorecards import Scorecards, get_scorecard
from service_kit.database import Reads

# Of this many people, chance moves an index by less than a thousandth, and counting them takes a second.
SAMPLE = 250_000


async def get_distribution(db: Reads) -> dict[str, Any]:
    by_version = await _scores_by_version(db)
    everyone = sum(by_version.values(), Counter[int]())
    return {
        "people": everyone.total(),
        "mean_score": mean_of(everyone),
        "bands": [{"band": band, **_cell(cell)} for band, cell in by_bands(everyone).items()],
        "scores": [_cell(cell) for cell in by_steps(everyone)],
        "model_versions": [
            {
                "model_version": version,
                "people": scores.total(),
                "share": share_of(scores.total(), everyone.total()),
                "mean_score": mean_of(scores),
            }
            for version, scores in sorted(by_version.items())
        ],
    }


async def get_drift(db: Reads, scorecards: Scorecards, version: str | None) -> dict[str, Any]:
    """Features are everybody's; scores are compared only where this scorecard gave them, others' mean other things."""
    scorecard = scorecards.champion if version is None else get_scorecard(scorecards, version)
    by_version = await _scores_by_version(db)
    everyone = sum(scores.total() for scores in by_version.values())
    edges = {table.feature: table.edges for table in scorecard.tables}
    bins = await population_crud.count_bins(db, edges, min(100.0, 100 * SAMPLE / max(1, everyone)))
    scores = by_version.get(scorecard.version, Counter())
    tenths = by_place(scores, scorecard.decile_of, len(scorecard.decile_frequencies))
    trained_on = scorecard.trained_on
    return {
        "model_version": scorecard.version,
        "trained_on": trained_on,
        "score": _drift(scorecard.decile_frequencies, tenths, trained_on),
        "features": [
            {"feature": table.feature, **_drift(table.frequencies, bins[table.feature], trained_on)}
            for table in scorecard.tables
        ],
    }


async def percentiles_by_version(db: Reads) -> dict[str, tuple[int, ...]]:
    """Of the people whose score each scorecard gave, where there are enough of them to be compared with."""
    by_version = _by_version(await population_crud.count_scores_of_some(db, SAMPLE))
    found = {version: percentiles_of(scores) for version, scores in by_version.items()}
    return {version: percentiles for version, percentiles in found.items() if percentiles is not None}


async def _scores_by_version(db: Reads) -> dict[str, Counter[int]]:
    return _by_version(await population_crud.count_scores(db))


def _by_version(rows: Sequence[Any]) -> dict[str, Counter[int]]:
    by_version: dict[str, Counter[int]] = {}
    for row in rows:
        by_version.setdefault(row.decided_by, Counter())[row.score] = row.people
    return by_version


def _cell(cell: Cell) -> dict[str, Any]:
    return {"from": cell.lowest, "to": cell.highest, "people": cell.people, "share": cell.share}


def _drift(expected: Sequence[float], counts: Sequence[int], trained_on: int) -> dict[str, Any]:
    cells = [{"expected": share, "people": people} for share, people in zip(expected, counts, strict=True)]
    if not any(counts):
        return {"people": 0, "index": None, "chance": None, "verdict": None, "cells": cells}
    return {**asdict(drift(expected, counts, trained_on)), "cells": cells}
