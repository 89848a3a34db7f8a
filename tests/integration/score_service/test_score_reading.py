"""Reading a score: the newest, its factors, its history, and the scorecard behind it."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import psycopg2
import psycopg2.extras
import pytest

from score_service.core.settings import SCORECARDS
from tests.integration.score_service.borrower import Borrower
from tests.support.services import RunningService

INSERT = """
INSERT INTO scores (score_id, user_id, version, calculated_at, score, change, confidence, probability_of_default,
                    model_version, artifact_sha256, base_points, inputs, bins, points, source)
VALUES %s"""


def add_history(service: RunningService, user_id: UUID, scores: list[tuple[datetime, int]]) -> None:
    """Earlier scores, oldest first, with negative versions."""
    with psycopg2.connect(service.database_url) as connection, connection.cursor() as cursor:
        rows = [
            (
                str(uuid4()),
                str(user_id),
                number - len(scores),
                at,
                score,
                0,
                0.9,
                0.05,
                "m",
                "s",
                700,
                "{}",
                "{}",
                "{}",
                "t",
            )
            for number, (at, score) in enumerate(scores)
        ]
        psycopg2.extras.execute_values(cursor, INSERT, rows)
    connection.close()


def pages(borrower: Borrower, **params: Any) -> list[list[dict[str, Any]]]:
    found, cursor = [], None
    while True:
        answer = borrower.get("/history", **params, **({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["history"])
        cursor = answer.json()["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize("path", ["", "/history", "/factors"])
def test_before_the_first_score_there_is_nothing(borrower: Borrower, path: str) -> None:
    answer = borrower.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "score_not_found")


def test_what_was_answered_is_what_is_read(borrower: Borrower) -> None:
    calculated = borrower.calculate()
    assert calculated.pop("ignored") == []
    assert borrower.get().json() == calculated
    mine = borrower.service.client.get("/scores/me", headers=borrower.caller.headers)
    assert mine.json() == calculated
    assert mine.headers["content-type"] == "application/json"


def test_key_metrics_tell_what_moved(borrower: Borrower) -> None:
    first = borrower.calculate(utilisation=0.31)["keyMetrics"]
    assert first == {"monthlyChange": 0, "utilizationRate": 0.31, "utilizationChange": 0, "daysSinceUpdate": 0}
    metrics = borrower.calculate(utilisation=0.11)["keyMetrics"]
    assert (metrics["utilizationRate"], metrics["utilizationChange"], metrics["daysSinceUpdate"]) == (0.11, -0.2, 0)
    without_card = borrower.calculate(utilisation=None)["keyMetrics"]
    assert (without_card["utilizationRate"], without_card["utilizationChange"]) == (None, None)


def test_the_monthly_change_counts_from_the_score_of_a_month_ago(borrower: Borrower) -> None:
    score = borrower.calculate()["current_score"]
    now = datetime.now(UTC)
    ago = [(now - timedelta(days=days), value) for days, value in [(90, 500), (40, 600), (20, 640)]]
    add_history(borrower.service, borrower.user_id, ago)
    assert borrower.get().json()["keyMetrics"]["monthlyChange"] == score - 600


def test_an_old_score_says_how_old_it_is_and_moves_no_more(borrower: Borrower) -> None:
    borrower.calculate(late30=3)
    borrower.calculate()
    for table in ("scores", "current_scores"):
        borrower.service.sql(
            f"UPDATE {table} SET calculated_at = calculated_at - interval '45 days' WHERE user_id = %s",  # noqa: S608
            borrower.user_id,
        )
    metrics = borrower.get().json()["keyMetrics"]
    assert (metrics["daysSinceUpdate"], metrics["monthlyChange"]) == (45, 0)


def test_the_history_holds_every_score_once_newest_first(borrower: Borrower) -> None:
    scores = [borrower.calculate(late30=late)["current_score"] for late in range(7)]
    found = pages(borrower, limit=3)
    assert [len(page) for page in found] == [3, 3, 1]
    items = [item for page in found for item in page]
    assert [item["score"] for item in items] == scores[::-1]
    assert items[0]["change"] == scores[6] - scores[5]
    newest = borrower.get().json()
    for wire, column in [("band", "band"), ("category", "category"), ("calculated_at", "last_calculated")]:
        assert items[0][wire] == newest[column]


def test_from_and_to_bound_the_history(borrower: Borrower) -> None:
    borrower.calculate()
    days = [(datetime(2026, 3, day, 12, tzinfo=UTC), 600 + day) for day in range(1, 11)]
    add_history(borrower.service, borrower.user_id, days)
    found = pages(borrower, **{"from": "2026-03-03", "to": "2026-03-06T12:00:00Z", "limit": 2})
    assert [item["score"] for page in found for item in page] == [605, 604, 603]
    assert pages(borrower, **{"from": "2020-01-01", "to": "2020-02-01"}) == [[]]


@pytest.mark.parametrize(
    ("granularity", "expected"),
    [
        ("day", [(668, 4), (664, 4), (660, 4)]),
        ("week", [(668, 8), (660, 28), (632, 28)]),
        ("month", [(668, 68), (600, 0)]),
    ],
)
def test_a_granularity_keeps_the_last_score_of_each_period(
    borrower: Borrower, granularity: str, expected: list[tuple[int, int]]
) -> None:
    borrower.calculate()
    # Four a day, from 31 January to 17 February 2026, a Saturday and a Tuesday: each a point above the one before.
    begin = datetime(2026, 1, 31, 3, tzinfo=UTC)
    scores = [(begin + timedelta(hours=6 * number), 597 + number) for number in range(72)]
    add_history(borrower.service, borrower.user_id, scores)
    until = {"from": "2026-01-01", "to": "2026-03-01", "granularity": granularity}
    found = pages(borrower, **until, limit=2)
    items = [(item["score"], item["change"]) for page in found for item in page]
    assert items[:3] == expected
    assert [item for page in pages(borrower, **until, limit=100) for item in page] == [
        item for page in found for item in page
    ]


@pytest.mark.parametrize("granularity", [{}, {"granularity": "week"}, {"granularity": "month"}])
@pytest.mark.parametrize("limit", [1, 100])
def test_another_scorecard_is_marked_and_its_part_of_the_change_kept_apart(
    borrower: Borrower, granularity: dict[str, str], limit: int
) -> None:
    borrower.calculate()
    days = [(datetime(2026, month, 9, tzinfo=UTC), score) for month, score in [(1, 600), (2, 660), (3, 655), (4, 680)]]
    add_history(borrower.service, borrower.user_id, days)
    # In January the one that decides from February on scored 640 beside; nobody had seen March's before.
    for version, change, model, beside, its_score in [
        (-4, 0, "a", "b", 640),
        (-3, 60, "b", "a", 610),
        (-2, -5, "c", None, None),
        (-1, 25, "c", "b", 670),
    ]:
        borrower.service.sql(
            "UPDATE scores SET change = %s, model_version = %s, challenger_version = %s, challenger_score = %s"
            " WHERE user_id = %s AND version = %s",
            change,
            model,
            beside,
            its_score,
            borrower.user_id,
            version,
        )
    found = pages(borrower, **{"from": "2026-01-01", "to": "2026-05-01", "limit": limit, **granularity})
    names = ("score", "change", "model_changed", "change_by_model")
    assert [tuple(item[name] for name in names) for page in found for item in page] == [
        (680, 25, False, 0),
        (655, -5, True, None),
        (660, 60, True, 40),
        (600, 0, False, 0),
    ]


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"limit": 101}, "/query/limit"),
        ({"limit": 0}, "/query/limit"),
        ({"granularity": "year"}, "/query/granularity"),
        ({"from": "yesterday"}, "/query/from"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "/query"),
        ({"cursor": "abc"}, "/query/cursor"),
        ({"cursor": "WzFd"}, "/query/cursor"),
        ({"cursor": "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIl0"}, "/query/cursor"),
    ],
)
def test_a_bad_question_about_the_history_is_named(borrower: Borrower, params: dict[str, Any], pointer: str) -> None:
    borrower.calculate()
    answer = borrower.get("/history", **params)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_factors_come_with_reasons_and_with_acts_worth_their_points(borrower: Borrower) -> None:
    score = borrower.calculate(utilisation=0.9)
    factors = borrower.get("/factors").json()
    assert factors["user_id"] == str(borrower.user_id)
    assert factors["factors"] == score["factors"]
    assert factors["reasons"] == score["reasons"]
    worst = factors["recommendations"][0]
    assert worst["code"] == "lower_utilisation.v1"
    improved = borrower.post("/simulate", {"changes": {"utilisation": 0}}).json()
    assert improved["delta"] == worst["points_gain"]


def test_what_is_below_average_is_told_beside_what_would_raise_the_score(borrower: Borrower) -> None:
    borrower.calculate(utilisation=0.55, late30=0, debt_ratio=0.2)
    factors = borrower.get("/factors").json()
    below = {each["code"]: each["points"] for each in factors["below_average"]}
    # The best debt ratio earns more than this one, which is better than the average.
    assert "debt_ratio_high.v1" in {each["code"] for each in factors["reasons"]} - below.keys()
    negative = {each["feature"] for each in factors["factors"] if each["impact"] == "negative"}
    assert {name for each in factors["below_average"] for name in each["features"]} == negative == {"utilisation"}
    assert 0 < below["utilisation_high.v1"] < factors["reasons"][0]["points"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/factors", None),
        ("GET", "/report.pdf", None),
        ("POST", "/simulate", {}),
        ("POST", "/simulate/projection", {}),
        ("POST", "/plan", {"target": 800}),
    ],
)
def test_a_scorecard_that_is_not_here_any_more_is_named(
    borrower: Borrower, method: str, path: str, body: dict[str, Any] | None
) -> None:
    borrower.calculate()
    borrower.service.sql(
        'UPDATE current_scores SET explanation = (explanation::jsonb || \'{"model_version": "gone"}\')::json'
        " WHERE user_id = %s",
        borrower.user_id,
    )
    answer = borrower.get(path) if method == "GET" else borrower.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "artifact_not_shipped")
    assert answer.json()["model_version"] == "gone"
    assert borrower.get().json()["model_version"] == "gone"


def place(ranges: list[dict[str, Any]], value: float) -> int:
    """Which of the card's ranges an answer lies in."""
    return sum(each["from"] is not None and each["from"] <= value for each in ranges) - 1


def test_the_model_card_is_that_of_the_shipped_artifact(borrower: Borrower) -> None:
    score = borrower.calculate()
    card = borrower.service.client.get("/scores/models/current", headers=borrower.caller.headers).json()
    artifact = (SCORECARDS / f"{card['version']}.json").read_bytes()
    assert card["sha256"] == sha256(artifact).hexdigest()
    assert (card["version"], card["base_points"]) == (score["model_version"], score["base_points"])
    value = {factor["feature"]: factor["value"] for factor in score["factors"]}
    for feature, factor in zip(card["features"], score["factors"], strict=True):
        points = feature["bins"][place(feature["bins"], factor["value"])]["points"]
        for pair in (each for each in card["pairs"] if each["feature"] == feature["feature"]):
            points += pair["points"][place(pair["rows"], value[pair["given"]])][place(pair["columns"], factor["value"])]
        assert points == factor["points"]
    assert borrower.service.client.get("/scores/models/current").status_code == 401
