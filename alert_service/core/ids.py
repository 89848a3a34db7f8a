"""The ids of paths. What cannot be the id of a thing is answered as a thing that is not there."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path

from alert_service.core.problems import AlertNotFound, DeadLetterNotFound, WebhookNotFound
from service_kit.problems import id_of

ALERT_ID_MAX = 2**63 - 1


async def _alert_id(alert_id: Annotated[str, Path(description="The alert's number")]) -> int:
    if not (alert_id.isascii() and alert_id.isdigit() and len(alert_id) <= 19 and int(alert_id) <= ALERT_ID_MAX):
        raise AlertNotFound
    return int(alert_id)


AlertId = Annotated[int, Depends(_alert_id)]


async def _webhook_id(webhook_id: Annotated[str, Path(description="The webhook's id")]) -> UUID:
    return id_of(webhook_id, WebhookNotFound)


async def _delivery_id(delivery_id: Annotated[str, Path(description="The delivery's id")]) -> UUID:
    return id_of(delivery_id, DeadLetterNotFound)


WebhookId = Annotated[UUID, Depends(_webhook_id)]
DeliveryId = Annotated[UUID, Depends(_delivery_id)]
