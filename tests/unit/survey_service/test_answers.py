"""What counts as an answer, and what a set of answers comes to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_kit.languages import Texts
from survey_service.domain.answers import BadAnswer, carry_over, read_answer, read_submission
from survey_service.domain.catalogue import Question, snake_case
from tests.unit.survey_service.catalogues import SMALL, catalogue, option, row

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("key", "raw", "answer"),
    [
        ("age", 34, 34),
        ("age", 34.0, 34),
        ("age", " 34 ", 34),
        ("card_balance", "450.50", 450.5),
        ("card_balance", 0, 0),
        ("has_cards", "yes", "yes"),
        ("loans", ["home", "car"], ["home", "car"]),
        ("goal", "  a house ", "a house"),
        # As far as it may go.
        ("age", 18, 18),
        ("age", 110, 110),
        ("late30", 20, 20),
        ("card_balance", 10**12, 10**12),
        ("goal", "x", "x"),
        ("goal", "x" * 10, "x" * 10),
    ],
)
def test_an_answer_is_read_as_it_is_meant(key: str, raw: object, answer: object) -> None:
    read = read_answer(SMALL.by_key[key], raw)
    assert (read, type(read)) == (answer, type(answer))


@pytest.mark.parametrize(
    ("key", "raw", "message"),
    [
        ("age", 17, "must be from 18 to 110"),
        ("age", 111, "must be from 18 to 110"),
        ("age", 20.5, "must be a whole number"),
        ("age", True, "must be a number"),
        ("age", "thirty", "must be a number"),
        ("age", "1e2", "must be a number"),
        ("age", "٣٤", "must be a number"),
        ("age", [34], "must be a number"),
        ("late30", 21, "must be from 0 to 20"),
        ("card_balance", -0.01, "must be from 0 to 1,000,000,000,000"),
        ("card_balance", float("inf"), "must be from 0 to 1,000,000,000,000"),
        ("card_balance", float("nan"), "must be from 0 to 1,000,000,000,000"),
        ("card_balance", 10**400, "must be from 0 to 1,000,000,000,000"),
        ("has_cards", "Yes", "must be one of the question's options"),
        ("has_cards", ["yes"], "must be one of the question's options"),
        ("has_cards", True, "must be one of the question's options"),
        ("loans", "car", "must be a list of one or more of the question's options"),
        ("loans", [], "must be a list of one or more of the question's options"),
        ("loans", ["car", "car"], "must not name an option twice"),
        ("loans", ["car", "boat"], "must be one of the question's options"),
        ("loans", ["car", ["home"]], "must be one of the question's options"),
        ("goal", "", "must have from 1 to 10 characters"),
        ("goal", "x" * 11, "must have from 1 to 10 characters"),
        ("goal", "a\x00b", "must be text without NUL or unpaired surrogates"),
        ("goal", "a\ud800", "must be text without NUL or unpaired surrogates"),
        ("goal", 5, "must be text"),
    ],
)
def test_what_is_no_answer_is_refused_with_what_is_expected(key: str, raw: object, message: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_answer(SMALL.by_key[key], raw)
    assert Texts("en", {}).say(caught.value.message, caught.value.values) == message


def test_an_option_that_is_a_number_is_chosen_by_the_number() -> None:
    question = catalogue(row("children", "single_choice", options=[option("0"), option("1")])).by_key["children"]
    assert read_answer(question, 1) == "1"


@given(st.sampled_from(SMALL.questions), ANYTHING)
def test_whatever_is_sent_is_an_answer_or_refused_and_reading_an_answer_again_changes_nothing(
    question: Question, raw: object
) -> None:
    try:
        answer = read_answer(question, raw)
    except BadAnswer:
        return
    assert read_answer(question, answer) == answer


def test_what_is_sent_for_a_question_that_is_not_asked_is_ignored_good_or_bad() -> None:
    reading = read_submission(SMALL, {"has_cards": "no", "card_limit": "none", "card_balance": 5}, {})
    assert reading.answers == {"has_cards": "no"}
    assert reading.bad == {}


def test_every_bad_answer_is_named_even_behind_a_bad_deciding_one() -> None:
    reading = read_submission(SMALL, {"has_cards": "perhaps", "card_limit": -1, "age": 7, "late30": 1}, {})
    assert set(reading.bad) == {"has_cards", "card_limit", "age"}


def test_given_answers_go_before_saved_ones_and_null_takes_one_away() -> None:
    saved = {"has_cards": "yes", "card_limit": 100, "age": 40, "goal": "a house"}
    reading = read_submission(SMALL, {"card_limit": 200, "age": None}, saved)
    assert reading.answers == {"has_cards": "yes", "card_limit": 200, "goal": "a house"}


def test_a_bad_answer_is_not_replaced_by_the_saved_one() -> None:
    reading = read_submission(SMALL, {"age": 3}, {"age": 40})
    assert (reading.answers, set(reading.bad)) == ({}, {"age"})


def test_answers_carry_over_to_another_version_as_far_as_they_fit() -> None:
    newer = catalogue(row("age", "number", min="21"), row("mood", "single_choice", options=[option("good")]))
    old = {"age": 20, "mood": "good", "late30": 1}
    assert carry_over(newer, old) == {"mood": "good"}


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("monthlyIncome", "monthly_income"),
        ("MonthlyIncome", "monthly_income"),
        ("monthly-income", "monthly_income"),
        ("Monthly income", "monthly_income"),
        ("late30", "late30"),
        ("late30Days", "late30_days"),
        ("creditURLCheck", "credit_url_check"),
        ("__x__", "x"),
        ("", ""),
    ],
)
def test_names_are_compared_in_snake_case(name: str, snake: str) -> None:
    assert snake_case(name) == snake
    assert snake_case(snake) == snake
