"""What came of a campaign: said in every run, and kept in a table beside its tests when it ran in full size."""

import os
import re
import time
from pathlib import Path


class Results:
    """`Results("FAULTS", folder)`: with FAULTS=full campaigns are at full size and write the folder's RESULTS.md."""

    def __init__(self, variable: str, folder: Path) -> None:
        self.full = os.environ.get(variable) == "full"
        self._file = folder / "RESULTS.md"

    def report(self, campaign: str, what: str) -> None:
        """One line each, in the order of their ids; the line of an earlier run is replaced."""
        print(f"{campaign}: {what}")  # noqa: T201
        if self.full:
            lines = self._file.read_text().splitlines()
            rows = [line for line in lines if re.match(r"\| \w\d", line) and not line.startswith(f"| {campaign} |")]
            rows.append(f"| {campaign} | {time.strftime('%Y-%m-%d')} | {what} |")
            head = lines[: lines.index("|---|---|---|") + 1]
            self._file.write_text("\n".join([*head, *sorted(rows, key=_place)]) + "\n")


def _place(row: str) -> tuple[int, str]:
    return int(re.findall(r"\d+", row)[0]), row
