"""Was a stored score what its scorecard gives? Recomputed from its own row, and compared to the last digit."""

from typing import Any
from uuid import UUID

from score_service.core.problems import ArtifactNotShipped, InputsNotReplayable
from score_service.crud import replays as replays_crud
from score_service.domain.evaluation import Evaluation, evaluate
from score_service.domain.features import Features, IncompleteError
from score_service.domain.replay import differences, record_of, unusable
from score_service.domain.scorecard import Scorecard
from score_service.domain.uncertainty import NO_RANGES, Ranges
from score_service.services.scorecards import Scorecards
from score_service.services.scores import shadow_of
from service_kit.database import Reads


async def replay_score(db: Reads, scorecards: Scorecards, score_id: UUID) -> dict[str, Any]:
    stored = await replays_crud.get_score(db, score_id)
    scorecard = scorecards.by_sha256.get(stored.artifact_sha256)
    if scorecard is None:
        raise ArtifactNotShipped(model_version=stored.model_version, artifact_sha256=stored.artifact_sha256)
    evaluation = _evaluated(scorecard, stored.inputs, stored.ranges or NO_RANGES)
    challenger = _challenger_of(stored, scorecards)
    shadow = {} if challenger is None else shadow_of(challenger, stored.inputs)
    recomputed = {**record_of(scorecard, evaluation), **shadow}
    record = {name: stored._mapping[name] for name in recomputed}
    found = list(differences(record, recomputed))
    return {
        **stored._mapping,
        "challenger_replayed": challenger is not None,
        "equal": not found,
        "differences": found,
    }


def _challenger_of(stored: Any, scorecards: Scorecards) -> Scorecard | None:
    """The scorecard that scored beside it, by its hash; by its name where the hash is none of ours, and so differs."""
    by_hash = scorecards.by_sha256.get(stored.challenger_sha256)
    return by_hash or scorecards.by_version.get(stored.challenger_version)


def _evaluated(scorecard: Scorecard, inputs: Features, ranges: Ranges) -> Evaluation:
    if damaged := unusable(inputs):
        raise InputsNotReplayable(damaged)
    try:
        return evaluate(scorecard, inputs, ranges)
    except IncompleteError as error:
        raise InputsNotReplayable(error.missing) from error
