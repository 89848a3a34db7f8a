"""What lives as long as the service does: its scorecards, the clients of its neighbours, the relay to the alerts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import structlog
from fastapi import FastAPI

from score_service.clients.alerts import AlertClient
from score_service.clients.surveys import SurveyClient
from score_service.core.settings import SCORECARDS, Settings
from score_service.events.disputes import DISPUTE_DECIDED
from score_service.events.scores import SCORE_CHANGED
from score_service.models import Base, idempotency_keys, outbox
from score_service.services.population import percentiles_by_version
from score_service.services.scorecards import NotShippedError, in_force, load_scorecards
from service_kit.app import repeating, running
from service_kit.http_client import ServiceClient
from service_kit.idempotency import IDEMPOTENCY_KEYS_KEPT
from service_kit.outbox import DELIVERED_EVENTS_KEPT, Relay, by_kind
from service_kit.privacy import erased_again
from service_kit.sweeping import older_than, sweeping

FOLLOW_EVERY_S = 1
# A percent more or less of many people takes longer than that.
COUNT_EVERY_S = 600

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
    deliver = by_kind({SCORE_CHANGED: alerts.send_score_update, DISPUTE_DECIDED: alerts.send_dispute_notice})
    relay = Relay(app.state.database, outbox, deliver)
    follow, count = partial(_follow_promotions, app), partial(_count_people, app)
    async with (
        running(relay.run()),
        repeating(follow, every_s=FOLLOW_EVERY_S, waits="promotions_not_read"),
        repeating(count, every_s=COUNT_EVERY_S, waits="people_not_counted"),
    ):
        yield


async def _follow_promotions(app: FastAPI) -> None:
    """A replica that lacks what was promoted goes on as before, loudly; started anew it would refuse to."""
    try:
        scorecards = await in_force(app.state.database.reader, app.state.scorecards_at_first)
        app.state.scorecards = replace(scorecards, people=app.state.scorecards.people)
    except NotShippedError as error:
        log.exception("promoted_scorecard_not_shipped", version=str(error))


async def _count_people(app: FastAPI) -> None:
    people = await percentiles_by_version(app.state.database.reader)
    app.state.scorecards = replace(app.state.scorecards, people=people)


parts = [
    background,
    sweeping(
        erased_again(Base.metadata),
        older_than(outbox.c.delivered_at, DELIVERED_EVENTS_KEPT),
        older_than(idempotency_keys.c.created_at, IDEMPOTENCY_KEYS_KEPT),
    ),
]
