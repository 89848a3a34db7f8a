"""SQL on `scores`, read back newest first: every decision, or the last of each day, week or month.

`place` is where a row's successor begins: the next page holds what was calculated before it. Where another scorecard
gave the score before, `change_by_model` is what this one, its challenger then, had made of the same answers, less that
score.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, func, literal, literal_column, select, true
from sqlalchemy.orm import aliased

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


def _by_model(model: Any, earlier: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Whether another scorecard gave the score before (`earlier`), and what of the change is its doing, if known."""
    changed = func.coalesce(earlier.model_version != model, literal_column("false"))
    by_model = case(
        (~changed, literal_column("0")),
        (earlier.challenger_version == model, earlier.challenger_score - earlier.score),
    )
    return changed.label("model_changed"), by_model.label("change_by_model")


def _decisions() -> Select[Any]:
    before = aliased(Score)
    earlier = (
        select(before.score, before.model_version, before.challenger_version, before.challenger_score)
        .where(before.user_id == Score.user_id, before.version == Score.version - literal_column("1"))
        .lateral()
    )
    return (
        _newest_first.add_columns(Score.calculated_at.label("place"), *_by_model(Score.model_version, earlier.c))
        .outerjoin_from(Score, earlier, true())
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

    compared = ("score", "model_version", "challenger_version", "challenger_score")
    earlier_ones = [func.lead(hops.c[name]).over(order_by=hops.c.calculated_at.desc()).label(name) for name in compared]
    earlier_of = SimpleNamespace(**dict(zip(compared, earlier_ones, strict=True)))
    listed = select(
        *(hops.c[name] for name in _shown),
        func.coalesce(hops.c.score - earlier_of.score, 0).label("change"),
        *_by_model(hops.c.model_version, earlier_of),
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
