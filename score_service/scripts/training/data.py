"""A sample of people and outcomes, and reading one from a file."""

import gzip
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from score_service.scripts.training.terms import Declaration, Floats


@dataclass(frozen=True)
class Sample:
    """Rows to learn from: NaN is unknown, `bad` is 1 for the outcome; `values` may hold more than is declared."""

    declaration: Declaration
    values: dict[str, Floats]
    bad: NDArray[np.int64]
    sha256: str
    rows_dropped: int

    def __len__(self) -> int:
        return len(self.bad)

    def take(self, rows: NDArray[np.int64]) -> "Sample":
        """Return the sample of these rows alone."""
        values = {name: column[rows] for name, column in self.values.items()}
        return Sample(self.declaration, values, self.bad[rows], self.sha256, self.rows_dropped)


def read_columns(path: Path, needed: tuple[str, ...]) -> tuple[dict[str, Floats], str]:
    """Return the columns of a CSV file, plain or gzipped, and its sha256; `ValueError` names a column not there."""
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig").splitlines() or [""]
    header = [name.strip().strip('"') for name in lines[0].split(",")]
    absent = [name for name in needed if name not in header]
    if absent:
        raise ValueError(f"columns not found: {', '.join(absent)}")
    if len(lines) == 1:
        raise ValueError("there are no rows below the header")
    table = np.genfromtxt(lines[1:], delimiter=",", dtype=np.float64, ndmin=2)
    return {name: table[:, header.index(name)] for name in needed}, sha256(raw).hexdigest()
