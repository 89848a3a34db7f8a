"""`/survey/admin/export`: every submitted answer, as CSV or XLSX."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from survey_service.domain.workbooks import read_first_sheet
from survey_service.services.exports import COLUMNS, RESPONSES_AT_ONCE, WORKBOOK_ANSWERS_MAX
from tests.integration.survey_service.respondent import COMPLETE, Respondent
from tests.support.callers import Caller, Keys
from tests.support.postgres import TestServer
from tests.support.services import RunningService, service_runner

FORMULA = '=HYPERLINK("http://x","=1")'
GROWTH_MAX_MB = 64

# People who submitted one answer to each of the first ten questions.
MANY = """
    WITH made AS (
        INSERT INTO responses (id, user_id, version, status, started_at, submitted_at)
        SELECT gen_random_uuid(), gen_random_uuid(), 1, 'complete', '2020-01-01Z', '2020-01-02Z'
        FROM generate_series(1, %s) RETURNING id
    )
    INSERT INTO answers (response_id, question_id, value)
    SELECT made.id, questions.id, '7' FROM made, questions
    WHERE version = 1 AND "order" <= (SELECT max("order") FROM (SELECT "order" FROM questions ORDER BY 1 LIMIT 10) ten)
"""


@pytest.fixture(scope="module")
def service(keys: Keys, postgres: TestServer) -> Iterator[RunningService]:
    with service_runner(keys, postgres) as run:
        yield run("survey_service")


@pytest.fixture
def export(service: RunningService, new_admin: Callable[[], Caller]) -> Callable[..., httpx.Response]:
    admin = new_admin()

    def get(query: str = "", language: str = "en") -> httpx.Response:
        headers = {**admin.headers, "Accept-Language": language}
        return service.client.get(f"/survey/admin/export?{query}", headers=headers)

    return get


@pytest.fixture(scope="module")
def people(service: RunningService, new_person: Callable[..., Caller]) -> list[Respondent]:
    """Two submissions of one person, one of another, and a draft."""
    people = [Respondent(service, new_person()) for _ in range(3)]
    people[0].submit({**COMPLETE, "goal": FORMULA, "debt_kinds": ["home", "car"]})
    people[1].submit(COMPLETE)
    people[0].submit({**COMPLETE, "goal": "a house"})
    people[2].save("monthly_income", 12_345)
    return people


def lines(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    if answer.headers["content-type"] == "text/csv; charset=utf-8":
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    return read_first_sheet(answer.content, rows_max=1_000, columns_max=len(COLUMNS))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_submitted_answer_is_a_line_and_no_draft_is(
    export: Callable[..., httpx.Response], people: list[Respondent], kind: str
) -> None:
    answer = export(f"format={kind}&from=2021-01-01T00:00:00Z")
    assert answer.headers["content-disposition"] == f'attachment; filename="answers.{kind}"'
    header, *rows = lines(answer)
    assert header == list(COLUMNS)
    assert len(rows) == 3 * len(COMPLETE) + 3
    assert "12345" not in {row[-1] for row in rows}
    told = [{row[5]: row[7] for row in rows if row[1] == str(each.caller.user_id)} for each in people]
    assert told[1] == {key: str(value) for key, value in COMPLETE.items()}
    assert told[2] == {}
    goals = [row[7] for row in rows if row[5] == "goal"]
    assert goals == [f"'{FORMULA}", "a house"]
    assert [row[7] for row in rows if row[5] == "debt_kinds"] == ["home; car"]
    stored = people[1].get("/survey/answers/me").json()
    assert [row[5] for row in rows if row[1] == str(people[1].caller.user_id)] == [each["key"] for each in stored]


def test_both_kinds_hold_the_same_and_speak_the_callers_language(
    export: Callable[..., httpx.Response], people: list[Respondent]
) -> None:
    since = "from=2021-01-01T00:00:00Z"
    answers = [export(f"format={kind}&{since}", "vi") for kind in ("csv", "xlsx")]
    assert lines(answers[0]) == lines(answers[1])
    assert {answer.headers["content-language"] for answer in answers} == {"vi"}
    asked = {each["key"]: each["question_text"] for each in people[0].get("/survey/questions").json()}
    english = {row[5]: row[6] for row in lines(export(since))[1:]}
    assert english == {key: asked[key] for key in english}
    assert english != {row[5]: row[6] for row in lines(answers[0])[1:]}


def test_a_period_and_a_version_narrow_it_down(export: Callable[..., httpx.Response], people: list[Respondent]) -> None:
    for nothing in ("version=2", "from=2999-01-01T00:00:00Z", "to=2019-01-01T00:00:00Z"):
        for kind in ("csv", "xlsx"):
            assert lines(export(f"{nothing}&format={kind}")) == [list(COLUMNS)]
    assert len(lines(export("version=1&from=2021-01-01T00:00:00Z&to=2999-01-01T00:00:00Z"))) > 1


def test_only_administrators_export_and_a_bad_query_is_named(
    service: RunningService, export: Callable[..., httpx.Response], new_person: Callable[..., Caller]
) -> None:
    assert service.client.get("/survey/admin/export").status_code == 401
    assert service.client.get("/survey/admin/export", headers=new_person().headers).status_code == 403
    for name, bad in {"format": "pdf", "version": "0", "from": "yesterday", "days": "7"}.items():
        refused = export(f"{name}={bad}")
        assert refused.status_code == 422
        assert [error["pointer"] for error in refused.json()["errors"]] == [f"/query/{name}"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a process's peak of memory from /proc")
def test_as_many_answers_as_a_workbook_holds_and_more_as_csv_cost_little_memory(
    service: RunningService, export: Callable[..., httpx.Response]
) -> None:
    responses = WORKBOOK_ANSWERS_MAX // 10
    assert responses % RESPONSES_AT_ONCE == 0, "the last page is full, and the one after it empty"
    service.sql(MANY, responses)
    before, query = peak_mb(service), "to=2021-01-01T00:00:00Z"
    assert export(f"{query}&format=xlsx").content.startswith(b"PK")
    service.sql(MANY, 1)
    refused = export(f"{query}&format=xlsx")
    assert (refused.status_code, refused.json()["code"]) == (409, "export_too_large")
    assert "50,010 answers" in refused.json()["detail"]
    assert len(lines(export(query))) == WORKBOOK_ANSWERS_MAX + 10 + 1
    assert peak_mb(service) - before <= GROWTH_MAX_MB


def peak_mb(service: RunningService) -> float:
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
