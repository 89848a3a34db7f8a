"""Following the logs of all processes at once, each line behind its process's name."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

POLL_S = 0.2
FIRST_LINES = 20


def follow(folder: Path) -> Iterator[str]:
    """The last lines of every log, then each new line as it is written; goes on for ever."""
    logs: dict[Path, Log] = {}
    while True:
        shown = []
        for path in sorted(folder.glob("*.log")):
            known = path in logs
            log = logs.setdefault(path, Log(path)) if not known else logs[path]
            lines = log.new_lines()
            shown += [f"{path.stem:<16} | {line}" for line in (lines if known else lines[-FIRST_LINES:])]
        yield from shown
        if not shown:
            time.sleep(POLL_S)


class Log:
    """One log that is being written to, and now and then moved away for a new one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open(errors="replace")
        self._partial = ""

    def new_lines(self) -> list[str]:
        lines = self._rest()
        if self._was_moved_away():
            self._file.close()
            self._file = self.path.open(errors="replace")
            lines += self._rest()
        return lines

    def _rest(self) -> list[str]:
        *lines, self._partial = (self._partial + self._file.read()).split("\n")
        return lines

    def _was_moved_away(self) -> bool:
        return self.path.exists() and self.path.stat().st_ino != os.fstat(self._file.fileno()).st_ino
