"""One row per person who changed a preference; everyone else has the defaults."""

from typing import Any
from uuid import UUID

from sqlalchemy import String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from profile_service.models.base import Base
from service_kit.models import PERSONAL, Timestamps


class Preferences(Timestamps, Base):
    __tablename__ = "preferences"

    user_id: Mapped[UUID] = mapped_column(primary_key=True, info=PERSONAL)
    theme: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(10))
    notifications: Mapped[dict[str, Any]]
    quiet_hours: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int] = mapped_column(server_default=text("1"))
