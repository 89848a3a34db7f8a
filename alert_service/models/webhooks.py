"""The addresses of people's own machines, to which their alerts are sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from alert_service.models.base import Base
from service_kit.encryption import EncryptedText
from service_kit.models import PERSONAL, withheld


class Webhook(Base):
    __tablename__ = "webhooks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(index=True, info=PERSONAL)
    # An address often holds a password of its own.
    url: Mapped[str] = mapped_column(EncryptedText)
    secret: Mapped[str] = mapped_column(EncryptedText, info=withheld("signs calls, and is shown once only"))
    # Null for all kinds, those to come included.
    kinds: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Of the first of the failures since the last success.
    failing_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
