"""All routes of this service, in the order in which they are tried."""

from score_service.routers import (
    batches,
    disputes,
    models,
    population,
    privacy,
    promotions,
    replays,
    scores,
    simulations,
)

ROUTERS = [
    each.router for each in (scores, simulations, models, replays, population, promotions, batches, disputes, privacy)
]
