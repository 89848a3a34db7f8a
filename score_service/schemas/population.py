"""The people scored now, on the wire."""

from typing import Literal

from pydantic import Field

from service_kit.schemas import Output


class CellOut(Output):
    """Scores from `from` to `to`, both included."""

    from_: int = Field(alias="from")
    to: int
    people: int
    share: float


class BandCellOut(CellOut):
    band: str


class ModelVersionOut(Output):
    model_version: str
    people: int
    share: float
    mean_score: float


class DistributionOut(Output):
    """Everybody counts once, by their newest score."""

    people: int
    mean_score: float | None
    bands: list[BandCellOut]
    scores: list[CellOut] = Field(description="In steps of 50 points")
    model_versions: list[ModelVersionOut]


class DriftCellOut(Output):
    expected: float = Field(description="Share among those the scorecard was trained on")
    people: int


class DriftOut(Output):
    """A shift has to be both beyond chance and large to be called one; null: nobody is there to be compared."""

    people: int = Field(description="The sample's size")
    index: float | None = Field(description="Population stability index: Σ (actual - expected) ln(actual / expected)")
    chance: float | None = Field(description="What 99 of 100 like samples of this size stay below")
    verdict: Literal["stable", "moved", "shifted"] | None
    cells: list[DriftCellOut]


class ScoreDriftOut(DriftOut):
    """Cells are the tenths of the training population, lowest first; only scores this scorecard gave are counted."""


class FeatureDriftOut(DriftOut):
    """Cells are the scorecard's bins in order, the last one for values nobody gave; a large population is sampled."""

    feature: str


class PopulationDriftOut(Output):
    model_version: str
    trained_on: int
    score: ScoreDriftOut
    features: list[FeatureDriftOut]
