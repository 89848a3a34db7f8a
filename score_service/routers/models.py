"""`/scores/models`: the scorecard that decides."""

from typing import Any

from fastapi import APIRouter

from score_service.core.auth import ReadModels
from score_service.schemas.models import ModelOut
from score_service.services import models as models_service
from score_service.services.scorecards import LoadedScorecards
from service_kit.problems import Unauthenticated, problems

router = APIRouter(prefix="/scores/models", tags=["models"], responses=problems(Unauthenticated))


@router.get("/current", response_model=ModelOut)
async def get_current_model(_: ReadModels, scorecards: LoadedScorecards) -> Any:
    """The scorecard in use: every table, what it was trained on, how good it is, and what it must not be used for."""
    return models_service.model_card(scorecards.champion)
