"""Score updates on the wire, as the score service sends them and as people read them back."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from service_kit.schemas import PLAIN_TEXT, Input, Instant, Output

Score = Annotated[int, Field(ge=300, le=850)]
Band = Literal["poor", "fair", "good", "very_good", "exceptional"]
Category = Literal["Poor", "Fair", "Good", "Excellent"]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=100), PLAIN_TEXT]
LongText = Annotated[str, StringConstraints(max_length=2000), PLAIN_TEXT]

# A reason is a sentence, or a flat object of what the score service says of it. It is handed on, so nothing here looks
# inside; the bounds are what the database can keep and an alert can bear.
Scalar = LongText | bool | Annotated[int, Field(ge=-(2**53), le=2**53)] | float | None
Detail = Scalar | Annotated[list[Scalar], Field(max_length=20)]
Reason = LongText | Annotated[dict[ShortText, Detail], Field(max_length=20)]


class FactorIn(Input):
    """What one factor earned; `text` is its English name, and `text_vi` and so on are the same in other languages."""

    model_config = ConfigDict(extra="ignore")

    feature: ShortText = Field(examples=["utilisation"])
    points: int = Field(ge=-10_000, le=10_000, examples=[57])
    text: ShortText = Field(examples=["Credit utilisation"])
    text_vi: ShortText | None = Field(None, examples=["Mức sử dụng tín dụng"])
    text_zh: ShortText | None = Field(None, examples=["信用额度使用率"])


class ScoreUpdateIn(Input):
    """What this service needs of a score that was calculated."""

    # Events grow by fields. Were a new one refused here, the sender would try it again for ever.
    model_config = ConfigDict(extra="ignore")

    event_id: UUID = Field(examples=["0193b1f0-c2d4-7e0f-9a5b-3c1d2e4f5a6b"])
    user_id: UUID = Field(examples=["0193b1f0-c2d4-7e0f-9a5b-000000000001"])
    old_score: Score | None = Field(examples=[662])
    new_score: Score = Field(examples=[690])
    band: Band = Field(examples=["good"])
    category: Category = Field(examples=["Good"])
    model_version: ShortText = Field(examples=["gmsc-7f-2026.11.2"])
    score_version: int = Field(
        ge=1, lt=2**31, examples=[2], description="Counts a person's scores; a later score has a higher one"
    )
    reasons: list[Reason] = Field(
        max_length=20,
        examples=[[]],
        description="Handed on to the alerts; to who reads Vietnamese, `text_vi` is told as `text`",
    )
    factors: list[FactorIn] = Field(
        [], max_length=20, examples=[[]], description="From them and those before, alerts say what moved the score"
    )
    calculated_at: Instant = Field(examples=["2026-11-25T08:00:00Z"])


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
