"""Waiting for a stack: it ends when all is ready, and otherwise says which part is not and what its log says."""

from pathlib import Path
from typing import Any, cast

import pytest

from local_stack import readiness
from local_stack.errors import StackError
from local_stack.layout import Layout
from local_stack.supervisor import Supervisor


class FakeSupervisor:
    """One process, started anew at each look when it is `dying`."""

    def __init__(self, *, dying: bool) -> None:
        self.dying = dying
        self.looks = 0

    def processes(self) -> list[dict[str, Any]]:
        self.looks += 1
        return [{"name": "user_service", "start": self.looks if self.dying else 1}]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "user_service.log").write_text("".join(f"line {number}\n" for number in range(30)))
    return Layout(tmp_path)


def wait(layout: Layout, supervisor: FakeSupervisor, check: readiness.Check, limit_s: float = 5) -> None:
    readiness.wait_until_ready(layout, cast("Supervisor", supervisor), {"user_service": check}, limit_s)


def test_it_ends_when_everything_is_ready(layout: Layout) -> None:
    answers = iter([False, False, True])
    wait(layout, FakeSupervisor(dying=False), lambda: next(answers))


def test_a_part_that_keeps_dying_is_named_with_the_end_of_its_log(layout: Layout) -> None:
    with pytest.raises(StackError) as failure:
        wait(layout, FakeSupervisor(dying=True), lambda: False)
    lines = str(failure.value).splitlines()
    assert lines[0] == f"user_service keeps stopping. The end of {layout.log('user_service')} says:"
    assert lines[1:] == [f"  line {number}" for number in range(18, 30)]


def test_a_part_that_takes_too_long_is_named_too(layout: Layout) -> None:
    with pytest.raises(StackError, match="user_service was not ready after 0 seconds"):
        wait(layout, FakeSupervisor(dying=False), lambda: False, limit_s=0.2)
