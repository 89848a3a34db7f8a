"""What could not be delivered, for an administrator to look at."""

from typing import Any
from uuid import UUID

from alert_service.crud import deliveries as deliveries_crud
from service_kit.database import Reads
from service_kit.pagination import Page, decode_cursor, page_of


async def list_dead_letters(db: Reads, limit: int, cursor: str | None) -> Page[Any]:
    place = decode_cursor(cursor, UUID)
    rows = await deliveries_crud.list_dead(db, place[0] if place else None, limit + 1)
    items, following = page_of(rows, limit, lambda row: [str(row.id)])
    return Page(items=list(items), next=following)
