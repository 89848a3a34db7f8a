"""The model card: the whole scorecard in words and tables, from its artifact."""

from itertools import pairwise
from typing import Any

from score_service.domain.features import FEATURES
from score_service.domain.scorecard import Pair, Scorecard, Table
from score_service.domain.texts import english


def model_card(scorecard: Scorecard) -> dict[str, Any]:
    return {
        "version": scorecard.version,
        "kind": scorecard.kind,
        "sha256": scorecard.sha256,
        "training_data_sha256": scorecard.data_sha256,
        "base_points": scorecard.base_points,
        "features": [_feature(table) for table in scorecard.tables],
        "pairs": [_pair(pair) for pair in scorecard.pairs],
        "card": scorecard.card,
    }


def _feature(table: Table) -> dict[str, Any]:
    feature = FEATURES[table.feature]
    return {
        "feature": table.feature,
        "name": english(f"{table.feature}.name"),
        "description": english(f"{table.feature}.description"),
        "unit": feature.unit,
        "required": feature.required,
        "shape": table.shape,
        "peak": table.peak,
        "bins": _bins(table),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "feature": pair.feature,
        "given": pair.given,
        "columns": _ranges(pair.feature, pair.edges, len(pair.grid[0])),
        "rows": _ranges(pair.given, pair.given_edges, len(pair.grid)),
        "points": pair.grid,
    }


def _ranges(feature: str, edges: tuple[float, ...], count: int) -> list[dict[str, float | None]]:
    bounds = FEATURES[feature].lower, *edges, FEATURES[feature].upper
    known: list[dict[str, float | None]] = [{"from": start, "to": end} for start, end in pairwise(bounds)]
    return known if len(known) == count else [*known, {"from": None, "to": None}]


def _bins(table: Table) -> list[dict[str, Any]]:
    ends = [(FEATURES[table.feature].lower, *table.edges), (*table.edges, FEATURES[table.feature].upper)]
    known = [
        {"from": start, "to": end, "points": points, "share": share}
        for start, end, points, share in zip(*ends, table.points, table.frequencies, strict=False)
    ]
    if table.missing_points is None:
        return known
    return [*known, {"from": None, "to": None, "points": table.missing_points, "share": table.frequencies[-1]}]
