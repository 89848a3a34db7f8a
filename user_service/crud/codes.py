"""SQL on `one_time_codes`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reads
from user_service.domain.mails import Code
from user_service.models import OneTimeCode, User

_is_open = OneTimeCode.used_at.is_(None) & (OneTimeCode.expires_at > func.now())
_insert_once = pg_insert(OneTimeCode).on_conflict_do_nothing()
_select_open = (
    select(OneTimeCode.id, OneTimeCode.user_id, User.email, User.username)
    .join(User, User.id == OneTimeCode.user_id)
    .where(OneTimeCode.purpose == bindparam("purpose"), OneTimeCode.email == User.email, ~User.disabled, _is_open)
)
_select_by_token = _select_open.where(OneTimeCode.token_hash == bindparam("token"))
# The ids of mails are in order of time.
_select_newest = _select_open.where(User.email == bindparam("email")).order_by(OneTimeCode.id.desc()).limit(1)
_use = update(OneTimeCode).where(_is_open).values(used_at=func.now()).returning(OneTimeCode.id)
_use_one = _use.where(OneTimeCode.id == bindparam("code"))
_use_all_of_user = _use.where(OneTimeCode.user_id == bindparam("of_user"))


async def create_code_once(db: Reads, values: Mapping[str, Any]) -> None:
    """Store a code; one that is there already stays as it is, used or not."""
    await db.execute(_insert_once, values)


async def find_code(db: Reads, purpose: Code, token_hash: bytes) -> Row[Any] | None:
    """An open code by its long form, with the account it belongs to."""
    return (await db.execute(_select_by_token, {"purpose": purpose, "token": token_hash})).first()


async def find_newest_code(db: Reads, purpose: Code, email: str) -> Row[Any] | None:
    """The newest open code of an account, with the account."""
    return (await db.execute(_select_newest, {"purpose": purpose, "email": email})).first()


async def use_code(db: AsyncConnection, code_id: UUID) -> bool:
    """Use a code up; False when it is no longer open. Of two at once, the second waits and finds it used."""
    return (await db.execute(_use_one, {"code": code_id})).first() is not None


async def void_codes(db: AsyncConnection, user_id: UUID) -> None:
    """Use up what is still open of an account."""
    await db.execute(_use_all_of_user, {"of_user": user_id})
