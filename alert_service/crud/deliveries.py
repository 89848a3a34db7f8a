"""SQL on `deliveries`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, String, and_, any_, bindparam, case, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from alert_service.core.problems import DeadLetterNotFound
from alert_service.domain.delivery import Channel
from alert_service.models import Delivery
from alert_service.models.deliveries import GATHERING
from service_kit.database import Reads

LAST = UUID(int=2**128 - 1)

_one = Delivery.id == bindparam("delivery")
_waiting = and_(Delivery.sent_at.is_(None), Delivery.dead_at.is_(None))
# What an attempt leaves behind counts only while the attempt is the last one: a lease that ran out was taken over.
_this_attempt = and_(_one, _waiting, Delivery.attempts == bindparam("attempt"))
_insert = insert(Delivery)
_new_mail = pg_insert(Delivery)
_gather_mail = _new_mail.on_conflict_do_update(
    index_elements=[Delivery.user_id, Delivery.due_at],
    index_where=text(GATHERING),
    set_={"alert_ids": func.array_cat(Delivery.alert_ids, _new_mail.excluded.alert_ids)},
)
_due = (
    select(Delivery.id)
    .where(
        _waiting,
        Delivery.next_at <= bindparam("now"),
        Delivery.channel == any_(bindparam("channels", type_=ARRAY(String))),
    )
    .order_by(Delivery.next_at)
    .limit(bindparam("at_most"))
    .with_for_update(skip_locked=True)
)
_claim = (
    update(Delivery)
    .where(Delivery.id.in_(_due))
    .values(attempts=Delivery.attempts + 1, next_at=bindparam("leased_until"))
    .returning(Delivery)
)
_delete = delete(Delivery).where(_this_attempt).returning(Delivery.id)
_mark_sent = update(Delivery).where(_this_attempt).values(sent_at=bindparam("now"), problem=None)
_mark_failed = (
    update(Delivery)
    .where(_this_attempt)
    .values(
        next_at=func.coalesce(bindparam("again_at", type_=Delivery.next_at.type), Delivery.next_at),
        dead_at=bindparam("died_at", type_=Delivery.next_at.type),
        problem=bindparam("what"),
    )
    .returning(Delivery.id)
)
_give_up_of_webhook = (
    update(Delivery)
    .where(Delivery.webhook_id == bindparam("webhook"), _waiting)
    .values(dead_at=bindparam("now"), problem=bindparam("what"))
)
_select_dead = (
    select(Delivery)
    .where(Delivery.dead_at.is_not(None), Delivery.id < bindparam("before"))
    .order_by(Delivery.id.desc())
    .limit(bindparam("at_most"))
)
_is_dead, _now = Delivery.dead_at.is_not(None), bindparam("now", type_=Delivery.next_at.type)
_revive = (
    update(Delivery)
    .where(_one)
    .values(
        dead_at=None,
        attempts=case((_is_dead, 0), else_=Delivery.attempts),
        next_at=case((_is_dead, _now), else_=Delivery.next_at),
        due_at=case((_is_dead, _now), else_=Delivery.due_at),
    )
    .returning(Delivery.id)
)
# Each part by the index of its own, past all that was sent.
_dead = select(func.count()).where(_is_dead).scalar_subquery()
_backlog = select(
    func.count().filter(Delivery.next_at > _now).label("held"),
    func.count().filter(Delivery.next_at <= _now).label("due"),
    func.extract("epoch", _now - func.min(Delivery.due_at)).label("lag_s"),
    _dead.label("dead"),
).where(_waiting)


async def create_deliveries(db: AsyncConnection, deliveries: Sequence[Mapping[str, Any]]) -> None:
    await db.execute(_insert, deliveries)


async def gather_mails(db: AsyncConnection, mails: Sequence[Mapping[str, Any]]) -> None:
    """Add to each person's mail of the same time that was not tried yet, or begin one."""
    await db.execute(_gather_mail, [{"channel": Channel.EMAIL, "next_at": mail["due_at"], **mail} for mail in mails])


async def claim_due(
    db: Reads, channels: Sequence[Channel], now: datetime, leased_until: datetime, at_most: int
) -> Sequence[Row[Any]]:
    """Take some that are due, past those that another replica is taking."""
    wanted = {"channels": channels, "now": now, "leased_until": leased_until, "at_most": at_most}
    return (await db.execute(_claim, wanted)).all()


async def delete_claimed(db: AsyncConnection, delivery_id: UUID, attempt: int) -> bool:
    return (await db.execute(_delete, {"delivery": delivery_id, "attempt": attempt})).first() is not None


async def mark_sent(db: Reads, delivery_id: UUID, attempt: int, now: datetime) -> None:
    await db.execute(_mark_sent, {"delivery": delivery_id, "attempt": attempt, "now": now})


async def mark_failed(
    db: AsyncConnection, delivery_id: UUID, attempt: int, problem: str, *, again_at: datetime | None, now: datetime
) -> bool:
    """Note when to try again, or without such a time that it is given up; False if the attempt does not count."""
    outcome = {"again_at": again_at, "died_at": None if again_at else now, "what": problem}
    failed = await db.execute(_mark_failed, {"delivery": delivery_id, "attempt": attempt, **outcome})
    return failed.first() is not None


async def give_up_of_webhook(db: AsyncConnection, webhook_id: UUID, problem: str, now: datetime) -> None:
    await db.execute(_give_up_of_webhook, {"webhook": webhook_id, "what": problem, "now": now})


async def list_dead(db: Reads, before: UUID | None, at_most: int) -> Sequence[Row[Any]]:
    """What was given up, newest first, below the id `before`."""
    return (await db.execute(_select_dead, {"before": before or LAST, "at_most": at_most})).all()


async def revive(db: AsyncConnection, delivery_id: UUID, now: datetime) -> None:
    """Let one that was given up start anew; one that was not is left as it is."""
    if (await db.execute(_revive, {"delivery": delivery_id, "now": now})).first() is None:
        raise DeadLetterNotFound


async def get_backlog(db: Reads, now: datetime) -> Row[Any]:
    return (await db.execute(_backlog, {"now": now})).one()
