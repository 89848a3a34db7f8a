"""Numbers that an administrator put in place of a scorecard's, for a time, and why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from score_service.models.base import Base
from service_kit.models import PERSONAL, kept


class Override(Base):
    """In force until it expires or is withdrawn. A row is ended once, and nothing else of it ever changes.

    `ended_at` of one that expired is written when the person's next one is made: time alone has ended it by then.
    """

    __tablename__ = "overrides"

    override_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(info=PERSONAL)
    score: Mapped[int]
    reason: Mapped[str] = mapped_column(String(4_000))
    created_by: Mapped[UUID] = mapped_column(info=kept("who decided it; the override is somebody else's"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(info=kept("who withdrew it; the override is somebody else's"))

    __table_args__ = (
        CheckConstraint("score BETWEEN 300 AND 850", name="on_the_scale"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("created_by <> user_id", name="not_ones_own"),
        CheckConstraint("withdrawn_by IS NULL OR ended_at IS NOT NULL", name="withdrawn_is_ended"),
        Index("uq_overrides_in_force", "user_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_overrides_user_id_override_id", "user_id", "override_id"),
    )
