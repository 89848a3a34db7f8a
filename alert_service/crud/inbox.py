"""SQL on `inbox`: the events of other services, each taken in once."""

from typing import cast
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from alert_service.models import Inbox
from service_kit.outbox import receive_event

_inbox = cast("Table", Inbox.__table__)


async def receive_once(db: AsyncConnection, event_id: UUID) -> bool:
    """True the first time an event comes."""
    return await receive_event(db, _inbox, event_id)
