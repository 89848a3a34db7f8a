"""A file of people comes back with their scores: CSV or Parquet, every row accounted for, in bounded memory."""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from score_service.domain.evaluation import evaluate
from score_service.domain.features import FEATURES, Value, clipped
from score_service.domain.portfolio_report import BadFile, Clipped, MalformedLine
from score_service.domain.reasons import reasons
from score_service.domain.scorecard import Scorecard
from score_service.scripts.score_portfolio import CHAMPION
from score_service.services import portfolio_files
from score_service.services.portfolio_files import score_file
from tests.support.services import ROOT
from tests.unit.score_service.conftest import Profiles
from tests.unit.score_service.test_portfolio import TYPICAL

HEADER = "customer,utilisation,late30,late60,late90,debt_ratio,lines,mortgages\n"


def score_csv(champion: Scorecard, folder: Path, text: str | bytes) -> tuple[Any, list[dict[str, str]]]:
    source, target = folder / "people.csv", folder / "scored.csv"
    source.write_bytes(text.encode() if isinstance(text, str) else text)
    report = score_file(champion, source, target)
    with target.open(newline="") as file:
        return report, list(csv.DictReader(file))


def test_a_file_keeps_its_columns_and_says_which_rows_are_bad(champion: Scorecard, tmp_path: Path) -> None:
    report, rows = score_csv(
        champion,
        tmp_path,
        HEADER
        + '"a, ""the first""",0.3,0,0,0,0.35,8,1\n'
        + "007,,0,0,0,,8,\n"
        + "c,0.3,,0,0,0.35,8,1\n"
        + "d,0.3, 0 ,zero,,inf,8,1\n",
    )
    assert [row["customer"] for row in rows] == ['a, "the first"', "007", "c", "d"]
    faults = [
        "late30 is empty",
        "late60 is not a number; late90 is empty; debt_ratio is not a number",
    ]
    assert [row["error"] for row in rows] == ["", "", *faults]
    assert (report.rows, report.unscored, report.faults) == (4, 2, list(zip((3, 4), faults, strict=True)))
    unknown = {**TYPICAL, "utilisation": None, "debt_ratio": None, "mortgages": None}
    for row, person in zip(rows, (TYPICAL, unknown), strict=False):
        evaluation = evaluate(champion, person)
        assert int(row["score"]) == evaluation.score
        assert float(row["probability_of_default"]) == evaluation.probability_of_default
        assert row["band"] == evaluation.band.value
        assert row["reasons"].split() == [reason.code for reason in reasons(champion, evaluation)]
    assert {row[name] for row in rows[2:] for name in ("score", "probability_of_default", "band", "reasons")} == {""}


def line_of(**changes: str) -> str:
    cells = {"customer": "a", **{name: f"{value:g}" for name, value in TYPICAL.items() if value is not None}, **changes}
    return ",".join(cells[name] for name in HEADER.strip().split(",")) + "\n"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"utilisation": "-0.01"}, "utilisation is negative"),
        ({"late30": "-1", "debt_ratio": "-1"}, "late30 is negative; debt_ratio is negative"),
        ({"late60": "0.5", "lines": "8.5"}, "late60 is not a whole number; lines is not a whole number"),
        ({"late30": "96", "late90": "98"}, "late30 is more than 20; late90 is more than 20"),
        ({"mortgages": "9"}, "mortgages is more than lines, among which they are counted"),
    ],
)
def test_what_nobody_can_have_is_no_score(
    champion: Scorecard, tmp_path: Path, changes: dict[str, str], error: str
) -> None:
    report, [row] = score_csv(champion, tmp_path, HEADER + line_of(**changes))
    assert (row["error"], row["score"], row["clipped"], report.unscored) == (error, "", "", 1)


def test_what_lies_beyond_a_bound_counts_as_the_bound_and_is_named(champion: Scorecard, tmp_path: Path) -> None:
    changes = {"late30": "20.0", "utilisation": "62", "debt_ratio": "7.5", "lines": "61"}
    at_the_bounds = {"utilisation": "2", "debt_ratio": "5", "lines": "60"}
    no_row = {"utilisation": "62", "late30": ""}
    text = HEADER + "".join(line_of(**each) for each in (changes, at_the_bounds, no_row, {"debt_ratio": ""}))
    report, rows = score_csv(champion, tmp_path, text)
    person = {**TYPICAL, **{name: clipped(name, float(cell)) for name, cell in changes.items()}}
    assert int(rows[0]["score"]) == evaluate(champion, person).score
    assert [row["clipped"] for row in rows] == ["utilisation debt_ratio lines", "", "", ""]
    counted = {name: (column.given, column.beyond) for name, column in report.clipped.items()}
    assert counted == {"utilisation": (3, 1), "debt_ratio": (2, 1), "lines": (3, 1), "mortgages": (3, 0)}


@pytest.mark.parametrize(("given", "beyond", "is_most"), [(9, 9, False), (10, 5, False), (10, 6, True), (0, 0, False)])
def test_of_ten_values_or_more_a_majority_beyond_the_bounds_is_another_unit(
    given: int, beyond: int, is_most: bool
) -> None:
    assert Clipped(given, beyond).is_most is is_most


def test_infinity_is_no_number_in_parquet_either(champion: Scorecard, tmp_path: Path) -> None:
    columns: dict[str, list[Value]] = {name: [TYPICAL[name]] * 2 for name in champion.feature_names}
    columns["debt_ratio"] = [float("inf"), 0.35]
    pq.write_table(pa.table(columns), tmp_path / "people.parquet")
    report = score_file(champion, tmp_path / "people.parquet", tmp_path / "scored.parquet")
    assert report.faults == [(1, "debt_ratio is not a number")]


def test_lines_that_are_no_rows_are_left_out_and_told_by_their_numbers(champion: Scorecard, tmp_path: Path) -> None:
    lines = ["a,0.3,0,0,0,0.35,8,1", "b,0.3,0", "c,0.3,x,0,0,0.35,8,1", "d,1,2,3,4,5,6,7,8,9", "e,0.3,0,,0,0.35,8,1"]
    report, rows = score_csv(champion, tmp_path, HEADER + "\n".join(lines))
    assert [row["customer"] for row in rows] == ["a", "c", "e"]
    assert report.malformed == [MalformedLine(2, 3, 8), MalformedLine(4, 10, 8)]
    assert report.faults == [(3, "late30 is not a number"), (5, "late60 is empty")]


def consistent(profile: dict[str, Value]) -> dict[str, Value]:
    """With no more home loans than loans."""
    lines, mortgages = profile["lines"], profile["mortgages"]
    return profile if lines is None or mortgages is None else {**profile, "mortgages": min(lines, mortgages)}


def test_parquet_and_csv_give_what_each_person_is_given(
    scorecard: Scorecard, create_profiles: Profiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio_files, "ROWS_AT_ONCE", 1_000)  # several pieces, and row groups that end within one
    people = [consistent(profile) for profile in create_profiles(4_321)]
    expected = [evaluate(scorecard, person).score for person in people]
    table = pa.table({name: [person[name] for person in people] for name in scorecard.feature_names})
    counts = [i for i, field in enumerate(table.schema) if field.name in {"late30", "lines", "mortgages"}]
    for i in counts:  # whole numbers, as a database would write them
        table = table.set_column(i, table.schema.field(i).name, table.column(i).cast(pa.int32()))
    pq.write_table(table, tmp_path / "people.parquet", row_group_size=777)
    for target in (tmp_path / "scored.parquet", tmp_path / "scored.csv"):
        report = score_file(scorecard, tmp_path / "people.parquet", target)
        assert (report.rows, report.unscored) == (len(people), 0)
    scored = pq.read_table(tmp_path / "scored.parquet")
    assert scored.column("score").to_pylist() == expected
    assert scored.select(table.column_names).equals(table)
    with (tmp_path / "scored.csv").open(newline="") as file:
        assert [int(row["score"]) for row in csv.DictReader(file)] == expected
    # And a CSV made of the same people, which may have as many digits as it likes.
    with (tmp_path / "people.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, scorecard.feature_names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(people)
    score_file(scorecard, tmp_path / "people.csv", tmp_path / "again.parquet")
    assert pq.read_table(tmp_path / "again.parquet").column("score").to_pylist() == expected


def test_nan_and_null_are_both_an_empty_cell(champion: Scorecard, tmp_path: Path) -> None:
    columns: dict[str, list[Value]] = {name: [TYPICAL[name]] * 3 for name in champion.feature_names}
    columns["utilisation"] = [None, float("nan"), 0.3]
    pq.write_table(pa.table(columns), tmp_path / "people.parquet")
    score_file(champion, tmp_path / "people.parquet", tmp_path / "scored.parquet")
    first, second, third = pq.read_table(tmp_path / "scored.parquet").column("score").to_pylist()
    assert first == second == evaluate(champion, {**TYPICAL, "utilisation": None}).score != third


def test_an_optional_column_that_is_not_there_is_unknown_for_everyone(champion: Scorecard, tmp_path: Path) -> None:
    _, rows = score_csv(champion, tmp_path, "late30,late60,late90,lines,utilisation\n0,0,0,8,0.3\n")
    expected = evaluate(champion, {**TYPICAL, "debt_ratio": None, "mortgages": None})
    assert int(rows[0]["score"]) == expected.score


@pytest.mark.parametrize(
    ("content", "message", "names"),
    [
        (b"late30,late60,lines\n0,0,1\n", "must have columns named {names}", "utilisation, late90"),
        (b"", "must be CSV in UTF-8, or Parquet", None),
        (HEADER.encode("utf-16"), "must be CSV in UTF-8, or Parquet", None),
        (HEADER.encode() + b"\xff\xfe,0,0,0,0,0,1,0\n", "must be CSV in UTF-8, or Parquet", None),
        (b"PAR1 and then nothing that Parquet would have", "must be CSV in UTF-8, or Parquet", None),
        (HEADER.replace("\n", ",lines\n").encode(), "must have each column once", "lines"),
        (HEADER.replace("\n", ",score\n").encode(), "must not have columns named {names}", "score"),
        (HEADER.replace(",", ";").encode() + b"a;0,3;0;0;0;0,35;8;1\n", "must separate its cells with commas", None),
        (HEADER.replace(",", "\t").encode(), "must separate its cells with commas", None),
    ],
)
def test_a_file_that_cannot_be_scored_says_why(
    champion: Scorecard, tmp_path: Path, content: bytes, message: str, names: str | None
) -> None:
    with pytest.raises(BadFile, match=message.replace("{", r"\{")) as refused:
        score_csv(champion, tmp_path, content)
    assert refused.value.values.get("names") == names


def test_a_column_of_dates_holds_no_numbers(champion: Scorecard, tmp_path: Path) -> None:
    columns = {name: [1] for name in champion.feature_names}
    table = pa.table({**columns, "lines": pa.array([0], pa.timestamp("s"))})
    pq.write_table(table, tmp_path / "people.parquet")
    with pytest.raises(BadFile) as refused:
        score_file(champion, tmp_path / "people.parquet", tmp_path / "scored.parquet")
    assert refused.value.values == {"name": "lines"}


def test_more_rows_than_allowed_are_refused(champion: Scorecard, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(HEADER + "a,0.3,0,0,0,0.35,8,1\n" * 11)
    with pytest.raises(BadFile) as refused:
        score_file(champion, tmp_path / "people.csv", tmp_path / "scored.csv", rows_max=10)
    assert refused.value.values == {"most": 10}


PEAK = """
import resource, sys
from pathlib import Path
from score_service.domain.artifact import load_scorecard
from score_service.services.portfolio_files import score_file
card, source, target = map(Path, sys.argv[1:])
score_file(load_scorecard(card.read_bytes()), source, target)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_of(rows: int, kind: str, card: Path, folder: Path) -> int:
    """The most memory, in KiB, that scoring so many rows takes a process of its own."""
    source = folder / f"{rows}.{kind}"
    names = ("utilisation", "late30", "late60", "late90", "debt_ratio", "lines", "mortgages")
    values = np.random.default_rng(1).random(200_000)
    schema = pa.schema([(name, pa.float64()) for name in names])
    with (pq.ParquetWriter if kind == "parquet" else pa_csv.CSVWriter)(source, schema) as writer:
        for _ in range(rows // 200_000):
            writer.write_table(pa.table({name: values.round() if FEATURES[name].whole else values for name in names}))
    command = [sys.executable, "-c", PEAK, str(card), str(source), str(folder / f"scored.{kind}")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_five_times_as_many_rows_take_no_more_memory(kind: str, tmp_path: Path) -> None:
    few, many = (peak_of(rows, kind, CHAMPION, tmp_path) for rows in (1_000_000, 5_000_000))
    # 4 million rows more are 224 MB of columns.
    assert many - few < 60_000


@pytest.mark.slow
def test_the_command_needs_no_settings_and_tells_of_every_bad_row(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(HEADER + "a,0.3,0,0,0,0.35,8,1\nb,,,,,,,\nc,0.3\nd,62,0,0,0,0.35,8,1\n")
    command = [sys.executable, "-m", "score_service.scripts.score_portfolio"]
    command += [str(tmp_path / "people.csv"), str(tmp_path / "scored.parquet")]
    nothing_else = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=nothing_else, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "line 3 is left out: it has 2 cells where the header has 8",
        "row 2 has no score: late30 is empty; late60 is empty; late90 is empty; lines is empty",
        "utilisation: 1 of 2 lie outside 0 to 2 and count as the bound",
        f"3 rows with {CHAMPION.stem}, 1 of them without a score",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["people.csv", "scored.csv"], "people.csv must have columns named utilisation, late30, late60, late90, lines"),
        (["people.csv", "people.csv"], "the scored file needs a name of its own"),
        (["people.csv", "./nowhere/../people.csv"], "the scored file needs a name of its own"),
        (["nobody.csv", "scored.csv"], "No such file or directory: 'nobody.csv'"),
        (["people.csv", "scored.csv", "--scorecard", "people.csv"], "people.csv is no scorecard"),
    ],
)
def test_the_command_says_what_is_wrong_and_leaves_what_it_read(
    tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    (tmp_path / "nowhere").mkdir()
    (tmp_path / "people.csv").write_text("a,b\n1,2\n")
    command = [sys.executable, "-m", "score_service.scripts.score_portfolio", *arguments]
    environment = {"PYTHONPATH": str(ROOT)}
    refused = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert complaint in refused.stderr
    assert "Traceback" not in refused.stderr
    assert (tmp_path / "people.csv").read_text() == "a,b\n1,2\n"
