"""What administrators do with accounts. There is always one active administrator left."""

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from service_kit.database import Reads, Transaction
from service_kit.idempotency import IdempotencyKey, once
from service_kit.pagination import decode_cursor, page_of
from service_kit.schemas import utc_now
from user_service.core.desk import Desk
from user_service.core.problems import LastAdministrator, OwnAccount
from user_service.crud import audit
from user_service.crud import mfa as mfa_crud
from user_service.crud import passkeys as passkeys_crud
from user_service.crud import sessions as sessions_crud
from user_service.crud import users as users_crud
from user_service.domain.audit import Event, changes_between
from user_service.domain.mails import Notice
from user_service.models import idempotency_keys
from user_service.schemas.users import UserChangesIn, UserIn, UserOut
from user_service.services import notices
from user_service.services.credentials import check_choice


async def list_users(
    db: Reads, search: str | None, disabled: bool | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    (before,) = decode_cursor(cursor, UUID) or (None,)
    rows = await users_crud.list_users(db, search=search, disabled=disabled, before=before, limit=limit)
    items, following = page_of(rows, limit, lambda row: [str(row.id)])
    return {"items": items, "next": following}


async def create_user(desk: Desk, admin_id: UUID, payload: UserIn, key: IdempotencyKey | None) -> Any:
    check_choice("/password", payload.password, payload.email, payload.username)
    values = payload.model_dump(exclude={"password", "reason"}) | {"id": uuid7()}
    values["password_hash"] = await desk.hasher.hash(payload.password)
    async with desk.database.transaction() as db:

        async def create() -> UserOut:
            user = await users_crud.create_user(db, values)
            await audit.record(db, Event.USER_CREATED, user.id, actor_id=admin_id, reason=payload.reason)
            if user.is_admin:
                await audit.record(db, Event.ADMIN_GRANTED, user.id, actor_id=admin_id, reason=payload.reason)
            return UserOut.model_validate(user)

        return await once(db, idempotency_keys, key, create, status=201, about=values["id"])


async def update_user(desk: Desk, admin_id: UUID, user_id: UUID, payload: UserChangesIn) -> Any:
    changes = payload.model_dump(exclude_unset=True, exclude={"reason"})
    # Only a username can be set to null; null for another key says nothing, as if it were absent.
    values = {name: value for name, value in changes.items() if value is not None or name == "username"}
    user = await users_crud.get_user(desk.database.reader, user_id)
    if "password" in values:
        email, username = values.get("email", user.email), values.get("username", user.username)
        check_choice("/password", values["password"], email, username)
        values["password_hash"] = await desk.hasher.hash(values.pop("password"))
        values["password_changed_at"] = utc_now()
    if not values:
        return user
    async with desk.database.transaction() as db:
        return await _update(db, admin_id, user_id, values, payload.reason)


async def set_disabled(db: Transaction, admin_id: UUID, user_id: UUID, disabled: bool, reason: str) -> Any:
    values = {"disabled": disabled, "status_reason": reason}
    return await _update(db, admin_id, user_id, values, reason)


async def sign_user_out(db: Transaction, admin_id: UUID, user_id: UUID, reason: str) -> None:
    await users_crud.get_user(db, user_id)
    await audit.record(db, Event.USER_SIGNED_OUT, user_id, actor_id=admin_id, reason=reason)
    await sessions_crud.end_sessions_of_user(db, user_id, "ended_by_admin", reason=reason)


async def remove_second_factors(db: Transaction, admin_id: UUID, user_id: UUID, reason: str) -> None:
    """For who lost them: the password alone signs in again. Where there are none, nothing happens or is told."""
    if user_id == admin_id:
        raise OwnAccount
    # A passkey that is being added holds the row: it is there to be removed, or comes after.
    await users_crud.get_user_for_update(db, user_id)
    totp, passkeys = await mfa_crud.delete_totp(db, user_id), await passkeys_crud.delete_passkeys(db, user_id)
    if not totp and not passkeys:
        return
    details = {"totp": totp, "passkeys": passkeys}
    await audit.record(db, Event.SECOND_FACTORS_REMOVED, user_id, actor_id=admin_id, reason=reason, **details)
    await notices.tell(db, user_id, Notice.SECOND_FACTORS_REMOVED)
    await sessions_crud.end_sessions_of_user(db, user_id, "second_factors_removed", reason=reason)


async def _update(db: Transaction, admin_id: UUID, user_id: UUID, values: dict[str, Any], reason: str | None) -> Any:
    if values.get("is_admin") is False or values.get("disabled") is True:
        await _keep_one_administrator(db, user_id)
    before = await users_crud.get_user_for_update(db, user_id)
    user = await users_crud.update_user(db, user_id, values)
    for event, details in changes_between(before, user):
        await audit.record(db, event, user_id, actor_id=admin_id, reason=reason, **details)
    await notices.tell_of_changes(db, before, user)
    cause = _end_of_sessions(before, user)
    if cause is not None:
        await sessions_crud.end_sessions_of_user(db, user_id, cause, reason=reason)
    return user


def _end_of_sessions(before: Any, user: Any) -> str | None:
    """Why a change of an account ends its sessions, or None if it does not: their tokens would say what is no more."""
    if user.disabled:
        return "disabled"
    if before.is_admin and not user.is_admin:
        return "role_removed"
    return "password_changed" if before.password_hash != user.password_hash else None


async def _keep_one_administrator(db: Transaction, user_id: UUID) -> None:
    """Refuse to go on if nobody else is an active administrator; two who try this on each other take turns."""
    if await users_crud.lock_active_admins(db) == [user_id]:
        raise LastAdministrator
