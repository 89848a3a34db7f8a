"""The alert service: what a person is told when their score changes."""

from alert_service.consumers import score_updates as score_updates_consumer
from alert_service.core.settings import Settings
from alert_service.routers import alerts, milestones, score_updates
from service_kit.app import create_service

app = create_service(
    Settings(),
    title="Alert service",
    routers=[score_updates_consumer.router, score_updates.router, alerts.router, milestones.router],
)
