"""`GET /scores/{user_id}/report.pdf`: what the wire says, on paper, in three languages, the same bytes each time."""

import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil
import pytest
from babel.dates import format_date
from pypdfium2 import PdfDocument

from service_kit.languages import LANGUAGES, read_texts
from tests.integration.score_service.borrower import FEATURES, Borrower, NewBorrower
from tests.support.callers import Caller
from tests.support.services import RunService
from tests.support.waiting import patiently

TEXTS = read_texts("score_service")
ENDS = datetime.now(UTC).date() + timedelta(days=90)
POOR = {"utilisation": 1.4, "late30": 3, "late60": 2, "late90": 2, "debt_ratio": 3.2, "lines": 1, "mortgages": 0}


def report(borrower: Borrower, language: str = "en", user_id: Any = "me") -> httpx.Response:
    headers = {**borrower.caller.headers, "Accept-Language": language}
    return borrower.service.client.get(f"/scores/{user_id}/report.pdf", headers=headers)


def words(answer: httpx.Response) -> str:
    """The text of the pages without any space, since a line may end anywhere."""
    assert answer.status_code == 200, answer.text
    text = "".join(page.get_textpage().get_text_bounded() for page in PdfDocument(answer.content))
    return "".join(unicodedata.normalize("NFC", text).split())


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_says_what_the_wire_says_in_the_reader_s_language(borrower: Borrower, language: str) -> None:
    borrower.calculate()
    borrower.calculate(**POOR)
    headers = {**borrower.caller.headers, "Accept-Language": language}
    score, page = (
        borrower.service.client.get(f"/scores/me{path}", headers=headers).json() for path in ("", "/factors")
    )
    answer = report(borrower, language)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="credit-score-report.pdf"'
    assert answer.headers["content-language"] == language
    text = words(answer)
    band = TEXTS[language].say({"poor": "Poor"}[score["band"]])
    wanted = [str(score["current_score"]), band, score["model_version"], *map(str, score["interval"])]
    wanted += [each["name"] for each in score["factors"]] + [each["text"] for each in score["reasons"]]
    wanted += [each[part] for each in page["recommendations"] for part in ("title", "text")]
    assert len(score["reasons"]) == 4
    assert [each for each in wanted if squeezed(each) not in text] == []
    assert len(PdfDocument(answer.content)) == 2


def test_the_same_score_gives_the_same_bytes_on_every_replica(borrower: Borrower, run_service: RunService) -> None:
    borrower.calculate()
    other = run_service("score_service", borrower.service.database_url)
    path, headers = "/scores/me/report.pdf", borrower.caller.headers
    there = other.client.get(path, headers=headers).content
    assert there == report(borrower).content == report(borrower).content
    assert report(borrower, "vi").content != there
    borrower.calculate()
    assert report(borrower).content != there


def test_letters_are_embedded_and_few_that_are_not_needed(borrower: Borrower) -> None:
    borrower.calculate()
    for language in LANGUAGES:
        answer = report(borrower, language)
        assert answer.content.count(b"/FontFile3") == answer.content.count(b"/FontDescriptor ") == 1
        assert "\ufffd" not in words(answer)
        assert len(answer.content) < 100_000


def test_an_administrator_s_number_is_on_paper_as_what_it_is(
    borrower: Borrower, new_admin: Callable[[], Caller]
) -> None:
    own = borrower.calculate()["current_score"]
    body = {
        "user_id": str(borrower.user_id),
        "score": 801,
        "reason": "So it is.",
        "expires_at": f"{ENDS:%Y-%m-%dT12:00:00Z}",
    }
    admin = new_admin()
    made = borrower.service.client.post("/scores/admin/overrides", json=body, headers=admin.headers)
    assert made.status_code == 201
    text = words(report(borrower))
    said = (
        f"An administrator's decision stands in place of the scorecard's {own} until {format_date(ENDS, locale='en')}."
    )
    assert squeezed(said) in text
    assert "801Exceptional" in text


def test_there_is_no_report_before_the_first_score(borrower: Borrower) -> None:
    answer = report(borrower)
    assert (answer.status_code, answer.json()["code"]) == (404, "score_not_found")


def test_somebody_else_s_report_is_not_there_and_an_administrator_may_read_it(
    borrower: Borrower, new_borrower: NewBorrower, new_admin: Callable[[], Caller]
) -> None:
    borrower.calculate()
    stranger = new_borrower()
    stranger.calculate()
    assert report(stranger, user_id=borrower.user_id).status_code == 404
    assert report(stranger, user_id="1").status_code == 404
    path = f"/scores/{borrower.user_id}/report.pdf"
    assert borrower.service.client.get(path).status_code == 401
    assert borrower.service.client.get(path, headers=new_admin().headers).content == report(borrower).content


def test_scores_are_read_while_reports_are_drawn(borrower: Borrower) -> None:
    borrower.calculate()
    with ThreadPoolExecutor(8) as pool:
        reports = [pool.submit(patiently, lambda: report(borrower)) for _ in range(8)]
        read = 0
        while not all(each.done() for each in reports):
            assert borrower.get("").status_code == 200
            read += 1
    assert {each.result().status_code for each in reports} == {200}
    assert len({each.result().content for each in reports}) == 1
    assert read > 2, "a read does not wait for all that are drawn"


def test_what_draws_is_loaded_with_the_first_report(run_service: RunService, new_person: Callable[..., Caller]) -> None:
    service, person = run_service("score_service"), new_person()
    memory = psutil.Process(service.process.pid).memory_maps
    service.client.post("/scores/me/calculate", json={"features": FEATURES}, headers=person.headers)
    assert not [each.path for each in memory() if "PIL" in each.path or "numpy" in each.path]
    assert service.client.get("/scores/me/report.pdf", headers=person.headers).status_code == 200
    assert [each.path for each in memory() if "PIL" in each.path]
