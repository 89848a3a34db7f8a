"""Answering the survey: `/survey/submit`, `/survey/answer`, `/survey/answers`, `/survey/progress`."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from service_kit.database import ReadOnly, Transaction
from service_kit.idempotency import Idempotency, KeyReused, KeyStillRunning, once
from service_kit.problems import Malformed, NotFound, PersonErased, Unauthenticated, problems
from survey_service.core.auth import AnswerOwnSurvey, ReadAnswersOf
from survey_service.core.problems import ChangedMeanwhile, SurveyIncomplete
from survey_service.models import idempotency_keys
from survey_service.schemas.responses import AnswerIn, AnswerOut, ProgressOut, SavedOut, SubmitIn, SubmittedOut
from survey_service.services import responses as responses_service

router = APIRouter(prefix="/survey", tags=["answers"], responses=problems(Unauthenticated, NotFound))

IfMatch = Annotated[str | None, Header(max_length=200, description="The `ETag` of the answers you read, or `*`")]


@router.post(
    "/submit",
    responses=problems(SurveyIncomplete, KeyStillRunning, PersonErased, Malformed, KeyReused),
    response_model=SubmittedOut,
)
async def submit_survey(person: AnswerOwnSurvey, db: Transaction, payload: SubmitIn, key: Idempotency) -> Any:
    """Submit the survey: these answers, laid over those you saved."""
    return await once(db, idempotency_keys, key, lambda: responses_service.submit_survey(db, person.user_id, payload))


@router.patch("/answer", responses=problems(ChangedMeanwhile, PersonErased), response_model=SavedOut)
async def save_answer(
    person: AnswerOwnSurvey, db: Transaction, payload: AnswerIn, response: Response, if_match: IfMatch = None
) -> Any:
    """Save one answer, to go on later on any device; null takes it away. The `ETag` is that of all your answers."""
    saved, response.headers["ETag"] = await responses_service.save_answer(db, person.user_id, payload, if_match)
    return saved


@router.get("/answers/{user_id}", response_model=list[AnswerOut])
async def list_answers(user_id: ReadAnswersOf, db: ReadOnly, response: Response) -> Any:
    """Your answers: those of the open draft, or else of your newest submission. The `ETag` changes with any of them."""
    answers, response.headers["ETag"] = await responses_service.list_answers(db, user_id)
    return answers


@router.get("/progress/{user_id}", response_model=ProgressOut)
async def get_progress(user_id: ReadAnswersOf, db: ReadOnly) -> Any:
    """What is answered and what is missing."""
    return await responses_service.get_progress(db, user_id)
