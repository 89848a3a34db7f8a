"""`/scores/admin/distribution` and `/drift`: the people scored now."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from score_service.core.auth import AuditScores
from score_service.core.problems import ModelNotFound
from score_service.schemas.population import DistributionOut, PopulationDriftOut
from score_service.services import population as population_service
from score_service.services.scorecards import LoadedScorecards
from service_kit.database import ReadOnly
from service_kit.problems import Forbidden, Unauthenticated, Unavailable, problems

router = APIRouter(
    prefix="/scores/admin", tags=["governance"], responses=problems(Unauthenticated, Forbidden, Unavailable)
)

ModelVersion = Annotated[str | None, Query(max_length=50, description="A scorecard's version; the champion's if none")]


@router.get("/distribution", response_model=DistributionOut)
async def get_distribution(_: AuditScores, db: ReadOnly) -> Any:
    """Count people by band, by steps of 50 points and by the scorecard that gave their score."""
    return await population_service.get_distribution(db)


@router.get("/drift", responses=problems(ModelNotFound), response_model=PopulationDriftOut)
async def get_drift(
    _: AuditScores, db: ReadOnly, scorecards: LoadedScorecards, model_version: ModelVersion = None
) -> Any:
    """Compare the people scored now with those the scorecard was trained on: the score's tenths and every feature."""
    return await population_service.get_drift(db, scorecards, model_version)
