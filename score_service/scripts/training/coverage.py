"""Does the interval hold? Hide answers that are known, and count how often the true score lies inside."""

from itertools import combinations

import numpy as np

from score_service.domain.evaluation import evaluate
from score_service.domain.scorecard import Scorecard
from score_service.domain.uncertainty import half_width
from score_service.scripts.training.data import Sample

PEOPLE = 10_000


def coverage(scorecard: Scorecard, sample: Sample) -> dict[str, float]:
    """Return the share of people whose score lies in the 90 % interval given without some of their answers.

    Every set of optional answers is hidden in turn, from evenly spaced people who gave all of them.
    """
    names = scorecard.feature_names
    complete = np.flatnonzero(np.all([~np.isnan(sample.values[name]) for name in names], axis=0))
    rows = complete[:: max(1, len(complete) // PEOPLE)]
    people = [{name: float(sample.values[name][row]) for name in names} for row in rows]
    scores = [evaluate(scorecard, person).score for person in people]
    optional = [name for name in names if not sample.declaration.features[name].required]
    hidden_sets = [hidden for size in range(1, len(optional) + 1) for hidden in combinations(optional, size)]
    return {", ".join(hidden): _share_inside(scorecard, people, scores, hidden) for hidden in hidden_sets}


def _share_inside(
    scorecard: Scorecard, people: list[dict[str, float]], scores: list[int], hidden: tuple[str, ...]
) -> float:
    inside = 0
    for person, score in zip(people, scores, strict=True):
        guess = evaluate(scorecard, {**person, **dict.fromkeys(hidden)}).score
        inside += abs(score - guess) <= half_width(scorecard, guess, hidden)
    return round(inside / len(people), 4)
