"""SQL on `scores`, read back newest first: every decision, or the last of each day, week or month.

`place` is where a row's successor begins: the next page holds what was calculated before it. Where another scorecard
gave the score before, `change_by_model` is what this one, its challenger then, had made of the same answers, less that
score.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, func, literal, literal_column, select, true

from score_service.models import Score
from service_kit.database import Reads

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)

_shown = ("score_id", "score", "confidence", "model_version", "calculated_at")
_columns = tuple(Score.__table__.c[name] for name in (*_shown, "change", "challenger_version", "challenger_score"))
_newest_first = select(*_columns).where(Score.user_id == bindparam("of_user")).order_by(Score.calculated_at.desc())
_before = bindparam("before", type_=Score.calculated_at.type)
_since = bindparam("since", type_=Score.calculated_at.type)
_rows = bindparam("rows", type_=Score.version.type)


def _earlier(rows: Any, name: str) -> ColumnElement[Any]:
    return func.lead(rows.c[name]).over(order_by=rows.c.calculated_at.desc())


def _by_model(rows: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Of rows that follow each other: whether another scorecard gave the score before, and its part of the change."""
    model = rows.c.model_version
    changed = func.coalesce(_earlier(rows, "model_version") != model, literal_column("false"))
    made = _earlier(rows, "challenger_score") - _earlier(rows, "score")
    by_model = case((~changed, literal_column("0")), (_earlier(rows, "challenger_version") == model, made))
    return changed.label("model_changed"), by_model.label("change_by_model")


def _listed(rows: Any, place: Any, change: Any) -> Select[Any]:
    """Rows since a time, each beside the one before it, which may be older than that."""
    shown = (rows.c[name] for name in _shown)
    listed = select(*shown, change.label("change"), *_by_model(rows), place.label("place")).subquery()
    newest_first = select(listed).where(listed.c.calculated_at >= _since).order_by(listed.c.calculated_at.desc())
    return newest_first.limit(_rows)


def _decisions() -> Select[Any]:
    one_more = _newest_first.where(Score.calculated_at < _before).limit(_rows + literal_column("1")).subquery()
    return _listed(one_more, one_more.c.calculated_at, one_more.c.change)


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

    change = func.coalesce(hops.c.score - _earlier(hops, "score"), 0)
    return _listed(hops, begin_of(hops.c.calculated_at), change)


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
