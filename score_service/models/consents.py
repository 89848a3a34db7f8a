"""Whether people agree to be scored, as the profile service said last; who is not here was never told of."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from score_service.models.base import Base
from service_kit.models import PERSONAL


class Consent(Base):
    __tablename__ = "consents"

    user_id: Mapped[UUID] = mapped_column(primary_key=True, info=PERSONAL)
    granted: Mapped[bool]
    # Of the entry in the profile service's ledger. What is not newer changes nothing, so it may come twice or late.
    number: Mapped[int] = mapped_column(BigInteger)
    told_at: Mapped[datetime] = mapped_column(server_default=func.now())
