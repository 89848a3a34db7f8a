"""When sign-ins failed, per account and per client address, and when else something happened that has a limit."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from user_service.models.base import Base


class FailedAttempts(Base):
    __tablename__ = "failed_attempts"

    # A keyed hash of what is limited and whose it is, so that no unknown person's address is stored.
    subject: Mapped[bytes] = mapped_column(primary_key=True)
    # Newest first, and no more of them than the largest limit needs.
    failed_at: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
