"""SQL on `current_scores`, and on `scores` where it is written."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Row, Select, bindparam, func, insert, literal_column, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from score_service.core.problems import ConsentRequired, ScoreNotFound
from score_service.models import Consent, CurrentScore, Score
from service_kit.database import Reader, Reads

# The score in force a month ago; whoever has had one for less than a month is compared with their first. Written out,
# the constants cost a read nothing; as parameters they would be encoded and sent each time.
_a_month: ColumnElement[timedelta] = literal_column("interval '30 days'")
_month_ago = (
    select(Score.score)
    .where(Score.user_id == bindparam("user_id"), Score.calculated_at <= func.now() - _a_month)
    .order_by(Score.calculated_at.desc())
    .limit(literal_column("1"))
    .scalar_subquery()
)
_columns = (CurrentScore.__table__, func.coalesce(_month_ago, CurrentScore.first_score).label("month_ago"))
_select_current = select(*_columns).where(CurrentScore.user_id == bindparam("user_id"))

_select_newest_inputs = (
    select(Score.inputs, Score.facts)
    .where(Score.user_id == bindparam("user_id"))
    .order_by(Score.version.desc())
    .limit(1)
)

_NEW = ("score", "utilisation", "inputs", "explanation", "recommendations")
_AUDIT = (
    "score_id", "confidence", "probability_of_default", "model_version", "artifact_sha256", "base_points", "bins",
    "points", "facts", "source", "inputs_from", "challenger_version", "challenger_sha256", "challenger_score",
    "challenger_probability_of_default",
)  # fmt: skip


def _store_decision() -> Select[Any]:
    """One statement for the person's newest score and its row of the history, which takes its version from it.

    It stores nothing of a person who has withdrawn their consent, and costs no question of its own.
    """
    table = CurrentScore.__table__
    first = {
        "user_id": bindparam("user_id", type_=table.c.user_id.type),
        "version": literal_column("1"),
        "calculated_at": func.clock_timestamp(),
        "first_score": bindparam("score", type_=table.c.score.type),
        **{name: bindparam(name, type_=table.c[name].type) for name in _NEW},
    }
    withdrawn = select(Consent).where(Consent.user_id == first["user_id"], ~Consent.granted).exists()
    new = pg_insert(CurrentScore).from_select(
        list(first), select(*first.values()).where(~withdrawn), include_defaults=False
    )
    current = (
        new.on_conflict_do_update(
            index_elements=[CurrentScore.user_id],
            set_={
                "version": CurrentScore.version + 1,
                # Taken once the row is locked, and later than the version before, whatever the clock does meanwhile.
                "calculated_at": func.greatest(
                    func.clock_timestamp(), CurrentScore.calculated_at + literal_column("interval '1 microsecond'")
                ),
                "previous_score": CurrentScore.score,
                "previous_utilisation": CurrentScore.utilisation,
                **{name: new.excluded[name] for name in _NEW},
            },
        )
        .returning(*_columns)
        .cte("current")
    )
    decided = {
        "user_id": current.c.user_id,
        "version": current.c.version,
        "calculated_at": current.c.calculated_at,
        "score": current.c.score,
        "change": func.coalesce(current.c.score - current.c.previous_score, 0),
        "inputs": current.c.inputs,
        **{name: bindparam(name, type_=Score.__table__.c[name].type) for name in _AUDIT},
    }
    history = insert(Score).from_select(list(decided), select(*decided.values()), include_defaults=False).cte("history")
    return select(current).add_cte(history)


_store: Executable = _store_decision()


async def find_current_score(db: Reader, user_id: UUID) -> Any:
    return await db.first(_select_current, {"user_id": user_id})


async def get_current_score(db: Reader, user_id: UUID) -> Any:
    row = await find_current_score(db, user_id)
    if row is None:
        raise ScoreNotFound
    return row


async def find_newest_inputs(db: Reads, user_id: UUID) -> Row[Any] | None:
    """The `inputs` of the current score and the `facts` they were made of."""
    return (await db.execute(_select_newest_inputs, {"user_id": user_id})).first()


async def create_score(
    db: AsyncConnection, user_id: UUID, decision: Mapping[str, Any], audit: Mapping[str, Any]
) -> Row[Any]:
    """Store a decision as the version after the person's last, and hold their row until the commit.

    Two at once are both stored, one after the other: the second waits for the first one's row, even where neither was
    there before. `audit` is its result and what it takes to replay it. Raises ConsentRequired.
    """
    parameters = {"user_id": user_id, "score_id": uuid7(), **decision, **audit}
    row = (await db.execute(_store, parameters)).first()
    if row is None:
        raise ConsentRequired
    return row
