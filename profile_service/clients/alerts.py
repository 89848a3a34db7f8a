"""Telling the alert service how a person wants to be told."""

from typing import Any

from sqlalchemy import Row

from service_kit.http_client import ServiceClient


class AlertClient:
    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def send_preferences(self, event: Row[Any]) -> None:
        """Return when the alert service has them; raise when they must be sent again."""
        preferences = dict(event.payload)
        path = f"/internal/delivery-preferences/{preferences.pop('user_id')}"
        (await self._service.send("PUT", path, preferences)).raise_for_status()
