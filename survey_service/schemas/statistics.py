"""Statistics on the wire to administrators."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from service_kit.schemas import Input, Output
from survey_service.domain.catalogue import QuestionType

Share = Annotated[float, Field(ge=0, le=1)]


class PeriodIn(Input):
    """Responses started from `from` on and before `to`."""

    from_: AwareDatetime | None = Field(None, alias="from", examples=["2026-01-01T00:00:00Z"])
    to: AwareDatetime | None = None

    @model_validator(mode="after")
    def check_order(self) -> Self:
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise ValueError("`from` must not be later than `to`")
        return self

    def bounds(self) -> dict[str, datetime | None]:
        return {"since": self.from_, "until": self.to}


class StatisticsIn(PeriodIn):
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="One version; all of them if left out")


class ExportIn(StatisticsIn):
    format: Literal["csv", "xlsx"] = "csv"


class AnsweredOut(Output):
    """`share` is that of the responses to this version, drafts included: where it falls, people leave."""

    question_id: int
    key: str
    answered: int
    share: Share


class StatisticsOut(Output):
    total_users_submitted: int
    total_users_started: int
    total_responses: int
    open_drafts: int
    completion_rate: Share
    version: int = Field(description="The version whose questions are listed: the one asked for, or the published one")
    questions: list[AnsweredOut]


class ChoiceOut(Output):
    value: str
    label: str
    count: int
    share: Share


class BinOut(Output):
    from_: float = Field(serialization_alias="from")
    to: float
    count: int


class NumbersOut(Output):
    mean: float
    min: float
    q1: float
    median: float
    q3: float
    max: float
    histogram: list[BinOut]


class QuestionStatsOut(Output):
    """`choices` for choices, `numbers` for numbers that were answered at all; of texts only the count is told."""

    question_id: int
    key: str
    version: int
    question_type: QuestionType
    answered: int
    choices: list[ChoiceOut] | None
    numbers: NumbersOut | None
