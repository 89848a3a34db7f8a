"""Waiting for a stack: it ends when all is ready, and otherwise says which part is not and what its log says."""

from pathlib import Path
from typing import Any, cast

import pytest

from local_stack import readiness
from local_stack.errors import StackError
from local_stack.supervisor import Supervisor


class FakeSupervisor:
    """One process, started anew at each look when it is `dying`."""

    def __init__(self, log: Path, *, dying: bool) -> None:
        self.log, self.dying = log, dying
        self.looks = 0

    def processes(self) -> list[dict[str, Any]]:
        self.looks += 1
        start = self.looks if self.dying else 1
        return [{"name": "user_service", "start": start, "stdout_logfile": str(self.log)}]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    log = tmp_path / "user_service-0.log"
    log.write_text("".join(f"line {number}\n" for number in range(30)))
    return log


def wait(supervisor: FakeSupervisor, check: readiness.Check, limit_s: float = 5) -> None:
    readiness.wait_until_ready(cast("Supervisor", supervisor), {"user_service": check}, limit_s)


def test_it_ends_when_everything_is_ready(log: Path) -> None:
    answers = iter([False, False, True])
    wait(FakeSupervisor(log, dying=False), lambda: next(answers))


def test_a_part_that_keeps_dying_is_named_with_the_end_of_its_log(log: Path) -> None:
    with pytest.raises(StackError) as failure:
        wait(FakeSupervisor(log, dying=True), lambda: False)
    lines = str(failure.value).splitlines()
    assert lines[0] == f"user_service keeps stopping. The end of {log} says:"
    assert lines[1:] == [f"  line {number}" for number in range(18, 30)]


def test_a_part_that_takes_too_long_is_named_too(log: Path) -> None:
    with pytest.raises(StackError, match="user_service was not ready after 0 seconds"):
        wait(FakeSupervisor(log, dying=False), lambda: False, limit_s=0.2)
