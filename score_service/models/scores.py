"""Decisions: every one that was ever made, and the newest of each person, ready to be read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from score_service.models.base import Base
from service_kit.models import PERSONAL


class Score(Base):
    """A decision with all it came from, so that it can be replayed. Rows are inserted and never change."""

    __tablename__ = "scores"

    score_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(info=PERSONAL)
    version: Mapped[int]
    # Later than the person's version before, always; history is read in this order.
    calculated_at: Mapped[datetime]
    score: Mapped[int]
    change: Mapped[int]
    confidence: Mapped[float]
    probability_of_default: Mapped[float]
    model_version: Mapped[str] = mapped_column(String(50))
    artifact_sha256: Mapped[str] = mapped_column(String(64))
    base_points: Mapped[int]
    inputs: Mapped[dict[str, Any]]
    # Between which values those inputs lie whose answers name a band; null where none does.
    ranges: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    bins: Mapped[dict[str, Any]]
    points: Mapped[dict[str, Any]]
    # What the survey made the inputs of; null where features were given or changed directly.
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    source: Mapped[str] = mapped_column(String(10))
    inputs_from: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # What the challenger of that time made of the same inputs; null where it could make nothing of them.
    challenger_version: Mapped[str | None] = mapped_column(String(50))
    challenger_sha256: Mapped[str | None] = mapped_column(String(64))
    challenger_score: Mapped[int | None]
    challenger_probability_of_default: Mapped[float | None]

    __table_args__ = (
        UniqueConstraint("user_id", "version"),
        Index("ix_scores_user_id_calculated_at", "user_id", "calculated_at"),
    )


class CurrentScore(Base):
    """One row per person. Its lock puts a person's decisions in order; its columns are all that a read needs."""

    __tablename__ = "current_scores"

    user_id: Mapped[UUID] = mapped_column(primary_key=True, info=PERSONAL)
    version: Mapped[int]
    calculated_at: Mapped[datetime]
    score: Mapped[int]
    previous_score: Mapped[int | None]
    first_score: Mapped[int]
    utilisation: Mapped[float | None]
    previous_utilisation: Mapped[float | None]
    inputs: Mapped[dict[str, Any]]
    ranges: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # What a read says of this decision beside the columns above: codes for words, in the order of the wire. It is only
    # ever read whole, which `json` does faster than `jsonb`, and keeps in order.
    explanation: Mapped[dict[str, Any]] = mapped_column(JSON)
    recommendations: Mapped[list[Any]] = mapped_column(JSON)
    # What an administrator put in place of the score, and until when (overrides.py); a new decision leaves it alone.
    override_id: Mapped[UUID | None]
    override_score: Mapped[int | None]
    override_until: Mapped[datetime | None]
    # The scorecard's version. PostgreSQL takes it out of `explanation`, since to count people is not to unpack what
    # reads show; under a name of its own, or SQLAlchemy would fill it from the `model_version` of the history's row.
    decided_by: Mapped[str] = mapped_column(String(50), Computed("explanation ->> 'model_version'", persisted=True))
