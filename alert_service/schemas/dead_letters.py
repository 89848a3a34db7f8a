"""A delivery as administrators see it: enough to mend the cause, and nothing of what it says."""

from uuid import UUID

from alert_service.domain.delivery import Channel
from service_kit.schemas import Instant, Output


class DeadLetterOut(Output):
    id: UUID
    user_id: UUID
    channel: Channel
    webhook_id: UUID | None
    alert_ids: list[int]
    problem: str | None
    attempts: int
    created_at: Instant
    due_at: Instant
    dead_at: Instant
