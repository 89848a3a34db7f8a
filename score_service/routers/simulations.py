"""`/scores/{user_id}/simulate` and `/plan`: what would change a score. Nothing here is stored."""

from typing import Any

from fastapi import APIRouter

from score_service.clients.surveys import Surveys
from score_service.core.auth import ReadScores
from score_service.core.problems import ArtifactNotShipped, ScoreNotFound
from score_service.schemas.simulations import PlanIn, PlanOut, ProjectIn, ProjectionOut, SimulatedOut, SimulateIn
from score_service.services import simulations as simulations_service
from score_service.services.scorecards import LoadedScorecards
from service_kit.database import ReadOnly
from service_kit.languages import CallersLanguage
from service_kit.problems import NotFound, Unauthenticated, Unavailable, problems

router = APIRouter(
    prefix="/scores/{user_id}",
    tags=["simulations"],
    responses=problems(Unauthenticated, NotFound, ScoreNotFound, ArtifactNotShipped),
)


@router.post("/simulate", responses=problems(Unavailable), response_model=SimulatedOut)
async def simulate_score(
    user_id: ReadScores,
    db: ReadOnly,
    surveys: Surveys,
    scorecards: LoadedScorecards,
    *,
    language: CallersLanguage,
    payload: SimulateIn,
) -> Any:
    """What the score would be with other values or answers; without any, the current score exactly."""
    return await simulations_service.simulate_score(db, surveys, scorecards, user_id, payload, language=language)


@router.post("/simulate/projection", responses=problems(Unavailable), response_model=ProjectionOut)
async def project_score(
    user_id: ReadScores,
    db: ReadOnly,
    surveys: Surveys,
    scorecards: LoadedScorecards,
    *,
    language: CallersLanguage,
    payload: ProjectIn,
) -> Any:
    """Month by month, where a change leads under the stated assumptions; arithmetic, not a forecast."""
    return await simulations_service.project_score(db, surveys, scorecards, user_id, payload, language=language)


@router.post("/plan", response_model=PlanOut)
async def plan_score(user_id: ReadScores, db: ReadOnly, scorecards: LoadedScorecards, payload: PlanIn) -> Any:
    """The cheapest changes that reach a target: fewest features, then the smallest moves."""
    return await simulations_service.plan_score(db, scorecards, user_id, payload)
