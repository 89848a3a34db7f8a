"""What the milestone rules know of a person, and the thresholds the person has reached."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from alert_service.models.base import Base
from service_kit.models import PERSONAL, Timestamps


class MilestoneState(Timestamps, Base):
    """`domain.milestones.State`, column by column, and the score's age. The row is the lock that lines events up."""

    __tablename__ = "milestone_states"
    __table_args__ = (
        Index("ix_milestone_states_untold_calculated_at", "calculated_at", postgresql_where=text("NOT stale_told")),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True, info=PERSONAL)
    score_version: Mapped[int] = mapped_column(server_default="0")
    score: Mapped[int] = mapped_column(server_default="0")
    held: Mapped[int] = mapped_column(server_default="0")
    best: Mapped[int] = mapped_column(server_default="0")
    best_told: Mapped[int] = mapped_column(server_default="0")
    rises: Mapped[int] = mapped_column(server_default="0")
    streak_top: Mapped[int] = mapped_column(server_default="0")
    goal: Mapped[int] = mapped_column(server_default="0")
    # Of the current score, and whether the person was told that it has grown old.
    calculated_at: Mapped[datetime | None]
    stale_told: Mapped[bool] = mapped_column(server_default="false")


class Milestone(Base):
    """A threshold reached for the first time; falling back later does not take it away."""

    __tablename__ = "milestones"

    user_id: Mapped[UUID] = mapped_column(primary_key=True, info=PERSONAL)
    threshold: Mapped[int] = mapped_column(primary_key=True)
    score: Mapped[int]
    reached_at: Mapped[datetime]
