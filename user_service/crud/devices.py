"""SQL on `devices`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Row, any_, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reads
from user_service.models import Device

KEPT_MAX = 50

_of_user = Device.user_id == bindparam("of_user")
# Compared with an array: a list of values would make another statement of each length, written out at each use.
_is_presented = Device.token_hash == any_(bindparam("presented", type_=ARRAY(LargeBinary)))
_select_known = select(Device.token_hash, Device.last_used_at).where(_of_user, _is_presented)
_touch = update(Device).where(_of_user, _is_presented).values(last_used_at=func.now()).returning(Device.token_hash)
_insert = insert(Device)
_has_devices = select(select(Device.id).where(_of_user).exists())
# Those that never came back go first: a program that keeps no token is a new device each time.
_last_seen = func.coalesce(Device.last_used_at, Device.created_at)
_worth = (_last_seen > Device.created_at).desc(), _last_seen.desc()
_surplus = select(Device.id).where(_of_user).order_by(*_worth).offset(KEPT_MAX)
_delete_surplus = delete(Device).where(Device.id.in_(_surplus))
_forget = delete(Device).where(_of_user, Device.token_hash.not_in(bindparam("spared", expanding=True)))


async def find_known_device(db: Reads, user_id: UUID, presented: Sequence[bytes]) -> Row[Any] | None:
    """The device of this account whose token is one of those presented, by their hashes."""
    return (await db.execute(_select_known, {"of_user": user_id, "presented": presented})).first()


async def touch_device(db: AsyncConnection, user_id: UUID, presented: Sequence[bytes]) -> bytes | None:
    """Which of the tokens presented is one of this account's devices', noting that the device was used."""
    return (await db.execute(_touch, {"of_user": user_id, "presented": presented})).scalar()


async def create_device(db: AsyncConnection, user_id: UUID, token_hash: bytes, *, signed_in: bool) -> None:
    """Remember a device; of those beyond KEPT_MAX, the ones least likely to come back are forgotten."""
    await db.execute(_delete_surplus, {"of_user": user_id})
    used = {} if signed_in else {"last_used_at": None}
    await db.execute(_insert, {"user_id": user_id, "token_hash": token_hash, **used})


async def has_devices(db: Reads, user_id: UUID) -> bool:
    return bool((await db.execute(_has_devices, {"of_user": user_id})).scalar())


async def forget_devices(db: AsyncConnection, user_id: UUID, *, except_for: Sequence[bytes] = ()) -> None:
    await db.execute(_forget, {"of_user": user_id, "spared": except_for})
