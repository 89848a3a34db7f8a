"""Answers, submissions and progress on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from service_kit.schemas import Input, Instant, Output

ANSWERS_MAX = 500

QuestionId = Annotated[int, Field(ge=1, le=2**53, examples=[1])]
OwnId = Annotated[
    str | None,
    Field(
        max_length=100, description="Your own id; may be left out", examples=["0193b1f0-c2d4-7e0f-9a5b-000000000001"]
    ),
]
# What fits depends on the question; the domain checks it and says what is expected.
AnswerValue = Annotated[
    Any, Field(description="An option's value, a list of them, a number or a text; null for none", examples=["yes"])
]


class AnswerIn(Input):
    question_id: QuestionId
    answer: AnswerValue
    user_id: OwnId = None


class SubmitIn(Input):
    """What a saved draft holds already need not be sent again."""

    answers: list[AnswerIn] = Field(default=[], max_length=ANSWERS_MAX)
    user_id: OwnId = None


class AnswerOut(Output):
    question_id: int
    key: str
    answer: str | int | float | list[str]
    answered_at: Instant


class ProgressOut(Output):
    answered: list[int]
    missing: list[int]
    total: int
    percent: int = Field(ge=0, le=100)
    complete: bool


class SavedOut(Output):
    question_id: int
    answer: str | int | float | list[str] | None
    progress: ProgressOut


class SubmittedOut(Output):
    response_id: UUID
    user_id: UUID
    version: int
    answered: int = Field(description="How many answers the response holds")
    submitted_at: Instant
