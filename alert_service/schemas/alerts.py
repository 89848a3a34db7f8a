"""An alert on the wire: some fields stand there twice, under the names different clients read."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from alert_service.domain.kinds import Kind, Severity, Type
from service_kit.pagination import Cursor, Limit
from service_kit.schemas import Instant, Output


class AlertOut(Output):
    id: int
    user_id: UUID
    type: Type
    kind: Kind
    title: str
    message: str
    severity: Severity
    created_at: Instant
    timestamp: Instant
    is_read: bool
    read: bool
    score: int | None
    previous_score: int | None
    reasons: list[dict[str, Any] | str]
    dedupe_key: str


class AlertQuery(BaseModel):
    """Which of a person's alerts are wanted."""

    unread: bool = Field(default=False, description="`true` leaves out what was read")
    type: Type | None = None
    severity: Severity | None = None
    limit: Limit = 20
    cursor: Cursor = None


class UnreadOut(Output):
    unread: int


class DoneOut(Output):
    success: Literal[True] = True
