"""Flat answers by key or alias, in any spelling."""

from typing import Any

import pytest

from survey_service.domain.facts import facts_of
from survey_service.domain.flat_answers import read_flat_answers
from tests.unit.survey_service.catalogues import SMALL, builtin, catalogue, row


@pytest.mark.parametrize(
    ("flat", "answers"),
    [
        ({"cardLimit": 1500, "CardBalance": "450"}, {"card_limit": 1500, "card_balance": 450}),
        ({"balance": 450}, {"card_balance": 450}),
        ({"has-cards": "no", "age": 30}, {"has_cards": "no", "age": 30}),
        ({"loans": ["car"]}, {"loans": ["car"]}),
        ({"age": None}, {}),
    ],
)
def test_names_are_matched_by_key_or_alias_in_any_spelling(flat: dict[str, Any], answers: dict[str, Any]) -> None:
    reading = read_flat_answers(SMALL, flat)
    assert (reading.answers, reading.ignored, reading.bad) == (answers, [], {})


@pytest.mark.parametrize(
    ("flat", "ignored"),
    [
        ({"favouriteColour": "red", "": 1, "age": 30}, ["favouriteColour", ""]),
        ({"mood": "splendid"}, ["mood"]),
        ({"goal": 5}, ["goal"]),
        ({"has_cards": "no", "cardLimit": 9}, ["cardLimit"]),
        ({"has_cards": "no", "cardLimit": "lots"}, ["cardLimit"]),
    ],
)
def test_what_cannot_change_anything_is_ignored_by_name(flat: dict[str, Any], ignored: list[str]) -> None:
    reading = read_flat_answers(SMALL, flat)
    assert (reading.ignored, reading.bad) == (ignored, {})
    assert not {"mood", "goal", "card_limit"} & reading.answers.keys()


@pytest.mark.parametrize(
    ("flat", "bad"),
    [
        ({"hasCards": "perhaps"}, {"hasCards"}),
        ({"late30": 21}, {"late30"}),
        ({"loans": ["boat"]}, {"loans"}),
        ({"card_balance": 1, "balance": 2}, {"balance"}),
        ({"hasCards": "perhaps", "cardLimit": -5}, {"hasCards", "cardLimit"}),
    ],
)
def test_a_bad_answer_that_carries_facts_is_named_as_sent(flat: dict[str, Any], bad: set[str]) -> None:
    assert set(read_flat_answers(SMALL, flat).bad) == bad


def test_a_question_whose_condition_is_still_open_counts() -> None:
    reading = read_flat_answers(SMALL, {"cardLimit": 1500, "cardBalance": 300})
    assert facts_of(SMALL, reading.answers) == {"card_limit": 1500, "card_balance": 300}


def test_a_key_goes_before_another_questions_alias() -> None:
    both = catalogue(row("old", "number", aliases="newer"), row("newer", "number"))
    assert read_flat_answers(both, {"newer": 1}).answers == {"newer": 1}


def test_the_built_in_survey_knows_the_usual_names() -> None:
    flat = {"grossMonthlyIncome": 3000, "monthlyDebt": 900, "creditLimit": 1500, "creditBalance": 450, "homeLoans": 1}
    reading = read_flat_answers(builtin(), flat)
    assert reading.ignored == []
    assert set(facts_of(builtin(), reading.answers)) == {
        "income", "debt_payments", "card_limit", "card_balance", "mortgages"
    }  # fmt: skip
