"""What lives as long as the service does: the relay that takes its events to the other services."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from profile_service.clients.alerts import AlertClient
from profile_service.clients.scores import ScoreClient
from profile_service.core.settings import Settings
from profile_service.events.consents import CONSENT_CHANGED
from profile_service.events.preferences import PREFERENCES_CHANGED
from profile_service.models import Base, outbox
from service_kit.app import running
from service_kit.http_client import ServiceClient
from service_kit.outbox import DELIVERED_EVENTS_KEPT, Relay, by_kind
from service_kit.privacy import erased_again
from service_kit.sweeping import older_than, sweeping


@asynccontextmanager
async def events(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    alerts = AlertClient(ServiceClient(settings, app.state.http, "alert_service", settings.alert_service_url))
    scores = ScoreClient(ServiceClient(settings, app.state.http, "score_service", settings.score_service_url))
    deliver = by_kind({PREFERENCES_CHANGED: alerts.send_preferences, CONSENT_CHANGED: scores.send_consent})
    async with running(Relay(app.state.database, outbox, deliver).run()):
        yield


parts = [events, sweeping(erased_again(Base.metadata), older_than(outbox.c.delivered_at, DELIVERED_EVENTS_KEPT))]
