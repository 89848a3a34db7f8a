"""A stored decision as it stands on the wire."""

from typing import Any

import orjson
from fastapi.responses import Response

from score_service.domain.bands import category_of
from score_service.domain.evaluation import Evaluation
from score_service.domain.scorecard import Scorecard
from score_service.services.inputs import Inputs
from service_kit.schemas import utc_now


def explanation_of(scorecard: Scorecard, evaluation: Evaluation, inputs: Inputs) -> dict[str, Any]:
    """What a read will say of this decision, worked out once, when it is made."""
    return {
        "band": evaluation.band,
        "category": category_of(evaluation.band),
        "percentile": evaluation.percentile,
        "confidence": evaluation.confidence,
        "interval": evaluation.interval,
        "probability_of_default": evaluation.probability_of_default,
        "model_version": scorecard.version,
        "base_points": evaluation.base_points,
        "factors": [],
        "reasons": [],
        "flags": evaluation.flags,
        "source": inputs.source,
        "inputs_from": inputs.inputs_from,
    }


def score_on_the_wire(current: Any) -> dict[str, Any]:
    return {
        "user_id": str(current.user_id),  # asyncpg has a UUID class of its own, which orjson refuses
        "current_score": current.score,
        "previous_score": current.previous_score,
        "change": 0 if current.previous_score is None else current.score - current.previous_score,
        **current.explanation,
        "last_calculated": current.calculated_at,
        "version": current.version,
        "keyMetrics": {
            "monthlyChange": current.score - current.month_ago,
            "utilizationRate": current.utilisation,
            "utilizationChange": _difference(current.utilisation, current.previous_utilisation),
            "daysSinceUpdate": max(0, (utc_now() - current.calculated_at).days),
        },
    }


def _difference(new: float | None, old: float | None) -> float | None:
    return None if new is None or old is None else round(new - old, 4)


def json_response(body: dict[str, Any]) -> Response:
    """The hot read's way out: what was stored is known to be right, and checking it again would cost half the read."""
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), media_type="application/json")
