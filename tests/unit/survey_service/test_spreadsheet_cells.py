"""No text of an export is run by a spreadsheet, and no number is made a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_service.domain.spreadsheet_cells import answer_cell, neutral


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1",
        "＠x", "\u00a0=1", "\tx",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_might_run_is_put_behind_an_apostrophe(text: str) -> None:
    assert neutral(text) == f"'{text}"
    assert answer_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a house", "1-2", "a=b", "'=1", "năm", "e@mail"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert neutral(text) == text


def test_numbers_stay_numbers_and_choices_become_one_cell() -> None:
    assert (answer_cell(-5), answer_cell(0.25)) == (-5, 0.25)
    assert answer_cell(["car", "home"]) == "car; home"
    assert answer_cell(["=car", "home"]) == "'=car; home"


@given(st.text())
def test_no_text_begins_as_a_formula_does(text: str) -> None:
    assert not neutral(text).lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
