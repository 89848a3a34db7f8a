"""SQL on `preferences`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_service.models import Preferences
from service_kit.database import Reads

_select_one = select(Preferences).where(Preferences.user_id == bindparam("of_user"))
_select_for_update = _select_one.with_for_update()


async def find_preferences(db: Reads, user_id: UUID) -> Row[Any] | None:
    return (await db.execute(_select_one, {"of_user": user_id})).first()


async def get_preferences_for_update(db: AsyncConnection, user_id: UUID, defaults: Mapping[str, Any]) -> Row[Any]:
    """Lock the person's row, made from `defaults` if there is none, so that two changes at once both count."""
    await db.execute(pg_insert(Preferences).on_conflict_do_nothing(), {"user_id": user_id, "version": 0, **defaults})
    return (await db.execute(_select_for_update, {"of_user": user_id})).one()


async def update_preferences(db: AsyncConnection, user_id: UUID, values: Mapping[str, Any]) -> Row[Any]:
    changed = {**values, "version": Preferences.version + 1, "updated_at": func.now()}
    statement = update(Preferences).where(Preferences.user_id == user_id).values(changed).returning(Preferences)
    return (await db.execute(statement)).one()
