"""The answers given to administrators under an `Idempotency-Key`."""

from typing import cast

from sqlalchemy import Table

from service_kit.models import IdempotencyColumns
from user_service.models.base import Base


class IdempotencyKeys(IdempotencyColumns, Base):
    """The kit's columns; its `once` works on the table."""


idempotency_keys = cast("Table", IdempotencyKeys.__table__)
