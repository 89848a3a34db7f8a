"""Rows of a table that takes long, kept as soon as each is measured: a run that was stopped goes on where it was."""

import re
import shutil
from pathlib import Path

import numpy as np

from benchmarks.model_plots import Curve

FOLDER = Path("drafts") / "measured"


class Kept:
    """The rows of one file of people; `clear` them when the table is whole, so that the next run measures anew."""

    def __init__(self, digest: str) -> None:
        self._folder = FOLDER / digest[:12]

    def read(self, title: str) -> tuple[Curve, str] | None:
        """Return a model's curve and lines of the table, or nothing when it has not been measured."""
        path = self._path(title)
        if not path.exists():
            return None
        with np.load(path) as kept:
            name, lines = kept["texts"].tolist()
            auc, error = kept["figures"].tolist()
            return Curve(name, auc, error, kept["probabilities"]), lines

    def write(self, title: str, curve: Curve, lines: str) -> None:
        """Keep a model's row."""
        self._folder.mkdir(parents=True, exist_ok=True)
        figures = np.array([curve.auc, curve.calibration_error])
        np.savez(self._path(title), figures=figures, probabilities=curve.probabilities, texts=[curve.title, lines])

    def clear(self) -> None:
        """Forget all rows."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, title: str) -> Path:
        return self._folder / f"{re.sub('[^a-z0-9]+', '-', title.lower())}.npz"
