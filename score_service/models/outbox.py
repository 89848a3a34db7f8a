"""The kit's tables in this database: events for the alert service, and answers given under an `Idempotency-Key`."""

from typing import cast

from sqlalchemy import Table

from score_service.models.base import Base
from service_kit.models import IdempotencyColumns, OutboxColumns


class Outbox(OutboxColumns, Base):
    pass


class IdempotencyKey(IdempotencyColumns, Base):
    pass


outbox = cast("Table", Outbox.__table__)
idempotency_keys = cast("Table", IdempotencyKey.__table__)
