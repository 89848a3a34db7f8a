"""SQL on `consents`."""

from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from score_service.models import Consent

_insert = pg_insert(Consent)
_new = _insert.excluded
_keep_newest = _insert.on_conflict_do_update(
    index_elements=[Consent.user_id],
    set_={"granted": _new.granted, "number": _new.number, "told_at": func.now()},
    where=_new.number > Consent.number,
)


async def keep_consent(db: AsyncConnection, user_id: UUID, number: int, granted: bool) -> None:
    """Store what a person said unless something newer is stored."""
    await db.execute(_keep_newest, {"user_id": user_id, "number": number, "granted": granted})
