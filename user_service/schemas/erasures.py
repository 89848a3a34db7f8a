"""Erasures on the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from service_kit.schemas import Input, Instant, Output
from user_service.schemas.users import Password


class ErasureIn(Input):
    password: Password = Field(description="Your current password", examples=["rice-paper-lantern"])


class ReceiptOut(Output):
    receipt_id: UUID = Field(
        description="Whoever knows it may ask how far the erasure is: GET /auth/erasures/{receipt_id}"
    )


class ErasureOut(ReceiptOut):
    requested_at: Instant
    completed_at: Instant | None = Field(description="null until every service has confirmed")
    services: dict[str, datetime | None] = Field(description="When each service confirmed, or null")


class ExportOut(BaseModel):
    """By service and table, each row as it is stored; what is encrypted there is readable here."""

    user_id: UUID
    exported_at: datetime
    services: dict[str, dict[str, list[dict[str, Any]]]]
