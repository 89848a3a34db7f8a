"""SQL on `audit_events`."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reads
from user_service.domain.audit import Event
from user_service.models import AuditEvent

LOCK_ID = 7_305_223

_insert = insert(AuditEvent)
_take_turn = select(func.pg_try_advisory_xact_lock(LOCK_ID))
_head = (
    select(AuditEvent.position, AuditEvent.hash)
    .where(AuditEvent.position.is_not(None))
    .order_by(AuditEvent.position.desc())
    .limit(1)
)
_unsealed = select(AuditEvent).where(AuditEvent.position.is_(None)).order_by(AuditEvent.id).limit(bindparam("limit"))
_seal = (
    update(AuditEvent)
    .where(AuditEvent.id == bindparam("entry"))
    .values(position=bindparam("place"), hash=bindparam("link"))
)


def entry(
    event: Event,
    user_id: UUID | None = None,
    *,
    actor_id: UUID | None = None,
    session_id: UUID | None = None,
    reason: str | None = None,
    **details: Any,
) -> dict[str, Any]:
    return {
        "event": event,
        "user_id": user_id,
        "actor_id": actor_id,
        "session_id": session_id,
        "reason": reason,
        "details": details,
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
    }


async def record(db: AsyncConnection, event: Event, user_id: UUID | None = None, **more: Any) -> None:
    """Note what happened to `user_id`, in the transaction in which it happens; `more` as `entry` takes it.

    `record(db, Event.USER_DISABLED, user_id, actor_id=admin_id, reason="Reported as stolen")`. Details are words and
    numbers of this code's own, never what a person typed.
    """
    await db.execute(_insert, entry(event, user_id, **more))


async def record_all(db: AsyncConnection, entries: Iterable[dict[str, Any]]) -> None:
    await db.execute(_insert, list(entries))


async def take_turn(db: AsyncConnection) -> bool:
    """Whether this transaction is now the only one that seals."""
    return bool((await db.execute(_take_turn)).scalar_one())


async def find_head(db: Reads) -> Row[Any] | None:
    """Position and hash of the newest sealed entry."""
    return (await db.execute(_head)).first()


async def list_unsealed(db: Reads, limit: int) -> list[Row[Any]]:
    return list((await db.execute(_unsealed, {"limit": limit})).all())


async def seal(db: AsyncConnection, seals: Sequence[dict[str, Any]]) -> None:
    """Give entries their `place` and `link`, each by its id in `entry`."""
    await db.execute(_seal, seals)


async def list_events(
    db: Reads, *, user_id: UUID | None, actor_id: UUID | None, event: Event | None, before: UUID | None, limit: int
) -> list[Row[Any]]:
    """Up to `limit + 1` entries, newest first."""
    statement = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit + 1)
    wanted = {AuditEvent.user_id: user_id, AuditEvent.actor_id: actor_id, AuditEvent.event: event}
    statement = statement.where(*(column == value for column, value in wanted.items() if value is not None))
    if before is not None:
        statement = statement.where(AuditEvent.id < before)
    return list((await db.execute(statement)).all())
