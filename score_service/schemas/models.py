"""A scorecard on the wire, for people to read."""

from typing import Any

from pydantic import Field

from service_kit.schemas import Output


class BinOut(Output):
    """Values from `from` up to, not including, `to`; both null: the value is not known."""

    from_: float | None = Field(alias="from")
    to: float | None
    points: int
    share: float = Field(description="Of the training population")


class ModelFeatureOut(Output):
    feature: str
    name: str
    description: str
    unit: str
    required: bool
    shape: str = Field(description="How points move as the value grows; `peaked` rises up to `peak`, then falls")
    peak: float | None
    bins: list[BinOut]


class RangeOut(Output):
    """Values from `from` up to, not including, `to`; both null: the value is not known."""

    from_: float | None = Field(alias="from")
    to: float | None


class ModelPairOut(Output):
    """Points that `feature` earns more or less by what `given` is: a row for each of its ranges."""

    feature: str
    given: str
    columns: list[RangeOut] = Field(description="Ranges of `feature`")
    rows: list[RangeOut] = Field(description="Ranges of `given`")
    points: list[list[int]] = Field(description="By row and column")


class ModelOut(Output):
    """`card` holds what training found out: quality, calibration by band, fairness by age, limits of use."""

    version: str
    kind: str
    sha256: str
    training_data_sha256: str
    base_points: int
    features: list[ModelFeatureOut]
    pairs: list[ModelPairOut]
    card: dict[str, Any]
