"""SQL on `failed_attempts`."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    DateTime,
    Integer,
    LargeBinary,
    Select,
    bindparam,
    column,
    delete,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from service_kit.database import Reader
from user_service.domain.throttling import ADDRESS_FAILURES_MAX, WINDOW
from user_service.models import FailedAttempts

# One more than the larger limit: the failure just recorded is judged by those before it.
KEPT = ADDRESS_FAILURES_MAX + 1

# Constants are written out where the statement may go to the driver itself, which takes the parameters it is given.
_an_hour_ago = func.now() - literal_column(f"interval '{WINDOW.total_seconds():.0f} seconds'")
_all = func.array_prepend(func.now(), FailedAttempts.failed_at, type_=ARRAY(DateTime(timezone=True)))
_with_newest = _all[literal_column("1") : literal_column(str(KEPT))]
_subjects, _limits = bindparam("subjects", type_=ARRAY(LargeBinary)), bindparam("limits", type_=ARRAY(Integer))
_judged = func.unnest(_subjects, _limits).table_valued(column("subject", LargeBinary), column("most", Integer))
_judged = _judged.render_derived()
# Of each subject the failure that decides is as many ago as its limit; of those the newest decides.
_left = func.extract("epoch", func.max(FailedAttempts.failed_at[_judged.c.most]) - _an_hour_ago)
_select_wait = select(func.ceil(_left).cast(Integer).label("wait_s")).where(FailedAttempts.subject == _judged.c.subject)
_record = (
    pg_insert(FailedAttempts)
    .values(subject=bindparam("subject"), failed_at=array([func.now()]))
    .on_conflict_do_update(index_elements=[FailedAttempts.subject], set_={"failed_at": _with_newest})
    .returning(FailedAttempts, func.now().label("now"))
)
_old = select(FailedAttempts.subject).where(FailedAttempts.failed_at[1] < _an_hour_ago).limit(bindparam("limit"))
_forget = delete(FailedAttempts).where(FailedAttempts.subject == bindparam("subject"))
_delete_old = delete(FailedAttempts).where(FailedAttempts.subject.in_(_old.with_for_update(skip_locked=True)))


def taking_turn(wanted: Select[Any, Any]) -> ReturningInsert[Any]:
    """Counts what may be done `limit` times an hour for each subject and time in `wanted`, unless it may not now."""
    return (
        pg_insert(FailedAttempts)
        .from_select([FailedAttempts.subject, FailedAttempts.failed_at], wanted, include_defaults=False)
        .on_conflict_do_update(
            index_elements=[FailedAttempts.subject],
            set_={"failed_at": _with_newest},
            # Beyond the end of an array there is null, which is no time within the window.
            where=func.coalesce(FailedAttempts.failed_at[bindparam("limit", type_=Integer)] <= _an_hour_ago, true()),
        )
        .returning(FailedAttempts.subject)
    )


_turn = taking_turn(select(bindparam("subject", type_=LargeBinary), array([func.now()])))


async def find_wait_s(db: Reader | AsyncConnection, limits: Mapping[bytes, int]) -> int:
    """Seconds until all of these, each of which may fail so often an hour, may again; 0 or less if they may now."""
    given = {"subjects": list(limits), "limits": list(limits.values())}
    if isinstance(db, Reader):
        return (await db.first(_select_wait, given)).wait_s or 0
    return (await db.execute(_select_wait, given)).scalar() or 0


async def record_failure(db: AsyncConnection, subject: bytes) -> Any:
    """Note a failure now and return all that are kept, this one first. Two at once are counted one after the other."""
    return (await db.execute(_record, {"subject": subject})).one()


async def take_turn(db: AsyncConnection, subject: bytes, limit: int) -> bool:
    """Count something that may be done so often an hour; False, and nothing counted, when it may not now."""
    return (await db.execute(_turn, {"subject": subject, "limit": limit})).first() is not None


async def forget_failures(db: AsyncConnection, subject: bytes) -> None:
    await db.execute(_forget, {"subject": subject})


async def delete_old_failures(db: AsyncConnection, limit: int) -> int:
    """Forget up to `limit` subjects whose newest failure counts no more, and say how many there were."""
    return (await db.execute(_delete_old, {"limit": limit})).rowcount
