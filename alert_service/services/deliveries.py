"""How alerts are made: stored, and with them, in the same transaction, what has to leave because of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from alert_service.crud import alerts as alerts_crud
from alert_service.crud import deliveries as deliveries_crud
from alert_service.crud import recipients as recipients_crud
from alert_service.crud import webhooks as webhooks_crud
from alert_service.domain.delivery import Channel, Digest, QuietHours, mail_goes_out, wants
from alert_service.domain.kinds import TRAITS, Kind
from service_kit.database import Transaction

NewAlert = Mapping[str, Any]


async def announce(db: Transaction, alerts: Sequence[NewAlert], now: datetime) -> None:
    """Make alerts, and plan their mails and calls. The caller holds the lock of each person's milestone state."""
    people = list({alert["user_id"] for alert in alerts})
    recipients = await recipients_crud.map_recipients(db, people)
    ids = await alerts_crud.create_alerts(
        db, [{**alert, "shown": _is_wanted(recipients, alert, Channel.IN_APP)} for alert in alerts]
    )
    numbered = list(zip(ids, alerts, strict=True))
    await _plan_mails(db, numbered, recipients, now)
    await _plan_calls(db, numbered, recipients, now)


def is_wanted(recipient: Any, kind: Kind, channel: Channel) -> bool:
    """Of somebody nothing was told of, everything is."""
    return wants(recipient.notifications if recipient else {}, TRAITS[kind][0], channel)


def quiet_hours_of(recipient: Any) -> QuietHours | None:
    hours = recipient.quiet_hours
    if hours is None:
        return None
    return QuietHours(time.fromisoformat(hours["from"]), time.fromisoformat(hours["to"]), ZoneInfo(hours["timezone"]))


def _is_wanted(recipients: Mapping[UUID, Any], alert: NewAlert, channel: Channel) -> bool:
    return is_wanted(recipients.get(alert["user_id"]), alert["kind"], channel)


async def _plan_mails(
    db: Transaction, alerts: Sequence[tuple[int, NewAlert]], recipients: Mapping[UUID, Any], now: datetime
) -> None:
    """One mail of a person for all that goes out at the same time; none to who has no verified address."""
    mails: dict[tuple[UUID, datetime], list[int]] = defaultdict(list)
    for number, alert in alerts:
        recipient = recipients.get(alert["user_id"])
        if recipient is not None and recipient.email and _is_wanted(recipients, alert, Channel.EMAIL):
            mails[alert["user_id"], _mail_goes_out(recipient, alert["kind"], now)].append(number)
    if mails:
        planned = [{"user_id": user, "due_at": due, "alert_ids": ids} for (user, due), ids in mails.items()]
        await deliveries_crud.gather_mails(db, planned)


def _mail_goes_out(recipient: Any, kind: Kind, now: datetime) -> datetime:
    digest = Digest(recipient.notifications.get("digest", Digest.AT_ONCE))
    return mail_goes_out(now, TRAITS[kind][0], digest, quiet_hours_of(recipient))


async def _plan_calls(
    db: Transaction, alerts: Sequence[tuple[int, NewAlert]], recipients: Mapping[UUID, Any], now: datetime
) -> None:
    """One call for each alert and webhook, at once."""
    wanted = [(number, alert) for number, alert in alerts if _is_wanted(recipients, alert, Channel.WEBHOOK)]
    webhooks = await webhooks_crud.list_enabled_webhooks(db, list({alert["user_id"] for _, alert in wanted}))
    calls = [
        {
            "user_id": webhook.user_id,
            "channel": Channel.WEBHOOK,
            "webhook_id": webhook.id,
            "alert_ids": [number],
            "due_at": now,
            "next_at": now,
        }
        for number, alert in wanted
        for webhook in webhooks
        if webhook.user_id == alert["user_id"] and (webhook.kinds is None or alert["kind"] in webhook.kinds)
    ]
    if calls:
        await deliveries_crud.create_deliveries(db, calls)
