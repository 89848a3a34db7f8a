"""What happens when the score service says how a dispute was decided."""

from alert_service.domain.kinds import Kind
from alert_service.schemas.dispute_notices import DisputeNoticeIn
from alert_service.services.deliveries import announce
from alert_service.services.notices import take_notice
from service_kit.database import Transaction
from service_kit.schemas import utc_now


async def receive_dispute_notice(db: Transaction, notice: DisputeNoticeIn) -> None:
    """Make an alert of a decision once, and have it sent as the person wants; a repeated event makes none."""
    kind = Kind(f"dispute_{notice.outcome}")
    alert = await take_notice(db, notice.event_id, notice.user_id, kind, notice.decided_at)
    if alert is not None:
        await announce(db, [alert], utc_now())
