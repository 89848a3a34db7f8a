"""SQL on `recipients`."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from alert_service.models import Recipient
from service_kit.database import Reads

_select_some = select(Recipient).where(Recipient.user_id == any_(bindparam("people", type_=ARRAY(Uuid))))


def _keep_newest(version: str, *told: str) -> Any:
    statement = pg_insert(Recipient)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[Recipient.user_id],
        set_={**{name: new[name] for name in (version, *told)}, "updated_at": func.now()},
        where=new[version] > getattr(Recipient, version),
    )


_keep_preferences = _keep_newest("preferences_version", "language", "notifications", "quiet_hours")
_keep_address = _keep_newest("address_version", "email")


async def keep_preferences(db: AsyncConnection, user_id: UUID, version: int, told: Mapping[str, Any]) -> None:
    """Store preferences unless newer ones are stored."""
    await db.execute(_keep_preferences, {"user_id": user_id, "preferences_version": version, **told})


async def keep_address(db: AsyncConnection, user_id: UUID, version: int, email: str | None) -> None:
    """Store the verified address, or that there is none, unless something newer is stored."""
    await db.execute(_keep_address, {"user_id": user_id, "address_version": version, "email": email})


async def map_recipients(db: Reads, people: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """Of each of these people who was told of, what is known."""
    rows = (await db.execute(_select_some, {"people": people})).all()
    return {row.user_id: row for row in rows}
