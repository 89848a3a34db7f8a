"""What could not be delivered, for an administrator to look at and to try anew once the cause is mended."""

from typing import Any
from uuid import UUID

from alert_service.crud import deliveries as deliveries_crud
from service_kit.database import Reads, Transaction
from service_kit.pagination import Page, decode_cursor, page_of
from service_kit.schemas import utc_now


async def list_dead_letters(db: Reads, limit: int, cursor: str | None) -> Page[Any]:
    place = decode_cursor(cursor, UUID)
    rows = await deliveries_crud.list_dead(db, place[0] if place else None, limit + 1)
    items, following = page_of(rows, limit, lambda row: [str(row.id)])
    return Page(items=list(items), next=following)


async def replay(db: Transaction, delivery_id: UUID) -> Any:
    """Start a delivery anew if it was given up; asked twice, the second time changes nothing."""
    await deliveries_crud.revive(db, delivery_id, utc_now())
    return await deliveries_crud.get_delivery(db, delivery_id)
