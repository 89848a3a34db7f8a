"""What answers come to, on the wire to the score service."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from service_kit.schemas import Input, Instant, Output, Text

Name = Annotated[Text, Field(min_length=1, max_length=100)]
Facts = Annotated[dict[str, int | float], Field(examples=[{"card_balance": 450, "card_limit": 1500}])]
Features = Annotated[
    dict[str, int | float | None],
    Field(
        description="Only what the answers determine; `utilisation: null` means no card",
        examples=[{"utilisation": 0.3, "late30": 0}],
    ),
]

Ranges = Annotated[
    dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]],
    Field(
        description="Between which values a feature lies whose answer names a band",
        examples=[{"debt_ratio": [0.225, 0.45]}],
    ),
]

Number = Annotated[float, Field(strict=True)]


class FlatAnswersIn(Input):
    """With `base_facts` the answers are a change of these: one they cannot be combined with is `ignored`."""

    answers: Annotated[dict[Name, Any], Field(max_length=200, examples=[{"cardBalance": 450, "cardLimit": "1500"}])]
    base_facts: Annotated[
        dict[Name, Number] | None, Field(max_length=50, examples=[{"card_limit": 1500, "late30": 0}])
    ] = None


class FlatFeaturesOut(Output):
    version: int
    facts: Facts
    features: Features
    ranges: Ranges
    ignored: list[str] = Field(description="Names, as sent, that changed nothing")


class FeaturesOut(Output):
    user_id: UUID
    response_id: UUID
    version: int
    submitted_at: Instant
    facts: Facts
    features: Features
    ranges: Ranges
