"""What a person can do, with what it is worth: only acts, never traits, and never borrowing for the score's sake."""

from functools import lru_cache
from typing import NamedTuple

from score_service.domain.evaluation import Evaluation
from score_service.domain.reasons import code_of
from score_service.domain.scorecard import Scorecard
from score_service.domain.texts import Text, english

# A reason without an entry is a fact of life, not an act: no card, no home loan, age, dependents.
_ACTS = {
    "payment_history.v1": "pay_on_time.v1",
    "utilisation_high.v1": "lower_utilisation.v1",
    "debt_ratio_high.v1": "lower_debt_ratio.v1",
    "debt_ratio_unknown.v1": "state_debt_ratio.v1",
    "mortgages_unknown.v1": "state_mortgages.v1",
    "lines_few.v1": "build_history.v1",
    "lines_many.v1": "fewer_lines.v1",
}


class Recommendation(NamedTuple):
    """One act. `points_gain` is what its features would earn at their best, everything else unchanged."""

    code: str
    title: str
    text: str
    points_gain: int


def recommendations(scorecard: Scorecard, evaluation: Evaluation, text: Text = english) -> tuple[Recommendation, ...]:
    """Return the acts that would earn points, most first.

    Utilisation at -6 points of a best 33 gives `lower_utilisation.v1` worth 39; three late counts that lost
    41, 0 and 30 points give one `pay_on_time.v1` worth 71.
    """
    gains: dict[str, int] = {}
    for position, (acts_of_table, bin_) in enumerate(zip(_acts_of(scorecard), evaluation.bins, strict=True)):
        act = acts_of_table[bin_]
        if act is not None:
            worth = scorecard.points_along(position, evaluation.bins)
            gains[act] = gains.get(act, 0) + max(worth) - worth[bin_]
    acts = sorted(((act, gain) for act, gain in gains.items() if gain), key=lambda item: -item[1])
    return tuple(Recommendation(act, text(f"{act}.title"), text(f"{act}.text"), gain) for act, gain in acts)


@lru_cache(maxsize=64)
def _acts_of(scorecard: Scorecard) -> tuple[tuple[str | None, ...], ...]:
    """For each table the act that helps in each of its bins: it depends on the artifact alone."""
    return tuple(
        tuple(_ACTS.get(code_of(table, bin_)) for bin_ in range(len(table.points) + 1)) for table in scorecard.tables
    )
