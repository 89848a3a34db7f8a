"""The audit log: entries are added, sealed once, and never touched again (ADR 0017)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from service_kit.models import kept
from user_service.models.base import Base

PROOF = "what was done to accounts, and by whom, must stay provable; it names nobody but by id"


class AuditEvent(Base):
    __tablename__ = "audit_events"
    __table_args__ = (
        Index(None, "user_id", "id"),
        Index(None, "actor_id", "id"),
        Index(None, "event", "id"),
        Index("ix_audit_events_unsealed", "id", postgresql_where=text("position IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    event: Mapped[str] = mapped_column(String(40))
    # Ids without foreign keys: an erased account's entries stay, and name nobody any more.
    user_id: Mapped[UUID | None] = mapped_column(info=kept(PROOF, exported=True))
    # The administrator who did it to the user; null when people did it themselves.
    actor_id: Mapped[UUID | None] = mapped_column(info=kept(PROOF))
    session_id: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(String(500))
    details: Mapped[dict[str, Any]]
    request_id: Mapped[str | None] = mapped_column(String(64))
    # Both null until the entry is sealed.
    position: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    hash: Mapped[bytes | None]
