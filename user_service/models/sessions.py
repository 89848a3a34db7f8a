"""A session is one sign-in on one device; its refresh tokens are a family of which one at a time is unused."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from service_kit.models import PERSONAL, internal
from user_service.models.base import Base


class Session(Base):
    __tablename__ = "sessions"
    __table_args__ = (Index(None, "user_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), info=PERSONAL)
    user_agent: Mapped[str] = mapped_column(String(300))
    # A keyed hash: enough to tell whether two requests came from one address, not which.
    address_hash: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    end_cause: Mapped[str | None] = mapped_column(String(30))
    # In an administrator's own words, when one ended it.
    end_reason: Mapped[str | None] = mapped_column(String(500))


class RefreshToken(Base):
    __tablename__ = "refresh_tokens"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"),
        index=True,
        info=internal("hashes of secrets, of no use to anyone"),
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    spent_at: Mapped[datetime | None]
    spent_by: Mapped[bytes | None]
