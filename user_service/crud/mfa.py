"""SQL on `totp_factors` and `recovery_codes`."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reader, Reads
from user_service.models import RecoveryCode, TotpFactor

_of_user = TotpFactor.user_id == bindparam("of_user")
_is_on = TotpFactor.confirmed_at.is_not(None)
_select = select(TotpFactor).where(_of_user)
_has = select(TotpFactor.user_id).where(_of_user, _is_on)
_insert = pg_insert(TotpFactor)
_offer = _insert.on_conflict_do_update(
    index_elements=[TotpFactor.user_id],
    set_={"secret": _insert.excluded.secret, "offered_at": func.now()},
    where=~_is_on,
).returning(TotpFactor.user_id)
_confirm = (
    update(TotpFactor)
    .where(_of_user, ~_is_on, TotpFactor.offered_at == bindparam("offered"))
    .values(confirmed_at=func.now(), last_step=bindparam("step"))
    .returning(TotpFactor.user_id)
)
# Of two at once the second waits for the first, and then finds its step taken.
_spend_step = (
    update(TotpFactor)
    .where(_of_user, _is_on, TotpFactor.last_step < bindparam("step"))
    .values(last_step=bindparam("step"))
    .returning(TotpFactor.user_id)
)
_spend_code = (
    delete(RecoveryCode)
    .where(RecoveryCode.user_id == bindparam("of_user"), RecoveryCode.code_hash == bindparam("code"))
    .returning(RecoveryCode.user_id)
)
_count_codes = select(func.count()).where(RecoveryCode.user_id == bindparam("of_user"))
_insert_codes = insert(RecoveryCode)
_delete_codes = delete(RecoveryCode).where(RecoveryCode.user_id == bindparam("of_user"))
_lock = select(TotpFactor.user_id).where(_of_user, _is_on).with_for_update()
_delete = delete(TotpFactor).where(_of_user, _is_on).returning(TotpFactor.user_id)


async def find_totp(db: Reads, user_id: UUID) -> Row[Any] | None:
    return (await db.execute(_select, {"of_user": user_id})).first()


async def has_totp(db: Reader, user_id: UUID) -> bool:
    """Whether an account has an app that its owner has confirmed."""
    return await db.first(_has, {"of_user": user_id}) is not None


async def offer_totp(db: AsyncConnection, user_id: UUID, secret: str) -> bool:
    """Store a secret to be confirmed, in place of another such; False if one is confirmed already."""
    return (await db.execute(_offer, {"user_id": user_id, "secret": secret})).first() is not None


async def confirm_totp(db: AsyncConnection, user_id: UUID, offered_at: datetime, step: int) -> bool:
    """Turn on the secret that was offered then, unless another was since, or it is on; say whether it was done."""
    found = await db.execute(_confirm, {"of_user": user_id, "offered": offered_at, "step": step})
    return found.first() is not None


async def lock_totp(db: AsyncConnection, user_id: UUID) -> bool:
    """Keep one that is on from being removed until this transaction ends; say whether there is one."""
    return (await db.execute(_lock, {"of_user": user_id})).first() is not None


async def create_recovery_codes(db: AsyncConnection, user_id: UUID, hashes: Collection[bytes]) -> None:
    await db.execute(_insert_codes, [{"user_id": user_id, "code_hash": each} for each in hashes])


async def delete_recovery_codes(db: AsyncConnection, user_id: UUID) -> None:
    await db.execute(_delete_codes, {"of_user": user_id})


async def count_recovery_codes(db: Reads, user_id: UUID) -> int:
    return int((await db.execute(_count_codes, {"of_user": user_id})).scalar_one())


async def spend_step(db: AsyncConnection, user_id: UUID, step: int) -> bool:
    """Take a time step's code as used; False if it, or a later one, was used before."""
    return (await db.execute(_spend_step, {"of_user": user_id, "step": step})).first() is not None


async def spend_recovery_code(db: AsyncConnection, user_id: UUID, code_hash: bytes) -> bool:
    return (await db.execute(_spend_code, {"of_user": user_id, "code": code_hash})).first() is not None


async def delete_totp(db: AsyncConnection, user_id: UUID) -> bool:
    """Delete one that is on with its recovery codes; say whether there was one."""
    return (await db.execute(_delete, {"of_user": user_id})).first() is not None
