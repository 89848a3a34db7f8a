"""The import format: one row of text cells per question, read into questions, with every fault named.

Columns: key, aliases, question_type, question_group, order, is_required, text_vi, text_en, text_zh, options, fact, min,
max, unit, show_if. `options` and `show_if` are JSON; a label is one text, or one per language.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from survey_service.domain.catalogue import Option, Question, QuestionType
from survey_service.domain.conditions import is_condition
from survey_service.domain.features import FACTS
from survey_service.domain.languages import LANGUAGES

COLUMNS = (
    "key", "aliases", "question_type", "question_group", "order", "is_required", "text_vi", "text_en", "text_zh",
    "options", "fact", "min", "max", "unit", "show_if",
)  # fmt: skip
CELL_LENGTH_MAX = 20_000
TEXT_LENGTH_MAX = 1_000
OPTIONS_MAX = 100
YES_OR_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
# What a spreadsheet would run; a plain negative number is not.
_FORMULA = re.compile(r"[=@]|[+-](?![0-9.]+$)")
_BETWEEN_NAMES = re.compile(r"[\s;,|]+")


@dataclass(frozen=True, slots=True)
class RowError:
    """`row` counts from 1, the first row after the header. `values` fill the message's `{name}`s."""

    row: int
    column: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)


class _BadCell(Exception):  # noqa: N818 - a message for whoever wrote the file
    """The cell does not hold what its column asks for."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.values = values


def read_rows(rows: Iterable[Mapping[str, str]]) -> tuple[list[Question], list[RowError]]:
    """The questions of all rows, and the faults of all cells. With a fault, the questions are not to be used."""
    questions: list[Question] = []
    errors: list[RowError] = []
    first_rows: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        cells = _Cells(row, number)
        question = _read_row(cells)
        if question.key and first_rows.setdefault(question.key, number) != number:
            cells.fault("key", "is the key of row {row} too", row=first_rows[question.key])
        questions.append(question)
        errors.extend(cells.errors)
    return questions, errors


class _Cells:
    """One row: reads a cell by its column's rule, and keeps the fault instead of stopping at it."""

    def __init__(self, row: Mapping[str, str], number: int) -> None:
        self._row, self._number = row, number
        self.errors: list[RowError] = []

    def read(self, column: str, rule: Callable[[str], Any], *, instead: Any = None) -> Any:
        try:
            return rule(_clean(self._row.get(column) or ""))
        except _BadCell as problem:
            self.errors.append(RowError(self._number, column, str(problem), problem.values))
            return instead

    def fault(self, column: str, message: str, **values: object) -> None:
        self.errors.append(RowError(self._number, column, message, values))

    @property
    def number(self) -> int:
        return self._number


def _read_row(cells: _Cells) -> Question:
    question = Question(
        id=0,
        key=cells.read("key", _name, instead=""),
        aliases=cells.read("aliases", _names, instead=()),
        question_type=cells.read("question_type", _question_type, instead="text"),
        question_group=cells.read("question_group", _short_text, instead=""),
        order=cells.read("order", lambda cell: _order(cell, cells.number), instead=0),
        is_required=cells.read("is_required", _yes_or_no, instead=False),
        texts={language: text for language in LANGUAGES if (text := cells.read(f"text_{language}", _text, instead=""))},
        options=cells.read("options", _options, instead=()),
        fact=cells.read("fact", _fact),
        min=cells.read("min", _number),
        max=cells.read("max", _number),
        unit=cells.read("unit", lambda cell: _short_text(cell, least=0)) or None,
        show_if=cells.read("show_if", _condition),
    )
    if not cells.errors:
        _check_together(question, cells)
    return question


def _check_together(question: Question, cells: _Cells) -> None:
    is_choice = question.question_type in {"single_choice", "multiple_choice"}
    if not question.texts:
        cells.fault("text_en", "must have a text in at least one language")
    if is_choice != bool(question.options):
        cells.fault("options", "must be there for a choice" if is_choice else "are for choices only")
    if question.fact is not None and question.question_type != "number":
        cells.fault("fact", "is for numbers only; the options of a choice carry their facts")
    if question.min is not None and question.max is not None and question.min > question.max:
        cells.fault("min", "must not be above max")


def _clean(cell: str) -> str:
    if len(cell) > CELL_LENGTH_MAX or "\x00" in cell:
        raise _BadCell("must be text of at most {most} characters", most=CELL_LENGTH_MAX)
    stripped = cell.strip()
    if _FORMULA.match(stripped):
        raise _BadCell("must not be a formula")
    return stripped


def _name(cell: str) -> str:
    if not _NAME.fullmatch(cell):
        raise _BadCell("must be a name: a letter, then at most 99 letters, digits, '_', '-' or '.'")
    return cell


def _names(cell: str) -> tuple[str, ...]:
    return tuple(_name(part) for part in _BETWEEN_NAMES.split(cell) if part)


def _question_type(cell: str) -> str:
    if cell not in get_args(QuestionType):
        raise _BadCell("must be one of {names}", names=", ".join(get_args(QuestionType)))
    return cell


def _short_text(cell: str, least: int = 1) -> str:
    longest = 100 if least else 50
    if not least <= len(cell) <= longest:
        raise _BadCell("must have from {low} to {high} characters", low=least, high=longest)
    return cell


def _text(cell: str) -> str:
    if len(cell) > TEXT_LENGTH_MAX:
        raise _BadCell("must have at most {most} characters", most=TEXT_LENGTH_MAX)
    return cell


def _order(cell: str, row: int) -> int:
    if not cell:
        return row
    if not re.fullmatch(r"[0-9]{1,6}", cell):
        raise _BadCell("must be a whole number, or empty for the row's own place")
    return int(cell)


def _yes_or_no(cell: str) -> bool:
    if cell.lower() not in YES_OR_NO:
        raise _BadCell("must be true or false")
    return YES_OR_NO[cell.lower()]


def _fact(cell: str) -> str | None:
    if cell and cell not in FACTS:
        raise _BadCell("must be one of {names}, or empty", names=", ".join(sorted(FACTS)))
    return cell or None


def _number(cell: str) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError as error:
        raise _BadCell("must be a number") from error
    if not math.isfinite(value):
        raise _BadCell("must be a number")
    return value


def _json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError) as error:
        raise _BadCell("must be JSON") from error


def _condition(cell: str) -> Any:
    if not cell:
        return None
    condition = _json(cell)
    if not is_condition(condition):
        raise _BadCell('must be a condition such as {"question": "has_cards", "equals": "yes"}')
    return condition


def _options(cell: str) -> tuple[Option, ...]:
    listed = _json(cell) if cell else []
    if not isinstance(listed, list) or len(listed) > OPTIONS_MAX:
        raise _BadCell("must be a JSON list of at most {most} options", most=OPTIONS_MAX)
    options = tuple(_option(each) for each in listed)
    if len({option.value for option in options}) < len(options):
        raise _BadCell("must not have a value twice")
    return options


def _option(listed: object) -> Option:
    match listed:
        case {"value": str() as value, "label": label, **rest} if 0 < len(value) <= 100 and not set(rest) - {"facts"}:
            return Option(value, _labels(label), _facts(rest.get("facts", {})))
    raise _BadCell('must list options such as {"value": "yes", "label": "Yes", "facts": {"late30": 0}}')


def _labels(label: object) -> dict[str, str]:
    labels = dict.fromkeys(LANGUAGES, label) if isinstance(label, str) else label
    if not isinstance(labels, dict) or not labels or not all(map(_is_label, labels.items())):
        raise _BadCell("must have labels that are texts, one or one per language")
    return labels


def _is_label(entry: tuple[object, object]) -> bool:
    language, text = entry
    return language in LANGUAGES and isinstance(text, str) and 0 < len(text) <= TEXT_LENGTH_MAX


def _facts(facts: object) -> dict[str, float]:
    if not isinstance(facts, dict) or not all(map(_is_fact, facts.items())):
        raise _BadCell("must have facts that are numbers by name: {names}", names=", ".join(sorted(FACTS)))
    return facts


def _is_fact(entry: tuple[object, object]) -> bool:
    name, value = entry
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return name in FACTS and is_number and abs(float(value)) <= 1e12  # type: ignore[arg-type]
