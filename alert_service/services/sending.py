"""How what is due leaves: each delivery by one replica, tried again after a failure, and given up in the end.

A mail or a call whose last answer was lost, or whose sender was killed before it noted the success, goes out again;
it carries the same id then, by which a receiver can tell (ADR 0020).
"""

import asyncio
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiosmtplib import SMTPException
from prometheus_client import Counter, Gauge

from alert_service.clients.receivers import Receivers, RefusedAddressError, UnreachableError
from alert_service.crud import alerts as alerts_crud
from alert_service.crud import deliveries as deliveries_crud
from alert_service.crud import recipients as recipients_crud
from alert_service.crud import webhooks as webhooks_crud
from alert_service.domain.delivery import Channel
from alert_service.domain.kinds import TRAITS, Kind, Type
from alert_service.domain.retries import is_given_up, next_attempt
from alert_service.services.deliveries import is_wanted, quiet_hours_of
from alert_service.services.messages import call_of, mail_of
from alert_service.services.webhooks import switch_off
from service_kit.database import AWAY, Database
from service_kit.languages import DEFAULT
from service_kit.mail import Mailer, MailRefusedError

OUTWARD = (Channel.EMAIL, Channel.WEBHOOK)
AT_ONCE = 20
# Longer than a mail (10 s) or a call (10 s) may take with what is read and written around it.
LEASE = timedelta(seconds=30)
GONE = "gone"

sent_total = Counter("deliveries_sent_total", "Mails and calls that were taken", ["channel"])
failed_total = Counter("deliveries_failed_attempts_total", "Attempts that failed", ["channel"])
waiting = Gauge("deliveries_waiting", "Deliveries not made yet: due, or held until later", ["state"])
dead = Gauge("deliveries_dead", "Deliveries that were given up and not replayed")
lag_seconds = Gauge("deliveries_lag_seconds", "For how long the oldest one not made yet has been due")

log = structlog.get_logger()


class FailureError(Exception):
    """An attempt that failed, and of what; after one that is `final` there is no other."""

    def __init__(self, problem: str, *, final: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.final = problem, final


@dataclass(frozen=True, slots=True)
class Sender:
    database: Database
    mailer: Mailer
    receivers: Receivers

    async def send_due(self, now: datetime, *channels: Channel) -> int:
        """Take what is due, by these channels or by all, send it side by side, and say how much there was."""
        reader = self.database.reader
        claimed = await deliveries_crud.claim_due(reader, channels or OUTWARD, now, now + LEASE, AT_ONCE)
        await asyncio.gather(*(self._send(each, now) for each in claimed))
        return len(claimed)

    async def measure(self, now: datetime) -> None:
        backlog = await deliveries_crud.get_backlog(self.database.reader, now)
        waiting.labels("due").set(backlog.due)
        waiting.labels("held").set(backlog.held)
        dead.set(backlog.dead)
        lag_seconds.set(max(0.0, float(backlog.lag_s or 0)))

    async def _send(self, delivery: Any, now: datetime) -> None:
        send = self._mail if delivery.channel == Channel.EMAIL else self._call
        try:
            await send(delivery, now)
        except FailureError as failure:
            await self._note_failure(delivery, failure, now)
        except AWAY:
            raise
        except Exception:
            # One that nobody foresaw must not stop the others, or end the service each time it is tried.
            log.exception("delivery_broke", kind=delivery.channel)
            await self._note_failure(delivery, FailureError("unexpected"), now)

    async def _mail(self, delivery: Any, now: datetime) -> None:
        recipient, alerts = await self._what_and_to_whom(delivery)
        wanted = [row for row in alerts if is_wanted(recipient, Kind(row.kind), Channel.EMAIL)]
        if not wanted:
            return await self._note_success(delivery, now)
        if recipient is None or recipient.email is None:
            raise FailureError("no_address", final=True)
        goes_out = _not_before(recipient, wanted, now)
        if goes_out > now:
            return await self._hold(delivery, goes_out)
        subject, text = mail_of(wanted, recipient.language)
        try:
            await self.mailer.send(recipient.email, subject, text, mail_id=delivery.id)
        except MailRefusedError as error:
            raise FailureError("mail_refused", final=True) from error
        except (SMTPException, OSError) as error:
            raise FailureError("mail_server") from error
        return await self._note_success(delivery, now)

    async def _call(self, delivery: Any, now: datetime) -> None:
        webhook = await webhooks_crud.find_webhook(self.database.reader, delivery.webhook_id)
        recipient, alerts = await self._what_and_to_whom(delivery)
        if webhook is None or not alerts:
            return await self._note_success(delivery, now)
        language = recipient.language if recipient else DEFAULT
        body, headers = call_of(alerts[0], language, webhook.secret, delivery.id, now)
        try:
            status = await self.receivers.post(webhook.url, body, headers)
        except RefusedAddressError as error:
            raise FailureError("address_refused") from error
        except UnreachableError as error:
            raise FailureError("unreachable") from error
        if not 200 <= status < 300:
            raise FailureError(GONE, final=True) if status == 410 else FailureError(f"status_{status}")
        await webhooks_crud.mark_webhook_taking(self.database.reader, webhook.id)
        return await self._note_success(delivery, now)

    async def _what_and_to_whom(self, delivery: Any) -> tuple[Any, Any]:
        recipients = await recipients_crud.map_recipients(self.database.reader, [delivery.user_id])
        alerts = await alerts_crud.list_alerts_by_id(self.database.reader, delivery.user_id, delivery.alert_ids)
        return recipients.get(delivery.user_id), alerts

    async def _hold(self, delivery: Any, until: datetime) -> None:
        """Quiet hours began, or changed, since the mail was planned: it joins what goes out when they end."""
        async with self.database.transaction() as db:
            if await deliveries_crud.delete_claimed(db, delivery.id, delivery.attempts):
                mail = {"user_id": delivery.user_id, "due_at": until, "alert_ids": delivery.alert_ids}
                await deliveries_crud.gather_mails(db, [mail])

    async def _note_success(self, delivery: Any, now: datetime) -> None:
        sent_total.labels(delivery.channel).inc()
        await deliveries_crud.mark_sent(self.database.reader, delivery.id, delivery.attempts, now)

    async def _note_failure(self, delivery: Any, failure: FailureError, now: datetime) -> None:
        failed_total.labels(delivery.channel).inc()
        again_at = None if failure.final else next_attempt(now, delivery.attempts, random.random())  # noqa: S311
        log.warning("delivery_failed", kind=delivery.channel, code=failure.problem, attempts=delivery.attempts)
        async with self.database.transaction() as db:
            if delivery.channel == Channel.WEBHOOK:
                await webhooks_crud.lock_webhook(db, delivery.webhook_id)
            if not await deliveries_crud.mark_failed(
                db, delivery.id, delivery.attempts, failure.problem, again_at=again_at, now=now
            ):
                # It was given up meanwhile with its webhook, which its owner may have switched on again since.
                return
            if delivery.channel == Channel.WEBHOOK:
                failing_since = await webhooks_crud.mark_webhook_failing(db, delivery.webhook_id, now)
                if failure.problem == GONE or is_given_up(now, failing_since):
                    await switch_off(db, delivery.webhook_id, now)


def _not_before(recipient: Any, alerts: Any, now: datetime) -> datetime:
    quiet = quiet_hours_of(recipient)
    if quiet is None or any(TRAITS[Kind(row.kind)][0] is Type.SECURITY for row in alerts):
        return now
    return quiet.over(now)
