"""SQL on `sessions` and `refresh_tokens`."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reads
from user_service.crud import audit
from user_service.crud.revocations import add_revocations
from user_service.domain.audit import Event
from user_service.models import RefreshToken, Session, User

_is_live = Session.ended_at.is_(None) & (Session.expires_at > func.now())
# Both rows are locked: a waiter then sees them as its predecessor left them, not as its own snapshot had them.
_select_token = (
    select(
        User, RefreshToken.spent_at, RefreshToken.spent_by, Session.id.label("session_id"),
        Session.expires_at, func.now().label("now"),
    )
    .join(Session, Session.id == RefreshToken.session_id)
    .join(User, User.id == Session.user_id)
    .where(RefreshToken.token_hash == bindparam("token"), _is_live, ~User.disabled)
    .with_for_update(of=(RefreshToken, Session))
)  # fmt: skip
_session_of_token = select(RefreshToken.session_id).where(RefreshToken.token_hash == bindparam("token"))
_is_unspent = select(RefreshToken.spent_at.is_(None)).where(RefreshToken.token_hash == bindparam("token"))
_spend = (
    update(RefreshToken)
    .where(RefreshToken.token_hash == bindparam("spent"))
    .values(spent_at=func.now(), spent_by=bindparam("by"))
)
_touch = update(Session).where(Session.id == bindparam("session")).values(last_used_at=func.now())
_rotate = (
    insert(RefreshToken)
    .values(token_hash=bindparam("child"), session_id=bindparam("session"))
    .add_cte(_spend.cte("spent"), _touch.cte("touched"))
)
_is_live_session = select(Session.id).where(
    Session.id == bindparam("session"), Session.user_id == bindparam("of_user"), _is_live
)
_end = (
    update(Session)
    .where(_is_live)
    .values(ended_at=func.now(), end_cause=bindparam("cause"), end_reason=bindparam("reason"))
    .returning(Session.id, Session.user_id)
)
_expired = select(Session.id).where(Session.expires_at < func.now()).limit(bindparam("limit"))
_delete_expired = delete(Session).where(Session.id.in_(_expired.with_for_update(skip_locked=True)))


async def find_refresh_token_for_update(db: AsyncConnection, token_hash: bytes) -> Any:
    """Lock a token of an active user's live session, with its whole family, and say how all stand."""
    return (await db.execute(_select_token, {"token": token_hash})).first()


async def is_unspent(db: AsyncConnection, token_hash: bytes) -> bool:
    """Whether a token exists and was not used. It cannot change while the family is locked."""
    return bool((await db.execute(_is_unspent, {"token": token_hash})).scalar())


async def rotate_refresh_token(
    db: AsyncConnection, session_id: UUID, *, spent: bytes, spent_by: bytes, child: bytes
) -> None:
    await db.execute(_rotate, {"spent": spent, "by": spent_by, "child": child, "session": session_id})


async def find_session_of_token(db: Reads, token_hash: bytes) -> UUID | None:
    return (await db.execute(_session_of_token, {"token": token_hash})).scalar()


async def is_live_session(db: Reads, user_id: UUID, session_id: UUID) -> bool:
    return (await db.execute(_is_live_session, {"of_user": user_id, "session": session_id})).first() is not None


async def list_sessions(db: Reads, user_id: UUID, *, before: UUID | None, limit: int) -> list[Row[Any]]:
    """Up to `limit + 1` live sessions, newest first."""
    statement = select(Session).where(Session.user_id == user_id, _is_live)
    if before is not None:
        statement = statement.where(Session.id < before)
    return list((await db.execute(statement.order_by(Session.id.desc()).limit(limit + 1))).all())


async def end_session(db: AsyncConnection, session_id: UUID, cause: str) -> None:
    await _end_where(db, Session.id == session_id, cause=cause)


async def end_own_session(db: AsyncConnection, user_id: UUID, session_id: UUID, cause: str) -> bool:
    """End a session if it is this user's and live; say whether it was."""
    return await _end_where(db, Session.id == session_id, Session.user_id == user_id, cause=cause) == 1


async def end_sessions_of_user(
    db: AsyncConnection, user_id: UUID, cause: str, *, except_for: UUID | None = None, reason: str | None = None
) -> None:
    others = [Session.id != except_for] if except_for is not None else []
    await _end_where(db, Session.user_id == user_id, *others, cause=cause, reason=reason)


async def _end_where(
    db: AsyncConnection, *conditions: ColumnElement[bool], cause: str, reason: str | None = None
) -> int:
    """End live sessions, have the log and every service told, and say how many there were."""
    ended = (await db.execute(_end.where(*conditions), {"cause": cause, "reason": reason})).all()
    if ended:
        entries = (audit.entry(Event.SESSION_ENDED, each.user_id, session_id=each.id, cause=cause) for each in ended)
        await audit.record_all(db, entries)
        await add_revocations(db, [each.id for each in ended])
    return len(ended)


async def delete_expired_sessions(db: AsyncConnection, limit: int) -> int:
    """Delete up to `limit` of them and say how many there were."""
    return (await db.execute(_delete_expired, {"limit": limit})).rowcount
