"""Cells that a spreadsheet shows and never runs."""

from survey_service.domain.catalogue import Answer

# With the full-width forms, which some input methods write and some spreadsheets read as the plain ones.
_STARTS_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_SEPARATES_CELLS = ("\t", "\r", "\n")

Cell = str | int | float


def neutral(text: str) -> str:
    """The text, behind an apostrophe if a spreadsheet might run it: `neutral("=1+1") == "'=1+1"`.

    Spreadsheets pass over spaces at the start, and take what follows a tab or a line's end for another cell.
    """
    runs = text.startswith(_SEPARATES_CELLS) or text.lstrip().startswith(_STARTS_FORMULA)
    return f"'{text}" if runs else text


def answer_cell(answer: Answer) -> Cell:
    """An answer as one cell: -5 stays a number, and `["car", "home"]` becomes "car; home"."""
    if isinstance(answer, int | float):
        return answer
    return neutral("; ".join(answer) if isinstance(answer, list) else answer)
