"""All routes but those by which other services tell things, in the order in which they are tried."""

from alert_service.routers import alerts, dead_letters, goals, milestones, privacy, score_updates, streams, webhooks

ROUTERS = [each.router for each in (score_updates, streams, webhooks, dead_letters, alerts, milestones, goals, privacy)]
