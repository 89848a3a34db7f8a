"""From answers to facts to features."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_service.domain.facts import facts_of, replace_facts
from survey_service.domain.features import BOUNDS, FACTS, features_of, lone_amounts
from tests.unit.survey_service.catalogues import SMALL, catalogue, option, row

AMOUNT = st.floats(0, 1e12) | st.integers(0, 10**12)
SOME_FACTS = st.dictionaries(st.sampled_from(sorted(FACTS)), AMOUNT)


@pytest.mark.parametrize(
    ("facts", "features"),
    [
        ({}, {}),
        ({"card_balance": 450, "card_limit": 1500}, {"utilisation": 0.3}),
        ({"card_balance": 4000, "card_limit": 1500}, {"utilisation": 2}),
        ({"card_balance": 0, "card_limit": 1500}, {"utilisation": 0}),
        ({"card_limit": 0}, {"utilisation": None}),
        ({"card_limit": 0, "card_balance": 500}, {"utilisation": None}),
        ({"card_balance": 500}, {}),
        ({"card_limit": 500}, {}),
        ({"utilisation": 0.4}, {"utilisation": 0.4}),
        ({"utilisation": 3.5}, {"utilisation": 2}),
        ({"utilisation": 0.4, "card_balance": 450}, {"utilisation": 0.4}),
        ({"utilisation": 0.4, "card_balance": 450, "card_limit": 1500}, {"utilisation": 0.3}),
        ({"utilisation": 0.4, "card_limit": 0}, {"utilisation": None}),
        ({"debt_payments": 900, "income": 3000}, {"debt_ratio": 0.3}),
        ({"debt_payments": 90_000, "income": 3000}, {"debt_ratio": 5}),
        ({"debt_payments": 900, "income": 1}, {}),
        ({"debt_payments": 900, "income": 0}, {}),
        ({"debt_payments": 900}, {}),
        ({"income": 3000}, {}),
        ({"debt_ratio": 0.5}, {"debt_ratio": 0.5}),
        ({"debt_ratio": 0.5, "income": 0}, {}),
        ({"debt_ratio": 0.5, "debt_payments": 900, "income": 3000}, {"debt_ratio": 0.3}),
        ({"late30": 25, "late60": 0, "late90": 2.0}, {"late30": 20, "late60": 0, "late90": 2}),
        ({"lines": 2, "mortgages": 3}, {"lines": 2, "mortgages": 2}),
        ({"lines": 3, "mortgages": 1}, {"lines": 3, "mortgages": 1}),
        ({"lines": 0}, {"lines": 0, "mortgages": 0}),
        ({"lines": 3}, {"lines": 3}),
        ({"mortgages": 40}, {"mortgages": 30}),
        ({"age": 12, "dependents": 25}, {"age": 18, "dependents": 20}),
    ],
)
def test_features_of_facts(facts: dict[str, float], features: dict[str, float | None]) -> None:
    assert features_of(facts) == features


@given(SOME_FACTS)
def test_features_are_always_within_their_bounds(facts: dict[str, float]) -> None:
    for name, value in features_of(facts).items():
        low, high = BOUNDS[name]
        assert (value is None and name == "utilisation") or (value is not None and low <= value <= high)


@given(SOME_FACTS, AMOUNT)
def test_owing_more_never_lowers_a_ratio(facts: dict[str, float], more: float) -> None:
    worse = {
        name: value + more if name in {"card_balance", "debt_payments"} else value for name, value in facts.items()
    }
    before, after = features_of(facts), features_of(worse)
    assert before.keys() == after.keys()
    for ratio in ("utilisation", "debt_ratio"):
        first, second = before.get(ratio), after.get(ratio)
        assert (first is None and second is None) or (second or 0) >= (first or 0)


@given(st.floats(1.01, 1e9), st.floats(0, 1e9), st.floats(0.01, 1000))
def test_the_currency_does_not_matter(income: float, payments: float, rate: float) -> None:
    if income * rate > 1:
        one = features_of({"income": income, "debt_payments": payments})["debt_ratio"]
        other = features_of({"income": income * rate, "debt_payments": payments * rate})["debt_ratio"]
        assert math.isclose(one or 0, other or 0, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("answers", "facts"),
    [
        ({"has_cards": "no"}, {"card_limit": 0}),
        ({"has_cards": "yes", "card_limit": 1500, "card_balance": 450}, {"card_limit": 1500, "card_balance": 450}),
        ({"loans": ["car"]}, {"lines": 1}),
        ({"loans": ["home", "car"]}, {"lines": 2, "mortgages": 1}),
        ({"mood": "good", "goal": "a house"}, {}),
        ({"age": 44, "late30": 2}, {"age": 44, "late30": 2}),
    ],
)
def test_facts_of_answers(answers: dict[str, Any], facts: dict[str, float]) -> None:
    assert facts_of(SMALL, answers) == facts


def test_a_late_payment_counts_at_its_worst_and_other_facts_by_the_later_question() -> None:
    twice = catalogue(
        row("band", "single_choice", options=[option("often", late30=3, income=2000)]),
        row("late30", "number", fact="late30"),
        row("income", "number", fact="income"),
    )
    assert facts_of(twice, {"band": "often", "late30": 1, "income": 2500}) == {"late30": 3, "income": 2500}
    assert facts_of(twice, {"band": "often", "late30": 5}) == {"late30": 5, "income": 2000}


@pytest.mark.parametrize(
    ("new", "features"),
    [
        ({"card_balance": 150}, {"utilisation": 0.1, "late30": 2, "debt_ratio": 0.3}),
        ({"card_limit": 900}, {"utilisation": 0.5, "late30": 2, "debt_ratio": 0.3}),
        ({"card_limit": 0, "card_balance": 0}, {"utilisation": None, "late30": 2, "debt_ratio": 0.3}),
        ({"utilisation": 0.1}, {"utilisation": 0.1, "late30": 2, "debt_ratio": 0.3}),
        ({"late30": 1, "debt_ratio": 0.5}, {"utilisation": 0.3, "late30": 1, "debt_ratio": 0.5}),
        ({"income": 0}, {"utilisation": 0.3, "late30": 2}),
        ({}, {"utilisation": 0.3, "late30": 2, "debt_ratio": 0.3}),
    ],
)
def test_new_facts_replace_those_they_name_and_no_others(new: dict[str, float], features: dict[str, Any]) -> None:
    base = {"card_balance": 450, "card_limit": 1500, "late30": 2, "income": 3000, "debt_payments": 900}
    assert features_of(replace_facts(base, new)) == features


@pytest.mark.parametrize(
    ("facts", "lone"),
    [
        ({"card_balance": 450}, {"card_balance"}),
        ({"card_limit": 1500, "income": 3000}, {"card_limit", "income"}),
        ({"card_limit": 0}, set()),
        ({"card_balance": 450, "card_limit": 1500, "late30": 1}, set()),
    ],
)
def test_amounts_without_their_other_half_are_known(facts: dict[str, float], lone: set[str]) -> None:
    assert lone_amounts(facts) == lone
