"""Score updates on the wire, as the score service sends them and as people read them back."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from service_kit.schemas import Input, Instant, Output, Text

Score = Annotated[int, Field(ge=300, le=850)]
Band = Literal["poor", "fair", "good", "very_good", "exceptional"]
Category = Literal["Poor", "Fair", "Good", "Excellent"]
ShortText = Annotated[Text, StringConstraints(min_length=1, max_length=100)]


class ScoreUpdateIn(Input):
    """What this service needs of a score that was calculated."""

    # Events grow by fields. Were a new one refused here, the sender would try it again for ever.
    model_config = ConfigDict(extra="ignore")

    event_id: UUID
    user_id: UUID
    old_score: Score | None
    new_score: Score
    band: Band
    category: Category
    model_version: ShortText
    score_version: int = Field(ge=1, lt=2**31, description="Counts a person's scores; a later score has a higher one")
    reasons: list[dict[str, Any] | str] = Field(max_length=20, description="Handed on to the alerts as they are")
    calculated_at: Instant


class ScoreUpdateOut(Output):
    event_id: UUID
    user_id: UUID
    old_score: int | None
    new_score: int
    band: Band
    category: Category
    model_version: str
    score_version: int
    reasons: list[dict[str, Any] | str]
    calculated_at: Instant
    received_at: Instant
