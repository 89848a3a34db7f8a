"""One row per account."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, false, func, text
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from service_kit.models import PERSONAL, Timestamps, withheld
from user_service.models.base import Base


class User(Timestamps, Base):
    __tablename__ = "users"
    __table_args__ = (Index("ix_users_admins", "id", postgresql_where=text("is_admin")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, info=PERSONAL)
    # Stored in lower case, so that one address is one account.
    email: Mapped[str] = mapped_column(String(254), unique=True)
    email_verified: Mapped[bool] = mapped_column(server_default=false())
    # How a person likes to be called. Nothing looks anyone up by it, so two may share one.
    username: Mapped[str | None] = mapped_column(String(50))
    password_hash: Mapped[str] = mapped_column(String(200), info=withheld("a secret"))
    password_changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    is_admin: Mapped[bool] = mapped_column(server_default=false())
    disabled: Mapped[bool] = mapped_column(server_default=false())
    # Of mails: that of the request that made the account, or of a later sign-in from a device of the account.
    language: Mapped[str] = mapped_column(String(2), server_default="en")
    # Why an administrator disabled or enabled it last.
    status_reason: Mapped[str | None] = mapped_column(String(500))
