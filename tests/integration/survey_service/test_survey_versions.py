"""`/survey/admin`: importing a catalogue, checking it, and publishing it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

import survey_service as package
from tests.integration.survey_service.respondent import Respondent
from tests.support.callers import Caller
from tests.support.services import RunningService, RunService

SAMPLE = (Path(package.__file__).parent / "scripts" / "sample_questions.csv").read_bytes()
HEADER = "key,aliases,question_type,question_group,is_required,text_en,options,fact,show_if\n"


def question(key: str, question_type: str, options: object = "", fact: str = "", show_if: object = "") -> str:
    cells = [json.dumps(each) if each else "" for each in (options, show_if)]
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    return f"{key},,{question_type},own,true,{key}?,{quoted[0]},{fact},{quoted[1]}\n"


@dataclass
class Desk:
    service: RunningService
    admin: Caller

    def upload(self, content: bytes | str, headers: dict[str, str] | None = None, **query: str) -> httpx.Response:
        raw = content.encode() if isinstance(content, str) else content
        return self.service.client.post(
            "/survey/admin/import-questions",
            files={"file": ("questions.csv", raw, "text/csv")},
            params=query,
            headers={**self.admin.headers, **(headers or {})},
        )

    def publish(self, version: object) -> httpx.Response:
        return self.service.client.post(f"/survey/admin/versions/{version}/publish", headers=self.admin.headers)

    def drafts(self) -> int:
        return int(self.service.sql("SELECT count(*) FROM versions WHERE status = 'draft'")[0][0])


@pytest.fixture
def desk(survey_service: RunningService, new_admin: Callable[[], Caller]) -> Desk:
    return Desk(survey_service, new_admin())


def test_the_sample_is_imported_as_a_draft_and_changes_nothing_yet(desk: Desk) -> None:
    before = Respondent(desk.service, desk.admin).get("/survey/questions").json()
    imported = desk.upload(SAMPLE)
    assert imported.status_code == 201
    assert imported.json() == {
        "version": imported.json()["version"], "question_count": len(before), "faults": [], "warnings": []
    }  # fmt: skip
    assert Respondent(desk.service, desk.admin).get("/survey/questions").json() == before
    newest = desk.service.client.get("/survey/admin/versions?limit=100", headers=desk.admin.headers).json()["items"]
    stored = next(each for each in newest if each["version"] == imported.json()["version"])
    assert (stored["status"], stored["question_count"], stored["published_at"]) == ("draft", len(before), None)


def test_a_dry_run_says_the_same_and_stores_nothing(desk: Desk) -> None:
    own = HEADER + question("mood", "text")
    dry = desk.upload(own, dry_run="true")
    assert (dry.status_code, dry.json()["version"], dry.json()["question_count"]) == (200, None, 1)
    assert {each["code"] for each in dry.json()["warnings"]} == {"feature_not_fed", "language_missing"}
    assert desk.service.sql("SELECT 1 FROM questions WHERE key = 'mood'") == []
    contract = desk.service.client.get("/openapi.json").json()
    assert {"200", "201"} < contract["paths"]["/survey/admin/import-questions"]["post"]["responses"].keys()


@pytest.mark.parametrize(
    ("content", "pointers"),
    [
        (b"PK\x03\x04", ["/file"]),
        (b"", ["/file"]),
        (b"key,points\na,5\n", ["/file"]),
        (HEADER + question("=cmd()", "slider"), ["/rows/1/key", "/rows/1/question_type", "/rows/1/text_en"]),
        (HEADER + question("a", "text") + question("a", "text"), ["/rows/2/key"]),
        (HEADER + question("a", "single_choice"), ["/rows/1/options"]),
    ],
)
def test_faults_of_a_file_are_listed_by_row_and_nothing_is_stored(
    desk: Desk, content: bytes | str, pointers: list[str]
) -> None:
    refused = desk.upload(content)
    assert refused.status_code == 422, refused.text
    assert [error["pointer"] for error in refused.json()["errors"]] == pointers
    assert desk.service.sql("SELECT 1 FROM questions WHERE key = 'a'") == []


def test_what_is_no_upload_is_malformed(desk: Desk) -> None:
    path, headers = "/survey/admin/import-questions", desk.admin.headers
    client = desk.service.client
    assert client.post(path, headers=headers).status_code == 422
    assert client.post(path, headers=headers, data={"file": "text"}).status_code == 422
    assert client.post(path, headers=headers, json={"file": "text"}).status_code == 422
    broken = {**headers, "Content-Type": "multipart/form-data"}
    assert client.post(path, headers=broken, content=b"--x").status_code == 422


def test_one_key_imports_once_whatever_the_form_around_the_file_looks_like(desk: Desk) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    content = HEADER + question("once", "text")
    first, again = desk.upload(content, key), desk.upload(content, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert desk.service.sql("SELECT count(*) FROM questions WHERE key = 'once'") == [(1,)]
    other = desk.upload(content + question("twice", "text"), key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_imports_at_once_get_numbers_of_their_own(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: desk.upload(HEADER + question("many", "text")), range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["version"] for answer in answers}) == 4


def test_a_draft_nobody_could_answer_is_not_published_and_says_why(desk: Desk) -> None:
    circle = [
        question("a", "text", show_if={"question": "b", "equals": "x"}),
        question("b", "text", show_if={"question": "a", "equals": "x"}),
        question("c", "text", show_if={"question": "nowhere", "equals": "x"}),
        question("hasCards", "text") + question("has_cards", "text"),
    ]
    imported = desk.upload(HEADER + "".join(circle)).json()
    assert [each["code"] for each in imported["faults"]] == ["duplicate_key", "cycle", "cycle", "dead_end"]
    refused = desk.publish(imported["version"])
    assert (refused.status_code, refused.json()["code"]) == (409, "catalogue_not_publishable")
    assert [error["pointer"] for error in refused.json()["errors"]] == [
        "/questions/has_cards", "/questions/a", "/questions/b", "/questions/c"
    ]  # fmt: skip
    status = desk.service.sql("SELECT status FROM versions WHERE version = %s", imported["version"])
    assert status == [("draft",)]


def test_only_administrators_come_here(desk: Desk, new_person: Callable[..., Caller]) -> None:
    before = desk.drafts()
    for headers, status in ((new_person().headers, 403), ({}, 401)):
        client = desk.service.client
        file = {"file": ("q.csv", SAMPLE, "text/csv")}
        assert client.post("/survey/admin/import-questions", files=file, headers=headers).status_code == status
        assert client.get("/survey/admin/versions", headers=headers).status_code == status
        assert client.post("/survey/admin/versions/1/publish", headers=headers).status_code == status
    assert desk.drafts() == before


def test_versions_are_pages_newest_first(desk: Desk) -> None:
    for _ in range(3):
        desk.upload(HEADER + question("paged", "text"))
    seen: list[int] = []
    query = "?limit=2"
    while query:
        page = desk.service.client.get(f"/survey/admin/versions{query}", headers=desk.admin.headers).json()
        seen += [each["version"] for each in page["items"]]
        query = f"?limit=2&cursor={page['next']}" if page["next"] else ""
    assert seen == sorted(set(seen), reverse=True)
    assert seen[-1] == 1
    for bad in ("limit=0", "limit=101", "cursor=zzz"):
        answer = desk.service.client.get(f"/survey/admin/versions?{bad}", headers=desk.admin.headers)
        assert answer.status_code == 422, bad


def test_a_catalogue_of_ones_own_is_published_answered_and_comes_to_features(
    run_service: RunService, new_admin: Callable[[], Caller], new_person: Callable[..., Caller],
    service_headers: Callable[..., dict[str, str]],
) -> None:  # fmt: skip
    desk = Desk(run_service("survey_service"), new_admin())
    paid = [
        {"value": "onTime", "label": "Always", "facts": {"late30": 0, "late60": 0, "late90": 0}},
        {"value": "late", "label": "Not always", "facts": {"late30": 2, "late60": 1, "late90": 0}},
    ]
    content = (
        HEADER
        + question("payBehaviour", "single_choice", options=paid)
        + question(
            "cardUsage", "single_choice", options=[{"value": "half", "label": "½", "facts": {"utilisation": 0.5}}]
        )
        + question("openAccounts", "number", fact="lines")
        + question("riskTaker", "single_choice", options=[{"value": "yes", "label": "Yes"}])
    )
    version = desk.upload(content).json()["version"]
    published = desk.publish(version)
    assert (published.status_code, published.json()["published"]) == (200, True)
    assert "debt_ratio" in json.dumps(published.json()["warnings"])
    assert desk.publish(version).json()["code"] == "version_published"
    for missing in (999, 2**31, "x", "-1"):
        answer = desk.publish(missing)
        assert (answer.status_code, answer.json()["code"]) == (404, "version_not_found")

    person = Respondent(desk.service, new_person())
    assert set(person.ids) == {"payBehaviour", "cardUsage", "openAccounts", "riskTaker"}
    answers: dict[str, object] = {"payBehaviour": "late", "cardUsage": "half", "openAccounts": "4", "riskTaker": "yes"}
    assert person.submit(answers).json()["version"] == version
    score = service_headers("score_service", "survey_service")
    expected = {"utilisation": 0.5, "late30": 2, "late60": 1, "late90": 0, "lines": 4}
    client = desk.service.client
    assert client.get(f"/survey/features/{person.caller.user_id}", headers=score).json()["features"] == expected
    flat = {"pay_behaviour": "late", "card_usage": "half", "OpenAccounts": 4, "riskTaker": "no"}
    derived = client.post("/survey/features", json={"answers": flat}, headers=score).json()
    assert (derived["features"], derived["ignored"]) == (expected, ["riskTaker"])
