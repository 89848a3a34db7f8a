"""`POST /survey/submit` against a real database over real HTTP."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.survey_service.respondent import COMPLETE, Respondent
from tests.support.callers import Caller


def test_a_complete_survey_is_stored_as_a_response(respondent: Respondent) -> None:
    submitted = respondent.submit(COMPLETE)
    assert submitted.status_code == 200, submitted.text
    body = submitted.json()
    assert body.keys() == {"response_id", "user_id", "version", "answered", "submitted_at"}
    assert (body["user_id"], body["version"], body["answered"]) == (str(respondent.caller.user_id), 1, len(COMPLETE))
    assert respondent.answers() == {**COMPLETE, "debt_payments": 900}
    assert respondent.progress()["complete"] is True
    assert respondent.responses() == [("complete", 1)]


def test_a_second_submission_is_a_new_response_and_the_first_stays(respondent: Respondent) -> None:
    first = respondent.submit(COMPLETE).json()
    second = respondent.submit({**COMPLETE, "card_balance": 900}).json()
    assert first["response_id"] != second["response_id"]
    assert respondent.answers()["card_balance"] == 900
    assert respondent.responses() == [("complete", 1)] * 2
    stored = respondent.service.sql(
        "SELECT a.value FROM answers a JOIN questions q ON q.id = a.question_id"
        " WHERE q.key = 'card_balance' AND a.response_id = %s",
        first["response_id"],
    )
    assert stored == [(450,)]


def test_an_incomplete_survey_is_a_conflict_that_names_what_is_missing(respondent: Respondent) -> None:
    partial = {key: value for key, value in COMPLETE.items() if key not in {"lines", "card_limit", "mortgages"}}
    answer = respondent.submit(partial)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "survey_incomplete"
    assert answer.json()["missing"] == [respondent.ids["card_limit"], respondent.ids["lines"]]
    assert respondent.responses() == []


def test_every_bad_answer_is_named_by_its_place_and_nothing_is_stored(respondent: Respondent) -> None:
    bad = [
        {"question_id": respondent.ids["monthly_income"], "answer": "plenty-of-marker"},
        {"question_id": respondent.ids["lines"], "answer": 3},
        {"question_id": respondent.ids["lines"], "answer": 4},
        {"question_id": respondent.ids["has_cards"], "answer": "perhaps"},
        {"question_id": 999_999_999, "answer": 1},
        {"question_id": respondent.ids["age"], "answer": 12},
    ]
    answer = respondent.send({"answers": bad})
    assert answer.status_code == 422
    assert sorted(error["pointer"] for error in answer.json()["errors"]) == [
        "/answers/0/answer", "/answers/2/question_id", "/answers/3/answer", "/answers/4/question_id",
        "/answers/5/answer",
    ]  # fmt: skip
    assert "plenty-of-marker" not in answer.text
    assert respondent.responses() == []


@pytest.mark.parametrize(
    "body",
    [
        [], "answers", 5, {"answers": {}}, {"answers": [1]}, {"answers": [{"question_id": 1}]},
        {"answers": [{"answer": 1}]}, {"answers": [{"question_id": "x", "answer": 1}]},
        {"answers": [{"question_id": -1, "answer": 1}]}, {"answers": [{"question_id": 2**70, "answer": 1}]},
        {"answers": [{"question_id": 1, "answer": 1, "points": 5}]}, {"answers": [], "score": 850},
        {"answers": [{"question_id": 1, "answer": 1}] * 501},
    ],
)  # fmt: skip
def test_what_is_no_submission_is_malformed(respondent: Respondent, body: object) -> None:
    answer = respondent.send(body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]
    assert respondent.responses() == []


def test_answers_to_questions_that_are_not_asked_are_accepted_and_ignored(respondent: Respondent) -> None:
    answers = {**COMPLETE, "has_cards": "no", "card_limit": "n/a", "late30": 3}
    assert respondent.submit(answers).status_code == 200
    expected = {key: value for key, value in COMPLETE.items() if key not in {"card_limit", "card_balance"}}
    assert respondent.answers() == {**expected, "has_cards": "no", "debt_payments": 900}


def test_a_person_may_be_named_if_it_is_the_caller_and_anybody_else_is_not_found(
    respondent: Respondent, new_admin: Callable[[], Caller]
) -> None:
    own = str(respondent.caller.user_id)
    answers: list[dict[str, Any]] = [
        {"question_id": respondent.ids[key], "answer": answer, "user_id": own} for key, answer in COMPLETE.items()
    ]
    assert respondent.send({"user_id": own, "answers": answers}).status_code == 200
    for other in (str(uuid4()), "..", "0"):
        assert respondent.send({"user_id": other, "answers": answers}).status_code == 404
        assert respondent.send({"answers": [*answers[1:], {**answers[0], "user_id": other}]}).status_code == 404
    as_admin = Respondent(respondent.service, new_admin())
    assert as_admin.send({"user_id": own, "answers": answers}).status_code == 404
    assert len(respondent.responses()) == 1


def test_the_same_idempotency_key_gives_the_same_answer_once(respondent: Respondent) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    with ThreadPoolExecutor(5) as pool:
        at_once = list(pool.map(lambda _: respondent.submit(COMPLETE, **key), range(5)))
    assert {answer.status_code for answer in at_once} <= {200, 409}
    assert {answer.json()["code"] for answer in at_once if answer.status_code == 409} <= {"idempotency_key_in_use"}
    again = respondent.submit(COMPLETE, **key)
    assert again.status_code == 200
    assert {answer.text for answer in at_once if answer.status_code == 200} == {again.text}
    assert respondent.responses() == [("complete", 1)]
    other = respondent.submit({**COMPLETE, "lines": 4}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert respondent.responses() == [("complete", 1)]


def test_a_refused_submission_does_not_use_up_its_key(respondent: Respondent) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    assert respondent.submit({}, **key).status_code == 409
    assert respondent.submit(COMPLETE, **key).status_code == 200


def test_submissions_sent_at_once_are_all_stored(respondent: Respondent) -> None:
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: respondent.submit(COMPLETE), range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert respondent.responses() == [("complete", 1)] * 5
