"""What people say is wrong with a score, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from score_service.models.base import Base
from service_kit.models import PERSONAL, kept


class Dispute(Base):
    """`open` or `extended` while its clock runs, then `corrected` or `rejected` for ever."""

    __tablename__ = "disputes"

    dispute_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(info=PERSONAL)
    score_id: Mapped[UUID] = mapped_column(ForeignKey("scores.score_id"))
    # The input that is contested; null for the score as a whole.
    feature: Mapped[str | None] = mapped_column(String(50))
    evidence: Mapped[str] = mapped_column(String(4_000))
    state: Mapped[str] = mapped_column(String(10), server_default="open")
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[datetime] = mapped_column(server_default=text("now() + interval '30 days'"))
    # Who took more time, and why; their reasons stay beside those of the decision.
    extended_by: Mapped[UUID | None] = mapped_column(info=kept("who extended it; the dispute is somebody else's"))
    extended_at: Mapped[datetime | None]
    extension: Mapped[str | None] = mapped_column(String(4_000))
    decided_by: Mapped[UUID | None] = mapped_column(info=kept("who decided it; the dispute is somebody else's"))
    resolution: Mapped[str | None] = mapped_column(String(4_000))
    resolved_at: Mapped[datetime | None]
    # The version of the person's score that the correction made.
    corrected_version: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("state IN ('open', 'extended', 'corrected', 'rejected')", name="known_state"),
        CheckConstraint("(state IN ('corrected', 'rejected')) = (resolved_at IS NOT NULL)", name="resolved_once"),
        CheckConstraint("(state = 'corrected') = (corrected_version IS NOT NULL)", name="corrected_by_a_score"),
        CheckConstraint("decided_by <> user_id", name="not_ones_own"),
        CheckConstraint("extended_by <> user_id", name="not_extended_by_oneself"),
        Index(
            "uq_disputes_open", "score_id", "feature", unique=True,
            postgresql_where=text("resolved_at IS NULL"), postgresql_nulls_not_distinct=True,
        ),
        Index("ix_disputes_user_id_dispute_id", "user_id", "dispute_id"),
    )  # fmt: skip
