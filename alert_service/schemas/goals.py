"""A person's own target on the wire."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from service_kit.schemas import Input, Instant, Output, utc_now


def _not_over(value: date) -> date:
    # A day is over when it is over everywhere, which is at noon UTC of the next.
    if value < utc_now().date() - timedelta(days=1):
        raise ValueError("must not be in the past")
    return value


class GoalIn(Input):
    target: int = Field(ge=300, le=850, examples=[740])
    by: Annotated[date, AfterValidator(_not_over)] | None = Field(None, examples=["2030-12-31"])


class GoalOut(Output):
    user_id: UUID
    target: int
    by: date | None
    points_to_go: int | None = Field(description="null before the first score")
    reached_at: Instant | None
