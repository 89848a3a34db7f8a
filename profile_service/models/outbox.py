"""The kit's table in this database: events for the services that act on what people decide here."""

from typing import cast

from sqlalchemy import Table

from profile_service.models.base import Base
from service_kit.models import OutboxColumns


class Outbox(OutboxColumns, Base):
    pass


outbox = cast("Table", Outbox.__table__)
