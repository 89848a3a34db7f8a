"""Telling the alert service that a score changed."""

from typing import Any

from sqlalchemy import Row

from service_kit.http_client import ServiceClient


class AlertClient:
    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def send_score_update(self, event: Row[Any]) -> None:
        """Return when the alert service has taken the event; raise when it must be sent again."""
        body = {"event_id": str(event.event_id), **event.payload}
        response = await self._service.send("POST", "/score-updates", body)
        response.raise_for_status()
