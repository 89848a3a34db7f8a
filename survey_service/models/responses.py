"""What people answered: one open draft each at most, and every submission they made."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from service_kit.models import PERSONAL
from survey_service.models.base import Base


class Response(Base):
    """`open` while it is filled in, `complete` once submitted, `superseded` when a new version came in between."""

    __tablename__ = "responses"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'complete', 'superseded')", name="status"),
        CheckConstraint("(status = 'complete') = (submitted_at IS NOT NULL)", name="submitted"),
        Index("uq_responses_open_user_id", "user_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("ix_responses_user_id_submitted_at", "user_id", "submitted_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(info=PERSONAL)
    version: Mapped[int] = mapped_column(ForeignKey("versions.version"))
    status: Mapped[str] = mapped_column(String(10))
    # Counts the changes of the answers.
    revision: Mapped[int] = mapped_column(server_default="0")
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    submitted_at: Mapped[datetime | None]


class Answer(Base):
    __tablename__ = "answers"

    response_id: Mapped[UUID] = mapped_column(
        ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True, info=PERSONAL
    )
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), primary_key=True, index=True)
    value: Mapped[Any] = mapped_column(JSONB)
    answered_at: Mapped[datetime] = mapped_column(server_default=func.now())
