"""The model card: the whole scorecard in words and tables, from its artifact."""

from typing import Any

from score_service.domain.features import FEATURES
from score_service.domain.scorecard import Scorecard, Table
from score_service.domain.texts import english


def model_card(scorecard: Scorecard) -> dict[str, Any]:
    return {
        "version": scorecard.version,
        "kind": scorecard.kind,
        "sha256": scorecard.sha256,
        "training_data_sha256": scorecard.data_sha256,
        "base_points": scorecard.base_points,
        "features": [_feature(table) for table in scorecard.tables],
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


def _bins(table: Table) -> list[dict[str, Any]]:
    ends = [(FEATURES[table.feature].lower, *table.edges), (*table.edges, FEATURES[table.feature].upper)]
    known = [
        {"from": start, "to": end, "points": points, "share": share}
        for start, end, points, share in zip(*ends, table.points, table.frequencies, strict=False)
    ]
    if table.missing_points is None:
        return known
    return [*known, {"from": None, "to": None, "points": table.missing_points, "share": table.frequencies[-1]}]
