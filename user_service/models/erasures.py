"""Erasures under way and done; what is left of one is a receipt that names nobody."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from service_kit.models import kept
from user_service.models.base import Base


class Erasure(Base):
    __tablename__ = "erasures"

    # Random, since whoever knows it may read the receipt.
    receipt_id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID | None] = mapped_column(info=kept("until every service has erased the person, then emptied"))
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    completed_at: Mapped[datetime | None]
    # When each other service confirmed, or null; `{"some_service": "2026-11-25T23:59:00Z"}`.
    services: Mapped[dict[str, Any]]
