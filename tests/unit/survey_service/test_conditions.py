"""Which questions are asked, and how far somebody is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_service.domain.catalogue import Catalogue
from survey_service.domain.conditions import is_condition, named_questions, shown_questions
from survey_service.domain.progress import progress_of
from tests.unit.survey_service.catalogues import SMALL, builtin, catalogue, option, row

ANSWERS: dict[str, st.SearchStrategy[Any]] = {
    "has_cards": st.sampled_from(["yes", "no"]),
    "card_limit": st.integers(0, 5000),
    "card_balance": st.integers(0, 5000),
    "loans": st.lists(st.sampled_from(["car", "home"]), min_size=1, unique=True),
    "late30": st.integers(0, 20),
    "age": st.integers(18, 110),
}


def asked_if(condition: dict[str, Any]) -> Catalogue:
    return catalogue(
        row("a", "single_choice", options=[option("x"), option("y")]),
        row("b", "multiple_choice", options=[option("x"), option("y")]),
        row("n", "number"),
        row("last", "text", show_if=condition),
    )


A_IS_X = {"question": "a", "equals": "x"}
B_HAS_X = {"question": "b", "equals": "x"}


@pytest.mark.parametrize(
    ("condition", "answers", "shown"),
    [
        (A_IS_X, {"a": "x"}, True),
        (A_IS_X, {"a": "y"}, False),
        (A_IS_X, {}, None),
        (B_HAS_X, {"b": ["y", "x"]}, True),
        (B_HAS_X, {"b": ["y"]}, False),
        ({"question": "a", "in": ["x", "z"]}, {"a": "x"}, True),
        ({"question": "a", "in": ["z"]}, {"a": "x"}, False),
        ({"question": "n", "at_least": 1}, {"n": 1}, True),
        ({"question": "n", "at_least": 1}, {"n": 0.5}, False),
        ({"question": "n", "at_most": 1}, {"n": 1}, True),
        ({"question": "a", "at_least": 1}, {"a": "x"}, False),
        ({"all": [A_IS_X, B_HAS_X]}, {"a": "x", "b": ["x"]}, True),
        ({"all": [A_IS_X, B_HAS_X]}, {"a": "x"}, None),
        ({"all": [A_IS_X, B_HAS_X]}, {"a": "y"}, False),
        ({"any": [A_IS_X, B_HAS_X]}, {"a": "x"}, True),
        ({"any": [A_IS_X, B_HAS_X]}, {"a": "y"}, None),
        ({"any": [A_IS_X, B_HAS_X]}, {"a": "y", "b": ["y"]}, False),
    ],
)
def test_a_condition_is_true_false_or_still_open(
    condition: dict[str, Any], answers: dict[str, Any], shown: bool | None
) -> None:
    assert shown_questions(asked_if(condition), answers)["last"] is shown


def test_the_answer_of_a_question_that_is_not_asked_decides_nothing() -> None:
    chain = catalogue(
        row("a", "single_choice", options=[option("x"), option("y")]),
        row("b", "single_choice", options=[option("x"), option("y")], show_if=A_IS_X),
        row("c", "text", show_if={"question": "b", "equals": "x"}),
    )
    assert shown_questions(chain, {"a": "y", "b": "x"}) == {"a": True, "b": False, "c": False}
    assert shown_questions(chain, {"b": "x"}) == {"a": True, "b": None, "c": None}


@pytest.mark.parametrize(
    "value",
    [
        None, "a", [], {}, {"question": "a"}, {"equals": "x"}, {"question": 1, "equals": "x"},
        {"question": "a", "equals": "x", "in": ["x"]}, {"question": "a", "equals": None},
        {"question": "a", "in": []}, {"question": "a", "in": "x"}, {"question": "a", "in": [["x"]]},
        {"question": "a", "at_least": "1"}, {"all": []}, {"all": [{}]}, {"all": [A_IS_X], "any": [A_IS_X]},
        {"all": [A_IS_X], "question": "a", "equals": "x"}, {"all": [A_IS_X] * 21}, {"not": A_IS_X},
        {"all": [{"all": [{"all": [{"all": [{"all": [A_IS_X]}]}]}]}]},
    ],
)  # fmt: skip
def test_what_is_no_condition_is_told_apart(value: object) -> None:
    assert not is_condition(value)


@pytest.mark.parametrize("value", [{"all": [A_IS_X] * 20}, {"all": [{"any": [{"all": [{"any": [A_IS_X]}]}]}]}])
def test_a_condition_may_be_as_wide_and_as_deep_as_this(value: object) -> None:
    assert is_condition(value)


def test_conditions_may_be_nested_and_tell_whom_they_look_at() -> None:
    condition = {"all": [A_IS_X, {"any": [B_HAS_X, {"question": "n", "at_most": 3}]}]}
    assert is_condition(condition)
    assert sorted(named_questions(condition)) == ["a", "b", "n"]


def test_progress_counts_what_is_asked() -> None:
    fresh = progress_of(SMALL, {})
    assert (fresh.answered, fresh.missing, fresh.total, fresh.percent, fresh.complete) == ((), (1, 5), 2, 0, False)
    begun = progress_of(SMALL, {"has_cards": "yes", "age": 30})
    assert (begun.answered, begun.missing, begun.percent) == ((1, 6), (2, 3, 5), 40)
    done = progress_of(SMALL, {"has_cards": "no", "card_limit": 9, "late30": 0})
    assert (done.answered, done.missing, done.percent, done.complete) == ((1, 5), (), 100, True)


@given(st.fixed_dictionaries({}, optional=ANSWERS))
def test_progress_adds_up_whatever_is_answered(answers: dict[str, Any]) -> None:
    progress = progress_of(SMALL, answers)
    assert progress.total == len(progress.answered) + len(progress.missing)
    assert (progress.percent == 100) == progress.complete == (not progress.missing)


def test_nothing_asked_is_complete() -> None:
    assert progress_of(Catalogue(1, ()), {}).percent == 100


def test_the_built_in_survey_begins_with_what_everybody_is_asked() -> None:
    questions = builtin()
    missing = progress_of(questions, {}).missing
    assert [questions.by_id[number].key for number in missing] == [
        "monthly_income", "has_cards", "lines", "ever_late", "debt_payments"
    ]  # fmt: skip
