"""A replayed decision on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from service_kit.schemas import Instant, Output


class DifferenceOut(Output):
    """One value of the record; null on a side where it does not exist."""

    pointer: str = Field(examples=["/points/late30"])
    stored: Any
    recomputed: Any


class ReplayOut(Output):
    """`equal`: what the inputs and the artifact settle is what is stored, to the last digit, the challenger's too."""

    score_id: UUID
    user_id: UUID
    version: int
    calculated_at: Instant
    model_version: str
    artifact_sha256: str
    inputs: dict[str, float | None]
    ranges: dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]] | None = Field(
        description="Of inputs whose answers name a band, its ends"
    )
    score: int
    challenger_version: str | None
    challenger_score: int | None
    challenger_replayed: bool = Field(description="False where none scored beside it, or its file is not here any more")
    equal: bool
    differences: list[DifferenceOut]
