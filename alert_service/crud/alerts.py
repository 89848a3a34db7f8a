"""SQL on `alerts`."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Row,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from alert_service.core.problems import AlertNotFound
from alert_service.models import Alert
from service_kit.database import Reads

NEWEST = 2**63 - 1

_of_user = Alert.user_id == bindparam("of_user")
_one_of_user = (Alert.id == bindparam("alert"), _of_user)
_shown = and_(_of_user, Alert.shown)
_unread = Alert.read_at.is_(None)
_insert = insert(Alert).returning(Alert.id, sort_by_parameter_order=True)
_select_page = (
    select(Alert)
    .where(
        _shown,
        Alert.id < bindparam("before"),
        or_(bindparam("unread_only") == false(), _unread),
        Alert.kind == any_(bindparam("kinds", type_=ARRAY(String))),
    )
    .order_by(Alert.id.desc())
    .limit(bindparam("at_most"))
)
_select_of_event = select(Alert).where(Alert.event_id == bindparam("of_event")).order_by(Alert.id)
_select_some = (
    select(Alert).where(_of_user, Alert.id == any_(bindparam("ids", type_=ARRAY(BigInteger)))).order_by(Alert.id)
)
_select_after = (
    select(Alert).where(_shown, Alert.id > bindparam("after")).order_by(Alert.id).limit(bindparam("at_most"))
)
_select_newest_id = select(func.coalesce(func.max(Alert.id), 0)).where(_shown)
# One probe of the index a person, where a GROUP BY would read all their alerts.
_person = func.unnest(bindparam("people", type_=ARRAY(Uuid))).column_valued("person")
_select_newest_ids = select(
    _person.label("user_id"),
    select(func.max(Alert.id)).where(Alert.user_id == _person, Alert.shown).scalar_subquery().label("newest"),
)
_count_unread = select(func.count()).select_from(Alert).where(_shown, _unread)
_mark_read = (
    update(Alert).where(*_one_of_user).values(read_at=func.coalesce(Alert.read_at, func.now())).returning(Alert.id)
)
_mark_all_read = update(Alert).where(_of_user, _unread).values(read_at=func.now())
_delete = delete(Alert).where(*_one_of_user).returning(Alert.id)


async def create_alerts(db: AsyncConnection, alerts: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Insert in order; a second alert of one kind for one event violates `uq_alerts_dedupe_key`: AlertExists."""
    return (await db.execute(_insert, alerts)).scalars().all()


async def list_alerts(
    db: Reads, user_id: UUID, kinds: Sequence[str], *, unread_only: bool, before: int | None, at_most: int
) -> Sequence[Row[Any]]:
    """A person's alerts, newest first, below the id `before`."""
    place = {"of_user": user_id, "before": NEWEST if before is None else before, "at_most": at_most}
    return (await db.execute(_select_page, {**place, "kinds": kinds, "unread_only": unread_only})).all()


async def list_alerts_of_event(db: Reads, event_id: UUID) -> Sequence[Row[Any]]:
    return (await db.execute(_select_of_event, {"of_event": event_id})).all()


async def list_alerts_by_id(db: Reads, user_id: UUID, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Those of these alerts of a person that are still there, oldest first."""
    return (await db.execute(_select_some, {"of_user": user_id, "ids": ids})).all()


async def list_alerts_after(db: Reads, user_id: UUID, after: int, at_most: int) -> Sequence[Row[Any]]:
    """A person's alerts above the id `after`, oldest first."""
    return (await db.execute(_select_after, {"of_user": user_id, "after": after, "at_most": at_most})).all()


async def get_newest_alert_id(db: Reads, user_id: UUID) -> int:
    """0 for somebody without alerts."""
    return int((await db.execute(_select_newest_id, {"of_user": user_id})).scalar_one())


async def get_newest_alert_ids(db: Reads, people: Sequence[UUID]) -> dict[UUID, int]:
    """Of each of these people who has alerts, the id of the newest."""
    if not people:
        return {}
    rows = (await db.execute(_select_newest_ids, {"people": people})).all()
    return {row.user_id: row.newest for row in rows if row.newest is not None}


async def count_unread_alerts(db: Reads, user_id: UUID) -> int:
    return int((await db.execute(_count_unread, {"of_user": user_id})).scalar_one())


async def mark_alert_read(db: AsyncConnection, user_id: UUID, alert_id: int) -> None:
    if (await db.execute(_mark_read, {"of_user": user_id, "alert": alert_id})).first() is None:
        raise AlertNotFound


async def mark_all_alerts_read(db: AsyncConnection, user_id: UUID) -> None:
    await db.execute(_mark_all_read, {"of_user": user_id})


async def delete_alert(db: AsyncConnection, user_id: UUID, alert_id: int) -> None:
    if (await db.execute(_delete, {"of_user": user_id, "alert": alert_id})).first() is None:
        raise AlertNotFound
