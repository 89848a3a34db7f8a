"""Answers that name a band: the interval is wider, and is again wherever the same inputs are looked at."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.score_service.borrower import FEATURES, Borrower, survey_response
from tests.support.callers import Caller
from tests.support.neighbour import Reply

RANGES: dict[str, Any] = {"utilisation": [0.2, 0.45], "debt_ratio": [0.2, 9], "shoe_size": [38, 44]}


@pytest.fixture
def banded(borrower: Borrower) -> dict[str, Any]:
    """The score of somebody whose survey names bands."""
    borrower.survey_says(Reply(body={**survey_response(FEATURES), "ranges": RANGES}))
    answer = borrower.post("/calculate")
    assert answer.status_code == 200, answer.text
    score: dict[str, Any] = answer.json()
    return score


def test_the_score_is_the_same_and_its_interval_wider(borrower: Borrower, banded: dict[str, Any]) -> None:
    exact = borrower.calculate()
    assert banded["current_score"] == exact["current_score"]
    assert banded["confidence"] < exact["confidence"]
    assert banded["interval"][0] < exact["interval"][0] < exact["interval"][1] < banded["interval"][1]


def test_a_replay_gives_the_same_and_shows_the_bands(
    borrower: Borrower, banded: dict[str, Any], new_admin: Callable[[], Caller]
) -> None:
    [entry] = borrower.get("/history").json()["history"]
    path, headers = f"/scores/admin/replay/{entry['score_id']}", new_admin().headers
    replay = borrower.service.client.get(path, headers=headers).json()
    assert (replay["equal"], replay["differences"]) == (True, [])
    assert replay["ranges"] == {"utilisation": [0.2, 0.45], "debt_ratio": [0.2, 5]}
    assert entry["confidence"] == banded["confidence"]
    borrower.service.sql("UPDATE scores SET ranges = NULL WHERE score_id = %s", entry["score_id"])
    doctored = borrower.service.client.get(path, headers=headers).json()
    assert [each["pointer"] for each in doctored["differences"]] == ["/confidence"]


def test_simulating_no_change_is_as_sure_and_a_changed_answer_is_exact(
    borrower: Borrower, banded: dict[str, Any]
) -> None:
    same = borrower.post("/simulate", {"changes": {}}).json()
    assert (same["delta"], same["confidence"]) == (0, banded["confidence"])
    said_exactly = borrower.post("/simulate", {"changes": {"utilisation": FEATURES["utilisation"]}}).json()
    assert said_exactly["delta"] == 0
    assert said_exactly["confidence"] > banded["confidence"]
    projected = borrower.post("/simulate/projection", {"changes": {}, "months": 1}).json()
    assert [projected["projection"][0][end] for end in ("confLo", "confHi")] == banded["interval"]


def test_a_correction_is_exact_and_leaves_the_other_band(
    borrower: Borrower, banded: dict[str, Any], new_admin: Callable[[], Caller]
) -> None:
    dispute = borrower.service.client.post(
        "/disputes", json={"feature": "utilisation", "evidence": "It is 31 %."}, headers=borrower.caller.headers
    ).json()
    resolved = borrower.service.client.post(
        f"/scores/admin/disputes/{dispute['dispute_id']}/resolve",
        json={"outcome": "corrected", "resolution": "So it is.", "changes": {"utilisation": FEATURES["utilisation"]}},
        headers=new_admin().headers,
    )
    assert resolved.status_code == 200, resolved.text
    [(stored,)] = borrower.service.sql("SELECT ranges FROM current_scores WHERE user_id = %s", borrower.user_id)
    assert stored == {"debt_ratio": [0.2, 5]}
    assert banded["confidence"] < borrower.get("").json()["confidence"] < borrower.calculate()["confidence"]
