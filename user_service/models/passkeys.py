"""Passkeys, and the challenges that are waiting for an authenticator's answer (ADR 0016)."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Table, func
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from service_kit.models import PERSONAL, internal
from user_service.models.base import Base


class Passkey(Base):
    __tablename__ = "passkeys"
    __table_args__ = (Index(None, "user_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), info=PERSONAL)
    name: Mapped[str | None] = mapped_column(String(100))
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    # As its authenticator counts; 0 for ever where it does not.
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]


class Challenge(Base):
    __tablename__ = "challenges"

    challenge: Mapped[bytes] = mapped_column(primary_key=True)
    # Who may add a passkey with it; null for signing in, where nobody is known yet.
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), info=internal("random numbers that are good for five minutes")
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


challenges = cast("Table", Challenge.__table__)
