"""The answers this service gave under an `Idempotency-Key`."""

from typing import cast

from sqlalchemy import Table

from service_kit.models import IdempotencyColumns
from survey_service.models.base import Base


class IdempotencyKeys(IdempotencyColumns, Base):
    pass


# A declarative class types its table more widely than it is.
idempotency_keys = cast("Table", IdempotencyKeys.__table__)
