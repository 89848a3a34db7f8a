"""SQL on `profiles`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_service.core.problems import ProfileNotFound
from profile_service.models import Profile
from service_kit.database import Reads

_of_user = Profile.user_id == bindparam("of_user")
_select_one = select(Profile).where(_of_user)
_select_for_update = _select_one.with_for_update()
_insert = insert(Profile).returning(Profile)
_delete = delete(Profile).where(_of_user).returning(Profile.user_id)


async def get_profile(db: Reads, user_id: UUID) -> Row[Any]:
    row = (await db.execute(_select_one, {"of_user": user_id})).first()
    if row is None:
        raise ProfileNotFound
    return row


async def find_profile_for_update(db: AsyncConnection, user_id: UUID) -> Row[Any] | None:
    return (await db.execute(_select_for_update, {"of_user": user_id})).first()


async def create_profile(db: AsyncConnection, user_id: UUID, values: Mapping[str, Any]) -> Row[Any]:
    """Insert; a second profile of the same person violates `pk_profiles`, which means ProfileExists."""
    return (await db.execute(_insert, {"user_id": user_id, **values})).one()


async def create_or_update_profile(db: AsyncConnection, user_id: UUID, values: Mapping[str, Any]) -> Row[Any]:
    """Insert, or set just `values` on the row that is there; two at once end in one row."""
    changed = {**values, "version": Profile.version + 1, "updated_at": func.now()}
    statement = (
        pg_insert(Profile)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=[Profile.user_id], set_=changed)
        .returning(Profile)
    )
    return (await db.execute(statement)).one()


async def update_profile(db: AsyncConnection, user_id: UUID, values: Mapping[str, Any]) -> Row[Any]:
    statement = update(Profile).where(_of_user).values(**values, version=Profile.version + 1).returning(Profile)
    return (await db.execute(statement, {"of_user": user_id})).one()


async def delete_profile(db: AsyncConnection, user_id: UUID) -> None:
    if (await db.execute(_delete, {"of_user": user_id})).first() is None:
        raise ProfileNotFound
