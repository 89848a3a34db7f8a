"""SQL on `revocations`."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reads, tell_follower
from service_kit.revocations import News
from user_service.models import Revocation

LOCK_ID = 7_305_222
AT_ONCE = 1_000

_take_turn = select(func.pg_advisory_xact_lock(LOCK_ID))
_insert = insert(Revocation)
_select_after = (
    select(Revocation.id, Revocation.session_id)
    .where(Revocation.id > bindparam("after"))
    .order_by(Revocation.id)
    .limit(AT_ONCE)
)


async def add_revocations(db: AsyncConnection, session_ids: Sequence[UUID]) -> None:
    """Tell of sessions that end in this transaction; it should be among the last things the transaction does.

    Transactions that do this take turns until they commit. Numbers then appear in their order; a follower that has seen
    6 would otherwise never ask for the 5 that was committed after it.
    """
    await db.execute(_take_turn)
    await db.execute(_insert, [{"session_id": session_id} for session_id in session_ids])
    tell_follower(db, Revocation.__tablename__)


async def list_revocations(db: Reads, after: int) -> News:
    """The oldest that were added after number `after`, up to AT_ONCE of them."""
    rows = (await db.execute(_select_after, {"after": after})).all()
    return News(sessions=[row.session_id for row in rows], last=rows[-1].id if rows else after)
