"""SQL on `users`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reader, Reads
from user_service.core.problems import UserNotFound
from user_service.models import User

_of_id = User.id == bindparam("user_id")
_select_one = select(User).where(_of_id)
_select_for_update = _select_one.with_for_update()
_select_for_share = _select_one.with_for_update(read=True)
_select_by_email = select(User).where(User.email == bindparam("email"))
_select_active_id = select(User.id).where(User.email == bindparam("email"), ~User.disabled)
_renew_hash = update(User).where(_of_id, User.password_hash == bindparam("old")).values(password_hash=bindparam("new"))
_insert = insert(User).returning(User)
_active_admin_ids = select(User.id).where(User.is_admin, ~User.disabled).order_by(User.id).with_for_update()
_start_of_today = text("date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'")
_summary = select(
    func.count().label("total_users"),
    func.count().filter(~User.disabled).label("active_users"),
    func.count().filter(User.disabled).label("inactive_users"),
    func.count().filter(User.is_admin).label("admin_users"),
    func.count().filter(User.created_at >= _start_of_today).label("new_users_today"),
)


async def find_user(db: Reads, user_id: UUID) -> Row[Any] | None:
    return (await db.execute(_select_one, {"user_id": user_id})).first()


async def get_user(db: Reads, user_id: UUID) -> Row[Any]:
    row = await find_user(db, user_id)
    if row is None:
        raise UserNotFound
    return row


async def find_user_by_email(db: Reader, email: str) -> Any:
    return await db.first(_select_by_email, {"email": email})


async def get_user_for_update(db: AsyncConnection, user_id: UUID) -> Row[Any]:
    """Read a user whom nobody else can change until this transaction ends. Administrators are locked before."""
    row = (await db.execute(_select_for_update, {"user_id": user_id})).first()
    if row is None:
        raise UserNotFound
    return row


async def find_active_user_id(db: Reads, email: str) -> UUID | None:
    return (await db.execute(_select_active_id, {"email": email})).scalar()


async def find_user_for_share(db: AsyncConnection, user_id: UUID) -> Row[Any] | None:
    """Read a user who can be neither changed nor deleted until this transaction ends."""
    return (await db.execute(_select_for_share, {"user_id": user_id})).first()


async def list_users(
    db: Reads, *, search: str | None, disabled: bool | None, before: UUID | None, limit: int
) -> list[Row[Any]]:
    """Up to `limit + 1` users, newest first; ids are in order of creation."""
    statement = select(User).order_by(User.id.desc()).limit(limit + 1)
    if search is not None:
        found_in = (column.icontains(search, autoescape=True) for column in (User.email, User.username))
        statement = statement.where(next(found_in) | next(found_in))
    if disabled is not None:
        statement = statement.where(User.disabled.is_(disabled))
    if before is not None:
        statement = statement.where(User.id < before)
    return list((await db.execute(statement)).all())


async def get_summary(db: Reads) -> Row[Any]:
    return (await db.execute(_summary)).one()


async def create_user(db: AsyncConnection, values: Mapping[str, Any]) -> Row[Any]:
    """Insert; an email that has an account violates `uq_users_email`, which means EmailTaken."""
    return (await db.execute(_insert, values)).one()


async def update_user(db: AsyncConnection, user_id: UUID, values: Mapping[str, Any]) -> Row[Any]:
    statement = update(User).where(_of_id).values(**values).returning(User)
    row = (await db.execute(statement, {"user_id": user_id})).first()
    if row is None:
        raise UserNotFound
    return row


async def renew_hash(db: AsyncConnection, user_id: UUID, *, old: str, new: str) -> None:
    """Put another hash of the same password in the place of one that has not been replaced meanwhile."""
    await db.execute(_renew_hash, {"user_id": user_id, "old": old, "new": new})


async def lock_active_admins(db: AsyncConnection) -> list[UUID]:
    """The active administrators, none of whom anyone else can demote, disable or delete until this transaction ends."""
    return list((await db.execute(_active_admin_ids)).scalars())
