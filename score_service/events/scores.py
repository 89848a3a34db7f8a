"""What this service tells others. `score.changed.v1` is the body of the alert service's `POST /score-updates`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service_kit.outbox import new_event

SCORE_CHANGED = "score.changed.v1"


def score_changed(
    user_id: UUID,
    score: int,
    explanation: Mapping[str, Any],
    reasons: list[dict[str, Any]],
    factors: list[dict[str, Any]],
) -> dict[str, Any]:
    """The event of a decision, to be stored by the statement that stores it.

    That adds to the payload what is only known by then: `old_score`, `score_version` and `calculated_at`.
    """
    payload = {
        "user_id": str(user_id),
        "new_score": score,
        "band": explanation["band"],
        "category": explanation["category"],
        "model_version": explanation["model_version"],
        "reasons": reasons,
        "factors": factors,
    }
    return {"payload": payload, **new_event(SCORE_CHANGED)}
