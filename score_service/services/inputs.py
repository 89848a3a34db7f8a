"""Where a score's inputs come from: given as features, made of flat answers, or the person's survey."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from score_service.clients.surveys import AnsweredFeatures, SurveyClient
from score_service.crud import scores as scores_crud
from score_service.domain.features import FEATURES, InvalidFeaturesError, Value, clipped, validated
from score_service.domain.simulation import changed
from score_service.domain.uncertainty import Ranges
from score_service.schemas.scores import CalculateIn
from service_kit.database import Reads
from service_kit.problems import FieldError, Malformed, pointer_of


@dataclass(frozen=True, slots=True)
class Inputs:
    """`facts` are what all of the features were made of; None where some were given or changed directly.

    `ranges` are the ends of those whose answers name a band.
    """

    features: Mapping[str, Value]
    source: str
    inputs_from: dict[str, Any] | None = None
    facts: Mapping[str, float] | None = None
    ignored: list[str] = field(default_factory=list)
    ranges: Ranges = field(default_factory=dict)


async def gather_inputs(surveys: SurveyClient, user_id: UUID, payload: CalculateIn | None) -> Inputs:
    if payload is not None and payload.features is not None:
        return Inputs(_checked(payload.features), "features")
    if payload is not None and payload.answers:
        return _inputs_of(await surveys.read_answers(payload.answers))
    return await _inputs_from_survey(surveys, user_id)


async def changed_inputs(db: Reads, surveys: SurveyClient, user_id: UUID, answers: Mapping[str, Any]) -> Inputs:
    """The current score's inputs with what these answers say in their place; the answers alone before the first."""
    current = await scores_crud.find_newest_inputs(db, user_id)
    if current is None:
        return _inputs_of(await surveys.read_answers(answers))
    answered = _inputs_of(await surveys.read_answers(answers, current.facts or {}))
    if current.facts is None:
        return replace(answered, features=_over(current.inputs, answered.features), facts=None)
    return answered


def _inputs_of(read: AnsweredFeatures) -> Inputs:
    came_from = {"survey_version": read.version}
    return Inputs(_known(read.features), "answers", came_from, read.facts, read.ignored, _known_ranges(read.ranges))


def _over(inputs: Mapping[str, Value], features: Mapping[str, Value]) -> dict[str, Value]:
    try:
        return changed(inputs, features)
    except InvalidFeaturesError as error:
        raise refused(error) from error


async def _inputs_from_survey(surveys: SurveyClient, user_id: UUID) -> Inputs:
    found = await surveys.find_features(user_id)
    if found is None:
        return Inputs({}, "survey")
    came_from = {"survey_version": found.version, "response_id": found.response_id}
    return Inputs(_known(found.features), "survey", came_from, found.facts, ranges=_known_ranges(found.ranges))


def _checked(features: Mapping[str, object]) -> dict[str, Value]:
    try:
        return validated(features)
    except InvalidFeaturesError as error:
        raise refused(error, "features") from error


def refused(error: InvalidFeaturesError, *place: str) -> Malformed:
    return Malformed(
        errors=[
            FieldError(pointer=pointer_of((*place, each.feature)), message=each.message, values=each.values)
            for each in error.errors
        ]
    )


def _known(features: Mapping[str, Value]) -> dict[str, Value]:
    # The survey may know facts no scorecard here has heard of, and its sums may pass the bounds.
    return {
        name: None if value is None else clipped(name, value) for name, value in features.items() if name in FEATURES
    }


def _known_ranges(ranges: Ranges) -> Ranges:
    return {name: (clipped(name, low), clipped(name, high)) for name, (low, high) in ranges.items() if name in FEATURES}
