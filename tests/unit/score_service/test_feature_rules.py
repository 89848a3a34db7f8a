"""Explicit features are refused by name when no one can have them; survey facts are clipped to the same bounds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from score_service.domain.features import FEATURES, InvalidFeaturesError, clipped, unanswered, validated

REFUSED = [
    ("income", 3000, "unknown"),
    ("late30", None, "null"),
    ("lines", None, "null"),
    ("late30", True, "not_a_number"),
    ("utilisation", "0.3", "not_a_number"),
    ("utilisation", math.nan, "not_a_number"),
    ("debt_ratio", [0.3], "not_a_number"),
    ("utilisation", math.inf, "out_of_bounds"),
    ("utilisation", -0.01, "out_of_bounds"),
    ("utilisation", 2.01, "out_of_bounds"),
    ("late90", 21, "out_of_bounds"),
    ("lines", 10**400, "out_of_bounds"),
    ("age", 17, "out_of_bounds"),
    ("late60", 1.5, "not_whole"),
]


@pytest.mark.parametrize(("name", "value", "code"), REFUSED)
def test_a_value_no_one_can_have_is_refused_by_name(name: str, value: object, code: str) -> None:
    with pytest.raises(InvalidFeaturesError) as refused:
        validated({name: value})
    assert [(error.feature, error.code) for error in refused.value.errors] == [(name, code)]


def test_every_refused_feature_is_named_at_once() -> None:
    with pytest.raises(InvalidFeaturesError, match=r"late30: .*; income: "):
        validated({"late30": 99, "income": 1, "utilisation": 0.2})


def test_more_home_loans_than_loans_is_a_contradiction() -> None:
    with pytest.raises(InvalidFeaturesError) as refused:
        validated({"lines": 2, "mortgages": 3})
    assert [error.code for error in refused.value.errors] == ["exceeds_lines"]
    assert validated({"lines": 3, "mortgages": 3}) == {"lines": 3, "mortgages": 3}


@given(st.floats(0, 2))
def test_accepted_values_come_back_exactly(value: float) -> None:
    assert validated({"utilisation": value}) == {"utilisation": value}


def test_null_means_no_card_or_unknown_where_it_may() -> None:
    nullable = {name: None for name, feature in FEATURES.items() if feature.nullable}
    assert validated(nullable) == nullable
    assert set(nullable) == {"utilisation", "debt_ratio", "mortgages", "age", "dependents"}


def test_no_card_answers_utilisation_and_nothing_else_does() -> None:
    assert unanswered({"utilisation": None}, ["utilisation"]) == ()
    assert unanswered({}, ["utilisation"]) == ("utilisation",)
    assert unanswered({"late30": None}, ["late30"]) == ("late30",)


@given(st.sampled_from(sorted(FEATURES)), st.floats(allow_nan=False))
def test_clipping_gives_the_nearest_value_inside_the_bounds(name: str, value: float) -> None:
    feature = FEATURES[name]
    inside = clipped(name, value)
    assert feature.lower <= inside <= feature.upper
    assert inside == value or not feature.lower <= value <= feature.upper


def test_not_a_number_is_no_fact() -> None:
    with pytest.raises(ValueError, match="debt_ratio is not a number"):
        clipped("debt_ratio", math.nan)
