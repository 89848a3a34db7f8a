"""SQL on `goals`."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from alert_service.models import Goal
from service_kit.database import Reads

_of_user = Goal.user_id == bindparam("of_user")
_select_one = select(Goal).where(_of_user)
_insert = pg_insert(Goal)
_upsert = _insert.on_conflict_do_update(
    index_elements=[Goal.user_id],
    set_={
        "target": _insert.excluded.target,
        "by": _insert.excluded.by,
        "reached_at": _insert.excluded.reached_at,
        "updated_at": func.now(),
    },
)
_mark_reached = update(Goal).where(_of_user)


async def find_goal(db: Reads, user_id: UUID) -> Row[Any] | None:
    return (await db.execute(_select_one, {"of_user": user_id})).first()


async def create_or_replace_goal(
    db: AsyncConnection, user_id: UUID, target: int, by: date | None, reached_at: datetime | None
) -> None:
    await db.execute(_upsert, {"user_id": user_id, "target": target, "by": by, "reached_at": reached_at})


async def mark_goal_reached(db: AsyncConnection, user_id: UUID, reached_at: datetime) -> None:
    await db.execute(_mark_reached, {"of_user": user_id, "reached_at": reached_at})
