"""An override on the wire."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from score_service.schemas.disputes import Words
from service_kit.schemas import Input, Instant, Output


class OverrideIn(Input):
    user_id: UUID = Field(examples=["0193b1f0-0000-7000-8000-000000000001"])
    score: int | None = Field(None, ge=300, le=850, strict=True, description="The number now, held as it is, if none")
    reason: Words = Field(examples=["The bureau confirmed that two accounts were mixed up; a new file is on its way."])
    expires_at: Instant = Field(examples=["2030-01-31T00:00:00Z"], description="Within a year")


class OverrideOut(Output):
    override_id: UUID
    user_id: UUID
    score: int
    state: Literal["in_force", "expired", "withdrawn"]
    reason: str
    created_by: UUID
    created_at: Instant
    expires_at: Instant
    ended_at: Instant | None
    withdrawn_by: UUID | None
