"""Codes that went out by mail: each opens one thing, once."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from service_kit.models import internal
from user_service.models.base import Base


class OneTimeCode(Base):
    __tablename__ = "one_time_codes"

    # The id of the mail. Both forms of the code follow from it by a key that the database does not hold.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True, info=internal("codes that were mailed, as hashes")
    )
    purpose: Mapped[str] = mapped_column(String(20))
    # Where it went. It is good only while that is the account's address.
    email: Mapped[str] = mapped_column(String(254))
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


one_time_codes = cast("Table", OneTimeCode.__table__)
