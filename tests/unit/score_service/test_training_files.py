"""The file a trainer is given: what is read of it, and what is said when nothing can be learned from it."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from score_service.scripts.train import main
from score_service.scripts.training.gmsc import COLUMNS, INCOME, OUTCOME, clean, read_gmsc
from tests.unit.score_service.test_trainer import population

HEADER = ",".join([OUTCOME, INCOME, *COLUMNS.values()]).encode()


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_a_file_is_read_by_its_column_names(tmp_path: Path, suffix: str) -> None:
    columns = population()
    names = ["", *reversed(columns)]
    rows = [",".join(["7"] + [_cell(columns[name][i]) for name in names[1:]]) for i in range(20)]
    text = "\n".join([",".join(f'"{name}"' for name in names), *rows]).encode()
    path = tmp_path / f"people{suffix}"
    path.write_bytes(gzip.compress(text) if suffix.endswith("gz") else text)
    sample = read_gmsc(path)
    expected = clean({name: column[:20] for name, column in columns.items()}, "")
    for name in COLUMNS:
        assert sample.values[name] == pytest.approx(expected.values[name], nan_ok=True)
    assert sample.bad.tolist() == expected.bad.tolist()


def _cell(value: float) -> str:
    return "NA" if np.isnan(value) else repr(float(value))


def test_a_file_without_a_column_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("SeriousDlqin2yrs,age\n1,40\n")
    with pytest.raises(ValueError, match="MonthlyIncome"):
        read_gmsc(path)


@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        (("outcomes.csv", b""), "columns not found"),
        (("outcomes.csv", HEADER), "no rows below the header"),
        (("outcomes.csv", HEADER + b"\n1,2\n1,2,3"), "columns"),
        (("outcomes.csv", HEADER + b"\n1" + b",1" * 10), "fewer than"),
        (("outcomes.csv.gz", b"not packed at all"), "Not a gzipped file"),
        (("outcomes.csv.gz", gzip.compress(b"cut " * 900, mtime=0)[:-9]), "ended before"),
        (("outcomes.csv", "caf\xe9".encode("latin-1")), "utf-8"),
    ],
)
def test_a_file_that_nothing_can_be_learned_from_is_named_and_nothing_is_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    file: tuple[str, bytes],
    complaint: str,
) -> None:
    name, content = file
    (tmp_path / name).write_bytes(content)
    assert complaint in refusal_of(tmp_path, name, monkeypatch, capsys)


def test_a_file_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "No such file or directory" in refusal_of(tmp_path, "nobody.csv", monkeypatch, capsys)


def refusal_of(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says of a file it cannot learn from, of which it writes nothing."""
    monkeypatch.setattr("sys.argv", ["train", "--data", str(folder / name), "--out", str(folder / "scorecards")])
    with pytest.raises(SystemExit):
        main()
    assert not (folder / "scorecards").exists()
    told = capsys.readouterr().err
    assert name in told
    return told
