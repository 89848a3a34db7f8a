"""How a survey is answered: saved one by one into a draft, or submitted at once; a submission is never changed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from service_kit.database import Reads, Transaction
from service_kit.problems import FieldError, Malformed, NotFound, malformed
from survey_service.core.problems import ChangedMeanwhile, SurveyIncomplete
from survey_service.crud import responses as responses_crud
from survey_service.domain.answers import BadAnswer, carry_over, read_answer, read_submission
from survey_service.domain.catalogue import Answer, Catalogue
from survey_service.domain.progress import Progress, progress_of
from survey_service.schemas.responses import AnswerIn, AnswerOut, ProgressOut, SavedOut, SubmitIn, SubmittedOut
from survey_service.services import questions as questions_service

NOTHING_ANSWERED = '"0"'


async def submit_survey(db: Transaction, user_id: UUID, payload: SubmitIn) -> SubmittedOut:
    """Lay the answers over the saved draft and close it; without a draft, what is sent must be complete."""
    _check_own(user_id, payload.user_id, *(answer.user_id for answer in payload.answers))
    catalogue = await questions_service.published_catalogue(db)
    draft, is_new = await responses_crud.find_or_create_open_response(db, user_id, catalogue.version)
    saved = {} if is_new else await _saved_answers(db, draft, catalogue)
    answers = _read_all(catalogue, payload.answers, saved)
    missing = progress_of(catalogue, answers).missing
    if missing:
        raise SurveyIncomplete(missing=missing)
    response = await responses_crud.complete_response(db, draft.id, catalogue.version)
    await responses_crud.replace_answers(db, response.id, _by_id(catalogue, answers))
    return SubmittedOut(
        response_id=response.id,
        user_id=user_id,
        version=response.version,
        answered=len(answers),
        submitted_at=response.submitted_at,
    )


async def save_answer(db: Transaction, user_id: UUID, payload: AnswerIn, if_match: str | None) -> tuple[SavedOut, str]:
    """Save one answer into the open draft; null takes it away. Raises ChangedMeanwhile unless `if_match` is current."""
    _check_own(user_id, payload.user_id)
    catalogue = await questions_service.published_catalogue(db)
    question = catalogue.by_id.get(payload.question_id)
    if question is None:
        raise malformed("/question_id", "is no question of the current survey")
    try:
        answer = None if payload.answer is None else read_answer(question, payload.answer)
    except BadAnswer as problem:
        raise malformed("/answer", problem.message, **problem.values) from problem
    draft = await _open_draft(db, user_id, catalogue, if_match)
    if answer is None:
        await responses_crud.delete_answer(db, draft.id, question.id)
    else:
        await responses_crud.save_answer(db, draft.id, question.id, answer)
    progress = progress_of(catalogue, await _saved_answers(db, draft, catalogue))
    saved = SavedOut(question_id=question.id, answer=answer, progress=ProgressOut.model_validate(progress))
    return saved, _etag(draft, draft.revision, catalogue.version)


async def list_answers(db: Reads, user_id: UUID) -> tuple[list[AnswerOut], str]:
    """The answers of the open draft, or else of the newest submission, in the catalogue's order; and their ETag."""
    response = await responses_crud.find_current_response(db, user_id)
    if response is None:
        return [], NOTHING_ANSWERED
    catalogue = await _catalogue_for(db, response)
    answers = carry_over(catalogue, response.answers)
    times = await responses_crud.get_answer_times(db, response.id)
    listed = [
        AnswerOut(
            question_id=question.id,
            key=question.key,
            answer=answers[question.key],
            answered_at=times[question.key],
        )
        for question in catalogue.questions
        if question.key in answers and question.key in times
    ]
    return listed, _etag(response, response.revision, catalogue.version)


async def get_progress(db: Reads, user_id: UUID) -> Progress:
    response = await responses_crud.find_current_response(db, user_id)
    if response is None:
        return progress_of(await questions_service.published_catalogue(db), {})
    catalogue = await _catalogue_for(db, response)
    return progress_of(catalogue, carry_over(catalogue, response.answers))


def _check_own(user_id: UUID, *named: str | None) -> None:
    """Apps may name the person they answer for; anybody but the caller does not exist for them."""
    if any(name is not None and name.lower() not in {"me", str(user_id)} for name in named):
        raise NotFound


async def _catalogue_for(db: Reads, response: Any) -> Catalogue:
    """A submission is read with its own version, a draft with the one in which it would be submitted."""
    if response.status == "complete":
        return await questions_service.get_catalogue(db, response.version)
    return await questions_service.published_catalogue(db)


async def _saved_answers(db: Transaction, response: Any, catalogue: Catalogue) -> dict[str, Answer]:
    return carry_over(catalogue, await responses_crud.get_answers(db, response.id))


async def _open_draft(db: Transaction, user_id: UUID, catalogue: Catalogue, if_match: str | None) -> Any:
    """The person's draft of this version; a new one starts with what they answered last, as far as it still fits."""
    draft, is_new = await responses_crud.find_or_create_open_response(db, user_id, catalogue.version)
    last = await responses_crud.find_submitted_response(db, user_id) if is_new else draft
    if if_match not in {None, "*", _etag_before(draft, last, catalogue)}:
        raise ChangedMeanwhile
    if not is_new and draft.version == catalogue.version:
        return draft
    if not is_new:
        await responses_crud.supersede_response(db, draft.id)
        draft, _ = await responses_crud.find_or_create_open_response(db, user_id, catalogue.version)
    if last is not None:
        carried = await _saved_answers(db, last, catalogue)
        await responses_crud.replace_answers(db, draft.id, _by_id(catalogue, carried))
    return draft


def _etag(response: Any, revision: int, version: int) -> str:
    """Names what a person sees of their answers: a response, its changes so far, the version it is read with."""
    return f'"{response.id}.{revision}.{version}"'


def _etag_before(draft: Any, last: Any, catalogue: Catalogue) -> str:
    """The ETag before the change for which `draft` was locked or made; `last` is what it goes on from."""
    if last is None:
        return NOTHING_ANSWERED
    if last is draft:  # whose revision counts the change already
        return _etag(draft, draft.revision - 1, catalogue.version)
    return _etag(last, last.revision, last.version)


def _by_id(catalogue: Catalogue, answers: dict[str, Answer]) -> dict[int, Answer]:
    return {catalogue.by_key[key].id: answer for key, answer in answers.items()}


def _read_all(catalogue: Catalogue, given: Sequence[AnswerIn], saved: dict[str, Answer]) -> dict[str, Answer]:
    """The answers that count, or Malformed naming each one that is none by its place in what was sent."""
    places: dict[str, int] = {}
    errors: list[FieldError] = []
    for place, answer in enumerate(given):
        question = catalogue.by_id.get(answer.question_id)
        if question is None:
            errors.append(_error(place, "question_id", "is no question of the current survey"))
        elif places.setdefault(question.key, place) != place:
            errors.append(_error(place, "question_id", "is answered twice"))
    reading = read_submission(catalogue, {key: given[place].answer for key, place in places.items()}, saved)
    errors += [_error(places[key], "answer", each.message, each.values) for key, each in reading.bad.items()]
    if errors:
        raise Malformed(errors=errors)
    return reading.answers


def _error(place: int, field: str, message: str, values: Mapping[str, Any] | None = None) -> FieldError:
    return FieldError(pointer=f"/answers/{place}/{field}", message=message, values=values or {})
