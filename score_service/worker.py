"""What lives as long as the service does: its scorecards, the clients of its neighbours, the relay to the alerts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from score_service.clients.alerts import AlertClient
from score_service.clients.surveys import SurveyClient
from score_service.core.settings import SCORECARDS, Settings
from score_service.models import idempotency_keys, outbox
from score_service.services.scorecards import load_scorecards
from service_kit.app import running
from service_kit.http_client import ServiceClient
from service_kit.idempotency import IDEMPOTENCY_KEYS_KEPT
from service_kit.outbox import DELIVERED_EVENTS_KEPT, Relay
from service_kit.sweeping import older_than, sweeping


@asynccontextmanager
async def background(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    app.state.scorecards = load_scorecards(SCORECARDS, settings.champion)
    app.state.surveys = SurveyClient(
        ServiceClient(settings, app.state.http, "survey_service", settings.survey_service_url)
    )
    alerts = AlertClient(ServiceClient(settings, app.state.http, "alert_service", settings.alert_service_url))
    async with running(Relay(app.state.database, outbox, alerts.send_score_update).run()):
        yield


parts = [
    background,
    sweeping(
        older_than(outbox.c.delivered_at, DELIVERED_EVENTS_KEPT),
        older_than(idempotency_keys.c.created_at, IDEMPOTENCY_KEYS_KEPT),
    ),
]
