"""What this service tells others of disputes: how each was decided, for the person to be told."""

from uuid import UUID

from score_service.models import outbox
from service_kit.database import Transaction
from service_kit.outbox import add_event
from service_kit.schemas import utc_now

DISPUTE_DECIDED = "dispute.decided.v1"


async def add_dispute_decided(db: Transaction, user_id: UUID, outcome: str) -> None:
    """The caller holds the lock of all that writes events of this person."""
    payload = {"outcome": outcome, "decided_at": utc_now().isoformat()}
    await add_event(db, outbox, key=user_id, kind=DISPUTE_DECIDED, payload=payload)
