"""What happens when the score service says how a dispute was decided."""

from alert_service.crud import inbox as inbox_crud
from alert_service.crud import milestones as milestones_crud
from alert_service.domain.kinds import Kind
from alert_service.schemas.dispute_notices import DisputeNoticeIn
from alert_service.services.deliveries import announce
from service_kit.database import Transaction
from service_kit.schemas import utc_now


async def receive_dispute_notice(db: Transaction, notice: DisputeNoticeIn) -> None:
    """Make an alert of a decision once, and have it sent as the person wants; a repeated event makes none."""
    if not await inbox_crud.receive_once(db, notice.event_id):
        return
    # The lock of everything that makes alerts for this person.
    await milestones_crud.get_state_for_update(db, notice.user_id)
    kind = Kind(f"dispute_{notice.outcome}")
    alert = {
        "user_id": notice.user_id,
        "event_id": notice.event_id,
        "dedupe_key": f"{kind}:{notice.event_id}",
        "kind": kind,
        "score": None,
        "previous_score": None,
        "values": {},
        "reasons": [],
        # When it was decided, though the news may have waited for this service.
        "created_at": notice.decided_at,
    }
    await announce(db, [alert], utc_now())
