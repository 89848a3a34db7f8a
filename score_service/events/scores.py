"""What this service tells others. `score.changed.v1` is the body of the alert service's `POST /score-updates`."""

from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from score_service.models import outbox
from service_kit.outbox import add_event

SCORE_CHANGED = "score.changed.v1"


async def add_score_changed(
    db: AsyncConnection, current: Row[Any], reasons: list[dict[str, Any]], factors: list[dict[str, Any]]
) -> None:
    """Called with the person's row locked, which puts their events in the order of their versions."""
    payload = {
        "user_id": str(current.user_id),
        "old_score": current.previous_score,
        "new_score": current.score,
        "band": current.explanation["band"],
        "category": current.explanation["category"],
        "model_version": current.explanation["model_version"],
        "score_version": current.version,
        "reasons": reasons,
        "factors": factors,
        "calculated_at": current.calculated_at.isoformat(),
    }
    await add_event(db, outbox, key=current.user_id, kind=SCORE_CHANGED, payload=payload)
