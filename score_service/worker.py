"""What lives as long as the service does: its scorecards, the clients of its neighbours, the relay to the alerts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from score_service.clients.alerts import AlertClient
from score_service.clients.surveys import SurveyClient
from score_service.core.settings import SCORECARDS, Settings
from score_service.models import outbox
from score_service.services.scorecards import load_scorecards
from service_kit.app import running
from service_kit.http_client import ServiceClient
from service_kit.outbox import Relay


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
