"""SQL on `score_updates`."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alert_service.crud.inbox import receive_once
from alert_service.models import ScoreUpdate
from service_kit.database import Reads

NEWEST = 2**63 - 1

_insert = insert(ScoreUpdate)
_select_page = (
    select(ScoreUpdate)
    .where(ScoreUpdate.user_id == bindparam("of_user"), ScoreUpdate.id < bindparam("before"))
    .order_by(ScoreUpdate.id.desc())
    .limit(bindparam("at_most"))
)
_select_factors = (
    select(ScoreUpdate.factors)
    .where(
        ScoreUpdate.user_id == bindparam("of_user"),
        ScoreUpdate.score_version == bindparam("version"),
        ScoreUpdate.model_version == bindparam("model"),
    )
    .order_by(ScoreUpdate.id.desc())
    .limit(1)
)


async def create_score_update_once(db: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """Store an update; False, and nothing stored, when its event was received before."""
    if not await receive_once(db, values["event_id"]):
        return False
    await db.execute(_insert, values)
    return True


async def find_factors(db: Reads, user_id: UUID, score_version: int, model_version: str) -> list[dict[str, Any]]:
    """What the factors of a score earned; nothing if another model gave that score."""
    place = {"of_user": user_id, "version": score_version, "model": model_version}
    return (await db.execute(_select_factors, place)).scalar_one_or_none() or []


async def list_score_updates(db: Reads, user_id: UUID, before: int | None, at_most: int) -> Sequence[Row[Any]]:
    """A person's updates, newest first, below the id `before`."""
    place = {"of_user": user_id, "before": NEWEST if before is None else before, "at_most": at_most}
    return (await db.execute(_select_page, place)).all()
