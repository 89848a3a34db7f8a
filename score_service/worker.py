"""What lives as long as the service does: its scorecards, the clients of its neighbours, the relay to the alerts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from score_service.clients.alerts import AlertClient
from score_service.clients.surveys import SurveyClient
from score_service.core.settings import SCORECARDS, Settings
from score_service.models import Base, idempotency_keys, outbox
from score_service.services.scorecards import NotShippedError, in_force, load_scorecards
from service_kit.app import running
from service_kit.http_client import ServiceClient
from service_kit.idempotency import IDEMPOTENCY_KEYS_KEPT
from service_kit.outbox import DELIVERED_EVENTS_KEPT, Relay
from service_kit.privacy import erased_again
from service_kit.sweeping import older_than, sweeping

PROMOTIONS_FOLLOWED_EVERY_S = 1

log = structlog.get_logger()


@asynccontextmanager
async def background(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    app.state.scorecards_at_first = load_scorecards(SCORECARDS, settings.champion, settings.challenger)
    app.state.scorecards = await in_force(app.state.database.reader, app.state.scorecards_at_first)
    app.state.surveys = SurveyClient(
        ServiceClient(settings, app.state.http, "survey_service", settings.survey_service_url)
    )
    alerts = AlertClient(ServiceClient(settings, app.state.http, "alert_service", settings.alert_service_url))
    relay = Relay(app.state.database, outbox, alerts.send_score_update)
    async with running(relay.run()), running(_follow_promotions(app)):
        yield


async def _follow_promotions(app: FastAPI) -> None:
    """A replica that lacks what was promoted goes on as before, loudly; started anew it would refuse to."""
    while True:
        await asyncio.sleep(PROMOTIONS_FOLLOWED_EVERY_S)
        try:
            app.state.scorecards = await in_force(app.state.database.reader, app.state.scorecards_at_first)
        except NotShippedError as error:
            log.exception("promoted_scorecard_not_shipped", version=str(error))
        except (DBAPIError, PoolTimeoutError, OSError) as error:
            log.warning("promotions_not_read", exc_type=type(error).__name__)


parts = [
    background,
    sweeping(
        erased_again(Base.metadata),
        older_than(outbox.c.delivered_at, DELIVERED_EVENTS_KEPT),
        older_than(idempotency_keys.c.created_at, IDEMPOTENCY_KEYS_KEPT),
    ),
]
