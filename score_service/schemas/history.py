"""The history of a score on the wire."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from service_kit.schemas import Instant, Output, in_utc


def _read_as_utc(value: datetime) -> datetime:
    return in_utc(value if value.tzinfo is not None else value.replace(tzinfo=UTC))


# A date alone, or a time without a zone, is UTC.
Moment = Annotated[datetime, AfterValidator(_read_as_utc)]


class HistoryQuery(BaseModel):
    from_: Moment | None = Field(None, alias="from", description="The earliest time, inclusive")
    to: Moment | None = Field(None, description="The latest time, exclusive")
    granularity: Literal["day", "week", "month"] | None = Field(None, description="Only the last score of each (UTC)")
    limit: int = Field(20, ge=1, le=100, description="How many items at most")
    cursor: str | None = Field(None, max_length=200, description="`next` of the page before")

    @model_validator(mode="after")
    def check_order(self) -> Self:
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise ValueError("`from` must not be later than `to`")
        return self


class HistoryItemOut(Output):
    """One decision; with a granularity the last of its period, and its change since the period before."""

    score_id: UUID
    score: int
    band: str
    category: str
    change: int
    confidence: float
    model_version: str
    model_changed: bool = Field(description="Whether another scorecard gave the score before")
    change_by_model: int | None = Field(
        description="Of `change`, what the other scorecard made of the same answers; null where nobody knows"
    )
    calculated_at: Instant


class HistoryOut(Output):
    user_id: UUID
    history: list[HistoryItemOut]
    next: str | None
