"""One row per alert: its kind and values. Its words are made when it is read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from alert_service.models.base import Base
from service_kit.models import PERSONAL


class Alert(Base):
    __tablename__ = "alerts"
    __table_args__ = (
        Index("ix_alerts_user_id_id", "user_id", "id"),
        Index("ix_alerts_unread", "user_id", postgresql_where=text("read_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(info=PERSONAL)
    # Not every alert will come from an event: a score also grows old without one.
    event_id: Mapped[UUID | None] = mapped_column(index=True)
    # What must not be told twice; for an alert made by an event, the kind and the event's id.
    dedupe_key: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    score: Mapped[int | None]
    previous_score: Mapped[int | None]
    values: Mapped[dict[str, Any]]
    reasons: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    read_at: Mapped[datetime | None]
    # False where the person wants no alerts of this type in the app: it is then mailed, say, or only remembered.
    shown: Mapped[bool] = mapped_column(server_default="true")
