"""What a score would be if some answers were different: the same function on other inputs, nothing else."""

from collections.abc import Collection, Mapping

from score_service.domain.evaluation import Evaluation, evaluate
from score_service.domain.features import Features, Value, validated
from score_service.domain.scorecard import Scorecard
from score_service.domain.uncertainty import NO_RANGES, Ranges


def simulate(
    scorecard: Scorecard, features: Features, changes: Mapping[str, object], ranges: Ranges = NO_RANGES
) -> Evaluation:
    """Return the evaluation of `features` with the absolute values in `changes` put in their place.

    No change gives the score itself; `{"utilisation": 0.05}` for someone who earned -6 points with 0.31, where 0.05
    earns 33, gives 39 points more. Raises `InvalidFeaturesError` for changes no one can have, and `IncompleteError`
    where required features are still absent. `ranges` are those after the changes.
    """
    return evaluate(scorecard, changed(features, changes), ranges)


def changed(features: Features, changes: Mapping[str, object]) -> dict[str, Value]:
    """Return `features` after `changes`, which are checked on their own and against the rest.

    Someone with 3 lines may not be given 4 mortgages: `InvalidFeaturesError`, code `exceeds_lines`.
    """
    new = validated(changes)
    # Stored answers were accepted once; only what touches a change is held against it now.
    pair = {name: {**features, **new}.get(name) for name in ("lines", "mortgages")}
    if new.keys() & pair.keys():
        validated({name: value for name, value in pair.items() if value is not None})
    return {**features, **new}


def ranges_kept(ranges: Ranges, changes: Collection[str]) -> Ranges:
    """Return the ranges of the answers that stay: what is given anew says itself whether it names a band."""
    return {name: ends for name, ends in ranges.items() if name not in changes}
