"""What would change a score, on the wire."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from score_service.domain.bands import HIGHEST_SCORE, LOWEST_SCORE
from score_service.domain.projection import MONTHS_MOST
from score_service.schemas.scores import AnswersIn, FactorOut, FeaturesIn, refuse_both
from service_kit.schemas import Input, Output


class SimulateIn(AnswersIn):
    """`changes` gives features new values, answers do the same by question; all else stays as in the current score."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"changes": {"utilisation": 0.1}}]})

    changes: FeaturesIn | None = None

    @model_validator(mode="after")
    def check_one_kind(self) -> Self:
        refuse_both(self.changes, self.answers, "changes")
        return self


class ProjectIn(SimulateIn):
    model_config = ConfigDict(json_schema_extra={"examples": [{"changes": {"utilisation": 0.1}, "months": 12}]})

    months: int = Field(12, ge=1, le=MONTHS_MOST, strict=True)


class PlanIn(Input):
    target: int = Field(ge=LOWEST_SCORE, le=HIGHEST_SCORE, strict=True, examples=[740])
    fixed: list[Annotated[str, Field(max_length=50)]] = Field([], max_length=20, description="Features to leave alone")


class SimulatedOut(Output):
    score: int
    band: str
    category: str
    delta: int = Field(description="Points against the current score; 0 when there is none")
    confidence: float
    factors: list[FactorOut]
    ignored: list[str]


class ProjectedMonthOut(Output):
    month: int
    simulated: int
    confLo: int  # noqa: N815 - existing clients read this spelling
    confHi: int  # noqa: N815


class ProjectionSummaryOut(Output):
    projected: int
    confidence: int = Field(description="Percent")
    delta: int


class AssumptionOut(Output):
    code: str
    text: str


class ProjectionOut(Output):
    score: int
    confidence: float
    projection: list[ProjectedMonthOut]
    summary: ProjectionSummaryOut
    assumptions: list[AssumptionOut]
    ignored: list[str]


class PlannedChangeOut(Output):
    feature: str
    from_: float = Field(alias="from")
    to: float
    points_gain: int


class ObstacleOut(Output):
    feature: str
    points: int = Field(description="Lost against the feature's best value, after the changes")


class PlanOut(Output):
    """`score` is what the changes give; out of reach, it is the highest that can be planned for."""

    target: int
    reachable: bool
    score: int
    changes: list[PlannedChangeOut]
    why: Literal["already_there", "found", "out_of_reach"]
    obstacles: list[ObstacleOut] = Field(
        description="Out of reach: what stands in the way, the costliest first. Only time clears late payments; others "
        "are fixed, not known, or cannot be moved further"
    )
