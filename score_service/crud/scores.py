"""SQL on `current_scores`, and on `scores` where it is written."""

from collections.abc import Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Row,
    Select,
    Table,
    bindparam,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from score_service.core.problems import ConsentRequired, ScoreNotFound
from score_service.models import Consent, CurrentScore, Score, outbox
from service_kit.database import Database, Reader, Reads, tell_follower

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
_compared = func.coalesce(_month_ago, CurrentScore.first_score).label("month_ago")
_select_current = select(CurrentScore.__table__, _compared).where(CurrentScore.user_id == bindparam("user_id"))

_select_newest_inputs = (
    select(Score.inputs, Score.facts)
    .where(Score.user_id == bindparam("user_id"))
    .order_by(Score.version.desc())
    .limit(1)
)

_NEW = ("score", "utilisation", "inputs", "ranges", "explanation", "recommendations")
# What the database alone can say of a new decision, or knew before; everything else it was sent.
_SETTLED = (
    "version", "calculated_at", "previous_score", "previous_utilisation", "override_id", "override_score",
    "override_until",
)  # fmt: skip
_AUDIT = (
    "score_id", "confidence", "probability_of_default", "model_version", "artifact_sha256", "base_points", "inputs",
    "ranges", "bins", "points", "facts", "source", "inputs_from", "challenger_version", "challenger_sha256",
    "challenger_score", "challenger_probability_of_default",
)  # fmt: skip
_EVENT = ("event_id", "kind", "request_id", "traceparent")


def _given(table: Table, *names: str) -> dict[str, BindParameter[Any]]:
    return {name: bindparam(name, type_=table.c[name].type) for name in names}


def _in_force() -> CTE:
    """The person's newest score. It is not stored, nor anything beside it, where they have withdrawn their consent."""
    table = cast("Table", CurrentScore.__table__)
    first = {
        **_given(table, "user_id", *_NEW),
        "version": literal_column("1"),
        "calculated_at": func.clock_timestamp(),
        "first_score": bindparam("score", type_=table.c.score.type),
    }
    withdrawn = select(Consent).where(Consent.user_id == first["user_id"], ~Consent.granted).exists()
    new = pg_insert(table).from_select(list(first), select(*first.values()).where(~withdrawn), include_defaults=False)
    replaced = {
        "version": table.c.version + literal_column("1"),
        # Taken once the row is locked, and later than the version before, whatever the clock does meanwhile.
        "calculated_at": func.greatest(
            func.clock_timestamp(), table.c.calculated_at + literal_column("interval '1 microsecond'")
        ),
        "previous_score": table.c.score,
        "previous_utilisation": table.c.utilisation,
        **{name: new.excluded[name] for name in _NEW},
    }
    stored = new.on_conflict_do_update(index_elements=[table.c.user_id], set_=replaced)
    return stored.returning(*(table.c[name] for name in _SETTLED), _compared).cte("current")


def _beside(current: CTE, into: Table, values: Mapping[str, ColumnElement[Any]]) -> CTE:
    rows = select(*values.values()).select_from(current)
    return insert(into).from_select(list(values), rows, include_defaults=False).cte(f"{into.name}_row")


def _store_decision() -> Select[Any]:
    """One statement for the newest score, its row of the history, and the event that tells of it.

    The latter two take their version and their time from the first.
    """
    current, history = _in_force(), cast("Table", Score.__table__)
    audit, event = _given(history, "user_id", "score", *_AUDIT), _given(outbox, "payload", *_EVENT)
    settled = func.jsonb_build_object(
        literal_column("'old_score'"), current.c.previous_score, literal_column("'score_version'"), current.c.version,
        literal_column("'calculated_at'"), current.c.calculated_at,
    )  # fmt: skip
    kept = {
        **audit,
        "version": current.c.version,
        "calculated_at": current.c.calculated_at,
        "change": func.coalesce(audit["score"] - current.c.previous_score, literal_column("0")),
    }
    told = {**event, "key": audit["user_id"], "payload": event["payload"].concat(settled)}
    return select(current).add_cte(_beside(current, history, kept), _beside(current, outbox, told))


_store = _store_decision()


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


def _stored(row: Any, decision: Mapping[str, Any]) -> Any:
    """A decision as it now stands; what was sent is not sent back."""
    if row is None:
        raise ConsentRequired
    return SimpleNamespace(**decision, **row._asdict())


async def create_score(db: AsyncConnection, decision: Mapping[str, Any]) -> Any:
    """Store a decision as the version after the person's last, and hold their row until the commit.

    Two at once are both stored, one after the other: the second waits for the first one's row, even where neither was
    there before. Raises ConsentRequired.
    """
    tell_follower(db, outbox.name)
    return _stored((await db.execute(_store, decision)).first(), decision)


async def create_score_alone(database: Database, decision: Mapping[str, Any]) -> Any:
    """`create_score` where nothing else is written with it: the statement is the transaction."""
    return _stored(await database.store(_store, decision, outbox.name), decision)
