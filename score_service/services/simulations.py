"""What would change a score: the function that scores, on other inputs. Nothing is stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from score_service.clients.surveys import SurveyClient
from score_service.core.problems import ScoreNotFound
from score_service.crud import scores as scores_crud
from score_service.domain.bands import category_of
from score_service.domain.evaluation import evaluate
from score_service.domain.factors import factors
from score_service.domain.features import FEATURES, Features, IncompleteError, InvalidFeaturesError
from score_service.domain.plan import plan
from score_service.domain.projection import project
from score_service.domain.scorecard import Scorecard
from score_service.domain.simulation import changed, ranges_kept, simulate
from score_service.domain.uncertainty import NO_RANGES, Ranges
from score_service.schemas.simulations import PlanIn, ProjectIn, SimulateIn
from score_service.services.inputs import changed_inputs, refused
from score_service.services.rendering import text_in
from score_service.services.scorecards import Scorecards, scorecard_of
from service_kit.database import Reader
from service_kit.languages import Language
from service_kit.problems import malformed


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a simulation starts: the current score's inputs and the scorecard that gave it, or nothing yet."""

    scorecard: Scorecard
    features: Features
    score: int | None
    ranges: Ranges = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Changes:
    """What is different, the ranges of all answers after it, and the names that changed nothing."""

    features: Features
    ranges: Ranges
    ignored: list[str]


async def simulate_score(
    db: Reader,
    surveys: SurveyClient,
    scorecards: Scorecards,
    user_id: UUID,
    payload: SimulateIn,
    *,
    language: Language,
) -> dict[str, Any]:
    start = await _start(db, scorecards, user_id)
    changes = await _changes(db, surveys, user_id, payload, start)
    with _failures_named(payload):
        simulated = simulate(start.scorecard, start.features, changes.features, changes.ranges)
    return {
        "score": simulated.score,
        "band": simulated.band,
        "category": category_of(simulated.band),
        "delta": 0 if start.score is None else simulated.score - start.score,
        "confidence": simulated.confidence,
        "factors": factors(start.scorecard, simulated, text_in(language)),
        "ignored": changes.ignored,
    }


async def project_score(
    db: Reader,
    surveys: SurveyClient,
    scorecards: Scorecards,
    user_id: UUID,
    payload: ProjectIn,
    *,
    language: Language,
) -> dict[str, Any]:
    start = await _start(db, scorecards, user_id)
    changes = await _changes(db, surveys, user_id, payload, start)
    with _failures_named(payload):
        if start.score is None:  # what is given is where this person stands today
            start = replace(start, features=changed({}, changes.features), ranges=changes.ranges)
            changes = replace(changes, features={})
        projected = project(start.scorecard, start.features, changes.features, payload.months, start.ranges)
    return {
        "score": projected.today.score,
        "confidence": projected.today.confidence,
        "projection": [
            {"month": each.month, "simulated": each.simulated, "confLo": each.low, "confHi": each.high}
            for each in projected.path
        ],
        "summary": {
            "projected": projected.last.score,
            "confidence": round(100 * projected.last.confidence),
            "delta": projected.delta,
        },
        "assumptions": [{"code": code, "text": text_in(language)(code)} for code in projected.assumptions],
        "ignored": changes.ignored,
    }


async def plan_score(db: Reader, scorecards: Scorecards, user_id: UUID, payload: PlanIn) -> dict[str, Any]:
    start = await _start(db, scorecards, user_id)
    if start.score is None:
        raise ScoreNotFound
    for position, feature in enumerate(payload.fixed):
        if feature not in FEATURES:
            raise malformed(f"/fixed/{position}", "is no feature of this score")
    evaluation = evaluate(start.scorecard, start.features)
    found = plan(start.scorecard, start.features, evaluation, payload.target, payload.fixed)
    return {
        "target": found.target,
        "reachable": found.reachable,
        "score": found.score,
        "changes": [
            {"feature": each.feature, "from": each.value, "to": each.new_value, "points_gain": each.points_gain}
            for each in found.changes
        ],
        "why": found.why,
        "obstacles": found.obstacles,
    }


async def _start(db: Reader, scorecards: Scorecards, user_id: UUID) -> _Start:
    current = await scores_crud.find_current_score(db, user_id)
    if current is None:
        return _Start(scorecards.champion, {}, None)
    # The scorecard that gave the score, which after a promotion is not the champion: no change must give no change.
    return _Start(scorecard_of(scorecards, current), current.inputs, current.score, current.ranges or NO_RANGES)


async def _changes(db: Reader, surveys: SurveyClient, user_id: UUID, payload: SimulateIn, start: _Start) -> _Changes:
    if not payload.answers:
        changes = payload.changes or {}
        return _Changes(changes, ranges_kept(start.ranges, changes), [])
    answered = await changed_inputs(db, surveys, user_id, payload.answers)
    # What the facts no longer determine (the ratio to an income that is gone) is missing, as calculate would have it.
    after = {**dict.fromkeys(start.features), **answered.features}
    changes = {name: value for name, value in after.items() if value != start.features.get(name, ...)}
    ranges = {**ranges_kept(start.ranges, changes), **answered.ranges}
    return _Changes(changes, ranges, answered.ignored)


@contextmanager
def _failures_named(payload: SimulateIn) -> Iterator[None]:
    try:
        yield
    except InvalidFeaturesError as error:
        raise (refused(error) if payload.answers else refused(error, "changes")) from error
    except IncompleteError as error:
        # Whoever has a score has given everything that is needed.
        raise ScoreNotFound from error
