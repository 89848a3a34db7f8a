"""SQL on `scores`, read back newest first: every decision, or the last of each day, week or month.

`place` is where a row's successor begins: the next page holds what was calculated before it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, func, literal, select, true

from score_service.models import Score
from service_kit.database import Reads

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)

_columns = (Score.score_id, Score.score, Score.change, Score.confidence, Score.model_version, Score.calculated_at)
_newest_first = select(*_columns).where(Score.user_id == bindparam("of_user")).order_by(Score.calculated_at.desc())
_before = bindparam("before", type_=Score.calculated_at.type)
_since = bindparam("since", type_=Score.calculated_at.type)
_rows = bindparam("rows", type_=Score.version.type)


def _decisions() -> Select[Any]:
    return (
        _newest_first.add_columns(Score.calculated_at.label("place"))
        .where(Score.calculated_at < _before, Score.calculated_at >= _since)
        .limit(_rows)
    )


def _last_of_each(period: str) -> Select[Any]:
    """Hop from each period's last decision to the newest one before that period: one index probe per row returned."""

    def begin_of(calculated_at: Any) -> Any:
        return func.date_trunc(period, calculated_at, "UTC")

    newest = _newest_first.where(Score.calculated_at < _before).limit(1).subquery()
    hops = select(newest, literal(1).label("hop")).cte("hops", recursive=True)
    earlier = _newest_first.where(Score.calculated_at < begin_of(hops.c.calculated_at)).limit(1).lateral()
    hops = hops.union_all(
        select(earlier, hops.c.hop + 1).select_from(hops.join(earlier, true())).where(hops.c.hop < _rows)
    )

    newer = hops.c.score - func.lead(hops.c.score).over(order_by=hops.c.calculated_at.desc())
    listed = select(
        hops.c.score_id,
        hops.c.score,
        func.coalesce(newer, 0).label("change"),
        hops.c.confidence,
        hops.c.model_version,
        hops.c.calculated_at,
        begin_of(hops.c.calculated_at).label("place"),
    ).subquery()
    return select(listed).where(listed.c.calculated_at >= _since).order_by(listed.c.calculated_at.desc())


_statements: dict[str | None, Select[Any]] = {
    None: _decisions(),
    "day": _last_of_each("day"),
    "week": _last_of_each("week"),
    "month": _last_of_each("month"),
}


async def list_scores(
    db: Reads, user_id: UUID, *, since: datetime | None, before: datetime | None, granularity: str | None, rows: int
) -> Sequence[Row[Any]]:
    parameters = {"of_user": user_id, "since": since or BEGINNING, "before": before or END, "rows": rows}
    return (await db.execute(_statements[granularity], parameters)).all()
