"""What has to leave this service: mails, of one alert or several, and calls of webhooks."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, String, Table, func, text
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from alert_service.models.base import Base
from service_kit.models import PERSONAL

WAITING = "sent_at IS NULL AND dead_at IS NULL"
# While a mail has not been tried yet, an alert that is due at the same time joins it.
GATHERING = f"channel = 'email' AND attempts = 0 AND {WAITING}"


class Delivery(Base):
    """The id names the mail or the call to the receiver, in every attempt the same."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("uq_deliveries_gathering", "user_id", "due_at", unique=True, postgresql_where=text(GATHERING)),
        Index("ix_deliveries_waiting", "next_at", postgresql_where=text(WAITING)),
        Index("ix_deliveries_dead", "id", postgresql_where=text("dead_at IS NOT NULL")),
        Index("ix_deliveries_sent_at", "sent_at", postgresql_where=text("sent_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(index=True, info=PERSONAL)
    channel: Mapped[str] = mapped_column(String(10))
    webhook_id: Mapped[UUID | None] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), index=True)
    # No foreign keys: an alert that its owner deleted meanwhile is simply not told.
    alert_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[datetime]
    # Not before this time: a lease while a replica sends it, a pause after a failure.
    next_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    sent_at: Mapped[datetime | None]
    # When it was given up, for an administrator to look at; and what was wrong at the last attempt.
    dead_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(50))


deliveries = cast("Table", Delivery.__table__)
