"""`/survey/features`: what answers come to, for the score service."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.survey_service.respondent import COMPLETE, FEATURES, Respondent
from tests.support.callers import Caller
from tests.support.services import RunningService

ServiceHeaders = Callable[..., dict[str, str]]


@pytest.fixture
def score(service_headers: ServiceHeaders) -> dict[str, str]:
    return service_headers("score_service", "survey_service")


def test_the_features_of_the_newest_submission_with_where_they_come_from(
    respondent: Respondent, score: dict[str, str]
) -> None:
    path = f"/survey/features/{respondent.caller.user_id}"
    assert respondent.submit({**COMPLETE, "card_balance": 1500}).status_code == 200
    submitted = respondent.submit(COMPLETE).json()
    answer = respondent.service.client.get(path, headers=score)
    assert answer.status_code == 200
    body = answer.json()
    assert body["features"] == FEATURES
    assert body["facts"]["card_limit"] == 1500
    for name in ("user_id", "response_id", "version", "submitted_at"):
        assert body[name] == submitted[name]


def test_a_draft_changes_no_features_until_it_is_submitted(respondent: Respondent, score: dict[str, str]) -> None:
    path = f"/survey/features/{respondent.caller.user_id}"
    respondent.save("lines", 2)
    before = respondent.service.client.get(path, headers=score)
    assert (before.status_code, before.json()["code"]) == (404, "no_complete_response")
    respondent.submit(COMPLETE)
    respondent.save("lines", 9)
    assert respondent.service.client.get(path, headers=score).json()["features"]["lines"] == 3


def test_no_card_is_null_and_what_was_not_asked_is_absent(respondent: Respondent, score: dict[str, str]) -> None:
    answers = {**COMPLETE, "has_cards": "no", "monthly_income": 0, "lines": 0}
    assert respondent.submit(answers).status_code == 200
    body = respondent.service.client.get(f"/survey/features/{respondent.caller.user_id}", headers=score).json()
    assert body["features"] == {"utilisation": None, "late30": 0, "late60": 0, "late90": 0, "lines": 0, "mortgages": 0}


def test_late_counts_are_asked_for_and_come_through(respondent: Respondent, score: dict[str, str]) -> None:
    late = {**COMPLETE, "ever_late": "yes", "late30": 2, "late60": 1}
    refused = respondent.submit(late)
    assert refused.json()["missing"] == [respondent.ids["late90"]]
    assert respondent.submit({**late, "late90": 0}).status_code == 200
    body = respondent.service.client.get(f"/survey/features/{respondent.caller.user_id}", headers=score).json()
    assert [body["features"][name] for name in ("late30", "late60", "late90")] == [2, 1, 0]


def test_an_administrator_may_read_features_and_nobody_else(
    respondent: Respondent, new_admin: Callable[[], Caller], new_person: Callable[..., Caller]
) -> None:
    respondent.submit(COMPLETE)
    client, path = respondent.service.client, f"/survey/features/{respondent.caller.user_id}"
    assert client.get(path, headers=new_admin().headers).json()["features"] == FEATURES
    assert client.get(path, headers=respondent.caller.headers).status_code == 403
    assert client.get(path, headers=new_person().headers).status_code == 403
    assert client.get(path).status_code == 401


def test_only_the_score_services_own_current_token_opens_features(
    respondent: Respondent, service_headers: ServiceHeaders, new_admin: Callable[[], Caller]
) -> None:
    client, path = respondent.service.client, f"/survey/features/{respondent.caller.user_id}"
    refused = [
        service_headers("alert_service", "survey_service"),
        service_headers("score_service", "alert_service"),
        service_headers("score_service", "survey_service", exp=int(time.time()) - 1),
        service_headers("score_service", "survey_service", sub="alert_service"),
        {"Authorization": "Bearer nonsense"},
        {"X-User-Id": str(respondent.caller.user_id)},
        {},
    ]
    for headers in refused:
        assert client.get(path, headers=headers).status_code == 401
        assert client.post("/survey/features", json={"answers": {}}, headers=headers).status_code == 401
    for person in (respondent.caller, new_admin()):
        answer = client.post("/survey/features", json={"answers": {}}, headers=person.headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


def test_features_of_nobody_are_not_found(survey_service: RunningService, score: dict[str, str]) -> None:
    for user_id in (str(uuid4()), "me", "0", "..%2fquestions"):
        answer = survey_service.client.get(f"/survey/features/{user_id}", headers=score)
        assert answer.status_code == 404, user_id


def test_flat_answers_give_the_features_they_determine_and_store_nothing(
    survey_service: RunningService, score: dict[str, str]
) -> None:
    before = survey_service.sql("SELECT count(*) FROM responses")
    flat = {"cardLimit": "1500", "credit_balance": 450, "late90": 2, "budgeting": "whenever", "favouriteColour": "red"}
    answer = survey_service.client.post("/survey/features", json={"answers": flat}, headers=score)
    assert answer.status_code == 200
    assert answer.json() == {
        "version": 1,
        "facts": {"card_limit": 1500, "card_balance": 450, "late90": 2},
        "features": {"utilisation": 0.3, "late90": 2},
        "ranges": {},
        "ignored": ["favouriteColour", "budgeting"],
    }
    assert survey_service.sql("SELECT count(*) FROM responses") == before


def test_the_same_answers_flat_and_submitted_come_to_the_same_features(
    respondent: Respondent, score: dict[str, str]
) -> None:
    client = respondent.service.client
    respondent.submit(COMPLETE)
    flat = client.post("/survey/features", json={"answers": COMPLETE}, headers=score).json()
    submitted = client.get(f"/survey/features/{respondent.caller.user_id}", headers=score).json()
    assert flat["features"] == submitted["features"] == FEATURES
    assert flat["facts"] == submitted["facts"]


def test_flat_answers_are_laid_over_the_facts_they_change(
    survey_service: RunningService, score: dict[str, str]
) -> None:
    body = {"answers": {"cardBalance": 150, "monthlyDebt": 1}, "base_facts": {"card_limit": 1500, "card_balance": 450}}
    answer = survey_service.client.post("/survey/features", json=body, headers=score)
    assert answer.json() == {
        "version": 1,
        "facts": {"card_limit": 1500, "card_balance": 150, "debt_payments": 1},
        "features": {"utilisation": 0.1},
        "ranges": {},
        "ignored": ["monthlyDebt"],
    }


@pytest.mark.parametrize(
    ("pointers", "answers"),
    [
        (["/answers/hasCards"], {"hasCards": "perhaps"}),
        (["/answers/late30", "/answers/lines"], {"late30": -1, "lines": "many"}),
        (["/answers/late_30"], {"late30": 1, "late_30": 1}),
        (["/answers/monthly~1income"], {"monthly/income": "rich"}),
    ],
)
def test_bad_flat_answers_that_carry_facts_are_named_as_sent(
    survey_service: RunningService, score: dict[str, str], pointers: list[str], answers: dict[str, Any]
) -> None:
    answer = survey_service.client.post("/survey/features", json={"answers": answers}, headers=score)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers


@pytest.mark.parametrize(
    "body",
    [
        None, [], {}, {"answers": []}, {"answers": {"": 1}}, {"answers": {"a" * 101: 1}},
        {"answers": {}, "base_facts": {"income": "3000"}}, {"answers": {}, "base_facts": [1]},
        {"answers": {}, "user_id": "me"}, {"answers": {f"key{number}": number for number in range(201)}},
    ],
)  # fmt: skip
def test_what_is_no_set_of_flat_answers_is_malformed(
    survey_service: RunningService, score: dict[str, str], body: object
) -> None:
    answer = survey_service.client.post("/survey/features", json=body, headers=score)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
