"""`/survey/questions`."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response

from service_kit.database import ReadOnly
from service_kit.problems import Unauthenticated, problems
from survey_service.core.auth import ReadQuestions
from survey_service.domain.languages import Language, best_language
from survey_service.schemas.questions import QuestionOut
from survey_service.services import questions as questions_service

router = APIRouter(prefix="/survey", tags=["questions"], responses=problems(Unauthenticated))


async def _callers_language(
    accept_language: Annotated[str | None, Header(max_length=1_000, examples=["vi-VN, vi;q=0.9, en;q=0.8"])] = None,
) -> Language:
    return best_language(accept_language)


CallersLanguage = Annotated[Language, Depends(_callers_language)]


@router.get("/questions", response_model=list[QuestionOut])
async def list_questions(_: ReadQuestions, db: ReadOnly, language: CallersLanguage) -> Any:
    """The questions of the published version, in order and in your language."""
    body = await questions_service.render_questions(db, language)
    return Response(body, media_type="application/json", headers={"Content-Language": language})
