"""What lives as long as the service does: the champion, the clients of the neighbours, and the relay to the alerts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from score_service.clients.alerts import AlertClient
from score_service.clients.surveys import SurveyClient
from score_service.core.settings import Settings
from score_service.domain.artifact import load_scorecard
from score_service.models import outbox
from service_kit.app import running
from service_kit.http_client import ServiceClient
from service_kit.outbox import Relay


@asynccontextmanager
async def background(app: FastAPI) -> AsyncIterator[None]:
    """Load the champion, so that a service whose artifact is damaged does not start; then relay until the end."""
    settings: Settings = app.state.settings
    app.state.champion = load_scorecard(settings.champion_file.read_bytes())
    app.state.surveys = SurveyClient(
        ServiceClient(settings, app.state.http, "survey_service", settings.survey_service_url)
    )
    alerts = AlertClient(ServiceClient(settings, app.state.http, "alert_service", settings.alert_service_url))
    async with running(Relay(app.state.database, outbox, alerts.send_score_update).run()):
        yield
