"""How a score comes to be, and how it is read: facts in, decision, facts out."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from fastapi import Request
from fastapi.responses import Response
from uuid_utils.compat import uuid7

from score_service.clients.surveys import SurveyClient
from score_service.core.problems import SurveyIncomplete
from score_service.crud import scores as scores_crud
from score_service.domain.evaluation import evaluate
from score_service.domain.features import Features, IncompleteError
from score_service.domain.reasons import Measure, reasons
from score_service.domain.recommendations import recommendations
from score_service.domain.replay import record_of
from score_service.domain.scorecard import Scorecard
from score_service.events.scores import score_changed
from score_service.models import idempotency_keys
from score_service.schemas.scores import CalculateIn
from score_service.services.inputs import Inputs, gather_inputs
from score_service.services.rendering import (
    code_only,
    explanation_of,
    factors_page,
    json_response,
    points_in_all_languages,
    reasons_in_all_languages,
    score_on_the_wire,
    text_in,
)
from score_service.services.scorecards import Scorecards, scorecard_of
from service_kit.database import Database, Reader, database_of
from service_kit.idempotency import IdempotencyKey, find_answer, once
from service_kit.languages import Language

log = structlog.get_logger()

_SHADOW = ("challenger_version", "challenger_sha256", "challenger_score", "challenger_probability_of_default")


@dataclass(frozen=True, slots=True)
class Desk:
    """What a score is calculated with. The database is written to only once the facts are there and all is decided.

    So a slow survey holds up no connection.
    """

    database: Database
    surveys: SurveyClient
    scorecards: Scorecards


def desk_of(request: Request) -> Desk:
    state = request.app.state
    return Desk(database_of(request), state.surveys, state.scorecards)


async def calculate_score(
    desk: Desk, user_id: UUID, payload: CalculateIn | None, *, language: Language, key: IdempotencyKey | None
) -> Any:
    database = desk.database
    given = await find_answer(database.reader, idempotency_keys, key)
    if given is not None:
        return given
    inputs = await gather_inputs(desk.surveys, user_id, payload)
    decision = decide(desk.scorecards, user_id, inputs)

    def answer(current: Any) -> Response:
        return json_response({**score_on_the_wire(current, text_in(language)), "ignored": inputs.ignored}, language)

    if key is None:
        return answer(await scores_crud.create_score_alone(database, decision))

    async def store() -> Response:
        return answer(await scores_crud.create_score(db, decision))

    async with database.transaction() as db:
        return await once(db, idempotency_keys, key, store, about=user_id)


async def get_score(db: Reader, user_id: UUID, language: Language) -> Response:
    current = await scores_crud.get_current_score(db, user_id)
    return json_response(score_on_the_wire(current, text_in(language)), language)


async def get_factors(db: Reader, scorecards: Scorecards, user_id: UUID, language: Language) -> dict[str, Any]:
    current = await scores_crud.get_current_score(db, user_id)
    scorecard = scorecard_of(scorecards, current)
    # Asked for less often than a score is calculated or read, so worked out when it is.
    below = reasons(scorecard, evaluate(scorecard, current.inputs), Measure.BELOW_AVERAGE, text_in(language))
    rounded = [reason._replace(points=round(reason.points, 1)) for reason in below]
    return {**factors_page(current, text_in(language)), "below_average": [each for each in rounded if each.points]}


def decide(scorecards: Scorecards, user_id: UUID, inputs: Inputs) -> dict[str, Any]:
    """Everything that `crud.scores` stores of a decision: the score, what it takes to replay it, and its event."""
    champion = scorecards.champion
    try:
        evaluation = evaluate(champion, inputs.features, inputs.ranges)
    except IncompleteError as error:
        raise SurveyIncomplete(error.missing) from error
    explanation = explanation_of(champion, evaluation, inputs, scorecards.people.get(champion.version))
    told = reasons_in_all_languages(explanation), points_in_all_languages(explanation)
    return {
        **record_of(champion, evaluation),
        **shadow_of(scorecards.challenger, inputs.features),
        "user_id": user_id,
        "score_id": uuid7(),
        "utilisation": inputs.features["utilisation"],
        "inputs": inputs.features,
        "ranges": inputs.ranges or None,
        "facts": inputs.facts,
        "source": inputs.source,
        "inputs_from": inputs.inputs_from,
        "explanation": explanation,
        "recommendations": [act._asdict() for act in recommendations(champion, evaluation, code_only)],
        **score_changed(user_id, evaluation.score, explanation, *told),
    }


def shadow_of(challenger: Scorecard, features: Features) -> dict[str, Any]:
    """What the challenger makes of the same facts. It decides nothing, so its failure is told to operators only."""
    try:
        evaluation = evaluate(challenger, features)
    except Exception:
        log.exception("challenger_failed", version=challenger.version)
        return dict.fromkeys(_SHADOW)
    made = (challenger.version, challenger.sha256, evaluation.score, evaluation.probability_of_default)
    return dict(zip(_SHADOW, made, strict=True))
