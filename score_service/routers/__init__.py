"""All routes of this service, in the order in which they are tried."""

from score_service.routers import (
    batches,
    disputes,
    models,
    overrides,
    population,
    privacy,
    promotions,
    replays,
    reports,
    scores,
    simulations,
)

ROUTERS = [
    scores.router,
    reports.router,
    simulations.router,
    models.router,
    replays.router,
    population.router,
    promotions.router,
    overrides.router,
    batches.router,
    disputes.router,
    privacy.router,
]
