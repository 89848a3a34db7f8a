"""The score updates received, one row each, and the inbox that takes every event once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from alert_service.models.base import Base
from service_kit.models import PERSONAL, InboxColumns


class Inbox(InboxColumns, Base):
    pass


class ScoreUpdate(Base):
    __tablename__ = "score_updates"
    __table_args__ = (Index("ix_score_updates_user_id_id", "user_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(info=PERSONAL)
    score_version: Mapped[int]
    old_score: Mapped[int | None]
    new_score: Mapped[int]
    band: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(20))
    model_version: Mapped[str] = mapped_column(String(100))
    reasons: Mapped[list[Any]]
    factors: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    calculated_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
