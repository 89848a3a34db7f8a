"""What came of a campaign: said in every run, and kept in a table beside its tests when it ran in full size."""

import os
import time
from pathlib import Path


class Results:
    """`Results("FAULTS", folder)`: with FAULTS=full campaigns are at full size and write the folder's RESULTS.md."""

    def __init__(self, variable: str, folder: Path) -> None:
        self.full = os.environ.get(variable) == "full"
        self._file = folder / "RESULTS.md"

    def report(self, campaign: str, what: str) -> None:
        """One line each; the line of an earlier run is replaced."""
        print(f"{campaign}: {what}")  # noqa: T201
        if self.full:
            lines = [line for line in self._file.read_text().splitlines() if not line.startswith(f"| {campaign} |")]
            self._file.write_text("\n".join([*lines, f"| {campaign} | {time.strftime('%Y-%m-%d')} | {what} |"]) + "\n")
