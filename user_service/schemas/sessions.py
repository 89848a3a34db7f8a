"""Sessions on the wire."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from service_kit.schemas import Instant, Output

Scope = Literal["others", "all"]


class SessionOut(Output):
    id: UUID
    user_agent: str
    created_at: Instant
    last_used_at: Instant
    expires_at: Instant
    current: bool = Field(description="Whether it is the one that asks")
