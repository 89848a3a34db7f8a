"""`/survey/questions`."""

from typing import Any

from fastapi import APIRouter, Response

from service_kit.database import ReadOnly
from service_kit.languages import CallersLanguage, language_headers
from service_kit.problems import Unauthenticated, problems
from survey_service.core.auth import ReadQuestions
from survey_service.schemas.questions import QuestionOut
from survey_service.services import questions as questions_service

router = APIRouter(prefix="/survey", tags=["questions"], responses=problems(Unauthenticated))


@router.get("/questions", response_model=list[QuestionOut])
async def list_questions(_: ReadQuestions, db: ReadOnly, language: CallersLanguage) -> Any:
    """The questions of the published version, in order and in your language."""
    body = await questions_service.render_questions(db, language)
    return Response(body, media_type="application/json", headers=language_headers(language))
