"""The addresses of people's own machines, to which their alerts are sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from alert_service.models.base import Base
from service_kit.encryption import EncryptedText
from service_kit.models import PERSONAL, withheld


class Webhook(Base):
    __tablename__ = "webhooks"
    __table_args__ = (UniqueConstraint("user_id", "url_hash"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(info=PERSONAL)
    # An address often holds a password of its own.
    url: Mapped[str] = mapped_column(EncryptedText)
    # By which an address is known to be there already, since what is encrypted is never twice the same.
    url_hash: Mapped[bytes]
    secret: Mapped[str] = mapped_column(EncryptedText, info=withheld("signs calls, and is shown once only"))
    # Null for all kinds, those to come included.
    kinds: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Of the first of the failures since the last success.
    failing_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
