"""Importing XLSX workbooks: known by their content, and refused before they cost anything (S9)."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from survey_service.domain.catalogue_rows import COLUMNS
from tests.support.callers import Caller
from tests.support.services import RunningService
from tests.unit.survey_service.test_workbooks import SAMPLE
from tests.unit.survey_service.workbook_files import BOMBS, workbook

SECONDS_MAX, GROWTH_MAX_MB = 2.0, 64


@pytest.fixture
def upload(survey_service: RunningService, new_admin: Callable[[], Caller]) -> Callable[..., httpx.Response]:
    admin = new_admin()

    def send(content: bytes, name: str = "questions.xlsx") -> httpx.Response:
        path, file = "/survey/admin/import-questions", {"file": (name, content, "application/octet-stream")}
        return survey_service.client.post(path, files=file, headers=admin.headers)

    return send


def drafts(service: RunningService) -> int:
    return int(service.sql("SELECT count(*) FROM versions")[0][0])


def cpu_seconds(service: RunningService) -> float:
    """What the service has worked until now, which is less than the time that passed where others work too."""
    times = psutil.Process(service.process.pid).cpu_times()
    return float(times.user + times.system)


def peak_mb(service: RunningService) -> float:
    """The most memory the service ever held."""
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@pytest.mark.parametrize("name", ["questions.xlsx", "questions.csv", "../../etc/passwd", "no name"])
def test_a_workbook_is_imported_as_its_csv_is_whatever_it_is_called(
    upload: Callable[..., httpx.Response], name: str
) -> None:
    made = upload(workbook(csv.reader(io.StringIO(SAMPLE.decode("utf-8-sig")))), name)
    assert made.status_code == 201, made.text
    assert {**made.json(), "version": 0} == {**upload(SAMPLE, name).json(), "version": 0}


def test_a_formula_is_refused_by_its_place_and_nothing_is_stored(
    survey_service: RunningService, upload: Callable[..., httpx.Response]
) -> None:
    before = drafts(survey_service)
    refused = upload(workbook([COLUMNS, ["a", "=1+1"]]))
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"pointer": "/file", "message": "must not have formulas; B2 is one"}]
    assert drafts(survey_service) == before


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a process's peak of memory from /proc")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_soon_and_in_little_memory_and_stores_nothing(
    survey_service: RunningService, upload: Callable[..., httpx.Response], name: str
) -> None:
    content = BOMBS[name]()
    upload(workbook([COLUMNS, ["a"]]))
    before, peak = drafts(survey_service), peak_mb(survey_service)
    worked = cpu_seconds(survey_service)
    refused = upload(content)
    assert refused.status_code == 422, refused.text
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/file"]
    assert cpu_seconds(survey_service) - worked <= SECONDS_MAX
    assert peak_mb(survey_service) - peak <= GROWTH_MAX_MB
    assert drafts(survey_service) == before
