"""A question on the wire, in one language."""

from typing import Annotated, Any

from pydantic import Field

from service_kit.schemas import Output
from survey_service.domain.catalogue import QuestionType


def _is_none(value: object) -> bool:
    return value is None


LeftOutIfNone = Field(default=None, exclude_if=_is_none)


class OptionOut(Output):
    value: str
    label: str
    facts: Annotated[dict[str, int | float] | None, LeftOutIfNone]


class QuestionOut(Output):
    """`label` is `question_text` again. A field with a default is left out when the question has none."""

    id: int
    key: str
    aliases: list[str]
    question_text: str
    label: str
    question_type: QuestionType
    question_group: str
    options: list[OptionOut] | None
    order: int
    is_required: bool
    version: int
    fact: Annotated[str | None, LeftOutIfNone]
    min: Annotated[int | float | None, LeftOutIfNone]
    max: Annotated[int | float | None, LeftOutIfNone]
    unit: Annotated[str | None, LeftOutIfNone]
    show_if: Annotated[dict[str, Any] | None, LeftOutIfNone]
