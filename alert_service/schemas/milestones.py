"""Milestones on the wire."""

from uuid import UUID

from pydantic import Field

from service_kit.schemas import Instant, Output


class ReachedOut(Output):
    threshold: int
    band: str = Field(description="The band that begins at this threshold")
    score: int
    reached_at: Instant


class NextOut(Output):
    threshold: int
    band: str
    points_to_go: int = Field(gt=0)


class MilestonesOut(Output):
    """`reached` is when each threshold was first reached, even if the score has fallen since; `next` is the nearest
    one above the current score, null above the last one and before the first score."""

    user_id: UUID
    current_score: int | None
    best_score: int | None
    reached: list[ReachedOut]
    next: NextOut | None
