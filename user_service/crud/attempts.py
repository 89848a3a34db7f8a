"""SQL on `failed_attempts`."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import DateTime, Integer, LargeBinary, Row, any_, bindparam, delete, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reads
from user_service.domain.throttling import ADDRESS_FAILURES_MAX, WINDOW
from user_service.models import FailedAttempts

# One more than the larger limit: the failure just recorded is judged by those before it.
KEPT = ADDRESS_FAILURES_MAX + 1

_with_newest = func.array_prepend(func.now(), FailedAttempts.failed_at, type_=ARRAY(DateTime(timezone=True)))
_select = select(FailedAttempts, func.now().label("now")).where(
    FailedAttempts.subject == any_(bindparam("subjects", type_=ARRAY(LargeBinary)))
)
_record = (
    pg_insert(FailedAttempts)
    .values(subject=bindparam("subject"), failed_at=array([func.now()]))
    .on_conflict_do_update(index_elements=[FailedAttempts.subject], set_={"failed_at": _with_newest[1:KEPT]})
    .returning(FailedAttempts, func.now().label("now"))
)
_turn = (
    pg_insert(FailedAttempts)
    .values(subject=bindparam("subject"), failed_at=array([func.now()]))
    .on_conflict_do_update(
        index_elements=[FailedAttempts.subject],
        set_={"failed_at": _with_newest[1:KEPT]},
        # Beyond the end of an array there is null, which is no time within the window.
        where=func.coalesce(FailedAttempts.failed_at[bindparam("limit", type_=Integer)] <= func.now() - WINDOW, true()),
    )
    .returning(FailedAttempts.subject)
)
_old = select(FailedAttempts.subject).where(FailedAttempts.failed_at[1] < func.now() - WINDOW).limit(bindparam("limit"))
_forget = delete(FailedAttempts).where(FailedAttempts.subject == bindparam("subject"))
_delete_old = delete(FailedAttempts).where(FailedAttempts.subject.in_(_old.with_for_update(skip_locked=True)))


async def list_failures(db: Reads, subjects: Collection[bytes]) -> list[Row[Any]]:
    return list((await db.execute(_select, {"subjects": list(subjects)})).all())


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
