"""The target a person has set, one per person; a new one takes its place."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from alert_service.models.base import Base
from service_kit.models import PERSONAL, Timestamps


class Goal(Timestamps, Base):
    __tablename__ = "goals"

    user_id: Mapped[UUID] = mapped_column(primary_key=True, info=PERSONAL)
    target: Mapped[int]
    by: Mapped[date | None]
    reached_at: Mapped[datetime | None]
