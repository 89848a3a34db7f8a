"""SQL on `devices`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Row, any_, bindparam, delete, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reads
from user_service.models import Device

KEPT_MAX = 50

_of_user = Device.user_id == bindparam("of_user")
# Compared with an array: a list of values would make another statement of each length, written out at each use.
_is_presented = Device.token_hash == any_(bindparam("presented", type_=ARRAY(LargeBinary)))
_select_known = select(Device.token_hash, Device.last_used_at).where(_of_user, _is_presented)
_insert = insert(Device)
# Those that never came back go first: a program that keeps no token is a new device each time.
_last_seen = func.coalesce(Device.last_used_at, Device.created_at)
worth = (_last_seen > Device.created_at).desc(), _last_seen.desc()
_surplus = select(Device.id).where(_of_user).order_by(*worth).offset(KEPT_MAX)
_delete_surplus = delete(Device).where(Device.id.in_(_surplus))
_forget = delete(Device).where(_of_user, Device.token_hash.not_in(bindparam("spared", expanding=True)))


async def find_known_device(db: Reads, user_id: UUID, presented: Sequence[bytes]) -> Row[Any] | None:
    """The device of this account whose token is one of those presented, by their hashes."""
    return (await db.execute(_select_known, {"of_user": user_id, "presented": presented})).first()


async def create_device(db: AsyncConnection, user_id: UUID, token_hash: bytes) -> None:
    """Know a device on which nobody has signed in yet; of those beyond KEPT_MAX, the least likely to come back go."""
    await db.execute(_delete_surplus, {"of_user": user_id})
    await db.execute(_insert, {"user_id": user_id, "token_hash": token_hash, "last_used_at": None})


async def forget_devices(db: AsyncConnection, user_id: UUID, *, except_for: Sequence[bytes] = ()) -> None:
    await db.execute(_forget, {"of_user": user_id, "spared": except_for})
