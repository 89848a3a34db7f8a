"""The second factor beside a password: an authenticator app, and codes for the day it is lost (ADR 0016)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from service_kit.encryption import EncryptedText
from service_kit.models import PERSONAL, internal, withheld
from user_service.models.base import Base


class TotpFactor(Base):
    __tablename__ = "totp_factors"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, info=PERSONAL)
    secret: Mapped[str] = mapped_column(EncryptedText, info=withheld("who has it can make the codes"))
    offered_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Null until its owner has shown a code; before that it guards nothing.
    confirmed_at: Mapped[datetime | None]
    # The newest time step whose code was accepted: neither it nor one before it is accepted again.
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """One that was not used yet."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("totp_factors.user_id", ondelete="CASCADE"), primary_key=True, info=internal("hashes of secrets")
    )
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
