"""Sessions that ended, for the services that still hold good tokens of them (ADR 0012)."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Table, func
from sqlalchemy.orm import Mapped, mapped_column

from user_service.models.base import Base


class Revocation(Base):
    __tablename__ = "revocations"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    # No foreign key: the news of a deleted account outlives the account.
    session_id: Mapped[UUID]
    revoked_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


revocations = cast("Table", Revocation.__table__)
