"""A figure as it is printed and kept: what was measured, what stood beside it in the same run, and the goal."""

from collections.abc import Callable
from dataclasses import astuple, dataclass

from tests.support.stack import Stack


@dataclass(frozen=True)
class Figure:
    id: str
    what: str
    ours: str
    beside: str
    result: str
    goal: str
    n: str

    def row(self) -> str:
        return f"| {' | '.join(astuple(self))} |"


HEAD = "| | What | Ours | Beside it | Result | Goal | n |\n|---|---|--:|--:|--:|---|---|"

Benchmark = Callable[[Stack], list[Figure]]
