"""The catalogue: versions, and the questions of each. What is published never changes; a trigger holds that."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from survey_service.models.base import Base


class Version(Base):
    __tablename__ = "versions"
    __table_args__ = (CheckConstraint("status IN ('draft', 'published')", name="status"),)

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(String(10), server_default="draft")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    published_at: Mapped[datetime | None]


class Question(Base):
    """`id` is unique across versions, so an answer always says which wording it answered."""

    __tablename__ = "questions"
    __table_args__ = (UniqueConstraint("version", "key"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[int] = mapped_column(ForeignKey("versions.version", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(100))
    aliases: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    question_type: Mapped[str] = mapped_column(String(20))
    question_group: Mapped[str] = mapped_column(String(100))
    order: Mapped[int]
    is_required: Mapped[bool]
    # By language: {"en": "…", "vi": "…", "zh": "…"}; the labels of options alike.
    texts: Mapped[dict[str, Any]]
    options: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    fact: Mapped[str | None] = mapped_column(String(20))
    min: Mapped[float | None]
    max: Mapped[float | None]
    unit: Mapped[str | None] = mapped_column(String(50))
    show_if: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
