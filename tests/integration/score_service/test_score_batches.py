"""`POST /scores/admin/batch`: a file of people comes back with the scores each of them would be given."""

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.integration.score_service.borrower import FEATURES, Borrower
from tests.support.callers import Caller
from tests.support.services import RunningService

PATH = "/scores/admin/batch"
NAMES = list(FEATURES)

Upload = Callable[..., httpx.Response]


@pytest.fixture
def upload(scoring: RunningService, new_admin: Callable[[], Caller]) -> Upload:
    headers = new_admin().headers
    return lambda content, **query: scoring.client.post(PATH, files={"file": content}, params=query, headers=headers)


def csv_of(*people: dict[str, Any], header: list[str] = NAMES) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, header)
    writer.writeheader()
    writer.writerows(people)
    return text.getvalue().encode()


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_csv_comes_back_as_a_csv_with_the_score_that_a_calculation_gives(upload: Upload, borrower: Borrower) -> None:
    people = [FEATURES, {**FEATURES, "utilisation": 0.9999999, "late90": 2}, {**FEATURES, "utilisation": None}]
    answer = upload(csv_of(*people))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="scored.csv"'
    for row, person in zip(rows_of(answer), people, strict=True):
        score = borrower.calculate(**person)
        assert (int(row["score"]), row["band"], row["error"]) == (score["current_score"], score["band"], "")
        assert float(row["probability_of_default"]) == score["probability_of_default"]
        assert row["reasons"].split() == [reason["code"] for reason in score["reasons"]]
        assert {name: row[name] for name in NAMES} == {n: "" if person[n] is None else str(person[n]) for n in NAMES}


def test_parquet_comes_back_as_parquet(upload: Upload, borrower: Borrower) -> None:
    people = pa.table({"customer": ["a", "b"], **{name: [value, value] for name, value in FEATURES.items()}})
    file = io.BytesIO()
    pq.write_table(people, file)
    answer = upload(file.getvalue())
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    scored = pq.read_table(io.BytesIO(answer.content))
    assert scored.select(people.column_names).equals(people)
    assert scored.column("score").to_pylist() == [borrower.calculate()["current_score"]] * 2


def test_any_scorecard_that_is_shipped_may_be_asked(upload: Upload) -> None:
    person = {**FEATURES, "age": 70, "dependents": 0}
    file = csv_of(person, header=list(person))
    champion, challenger = (rows_of(upload(file, **query)) for query in ({}, {"model_version": "gmsc-9f-2026.11.3"}))
    assert champion[0]["score"] != challenger[0]["score"]
    answer = upload(file, model_version="gmsc-1f")
    assert (answer.status_code, answer.json()["code"]) == (404, "model_not_found")


def test_a_row_that_cannot_be_scored_says_why_and_the_others_are(upload: Upload) -> None:
    rows = rows_of(upload(csv_of(FEATURES, {**FEATURES, "late30": "often", "lines": None}, FEATURES)))
    assert [row["error"] for row in rows] == ["", "late30 is not a number; lines is empty", ""]
    assert [row["score"] == "" for row in rows] == [False, True, False]


def test_a_column_in_percent_is_refused_by_name_and_one_overdrawn_person_is_not(upload: Upload) -> None:
    in_percent = [{**FEATURES, "utilisation": percent} for percent in (0, 1, 5, 31, 62, 44, 9, 88, 97, 12)]
    answer = upload(csv_of(*in_percent))
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_request")
    assert answer.json()["errors"] == [
        {
            "pointer": "/columns/utilisation",
            "message": "must lie between 0 and 2, and most of its values do not; 62% is written 0.62",
        }
    ]
    rows = rows_of(upload(csv_of({**FEATURES, "utilisation": 3.5}, *[FEATURES] * 10)))
    assert [row["clipped"] for row in rows] == ["utilisation"] + [""] * 10


@pytest.mark.parametrize(
    ("content", "pointer", "message"),
    [
        (b"late30,lines\n0,1\n", "/file", "must have columns named utilisation, late60, late90"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "/file", "must be CSV in UTF-8, or Parquet"),
        (b"PAR1PAR1", "/file", "must be CSV in UTF-8, or Parquet"),
        (csv_of(FEATURES) + b"1,2\n", "/rows/2", "must have as many cells as the header: 7, not 2"),
    ],
)
def test_a_bad_file_is_a_problem_that_names_what_is_wrong(
    upload: Upload, content: bytes, pointer: str, message: str
) -> None:
    answer = upload(content)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_request")
    assert answer.json()["errors"] == [{"pointer": pointer, "message": message}]


def test_no_file_and_a_file_beyond_the_limit_are_refused(
    upload: Upload, scoring: RunningService, new_admin: Callable[[], Caller]
) -> None:
    answer = scoring.client.post(PATH, headers=new_admin().headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/file")
    assert upload(b"x" * 10_000_001).status_code == 413


def test_a_million_rows_fit_into_a_small_upload(upload: Upload) -> None:
    """The most that is allowed, in the format that packs it best, within the limits of the process that scores."""
    rows = 1_000_000
    file = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([value] * rows, pa.float64()) for name, value in FEATURES.items()}), file)
    scored = pq.read_table(io.BytesIO(upload(file.getvalue()).content))
    assert (scored.num_rows, len(scored.column("score").unique())) == (rows, 1)


def bomb() -> bytes:
    """Some kilobytes that unpack to 400 GB: one long text, a hundred thousand times."""
    rows = 100_000
    long_text = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * 4_000_000])
    columns = {name: pa.array([1.0] * rows) for name in NAMES}
    file = io.BytesIO()
    pq.write_table(pa.table({**columns, "long": long_text}), file, compression="zstd", store_schema=False)
    return file.getvalue()


def test_a_bomb_ends_its_own_process_and_the_service_goes_on(upload: Upload, scoring: RunningService) -> None:
    content = bomb()
    assert len(content) < 1_000_000
    assert upload(csv_of(FEATURES)).status_code == 200  # whatever is loaded once is loaded
    service = psutil.Process(scoring.process.pid)
    before = service.memory_info().rss
    answer = upload(content)
    assert (answer.status_code, answer.json()["code"]) == (413, "portfolio_too_large")
    assert service.memory_info().rss - before < 64 * 2**20
    assert not [each.path for each in service.memory_maps() if "arrow" in each.path or "numpy" in each.path]
    assert upload(csv_of(FEATURES)).status_code == 200


def test_of_two_files_at_once_one_is_told_to_wait_and_people_are_not_held_up(
    upload: Upload, borrower: Borrower
) -> None:
    file = csv_of(*[FEATURES] * 200_000)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(upload, file) for _ in range(2)]
        scores = [borrower.calculate()["current_score"]]
        while not all(each.done() for each in both):
            scores.append(borrower.calculate()["current_score"])
    answers = sorted((each.result() for each in both), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200, 503]
    assert answers[1].headers["retry-after"] == "5"
    assert {row["score"] for row in rows_of(answers[0])} == {str(scores[0])}
    assert len(scores) > 3


def test_portfolios_are_for_administrators(borrower: Borrower) -> None:
    for headers, status in ((borrower.caller.headers, 403), ({}, 401)):
        answer = borrower.service.client.post(PATH, files={"file": csv_of(FEATURES)}, headers=headers)
        assert answer.status_code == status
