"""The import format: good rows become questions, and every fault is named by row and column."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_service.domain.catalogue_rows import COLUMNS, read_rows
from tests.unit.survey_service.catalogues import option, row

YES_NO = [option("yes"), option("no")]


def test_a_row_becomes_a_question() -> None:
    cells = row(
        "hasCards", "single_choice", aliases="has_cards; card|cards", order="7", is_required="TRUE", text_vi="Có thẻ?",
        options=[{"value": "yes", "label": {"en": "Yes", "vi": "Có"}}, {"value": "no", "label": "No"}],
        show_if={"question": "age", "at_least": 18}, unit="x",
    )  # fmt: skip
    [question], errors = read_rows([cells])
    assert errors == []
    assert (question.key, question.aliases, question.order, question.is_required) == (
        "hasCards", ("has_cards", "card", "cards"), 7, True
    )  # fmt: skip
    assert question.texts == {"vi": "Có thẻ?", "en": "hasCards?"}
    assert question.options[0].labels == {"en": "Yes", "vi": "Có"}
    assert question.options[1].labels == {"en": "No", "vi": "No", "zh": "No"}
    assert question.show_if == {"question": "age", "at_least": 18}


def test_an_empty_order_is_the_rows_own_place() -> None:
    questions, _ = read_rows([row("a", "text"), row("b", "text")])
    assert [question.order for question in questions] == [1, 2]


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("key", {"key": ""}),
        ("key", {"key": "9lives"}),
        ("key", {"key": "=cmd()"}),
        ("key", {"key": "a" * 101}),
        ("key", {"key": "fine"}),
        ("text_en", {"text_en": '=HYPERLINK("x")'}),
        ("text_vi", {"text_vi": "@SUM(1)"}),
        ("unit", {"unit": "-cmd"}),
        ("aliases", {"aliases": "ok,@no"}),
        ("question_type", {"question_type": "slider"}),
        ("question_group", {"question_group": ""}),
        ("order", {"order": "-1"}),
        ("order", {"order": "1.5"}),
        ("is_required", {"is_required": "perhaps"}),
        ("text_en", {"text_en": ""}),
        ("text_vi", {"text_vi": "x" * 1001}),
        ("text_en", {"text_en": "a\x00"}),
        ("options", {"question_type": "single_choice"}),
        ("options", {"options": YES_NO}),
        ("options", {"question_type": "single_choice", "options": "yes,no"}),
        ("options", {"question_type": "single_choice", "options": {"yes": 1}}),
        ("options", {"question_type": "single_choice", "options": [*YES_NO, *YES_NO]}),
        ("options", {"question_type": "single_choice", "options": [{"value": "yes"}]}),
        ("options", {"question_type": "single_choice", "options": [{"value": 1, "label": "One"}]}),
        ("options", {"question_type": "single_choice", "options": [{"value": "a", "label": {"de": "Ja"}}]}),
        ("options", {"question_type": "single_choice", "options": [option("a", charm=1)]}),
        ("options", {"question_type": "single_choice", "options": [option("a", late30=True)]}),
        ("options", {"question_type": "single_choice", "options": [option("a", lines=float("nan"))]}),
        ("options", {"question_type": "single_choice", "options": [{"value": "a", "label": "A", "points": 5}]}),
        ("options", {"question_type": "single_choice", "options": "[" * 20_000}),
        ("options", {"question_type": "single_choice", "options": [option(str(n)) for n in range(101)]}),
        ("fact", {"question_type": "number", "fact": "zodiac"}),
        ("fact", {"fact": "income"}),
        ("min", {"question_type": "number", "min": "low"}),
        ("max", {"question_type": "number", "max": "inf"}),
        ("min", {"question_type": "number", "min": "5", "max": "4"}),
        ("unit", {"unit": "u" * 51}),
        ("show_if", {"show_if": "always"}),
        ("show_if", {"show_if": {"question": "a"}}),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_row_and_column(column: str, cells: dict[str, Any]) -> None:
    bad = {
        **row("q", "text"),
        **{name: each if isinstance(each, str) else json.dumps(each) for name, each in cells.items()},
    }
    _, errors = read_rows([row("fine", "text"), bad])
    assert [(error.row, error.column) for error in errors] == [(2, column)]


@pytest.mark.parametrize(
    "most",
    [
        row("a" * 100, "text"),
        row("q", "text", text_vi="x" * 1000),
        row("q", "text", unit="u" * 50),
        row("q", "single_choice", options=[option(str(n)) for n in range(100)]),
        row("q", "number", min="5", max="5"),
    ],
)
def test_as_much_as_may_be_is_no_fault(most: dict[str, str]) -> None:
    questions, errors = read_rows([most])
    assert (len(questions), errors) == (1, [])


def test_a_negative_bound_is_no_formula() -> None:
    [question], errors = read_rows([row("n", "number", min="-5", max="+5")])
    assert (question.min, question.max, errors) == (-5, 5, [])


def test_all_faults_of_all_rows_are_named() -> None:
    _, errors = read_rows([row("", "slider"), row("b", "text", order="x")])
    assert [(error.row, error.column) for error in errors] == [(1, "key"), (1, "question_type"), (2, "order")]


@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=30)), max_size=3))
def test_whatever_a_file_holds_is_read_or_refused(rows: list[dict[str, str]]) -> None:
    questions, errors = read_rows(rows)
    assert len(questions) == len(rows)
    assert all(error.message and error.column in COLUMNS for error in errors)
