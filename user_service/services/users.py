"""How people see and change their own account."""

from typing import Any
from uuid import UUID

from service_kit.database import Reads
from service_kit.problems import Unauthenticated, malformed
from user_service.core.desk import Desk
from user_service.crud import audit
from user_service.crud import users as users_crud
from user_service.domain.audit import Event
from user_service.schemas.users import AccountIn
from user_service.services import notices
from user_service.services.credentials import check_own_password


async def get_account(db: Reads, user_id: UUID) -> Any:
    """The account of the person who asks; a good token of a deleted or disabled one is no identity here."""
    user = await users_crud.find_user(db, user_id)
    if user is None or user.disabled:
        raise Unauthenticated
    return user


async def update_account(desk: Desk, user_id: UUID, payload: AccountIn) -> Any:
    user = await get_account(desk.database.reader, user_id)
    values: dict[str, Any] = {}
    if "username" in payload.model_fields_set:
        values["username"] = payload.username
    if payload.email is not None and payload.email != user.email:
        await _check_own_password(desk, user, payload.password)
        values |= {"email": payload.email, "email_verified": False}
    if not values:
        return user
    async with desk.database.transaction() as db:
        before = await users_crud.get_user_for_update(db, user_id)
        changed = await users_crud.update_user(db, user_id, values)
        await notices.tell_of_changes(db, before, changed)
        if "email" in values:
            await audit.record(db, Event.EMAIL_CHANGED, user_id)
        return changed


async def _check_own_password(desk: Desk, user: Any, password: str | None) -> None:
    if password is None:
        raise malformed("/password", "is needed to change the email address")
    await check_own_password(desk, user, password)
