"""Scoring a portfolio is scoring each of its people: the same points, at every edge and on both sides of it."""

import math

import numpy as np
import pytest

from score_service.domain import portfolio
from score_service.domain.evaluation import evaluate
from score_service.domain.features import FEATURES, Value
from score_service.domain.portfolio import Portfolio
from score_service.domain.reasons import reasons
from score_service.domain.scorecard import Scorecard
from tests.unit.score_service.conftest import MOST_PROFILES, Profiles

TYPICAL: dict[str, Value] = {
    "utilisation": 0.3,
    "late30": 0.0,
    "late60": 0.0,
    "late90": 0.0,
    "debt_ratio": 0.35,
    "lines": 8.0,
    "mortgages": 1.0,
    "age": 40.0,
    "dependents": 1.0,
}


def columns_of(people: list[dict[str, Value]]) -> dict[str, np.ndarray]:
    return {name: np.array([person[name] for person in people], dtype=np.float64) for name in FEATURES}


@pytest.mark.slow
def test_a_portfolio_is_scored_like_its_people(scorecard: Scorecard, create_profiles: Profiles) -> None:
    people = list(create_profiles(MOST_PROFILES))
    scored = Portfolio(scorecard).score(columns_of(people))
    evaluations = [evaluate(scorecard, person) for person in people]
    assert scored.scores.tolist() == [evaluation.score for evaluation in evaluations]
    assert scored.default_probability.tolist() == [e.probability_of_default for e in evaluations]


def test_a_portfolio_s_reasons_are_those_of_its_people(scorecard: Scorecard, create_profiles: Profiles) -> None:
    best = {each.feature: (0.0, *each.edges)[each.points.index(each.highest)] for each in scorecard.tables}
    people = [*create_profiles(5_000), {**TYPICAL, **best}]
    which, lists = Portfolio(scorecard).reasons(columns_of(people))
    alone = [[reason.code for reason in reasons(scorecard, evaluate(scorecard, person))] for person in people]
    assert [lists[each].split() for each in which.tolist()] == alone
    assert max(map(len, alone)) == 4
    assert alone[-1] == []
    assert len(lists) == len(set(lists))


def test_more_pairs_than_one_number_has_room_for_give_the_same(
    scorecard: Scorecard, create_profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = columns_of(list(create_profiles(1_000)))
    at_once = Portfolio(scorecard).score(people).scores.tolist()
    monkeypatch.setattr(portfolio, "_NUMBER_BITS", 8)
    monkeypatch.setattr(portfolio, "_TABLE_BITS", 4)
    assert Portfolio(scorecard).score(people).scores.tolist() == at_once


def test_both_sides_of_every_hundredth_are_told_apart(scorecard: Scorecard) -> None:
    people = []
    for name in ("utilisation", "debt_ratio"):
        for hundredths in range(round(FEATURES[name].upper * 100) + 1):
            edge = hundredths / 100
            people += [{**TYPICAL, name: value} for value in (edge, math.nextafter(edge, 0), math.nextafter(edge, 9))]
    inside = [p for p in people if p["utilisation"] <= 2 and p["debt_ratio"] <= 5]
    scored = Portfolio(scorecard).score(columns_of(inside))
    assert scored.scores.tolist() == [evaluate(scorecard, person).score for person in inside]


def test_both_sides_of_every_edge_and_the_oddest_numbers_are_told_apart(scorecard: Scorecard) -> None:
    odd = [-0.0, 5e-324, 0.9999999, 1 - 2**-53, 1 + 2**-52, 1e300, math.inf, -1.0, -math.inf]
    people = [
        {**TYPICAL, table.feature: value}
        for table in scorecard.tables
        for edge in table.edges
        for value in (edge, math.nextafter(edge, 0), math.nextafter(edge, 999), *odd)
    ]
    scored = Portfolio(scorecard).score(columns_of(people))
    assert scored.scores.tolist() == [evaluate(scorecard, person).score for person in people]


def test_columns_that_are_strided_or_of_another_type_are_read_alike(champion: Scorecard) -> None:
    people = [{**TYPICAL, "late30": float(n), "lines": float(n * 5)} for n in range(12)]
    plain = columns_of(people)
    strided = {name: np.repeat(column, 2)[::2] for name, column in plain.items()}
    counted = {**plain, "late30": plain["late30"].astype(np.int8), "lines": plain["lines"].astype(np.int32)}
    expected = Portfolio(champion).score(plain).scores.tolist()
    assert len(set(expected)) > 3
    for columns in (strided, counted):
        assert Portfolio(champion).score(columns).scores.tolist() == expected


def test_values_beyond_a_bound_count_as_the_bound(champion: Scorecard) -> None:
    beyond = {**TYPICAL, "utilisation": 50.0, "late90": 98.0, "lines": 400.0}
    bound = {**TYPICAL, "utilisation": 2.0, "late90": 20.0, "lines": 60.0}
    first, second = Portfolio(champion).score(columns_of([beyond, bound])).scores.tolist()
    assert first == second


@pytest.mark.parametrize("name", ["late30", "late60", "late90", "lines"])
def test_a_row_without_a_required_count_has_no_score(champion: Scorecard, name: str) -> None:
    scored = Portfolio(champion).score(columns_of([TYPICAL, {**TYPICAL, name: None}]))
    assert scored.complete.tolist() == [True, False]
    assert math.isnan(scored.default_probability[1])
