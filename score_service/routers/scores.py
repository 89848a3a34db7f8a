"""`/scores/{user_id}`: read a score, calculate it, its history and its factors."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from score_service.core.auth import ReadScores, WriteScores
from score_service.core.problems import ArtifactNotShipped, ConsentRequired, ScoreNotFound, SurveyIncomplete
from score_service.schemas.history import HistoryOut, HistoryQuery
from score_service.schemas.scores import CalculatedOut, CalculateIn, FactorsOut, ScoreOut
from score_service.services import history as history_service
from score_service.services import scores as scores_service
from score_service.services.scorecards import LoadedScorecards
from service_kit.database import ReadOnly, database_of
from service_kit.idempotency import IdempotencyHeader, KeyReused, KeyStillRunning, find_key
from service_kit.languages import CallersLanguage, language_of
from service_kit.problems import NotFound, PersonErased, Unauthenticated, Unavailable, problems

router = APIRouter(prefix="/scores", tags=["scores"], responses=problems(Unauthenticated, NotFound))
READ_PROBLEMS = problems(NotFound, ScoreNotFound)
EXPLAIN_PROBLEMS = problems(NotFound, ScoreNotFound, ArtifactNotShipped)
CALCULATE_PROBLEMS = problems(ConsentRequired, SurveyIncomplete, KeyStillRunning, KeyReused, PersonErased, Unavailable)


# These two are asked for most. Each dependency would cost a read a fifteenth, so what needs none is taken from the
# request itself; and they come first, since routes are tried in order.
@router.get("/{user_id}", responses=READ_PROBLEMS, response_model=ScoreOut)
async def get_score(user_id: ReadScores, request: Request) -> Any:
    """Read the current score, why it is what it is, and how it moved."""
    return await scores_service.get_score(database_of(request).reader, user_id, language_of(request))


@router.post("/{user_id}/calculate", responses=CALCULATE_PROBLEMS, response_model=CalculatedOut)
@router.post("/{user_id}", responses=CALCULATE_PROBLEMS, response_model=CalculatedOut, name="create_score")
async def calculate_score(
    user_id: WriteScores,
    request: Request,
    idempotency_key: IdempotencyHeader = None,
    payload: CalculateIn | None = None,
) -> Any:
    """Calculate and store a score, from features, from answers, or with no body from the survey."""
    desk, key = scores_service.desk_of(request), await find_key(request, idempotency_key)
    return await scores_service.calculate_score(desk, user_id, payload, language=language_of(request), key=key)


@router.get("/{user_id}/history", responses=READ_PROBLEMS, response_model=HistoryOut)
async def list_history(user_id: ReadScores, db: ReadOnly, query: Annotated[HistoryQuery, Query()]) -> Any:
    """Page through the scores so far, newest first, each or only the last of every day, week or month."""
    return await history_service.list_history(db, user_id, query)


@router.get("/{user_id}/factors", responses=EXPLAIN_PROBLEMS, response_model=FactorsOut)
async def get_factors(
    user_id: ReadScores, db: ReadOnly, scorecards: LoadedScorecards, language: CallersLanguage
) -> Any:
    """What earned or cost points, the reasons by both measures, and what would earn more."""
    return await scores_service.get_factors(db, scorecards, user_id, language)
