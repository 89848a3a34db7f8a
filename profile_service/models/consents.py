"""What people have agreed to and taken back, entry by entry; the database changes none (migration 0005)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from profile_service.models.base import Base
from service_kit.models import PERSONAL


class Consent(Base):
    __tablename__ = "consents"
    __table_args__ = (Index(None, "user_id", "id"),)

    # The greatest of a person's for one purpose is the one that holds.
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(info=PERSONAL)
    purpose: Mapped[str] = mapped_column(String(20))
    granted: Mapped[bool]
    # Which wording the person had before them.
    text_version: Mapped[str] = mapped_column(String(50))
    # Of the event that told of it, where another service did; it may come twice.
    event_id: Mapped[UUID | None] = mapped_column(unique=True)
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
