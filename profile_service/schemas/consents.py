"""Consents on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from service_kit.pagination import Page
from service_kit.schemas import PLAIN_TEXT, Input, Instant, Output

Purpose = Literal["scoring", "marketing"]
TextVersion = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50), PLAIN_TEXT]


class ConsentIn(Input):
    purpose: Purpose = Field(examples=["scoring"])
    granted: bool = Field(description="false takes the consent back", examples=[False])
    text_version: TextVersion = Field(description="Of the text the person had before them", examples=["2026-11"])


class ToldConsentIn(ConsentIn):
    """As another service tells of it; one event is taken once."""

    event_id: UUID = Field(examples=["0193b1f0-c2d4-7e0f-9a5b-000000000001"])


class ConsentOut(Output):
    purpose: Purpose
    granted: bool
    text_version: str
    recorded_at: Instant


class ConsentsOut(Page[ConsentOut]):
    """`items` is the ledger, newest first; `in_force` what holds now, of each purpose the person was asked about."""

    in_force: list[ConsentOut]
