"""Why a score is not higher, in at most four reasons: each event named once, nothing named that cost nothing."""

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from score_service.domain.evaluation import Evaluation
from score_service.domain.features import FEATURES, Group
from score_service.domain.scorecard import Scorecard, Shape, Table
from score_service.domain.texts import Text, english

MOST_REASONS = 4


class Measure(StrEnum):
    """Against what a loss is measured: the best answer ("what would raise it") or the average one ("why below")."""

    TO_RAISE = "to_raise"
    BELOW_AVERAGE = "below_average"


class Reason(NamedTuple):
    """A group of features that cost points. `code` is versioned, `points` is what was lost, `features` who lost it."""

    code: str
    group: Group
    points: float
    features: tuple[str, ...]
    text: str


def reasons(
    scorecard: Scorecard, evaluation: Evaluation, measure: Measure = Measure.TO_RAISE, text: Text = english
) -> tuple[Reason, ...]:
    """Return the four groups that lost most, largest first; ties keep the scorecard's order.

    Late counts of 30, 60 and 90 days are one reason, because one bad spell shows in all three: losses of 48, 0 and 30
    points are "late payments, 78 points". The measure is max - points, or mean - points; a group that did not lose is
    never named.
    """
    lost: list[tuple[float, int, str, Group, tuple[str, ...]]] = []
    bins, earned = evaluation.bins, evaluation.points
    for group, members in members_of(scorecard, measure):
        losses = [best - earned[position] for position, best, _, _ in members]
        # A better-than-average table makes up for a worse one of its group; only the sum is a reason.
        points = sum(losses)
        if points > 0:
            code, features = _named(members, losses, bins)
            lost.append((-points, len(lost), code, group, features))
    lost.sort()
    return tuple(
        Reason(code, group, -loss, features, text(code)) for loss, _, code, group, features in lost[:MOST_REASONS]
    )


def _named(members: tuple["Member", ...], losses: list[float], bins: tuple[int, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the code of the member that lost most, and the features of all that lost."""
    position, _, codes, names = members[losses.index(max(losses))]
    if len(members) > 1:
        names = tuple(member.names[0] for member, loss in zip(members, losses, strict=True) if loss > 0)
    return codes[bins[position]], names


class Member(NamedTuple):
    """A table of a group: its place, the points a loss is measured against, and the code of losing in each bin."""

    position: int
    best: float
    codes: tuple[str, ...]
    names: tuple[str, ...]


@lru_cache(maxsize=64)
def members_of(scorecard: Scorecard, measure: Measure) -> tuple[tuple[Group, tuple[Member, ...]], ...]:
    """The tables of every group: it depends on the artifact alone, so it is worked out once."""
    groups: dict[Group, list[Member]] = {}
    for position, table in enumerate(scorecard.tables):
        best = table.highest if measure is Measure.TO_RAISE else table.mean_points
        codes = tuple(code_of(table, bin_) for bin_ in range(len(table.points) + 1))
        groups.setdefault(FEATURES[table.feature].group, []).append(Member(position, best, codes, (table.feature,)))
    return tuple((group, tuple(members)) for group, members in groups.items())


def code_of(table: Table, bin_: int) -> str:
    """Return the code for losing points in a bin: 14 lines where 9 are best is `lines_many.v1`, 1 is `lines_few.v1`."""
    group = FEATURES[table.feature].group
    if group is Group.PAYMENT_HISTORY:
        return "payment_history.v1"
    if bin_ == table.missing_bin:
        return "no_card.v1" if group is Group.UTILISATION else f"{table.feature}_unknown.v1"
    if table.shape is Shape.PEAKED and table.peak is not None:
        # A bin whose upper edge is at or below the peak lies on the rising side.
        rising = bin_ < len(table.edges) and table.edges[bin_] <= table.peak
        return _PEAKED_CODES[group][0 if rising else 1]
    return _CODES[group]


_CODES = {
    Group.UTILISATION: "utilisation_high.v1",
    Group.DEBT_RATIO: "debt_ratio_high.v1",
    Group.AGE: "age_young.v1",
    Group.DEPENDENTS: "dependents_many.v1",
}
_PEAKED_CODES = {
    Group.LINES: ("lines_few.v1", "lines_many.v1"),
    Group.MORTGAGES: ("mortgages_none.v1", "mortgages_several.v1"),
}
