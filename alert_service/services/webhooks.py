"""People's webhooks: added within bounds, and switched off when nobody takes the calls."""

import base64
import hashlib
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from alert_service.clients.receivers import Receivers, RefusedAddressError
from alert_service.core.problems import TooManyWebhooks
from alert_service.crud import deliveries as deliveries_crud
from alert_service.crud import milestones as milestones_crud
from alert_service.crud import webhooks as webhooks_crud
from alert_service.domain.kinds import Kind
from alert_service.schemas.webhooks import WebhookCreatedOut, WebhookIn
from alert_service.services.deliveries import announce
from service_kit.database import Database, Reads, Transaction
from service_kit.pagination import Page, decode_cursor, page_of
from service_kit.problems import malformed
from service_kit.schemas import utc_now

SECRET_BYTES = 32


async def list_webhooks(db: Reads, user_id: UUID, limit: int, cursor: str | None) -> Page[Any]:
    place = decode_cursor(cursor, UUID)
    rows = await webhooks_crud.list_webhooks(db, user_id, place[0] if place else None, limit + 1)
    items, following = page_of(rows, limit, lambda row: [str(row.id)])
    return Page(items=list(items), next=following)


async def create_webhook(
    database: Database, receivers: Receivers, user_id: UUID, payload: WebhookIn, most: int
) -> WebhookCreatedOut:
    """Add a webhook, whose secret is shown now and never again, and tell its owner by every other way."""
    url = str(payload.url)
    try:
        # Before a connection is taken. Whether a name exists inside is not told apart from whether it exists.
        await receivers.check(url)
    except (RefusedAddressError, OSError) as error:
        raise malformed("/url", "must lead to a public address, over https in production") from error
    kinds = None if payload.kinds is None else sorted(set(payload.kinds))
    async with database.transaction() as db:
        # The lock of everything that makes alerts for this person.
        await milestones_crud.get_state_for_update(db, user_id)
        if await webhooks_crud.count_webhooks(db, user_id) >= most:
            raise TooManyWebhooks(values={"most": most})
        values = {"user_id": user_id, "url": url, "url_hash": _hash_of(url), "secret": _new_secret(), "kinds": kinds}
        created = await webhooks_crud.create_webhook(db, values)
        now = utc_now()
        await announce(db, [_alert(Kind.WEBHOOK_ADDED, created.id, user_id, url, now)], now)
        return WebhookCreatedOut.model_validate(created)


async def switch_off(db: Transaction, webhook_id: UUID, now: datetime) -> None:
    """Send nothing there any more, give up what waits, and tell the owner once."""
    webhook = await webhooks_crud.disable_webhook(db, webhook_id, now)
    if webhook is None:
        return
    await deliveries_crud.give_up_of_webhook(db, webhook_id, "webhook_disabled", now)
    await milestones_crud.get_state_for_update(db, webhook.user_id)
    await announce(db, [_alert(Kind.WEBHOOK_DISABLED, webhook_id, webhook.user_id, webhook.url, now)], now)


def _hash_of(url: str) -> bytes:
    return hashlib.sha256(url.encode()).digest()


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _alert(kind: Kind, webhook_id: UUID, user_id: UUID, url: str, now: datetime) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "event_id": None,
        # One may be switched off more than once, after its owner switched it on again.
        "dedupe_key": f"{kind}:{webhook_id}:{now.isoformat()}",
        "kind": kind,
        "score": None,
        "previous_score": None,
        "values": {"host": urlsplit(url).hostname},
        "reasons": [],
    }
