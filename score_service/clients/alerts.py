"""Telling the alert service that a score changed, and how a dispute was decided."""

from typing import Any

from sqlalchemy import Row

from service_kit.http_client import ServiceClient


class AlertClient:
    """Each call returns when the alert service has the event, and raises when it must be sent again."""

    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def send_score_update(self, event: Row[Any]) -> None:
        body = {"event_id": str(event.event_id), **event.payload}
        (await self._service.send("POST", "/score-updates", body)).raise_for_status()

    async def send_dispute_notice(self, event: Row[Any]) -> None:
        body = {"event_id": str(event.event_id), "user_id": str(event.key), **event.payload}
        (await self._service.send("POST", "/internal/dispute-notices", body)).raise_for_status()
