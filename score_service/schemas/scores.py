"""A score on the wire, and what it is calculated from."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema, model_validator
from pydantic.config import JsonDict

from score_service.domain.features import FEATURES, Feature
from service_kit.schemas import BadValue, Instant, Output

ANSWERS_MAX = 200
EXAMPLE: JsonDict = {
    "utilisation": 0.31,
    "late30": 1,
    "late60": 0,
    "late90": 0,
    "debt_ratio": 0.35,
    "lines": 7,
    "mortgages": 1,
}


def _feature_schema(feature: Feature) -> dict[str, Any]:
    return {
        "type": ["integer" if feature.whole else "number", *(["null"] if feature.nullable else [])],
        "minimum": feature.lower,
        "maximum": feature.upper,
        "description": feature.unit,
    }


_FEATURES_SCHEMA = {
    "type": "object",
    "properties": {name: _feature_schema(feature) for name, feature in FEATURES.items()},
    "additionalProperties": False,
}


def _sendable(value: JsonValue) -> JsonValue:
    # Answers go to the survey service as they are, so what JSON cannot carry there must stop here: infinities, lone
    # surrogates, endless numbers, all of which Python's own reader lets in.
    try:
        carried = orjson.loads(orjson.dumps(value)) == value
    except TypeError:
        carried = False
    if not carried:
        raise ValueError("must be text, a number, true, false, null, or a list of these")
    return value


# Types only; which features there are and what they may be is the domain's to say (features.validated).
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
FeaturesIn = Annotated[dict[str, Number | None], WithJsonSchema(_FEATURES_SCHEMA)]
Answer = Annotated[JsonValue, AfterValidator(_sendable)]


class AnswersIn(BaseModel):
    """Survey answers by question key or alias, flat: every field that has no other meaning is one."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)
    __pydantic_extra__: dict[str, Answer]

    @property
    def answers(self) -> Mapping[str, JsonValue]:
        return self.__pydantic_extra__

    @model_validator(mode="after")
    def check_keys(self) -> Self:
        if len(self.answers) > ANSWERS_MAX:
            raise BadValue("must have at most {most} answers", most=ANSWERS_MAX)
        _sendable(list(self.answers))
        return self


def refuse_both(given: object | None, answers: Mapping[str, JsonValue], name: str) -> None:
    if given is not None and answers:
        raise BadValue("must hold either `{name}` or answers, not both", name=name)


class CalculateIn(AnswersIn):
    """`features`, or answers, or nothing: then the survey's answers count.

    Answers replace what they say in the current score's inputs; before the first score they stand alone.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"features": EXAMPLE}]})

    features: FeaturesIn | None = None

    @model_validator(mode="after")
    def check_one_kind(self) -> Self:
        refuse_both(self.features, self.answers, "features")
        return self


class FactorOut(Output):
    """What one feature did. `weight` sums to 100 over all factors; `score` is the place within the feature's range."""

    name: str
    feature: str
    value: float | None
    points: int
    max_points: int
    weight: int
    score: int = Field(ge=0, le=100)
    impact: Literal["positive", "negative", "neutral"]
    description: str
    advice: str


class ReasonOut(Output):
    """A group of features that cost points; `code` is versioned and means the same for ever."""

    code: str = Field(examples=["utilisation_high.v1"])
    group: str
    points: float = Field(description="What the group lost against its best answer, or against the average one")
    features: list[str]
    text: str


class KeyMetricsOut(Output):
    monthlyChange: int  # noqa: N815 - existing clients read this spelling
    utilizationRate: float | None  # noqa: N815
    utilizationChange: float | None  # noqa: N815
    daysSinceUpdate: int  # noqa: N815


class InputsFromOut(Output):
    """The survey response, or for answers in the request the published version of questions, that gave the inputs."""

    survey_version: int
    response_id: str | None = None


class OverridingOut(Output):
    """An administrator's number is in force; `model_score` is the scorecard's own, to which everything else belongs."""

    override_id: UUID
    model_score: int
    expires_at: Instant


class ScoreOut(Output):
    user_id: UUID
    current_score: int = Field(ge=300, le=850)
    band: Literal["poor", "fair", "good", "very_good", "exceptional"]
    category: Literal["Poor", "Fair", "Good", "Excellent"]
    previous_score: int | None
    change: int
    percentile: int = Field(ge=0, le=99, description="How many of a hundred people have a lower score")
    percentile_among: Literal["training", "people"] = Field(
        description="Those the scorecard learned from, or once there are 1,000 those whom it scored here"
    )
    confidence: float = Field(ge=0, le=1)
    interval: tuple[int, int]
    probability_of_default: float
    model_version: str
    base_points: int
    factors: list[FactorOut]
    reasons: list[ReasonOut]
    flags: list[str]
    source: Literal["features", "answers", "survey", "correction", "override"]
    inputs_from: InputsFromOut | None
    last_calculated: Instant
    version: int
    keyMetrics: KeyMetricsOut  # noqa: N815
    override: OverridingOut | None


class CalculatedOut(ScoreOut):
    ignored: list[str] = Field(description="Keys of flat answers that changed nothing")


class RecommendationOut(Output):
    code: str
    title: str
    text: str
    points_gain: int


class FactorsOut(Output):
    user_id: UUID
    factors: list[FactorOut]
    reasons: list[ReasonOut] = Field(description="What would raise the score: points lost against the best answers")
    below_average: list[ReasonOut] = Field(description="Why it is not higher: points lost against the average answers")
    recommendations: list[RecommendationOut]
