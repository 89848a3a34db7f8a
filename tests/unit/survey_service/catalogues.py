"""Catalogues for tests: one row per question, written as in an import file."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import survey_service
from survey_service.domain.catalogue import Catalogue
from survey_service.domain.catalogue_rows import read_rows

BUILTIN = Path(survey_service.__file__).parent / "scripts" / "sample_questions.csv"
CARD = {"question": "has_cards", "equals": "yes"}


def row(key: str, question_type: str, **cells: Any) -> dict[str, str]:
    """The cells of a question with a text; options, conditions and the like may be given as what they are."""
    written = {name: value if isinstance(value, str) else json.dumps(value) for name, value in cells.items()}
    return {"key": key, "question_type": question_type, "question_group": "g", "text_en": f"{key}?", **written}


def option(value: str, **facts: float) -> dict[str, Any]:
    return {"value": value, "label": value.title(), "facts": facts}


def catalogue(*rows: dict[str, str]) -> Catalogue:
    questions, errors = read_rows(rows)
    assert errors == []
    return Catalogue(1, tuple(replace(question, id=number) for number, question in enumerate(questions, start=1)))


def builtin_rows() -> list[dict[str, str]]:
    with BUILTIN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def builtin() -> Catalogue:
    return catalogue(*builtin_rows())


SMALL = catalogue(
    row("has_cards", "single_choice", is_required="yes", options=[option("yes"), option("no", card_limit=0)]),
    row("card_limit", "number", is_required="yes", fact="card_limit", min="0", unit="currency", show_if=CARD),
    row("card_balance", "number", is_required="yes", fact="card_balance", min="0", aliases="balance", show_if=CARD),
    row("loans", "multiple_choice", options=[option("car", lines=1), option("home", lines=1, mortgages=1)]),
    row("late30", "number", is_required="true", fact="late30", min="0", max="20", unit="times"),
    row("age", "number", fact="age", min="18", max="110"),
    row("goal", "text", max="10"),
    row("mood", "single_choice", options=[option("good"), option("bad")]),
)
