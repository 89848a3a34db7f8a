"""Why many people's scores are not higher, with numpy: the same codes in the same order as `reasons` gives each."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from score_service.domain.reasons import MOST_REASONS, Measure, members_of
from score_service.domain.scorecard import Scorecard

Ints = NDArray[np.int64]


class PortfolioReasons:
    """Names the reasons of rows whose bins are known. Every list of codes that occurs is written once."""

    def __init__(self, scorecard: Scorecard) -> None:
        self._points = [np.array([*table.points, table.missing_points or 0]) for table in scorecard.tables]
        self._pairs = [(pair.given_position, pair.position, np.array(pair.points)) for pair in scorecard.pairs]
        groups = [members for _, members in members_of(scorecard, Measure.TO_RAISE)]
        # The first stands for no reason.
        self._codes = ["", *sorted({code for members in groups for member in members for code in member.codes})]
        numbers = {code: number for number, code in enumerate(self._codes)}
        self._groups = [
            [(each.position, each.best, np.array([numbers[code] for code in each.codes])) for each in members]
            for members in groups
        ]

    def name(self, bins: Sequence[Ints]) -> tuple[NDArray[np.intp], list[str]]:
        """Return which of the lists of codes each row has, and these lists.

        Who lost 48 points by late payments and 51 by utilisation has "utilisation_high.v1 payment_history.v1", and who
        lost none has "". A row without a score has any.
        """
        earned = [points.take(each) for points, each in zip(self._points, bins, strict=True)]
        for given, position, points in self._pairs:
            cells = bins[given] * points.shape[1] + bins[position]
            # A required answer nobody gave is in no pair; its row gets no score.
            earned[position] += points.take(cells, mode="clip")
        # One number a group: by it a larger loss comes first, then the earlier group, and it ends in the code.
        ranked = [
            np.where(loss > 0, (loss * len(self._groups) - place) * len(self._codes) + code, 0)
            for place, (loss, code) in enumerate(_group(members, earned, bins) for members in self._groups)
        ]
        keys = sum(
            each % len(self._codes) * len(self._codes) ** place for place, each in enumerate(_largest_first(ranked))
        )
        narrow = np.min_scalar_type(len(self._codes) ** MOST_REASONS - 1)  # sixteen bits are sorted in no time
        occurring, which = np.unique(np.asarray(keys, dtype=narrow), return_inverse=True)
        return which, [" ".join(self._codes_of(key)) for key in occurring.tolist()]

    def _codes_of(self, key: int) -> Iterator[str]:
        while key:
            key, number = divmod(key, len(self._codes))
            yield self._codes[number]


def _group(
    members: Sequence[tuple[int, float, Ints]], earned: Sequence[Ints], bins: Sequence[Ints]
) -> tuple[Ints, Ints]:
    """Return what a group lost, and the number of the code of the member that lost most, the first of several."""
    lost = [int(best) - earned[position] for position, best, _ in members]
    position, _, numbers = members[0]
    code, most = numbers.take(bins[position]), lost[0]
    for (position, _, numbers), loss in zip(members[1:], lost[1:], strict=True):
        code = np.where(loss > most, numbers.take(bins[position]), code)
        most = np.maximum(loss, most)
    return np.sum(lost, axis=0), code


def _largest_first(numbers: list[Ints]) -> list[Ints]:
    """Return the largest few of each row in order: neighbours change places, for all rows at once."""
    for place in range(MOST_REASONS):
        for other in range(len(numbers) - 1, place, -1):
            one, two = numbers[other - 1], numbers[other]
            numbers[other - 1], numbers[other] = np.maximum(one, two), np.minimum(one, two)
    return numbers[:MOST_REASONS]
