"""A catalogue: the questions of one version, in order, with what their answers say as numbers.

Nothing here knows the questions themselves; they are data.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

QuestionType = Literal["single_choice", "multiple_choice", "number", "text"]
Answer = str | int | float | list[str]
Answers = Mapping[str, Answer]

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")


def snake_case(name: str) -> str:
    """The one spelling by which keys are compared.

    `snake_case("monthlyIncome") == snake_case("Monthly income") == "monthly_income"`; "late30" stays as it is.
    """
    return _BETWEEN_WORDS.sub("_", _WORD_STARTS.sub("_", name).lower()).strip("_")


def plain_number(value: float) -> int | float:
    """A whole number without its point, as people write it: 3.0 becomes 3, and 2.5 stays 2.5."""
    return int(value) if float(value).is_integer() else value


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    labels: Mapping[str, str]
    facts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """`min` and `max` bound a number, or the length of a text. `show_if` is a condition (`conditions.py`)."""

    id: int
    key: str
    aliases: tuple[str, ...]
    question_type: QuestionType
    question_group: str
    order: int
    is_required: bool
    texts: Mapping[str, str]
    options: tuple[Option, ...] = ()
    fact: str | None = None
    min: float | None = None
    max: float | None = None
    unit: str | None = None
    show_if: Mapping[str, Any] | None = None

    @property
    def has_facts(self) -> bool:
        return self.fact is not None or any(option.facts for option in self.options)

    def option(self, value: str) -> Option | None:
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The questions of one version. There is one such object per version, so it is compared by identity."""

    version: int
    questions: tuple[Question, ...]

    @cached_property
    def by_id(self) -> dict[int, Question]:
        return {question.id: question for question in self.questions}

    @cached_property
    def by_key(self) -> dict[str, Question]:
        return {question.key: question for question in self.questions}

    @cached_property
    def by_name(self) -> dict[str, Question]:
        """Questions by every name they answer to, in snake case; a key goes before another question's alias."""
        aliases = {snake_case(alias): question for question in self.questions for alias in question.aliases}
        return aliases | {snake_case(question.key): question for question in self.questions}
