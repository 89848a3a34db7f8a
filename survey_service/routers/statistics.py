"""`/survey/admin/statistics` and `/survey/admin/question-stats`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from service_kit.database import ReadOnly
from service_kit.languages import CallersLanguage
from service_kit.problems import Forbidden, Unauthenticated, Unavailable, problems
from survey_service.core.auth import ReadStatistics
from survey_service.core.ids import QuestionId
from survey_service.core.problems import QuestionNotFound
from survey_service.schemas.statistics import PeriodIn, QuestionStatsOut, StatisticsIn, StatisticsOut
from survey_service.services import statistics as statistics_service

router = APIRouter(
    prefix="/survey/admin", tags=["statistics"], responses=problems(Unauthenticated, Forbidden, Unavailable)
)


@router.get("/statistics", response_model=StatisticsOut)
async def get_statistics(_: ReadStatistics, db: ReadOnly, query: Annotated[StatisticsIn, Query()]) -> Any:
    """Count who began and who submitted, and how far they came."""
    return await statistics_service.get_statistics(db, query)


@router.get("/question-stats/{question_id}", responses=problems(QuestionNotFound), response_model=QuestionStatsOut)
async def get_question_stats(
    _: ReadStatistics,
    db: ReadOnly,
    question_id: QuestionId,
    query: Annotated[PeriodIn, Query()],
    language: CallersLanguage,
) -> Any:
    """What submitted responses say to one question."""
    return await statistics_service.get_question_stats(db, question_id, query, language)
