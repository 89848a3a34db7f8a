"""How a session starts and goes on: one refresh token follows another (ADR 0007)."""

from typing import Any
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from service_kit.database import Database, Reads, Transaction
from service_kit.outbox import new_event
from service_kit.pagination import decode_cursor, page_of
from service_kit.problems import id_of
from service_kit.schemas import utc_now
from user_service.core.desk import Desk
from user_service.core.keys import SignedIn, new_token, token_hash
from user_service.core.problems import InvalidRefreshToken, SessionNotFound
from user_service.crud import audit, sign_ins
from user_service.crud import sessions as sessions_crud
from user_service.domain.audit import Event
from user_service.domain.mails import MAILS_AN_HOUR_MAX, Notice
from user_service.domain.refreshing import Spent, Step, next_step
from user_service.models import AuditEvent, Device, Mails, Outbox, RefreshToken, Session
from user_service.schemas.sessions import Scope
from user_service.services import devices, notices

log = structlog.get_logger()


async def start_session(db: Database | Transaction, desk: Desk, user: Any, *factors: str | None) -> SignedIn | None:
    """Let somebody in who has shown these factors, of which some may be none.

    None if the account is no more what `user` was read as: it was deleted, disabled, or given another password.
    """
    session_id, ends = uuid7(), utc_now() + desk.keys.session_life
    refresh_token, device_token = new_token(), new_token()  # never one that was presented, which may have been planted
    presented = devices.presented_by(desk.client)
    by = [each for each in factors if each]
    alert, mail = notices.events_of(user.id, Notice.NEW_DEVICE)
    values = {
        "account_id": user.id,
        "unchanged_since": user.password_changed_at,
        "presented": list(presented),
        "spoken": desk.client.language,
        # A program that keeps neither cookie nor token is new each time, and one is not told of it without end.
        "news_subject": desk.keys.conceal("new-device", str(user.id)),
        "limit": MAILS_AN_HOUR_MAX,
    }
    rows = {
        Session: {
            "id": session_id,
            "user_id": user.id,
            "user_agent": desk.client.user_agent,
            "address_hash": desk.client.address_hash,
            "expires_at": ends,
        },
        RefreshToken: {"token_hash": token_hash(refresh_token), "session_id": session_id},
        AuditEvent: {"id": uuid7(), **audit.entry(Event.SIGNED_IN, user.id, session_id=session_id, by=by)},
        Device: {"id": uuid7(), "user_id": user.id, "token_hash": token_hash(device_token)},
        Outbox: {**alert, **new_event(alert["kind"])},
        Mails: {**mail, **new_event(mail["kind"])},
    }
    account = await sign_ins.start_session(db, values, rows)
    if account is None:
        return None
    return desk.keys.signed_in(account, session_id, ends, refresh_token, presented.get(account.known, device_token))


async def refresh_session(desk: Desk, refresh_token: str) -> SignedIn:
    """Exchange a refresh token for its child. What is decided about a stolen one is committed before it is refused."""
    async with desk.database.transaction() as db:
        signed_in = await _exchange(db, desk, refresh_token)
    if signed_in is None:
        raise InvalidRefreshToken
    return signed_in


async def _exchange(db: Transaction, desk: Desk, refresh_token: str) -> SignedIn | None:
    presented = token_hash(refresh_token)
    token = await sessions_crud.find_refresh_token_for_update(db, presented)
    if token is None:
        return None
    child = desk.keys.child_of(refresh_token)
    child_hash, client = token_hash(child), desk.client.fingerprint
    step = next_step(await _spent(db, token, child_hash, client), token.now)
    if step is Step.REVOKE:
        await audit.record(db, Event.REFRESH_TOKEN_REUSED, token.id, session_id=token.session_id)
        await sessions_crud.end_session(db, token.session_id, "token_reused")
        log.warning("refresh_token_reused")
        return None
    if step is Step.ROTATE:
        await sessions_crud.rotate_refresh_token(
            db, token.session_id, spent=presented, spent_by=client, child=child_hash
        )
    else:
        log.info("refresh_token_reissued")
    return desk.keys.signed_in(token, token.session_id, token.expires_at, child)


async def _spent(db: Transaction, token: Any, child_hash: bytes, client: bytes) -> Spent | None:
    if token.spent_at is None:
        return None
    return Spent(token.spent_at, token.spent_by == client, await sessions_crud.is_unspent(db, child_hash))


async def list_sessions(
    db: Reads, user_id: UUID, current: UUID | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    (before,) = decode_cursor(cursor, UUID) or (None,)
    rows = await sessions_crud.list_sessions(db, user_id, before=before, limit=limit)
    items, following = page_of(rows, limit, lambda row: [str(row.id)])
    return {"items": [{**row._asdict(), "current": row.id == current} for row in items], "next": following}


async def end_session(db: Transaction, user_id: UUID, session_id: str) -> None:
    if not await sessions_crud.end_own_session(db, user_id, id_of(session_id, SessionNotFound), "ended_by_user"):
        raise SessionNotFound


async def end_sessions(db: Transaction, user_id: UUID, current: UUID | None, scope: Scope) -> None:
    spared = current if scope == "others" else None
    await sessions_crud.end_sessions_of_user(db, user_id, "ended_by_user", except_for=spared)
