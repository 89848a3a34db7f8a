"""Webhooks on the wire. The secret is in one answer only, that to adding one."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, HttpUrl, UrlConstraints

from alert_service.domain.kinds import TRAITS, Kind, Type
from service_kit.schemas import Input, Instant, Output


def _without_credentials(value: HttpUrl) -> HttpUrl:
    if value.username or value.password:
        raise ValueError("must not hold a user name or a password")
    return value


def _for_machines(value: Kind) -> Kind:
    if TRAITS[value][0] is Type.SECURITY:
        raise ValueError("is told to you only, never to a webhook")
    return value


Address = Annotated[HttpUrl, UrlConstraints(max_length=2000), AfterValidator(_without_credentials)]
AlertKind = Annotated[Kind, AfterValidator(_for_machines)]


class WebhookIn(Input):
    url: Address = Field(examples=["https://hooks.example.com/alerts"])
    kinds: Annotated[list[AlertKind], Field(min_length=1, max_length=len(Kind))] | None = Field(
        None, examples=[["big_drop", "threshold_down"]], description="Which kinds of alerts to send; all when absent"
    )


class WebhookOut(Output):
    id: UUID
    url: str
    kinds: list[Kind] | None
    created_at: Instant
    failing_since: Instant | None = Field(description="When calls began to fail; null after a success")
    disabled_at: Instant | None = Field(description="When it was switched off, after 410 or three days of failures")


class WebhookCreatedOut(WebhookOut):
    secret: str = Field(description="With it the calls are signed (Standard Webhooks); it is shown this once")
