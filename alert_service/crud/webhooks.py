"""SQL on `webhooks`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, any_, bindparam, case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alert_service.core.problems import WebhookNotFound
from alert_service.models import Webhook
from service_kit.database import Reads

FIRST = UUID(int=0)
_of_user = Webhook.user_id == bindparam("of_user")
_one = Webhook.id == bindparam("webhook")
_insert = insert(Webhook).returning(Webhook)
_select_one = select(Webhook).where(_one)
# As strong as a change takes it, so that alerts may go on being planned for it.
_lock = _select_one.with_only_columns(Webhook.id).with_for_update(key_share=True)
_select_of_user = (
    select(Webhook).where(_of_user, Webhook.id > bindparam("after")).order_by(Webhook.id).limit(bindparam("at_most"))
)
_count = select(func.count()).select_from(Webhook).where(_of_user)
_select_enabled = (
    select(Webhook.id, Webhook.user_id, Webhook.kinds)
    .where(Webhook.user_id == any_(bindparam("people", type_=ARRAY(Uuid))), Webhook.disabled_at.is_(None))
    .order_by(Webhook.id)
)
_delete = delete(Webhook).where(_one, _of_user).returning(Webhook.id)
_mark_taking = update(Webhook).where(_one, Webhook.failing_since.is_not(None)).values(failing_since=None)
_mark_failing = (
    update(Webhook)
    .where(_one)
    .values(failing_since=func.coalesce(Webhook.failing_since, bindparam("now")))
    .returning(Webhook.failing_since)
)
_disable = (
    update(Webhook)
    .where(_one, Webhook.disabled_at.is_(None))
    .values(disabled_at=bindparam("now"))
    .returning(Webhook.user_id, Webhook.url)
)

# Of one that is enabled nothing changes: it may be failing at this moment.
_is_disabled = Webhook.disabled_at.is_not(None)
_enable = (
    update(Webhook)
    .where(_one, _of_user)
    .values(disabled_at=None, failing_since=case((_is_disabled, None), else_=Webhook.failing_since))
    .returning(Webhook)
)


async def create_webhook(db: AsyncConnection, values: Mapping[str, Any]) -> Row[Any]:
    return (await db.execute(_insert, values)).one()


async def list_webhooks(db: Reads, user_id: UUID, after: UUID | None, at_most: int) -> Sequence[Row[Any]]:
    """A person's webhooks, oldest first, above the id `after`."""
    place = {"of_user": user_id, "after": after or FIRST, "at_most": at_most}
    return (await db.execute(_select_of_user, place)).all()


async def count_webhooks(db: Reads, user_id: UUID) -> int:
    return int((await db.execute(_count, {"of_user": user_id})).scalar_one())


async def list_enabled_webhooks(db: Reads, people: Sequence[UUID]) -> Sequence[Row[Any]]:
    return (await db.execute(_select_enabled, {"people": people})).all()


async def find_webhook(db: Reads, webhook_id: UUID) -> Row[Any] | None:
    return (await db.execute(_select_one, {"webhook": webhook_id})).first()


async def delete_webhook(db: AsyncConnection, user_id: UUID, webhook_id: UUID) -> None:
    """What was still to be sent there goes with it."""
    if (await db.execute(_delete, {"of_user": user_id, "webhook": webhook_id})).first() is None:
        raise WebhookNotFound


async def mark_webhook_taking(db: Reads, webhook_id: UUID) -> None:
    await db.execute(_mark_taking, {"webhook": webhook_id})


async def lock_webhook(db: AsyncConnection, webhook_id: UUID) -> None:
    """Before what is to be sent there is changed, as those do who switch it off or delete it."""
    await db.execute(_lock, {"webhook": webhook_id})


async def mark_webhook_failing(db: AsyncConnection, webhook_id: UUID, now: datetime) -> datetime:
    """Since when it has been failing, without one success."""
    failing_since = (await db.execute(_mark_failing, {"webhook": webhook_id, "now": now})).scalar_one()
    assert failing_since is not None
    return failing_since


async def disable_webhook(db: AsyncConnection, webhook_id: UUID, now: datetime) -> Row[UUID, str] | None:
    """Whose it is and where it leads; None when it was disabled, or deleted, before."""
    return (await db.execute(_disable, {"webhook": webhook_id, "now": now})).first()


async def enable_webhook(db: AsyncConnection, user_id: UUID, webhook_id: UUID) -> Row[Any]:
    enabled = (await db.execute(_enable, {"of_user": user_id, "webhook": webhook_id})).first()
    if enabled is None:
        raise WebhookNotFound
    return enabled
