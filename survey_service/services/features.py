"""What answers come to: of a person's newest submission, or of flat answers that are stored nowhere."""

from uuid import UUID

from service_kit.database import Reads
from service_kit.problems import FieldError, Malformed, pointer_of
from survey_service.crud import responses as responses_crud
from survey_service.domain.facts import facts_of, replace_facts
from survey_service.domain.features import features_of, lone_amounts
from survey_service.domain.flat_answers import read_flat_answers
from survey_service.domain.ranges import ranges_of, ranges_of_facts
from survey_service.schemas.features import FeaturesOut, FlatAnswersIn, FlatFeaturesOut
from survey_service.services import questions as questions_service


async def get_features(db: Reads, user_id: UUID) -> FeaturesOut:
    response = await responses_crud.get_submitted_response(db, user_id)
    catalogue = await questions_service.get_catalogue(db, response.version)
    facts = facts_of(catalogue, response.answers)
    return FeaturesOut(
        user_id=user_id,
        response_id=response.id,
        version=response.version,
        submitted_at=response.submitted_at,
        facts=facts,
        features=features_of(facts),
        ranges=ranges_of(facts, ranges_of_facts(catalogue, response.answers)),
    )


async def derive_features(db: Reads, payload: FlatAnswersIn) -> FlatFeaturesOut:
    catalogue = await questions_service.published_catalogue(db)
    reading = read_flat_answers(catalogue, payload.answers)
    if reading.bad:
        raise Malformed(
            errors=[
                FieldError(pointer=pointer_of(("answers", name)), message=problem.message, values=problem.values)
                for name, problem in reading.bad.items()
            ]
        )
    facts, ignored = facts_of(catalogue, reading.answers), reading.ignored
    if payload.base_facts is not None:
        facts = replace_facts(payload.base_facts, facts)
        ignored = ignored + reading.names_saying_only(catalogue, lone_amounts(facts))
    return FlatFeaturesOut(
        version=catalogue.version,
        facts=facts,
        features=features_of(facts),
        # What was said before is a number here, whatever it was chosen from.
        ranges=ranges_of(facts, ranges_of_facts(catalogue, reading.answers)),
        ignored=ignored,
    )
