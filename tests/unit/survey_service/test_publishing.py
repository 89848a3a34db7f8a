"""What keeps a catalogue from being published, and what its author is warned of."""

from typing import Any

import pytest

from service_kit.languages import Texts
from survey_service.domain.publishing import faults_of, warnings_of
from tests.unit.survey_service.catalogues import CARD, builtin, catalogue, option, row

YES_NO = [option("yes"), option("no")]


def test_the_built_in_catalogue_has_no_fault_and_earns_no_warning() -> None:
    assert faults_of(builtin().questions) == []
    assert warnings_of(builtin().questions) == []


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row("a", "text", aliases="b"), row("b", "text")], [("duplicate_key", "b")]),
        ([row("hasCards", "text"), row("x", "text", aliases="has_cards")], [("duplicate_key", "x")]),
        ([row("hasCards", "text"), row("has_cards", "text")], [("duplicate_key", "has_cards")]),
        ([row("a", "text", aliases="A a")], []),
        ([row("limit", "number", show_if=CARD)], [("dead_end", "limit")]),
        (
            [row("limit", "number", show_if=CARD), row("has_cards", "single_choice", options=YES_NO)],
            [("dead_end", "limit")],
        ),
        ([row("a", "text", show_if={"question": "a", "equals": "x"})], [("cycle", "a")]),
        (
            [
                row("a", "text", show_if={"question": "b", "equals": "x"}),
                row("b", "text", show_if={"all": [{"question": "a", "equals": "x"}]}),
            ],
            [("cycle", "a"), ("cycle", "b")],
        ),
        (
            [
                row("has_cards", "single_choice", options=[option("always")]),
                row("limit", "number", show_if=CARD),
                row("balance", "number", show_if={"question": "limit", "at_least": 1}),
            ],
            [("dead_end", "limit"), ("dead_end", "balance")],
        ),
    ],
)
def test_faults_are_found_and_name_their_question(rows: list[dict[str, str]], found: list[tuple[str, str]]) -> None:
    assert [(each.code, each.key) for each in faults_of(catalogue(*rows).questions)] == found


@pytest.mark.parametrize(
    ("condition", "possible"),
    [
        ({"question": "choice", "equals": "yes"}, True),
        ({"question": "choice", "equals": "perhaps"}, False),
        ({"question": "choice", "in": ["perhaps", "no"]}, True),
        ({"question": "choice", "in": ["perhaps", 1]}, False),
        ({"question": "choice", "at_least": 1}, False),
        ({"question": "number", "equals": 5}, True),
        ({"question": "number", "equals": 11}, False),
        ({"question": "number", "equals": "5"}, False),
        ({"question": "number", "at_least": 10}, True),
        ({"question": "number", "at_least": 11}, False),
        ({"question": "number", "at_most": 0}, True),
        ({"question": "number", "at_most": -1}, False),
        ({"question": "words", "equals": "anything"}, True),
        ({"question": "words", "equals": 1}, False),
        ({"any": [{"question": "choice", "equals": "perhaps"}, {"question": "number", "equals": 5}]}, True),
        ({"all": [{"question": "choice", "equals": "perhaps"}, {"question": "number", "equals": 5}]}, False),
    ],
)
def test_a_condition_that_can_never_hold_is_a_dead_end(condition: dict[str, Any], possible: bool) -> None:
    questions = catalogue(
        row("choice", "single_choice", options=YES_NO),
        row("number", "number", min="0", max="10"),
        row("words", "text"),
        row("last", "text", show_if=condition),
    ).questions
    assert [each.key for each in faults_of(questions)] == ([] if possible else ["last"])


def test_warnings_name_features_that_are_not_fed_facts_fed_twice_and_languages_lacking() -> None:
    questions = catalogue(
        row("usage", "single_choice", options=[option("half", utilisation=0.5)]),
        row("income", "number", fact="income"),
        row("wage", "number", fact="income", text_vi="Lương?"),
        row("lines", "number", fact="lines"),
    ).questions
    found = [(each.code, Texts("en", {}).say(each.message, each.values)) for each in warnings_of(questions)]
    not_fed = [message.split()[3].rstrip(";") for code, message in found if code == "feature_not_fed"]
    assert not_fed == ["late30", "late60", "late90", "debt_ratio", "mortgages", "age", "dependents"]
    assert [message for code, message in found if code == "fact_fed_twice"] == [
        "2 questions say income; the later answer counts"
    ]
    assert [message for code, message in found if code == "language_missing"] == [
        "3 questions lack texts in vi",
        "4 questions lack texts in zh",
    ]
