"""The alert service's own functions on a database of their own, under a clock that a test moves."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from alert_service.clients.receivers import Receivers
from alert_service.core.settings import Settings
from alert_service.crud import recipients as recipients_crud
from alert_service.schemas.score_updates import ScoreUpdateIn
from alert_service.schemas.webhooks import WebhookIn
from alert_service.services.score_updates import receive_score_update
from alert_service.services.sending import Sender
from alert_service.services.webhooks import create_webhook
from service_kit.database import Database
from service_kit.mail import Mailer
from tests.integration.alert_service.scored_person import score_update
from tests.support.callers import Keys
from tests.support.postgres import TestServer, close
from tests.support.services import service_env

NIGHT_IN_HANOI = {"from": "22:00", "to": "07:00", "timezone": "Asia/Ho_Chi_Minh"}


@dataclass
class Outgoing:
    """`sender` is one replica; what `now` is, each call says."""

    database: Database
    settings: Settings
    sender: Sender

    async def person(self, **preferences: Any) -> UUID:
        """Somebody with a verified address that is their id's, and these preferences."""
        user_id = uuid7()
        told = {"language": "en", "notifications": {}, "quiet_hours": None, **preferences}
        async with self.database.transaction() as db:
            await recipients_crud.keep_preferences(db, user_id, 1, told)
            await recipients_crud.keep_address(db, user_id, 1, address(user_id))
        return user_id

    async def score(self, user_id: UUID, version: int, score: int, now: datetime, **changes: Any) -> None:
        update = ScoreUpdateIn.model_validate({**score_update(user_id, version, score), **changes})
        async with self.database.transaction() as db:
            await receive_score_update(db, update, "en", now)

    async def webhook(self, user_id: UUID, url: str, *kinds: str) -> Any:
        payload = WebhookIn.model_validate({"url": url, "kinds": list(kinds) or None})
        return await create_webhook(self.database, self.sender.receivers, user_id, payload, most=5)

    async def deliveries(self, user_id: UUID) -> list[Any]:
        query = text("SELECT * FROM deliveries WHERE user_id = :user ORDER BY id")
        return list(await self.database.reader.execute(query, {"user": user_id}))

    async def calls(self, user_id: UUID) -> list[Any]:
        return [row for row in await self.deliveries(user_id) if row.channel == "webhook"]


def address(user_id: UUID) -> str:
    return f"{user_id}@example.com"


def run(server: TestServer, keys: Keys, smtp_url: str, work: Callable[[Outgoing], Awaitable[None]], **env: str) -> None:
    changes = {"SMTP_URL": smtp_url, "WEBHOOKS_TO_LOOPBACK": "true", **env}
    run_as(service_env("alert_service", keys, server.create_database("alert_service"), changes), work)


def run_as(env: dict[str, str], work: Callable[[Outgoing], Awaitable[None]]) -> None:
    """Work as a replica of the service that has this environment."""

    async def main() -> None:
        with patch.dict(os.environ, env, clear=True):
            settings = Settings()
        database = Database(settings)
        receivers = Receivers(loopback=settings.webhooks_to_loopback, https_only=settings.production)
        try:
            await work(Outgoing(database, settings, Sender(database, Mailer(settings), receivers)))
        finally:
            await close(database)

    asyncio.run(main())
