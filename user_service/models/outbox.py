"""What still has to leave: events for the other services, and mails, which may take longer and hold nobody else up."""

from typing import cast

from sqlalchemy import Table

from service_kit.models import OutboxColumns
from user_service.models.base import Base


class Outbox(OutboxColumns, Base):
    """Keyed by whose news must be heard in order."""


class Mails(OutboxColumns, Base):
    """What each is about, not its words: they are written when it is sent, and a code stands in none of them."""

    __tablename__ = "mails"


outbox = cast("Table", Outbox.__table__)
mails = cast("Table", Mails.__table__)
