"""SQL on `scores`, one decision by its id."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select

from score_service.core.problems import DecisionNotFound
from score_service.models import Score
from service_kit.database import Reads

_by_id = select(Score.__table__).where(Score.score_id == bindparam("score_id"))


async def get_score(db: Reads, score_id: UUID) -> Row[Any]:
    row = (await db.execute(_by_id, {"score_id": score_id})).first()
    if row is None:
        raise DecisionNotFound
    return row
