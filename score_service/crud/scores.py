"""SQL on `current_scores` and `scores`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, func, insert, literal_column, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from score_service.core.problems import ScoreNotFound
from score_service.models import CurrentScore, Score
from service_kit.database import Reads

_of_user = CurrentScore.user_id == bindparam("of_user")
# The score in force a month ago; whoever has had one for less than a month is compared with their first. Written out,
# the constants cost a read nothing; as parameters they would be encoded and sent each time.
_a_month: ColumnElement[timedelta] = literal_column("interval '30 days'")
_month_ago = (
    select(Score.score)
    .where(Score.user_id == bindparam("of_user"), Score.calculated_at <= func.now() - _a_month)
    .order_by(Score.calculated_at.desc())
    .limit(literal_column("1"))
    .scalar_subquery()
)
_columns = (CurrentScore.__table__, func.coalesce(_month_ago, CurrentScore.first_score).label("month_ago"))
_select_one = select(*_columns).where(_of_user)
_insert_score = insert(Score)


def _upsert() -> Any:
    new = pg_insert(CurrentScore).values(version=1, calculated_at=func.clock_timestamp())
    excluded = new.excluded
    # Evaluated once the row is locked, and never before the version it follows, whatever the clock does meanwhile.
    after_the_last = func.greatest(func.clock_timestamp(), CurrentScore.calculated_at + timedelta(microseconds=1))
    return new.on_conflict_do_update(
        index_elements=[CurrentScore.user_id],
        set_={
            "version": CurrentScore.version + 1,
            "calculated_at": after_the_last,
            "previous_score": CurrentScore.score,
            "previous_utilisation": CurrentScore.utilisation,
            **{name: excluded[name] for name in ("score", "utilisation", "inputs", "explanation", "recommendations")},
        },
    ).returning(*_columns)


_upsert_current = _upsert()


async def find_current_score(db: Reads, user_id: UUID) -> Row[Any] | None:
    return (await db.execute(_select_one, {"of_user": user_id})).first()


async def get_current_score(db: Reads, user_id: UUID) -> Row[Any]:
    row = await find_current_score(db, user_id)
    if row is None:
        raise ScoreNotFound
    return row


async def create_or_update_current_score(db: AsyncConnection, user_id: UUID, values: Mapping[str, Any]) -> Row[Any]:
    """Make this decision the person's newest, as the version after the last, and hold the row until the commit."""
    parameters = {"user_id": user_id, "of_user": user_id, "first_score": values["score"], **values}
    return (await db.execute(_upsert_current, parameters)).one()


async def create_score(db: AsyncConnection, current: Row[Any], audit: Mapping[str, Any]) -> None:
    """Add the decision that is now `current` to the history, with what it takes to replay it."""
    decision = {
        "user_id": current.user_id,
        "version": current.version,
        "calculated_at": current.calculated_at,
        "score": current.score,
        "change": 0 if current.previous_score is None else current.score - current.previous_score,
    }
    await db.execute(_insert_score, {**decision, **audit})
