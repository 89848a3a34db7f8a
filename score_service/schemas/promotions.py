"""Champion, challenger and how they came to be, on the wire."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from service_kit.schemas import Instant, Output


class CheckOut(Output):
    name: str
    figure: float
    limit: float
    passed: bool


class GovernedModelOut(Output):
    version: str
    state: Literal["draft", "challenger", "champion", "retired"]
    kind: str
    sha256: str
    trained_on: int
    features: list[str]
    checks: list[CheckOut] = Field(description="All must pass before a promotion")


class ComparisonOut(Output):
    """Of the newest 10,000 decisions those that both scored. Differences are challenger - champion; null: too few."""

    champion: str
    challenger: str
    decisions: int
    mean_difference: float | None
    mean_absolute_difference: float | None
    correlation: float | None
    same_band: int = Field(description="Decisions in which both find the same band")


class PromotionOut(Output):
    """`replaces` is the champion until the approval, and the challenger from then on."""

    number: int
    version: str
    artifact_sha256: str
    replaces: str
    state: Literal["proposed", "approved", "expired"]
    proposed_by: UUID
    proposed_at: Instant
    expires_at: Instant = Field(description="A proposal nobody has approved by then is made anew, or forgotten")
    approved_by: UUID | None
    approved_at: Instant | None


class GovernedModelsOut(Output):
    items: list[GovernedModelOut]
    comparison: ComparisonOut
    promotions: list[PromotionOut] = Field(description="Newest first")
