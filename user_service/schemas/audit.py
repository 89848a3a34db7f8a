"""The audit log on the wire."""

from typing import Any
from uuid import UUID

from pydantic import Field

from service_kit.schemas import Instant, Output
from user_service.domain.audit import Event


class AuditEventOut(Output):
    id: UUID
    at: Instant
    event: Event
    user_id: UUID | None = Field(description="Whom it is about; null when nobody has that account")
    actor_id: UUID | None = Field(description="The administrator who did it; null when it was the user")
    session_id: UUID | None
    reason: str | None
    details: dict[str, Any]
    request_id: str | None
    position: int | None = Field(description="Its place in the sealed log; null in its first second")
