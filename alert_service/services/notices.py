"""How an event that another service tells becomes an alert, once."""

from datetime import datetime
from uuid import UUID

from alert_service.crud import inbox as inbox_crud
from alert_service.crud import milestones as milestones_crud
from alert_service.domain.kinds import Kind
from alert_service.services.deliveries import NewAlert
from service_kit.database import Transaction


async def take_notice(
    db: Transaction, event_id: UUID, user_id: UUID, kind: Kind, happened_at: datetime
) -> NewAlert | None:
    """The alert to be made of an event, with the person's lock held; None if the event was taken before."""
    if not await inbox_crud.receive_once(db, event_id):
        return None
    # The lock of everything that makes alerts for this person, so that streams hear of them in the order of their ids.
    await milestones_crud.get_state_for_update(db, user_id)
    return {
        "user_id": user_id,
        "event_id": event_id,
        "dedupe_key": f"{kind}:{event_id}",
        "kind": kind,
        "score": None,
        "previous_score": None,
        "values": {},
        "reasons": [],
        # When it happened, though the news may have waited for this service.
        "created_at": happened_at,
    }
