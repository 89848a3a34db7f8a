"""A decision's record, and what a replay finds: the same inputs under the same artifact give the same record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from score_service.domain.evaluation import Evaluation
from score_service.domain.scorecard import Scorecard


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is stored otherwise than it is computed, by its JSON pointer in the record; None: not there."""

    pointer: str
    stored: Any
    recomputed: Any


def record_of(scorecard: Scorecard, evaluation: Evaluation) -> dict[str, Any]:
    """Return everything of a decision that its inputs and its artifact settle, as it is stored."""
    names = scorecard.feature_names
    return {
        "score": evaluation.score,
        "base_points": evaluation.base_points,
        "bins": dict(zip(names, evaluation.bins, strict=True)),
        "points": dict(zip(names, evaluation.points, strict=True)),
        "probability_of_default": evaluation.probability_of_default,
        "confidence": evaluation.confidence,
        "model_version": scorecard.version,
        "artifact_sha256": scorecard.sha256,
    }


def differences(stored: Mapping[str, Any], recomputed: Mapping[str, Any], place: str = "") -> Iterator[Difference]:
    """Yield what differs, to the last digit: 640 stored where 641 is computed is `("/score", 640, 641)`."""
    for name in dict.fromkeys((*recomputed, *stored)):
        pointer = f"{place}/{name}"
        old, new = stored.get(name), recomputed.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from differences(old, new, pointer)
        elif old != new:
            yield Difference(pointer, old, new)


def unusable(inputs: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names of stored inputs that are neither a number nor null, which no calculation ever stores."""
    return tuple(name for name, value in inputs.items() if not (value is None or type(value) in (int, float)))
