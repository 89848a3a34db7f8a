"""SQL on `disputes`. Their ids begin with the time, so they are in the order in which they were opened."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, Uuid, bindparam, func, insert, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from score_service.core.problems import DecisionNotFound, DisputeNotFound
from score_service.models import Dispute, Score
from service_kit.database import Reads

_dispute = Dispute.__table__
_user, _state = bindparam("of_user", type_=Uuid), bindparam("of_state", type_=String)
_before, _score = bindparam("before", type_=Uuid), bindparam("of_score", type_=Uuid)
_overdue = (Dispute.resolved_at.is_(None) & (Dispute.due_at < func.now())).label("overdue")
_newest_first = (
    select(_dispute, _overdue)
    .where(
        _user.is_(None) | (Dispute.user_id == _user),
        _state.is_(None) | (Dispute.state == _state),
        _before.is_(None) | (Dispute.dispute_id < _before),
    )
    .order_by(Dispute.dispute_id.desc())
    .limit(bindparam("rows"))
)
# Of one's own decisions only: the one named, or the newest.
_decision = (
    select(
        bindparam("new_id", type_=Uuid),
        Score.user_id,
        Score.score_id,
        bindparam("new_feature", type_=String),
        bindparam("new_evidence", type_=String),
    )
    .where(Score.user_id == _user, _score.is_(None) | (Score.score_id == _score))
    .order_by(Score.calculated_at.desc())
    .limit(literal_column("1"))
)
_open = (
    insert(Dispute)
    .from_select(["dispute_id", "user_id", "score_id", "feature", "evidence"], _decision, include_defaults=False)
    .returning(_dispute, _overdue)
)
_by_id = select(_dispute).where(Dispute.dispute_id == bindparam("of_dispute")).with_for_update()


async def list_disputes(
    db: Reads, *, user_id: UUID | None, state: str | None, before: UUID | None, rows: int
) -> Sequence[Row[Any]]:
    parameters = {"of_user": user_id, "of_state": state, "before": before, "rows": rows}
    return (await db.execute(_newest_first, parameters)).all()


async def create_dispute(
    db: AsyncConnection, user_id: UUID, score_id: UUID | None, feature: str | None, evidence: str
) -> Row[Any]:
    about = {"of_user": user_id, "of_score": score_id}
    new = {"new_id": uuid7(), "new_feature": feature, "new_evidence": evidence}
    row: Row[Any] | None = (await db.execute(_open, {**about, **new})).first()
    if row is None:
        raise DecisionNotFound
    return row


async def get_dispute_for_update(db: AsyncConnection, dispute_id: UUID) -> Row[Any]:
    row = (await db.execute(_by_id, {"of_dispute": dispute_id})).first()
    if row is None:
        raise DisputeNotFound
    return row


async def resolve_dispute(db: AsyncConnection, dispute_id: UUID, outcome: Mapping[str, Any]) -> Row[Any]:
    statement = update(Dispute).where(Dispute.dispute_id == dispute_id).values({**outcome, "resolved_at": func.now()})
    row: Row[Any] = (await db.execute(statement.returning(_dispute, _overdue))).one()
    return row


async def extend_dispute(db: AsyncConnection, dispute_id: UUID, administrator: UUID, reasons: str) -> Row[Any]:
    extended = {
        "state": "extended",
        "due_at": Dispute.due_at + literal_column("interval '15 days'"),
        "extended_by": administrator,
        "extended_at": func.now(),
        "extension": reasons,
    }
    statement = update(Dispute).where(Dispute.dispute_id == dispute_id).values(extended)
    row: Row[Any] = (await db.execute(statement.returning(_dispute, _overdue))).one()
    return row
