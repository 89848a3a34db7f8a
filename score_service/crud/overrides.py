"""SQL on `overrides`, and on the columns of `current_scores` in which the one in force is read.

A person's row of `current_scores` is locked first, always, so that overrides of one person come one after the other.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from score_service.core.problems import OverrideEnded, OverrideNotFound, ScoreNotFound
from score_service.models import CurrentScore, Override
from service_kit.database import Reads

_override = Override.__table__
_user, _before = bindparam("of_user", type_=Uuid), bindparam("before", type_=Uuid)
_by_id = select(_override).where(Override.override_id == bindparam("of_override"))
_newest_first = (
    select(_override)
    .where(_user.is_(None) | (Override.user_id == _user), _before.is_(None) | (Override.override_id < _before))
    .order_by(Override.override_id.desc())
    .limit(bindparam("rows"))
)
_lock = (
    select(
        CurrentScore.score, CurrentScore.inputs, CurrentScore.ranges,
        CurrentScore.override_score, CurrentScore.override_until,
    )
    .where(CurrentScore.user_id == bindparam("of_user"))
    .with_for_update()
)  # fmt: skip
_end_expired = (
    update(Override)
    .where(Override.user_id == bindparam("of_user"), Override.ended_at.is_(None), Override.expires_at <= func.now())
    .values(ended_at=Override.expires_at)
)
_withdraw = (
    update(Override)
    .where(
        Override.override_id == bindparam("of_override"), Override.ended_at.is_(None), Override.expires_at > func.now()
    )
    .values(ended_at=func.now(), withdrawn_by=bindparam("by"))
    .returning(_override)
)
_show = (
    update(CurrentScore)
    .where(CurrentScore.user_id == bindparam("of_user"))
    .values(override_id=bindparam("id"), override_score=bindparam("number"), override_until=bindparam("until"))
)


async def list_overrides(db: Reads, *, user_id: UUID | None, before: UUID | None, rows: int) -> Sequence[Row[Any]]:
    return (await db.execute(_newest_first, {"of_user": user_id, "before": before, "rows": rows})).all()


async def get_override(db: Reads, override_id: UUID) -> Row[Any]:
    row = (await db.execute(_by_id, {"of_override": override_id})).first()
    if row is None:
        raise OverrideNotFound
    return row


async def get_current_for_update(db: AsyncConnection, user_id: UUID) -> Any:
    """The person's number with its inputs, and the one in its place, if any."""
    row = (await db.execute(_lock, {"of_user": user_id})).first()
    if row is None:
        raise ScoreNotFound
    return row


async def create_override(db: AsyncConnection, override: Mapping[str, Any]) -> Row[Any]:
    """With the person's row locked. Of two in force the table's index refuses the second."""
    await db.execute(_end_expired, {"of_user": override["user_id"]})
    new = {**override, "override_id": uuid7()}
    row: Row[Any] = (await db.execute(insert(Override).returning(_override), new)).one()
    shown = {"id": row.override_id, "number": row.score, "until": row.expires_at}
    await db.execute(_show, {"of_user": row.user_id, **shown})
    return row


async def withdraw_override(db: AsyncConnection, override_id: UUID, administrator: UUID) -> Row[Any]:
    """With the person's row locked."""
    row: Row[Any] | None = (await db.execute(_withdraw, {"of_override": override_id, "by": administrator})).first()
    if row is None:
        raise OverrideEnded
    await db.execute(_show, {"of_user": row.user_id, "id": None, "number": None, "until": None})
    return row
