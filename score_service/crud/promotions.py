"""SQL on `promotions`, and on `scores` where champion and challenger are compared."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Row, bindparam, func, insert, literal_column, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from score_service.models import Promotion, Score
from service_kit.database import Reads

_promotion = Promotion.__table__
# Proposals and approvals come one after the other; reading goes on.
_lock = text("LOCK TABLE promotions IN SHARE ROW EXCLUSIVE MODE")
_all = select(_promotion).order_by(Promotion.number)
_last = select(_promotion).where(Promotion.approved_at.is_not(None)).order_by(Promotion.approved_at.desc()).limit(1)
_open = select(_promotion).where(
    Promotion.version == bindparam("of_version"),
    Promotion.replaces == bindparam("over"),
    Promotion.approved_at.is_(None),
    Promotion.expires_at > func.clock_timestamp(),
)
_lapse = (
    update(Promotion)
    .where(
        Promotion.approved_at.is_(None), Promotion.lapsed_at.is_(None), Promotion.expires_at <= func.clock_timestamp()
    )
    .values(lapsed_at=Promotion.expires_at)
)
_propose = insert(Promotion).returning(_promotion)
_approve = (
    update(Promotion)
    .where(Promotion.number == bindparam("of_number"))
    .values(approved_by=bindparam("by"), approved_at=func.clock_timestamp())
    .returning(_promotion)
)

# By the primary key, which begins with the time: the cost does not grow with the history.
_newest = select(Score.__table__).order_by(Score.score_id.desc()).limit(literal_column("10000")).subquery()
_floors = bindparam("floors", type_=ARRAY(Integer))
_difference = _newest.c.challenger_score - _newest.c.score
_same_band = func.width_bucket(_newest.c.score, _floors) == func.width_bucket(_newest.c.challenger_score, _floors)
_compare = select(
    func.count().label("decisions"),
    func.avg(_difference).label("mean_difference"),
    func.avg(func.abs(_difference)).label("mean_absolute_difference"),
    func.corr(_newest.c.score, _newest.c.challenger_score).label("correlation"),
    func.count().filter(_same_band).label("same_band"),
).where(_newest.c.model_version == bindparam("champion"), _newest.c.challenger_version == bindparam("challenger"))


async def lock_promotions(db: AsyncConnection) -> None:
    await db.execute(_lock)


async def list_promotions(db: Reads) -> Sequence[Row[Any]]:
    return (await db.execute(_all)).all()


async def find_last_promotion(db: Reads) -> Row[Any] | None:
    return (await db.execute(_last)).first()


async def find_proposal(db: Reads, version: str, over: str) -> Row[Any] | None:
    """The one that may be approved now, if any."""
    return (await db.execute(_open, {"of_version": version, "over": over})).first()


async def create_proposal(db: AsyncConnection, proposal: Mapping[str, Any]) -> Row[Any]:
    await db.execute(_lapse)
    row: Row[Any] = (await db.execute(_propose, proposal)).one()
    return row


async def approve_proposal(db: AsyncConnection, number: int, administrator: UUID) -> Row[Any]:
    row: Row[Any] = (await db.execute(_approve, {"of_number": number, "by": administrator})).one()
    return row


async def compare_scores(db: Reads, champion: str, challenger: str, floors: Sequence[int]) -> Row[Any]:
    """Of the newest 10,000 decisions, those that both scored."""
    parameters = {"champion": champion, "challenger": challenger, "floors": list(floors)}
    return (await db.execute(_compare, parameters)).one()
