"""SQL on `erasures`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reads
from user_service.core.problems import ErasureNotFound
from user_service.models import Erasure

_insert = insert(Erasure).returning(Erasure.__table__)
_is = Erasure.receipt_id == bindparam("receipt")
_select_one = select(Erasure).where(_is)
_confirm = (
    update(Erasure)
    .where(_is)
    .values(services=Erasure.services.concat(func.jsonb_build_object(bindparam("service", type_=String), func.now())))
)
_complete = (
    update(Erasure).where(_is, Erasure.completed_at.is_(None)).values(completed_at=func.clock_timestamp(), user_id=None)
)


async def create_erasure(db: AsyncConnection, user_id: UUID, services: Sequence[str]) -> Row[Any]:
    row: Row[Any] = (await db.execute(_insert, {"user_id": user_id, "services": dict.fromkeys(services)})).one()
    return row


async def get_erasure(db: Reads, receipt_id: UUID) -> Row[Any]:
    row = (await db.execute(_select_one, {"receipt": receipt_id})).first()
    if row is None:
        raise ErasureNotFound
    return row


async def confirm_erasure(db: Reads, receipt_id: UUID, service: str) -> None:
    """Note that a service has erased the person; services may confirm at the same time."""
    await db.execute(_confirm, {"receipt": receipt_id, "service": service})


async def complete_erasure(db: Reads, receipt_id: UUID) -> None:
    """All have confirmed: from now on the receipt names nobody."""
    await db.execute(_complete, {"receipt": receipt_id})
