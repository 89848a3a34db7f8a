"""Which factors moved a score: what each earned now and before."""

from collections.abc import Mapping
from typing import NamedTuple

MOST_MOVES = 3


class Move(NamedTuple):
    feature: str
    points: int


def moves(before: Mapping[str, int], now: Mapping[str, int]) -> tuple[Move, ...]:
    """The factors whose points changed, the largest change first; at most three.

    From `{"utilisation": 10, "lines": 20}` to `{"utilisation": 31, "lines": 16}`: utilisation by 21, lines by -4. A
    factor that is only on one side says nothing: another scorecard asked for it.
    """
    changed = [Move(name, points - before[name]) for name, points in now.items() if name in before]
    moved = sorted((each for each in changed if each.points), key=lambda each: -abs(each.points))
    return tuple(moved[:MOST_MOVES])
