"""`/scores/admin/replay`: any decision, recomputed."""

from typing import Any

from fastapi import APIRouter

from score_service.core.auth import AuditScores
from score_service.core.ids import AnyScoreId
from score_service.core.problems import ArtifactNotShipped, DecisionNotFound, InputsNotReplayable
from score_service.schemas.replays import ReplayOut
from score_service.services import replays as replays_service
from score_service.services.scorecards import LoadedScorecards
from service_kit.database import ReadOnly
from service_kit.problems import Forbidden, Unauthenticated, Unavailable, problems

router = APIRouter(
    prefix="/scores/admin", tags=["governance"], responses=problems(Unauthenticated, Forbidden, Unavailable)
)


@router.get(
    "/replay/{score_id}",
    responses=problems(DecisionNotFound, ArtifactNotShipped, InputsNotReplayable),
    response_model=ReplayOut,
)
async def replay_score(_: AuditScores, score_id: AnyScoreId, db: ReadOnly, scorecards: LoadedScorecards) -> Any:
    """Recompute a stored score from its inputs with the artifact that gave it: equal, or the differences."""
    return await replays_service.replay_score(db, scorecards, score_id)
