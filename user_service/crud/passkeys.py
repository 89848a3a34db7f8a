"""SQL on `passkeys` and `challenges`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reads
from user_service.core.relying_party import CHALLENGE_LIFE_S
from user_service.models import Challenge, Passkey

_insert_challenge = insert(Challenge)
_take_challenge = (
    delete(Challenge)
    .where(
        Challenge.challenge == bindparam("given"),
        Challenge.user_id.is_not_distinct_from(bindparam("of_user", type_=Challenge.user_id.type)),
        Challenge.created_at > func.now() - text(f"interval '{CHALLENGE_LIFE_S} seconds'"),
    )
    .returning(Challenge.challenge)
)
_insert = insert(Passkey).returning(Passkey)
_find = select(Passkey).where(Passkey.credential_id == bindparam("credential"))
_credential_ids = select(Passkey.credential_id).where(Passkey.user_id == bindparam("of_user"))
# Of two uses at once with one count the second finds it taken. A count of 0 is no count.
_use = (
    update(Passkey)
    .where(
        Passkey.id == bindparam("passkey"),
        (Passkey.sign_count < bindparam("count")) | ((Passkey.sign_count == 0) & (bindparam("count") == 0)),
    )
    .values(sign_count=bindparam("count"), last_used_at=func.now())
    .returning(Passkey.id)
)
_delete_all = delete(Passkey).where(Passkey.user_id == bindparam("of_user"))
_delete = _delete_all.where(Passkey.id == bindparam("passkey"))


async def create_challenge(db: AsyncConnection, challenge: bytes, user_id: UUID | None) -> None:
    await db.execute(_insert_challenge, {"challenge": challenge, "user_id": user_id})


async def take_challenge(db: AsyncConnection, challenge: bytes, user_id: UUID | None) -> bool:
    """Use a challenge up; False if it was not given for this, is too old, or was used before."""
    return (await db.execute(_take_challenge, {"given": challenge, "of_user": user_id})).first() is not None


async def list_credential_ids(db: Reads, user_id: UUID) -> list[bytes]:
    return list((await db.execute(_credential_ids, {"of_user": user_id})).scalars())


async def create_passkey(db: AsyncConnection, values: Mapping[str, Any]) -> Row[Any]:
    """Insert; one that anybody has already violates `uq_passkeys_credential_id`, which means PasskeyRefused."""
    return (await db.execute(_insert, values)).one()


async def find_passkey(db: Reads, credential_id: bytes) -> Row[Any] | None:
    return (await db.execute(_find, {"credential": credential_id})).first()


async def use_passkey(db: AsyncConnection, passkey_id: UUID, sign_count: int) -> bool:
    """Note a use and its count; False if it is gone or has counted so far before."""
    return (await db.execute(_use, {"passkey": passkey_id, "count": sign_count})).first() is not None


async def list_passkeys(db: Reads, user_id: UUID, *, before: UUID | None, limit: int) -> list[Row[Any]]:
    """Up to `limit + 1` of them, newest first."""
    statement = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(Passkey.id < before)
    return list((await db.execute(statement)).all())


async def delete_passkey(db: AsyncConnection, user_id: UUID, passkey_id: UUID) -> bool:
    return (await db.execute(_delete, {"of_user": user_id, "passkey": passkey_id})).rowcount == 1


async def delete_passkeys(db: AsyncConnection, user_id: UUID) -> int:
    """Delete all of an account's and say how many there were."""
    return (await db.execute(_delete_all, {"of_user": user_id})).rowcount
