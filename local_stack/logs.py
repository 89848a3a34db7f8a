"""Following the logs of all processes at once, each line behind its process's name."""

import os
import time
from collections.abc import Generator
from pathlib import Path

POLL_S = 0.2
FIRST_LINES = 20


def follow(folder: Path) -> Generator[str, None, None]:
    """The last lines of every log, then each new line as it is written; goes on for ever."""
    logs: dict[Path, Log] = {}
    try:
        while True:
            shown = [line for path in sorted(folder.glob("*.log")) for line in _new_lines(logs, path)]
            yield from shown
            if not shown:
                time.sleep(POLL_S)
    finally:
        for log in logs.values():
            log.close()


def _new_lines(logs: "dict[Path, Log]", path: Path) -> list[str]:
    known = path in logs
    if not known:
        logs[path] = Log(path)
    lines = logs[path].new_lines()
    return [f"{path.stem:<16} | {line}" for line in (lines if known else lines[-FIRST_LINES:])]


class Log:
    """One log that is being written to, and now and then moved away for a new one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open(errors="replace")
        self._partial = ""

    def close(self) -> None:
        self._file.close()

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
