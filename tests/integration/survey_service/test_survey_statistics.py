"""`/survey/admin/statistics` and `/survey/admin/question-stats`."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.survey_service.respondent import COMPLETE, Respondent
from tests.support.callers import Caller, Keys
from tests.support.postgres import TestServer
from tests.support.services import RunningService, service_runner

INCOMES = [1000, 2000, 3000, 4000, 11_000]


@pytest.fixture(scope="module")
def service(keys: Keys, postgres: TestServer, new_person: Callable[..., Caller]) -> Iterator[RunningService]:
    """Five people submitted, one of them twice; two more left halfway."""
    with service_runner(keys, postgres) as run:
        service = run("survey_service")
        people = [Respondent(service, new_person()) for _ in INCOMES]
        for person, income in zip(people, INCOMES, strict=True):
            kinds = ["home", "car"] if income > 3000 else ["car"]
            person.submit({**COMPLETE, "monthly_income": income, "debt_kinds": kinds, "goal": "a house"})
        people[0].submit({**COMPLETE, "monthly_income": 1000, "has_cards": "no"})
        for _ in range(2):
            Respondent(service, new_person()).save("monthly_income", 1)
        yield service


@pytest.fixture
def read(service: RunningService, new_admin: Callable[[], Caller]) -> Callable[[str], dict[str, Any]]:
    admin = new_admin()

    def get(path: str) -> dict[str, Any]:
        answer = service.client.get(f"/survey/admin/{path}", headers=admin.headers)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return get


def question_id(service: RunningService, key: str) -> int:
    return int(service.sql("SELECT id FROM questions WHERE key = %s", key)[0][0])


def test_who_began_who_submitted_and_where_people_leave(read: Callable[[str], dict[str, Any]]) -> None:
    statistics = read("statistics")
    questions = {each["key"]: each for each in statistics.pop("questions")}
    assert statistics == {
        "total_users_submitted": 5, "total_users_started": 7, "total_responses": 6, "open_drafts": 2,
        "completion_rate": 0.7143, "version": 1,
    }  # fmt: skip
    assert (questions["monthly_income"]["answered"], questions["monthly_income"]["share"]) == (8, 1)
    assert (questions["has_cards"]["answered"], questions["has_cards"]["share"]) == (6, 0.75)
    assert questions["card_limit"]["answered"] == 5
    assert questions["age"]["answered"] == 0


def test_a_period_and_a_version_narrow_it_down(read: Callable[[str], dict[str, Any]]) -> None:
    assert read("statistics?version=1&from=2020-01-01T00:00:00Z")["total_responses"] == 6
    for nothing in ("to=2020-01-01T00:00:00Z", "version=2", "from=2999-01-01T00:00:00%2B07:00"):
        empty = read(f"statistics?{nothing}")
        assert (empty["total_responses"], empty["completion_rate"]) == (0, 0)


def test_numbers_have_quartiles_and_a_histogram(service: RunningService, read: Callable[[str], dict[str, Any]]) -> None:
    stats = read(f"question-stats/{question_id(service, 'monthly_income')}")
    assert (stats["answered"], stats["choices"], stats["question_type"]) == (6, None, "number")
    numbers = stats["numbers"]
    histogram = numbers.pop("histogram")
    assert numbers == {
        "mean": pytest.approx(22_000 / 6), "min": 1000, "q1": 1250, "median": 2500, "q3": 3750, "max": 11_000
    }  # fmt: skip
    assert [each["count"] for each in histogram] == [2, 1, 1, 1, 0, 0, 0, 0, 0, 1]
    assert (histogram[0]["from"], histogram[0]["to"], histogram[-1]["to"]) == (1000, 2000, 11_000)
    same = read(f"question-stats/{question_id(service, 'lines')}")["numbers"]["histogram"]
    assert same == [{"from": 3, "to": 3, "count": 6}]
    nobody = read(f"question-stats/{question_id(service, 'age')}")
    assert (nobody["answered"], nobody["numbers"]) == (0, None)


def test_choices_have_counts_and_shares_and_texts_only_a_count(
    service: RunningService, read: Callable[[str], dict[str, Any]]
) -> None:
    cards = read(f"question-stats/{question_id(service, 'has_cards')}")["choices"]
    assert [(each["value"], each["label"], each["count"], each["share"]) for each in cards] == [
        ("yes", "Yes", 5, 0.8333), ("no", "No", 1, 0.1667)
    ]  # fmt: skip
    kinds = read(f"question-stats/{question_id(service, 'debt_kinds')}")
    counts = {each["value"]: (each["count"], each["share"]) for each in kinds["choices"]}
    assert kinds["answered"] == 5
    assert (counts["car"], counts["home"], counts["none"]) == ((5, 1), (2, 0.4), (0, 0))
    goal = read(f"question-stats/{question_id(service, 'goal')}")
    assert (goal["answered"], goal["choices"], goal["numbers"]) == (5, None, None)


def test_statistics_are_for_administrators_and_refuse_what_they_do_not_know(
    service: RunningService, new_person: Callable[..., Caller], new_admin: Callable[[], Caller]
) -> None:
    client, admin = service.client, new_admin()
    for path in ("statistics", "question-stats/1"):
        assert client.get(f"/survey/admin/{path}").status_code == 401
        assert client.get(f"/survey/admin/{path}", headers=new_person().headers).status_code == 403
        for bad in ("from=yesterday", "from=2026-01-01", "days=7"):
            assert client.get(f"/survey/admin/{path}?{bad}", headers=admin.headers).status_code == 422, bad
        later_first = f"/survey/admin/{path}?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z"
        refused = client.get(later_first, headers=admin.headers)
        told = refused.json().get("errors")
        assert told == [{"pointer": "/query", "message": "`from` must not be later than `to`"}]
    assert client.get("/survey/admin/statistics?version=0", headers=admin.headers).status_code == 422


@pytest.mark.parametrize("number", ["999999999", str(2**63), "0", "-1", "1.0", "x", "١", "%20"])
def test_what_is_no_question_s_number_is_a_question_that_is_not_there(
    service: RunningService, new_admin: Callable[[], Caller], number: str
) -> None:
    missing = service.client.get(f"/survey/admin/question-stats/{number}", headers=new_admin().headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "question_not_found")
