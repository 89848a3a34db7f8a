"""One row per person who filled in a profile. What tells who they are is encrypted (ADR 0019)."""

from datetime import date
from uuid import UUID

from sqlalchemy import Dialect, text
from sqlalchemy.orm import Mapped, mapped_column

from profile_service.models.base import Base
from service_kit.encryption import EncryptedText
from service_kit.models import PERSONAL, Timestamps


class EncryptedDate(EncryptedText):
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return super().process_bind_param(value and value.isoformat(), dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        text = super().process_result_value(value, dialect)
        return text and date.fromisoformat(text)


class Profile(Timestamps, Base):
    __tablename__ = "profiles"

    user_id: Mapped[UUID] = mapped_column(primary_key=True, info=PERSONAL)
    full_name: Mapped[str | None] = mapped_column(EncryptedText)
    email: Mapped[str | None] = mapped_column(EncryptedText)
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    phone_e164: Mapped[str | None] = mapped_column(EncryptedText)
    avatar: Mapped[str | None] = mapped_column(EncryptedText)
    date_of_birth: Mapped[date | None] = mapped_column(EncryptedDate)
    address: Mapped[str | None] = mapped_column(EncryptedText)
    version: Mapped[int] = mapped_column(server_default=text("1"))
