"""How each person wants to be told, and where: as the profile service and the user service said last."""

from typing import Any
from uuid import UUID

from sqlalchemy import String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from alert_service.models.base import Base
from service_kit.models import PERSONAL, Timestamps


class Recipient(Timestamps, Base):
    __tablename__ = "recipients"

    user_id: Mapped[UUID] = mapped_column(primary_key=True, info=PERSONAL)
    language: Mapped[str] = mapped_column(String(10), server_default="en")
    notifications: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    quiet_hours: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # The versions of what was told. What is not newer changes nothing, so it may come twice or late.
    preferences_version: Mapped[int] = mapped_column(server_default="0")
    # Verified by its owner, or null: nothing is ever mailed to any other.
    email: Mapped[str | None] = mapped_column(String(254))
    address_version: Mapped[int] = mapped_column(server_default="0")
