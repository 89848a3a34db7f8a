"""The devices an account was signed in on, each known by a token that it keeps."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from service_kit.models import PERSONAL
from user_service.models.base import Base


class Device(Base):
    __tablename__ = "devices"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True, info=PERSONAL)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Null until somebody has signed in on it: a reset makes a device known before that.
    last_used_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
