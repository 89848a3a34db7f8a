"""A question on the wire, in one language."""

from typing import Annotated, Any

from pydantic import Field

from service_kit.schemas import Output
from survey_service.domain.catalogue import QuestionType


def _is_absent(value: object) -> bool:
    return value is None


Optional = Field(default=None, exclude_if=_is_absent)


class OptionOut(Output):
    value: str
    label: str
    facts: Annotated[dict[str, int | float] | None, Optional]


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
    fact: Annotated[str | None, Optional]
    min: Annotated[int | float | None, Optional]
    max: Annotated[int | float | None, Optional]
    unit: Annotated[str | None, Optional]
    show_if: Annotated[dict[str, Any] | None, Optional]
