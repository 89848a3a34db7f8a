"""How people are told that their score has grown old: once of each score, by whichever replica looks first."""

from datetime import datetime
from typing import Any

from alert_service.crud import milestones as milestones_crud
from alert_service.domain.kinds import Kind
from alert_service.domain.milestones import band_of
from alert_service.domain.staleness import STALE_AFTER, stale_before
from alert_service.services.deliveries import announce
from service_kit.database import Transaction


async def tell_stale_scores(db: Transaction, now: datetime, at_most: int) -> int:
    """Tell up to so many people, and say how many were told.

    It takes the same lock of a person as a new score does, and passes over who is locked: a new score for that person
    is on its way, or another replica is telling them.
    """
    stale = await milestones_crud.list_stale_for_update(db, stale_before(now), at_most)
    if stale:
        await announce(db, [_alert(row) for row in stale], now)
        await milestones_crud.mark_stale_told(db, [row.user_id for row in stale])
    return len(stale)


def _alert(row: Any) -> dict[str, Any]:
    return {
        "user_id": row.user_id,
        "event_id": None,
        "dedupe_key": f"{Kind.SCORE_STALE}:{row.user_id}:{row.score_version}",
        "kind": Kind.SCORE_STALE,
        "score": row.score,
        "previous_score": None,
        "values": {"band": band_of(row.score), "days": STALE_AFTER.days},
        "reasons": [],
    }
