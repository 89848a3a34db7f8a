"""Who made which scorecard the champion: the last approved row says which one decides, on every replica."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from score_service.models.base import Base
from service_kit.models import kept

ACT_OF_OFFICE = "an administrator's act, which decides everybody's scores"


class Promotion(Base):
    """A proposal, and once a second administrator has approved it, a change of champion. Approved rows never change.

    `lapsed_at` of a proposal that expired is written when the next one is made: time alone has ended it by then.
    """

    __tablename__ = "promotions"

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[str] = mapped_column(String(50))
    artifact_sha256: Mapped[str] = mapped_column(String(64))
    # The champion until then, and the challenger from then on.
    replaces: Mapped[str] = mapped_column(String(50))
    proposed_by: Mapped[UUID] = mapped_column(info=kept(ACT_OF_OFFICE))
    proposed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(server_default=text("now() + interval '7 days'"))
    lapsed_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None] = mapped_column(info=kept(ACT_OF_OFFICE))
    approved_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("approved_by <> proposed_by", name="two_administrators"),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approved_by_somebody"),
        CheckConstraint("approved_at <= expires_at", name="approved_in_time"),
        CheckConstraint("approved_at IS NULL OR lapsed_at IS NULL", name="approved_or_lapsed"),
        Index(
            "uq_promotions_open", "version", "replaces", unique=True,
            postgresql_where=text("approved_at IS NULL AND lapsed_at IS NULL"),
        ),
    )  # fmt: skip
