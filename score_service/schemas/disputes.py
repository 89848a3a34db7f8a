"""A dispute on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from score_service.schemas.scores import FeaturesIn
from service_kit.schemas import PLAIN_TEXT, Input, Instant, Output

State = Literal["open", "extended", "corrected", "rejected"]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000), PLAIN_TEXT]


class DisputeIn(Input):
    score_id: UUID | None = Field(None, description="Of the history; the current score if none")
    feature: str | None = Field(None, max_length=50, description="The input that is wrong; the whole score if none")
    evidence: Words = Field(examples=["The late payment was the bank's mistake; its letter of 3 March says so."])


class ResolveIn(Input):
    """`corrected` gives the right inputs in `changes`; `extended` adds 15 days, once."""

    outcome: Literal["corrected", "rejected", "extended"]
    resolution: Words = Field(examples=["The bank confirmed its mistake."])
    changes: FeaturesIn | None = Field(None, examples=[{"late30": 0}])


class DisputeOut(Output):
    dispute_id: UUID
    user_id: UUID
    score_id: UUID
    feature: str | None
    evidence: str
    state: State
    opened_at: Instant
    due_at: Instant
    overdue: bool
    extension: str | None = Field(description="Why it takes 15 days more")
    extended_at: Instant | None
    resolution: str | None
    resolved_at: Instant | None
    corrected_version: int | None = Field(description="The version of the score that the correction made")


class JudgedDisputeOut(DisputeOut):
    """As administrators see it: with who of them did what."""

    extended_by: UUID | None
    decided_by: UUID | None
