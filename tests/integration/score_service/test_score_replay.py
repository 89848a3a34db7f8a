"""`GET /scores/admin/replay/{score_id}`: every stored score comes out again, and a doctored row shows where."""

import random
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from score_service.domain.features import FEATURES as DECLARED
from score_service.domain.features import Value
from tests.integration.score_service.borrower import Borrower
from tests.support.callers import Caller

Replay = Callable[[Any], httpx.Response]
PEOPLE = 150


@pytest.fixture
def replay(borrower: Borrower, new_admin: Callable[[], Caller]) -> Replay:
    headers = new_admin().headers
    return lambda score_id: borrower.service.client.get(f"/scores/admin/replay/{score_id}", headers=headers)


def newest(borrower: Borrower) -> str:
    score_id: str = borrower.get("/history").json()["history"][0]["score_id"]
    return score_id


def anybody(generator: random.Random) -> dict[str, Value]:
    """Whatever may be asked for: any digits, the bounds, unknown answers, features the champion does not use."""
    given: dict[str, Value] = {}
    for name, feature in DECLARED.items():
        value = generator.choice(
            [feature.lower, feature.upper, generator.uniform(feature.lower, feature.upper), generator.random()]
        )
        given[name] = float(round(max(value, feature.lower))) if feature.whole else value
        if feature.nullable and generator.random() < 0.15:
            given[name] = None
    given["mortgages"] = min(given["mortgages"] or 0.0, given["lines"] or 0.0)
    return given


def test_every_stored_score_is_what_its_scorecard_gives(borrower: Borrower, replay: Replay) -> None:
    generator = random.Random(7)  # noqa: S311 - reproducible people, not secrets
    for _ in range(PEOPLE):
        assert borrower.post("/calculate", {"features": anybody(generator)}).status_code == 200
    stored = borrower.service.sql("SELECT score_id, score FROM scores WHERE user_id = %s", borrower.user_id)
    assert len(stored) == PEOPLE
    for score_id, score in stored:
        answer = replay(score_id).json()
        assert (answer["equal"], answer["differences"], answer["score"]) == (True, [], score)
        assert (answer["challenger_version"], answer["challenger_replayed"]) == ("gmsc-9f-2026.11.3", True)


@pytest.mark.parametrize(
    ("doctored", "pointers"),
    [
        ("score = score + 1", {"/score"}),
        ("points = jsonb_set(points, '{late30}', '11')", {"/points/late30"}),
        ("points = points || '{\"charm\": 40}'", {"/points/charm"}),
        ("bins = bins - 'lines'", {"/bins/lines"}),
        ("base_points = 700, confidence = 1", {"/base_points", "/confidence"}),
        ("probability_of_default = probability_of_default + 1e-9", {"/probability_of_default"}),
        ("model_version = 'another'", {"/model_version"}),
        ("challenger_score = challenger_score - 1", {"/challenger_score"}),
        ("challenger_probability_of_default = 0.5", {"/challenger_probability_of_default"}),
        ("challenger_version = 'another'", {"/challenger_version"}),
        ("challenger_sha256 = repeat('0', 64)", {"/challenger_sha256"}),
    ],
)
def test_a_doctored_row_shows_the_difference(
    borrower: Borrower, replay: Replay, doctored: str, pointers: set[str]
) -> None:
    borrower.calculate()
    score_id = newest(borrower)
    borrower.service.sql(f"UPDATE scores SET {doctored} WHERE score_id = %s", score_id)  # noqa: S608 - from above
    answer = replay(score_id).json()
    assert answer["equal"] is False
    assert {each["pointer"] for each in answer["differences"]} == pointers
    assert all(each["stored"] != each["recomputed"] for each in answer["differences"])


def test_other_inputs_show_in_everything_that_came_from_them(borrower: Borrower, replay: Replay) -> None:
    score = borrower.calculate(late90=2)["current_score"]
    borrower.service.sql(
        "UPDATE scores SET inputs = jsonb_set(inputs, '{late90}', '0') WHERE score_id = %s", newest(borrower)
    )
    found = {each["pointer"]: each for each in replay(newest(borrower)).json()["differences"]}
    assert {"/score", "/bins/late90", "/points/late90", "/probability_of_default"} <= set(found)
    assert found["/score"]["stored"] == score < found["/score"]["recomputed"]


@pytest.mark.parametrize(
    ("doctored", "named"),
    [("inputs - 'late30'", ["late30"]), ("jsonb_set(inputs, '{lines}', '\"many\"')", ["lines"])],
)
def test_inputs_that_no_score_could_come_from_are_named(
    borrower: Borrower, replay: Replay, doctored: str, named: list[str]
) -> None:
    borrower.calculate()
    query = f"UPDATE scores SET inputs = {doctored} WHERE score_id = %s"  # noqa: S608 - from above
    borrower.service.sql(query, newest(borrower))
    answer = replay(newest(borrower))
    assert (answer.status_code, answer.json()["code"]) == (409, "inputs_not_replayable")
    assert answer.json()["inputs"] == named


def test_a_scorecard_that_is_no_longer_shipped_is_named(borrower: Borrower, replay: Replay) -> None:
    borrower.calculate()
    borrower.service.sql("UPDATE scores SET artifact_sha256 = %s WHERE score_id = %s", "0" * 64, newest(borrower))
    answer = replay(newest(borrower))
    assert (answer.status_code, answer.json()["code"]) == (409, "artifact_not_shipped")
    assert answer.json()["artifact_sha256"] == "0" * 64


@pytest.mark.parametrize(
    "gone",
    [
        "challenger_version = NULL, challenger_sha256 = NULL, challenger_score = NULL",
        "challenger_version = 'retired', challenger_sha256 = repeat('0', 64)",
    ],
)
def test_a_challenger_that_is_not_here_is_not_replayed_and_the_score_is(
    borrower: Borrower, replay: Replay, gone: str
) -> None:
    borrower.calculate()
    score_id = newest(borrower)
    borrower.service.sql(f"UPDATE scores SET {gone} WHERE score_id = %s", score_id)  # noqa: S608 - from above
    answer = replay(score_id).json()
    assert (answer["equal"], answer["challenger_replayed"]) == (True, False)


@pytest.mark.parametrize("score_id", [uuid4(), "newest", "1"])
def test_an_id_of_no_score_is_not_there(replay: Replay, score_id: Any) -> None:
    answer = replay(score_id)
    assert (answer.status_code, answer.json()["code"]) == (404, "decision_not_found")


def test_replaying_is_for_administrators(borrower: Borrower) -> None:
    borrower.calculate()
    path = f"/scores/admin/replay/{newest(borrower)}"
    assert borrower.service.client.get(path, headers=borrower.caller.headers).status_code == 403
    assert borrower.service.client.get(path).status_code == 401
