"""Simulate, project and plan: the same function as calculate, and nothing is stored."""

from typing import Any

import pytest

from tests.integration.score_service.borrower import FEATURES, Borrower, without
from tests.support.neighbour import Reply


def test_no_change_gives_the_current_score_exactly(borrower: Borrower) -> None:
    score = borrower.calculate()
    for body in ({}, {"changes": {}}, {"changes": {"late30": FEATURES["late30"]}}):
        simulated = borrower.post("/simulate", body).json()
        assert (simulated["score"], simulated["delta"]) == (score["current_score"], 0)
        assert simulated["factors"] == score["factors"]
        assert simulated["confidence"] == score["confidence"]


@pytest.mark.parametrize(
    "changes",
    [
        {"utilisation": 0.05},
        {"utilisation": None, "lines": 2},
        {"late90": 3},
        {"debt_ratio": None, "mortgages": None},
        {"late30": 0, "debt_ratio": 4.99, "lines": 40},
    ],
)
def test_a_simulation_is_what_calculating_would_give_and_stores_nothing(
    borrower: Borrower, changes: dict[str, Any]
) -> None:
    current = borrower.calculate()["current_score"]
    simulated = borrower.post("/simulate", {"changes": changes}).json()
    assert borrower.stored() == (1, 1, 1)
    assert borrower.get().json()["current_score"] == current
    calculated = borrower.calculate(**changes)
    for wire, column in [
        ("score", "current_score"),
        ("band", "band"),
        ("category", "category"),
        ("factors", "factors"),
    ]:
        assert simulated[wire] == calculated[column]
    assert simulated["delta"] == calculated["change"]


def test_flat_answers_replace_only_the_facts_they_give(borrower: Borrower) -> None:
    borrower.calculate()
    mark = borrower.survey_reads_answers(
        Reply(body={"facts": {"late30": 0}, "features": {"late30": 0}, "ignored": ["hat"], "version": 4})
    )
    simulated = borrower.post("/simulate", {"lateThirty": "never", **mark}).json()
    assert simulated["ignored"] == ["hat"]
    assert simulated["score"] == borrower.calculate(late30=0)["current_score"]


@pytest.mark.parametrize("path", ["/simulate", "/simulate/projection"])
def test_without_a_score_everything_required_must_be_given(borrower: Borrower, path: str) -> None:
    answer = borrower.post(path, {"changes": without("lines")})
    assert (answer.status_code, answer.json()["code"]) == (404, "score_not_found")
    given = borrower.post(path, {"changes": FEATURES})
    assert given.status_code == 200
    assert borrower.stored() == (0, 0, 0)
    assert given.json()["score"] == borrower.calculate()["current_score"]


@pytest.mark.parametrize("path", ["/simulate", "/simulate/projection"])
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"changes": {"shoe_size": 43}}, "/changes/shoe_size"),
        ({"changes": {"late30": 21}}, "/changes/late30"),
        ({"changes": {"lines": 0}}, "/changes/mortgages"),
        ({"changes": {"late30": "1"}}, "/changes/late30"),
        ({"changes": {"late30": 1}, "cardLimit": 1500}, ""),
    ],
)
def test_a_change_nobody_can_make_is_named(borrower: Borrower, path: str, body: dict[str, Any], pointer: str) -> None:
    borrower.calculate()
    answer = borrower.post(path, body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_projection_leads_from_the_score_to_the_simulation(borrower: Borrower) -> None:
    score = borrower.calculate(utilisation=0.8, late30=0)
    changes = {"utilisation": 0.1}
    projected = borrower.post("/simulate/projection", {"changes": changes, "months": 6}).json()
    path = projected["projection"]
    assert [step["month"] for step in path] == list(range(7))
    assert path[0]["simulated"] == projected["score"] == score["current_score"]
    simulated = borrower.post("/simulate", {"changes": changes}).json()
    assert path[-1]["simulated"] == projected["summary"]["projected"] == simulated["score"]
    assert projected["summary"]["delta"] == simulated["delta"]
    assert all(step["confLo"] <= step["simulated"] <= step["confHi"] for step in path)
    assert all(assumption["text"] for assumption in projected["assumptions"])
    assert borrower.stored() == (1, 1, 1)


@pytest.mark.parametrize("months", [0, 37, "soon", True, 6.5, None])
def test_months_are_bounded(borrower: Borrower, months: Any) -> None:
    answer = borrower.post("/simulate/projection", {"changes": {}, "months": months})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/months"]


def test_a_plan_reaches_its_target_and_leaves_what_is_fixed(borrower: Borrower) -> None:
    current = borrower.calculate(utilisation=0.9, debt_ratio=0.9)["current_score"]
    planned = borrower.post("/plan", {"target": current + 20}).json()
    assert (planned["reachable"], planned["why"]) == (True, "found")
    changes = {change["feature"]: change["to"] for change in planned["changes"]}
    simulated = borrower.post("/simulate", {"changes": changes}).json()
    assert simulated["score"] == planned["score"] >= current + 20
    assert simulated["delta"] == sum(change["points_gain"] for change in planned["changes"])
    fixed = borrower.post("/plan", {"target": current + 20, "fixed": ["utilisation"]}).json()
    assert "utilisation" not in {change["feature"] for change in fixed["changes"]}
    assert borrower.post("/plan", {"target": current}).json()["why"] == "already_there"
    beyond = borrower.post("/plan", {"target": 850, "fixed": ["utilisation"]}).json()
    assert beyond["why"] == "out_of_reach"
    assert {"utilisation", "late30"} <= {obstacle["feature"] for obstacle in beyond["obstacles"]}


def test_a_plan_needs_a_score_and_a_target_on_the_scale(borrower: Borrower) -> None:
    assert borrower.post("/plan", {"target": 700}).json()["code"] == "score_not_found"
    borrower.calculate()
    for body, pointer in [
        ({"target": 851}, "/target"),
        ({"target": True}, "/target"),
        ({"target": 700, "fixed": ["hat"]}, "/fixed/0"),
        ({}, "/target"),
    ]:
        answer = borrower.post("/plan", body)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
