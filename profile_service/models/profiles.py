"""One row per person who filled in a profile."""

from datetime import date
from uuid import UUID

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from profile_service.models.base import Base
from service_kit.models import Timestamps


class Profile(Timestamps, Base):
    __tablename__ = "profiles"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    full_name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    phone_e164: Mapped[str | None] = mapped_column(String(20))
    avatar: Mapped[str | None] = mapped_column(String(2000))
    date_of_birth: Mapped[date | None]
    address: Mapped[str | None] = mapped_column(String(500))
    version: Mapped[int] = mapped_column(server_default=text("1"))
