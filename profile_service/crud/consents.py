"""SQL on `consents`."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_service.models import Consent
from service_kit.database import Reads

NEWEST = 2**63 - 1

_insert_once = pg_insert(Consent).on_conflict_do_nothing(constraint="uq_consents_event_id").returning(Consent.__table__)
_of_user = Consent.user_id == bindparam("of_user")
_select_in_force = (
    select(Consent).ext(distinct_on(Consent.purpose)).where(_of_user).order_by(Consent.purpose, Consent.id.desc())
)
_select_page = (
    select(Consent)
    .where(_of_user, Consent.id < bindparam("before"))
    .order_by(Consent.id.desc())
    .limit(bindparam("at_most"))
)


async def add_consent(db: AsyncConnection, values: Mapping[str, Any]) -> Row[Any] | None:
    """Add an entry; None when its event was told of before."""
    row: Row[Any] | None = (await db.execute(_insert_once, values)).first()
    return row


async def list_in_force(db: Reads, user_id: UUID) -> Sequence[Row[Any]]:
    """A person's newest entry for each purpose they were ever asked about."""
    return (await db.execute(_select_in_force, {"of_user": user_id})).all()


async def list_consents(db: Reads, user_id: UUID, before: int | None, at_most: int) -> Sequence[Row[Any]]:
    """A person's entries, newest first, below the id `before`."""
    place = {"of_user": user_id, "before": NEWEST if before is None else before, "at_most": at_most}
    return (await db.execute(_select_page, place)).all()
