"""The cheapest way to a target score: fewest features touched, then fewest bins moved, found exactly.

What features can win adds up, as no pair joins two that a plan may move; so the best a set of features can do in m
moves is a small table, built one feature at a time. Late counts are never part of a plan: only time clears them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from score_service.domain.bands import HIGHEST_SCORE, LOWEST_SCORE
from score_service.domain.evaluation import Evaluation
from score_service.domain.features import FEATURES, Features
from score_service.domain.scorecard import Scorecard, Table
from score_service.domain.simulation import simulate

Why = Literal["already_there", "found", "out_of_reach"]


@dataclass(frozen=True, slots=True)
class Change:
    """Move one feature from its value to another; `points_gain` is what that adds, `bins` how far it moves."""

    feature: str
    value: float
    new_value: float
    points_gain: int
    bins: int


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A feature that still costs `points` against its best value once everything that can be moved has been."""

    feature: str
    points: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The cheapest changes and the `score` they give; out of reach, the changes of the highest score there is.

    `obstacles` say why that is the highest, the costliest first: late payments that only time clears, what was fixed or
    is not known, and the part that a feature may not move.
    """

    target: int
    reachable: bool
    score: int
    changes: tuple[Change, ...]
    why: Why
    obstacles: tuple[Obstacle, ...] = ()


def plan(
    scorecard: Scorecard, features: Features, evaluation: Evaluation, target: int, fixed: Collection[str] = ()
) -> Plan:
    """Return the cheapest change set that reaches `target`, with equal costs the one with most points.

    At 700 with 39 points to win on utilisation and 21 on the debt ratio, a target of 730 takes utilisation alone
    (one feature), 755 both, 800 is out of reach and the plan then shows the way to 760. Features in `fixed` stay as
    they are. `ValueError` for a target outside 300..850.
    """
    if not LOWEST_SCORE <= target <= HIGHEST_SCORE:
        raise ValueError(f"target must be between {LOWEST_SCORE} and {HIGHEST_SCORE}")
    if evaluation.score >= target:
        return Plan(target, True, evaluation.score, (), "already_there")
    # Below 300 the clipped score hides how far away the target is.
    needed = target - evaluation.base_points - sum(evaluation.points)
    along = [scorecard.points_along(position, evaluation.bins) for position in range(len(scorecard.tables))]
    columns = zip(scorecard.tables, along, strict=True)
    offers = [offer for table, worth in columns if (offer := options(table, worth, features, fixed))]
    changes = _cheapest(offers, needed)
    found = changes is not None
    changes = changes if changes is not None else _best(offers)
    score = simulate(scorecard, features, {change.feature: change.new_value for change in changes}).score
    if found:
        return Plan(target, found, score, changes, "found")
    places = zip(scorecard.feature_names, along, evaluation.bins, strict=True)
    lost = {feature: max(worth) - worth[bin_] for feature, worth, bin_ in places}
    return Plan(target, found, score, changes, "out_of_reach", _obstacles(lost, changes))


def options(table: Table, worth: Sequence[int], features: Features, fixed: Collection[str] = ()) -> tuple[Change, ...]:
    """Return the moves of one feature that gain points, nearest first, each worth more than every nearer one.

    `worth` are the points by bin, as `Scorecard.points_along` gives them for this person. With edges 0.3 and 0.5
    worth 33, -6 and -25 points, a utilisation of 0.62 may go to 0.49 (19 points, one bin) or 0.29 (58 points, two
    bins). An unknown value has nowhere to move from.
    """
    feature, value = FEATURES[table.feature], features.get(table.feature)
    if value is None or table.feature in fixed or not feature.movable:
        return ()
    here = table.bin_of(value)
    moves: list[Change] = []
    for bin_ in sorted(range(len(table.points)), key=lambda b: (abs(b - here), b)):
        falls = bin_ < here
        gain = worth[bin_] - worth[here]
        if gain <= max((move.points_gain for move in moves), default=0):
            continue
        if not (feature.can_fall if falls else feature.can_rise):
            continue
        new_value = _nearest(table, bin_, falls, feature.step)
        if _allowed(table.feature, new_value, features):
            moves.append(Change(table.feature, value, new_value, gain, abs(bin_ - here)))
    return tuple(moves)


def _nearest(table: Table, bin_: int, falls: bool, step: float) -> float:
    """The value of a bin that is nearest when coming from above (one step under its upper edge) or from below."""
    return round(table.edges[bin_] - step, 2) if falls else table.edges[bin_ - 1]


def _allowed(feature: str, value: float, features: Features) -> bool:
    """Home loans are among the lines: no plan may close more accounts than are not home loans."""
    return feature != "lines" or value >= (features.get("mortgages") or 0)


def _cheapest(offers: list[tuple[Change, ...]], needed: int) -> tuple[Change, ...] | None:
    for size in range(1, len(offers) + 1):
        found = [
            (moves, -gain, number, changes)
            for number, chosen in enumerate(combinations(offers, size))
            for moves, (gain, changes) in _frontier(chosen).items()
            if gain >= needed
        ]
        if found:
            return min(found)[3]
    return None


def _frontier(chosen: tuple[tuple[Change, ...], ...]) -> dict[int, tuple[int, tuple[Change, ...]]]:
    """The most points for each number of moves, when every chosen feature moves."""
    best: dict[int, tuple[int, tuple[Change, ...]]] = {0: (0, ())}
    for offer in chosen:
        wider: dict[int, tuple[int, tuple[Change, ...]]] = {}
        for moves, (gain, changes) in best.items():
            for change in offer:
                total = gain + change.points_gain
                at = moves + change.bins
                if at not in wider or total > wider[at][0]:
                    wider[at] = (total, (*changes, change))
        best = wider
    return best


def _best(offers: list[tuple[Change, ...]]) -> tuple[Change, ...]:
    return tuple(offer[-1] for offer in offers)


def _obstacles(lost: Mapping[str, int], changes: Collection[Change]) -> tuple[Obstacle, ...]:
    """What is still lost of each feature's points after the changes: of 70 lost, a change that wins 58 leaves 12."""
    won = {change.feature: change.points_gain for change in changes}
    left = (Obstacle(feature, points - won.get(feature, 0)) for feature, points in lost.items())
    return tuple(sorted((each for each in left if each.points > 0), key=lambda each: -each.points))
