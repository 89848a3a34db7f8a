"""`POST /scores/{user_id}/calculate`: a score is its points, comes from three places, and is stored whole or not."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest

from score_service.core.settings import SCORECARDS
from tests.integration.score_service.borrower import FEATURES, REQUIRED, Borrower, survey_response, without
from tests.support.neighbour import Reply
from tests.support.waiting import PATIENCE_S


def account(score: dict[str, Any]) -> int:
    total: int = score["base_points"] + sum(factor["points"] for factor in score["factors"])
    return min(max(total, 300), 850)


@pytest.mark.parametrize(
    "features",
    [
        FEATURES,
        without("debt_ratio", "mortgages"),
        {**FEATURES, "utilisation": None},
        {**FEATURES, "late30": 20, "late60": 20, "late90": 20, "utilisation": 2},
        {**FEATURES, "utilisation": 0, "late30": 0, "debt_ratio": 0.1},
    ],
)
@pytest.mark.parametrize("path", ["/calculate", ""])
def test_base_and_points_are_the_score(borrower: Borrower, features: dict[str, Any], path: str) -> None:
    answer = borrower.post(path, {"features": features})
    assert answer.status_code == 200, answer.text
    score = answer.json()
    assert score["current_score"] == account(score)
    assert score["interval"][0] <= score["current_score"] <= score["interval"][1]
    assert sum(factor["weight"] for factor in score["factors"]) == 100
    assert {factor["feature"]: factor["value"] for factor in score["factors"] if factor["feature"] in features} == {
        name: features[name] for name in features
    }


def test_the_first_score_changes_nothing_and_the_second_counts_from_it(borrower: Borrower) -> None:
    first = borrower.calculate()
    assert (first["version"], first["previous_score"], first["change"]) == (1, None, 0)
    assert (first["source"], first["inputs_from"], first["ignored"]) == ("features", None, [])
    second = borrower.calculate(late90=1)
    assert (second["version"], second["previous_score"]) == (2, first["current_score"])
    assert second["change"] == second["current_score"] - first["current_score"] < 0
    assert second["keyMetrics"]["monthlyChange"] == second["change"]


def test_a_row_of_the_history_holds_what_it_takes_to_replay_it(borrower: Borrower) -> None:
    score = borrower.calculate()
    [row] = borrower.service.sql(
        "SELECT score, base_points, points, inputs, model_version, artifact_sha256 FROM scores WHERE user_id = %s",
        borrower.user_id,
    )
    assert row[0] == row[1] + sum(row[2].values()) == score["current_score"]
    assert row[3] == FEATURES
    artifact = SCORECARDS / f"{score['model_version']}.json"
    assert row[4:] == (score["model_version"], sha256(artifact.read_bytes()).hexdigest())


@pytest.mark.parametrize("body", [None, {}, {"features": None}])
def test_without_features_the_survey_gives_them(borrower: Borrower, body: Any) -> None:
    borrower.survey_says(Reply(body=survey_response({**FEATURES, "age": 44, "favourite_number": 7})))
    score = borrower.post("/calculate", body).json()
    assert score["source"] == "survey"
    assert score["inputs_from"] == {"survey_version": 3, "response_id": "0193b1f0-0000-7000-8000-000000000002"}
    assert score["current_score"] == borrower.calculate()["current_score"]
    asked = borrower.neighbours.survey.received[-1]
    assert (asked.method, asked.path) == ("GET", f"/survey/features/{borrower.user_id}")
    assert asked.headers["authorization"].startswith("Bearer ")


def test_a_json_null_is_no_body(borrower: Borrower) -> None:
    borrower.survey_says(Reply(body=survey_response(FEATURES)))
    answer = borrower.service.client.post(
        "/scores/me/calculate",
        content=b"null",
        headers={**borrower.caller.headers, "content-type": "application/json"},
    )
    assert answer.json()["source"] == "survey"


def test_survey_ratios_beyond_the_bounds_count_as_the_worst(borrower: Borrower) -> None:
    borrower.survey_says(Reply(body=survey_response({**FEATURES, "utilisation": 7.5, "debt_ratio": 9})))
    score = borrower.post("/calculate").json()
    assert {factor["feature"]: factor["value"] for factor in score["factors"]}["utilisation"] == 2


def test_flat_answers_are_read_by_the_survey_service(borrower: Borrower) -> None:
    read = {"facts": {"card_limit": 1500}, "features": FEATURES, "ignored": ["shoeSize"], "version": 4}
    mark = borrower.survey_reads_answers(Reply(body=read))
    answers = {"cardBalance": "450", "cardLimit": 1500, "shoeSize": 43, **mark}
    score = borrower.post("", answers).json()
    assert (score["source"], score["inputs_from"]["survey_version"], score["ignored"]) == ("answers", 4, ["shoeSize"])
    assert borrower.neighbours.survey.received[-1].body == {"answers": answers}


def test_a_refused_answer_is_named_where_the_caller_put_it(borrower: Borrower) -> None:
    errors = [{"pointer": "/answers/cardLimit", "message": "must be a number"}]
    mark = borrower.survey_reads_answers(Reply(422, {"errors": errors}))
    answer = borrower.post("", {"cardLimit": "lots", **mark})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "/cardLimit", "message": "must be a number"}]
    assert borrower.stored() == (0, 0, 0)


@pytest.mark.parametrize(
    ("reply", "missing"),
    [
        (Reply(404), REQUIRED),
        (Reply(body=survey_response(without("late90", "lines"))), ["late90", "lines"]),
        (Reply(body=survey_response({**FEATURES, "late30": None})), ["late30"]),
    ],
)
def test_an_incomplete_survey_names_what_is_missing(borrower: Borrower, reply: Reply, missing: list[str]) -> None:
    borrower.survey_says(reply)
    answer = borrower.post("/calculate")
    assert (answer.status_code, answer.json()["code"]) == (409, "survey_incomplete")
    assert answer.json()["missing"] == missing
    assert borrower.stored() == (0, 0, 0)


@pytest.mark.parametrize("reply", [Reply(500), Reply(hang_up=True), Reply(delay_s=PATIENCE_S)])
def test_a_broken_survey_stops_only_those_who_need_it(borrower: Borrower, reply: Reply) -> None:
    borrower.survey_says(reply)
    mark = borrower.survey_reads_answers(reply)
    for body in (None, {"cardLimit": 1500, **mark}):
        answer = borrower.send("/calculate", body)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
    assert borrower.stored() == (0, 0, 0)
    borrower.calculate()
    assert borrower.get().status_code == 200


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"features": {**FEATURES, "shoe_size": 43}}, ["/features/shoe_size"]),
        ({"features": {**FEATURES, "late30": -1, "lines": 2.5}}, ["/features/late30", "/features/lines"]),
        ({"features": {**FEATURES, "late90": None}}, ["/features/late90"]),
        ({"features": {**FEATURES, "utilisation": "0.3"}}, ["/features/utilisation"]),
        ({"features": {**FEATURES, "utilisation": True}}, ["/features/utilisation"]),
        ({"features": {**FEATURES, "utilisation": 10**400}}, ["/features/utilisation"]),
        ({"features": {**FEATURES, "mortgages": 8}}, ["/features/mortgages"]),
        ({"features": [1, 2]}, ["/features"]),
        ({"features": FEATURES, "cardLimit": 1500}, [""]),
        ({"cardLimit": 10**30}, ["/cardLimit"]),
        ([1, 2], [""]),
        ({f"key{number}": 1 for number in range(201)}, [""]),
    ],
)
def test_bad_input_is_named_and_nothing_is_stored(borrower: Borrower, body: Any, pointers: list[str]) -> None:
    answer = borrower.post("/calculate", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers
    assert borrower.stored() == (0, 0, 0)


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b'{"features": {"utilisation": NaN}}',
        b'{"cardLimit": Infinity}',
        b'{"\\ud800": 1}',
        b'{"name": "\\ud800"}',
        b'{"name": ' + b"[" * 700 + b"]" * 700 + b"}",
    ],
)
def test_what_is_no_json_is_malformed(borrower: Borrower, content: bytes) -> None:
    answer = borrower.service.client.post(
        "/scores/me/calculate",
        content=content,
        headers={**borrower.caller.headers, "content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_request")
    if content == b"{":
        assert answer.json()["errors"] == [{"pointer": "", "message": "must be JSON"}]
    assert borrower.stored() == (0, 0, 0)


def test_absent_features_are_incomplete_not_average(borrower: Borrower) -> None:
    answer = borrower.post("/calculate", {"features": without("late60", "lines")})
    assert (answer.status_code, answer.json()["missing"]) == (409, ["late60", "lines"])
    assert borrower.stored() == (0, 0, 0)


def test_scores_calculated_at_once_are_all_stored_one_after_the_other(borrower: Borrower) -> None:
    with ThreadPoolExecutor(8) as pool:
        scores = list(pool.map(lambda late: borrower.calculate(late30=late), range(16)))
    assert sorted(score["version"] for score in scores) == list(range(1, 17))
    rows = borrower.service.sql(
        "SELECT version, score, change, calculated_at FROM scores WHERE user_id = %s ORDER BY version", borrower.user_id
    )
    assert [row[0] for row in rows] == list(range(1, 17))
    assert all(newer[2] == newer[1] - older[1] and newer[3] > older[3] for older, newer in pairwise(rows))
    events = borrower.service.sql("SELECT payload FROM outbox WHERE key = %s ORDER BY id", borrower.user_id)
    assert [event[0]["score_version"] for event in events] == list(range(1, 17))
    assert borrower.get().json()["version"] == 16
