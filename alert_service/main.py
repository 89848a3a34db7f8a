"""The alert service: what a person is told when their score changes."""

from alert_service.consumers import recipients as told
from alert_service.consumers import score_updates as reports
from alert_service.core.problems import CONSTRAINTS
from alert_service.core.settings import Settings
from alert_service.routers import alerts, dead_letters, goals, milestones, privacy, score_updates, streams, webhooks
from alert_service.worker import parts
from service_kit.app import create_service

app = create_service(
    Settings(),
    title="Alert service",
    routers=[
        each.router
        for each in (reports, told, score_updates, streams, webhooks, dead_letters, alerts, milestones, goals, privacy)
    ],
    constraints=CONSTRAINTS,
    parts=parts,
)
